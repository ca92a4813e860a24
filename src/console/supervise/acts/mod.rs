//! Acts on cases that are looked at before they are done: on one, on those that are ticked in a list, on all that a
//! filter finds, on all that one cause has stopped.
//!
//! First a page says what it would lead to, by asking the step for each case; then the same form, with a reason, does
//! it. Each case is acted on as it was seen, by an event under an id that the page was made with: what is sent again
//! does nothing twice, and what is left over is gone on with by the same form.

mod chosen;
mod preview;

use axum::Form;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use serde_json::{Value as Json, json};
use wasl_core::access::Permission;
use wasl_core::case::Case;
use wasl_core::event::{Body, Disposition};
use wasl_runtime::store::NewEvent;

use super::parts::{self, CASE};
use crate::access::{self, inside};
use crate::acts::{Act, Said, UNREADABLE};
use crate::console::locale::Locale;
use crate::console::page::{Desk, Page, Trouble};
use crate::console::sent::Sent;
use chosen::Seen;

/// Cases that are acted on at once: what is shown before is asked of the step for each of them in one request, and more
/// is no act that a person has looked at.
pub(super) const CASES_MAX: u32 = 500;
/// Cases that one request acts on, so that it is answered within seconds; the page goes on by itself.
const PART: usize = 50;
/// References that are listed of one group.
const LISTED_MAX: usize = 40;
/// Letters of the longest id under which a page's act is done.
const ONCE_MAX: usize = 64;

/// An act as a form says it.
struct Meant {
    act: Act,
    said: Said,
    /// Where to go when it is done.
    back: String,
    /// What finds the cases after these, as [`chosen::Chosen::rest`] has it.
    rest: Vec<(String, String)>,
}

/// How a form names what finds the cases after these.
const REST: &str = "rest.";

impl Meant {
    fn of(sent: &Sent) -> Result<Self, Trouble> {
        let act = Act::parse(sent.one("act")).ok_or(Trouble::Gone)?;
        let given = |name: &str| sent.one(name).to_owned();
        let said = Said { reason: given("reason"), state: given("to"), outcome: given("outcome") };
        let rest =
            sent.pairs().filter_map(|(name, value)| Some((name.strip_prefix(REST)?.to_owned(), value.to_owned())));
        Ok(Self { act, said, back: inside(Some(sent.one("back"))).to_owned(), rest: rest.collect() })
    }
}

/// `GET /acts` and `GET /acts/preview`: somebody has chosen another language, or come back.
pub(super) async fn back(_: Desk) -> Redirect {
    Redirect::to("/cases")
}

/// `POST /acts/preview`: what an act would lead to.
pub(super) async fn preview(desk: Desk, Form(sent): Form<Sent>) -> Response {
    let result = async {
        desk.viewer.may(Permission::ActOnCase)?;
        let chosen = chosen::of(&desk, &sent).await?;
        let meant = Meant { rest: chosen.rest.clone(), ..Meant::of(&sent)? };
        preview::page(&desk, &meant, &chosen, (StatusCode::OK, None)).await
    };
    let result = result.await;
    desk.answer(result)
}

/// `POST /acts`: does what was looked at.
pub(super) async fn act(desk: Desk, Form(sent): Form<Sent>) -> Response {
    let result = take(&desk, &sent).await;
    desk.answer(result)
}

async fn take(desk: &Desk, sent: &Sent) -> Result<Response, Trouble> {
    desk.viewer.may(Permission::ActOnCase)?;
    let meant = Meant::of(sent)?;
    let body = match meant.act.body(&meant.said) {
        Ok(body) => body,
        Err(lacking) => {
            let words = lacking.words(desk.locale.language);
            let chosen = chosen::of(desk, sent).await?;
            return preview::page(desk, &meant, &chosen, (StatusCode::UNPROCESSABLE_ENTITY, Some(words))).await;
        }
    };
    let once = sent.one("once");
    if once.is_empty() || once.len() > ONCE_MAX {
        return Err(Trouble::Gone);
    }
    let seen = chosen::seen(desk, sent).await?;
    let mut came = Vec::with_capacity(seen.len());
    let (mut part, mut broken) = (PART, false);
    for one in &seen {
        // What fails half-way leaves the rest for the same form: what is done is done, and is said.
        let of_one = if broken { Ok(Came::Left) } else { on_one(desk, one, &body, once, &mut part).await };
        let of_one = of_one.unwrap_or_else(|trouble| {
            broken = true;
            if let Trouble::Failed(error) = &trouble {
                tracing::error!(%error, "an act on several cases stopped half-way");
            }
            Came::Left
        });
        came.push((one.case.id.reference(), of_one));
    }
    done(desk, &meant, once, &seen, (came, broken)).await
}

/// What became of the act on one case.
#[derive(Debug, PartialEq, Eq)]
enum Came {
    /// It is done.
    Done,
    /// The case refused it: why.
    Refused(String),
    /// The case has changed since it was looked at.
    Changed,
    /// It is for the next request.
    Left,
}

