//! What several of these pages say alike.

use wasl_core::case::{Case, Standing};
use wasl_core::delivery::Channel;
use wasl_core::event::{Body, Disposition};
use wasl_core::words::number::Noun;
use wasl_runtime::engine::Submitted;
use wasl_runtime::store::{MessageStatus, NewEvent, TaskStatus};

use crate::access;
use crate::console::locale::Locale;
use crate::console::page::{Desk, Trouble};
use crate::settings::Language;
use crate::words;

/// Who gives the ids of events that come from these pages.
pub(super) const SOURCE: &str = "console";

/// Cases.
pub(super) const CASE: Noun =
    Noun { en: ["case", "cases"], ar: ["حالة واحدة", "حالتان", "حالات", "حالة", "حالة"] };

/// How the viewer is named in what cases note.
pub(super) fn operator(desk: &Desk) -> String {
    format!("operator:{}", desk.viewer.user)
}

/// Notes who does what to a case, then does it as an event like any other.
pub(super) async fn submit(desk: &Desk, case: &Case, body: Body) -> Result<Submitted, Trouble> {
    let label = body.label();
    // What somebody told stands beside the act: the names of acts are ours.
    let (act, subject) = match &body {
        Body::External { name, .. } => ("case.event", Some(name.as_str())),
        _ => (label.as_str(), None),
    };
    let on = access::On { case: Some(case.id), subject };
    access::record(&desk.api.engine.store, desk.locale.now, &desk.viewer, act, &[on]).await?;
    let at = desk.api.engine.now();
    let source_id = format!("{}:{label}:{}", case.id, at.as_millisecond());
    let new = NewEvent { case: case.id, source: SOURCE.into(), source_id, at, by: operator(desk), body };
    Ok(desk.api.engine.submit(new).await?)
}

/// Why a case did not take an act; `None` if it did.
pub(super) fn refusal(disposition: &Disposition, locale: &Locale) -> Option<String> {
    let words = match disposition {
        Disposition::Applied | Disposition::Deferred { .. } => return None,
        Disposition::Refused { reason } => return Some(reason.get(locale.code()).to_owned()),
        Disposition::NotApplicable | Disposition::GivenUp => {
            ("The case does not take this where it stands; it is recorded.", "لا تأخذ الحالة هذا حيث تقف؛ وقد سُجل.")
        }
        Disposition::Late => ("The case is over; it is recorded.", "انتهت الحالة؛ وقد سُجل."),
        Disposition::Incident => ("The case stopped over it; see below.", "تعثرت الحالة بسببه؛ انظر أدناه."),
    };
    Some(locale.pick(words.0, words.1).to_owned())
}

/// The title of the state in which a case is; its name where its version is not to be had.
pub(super) async fn state_title(desk: &Desk, case: &Case) -> String {
    let workflow = desk.api.engine.library.version(&case.workflow_hash).await;
    let state = workflow.as_ref().ok().and_then(|workflow| workflow.state_named(&case.state)).map(|(_, state)| state);
    let title = state.filter(|state| !state.title.is_empty()).map(|state| state.title.get(desk.locale.code()));
    title.unwrap_or(&case.state).to_owned()
}

/// Whether a case moves, and the tone of that.
pub(super) fn standing(case: &Case, locale: &Locale) -> (String, &'static str) {
    let (en, ar, tone) = match &case.standing {
        Standing::Open => ("open", "مفتوحة", "accent"),
        Standing::Held { .. } => ("held", "موقوفة", "warn"),
        Standing::Incident(_) => ("stopped", "متعثرة", "bad"),
        Standing::Ended { outcome } if outcome == "success" => ("done", "اكتملت", "good"),
        Standing::Ended { .. } => ("ended", "انتهت", ""),
    };
    (locale.pick(en, ar).to_owned(), tone)
}

/// Where a message stands, and the tone of that.
pub(super) fn message_status(status: MessageStatus, locale: &Locale) -> (&'static str, &'static str) {
    let tone = match status {
        MessageStatus::Queued | MessageStatus::Sending | MessageStatus::Accepted | MessageStatus::Sent => "accent",
        MessageStatus::Uncertain | MessageStatus::Undelivered | MessageStatus::Failed => "bad",
        MessageStatus::Unconfirmed | MessageStatus::Expired | MessageStatus::Suppressed => "warn",
        MessageStatus::Delivered => "good",
        MessageStatus::Withdrawn => "",
    };
    (words::message_status(status, locale.language), tone)
}

/// Where a task stands, and the tone of that.
pub(super) fn task_status(status: TaskStatus, locale: &Locale) -> (&'static str, &'static str) {
    let tone = match status {
        TaskStatus::Open | TaskStatus::Claimed => "accent",
        TaskStatus::Answered => "good",
        TaskStatus::Withdrawn => "",
        TaskStatus::Suppressed => "warn",
    };
    (words::task_status(status, locale.language), tone)
}

/// The word for a channel.
pub(in crate::console) fn channel(channel: Channel, locale: &Locale) -> &'static str {
    words::channel(channel, locale.language)
}

/// Whom a case is about, where it says so.
pub(super) fn about(case: &Case, locale: &Locale) -> Option<String> {
    let order = match locale.language {
        Language::En => ["deceased_name_en", "deceased_name_ar", "name_en", "name"],
        Language::Ar => ["deceased_name_ar", "deceased_name_en", "name_ar", "name"],
    };
    order.iter().find_map(|field| case.field(field).as_text()).map(str::to_owned)
}
