//! An agent's day: the next call, what was promised, what is done. And where the day begins for everybody else.

use axum::Form;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use serde_json::{Value as Json, json};
use wasl_core::access::Permission;
use wasl_core::words::number::Noun;
use wasl_runtime::store::{StoredTask, Wanted};

use super::call::outcome_words;
use super::page::{Desk, Page, Trouble, kept};
use crate::access;
use crate::settings::Language;
use crate::words::relation;

/// Which queues and languages somebody works on, on this machine.
const WORK_COOKIE: &str = "wasl-work";
/// Promises and answers that the page lists.
const LISTED_MAX: u32 = 50;
/// Calls that are counted one by one; beyond that there are simply many.
const COUNTED_MAX: u64 = 1_000;
/// Answers of a day that are counted.
const DONE_MAX: u32 = 1_000;

/// Calls to make.
const CALL: Noun = Noun {
    en: ["call", "calls"], ar: ["مكالمة واحدة", "مكالمتان", "مكالمات", "مكالمة", "مكالمة"]
};

/// What somebody takes: queues and languages; none means all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Work {
    queues: Vec<String>,
    languages: Vec<String>,
}

impl Work {
    /// As the browser kept it; words that nobody knows any more are forgotten.
    pub(super) fn of(desk: &Desk) -> Self {
        let environment = desk.api.engine.library.environment();
        let (queues, languages) = desk.cookie(WORK_COOKIE).and_then(|kept| kept.split_once('~')).unwrap_or_default();
        let words = |list: &str| list.split('.').filter(|word| !word.is_empty()).map(str::to_owned).collect::<Vec<_>>();
        let known = |queue: &String| environment.queues.contains_key(queue);
        Self { queues: words(queues).into_iter().filter(known).collect(), languages: words(languages) }
    }

    /// As an agent's wish.
    pub(super) fn wanted<'w>(&'w self, agent: &'w str) -> Wanted<'w> {
        Wanted { agent, queues: &self.queues, languages: &self.languages }
    }
}

/// `GET /`.
pub(super) async fn show(desk: Desk) -> Response {
    let result = day(&desk).await;
    desk.answer(result)
}

async fn day(desk: &Desk) -> Result<Response, Trouble> {
    desk.viewer.may(Permission::ViewCase)?;
    let locale = &desk.locale;
    let may_call = desk.viewer.can(Permission::AnswerTask);
    let mut context = json!({
        "greeting": greeting(desk), "may_call": may_call, "nothing": false, "waiting": "", "in_hand": [], "opens": Json::Null,
    });
    if may_call {
        let work = Work::of(desk);
        let (agent, store, now) = (desk.viewer.user.as_str(), &desk.api.engine.store, locale.now);
        let wanted = work.wanted(agent);
        let waiting = store.workable_count(wanted, now, COUNTED_MAX).await?;
        let nothing = waiting == 0;
        let opens = if nothing { store.next_opening(wanted, now).await? } else { None };
        let promised = store.promises_of(agent, LISTED_MAX).await?;
        let done = store.answered_by(agent, locale.day_began(), DONE_MAX).await?;
        let in_hand = store.tasks_in_hand(agent, now).await?;
        let held = store.held_answers(agent).await?;
        let in_hand = in_hand.iter().filter(|task| held.iter().all(|held| held.task != task.task.id));
        let mut listed = Vec::new();
        for task in done.iter().take(usize::try_from(LISTED_MAX).unwrap_or(usize::MAX)) {
            listed.push(done_row(desk, task).await?);
        }
        context = json!({
            "greeting": greeting(desk), "may_call": true, "nothing": nothing, "opens": opens.map(|at| locale.moment(at)),
            "waiting": waiting_words(desk, waiting), "done_count": locale.count(done.len() as u64, &CALL), "done": listed,
            "in_hand": in_hand.map(|task| json!({"id": task.task.id})).collect::<Vec<_>>(),
            "promised": promised.iter().map(|task| promise_row(desk, task)).collect::<Vec<_>>(),
            "queues": queues(desk, &work), "languages": languages(desk, &work),
        });
    }
    let title = locale.pick("My day", "يومي").to_owned();
    let live = may_call.then(|| "/live".to_owned());
    desk.page(StatusCode::OK, Page { name: "day.html", title, context, live }).await
}

