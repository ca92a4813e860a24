//! Tasks, lists and numbers: what people work from and look at.

use std::collections::{BTreeMap, BTreeSet};

use wasl_core::case::{Case, CaseId, Contacted, EffectId, Standing};
use wasl_core::definition::Priority;
use wasl_core::delivery::Channel;
use wasl_core::policy::Facts;

use super::sample::{
    HASH, WORKFLOW, bundle, call, case, claiming, minute, moving, next, open, opening, sms, suppression, suppressions,
};
use crate::store::{
    CaseFilter, Claiming, KnownContacts, Move, People, Settled, Store, StoreError, TaskFilter, TaskStatus,
    WaitingCount, Wanted,
};

super::on_both!(
    the_next_task_is_the_most_urgent_then_the_first_due,
    a_claim_that_ran_out_goes_to_the_next_agent,
    a_task_before_its_moment_or_of_a_held_case_is_no_work,
    a_named_task_belongs_to_one_agent,
    facts_are_of_other_cases_and_of_contacts_that_count,
    a_household_is_all_cases_that_say_so_with_everybody_they_contacted,
    the_deceased_are_known_to_every_case_and_for_good,
    versions_are_immutable_and_the_newest_act_decides,
    numbers_follow_what_is_there,
    settings_replace_and_suppressions_stay,
);

fn id(text: &str) -> EffectId {
    EffectId(text.into())
}

fn people(persons: &[String], identities: &[String]) -> People {
    let set = |all: &[String]| all.iter().cloned().collect();
    People { persons: set(persons), identities: set(identities), ..People::default() }
}

fn wanting<'a>(agent: &'a str, queues: &'a [String]) -> Wanted<'a> {
    Wanted { agent, queues, languages: &[] }
}

async fn next_ids(store: &Store, queues: &[&str], now: i64) -> Vec<String> {
    let queues: Vec<String> = queues.iter().map(|queue| (*queue).to_owned()).collect();
    let mut ids = Vec::new();
    while let Some(task) = store.claim_next_task(wanting("huda", &queues), minute(now), minute(now + 15)).await.unwrap()
    {
        ids.push(task.task.id.to_string());
    }
    ids
}

async fn the_next_task_is_the_most_urgent_then_the_first_due(store: Store) {
    let effects = vec![
        call("1.1.0", "complaints", Priority::Low, Some(minute(2))),
        call("1.1.1", "complaints", Priority::Normal, None),
        call("1.1.2", "complaints", Priority::Normal, Some(minute(90))),
        call("1.1.3", "billing", Priority::High, Some(minute(5))),
        call("1.1.4", "complaints", Priority::Normal, Some(minute(30))),
        call("1.1.5", "complaints", Priority::High, Some(minute(99))),
    ];
    open(&store, vec![Move { effects, ..opening(case(1)) }]).await;
    let complaints = TaskFilter { queue: Some("complaints".into()), limit: 9, ..TaskFilter::default() };
    let listed: Vec<String> =
        store.tasks(&complaints).await.unwrap().into_iter().map(|task| task.task.id.to_string()).collect();
    let expected = ["1.1.5", "1.1.4", "1.1.2", "1.1.1", "1.1.0"];
    assert_eq!(listed, expected);
    assert_eq!(next_ids(&store, &["complaints"], 10).await, expected);
    assert_eq!(next_ids(&store, &[], 10).await, ["1.1.3"]);
}

async fn a_claim_that_ran_out_goes_to_the_next_agent(store: Store) {
    open(&store, vec![Move { effects: vec![call("1.1.0", "a", Priority::Normal, None)], ..opening(case(1)) }]).await;
    let task = store.claim_next_task(wanting("huda", &[]), minute(1), minute(16)).await.unwrap().unwrap();
    assert_eq!((task.status, task.claim_expires), (TaskStatus::Claimed, Some(minute(16))));
    assert_eq!(store.claim_next_task(wanting("ali", &[]), minute(15), minute(30)).await.unwrap(), None);
    let task = store.claim_next_task(wanting("ali", &[]), minute(16), minute(31)).await.unwrap().unwrap();
    assert_eq!(task.claimed_by.as_deref(), Some("ali"));
    assert_eq!(store.task(&id("1.1.0")).await.unwrap(), Some(task));
}

