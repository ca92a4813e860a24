//! The outbox: what waits on each channel, how its gateways stand, and what is held back.

use axum::Form;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Deserialize;
use serde_json::{Value as Json, json};
use wasl_core::access::Permission;
use wasl_core::delivery::Channel;
use wasl_runtime::store::{ChannelCount, GatewayNote, Hold, Scope};

use super::parts;
use crate::access;
use crate::acts;
use crate::console::locale::Locale;
use crate::console::page::{Desk, Page, Trouble};
use crate::output::thousands;
use crate::settings::{CHANNELS, Language};

/// What is to be held, or let go.
#[derive(Deserialize)]
pub(super) struct Which {
    what: String,
    #[serde(default)]
    reason: String,
}

/// `GET /outbox`.
pub(super) async fn show(desk: Desk) -> Response {
    let result = page(&desk, StatusCode::OK, None).await;
    desk.answer(result)
}

async fn page(desk: &Desk, status: StatusCode, problem: Option<String>) -> Result<Response, Trouble> {
    desk.viewer.may(Permission::ReleaseOutbox)?;
    let (store, locale) = (&desk.api.engine.store, &desk.locale);
    let (outbox, holds, notes) = (store.outbox(locale.now).await?, store.holds().await?, store.gateway_notes().await?);
    let channels = CHANNELS.map(|channel| {
        let count = outbox.get(&channel).cloned().unwrap_or_default();
        let gateways = desk.api.engine.gateways(channel);
        let gateways = gateways.iter().map(|name| gateway(name, notes.get(name), locale));
        channel_json(channel, &count, &gateways.collect::<Vec<_>>(), locale)
    });
    let context = json!({
        "channels": channels, "may_hold": true, "problem": problem, "scopes": scopes(desk),
        "holds": holds.iter().map(|hold| hold_json(hold, locale)).collect::<Vec<_>>(),
    });
    let title = locale.pick("Outbox", "صندوق الإرسال").to_owned();
    desk.page(status, Page { name: "outbox.html", title, context, live: None }).await
}

fn channel_json(channel: Channel, count: &ChannelCount, gateways: &[Json], locale: &Locale) -> Json {
    json!({
        "name": channel.as_str(), "title": parts::channel(channel, locale), "waiting": thousands(count.waiting),
        "due": thousands(count.due), "uncertain": thousands(count.uncertain),
        "oldest": count.oldest_due.map(|at| locale.moment(at)), "gateways": gateways,
    })
}

fn gateway(name: &str, note: Option<&GatewayNote>, locale: &Locale) -> Json {
    let rests = note.and_then(|note| note.rests_until);
    let (state, tone) = match rests {
        None => (locale.pick("works", "تعمل").to_owned(), "good"),
        Some(until) if until > locale.now => {
            (format!("{} {}", locale.pick("rests until", "متوقفة حتى"), locale.moment(until)), "bad")
        }
        Some(_) => (locale.pick("one message tries it", "تُجرَّب برسالة واحدة").to_owned(), "warn"),
    };
    json!({"name": name, "state": state, "tone": tone, "why": note.and_then(|note| note.why.clone())})
}

fn hold_json(hold: &Hold, locale: &Locale) -> Json {
    json!({
        "what": scope_words(&hold.scope, locale), "word": word(&hold.scope), "reason": hold.reason, "by": hold.by,
        "since": locale.moment(hold.since),
    })
}

/// What can be held: everything, each channel, each gateway.
fn scopes(desk: &Desk) -> Json {
    let gateways = CHANNELS.iter().flat_map(|channel| desk.api.engine.gateways(*channel)).map(Scope::Gateway);
    let all = std::iter::once(Scope::All).chain(CHANNELS.map(Scope::Channel)).chain(gateways);
    all.map(|scope| json!({"word": word(&scope), "title": scope_words(&scope, &desk.locale)})).collect()
}

