//! An agent's day: the next call, what was promised, what is done. And where the day begins for everybody else.

use axum::Form;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use serde_json::{Value as Json, json};
use wasl_core::access::Permission;
use wasl_core::words::number::Noun;
use wasl_runtime::engine::NextCall;
use wasl_runtime::store::{StoredTask, Wanted, Workable};

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

/// Languages that agents speak.
const LANGUAGES: [(&str, &str, &str); 2] = [("ar", "Arabic", "العربية"), ("en", "English", "الإنجليزية")];

/// Work at a desk: a file to read, a number to look for.
const DESK_TASK: Noun = Noun {
    en: ["task at the desk", "tasks at the desk"],
    ar: ["مهمة مكتبية واحدة", "مهمتان مكتبيتان", "مهام مكتبية", "مهمة مكتبية", "مهمة مكتبية"],
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
        let spoken = |language: &String| LANGUAGES.iter().any(|(code, ..)| code == language);
        Self {
            queues: words(queues).into_iter().filter(known).collect(),
            languages: words(languages).into_iter().filter(spoken).collect(),
        }
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
        "ways": ways(desk),
    });
    if may_call {
        let work = Work::of(desk);
        let (agent, store, now) = (desk.viewer.user.as_str(), &desk.api.engine.store, locale.now);
        let wanted = work.wanted(agent);
        let waiting = store.workable_count(wanted, now, COUNTED_MAX).await?;
        let nothing = waiting == Workable::default();
        let opens = if nothing { store.next_opening(wanted, now).await? } else { None };
        let promised = store.promises_of(agent, LISTED_MAX).await?;
        let done = store.answered_by(agent, locale.day_began(), DONE_MAX).await?;
        let in_hand = desk.api.engine.calls_in_hand(agent).await?;
        let mut listed = Vec::new();
        for task in done.iter().take(usize::try_from(LISTED_MAX).unwrap_or(usize::MAX)) {
            listed.push(done_row(desk, task).await?);
        }
        context = json!({
            "greeting": greeting(desk), "may_call": true, "nothing": nothing, "opens": opens.map(|at| locale.moment(at)),
            "waiting": waiting_words(desk, waiting), "done_count": locale.count(done.len() as u64, &CALL), "done": listed,
            "in_hand": in_hand.iter().map(|task| json!({"id": task.task.id})).collect::<Vec<_>>(),
            "promised": promised.iter().map(|task| promise_row(desk, task)).collect::<Vec<_>>(),
            "queues": queues(desk, &work), "languages": languages(desk, &work),
        });
    }
    let title = if may_call { locale.pick("My day", "يومي") } else { locale.pick("Home", "البداية") }.to_owned();
    let live = may_call.then(|| "/live".to_owned());
    desk.page(StatusCode::OK, Page { name: "day.html", title, context, live }).await
}

/// Where the day of somebody begins who makes no calls: what they may do, and where.
fn ways(desk: &Desk) -> Json {
    use Permission::{EditWorkflow, ManageUsers, SeePersonalFields, ViewAudit, ViewCase, ViewReports, ViewWorkflow};
    let (locale, can) = (&desk.locale, |permission| desk.viewer.can(permission));
    let cases = if can(SeePersonalFields) {
        ("Where each case stands, and what it waits for.", "أين تقف كل حالة وماذا تنتظر.")
    } else {
        (
            "Where each case stands, and what it waits for. Names and numbers are hidden from you.",
            "أين تقف كل حالة وماذا تنتظر. الأسماء والأرقام محجوبة عنك.",
        )
    };
    let all = [
        (
            EditWorkflow,
            "/drafts",
            ("Drafts", "المسودات"),
            (
                "Changes that are being written, and those that wait for a second person's approval.",
                "تعديلات قيد الكتابة، وأخرى تنتظر اعتماد شخص ثان.",
            ),
        ),
        (
            ViewReports,
            "/reports",
            ("Report", "التقرير"),
            ("What the practice has achieved, each figure with its meaning.", "ما تحقق من العمل، ولكل رقم معناه."),
        ),
        (
            ViewWorkflow,
            "/workflows",
            ("Workflows", "مسارات العمل"),
            ("How cases proceed, with every text and call script.", "كيف تسير الحالات، مع جميع النصوص ونصوص المكالمات."),
        ),
        (ViewCase, "/cases", ("Cases", "الحالات"), cases),
        (
            ManageUsers,
            "/admin/users",
            ("People", "الأشخاص"),
            ("Who may come in and what they may do.", "من يدخل وما يجوز له."),
        ),
        (
            ViewAudit,
            "/admin/audit",
            ("Audit trail", "سجل التدقيق"),
            ("Who saw and did what.", "من اطلع على ماذا وماذا فعل."),
        ),
    ];
    let open = all.into_iter().filter(|(permission, ..)| can(*permission));
    open.map(|(_, path, title, about)| {
        json!({"path": path, "title": locale.pick(title.0, title.1), "about": locale.pick(about.0, about.1)})
    })
    .collect()
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

/// What can be done now: calls, and work at a desk, which rings nobody.
fn waiting_words(desk: &Desk, waiting: Workable) -> String {
    let (locale, many) = (&desk.locale, waiting.calls + waiting.desk >= COUNTED_MAX);
    let count_of = |count: u64, noun: &Noun| noun.count(i64::try_from(count).unwrap_or(i64::MAX), locale.code());
    let counted = [(waiting.calls, &CALL), (waiting.desk, &DESK_TASK)].into_iter().filter(|(count, _)| *count > 0);
    let counted: Vec<String> = counted.map(|(count, noun)| count_of(count, noun)).collect();
    let one = waiting.calls + waiting.desk == 1;
    match locale.language {
        Language::En if many => format!("{}, and maybe more, can be done now.", counted.join(" and ")),
        Language::En if one => format!("{} can be done now.", counted.join(" and ")),
        Language::En => format!("{} can be done now; the first is where it matters most.", counted.join(" and ")),
        Language::Ar if many => format!("يمكن الآن إنجاز {}، وربما أكثر.", counted.join(" و")),
        Language::Ar => format!("يمكن الآن إنجاز {}، تبدأ بالأهم.", counted.join(" و")),
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
    LANGUAGES.map(row).into_iter().collect()
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
    let Some(NextCall { task, in_hand }) = engine.next_call(work.wanted(&desk.viewer.user)).await? else {
        return Ok(Redirect::to("/").into_response());
    };
    let on = access::On { case: Some(task.case), subject: Some(&task.task.id.0) };
    access::record(&engine.store, desk.locale.now, &desk.viewer, "task.claim", &[on]).await?;
    let again = if in_hand { "?again=" } else { "" };
    Ok(Redirect::to(&format!("/tasks/{}{again}", task.task.id)).into_response())
}

/// `POST /work`: keeps on this machine what somebody takes.
pub(super) async fn choose_work(desk: Desk, Form(chosen): Form<Vec<(String, String)>>) -> Response {
    let environment = desk.api.engine.library.environment();
    // What the page does not offer is nobody's work: an unknown word would only hide all calls.
    let list = |name: &str, known: &dyn Fn(&str) -> bool| {
        let words = chosen.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str());
        words.filter(|word| known(word)).collect::<Vec<_>>().join(".")
    };
    let queues = list("queue", &|word| environment.queues.contains_key(word));
    let spoken = list("language", &|word| LANGUAGES.iter().any(|(code, ..)| *code == word));
    let cookie = kept(WORK_COOKIE, &format!("{queues}~{spoken}"));
    let response = ([(header::SET_COOKIE, cookie)], Redirect::to("/")).into_response();
    desk.answer(Ok(response))
}