async fn a_task_before_its_moment_or_of_a_held_case_is_no_work(store: Store) {
    open(&store, vec![Move { effects: vec![call("1.1.0", "a", Priority::Normal, None)], ..opening(case(1)) }]).await;
    assert_eq!(next_ids(&store, &[], 0).await, Vec::<String>::new());
    let held = next(&case(1), Standing::Held { reason: "asked to wait".into() });
    store.commit(&[moving(held.clone())], minute(2)).await.unwrap();
    assert_eq!(next_ids(&store, &[], 3).await, Vec::<String>::new());
    let workable = TaskFilter { workable_at: Some(minute(3)), limit: 9, ..TaskFilter::default() };
    assert_eq!(store.tasks(&workable).await.unwrap(), Vec::new());
    store.commit(&[moving(next(&held, Standing::Open))], minute(4)).await.unwrap();
    assert_eq!(store.tasks(&workable).await.unwrap().len(), 1);
    assert_eq!(next_ids(&store, &[], 4).await, ["1.1.0"]);
}

async fn a_named_task_belongs_to_one_agent(store: Store) {
    open(&store, vec![Move { effects: vec![call("1.1.0", "a", Priority::Normal, None)], ..opening(case(1)) }]).await;
    let claim = async |agent: &str, now: i64| {
        store.claim_task(&id("1.1.0"), agent, minute(now), minute(now + 15)).await.unwrap()
    };
    assert!(matches!(claim("huda", 1).await, Claiming::Yours(_)));
    assert_eq!(claim("ali", 2).await, Claiming::Taken { by: "huda".into(), until: minute(16) });
    assert!(matches!(claim("huda", 3).await, Claiming::Yours(task) if task.claim_expires == Some(minute(18))));
    assert!(!store.release_task(&id("1.1.0"), "ali").await.unwrap());
    assert!(store.release_task(&id("1.1.0"), "huda").await.unwrap());
    assert!(matches!(claim("ali", 4).await, Claiming::Yours(_)));
    let answered = wasl_core::effect::Effect::Answered {
        task: id("1.1.0"),
        outcome: "no_answer".into(),
        by: "ali".into(),
        note: None,
        at: minute(5),
    };
    let step = Move { effects: vec![answered], ..moving(next(&case(1), Standing::Open)) };
    store.commit(&[step], minute(5)).await.unwrap();
    assert_eq!(claim("huda", 6).await, Claiming::Over(TaskStatus::Answered));
    let missing = store.claim_task(&id("9.9.9"), "huda", minute(1), minute(2)).await.unwrap_err();
    assert!(matches!(missing, StoreError::NoSuchTask(_)), "{missing:?}");
}

async fn facts_are_of_other_cases_and_of_contacts_that_count(store: Store) {
    let shared = |text: &str, not_before: i64| {
        let mut message = super::sample::message(text, minute(not_before));
        message.person = "cpr 7".into();
        wasl_core::effect::Effect::Message(Box::new(message))
    };
    let mut rung = super::sample::task("2.1.1", "a", Priority::Normal, None);
    rung.person = "cpr 7".into();
    let effects = vec![shared("2.1.0", 50), wasl_core::effect::Effect::Call(Box::new(rung)), shared("2.1.2", 2)];
    let never = vec!["+97336000009".into()];
    open(
        &store,
        vec![
            Move { effects: vec![shared("1.1.0", 60)], never, ..opening(case(1)) },
            Move { effects, ..opening(case(2)) },
            Move { effects: vec![shared("3.1.0", 1)], ..opening(case(3)) },
        ],
    )
    .await;
    // The one of case 3 fails: it reached nobody.
    let claimed = store.claim_messages(minute(3), &claiming("twilio", 3)).await.unwrap();
    let failing = claimed.iter().find(|claimed| claimed.case == CaseId(3)).unwrap();
    let failed = Settled::Failed { code: "21211".into(), reason: "no such number".into() };
    store.settle_messages(&[super::sample::settlement(failing, failed)], minute(4)).await.unwrap();
    store.suppress(&suppression("+97336000008", Some(Channel::Sms), "opted_out")).await.unwrap();

    let persons = ["cpr 7".to_owned(), String::new()];
    let addresses = ["+97336000008".to_owned(), "+97336000009".to_owned(), "+97336000001".to_owned()];
    let known = store.facts([&people(&persons, &addresses)], minute(1)).await.unwrap();
    let facts = known.facts(CaseId(1), &people(&persons, &addresses));
    let contacts: BTreeSet<(&str, Channel)> =
        facts.contacted_elsewhere.iter().map(|made| (made.id.0.as_str(), made.channel)).collect();
    assert_eq!(contacts, [("2.1.0", Channel::Sms), ("2.1.1", Channel::Call), ("2.1.2", Channel::Sms)].into());
    assert_eq!(facts.never, ["+97336000009".to_owned()].into());
    assert_eq!(facts.opted_out, ["sms +97336000008".to_owned()].into());
    let of_case_2 = known.facts(CaseId(2), &people(&persons, &addresses[2..]));
    assert_eq!(of_case_2.contacted_elsewhere.iter().map(|made| made.id.0.as_str()).collect::<Vec<_>>(), ["1.1.0"]);
    assert!(of_case_2.never.is_empty() && of_case_2.opted_out.is_empty());
    let later = store.facts([&people(&persons, &[])], minute(55)).await.unwrap();
    assert_eq!(later.facts(CaseId(9), &people(&persons, &addresses)).contacted_elsewhere.len(), 1);
}

