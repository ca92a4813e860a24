//! What is said of retention, for all doors: the rules, what is due, what was erased last.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value as Json;
use wasl_core::case::{Case, CaseId};
use wasl_core::retention::{Retention, Stage};
use wasl_runtime::engine::{EngineError, ErasedCases, LastErasure, Outlook};
use wasl_runtime::store::{DueCount, StoreError};

use crate::failure::Failure;
use crate::output::{Screen, thousands};
use crate::session::Session;
use crate::settings::Language;
use crate::words::{CASE, MESSAGE};

/// Cases that are kept are named, but not all of them.
const KEPT_MAX: u64 = 50;

/// Where retention stands.
pub(crate) struct State {
    /// How long what is kept.
    pub(crate) rules: Retention,
    /// What each stage is about to take.
    pub(crate) outlooks: Vec<Outlook>,
    /// Cases whose histories would go now.
    pub(crate) histories: u64,
    /// What was erased last.
    pub(crate) last: Option<LastErasure>,
    /// Cases that are kept from it.
    pub(crate) kept: Vec<CaseId>,
}

/// Where retention stands.
///
/// # Errors
/// The database cannot be used.
pub(crate) async fn state(session: &Session) -> Result<State, EngineError> {
    let engine = &session.engine;
    Ok(State {
        rules: engine.retention(),
        outlooks: engine.retention_outlook().await?,
        histories: engine.old_histories().await?.iter().map(|block| block.cases).sum(),
        last: engine.last_erasure().await?,
        kept: session.store().kept_cases(KEPT_MAX).await?,
    })
}

/// The same, for programs.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct StateShown {
    /// The stages in their order: `texts`, `people`.
    stages: Vec<StageShown>,
    /// The lines of histories, which go in blocks of neighbouring cases.
    history: HistoryShown,
    /// When something was last looked for to be erased, and what came of it.
    last: Option<LastShown>,
    /// Cases that are kept from being erased, at the most fifty.
    kept: Vec<String>,
}

/// The lines of histories.
#[derive(Debug, Serialize, JsonSchema)]
struct HistoryShown {
    /// How long they are kept after the end of a case, at least; null where they are never let go.
    kept_for: Option<String>,
    /// Cases whose histories are due now.
    due_now: u64,
}

/// A stage.
#[derive(Debug, Serialize, JsonSchema)]
struct StageShown {
    /// `texts`: what was written and said; `people`: names, numbers and personal fields, and all texts.
    stage: &'static str,
    /// How long it is kept after the end of a case; null where it is never erased.
    kept_for: Option<String>,
    /// Cases that ended by then are due.
    #[schemars(with = "Option<String>")]
    cutoff: Option<Timestamp>,
    /// What is due now, by workflow.
    due_now: Vec<CountShown>,
    /// What becomes due in the next thirty days, by workflow.
    due_in_30_days: Vec<CountShown>,
}

/// Cases of a workflow.
#[derive(Debug, Serialize, JsonSchema)]
struct CountShown {
    /// The workflow.
    workflow: String,
    /// Its cases.
    cases: u64,
    /// Their messages.
    messages: u64,
}

/// What was erased.
#[derive(Debug, Serialize, JsonSchema)]
struct LastShown {
    /// When.
    #[schemars(with = "String")]
    at: Timestamp,
    /// Cases of which people went.
    people: u64,
    /// Cases of which texts went.
    texts: u64,
    /// What was of no case, such as messages of unknown senders.
    others: u64,
    /// Cases whose histories went.
    histories: u64,
    /// Cases that are due and could not be erased.
    failed: u64,
}

impl From<&State> for StateShown {
    fn from(state: &State) -> Self {
        let count =
            |of: &DueCount| CountShown { workflow: of.workflow.clone(), cases: of.cases, messages: of.messages };
        let shown = |outlook: &Outlook| StageShown {
            stage: outlook.stage.as_str(),
            kept_for: state.rules.of(outlook.stage).map(|kept| kept.to_string()),
            cutoff: outlook.cutoff,
            due_now: outlook.now.iter().map(count).collect(),
            due_in_30_days: outlook.soon.iter().map(count).collect(),
        };
        Self {
            stages: state.outlooks.iter().map(shown).collect(),
            history: HistoryShown {
                kept_for: state.rules.history.map(|kept| kept.to_string()),
                due_now: state.histories,
            },
            last: state.last.as_ref().map(|last| LastShown {
                at: last.at,
                people: last.erased.people,
                texts: last.erased.texts,
                others: last.erased.others,
                histories: last.erased.histories,
                failed: last.erased.failed,
            }),
            kept: state.kept.iter().map(|case| case.reference()).collect(),
        }
    }
}