fn scope_words(scope: &Scope, locale: &Locale) -> String {
    match scope {
        Scope::All => locale.pick("Everything", "كل شيء").to_owned(),
        Scope::Channel(channel) => parts::channel(*channel, locale).to_owned(),
        Scope::Gateway(name) => format!("{} {name}", locale.pick("Gateway", "البوابة")),
    }
}

/// A scope as forms send it: `all`, `channel sms`, `gateway sms-2`.
fn word(scope: &Scope) -> String {
    scope.to_string()
}

fn scope(word: &str, desk: &Desk) -> Option<Scope> {
    let known = |scope: &Scope| match scope {
        Scope::Gateway(name) => CHANNELS.iter().any(|channel| desk.api.engine.gateways(*channel).contains(name)),
        Scope::All | Scope::Channel(_) => true,
    };
    let scope = match word.split_once(' ') {
        None if word == "all" => Some(Scope::All),
        Some(("channel", name)) => Channel::parse(name).map(Scope::Channel),
        Some(("gateway", name)) => Some(Scope::Gateway(name.to_owned())),
        _ => None,
    };
    scope.filter(known)
}

/// `POST /outbox/hold`.
pub(super) async fn hold(desk: Desk, Form(which): Form<Which>) -> Response {
    let result = take_hold(&desk, &which).await;
    desk.answer(result)
}

async fn take_hold(desk: &Desk, which: &Which) -> Result<Response, Trouble> {
    desk.viewer.may(Permission::ReleaseOutbox)?;
    let scope = scope(&which.what, desk).ok_or(Trouble::Gone)?;
    let reason = match acts::reason(&which.reason) {
        Ok(reason) => reason,
        Err(lacking) => {
            let (nothing, why) =
                (desk.locale.pick("Nothing is held.", "لم يوقف شيء."), lacking.words(desk.locale.language));
            return page(desk, StatusCode::UNPROCESSABLE_ENTITY, Some(format!("{nothing} {why}"))).await;
        }
    };
    trace(desk, "outbox.hold", &which.what).await?;
    let hold = Hold { scope, reason, by: parts::operator(desk), since: desk.locale.now };
    match desk.api.engine.store.hold_outbox(&hold).await? {
        None => Ok(Redirect::to("/outbox").into_response()),
        Some(before) => page(desk, StatusCode::CONFLICT, Some(held_already(&before, &desk.locale))).await,
    }
}

fn held_already(before: &Hold, locale: &Locale) -> String {
    let (what, since) = (scope_words(&before.scope, locale), locale.moment(before.since));
    let Hold { by, reason, .. } = before;
    match locale.language {
        Language::En => format!("{what} is held already, by {by} since {since}: {reason}"),
        Language::Ar => format!("{what}: موقوف من قبل، أوقفه {by} منذ {since}: {reason}"),
    }
}

/// `POST /outbox/release`.
pub(super) async fn release(desk: Desk, Form(which): Form<Which>) -> Response {
    let result = take_release(&desk, &which).await;
    desk.answer(result)
}

async fn take_release(desk: &Desk, which: &Which) -> Result<Response, Trouble> {
    desk.viewer.may(Permission::ReleaseOutbox)?;
    let scope = scope(&which.what, desk).ok_or(Trouble::Gone)?;
    trace(desk, "outbox.release", &which.what).await?;
    if !desk.api.engine.store.release_outbox(&scope, &parts::operator(desk), desk.locale.now).await? {
        let what = scope_words(&scope, &desk.locale);
        let words =
            desk.locale.pick("is not held; a colleague may have let it go.", "غير موقوف؛ ربما استأنفه أحد زملائك.");
        return page(desk, StatusCode::CONFLICT, Some(format!("{what} {words}"))).await;
    }
    desk.api.engine.wake();
    Ok(Redirect::to("/outbox").into_response())
}

async fn trace(desk: &Desk, act: &str, what: &str) -> Result<(), Trouble> {
    let on = access::On { case: None, subject: Some(what) };
    Ok(access::record(&desk.api.engine.store, desk.locale.now, &desk.viewer, act, &[on]).await?)
}
