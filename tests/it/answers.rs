//! Answers that agents can take back, and the order of the day, through the real store and the shipped workflow.

use jiff::SignedDuration;
use tempfile::TempDir;
use wasl_core::case::{Case, EffectId};
use wasl_core::event::{Body, Disposition};
use wasl_core::history::What;
use wasl_core::lang::Texts;
use wasl_core::value::{Record, Value};
use wasl_runtime::engine::{ANSWERED_MEANWHILE, ANSWERED_OTHERWISE, CallAnswer, OptOut, TAKE_BACK};
use wasl_runtime::store::{Claiming, HeldAnswer, NewEvent, TaskFilter, TaskStatus, Wanted};

use crate::support::{Builder, House, contact, family, local};

const OPENED: &str = "2024-05-12 09:30";

async fn opened(folder: &TempDir) -> (House, Case, EffectId) {
    let house = Builder::at(OPENED).folder(folder.path()).build().await;
    let case = house.engine.open_case("account-transfer", family("530445233"), "test").await.unwrap().case;
    let filter = TaskFilter { case: Some(case.id), limit: 9, ..TaskFilter::default() };
    let task = house.engine.store.tasks(&filter).await.unwrap()[0].task.id.clone();
    let now = house.engine.now();
    house.engine.store.claim_task(&task, "huda", now, now + SignedDuration::from_mins(30)).await.unwrap();
    (house, case, task)
}

fn answer(task: &EffectId, outcome: &str, answers: Record) -> CallAnswer {
    let (agent, outcome) = ("huda".into(), outcome.into());
    CallAnswer { task: task.clone(), agent, outcome, answers, note: Some("very kind".into()) }
}

async fn state(house: &House, case: &Case) -> String {
    house.engine.store.case(case.id).await.unwrap().unwrap().state.to_string()
}

#[tokio::test]
async fn an_answer_is_brought_to_its_case_when_it_cannot_be_taken_back_any_more() {
    let folder = TempDir::new().unwrap();
    let (house, case, task) = opened(&folder).await;
    let given = answer(&task, "agreed", Record::from([("heir".into(), contact("+97336001234"))]));
    assert!(house.engine.judge_answer(&given, "en").await.unwrap().unwrap().starts_with("→ Helping with the papers"));
    house.engine.hold_answer(given.clone()).await.unwrap().unwrap();
    assert_eq!(house.engine.submit_answers().await.unwrap(), 0);
    assert_eq!(state(&house, &case).await, "first_call", "judging and holding change nothing");
    let back = house.engine.store.take_back_answer(&task, "huda").await.unwrap().unwrap();
    assert_eq!(CallAnswer::from(back), given, "what was typed comes back with it");
    house.clock.advance(TAKE_BACK);
    assert_eq!(house.engine.submit_answers().await.unwrap(), 0, "it was taken back");

    house.engine.hold_answer(given).await.unwrap().unwrap();
    drop(house);
    // The daemon ended meanwhile; the next one finds it.
    let house = Builder::at("2024-05-12 09:31").folder(folder.path()).build().await;
    assert_eq!(house.engine.submit_answers().await.unwrap(), 1);
    assert_eq!(state(&house, &case).await, "guiding");
    let stored = house.engine.store.task(&task).await.unwrap().unwrap();
    assert_eq!((stored.status, stored.note.as_deref()), (TaskStatus::Answered, Some("very kind")));
    assert_eq!(house.engine.store.held_answers("huda").await.unwrap(), []);
    assert_eq!(house.engine.submit_answers().await.unwrap(), 0, "once");
}

#[tokio::test]
async fn an_answer_that_its_case_refuses_is_shown_to_whoever_gave_it() {
    let folder = TempDir::new().unwrap();
    let (house, case, task) = opened(&folder).await;
    let given = answer(&task, "no_answer", Record::new());
    house.engine.hold_answer(given.clone()).await.unwrap().unwrap();
    // Somebody else was quicker at the command line.
    let quicker = CallAnswer { agent: "ali".into(), ..answer(&task, "refused", Record::new()) };
    let taken = house.engine.answer_call(&quicker).await.unwrap();
    house.clock.advance(TAKE_BACK);
    assert_eq!(house.engine.submit_answers().await.unwrap(), 1);
    assert_eq!(state(&house, &case).await, "closed_refused");
    let held = house.engine.store.held_answers("huda").await.unwrap();
    assert_eq!(held[0].refused.as_deref(), Some(ANSWERED_MEANWHILE.0));
    let why = house.engine.why_refused(&held[0]).await.unwrap().unwrap();
    assert_eq!((why.get("en"), why.get("ar")), ANSWERED_MEANWHILE);
    assert_eq!(house.engine.hold_answer(given.clone()).await.unwrap(), None, "it is no work any more");

    // By every other door the same: the same again is the first answer, anything else is refused and nothing is lost in silence.
    let again = house.engine.answer_call(&quicker).await.unwrap();
    assert_eq!((again.first, again.event_id, again.disposition), (false, taken.event_id, Disposition::Applied));
    let otherwise = CallAnswer { outcome: "no_answer".into(), ..quicker };
    for (other, why) in [(given, ANSWERED_MEANWHILE), (otherwise, ANSWERED_OTHERWISE)] {
        let refused = house.engine.answer_call(&other).await.unwrap();
        assert_eq!(refused.disposition, Disposition::Refused { reason: Texts::both(why.0, why.1) });
    }
    assert_eq!(state(&house, &case).await, "closed_refused");
}