/// The same, as JSON of the command line.
pub(crate) fn to_json(state: &State) -> Json {
    serde_json::to_value(StateShown::from(state)).unwrap_or_default()
}

/// Cases that are due now, whatever the stage.
pub(crate) fn due_now(state: &State) -> u64 {
    state.outlooks.iter().flat_map(|outlook| &outlook.now).map(|of| of.cases).sum()
}

/// The rules in a line for each stage.
pub(crate) fn rules(state: &State, screen: Screen) -> Vec<String> {
    let rule = |stage: Stage| {
        let what = stage.words(screen.lang());
        match (state.rules.of(stage), screen.language) {
            (Some(kept), Language::En) => format!("{what}: erased {} after the end of a case", kept.words("en")),
            (Some(kept), Language::Ar) => format!("{what}: تُمحى بعد {} من انتهاء الحالة", kept.words_after("ar")),
            (None, Language::En) => format!("{what}: never erased by themselves"),
            (None, Language::Ar) => format!("{what}: لا تُمحى تلقائيا أبدا"),
        }
    };
    Stage::ALL.into_iter().map(rule).chain([history_rule(state, screen)]).collect()
}

fn history_rule(state: &State, screen: Screen) -> String {
    match (state.rules.history, screen.language) {
        (Some(kept), Language::En) => {
            format!("lines of histories: let go {} after the last case of their block ended", kept.words("en"))
        }
        (Some(kept), Language::Ar) => {
            format!("أسطر السجلات: تُحذف بعد {} من انتهاء آخر حالة في مجموعتها", kept.words_after("ar"))
        }
        (None, Language::En) => "lines of histories: kept for good".to_owned(),
        (None, Language::Ar) => "أسطر السجلات: تُحفظ دائما".to_owned(),
    }
}

/// What was erased last, in words.
pub(crate) fn last_words(state: &State, session: &Session) -> String {
    let screen = session.screen;
    match &state.last {
        Some(last) => {
            let (at, what) = (session.moment(last.at), erased_words(&last.erased, screen));
            match screen.language {
                Language::En => format!("last looked at {at}: {what}"),
                Language::Ar => format!("آخر مراجعة في {at}: {what}"),
            }
        }
        None => screen.pick("nothing was erased by rule yet", "لم يُمح شيء وفق القواعد بعد").to_owned(),
    }
}

/// What was erased, in words.
pub(crate) fn erased_words(erased: &ErasedCases, screen: Screen) -> String {
    let (people, texts) = (screen.count(erased.people, &CASE), screen.count(erased.texts, &CASE));
    let others = thousands(erased.others);
    let words = match screen.language {
        Language::En => format!("people of {people} erased, texts of {texts}, and {others} entries of no case"),
        Language::Ar => format!("مُحيت الأسماء من {people}، والنصوص من {texts}، و{others} من القيود التي لا حالة لها"),
    };
    let histories = screen.count(erased.histories, &CASE);
    match screen.language {
        _ if erased.histories == 0 => words,
        Language::En => format!("{words}; histories of {histories} let go"),
        Language::Ar => format!("{words}؛ وحُذفت سجلات {histories}"),
    }
}

/// Says how far it is, on one line of a terminal.
pub(crate) fn tell_progress(erased: &ErasedCases, due: u64, screen: Screen) {
    use std::io::Write;
    let (done, due) = (thousands(erased.people + erased.texts), thousands(due));
    let words = match screen.language {
        Language::En => format!("{done} of {due} erased"),
        Language::Ar => format!("مُحي {done} من {due}"),
    };
    // Nothing depends on whether anybody sees it.
    let _ = write!(std::io::stderr(), "\r{words} ");
}

/// Everything in lines: for the command line.
pub(crate) fn lines(state: &State, session: &Session) -> Vec<String> {
    let screen = session.screen;
    let mut lines = rules(state, screen);
    if !state.rules.is_set() {
        lines.push(
            screen
                .pick(
                    "say under `retention` in config/wasl.yaml how long what is kept",
                    "حدد مدد الاحتفاظ تحت `retention` في الملف config/wasl.yaml",
                )
                .to_owned(),
        );
    }
    lines.push(last_words(state, session));
    let headers = match screen.language {
        Language::En => ["stage", "when", "cases", "messages", "workflow"],
        Language::Ar => ["ما يُمحى", "متى", "الحالات", "الرسائل", "المسار"],
    };
    let (now, soon) = (screen.pick("now", "الآن"), screen.pick("within 30 days", "خلال 30 يوما"));
    let mut rows = Vec::new();
    for outlook in &state.outlooks {
        for (when, counts) in [(now, &outlook.now), (soon, &outlook.soon)] {
            rows.extend(counts.iter().map(|of| row(outlook.stage, when, of)));
        }
    }
    lines.extend(histories_due(state, screen));
    if rows.is_empty() && state.histories == 0 && state.rules.is_set() {
        let none = screen.pick("nothing is due now or within 30 days", "لا شيء مستحق الآن ولا خلال 30 يوما");
        lines.push(none.to_owned());
    } else if !rows.is_empty() {
        lines.push(String::new());
        lines.push(screen.table(&headers, rows));
    }
    if !state.kept.is_empty() {
        let kept: Vec<String> = state.kept.iter().map(|case| case.reference()).collect();
        let words = screen.pick("kept from being erased", "مستبقاة لا تُمحى");
        lines.push(format!("{words}: {}", kept.join(", ")));
    }
    lines
}