fn greeting(desk: &Desk) -> String {
    let (name, locale) = (&desk.viewer.name, &desk.locale);
    let morning = locale.zone.to_datetime(locale.now).hour() < 12;
    match (locale.language, morning) {
        (Language::En, true) => format!("Good morning, {name}"),
        (Language::En, false) => format!("Good day, {name}"),
        (Language::Ar, true) => format!("صباح الخير، {name}"),
        (Language::Ar, false) => format!("طاب يومك، {name}"),
    }
}

fn waiting_words(desk: &Desk, waiting: u64) -> String {
    let (locale, many) = (&desk.locale, waiting >= COUNTED_MAX);
    let count = locale.count(waiting, &CALL);
    match (locale.language, many, waiting) {
        (Language::En, true, _) => format!("{count} or more can be made now."),
        (Language::En, false, 1) => format!("{count} can be made now."),
        (Language::En, false, _) => format!("{count} can be made now; the first is where it matters most."),
        (Language::Ar, true, _) => format!("يمكن الآن إجراء {count} أو أكثر."),
        (Language::Ar, false, _) => format!("يمكن الآن إجراء {count}، تبدأ بالأهم."),
    }
}

fn promise_row(desk: &Desk, stored: &StoredTask) -> Json {
    let task = &stored.task;
    json!({
        "id": task.id, "reference": stored.case.reference(), "to": task.to_name,
        "relation": task.relation.as_deref().map(|word| relation(word, desk.locale.language)),
        "from": desk.locale.moment(task.not_before), "due": task.not_before <= desk.locale.now,
    })
}

async fn done_row(desk: &Desk, stored: &StoredTask) -> Result<Json, Trouble> {
    let task = &stored.task;
    let outcome = stored.outcome.as_deref().unwrap_or_default();
    Ok(json!({
        "at": stored.answered_at.map(|at| desk.locale.clock(at)), "to": task.to_name.as_deref().unwrap_or(&task.queue),
        "reference": stored.case.reference(), "outcome": outcome_words(desk, stored, outcome).await?,
    }))
}

fn queues(desk: &Desk, work: &Work) -> Json {
    let environment = desk.api.engine.library.environment();
    let row = |(name, title): (&String, &wasl_core::lang::Texts)| json!({"name": name, "title": title.get(desk.locale.code()), "chosen": work.queues.contains(name)});
    environment.queues.iter().map(row).collect()
}

fn languages(desk: &Desk, work: &Work) -> Json {
    let row = |(code, en, ar): (&str, &str, &str)| {
        let chosen = work.languages.iter().any(|language| language == code);
        json!({"code": code, "title": desk.locale.pick(en, ar), "chosen": chosen})
    };
    [("ar", "Arabic", "العربية"), ("en", "English", "الإنجليزية")].map(row).into_iter().collect()
}

/// `POST /next`: gives the agent the call that matters most.
pub(super) async fn next(desk: Desk) -> Response {
    let result = take_next(&desk).await;
    desk.answer(result)
}

async fn take_next(desk: &Desk) -> Result<Response, Trouble> {
    desk.viewer.may(Permission::AnswerTask)?;
    desk.viewer.may(Permission::SeePersonalFields)?;
    let (work, engine) = (Work::of(desk), &desk.api.engine);
    let Some(task) = engine.next_call(work.wanted(&desk.viewer.user)).await? else {
        return Ok(Redirect::to("/").into_response());
    };
    let on = access::On { case: Some(task.case), subject: Some(&task.task.id.0) };
    access::record(&engine.store, desk.locale.now, &desk.viewer, "task.claim", &[on]).await?;
    Ok(Redirect::to(&format!("/tasks/{}", task.task.id)).into_response())
}

/// `POST /work`: keeps on this machine what somebody takes.
pub(super) async fn choose_work(desk: Desk, Form(chosen): Form<Vec<(String, String)>>) -> Response {
    let list = |name: &str| {
        let plain =
            |word: &&str| !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
        let words = chosen.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str()).filter(plain);
        words.collect::<Vec<_>>().join(".")
    };
    let cookie = kept(WORK_COOKIE, &format!("{}~{}", list("queue"), list("language")));
    let response = ([(header::SET_COOKIE, cookie)], Redirect::to("/")).into_response();
    desk.answer(Ok(response))
}