#[tokio::test]
async fn an_answer_that_lacks_something_is_refused_before_it_is_held() {
    let folder = TempDir::new().unwrap();
    let (house, _, task) = opened(&folder).await;
    let said = [
        ("agreed", "en", "`heir` is missing"),
        ("agreed", "ar", "`heir` لا قيمة له"),
        ("agreeed", "en", "did you mean `agreed`?"),
        ("agreeed", "ar", "ليست `agreeed` من نتائج هذه المكالمة؛ هل تقصد `agreed`؟"),
    ];
    for (outcome, language, said) in said {
        let given = answer(&task, outcome, Record::new());
        let refused = house.engine.judge_answer(&given, language).await.unwrap().unwrap_err();
        assert!(refused.contains(said), "{refused}");
    }
}

#[tokio::test]
async fn why_a_held_answer_was_refused_is_found_in_both_languages_where_only_the_english_stands_with_it() {
    let folder = TempDir::new().unwrap();
    let (house, case, task) = opened(&folder).await;
    let given = answer(&task, "no_answer", Record::new());
    house.engine.hold_answer(given).await.unwrap().unwrap();
    let (at, by, body) = (house.engine.now(), "operator:ali".into(), Body::Hold { reason: "a complaint".into() });
    let stop = NewEvent { case: case.id, source: "test".into(), source_id: "1".into(), at, by, body };
    house.engine.submit(stop).await.unwrap();
    house.clock.advance(TAKE_BACK);
    house.engine.submit_answers().await.unwrap();
    let held = house.engine.store.held_answer(&task).await.unwrap().unwrap();
    assert_eq!(held.refused.as_deref(), Some("the case is held; resume it, or mend and retry, first"));
    let why = house.engine.why_refused(&held).await.unwrap().unwrap();
    assert_eq!(why.en(), "the case is held; resume it, or mend and retry, first");
    assert_eq!(why.get("ar"), "الحالة موقوفة؛ استأنفها أولا، أو أصلح ما تعثرت به وأعد المحاولة");
    let unknown = HeldAnswer { refused: Some("the workflow cannot be read".into()), ..held.clone() };
    let why = house.engine.why_refused(&unknown).await.unwrap().unwrap();
    assert_eq!(why.get("ar"), "لم تصل هذه النتيجة إلى الحالة: the workflow cannot be read");
    let waiting = HeldAnswer { refused: None, ..held };
    assert_eq!(house.engine.why_refused(&waiting).await.unwrap(), None);
}

#[tokio::test]
async fn whoever_has_a_call_in_hand_gets_that_one_and_no_second() {
    let folder = TempDir::new().unwrap();
    let (house, _, task) = opened(&folder).await;
    let mut other = family("600101234");
    other.insert("contacts".into(), Value::List(vec![contact("+97336005678")]));
    let second = house.engine.open_case("account-transfer", other, "test").await.unwrap().case;
    let queues = ["supervisors".to_owned()];
    for queues in [&[][..], &queues] {
        let wanted = Wanted { agent: "huda", queues, languages: &[] };
        let next = house.engine.next_call(wanted).await.unwrap().unwrap();
        assert_eq!((&next.task.task.id, next.in_hand), (&task, true), "whatever else she asks for");
    }
    let wanted = Wanted { agent: "huda", queues: &[], languages: &[] };
    // Answered a moment ago, and only kept for her to take back: the next one is another.
    house.engine.hold_answer(answer(&task, "no_answer", Record::new())).await.unwrap().unwrap();
    let next = house.engine.next_call(wanted).await.unwrap().unwrap();
    assert_eq!((next.task.case, next.in_hand), (second.id, false));
    house.engine.store.release_task(&next.task.task.id, "huda").await.unwrap();
    assert!(!house.engine.next_call(wanted).await.unwrap().unwrap().in_hand, "what was put back is in no hand");
    // After its hours nobody is rung, whoever has the call.
    house.clock.advance(SignedDuration::from_mins(9 * 60 + 15));
    let claimed = house.engine.claim_call(&next.task.task.id, "huda").await.unwrap();
    assert!(matches!(claimed, Claiming::Yours(_)), "18:45: {claimed:?}");
    house.clock.advance(SignedDuration::from_mins(20));
    assert_eq!(house.engine.next_call(wanted).await.unwrap(), None, "19:05");
}