/// Whose histories go next, if any do.
pub(crate) fn histories_due(state: &State, screen: Screen) -> Option<String> {
    let cases = screen.count(state.histories, &CASE);
    let words = match screen.language {
        Language::En => format!("histories of {cases} are due now"),
        Language::Ar => format!("سجلات {cases} مستحقة الآن"),
    };
    (state.histories > 0).then_some(words)
}

fn row(stage: Stage, when: &str, of: &DueCount) -> Vec<String> {
    let stage = stage.as_str().to_owned();
    vec![stage, when.to_owned(), thousands(of.cases), thousands(of.messages), of.workflow.clone()]
}

/// What to say on a case of which something was erased, or that is kept from it.
///
/// # Errors
/// The database cannot be used.
pub(crate) async fn notes(case: &Case, session: &Session) -> Result<Vec<String>, StoreError> {
    let (screen, progress) = (session.screen, &case.progress);
    let erased = progress.erased.map(|erased| {
        let (what, at) = (erased.stage.words(screen.lang()), session.moment(erased.at));
        match screen.language {
            Language::En => format!("{what} were erased on {at} under the retention rules; what is counted stays"),
            Language::Ar => format!("مُحيت {what} في {at} وفق قواعد الاحتفاظ بالبيانات؛ ويبقى ما يُعد منها"),
        }
    });
    let kept = progress.kept.as_ref().map(|kept| {
        let (since, reason) = (session.moment(kept.since), &kept.reason);
        match screen.language {
            Language::En => format!("kept from being erased since {since}: {reason}"),
            Language::Ar => format!("مستبقاة لا تُمحى منذ {since}: {reason}"),
        }
    });
    let gone = session.store().history_gone_at(case.id).await?.map(|at| {
        let at = session.moment(at);
        match screen.language {
            Language::En => format!("its history was let go on {at}, as the retention rules say"),
            Language::Ar => format!("حُذف سجلها في {at} وفق قواعد الاحتفاظ بالبيانات"),
        }
    });
    Ok(erased.into_iter().chain(gone).chain(kept).collect())
}

/// How many messages a case has, as one is told before it is erased.
pub(crate) fn messages_words(messages: usize, screen: Screen) -> String {
    screen.count(u64::try_from(messages).unwrap_or(u64::MAX), &MESSAGE)
}

/// Why nobody is erased, or nothing is begun: a secret that is not there, or is another one.
pub(crate) fn refused_words(error: &EngineError, screen: Screen) -> Option<String> {
    let arabic = match error {
        EngineError::NoRetentionSecret => "لا تُمحى بيانات الناس دون `retention.secret`، فقد تعود حالاتهم ولا يعرفها أحد",
        EngineError::OtherRetentionSecret => {
            "ليس `retention.secret` هو السر الذي مُحيت به الحالات من قبل، فمن مُحيت بياناته قد يعود ولا يعرفه أحد؛ أعد السر السابق"
        }
        EngineError::LostRetentionSecret => {
            "مُحيت حالات بسر في `retention.secret` ولا سر فيه الآن، فمن مُحيت بياناته قد يعود ولا يعرفه أحد، وقد يُتصل بأرقام \
             المتوفين؛ أعد السر"
        }
        EngineError::NotCounted => "ما زالت الحالات تُعد للتقارير، ولا تُمحى بيانات أحد قبل ذلك؛ أعد المحاولة بعد دقيقة",
        _ => return None,
    };
    Some(if screen.language == Language::Ar { arabic.to_owned() } else { error.to_string() })
}

/// The failure of a command, with the words about the secret in the reader's language.
pub(crate) fn failure(error: EngineError, screen: Screen) -> Failure {
    let words = refused_words(&error, screen);
    let failure = Failure::from(error);
    let arabic = "في config/wasl.yaml تحت `retention` ما ينفع فيه السر";
    let help = failure.help.as_ref().filter(|_| words.is_some() && screen.language == Language::Ar);
    let help = help.map(|_| arabic.to_owned()).or_else(|| failure.help.clone());
    Failure { message: words.unwrap_or_else(|| failure.message.clone()), help, ..failure }
}