/// Acts on a case that is still as it was seen; once under the id of the page, whatever comes again.
async fn on_one(desk: &Desk, seen: &Seen, body: &Body, once: &str, part: &mut usize) -> Result<Came, Trouble> {
    let (engine, case) = (&desk.api.engine, &seen.case);
    if seen.unreadable {
        return Ok(Came::Refused(unreadable(&desk.locale).to_owned()));
    }
    let (act, at) = (body.label(), engine.now());
    let source_id = format!("{}:{act}:{once}", case.id);
    let stored = engine.store.event(parts::SOURCE, &source_id).await?;
    if let Some(disposition) = stored.as_ref().and_then(|stored| stored.disposition.as_ref()) {
        return Ok(came_of(disposition, &desk.locale));
    }
    if stored.is_none() && seen.version.is_some_and(|version| version != case.version) {
        return Ok(Came::Changed);
    }
    if *part == 0 {
        return Ok(Came::Left);
    }
    *part -= 1;
    access::record(&engine.store, desk.locale.now, &desk.viewer, &act, &[case.id.into()]).await?;
    let (source, by, body) = (parts::SOURCE.to_owned(), parts::operator(desk), body.clone());
    let event = NewEvent { case: case.id, source, source_id, at, by, body };
    // Compared once more where it counts: others may have acted since this request began.
    let submitted = engine.submit_as_seen(event, seen.version.unwrap_or(case.version)).await?;
    Ok(submitted.map_or(Came::Changed, |submitted| came_of(&submitted.disposition, &desk.locale)))
}

fn unreadable(locale: &Locale) -> &str {
    locale.pick(UNREADABLE.0, UNREADABLE.1)
}

fn came_of(disposition: &Disposition, locale: &Locale) -> Came {
    parts::refusal(disposition, locale).map_or(Came::Done, Came::Refused)
}

/// What was done and what was not; a single case that took it is shown itself.
async fn done(
    desk: &Desk,
    meant: &Meant,
    once: &str,
    seen: &[Seen],
    (came, broken): (Vec<(String, Came)>, bool),
) -> Result<Response, Trouble> {
    if let [(reference, Came::Done)] = came.as_slice() {
        return Ok(Redirect::to(&format!("/cases/{reference}?done=1")).into_response());
    }
    let (locale, total) = (&desk.locale, came.len());
    let (mut taken, mut left, mut changed) = (0_usize, 0_usize, Vec::new());
    let mut refused: Vec<(String, Vec<String>)> = Vec::new();
    for (reference, came) in came {
        match came {
            Came::Done => taken += 1,
            Came::Left => left += 1,
            Came::Changed => changed.push(reference),
            Came::Refused(why) => match refused.iter_mut().find(|(known, _)| *known == why) {
                Some((_, cases)) => cases.push(reference),
                None => refused.push((why, vec![reference])),
            },
        }
    }
    let group = |(why, cases): (String, Vec<String>)| group(locale, &why, &cases);
    let cases = seen.iter().map(|one| &one.case).collect::<Vec<_>>();
    let title = preview::heading(desk, meant, &cases).await?;
    let context = json!({
        "heading": title, "done": locale.count(taken as u64, &CASE), "any": taken > 0,
        "refused": refused.into_iter().map(group).collect::<Vec<_>>(),
        "changed": (!changed.is_empty()).then(|| self::group(locale, "", &changed)),
        "broken": broken, "left": left, "left_words": locale.count(left as u64, &CASE), "total": total, "through": total - left,
        "meant": form(meant, once, seen), "back": meant.back,
    });
    desk.page(StatusCode::OK, Page { name: "acted.html", title, context, live: None }).await
}

/// Cases that something is said of together.
fn group(locale: &Locale, why: &str, cases: &[String]) -> Json {
    let count = locale.count(cases.len() as u64, &CASE);
    json!({"why": why, "count": count, "cases": cases.iter().take(LISTED_MAX).collect::<Vec<_>>(), "more": cases.len() > LISTED_MAX})
}

/// What the form of an act carries along, so that it is sent as it was looked at.
fn form(meant: &Meant, once: &str, seen: &[Seen]) -> Json {
    let version = |one: &Seen| one.version.unwrap_or(one.case.version);
    json!({
        "act": meant.act.name(), "to": meant.said.state, "reason": meant.said.reason, "outcome": meant.said.outcome,
        "once": once, "back": meant.back, "rest": meant.rest,
        "cases": seen.iter().map(|one| format!("{}:{}", one.case.id.reference(), version(one))).collect::<Vec<_>>(),
    })
}

/// Acts in the order in which they are offered for several cases.
pub(super) fn offered(locale: &Locale) -> Json {
    Act::ALL.map(|act| json!({"name": act.name(), "title": preview::verb(act, locale)})).into_iter().collect()
}

/// The states to which cases of these workflows may be moved: name and title, each once.
pub(super) async fn states_of(desk: &Desk, cases: &[&Case]) -> Result<Json, Trouble> {
    let mut states = std::collections::BTreeMap::new();
    let versions: std::collections::BTreeSet<&str> = cases.iter().map(|case| case.workflow_hash.as_str()).collect();
    for hash in versions {
        // A case whose version is not to be had cannot be moved anyway; the preview says so.
        let Ok(workflow) = desk.api.engine.library.version(hash).await else { continue };
        for state in &workflow.states {
            let title = if state.title.is_empty() { &state.name } else { state.title.get(desk.locale.code()) };
            states.insert(state.name.clone(), title.to_owned());
        }
    }
    Ok(states.into_iter().map(|(name, title)| json!({"name": name, "title": title})).collect())
}