#[tokio::test]
async fn rule_21_a_call_is_not_given_out_after_its_hours_and_whoever_is_speaking_keeps_theirs() {
    let folder = TempDir::new().unwrap();
    let (house, _, task) = opened(&folder).await;
    let mut other = family("600101234");
    other.insert("contacts".into(), Value::List(vec![contact("+97336005678")]));
    let second = house.engine.open_case("account-transfer", other, "test").await.unwrap().case;
    house.clock.advance(SignedDuration::from_mins(9 * 60 + 20));
    // 18:50: the first is claimed again, the second is still free.
    assert!(matches!(house.engine.claim_call(&task, "huda").await.unwrap(), Claiming::Yours(_)));
    house.clock.advance(SignedDuration::from_mins(20));
    assert!(matches!(house.engine.claim_call(&task, "huda").await.unwrap(), Claiming::Yours(_)), "she is speaking");
    let wanted = Wanted { agent: "ali", queues: &[], languages: &[] };
    assert_eq!(house.engine.next_call(wanted).await.unwrap(), None, "it is 19:10");
    let opens = local("2024-05-13T09:00:00");
    assert_eq!(house.engine.store.next_opening(wanted, house.engine.now()).await.unwrap(), Some(opens));
    let of_second = TaskFilter { case: Some(second.id), limit: 9, ..TaskFilter::default() };
    let waits = house.engine.store.tasks(&of_second).await.unwrap().remove(0);
    assert_eq!((waits.status, waits.claimed_by), (TaskStatus::Open, None));
    assert!(waits.task.why.unwrap().get("en").contains("09:00"));
    let claiming = house.engine.claim_call(&waits.task.id, "ali").await.unwrap();
    assert!(matches!(claiming, Claiming::NotNow { opens: at, .. } if at == opens), "{claiming:?}");
    house.clock.advance(SignedDuration::from_hours(14));
    assert!(matches!(house.engine.claim_call(&waits.task.id, "ali").await.unwrap(), Claiming::Yours(_)));
}

#[tokio::test]
async fn rule_21_a_call_that_a_rule_forbids_by_now_is_taken_from_the_queue_and_its_case_is_told() {
    let folder = TempDir::new().unwrap();
    let (house, case, task) = opened(&folder).await;
    house.engine.store.release_task(&task, "huda").await.unwrap();
    drop(house);
    // The house meanwhile wrote the number into its settings, which tells no case.
    let house = Builder::at(OPENED).folder(folder.path()).never_to("+97336001234").build().await;
    let claiming = house.engine.claim_call(&task, "huda").await.unwrap();
    assert_eq!(claiming, Claiming::Over(TaskStatus::Suppressed));
    house.settle().await;
    let history = house.engine.store.history(case.id).await.unwrap();
    let told = history
        .iter()
        .any(|entry| matches!(&entry.what, What::MessageNews { code: Some(code), .. } if code == "never_to"));
    assert!(told, "{history:?}");
}

#[tokio::test]
async fn rule_21_a_household_whose_call_is_in_hand_is_not_rung_by_a_second_agent() {
    let house = Builder::at(OPENED).cap("1 call per household in 1 day").build().await;
    let mut tasks = Vec::new();
    for (account, mobile) in [("100200", "+97336000001"), ("100201", "+97336000002")] {
        let mut data = family("530445233");
        data.insert("account_no".into(), account.into());
        data.insert("contacts".into(), Value::List(vec![contact(mobile)]));
        let case = house.engine.open_case("account-transfer", data, "test").await.unwrap().case;
        let filter = TaskFilter { case: Some(case.id), limit: 9, ..TaskFilter::default() };
        tasks.push(house.engine.store.tasks(&filter).await.unwrap().remove(0));
    }
    // Nobody took the first on its day: by the next both may be made, and one is.
    house.clock.advance(tasks[1].task.not_before.duration_since(house.engine.now()));
    let first = house.engine.claim_call(&tasks[0].task.id, "huda").await.unwrap();
    assert!(matches!(first, Claiming::Yours(_)), "{first:?}");
    let second = house.engine.claim_call(&tasks[1].task.id, "ali").await.unwrap();
    assert!(matches!(second, Claiming::NotNow { .. }), "{second:?}");
}

