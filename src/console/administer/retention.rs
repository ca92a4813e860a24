//! What is kept how long, what goes next, and one case that is erased because somebody asks for it.

use axum::Form;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value as Json, json};
use wasl_core::access::Permission;
use wasl_core::event::Disposition;
use wasl_core::words::sentence;
use wasl_runtime::engine::Outlook;

use crate::access::record;
use crate::acts;
use crate::console::page::{Desk, Page, Trouble};
use crate::output::{Screen, thousands};
use crate::retention::{histories_due, last_words, refused_words, rules, state};

/// `POST /admin/retention`.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    case: String,
    reason: String,
    /// That it cannot be undone was understood.
    sure: Option<String>,
}

/// What the page says of the last wish.
enum Said {
    Nothing,
    Done(String),
    NotDone(String, Asked),
}

/// `GET /admin/retention`.
pub(super) async fn show(desk: Desk) -> Response {
    let result = page(&desk, Said::Nothing).await;
    desk.answer(result)
}

/// `POST /admin/retention`: erases one case.
pub(super) async fn act(desk: Desk, Form(asked): Form<Asked>) -> Response {
    let result = async {
        let said = erase(&desk, asked).await?;
        page(&desk, said).await
    };
    let result = result.await;
    desk.answer(result)
}

async fn erase(desk: &Desk, asked: Asked) -> Result<Said, Trouble> {
    desk.viewer.may(Permission::ManageRetention)?;
    let (engine, locale) = (&desk.api.engine, &desk.locale);
    let reference = asked.case.trim().to_uppercase();
    let not_done = |words: String, asked| Ok(Said::NotDone(words, asked));
    let Some(case) = engine.store.case_by_reference(&reference).await? else {
        return not_done(locale.pick("There is no case with this reference.", "لا حالة بهذا المرجع.").to_owned(), asked);
    };
    let reason = match acts::reason(&asked.reason) {
        Ok(reason) => reason,
        Err(lacking) => return not_done(lacking.words(locale.language), asked),
    };
    if asked.sure.is_none() {
        let words = locale.pick("Say that you are sure: it cannot be undone.", "أكّد أنك متيقن؛ فلا رجعة في ذلك.");
        return not_done(words.to_owned(), asked);
    }
    record(&engine.store, locale.now, &desk.viewer, "case.erase", &[case.id.into()]).await?;
    let submitted = match engine.erase_case(case.id, (&desk.viewer.who, &reason)).await {
        Err(error) => match refused_words(&error, desk.api.session.speaking(locale.language).screen) {
            Some(words) => return not_done(sentence(&words), asked),
            None => return Err(error.into()),
        },
        Ok(submitted) => submitted,
    };
    if let Disposition::Refused { reason } = submitted.disposition {
        return not_done(sentence(reason.get(locale.code())), asked);
    }
    let words = locale.pick("Erased; what is counted of it stays:", "مُحيت، ويبقى ما يُعد منها:");
    Ok(Said::Done(format!("{words} {}", case.id.reference())))
}

async fn page(desk: &Desk, said: Said) -> Result<Response, Trouble> {
    desk.viewer.may(Permission::ManageRetention)?;
    let (locale, session) = (&desk.locale, desk.api.session.speaking(desk.locale.language));
    let state = state(&session).await?;
    let screen: Screen = session.screen;
    let (done, problem, given) = match said {
        Said::Nothing => (None, None, Asked::default()),
        Said::Done(words) => (Some(words), None, Asked::default()),
        Said::NotDone(words, asked) => (None, Some(words), asked),
    };
    let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let context = json!({
        "rules": rules(&state, screen).iter().map(|rule| sentence(rule)).collect::<Vec<_>>(),
        "set": state.rules.is_set(),
        "last": sentence(&last_words(&state, &session)),
        "due": state.outlooks.iter().flat_map(|outlook| due(outlook, desk)).collect::<Vec<_>>(),
        "histories": histories_due(&state, screen).map(|words| sentence(&words)),
        "kept": state.kept.iter().map(|case| case.reference()).collect::<Vec<_>>(),
        "done": done, "problem": problem, "case": given.case, "reason": given.reason,
    });
    let title = locale.pick("What is kept how long", "مدد الاحتفاظ بالبيانات").to_owned();
    desk.page(status, Page { name: "retention.html", title, context, live: None }).await
}

fn due(outlook: &Outlook, desk: &Desk) -> Vec<Json> {
    let locale = &desk.locale;
    let (now, soon) = (locale.pick("now", "الآن"), locale.pick("within 30 days", "خلال 30 يوما"));
    let of = |when: &str, counts: &[wasl_runtime::store::DueCount]| -> Vec<Json> {
        let row = |of: &wasl_runtime::store::DueCount| {
            json!({
                "stage": outlook.stage.words(locale.code()), "when": when, "workflow": of.workflow,
                "cases": thousands(of.cases), "messages": thousands(of.messages),
            })
        };
        counts.iter().map(row).collect()
    };
    [of(now, &outlook.now), of(soon, &outlook.soon)].concat()
}