async fn a_household_is_all_cases_that_say_so_with_everybody_they_contacted(store: Store) {
    let of = |id, household: &str| Case { household: Some(household.into()), ..case(id) };
    let text = sms("2.1.0", minute(2));
    let rung = call("3.1.0", "complaints", Priority::Normal, Some(minute(3)));
    open(
        &store,
        vec![
            opening(of(1, "530445233")),
            Move { effects: vec![text], ..opening(of(2, "530445233")) },
            Move { effects: vec![rung], ..opening(of(3, "530445233")) },
            opening(of(4, "840101234")),
        ],
    )
    .await;
    let family = People { households: ["530445233".to_owned()].into(), ..People::default() };
    let mut known = store.facts([&family], minute(0)).await.unwrap();
    let contacts = |facts: &Facts| facts.contacted_elsewhere.iter().map(|made| made.id.0.clone()).collect::<Vec<_>>();
    let facts = known.facts(CaseId(1), &family);
    assert_eq!(facts.household, [CaseId(2), CaseId(3)].into());
    assert_eq!(contacts(&facts), ["2.1.0", "3.1.0"]);
    assert_eq!(contacts(&known.facts(CaseId(3), &family)), ["2.1.0"]);
    // What a case of the same batch plans is known before it is stored; what it takes back is gone.
    let mut second = of(2, "530445233");
    known.learn(&second);
    assert_eq!(contacts(&known.facts(CaseId(1), &family)), ["3.1.0"]);
    let (id, channel, person) = (EffectId("2.1.1".into()), Channel::Email, "amna@example.com".to_owned());
    second.progress.contacted.push(Contacted { id, channel, person: person.into(), at: minute(4) });
    known.learn(&second);
    assert_eq!(contacts(&known.facts(CaseId(1), &family)), ["2.1.1", "3.1.0"]);
    let other = People { households: ["840101234".to_owned()].into(), ..People::default() };
    let alone = store.facts([&other], minute(0)).await.unwrap().facts(CaseId(4), &other);
    assert!(alone.household.is_empty() && alone.contacted_elsewhere.is_empty());
    // A case that is about to open has no row yet.
    let text = vec![sms("4.1.0", minute(2))];
    store
        .commit(&[Move { effects: text, ..moving(next(&of(4, "840101234"), Standing::Open)) }], minute(2))
        .await
        .unwrap();
    let new = store.facts([&other], minute(0)).await.unwrap().facts(CaseId(5), &other);
    assert_eq!((new.household.clone(), contacts(&new)), ([CaseId(4)].into(), vec!["4.1.0".into()]));
}

async fn the_deceased_are_known_to_every_case_and_for_good(store: Store) {
    let dead = |identity: &str| vec![identity.to_owned()];
    let both = vec!["530445233".to_owned(), "+97336000007".to_owned()];
    open(
        &store,
        vec![Move { deceased: both, ..opening(case(1)) }, Move { deceased: dead("530445233"), ..opening(case(2)) }],
    )
    .await;
    let named = ["530445233".to_owned(), "+97336000007".to_owned(), "+97336000001".to_owned()];
    let known = store.facts([&people(&[], &named)], minute(1)).await.unwrap();
    let facts = known.facts(CaseId(3), &people(&[], &named));
    assert_eq!(facts.deceased, named[..2].iter().cloned().collect());
    assert!(facts.never.is_empty(), "that is another rule");
    assert!(known.facts(CaseId(3), &people(&[], &named[2..])).deceased.is_empty());
}

