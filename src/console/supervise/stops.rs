//! Who is not contacted, and noting that somebody asks us to stop.

use axum::Form;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Deserialize;
use serde_json::{Value as Json, json};
use wasl_core::access::Permission;
use wasl_core::delivery::Channel;
use wasl_core::message::phone::read_phone;
use wasl_core::policy::{Rule, identity};
use wasl_runtime::engine::OptOut;
use wasl_runtime::store::Suppression;

use super::parts;
use crate::access;
use crate::asked::masked;
use crate::console::locale::Locale;
use crate::console::page::{Desk, Page, Trouble};

/// Entries that are listed, the newest first.
const LISTED_MAX: u32 = 200;

/// Digits of the shortest number under which somebody is known.
const DIGITS_MIN: usize = 6;

/// Whether something was just noted.
#[derive(Deserialize)]
pub(super) struct After {
    done: Option<u64>,
}

/// Somebody asks us to stop.
#[derive(Deserialize)]
pub(super) struct Asked {
    who: String,
    #[serde(default)]
    channel: String,
    #[serde(default)]
    reason: String,
}

/// `GET /stops`.
pub(super) async fn list(desk: Desk, Query(after): Query<After>) -> Response {
    let done = after.done.map(|_| {
        desk.locale
            .pick("Noted; nobody contacts them there any more.", "سُجل، ولن يتواصل معه أحد هناك بعد الآن.")
            .to_owned()
    });
    let result = page(&desk, StatusCode::OK, json!({"done": done})).await;
    desk.answer(result)
}

async fn page(desk: &Desk, status: StatusCode, said: Json) -> Result<Response, Trouble> {
    desk.viewer.may(Permission::ListSuppression)?;
    let locale = &desk.locale;
    let listed = desk.api.engine.store.suppression_list(None, LISTED_MAX).await?;
    let context = json!({
        "listed": listed.iter().map(|of| row(of, locale)).collect::<Vec<_>>(), "may_list": true,
        "done": said["done"], "problem": said["problem"], "who": said["who"], "reason": said["reason"],
    });
    let title = locale.pick("Who is not contacted", "من لا نتواصل معه").to_owned();
    desk.page(status, Page { name: "stops.html", title, context, live: None }).await
}

fn row(of: &Suppression, locale: &Locale) -> Json {
    let rule = if of.reason == "opted_out" { Rule::OptedOut } else { Rule::NeverTo };
    let note = of.note.as_ref().map_or(String::new(), |note| format!(": {note}"));
    let channel =
        of.channel.map_or_else(|| locale.pick("Everything", "كل شيء"), |channel| parts::channel(channel, locale));
    json!({
        "who": masked(&of.identity), "channel": channel, "since": locale.moment(of.at), "source": of.source,
        "rule": format!("{}{note}", rule.words(locale.code())),
    })
}

/// `POST /stops`.
pub(super) async fn add(desk: Desk, Form(asked): Form<Asked>) -> Response {
    let result = note(&desk, asked).await;
    desk.answer(result)
}

async fn note(desk: &Desk, asked: Asked) -> Result<Response, Trouble> {
    desk.viewer.may(Permission::ListSuppression)?;
    let (reason, channel) = (asked.reason.trim().to_owned(), Channel::parse(&asked.channel));
    let Some(subject) = spelt(&asked.who, desk).filter(|_| !reason.is_empty()) else {
        let words = desk.locale.pick(
            "Write a number, an e-mail address or a personal number, and what they said.",
            "اكتب رقم هاتف أو بريدا إلكترونيا أو رقما شخصيا، وما قالوه.",
        );
        let said = json!({"problem": words, "who": asked.who, "reason": asked.reason});
        return page(desk, StatusCode::UNPROCESSABLE_ENTITY, said).await;
    };
    access::record(&desk.api.engine.store, desk.locale.now, &desk.viewer, "suppression.add", &[access::On::default()])
        .await?;
    let by = parts::operator(desk);
    let asked = OptOut { subject, channel, source: "agent".into(), reason: Some(reason), by };
    desk.api.engine.opt_out(&asked).await?;
    Ok(Redirect::to("/stops?done=1").into_response())
}

/// The one spelling under which somebody is listed.
fn spelt(who: &str, desk: &Desk) -> Option<String> {
    let phone = read_phone(who, desk.api.engine.region()).ok().filter(|phone| phone.valid && !who.contains('@'));
    // A few digits are nobody's number: they are the beginning of one.
    let long = who.contains('@') || who.chars().filter(char::is_ascii_digit).count() >= DIGITS_MIN;
    phone.map(|phone| phone.e164).or_else(|| identity(who).filter(|_| long))
}