/// Changes a stored case behind the engine's back.
fn meddle(folder: &TempDir, case: &Case, set: &str) {
    let database = rusqlite::Connection::open(folder.path().join("wasl.sqlite")).unwrap();
    database.execute_batch(&format!("UPDATE cases SET {set} WHERE id = {}", case.id.0)).unwrap();
}

#[tokio::test]
async fn a_case_that_stands_still_or_cannot_be_used_keeps_no_other_call_from_its_agent() {
    let folder = TempDir::new().unwrap();
    let (house, case, task) = opened(&folder).await;
    house.engine.store.release_task(&task, "huda").await.unwrap();
    let mut other = family("600101234");
    other.insert("contacts".into(), Value::List(vec![contact("+97336005678")]));
    let second = house.engine.open_case("account-transfer", other, "test").await.unwrap().case;
    meddle(&folder, &case, "progress = 'torn'");
    let wanted = Wanted { agent: "huda", queues: &[], languages: &[] };
    assert_eq!(house.engine.next_call(wanted).await.unwrap().map(|next| next.task.case), Some(second.id));
    assert!(house.engine.claim_call(&task, "huda").await.is_err(), "whoever asks for it by name is told why not");

    let (source, source_id, by) = ("test".into(), "1".into(), "agent:ali".into());
    let body = Body::Hold { reason: "a week of quiet".into() };
    let held = NewEvent { case: second.id, source, source_id, at: house.engine.now(), by, body };
    house.engine.submit(held).await.unwrap();
    let filter = TaskFilter { case: Some(second.id), limit: 9, ..TaskFilter::default() };
    let waits = house.engine.store.tasks(&filter).await.unwrap().remove(0);
    assert_eq!(house.engine.claim_call(&waits.task.id, "ali").await.unwrap(), Claiming::Stopped("held"));
}

#[tokio::test]
async fn rule_21_a_number_that_the_case_no_longer_names_is_not_rung_after_its_owner_opted_out() {
    let folder = TempDir::new().unwrap();
    let (house, case, task) = opened(&folder).await;
    house.engine.store.release_task(&task, "huda").await.unwrap();
    // Its fields were corrected since the call was planned.
    meddle(&folder, &case, "data = replace(data, '+97336001234', '+97336009999')");
    let (subject, source, by) = ("+97336001234".into(), "hotline".into(), "agent:ali".into());
    house.engine.opt_out(&OptOut { subject, channel: None, source, reason: None, by }).await.unwrap();
    let claiming = house.engine.claim_call(&task, "huda").await.unwrap();
    assert!(matches!(claiming, Claiming::Over(TaskStatus::Withdrawn | TaskStatus::Suppressed)), "{claiming:?}");
}

#[tokio::test]
async fn the_day_begins_where_it_costs_a_family_most_and_with_what_was_promised() {
    let folder = TempDir::new().unwrap();
    let house = Builder::at(OPENED).folder(folder.path()).build().await;
    let mut cases = Vec::new();
    for (cpr, kwh) in [("530445231", 500), ("530445232", 3_000), ("530445233", 900)] {
        let own = Record::from([
            ("monthly_kwh".into(), Value::Int(kwh)),
            ("monthly_m3".into(), Value::Int(20)),
            ("contacts".into(), Value::List(vec![contact(&format!("+97336{}", &cpr[3..]))])),
        ]);
        let data = family(cpr).into_iter().chain(own).collect();
        cases.push(house.engine.open_case("account-transfer", data, "test").await.unwrap().case.id);
    }
    let now = house.engine.now();
    let wanted = Wanted { agent: "huda", queues: &[], languages: &[] };
    let first =
        house.engine.store.claim_next_task(wanted, now, now + SignedDuration::from_mins(30)).await.unwrap().unwrap();
    assert_eq!((first.case, first.at_risk > 2_000), (cases[1], true), "{first:?}");

    let poorest = TaskFilter { case: Some(cases[0]), limit: 1, ..TaskFilter::default() };
    let task = house.engine.store.tasks(&poorest).await.unwrap()[0].task.id.clone();
    let when = Record::from([("when".into(), Value::Text("2024-05-12 10:00".into()))]);
    house.engine.answer_call(&answer(&task, "call_back", when)).await.unwrap();
    house.clock.advance(SignedDuration::from_mins(31));
    let now = house.engine.now();
    let next =
        house.engine.store.claim_next_task(wanted, now, now + SignedDuration::from_mins(30)).await.unwrap().unwrap();
    assert_eq!((next.case, next.task.promised_by.as_deref()), (cases[0], Some("agent:huda")));
}