async fn versions_are_immutable_and_the_newest_act_decides(store: Store) {
    assert!(!store.save_version(&bundle(), HASH, minute(5)).await.unwrap());
    assert_eq!(store.active_version(WORKFLOW).await.unwrap(), None);
    let mut newer = bundle();
    newer.files.insert("account-transfer.yaml".into(), "states: {a: {}}".into());
    assert!(store.save_version(&newer, "fff", minute(6)).await.unwrap());
    for (hash, at) in [(HASH, 7), ("fff", 8), (HASH, 9)] {
        store.activate(WORKFLOW, hash, "huda", Some("tried"), minute(at)).await.unwrap();
    }
    let active = store.active_version(WORKFLOW).await.unwrap().unwrap();
    assert_eq!((active.hash.as_str(), &active.bundle, active.created_at), (HASH, &bundle(), minute(0)));
    assert_eq!(active.activation.map(|act| act.at), Some(minute(9)));
    let unknown = store.activate("another", HASH, "huda", None, minute(9)).await.unwrap_err();
    assert!(matches!(unknown, StoreError::NoSuchVersion { .. }), "{unknown:?}");
    let over = wasl_core::case::Case { standing: Standing::Ended { outcome: "success".into() }, ..case(2) };
    open(&store, vec![opening(case(1)), opening(over)]).await;
    let listed = store.versions().await.unwrap();
    let lines: Vec<_> = listed.iter().map(|v| (v.hash.as_str(), v.active, v.open_cases, v.cases)).collect();
    assert_eq!(lines, [(HASH, true, 1, 2), ("fff", false, 0, 0)]);
}

async fn numbers_follow_what_is_there(store: Store) {
    let effects = vec![sms("1.1.0", minute(1)), call("1.1.1", "a", Priority::Normal, Some(minute(5)))];
    let held = wasl_core::case::Case { standing: Standing::Held { reason: "wait".into() }, ..case(2) };
    open(&store, vec![Move { effects, ..opening(case(1)) }, opening(held)]).await;
    let states = store.cases_by_state().await.unwrap();
    let lines: Vec<_> = states.iter().map(|line| (line.state.as_str(), line.standing.as_str(), line.cases)).collect();
    assert_eq!(lines, [("first_call", "held", 1), ("first_call", "open", 1)]);
    let queues = store.open_tasks_by_queue(minute(6)).await.unwrap();
    assert_eq!(queues, BTreeMap::from([("a".into(), WaitingCount { waiting: 1, ready: 1, overdue: 1 })]));
    assert_eq!(store.incidents().await.unwrap(), 0);
    let filter = CaseFilter { standing: Some("held".into()), limit: 9, ..CaseFilter::default() };
    assert_eq!(store.cases(&filter).await.unwrap().len(), 1);
}

async fn settings_replace_and_suppressions_stay(store: Store) {
    assert_eq!(store.setting("calendar.bahrain").await.unwrap(), None);
    for value in ["one", "two"] {
        store.set_setting("calendar.bahrain", value, minute(1)).await.unwrap();
    }
    assert_eq!(store.setting("calendar.bahrain").await.unwrap().as_deref(), Some("two"));
    let never = |reason: &str| suppression("+97336000009", None, reason);
    assert_eq!(store.suppress(&never("first")).await.unwrap().changed, 1);
    assert_eq!(store.suppress(&never("second")).await.unwrap().changed, 0);
    assert_eq!(suppressions(&store).await, [never("first")]);
}

#[test]
fn what_a_case_of_a_batch_plans_is_known_to_those_that_name_the_same_people_or_family() {
    let (amna, isa) = ("+97336001234".to_owned(), "+97336005678".to_owned());
    let family = |id, house: &str| People::of(CaseId(id), Some(house));
    let persons = |id, person: &String| People { persons: [person.clone()].into(), ..People::of(CaseId(id), None) };
    let named = [persons(1, &amna), persons(2, &amna), persons(3, &isa), family(4, "flat 12"), family(5, "flat 12")];
    let mut known = KnownContacts::default().about((1..).map(CaseId).zip(named).collect());
    let contacted = |n: i64, effect: &str, person: &str, house: Option<&str>| {
        let mut case = Case { household: house.map(Into::into), ..case(n) };
        let person = person.to_owned();
        case.progress.contacted.push(Contacted {
            id: id(effect),
            channel: Channel::Sms,
            person: person.into(),
            at: minute(1),
        });
        case
    };
    let heard = |known: &KnownContacts, of: i64| {
        let facts = known.facts_of(CaseId(of)).unwrap();
        facts.contacted_elsewhere.into_iter().map(|made| made.id.0).collect::<Vec<_>>()
    };
    known.learn(&contacted(1, "1.1.1", &amna, None));
    known.learn(&contacted(4, "4.1.1", "somebody", Some("flat 12")));
    assert_eq!([2, 3, 5].map(|of| heard(&known, of)), [vec!["1.1.1"], vec![], vec!["4.1.1"]]);
    // Whom its fields did not name when it was read, it may contact all the same; and it may have become of a family.
    known.learn(&contacted(3, "3.1.1", &amna, None));
    known.learn(&contacted(1, "1.2.1", &amna, Some("flat 12")));
    assert_eq!([2, 5].map(|of| heard(&known, of)), [vec!["1.2.1", "3.1.1"], vec!["1.2.1", "4.1.1"]]);
}
