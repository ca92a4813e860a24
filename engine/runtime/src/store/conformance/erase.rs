//! Erasing: every column is told what it says of people, and nothing is left of what is erased, in any of them.

use std::collections::BTreeSet;
use std::sync::Arc;

use sea_orm::{ConnectionTrait, Statement};
use wasl_core::case::{Case, CaseId, EffectId, Progress, Standing};
use wasl_core::definition::Priority;
use wasl_core::delivery::{Channel, Receipt};
use wasl_core::effect::{Effect, Erasure};
use wasl_core::event::{Body, Disposition};
use wasl_core::history::{Entry, What};
use wasl_core::lang::Texts;
use wasl_core::policy::Facts;
use wasl_core::retention::{Pseudonyms, Stage};
use wasl_core::schema::Problem;
use wasl_core::value::{Record, Value};
use wasl_core::webhook::{Topic, Wanted};

use super::sample::{WORKFLOW, call, case, event, fresh, minute, moving, next, open, opening, sms, suppressions, task};
use crate::store::personal::{How, TABLES};
use crate::store::{
    Given, HeldAnswer, Move, NewAudit, NewInbound, NewReceipt, NewWebhook, People, Rejected, Store, Suppression,
};

super::on_both!(
    nothing_is_left_of_a_case_whose_people_are_erased,
    a_case_without_its_texts_still_knows_its_people,
    what_is_kept_or_goes_on_is_not_due_and_what_ends_again_is_due_again,
    whoever_is_erased_is_known_again,
    erasing_goes_on_over_a_death_that_was_written_again_and_a_key_that_is_taken,
    a_letter_that_nobody_has_read_yet_is_not_erased,
    a_letter_that_comes_while_its_case_is_erased_is_kept_in_full_until_it_is_read,
    where_only_people_have_a_term_the_texts_of_no_case_go_with_them,
    rows_of_which_only_the_problems_were_kept_are_erased_too,
    an_address_that_an_erased_case_listed_is_taken_back_by_its_number,
    a_telephone_is_no_person_when_its_case_is_erased,
);

/// Is in everything that is written here about people.
const NEEDLE: &str = "needle";

#[tokio::test]
async fn every_column_of_every_table_is_told_what_it_says_of_people() {
    let folder = tempfile::tempdir().unwrap();
    let store = fresh(folder.path()).await;
    let sql = "SELECT t.name || '.' || c.name AS part FROM sqlite_master t JOIN pragma_table_info(t.name) c \
               WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%'";
    let statement = Statement::from_string(store.reader.get_database_backend(), sql);
    let rows = store.reader.query_all_raw(statement).await.unwrap();
    let there: Vec<String> = rows.iter().map(|row| row.try_get("", "part").unwrap()).collect();
    let mut told = Vec::new();
    for table in TABLES {
        let personal = table.texts.iter().chain(table.people).map(|(column, _)| *column);
        let others = [table.kept, table.staff, table.nobody].concat();
        told.extend(personal.chain(others).map(|column| format!("{}.{column}", table.name)));
    }
    let (there_once, told_once): (BTreeSet<_>, BTreeSet<_>) = (there.iter().collect(), told.iter().collect());
    let untold: Vec<_> = there_once.difference(&told_once).collect();
    assert!(untold.is_empty(), "say in store/personal.rs what these say of people: {untold:?}");
    let gone: Vec<_> = told_once.difference(&there_once).collect();
    assert!(gone.is_empty(), "store/personal.rs names columns that are not there: {gone:?}");
    assert_eq!(told.len(), told_once.len(), "a column is told twice");
}

fn family(id: i64) -> Case {
    let mut case = case(id);
    case.key = format!("{NEEDLE} key").into();
    case.household = Some(format!("{NEEDLE} household").into());
    case.data = Record::from([("account".into(), Value::from(format!("{NEEDLE} account").as_str()))]).into();
    case.progress.bad.insert(format!("sms {NEEDLE}"));
    case
}

fn told(what: What) -> Entry {
    Entry { at: minute(1), visit: 1, state: "first_call".into(), event: None, by: None, what }
}

fn inbound(provider_id: &str, from: &str) -> NewInbound {
    let text = format!("{NEEDLE} wrote");
    let (raw, answers) = (text.clone().into_bytes(), None);
    let (notifier, channel, to) = ("sms".to_owned(), Channel::Sms, Some(format!("{NEEDLE} to")));
    let (provider_id, from) = (provider_id.to_owned(), from.to_owned());
    NewInbound { notifier, channel, provider_id, from, to, text, keyword: None, answers, raw, at: minute(2) }
}

fn receipt(message: &str) -> NewReceipt {
    let receipt = Receipt {
        message_id: Some(message.into()),
        provider_id: None,
        status: None,
        provider_status: "read".into(),
        code: None,
    };
    let raw = NEEDLE.as_bytes().to_vec();
    NewReceipt { notifier: "sms".into(), receipt, bad_address: false, confirm_by: None, raw }
}

/// A case with a row in every table that may say something of people, and rows that belong to no case.
async fn filled(store: &Store) -> Case {
    let wanted = Wanted { topics: Topic::ALL.into(), fields: ["account".to_owned()].into(), ..Wanted::default() };
    let new = NewWebhook { name: "w".into(), url: "https://w.example".into(), secret: "whsec_w".into(), wanted };
    let trace =
        NewAudit { at: minute(0), who: "user:ali".into(), act: "webhook.add".into(), case: None, subject: None };
    assert!(store.add_webhook(&new, trace).await.unwrap());
    let mut opening = opening(family(1));
    opening.effects = vec![sms("1.1.0", minute(1)), call("1.1.1", "complaints", Priority::Normal, None)];
    opening.words = vec![NEEDLE.to_owned(), CaseId(1).reference().to_lowercase()];
    opening.never = vec![format!("{NEEDLE}-NEVER@EXAMPLE.BH")];
    opening.deceased = vec![format!("{NEEDLE}-DEAD")];
    opening.entries.push(told(What::Replied { channel: Channel::Sms, from_name: None, text: NEEDLE.into() }));
    open(store, vec![opening]).await;
    let note = Some(format!("{NEEDLE} note"));
    let answer =
        Body::Answer { task: EffectId("1.1.1".into()), outcome: "no_answer".into(), answers: Record::new(), note };
    store.record_event(&crate::store::NewEvent { body: answer, ..event(1, "a", minute(1)) }).await.unwrap();
    store.record_receipts(&[receipt("1.1.0"), receipt("9.9.9")], minute(2)).await.unwrap();
    store.record_inbound(&inbound("known", "+97336000001")).await.unwrap();
    store.record_inbound(&inbound("unknown", NEEDLE)).await.unwrap();
    let held = HeldAnswer {
        task: task("1.1.1", "complaints", Priority::Normal, None).id,
        case: CaseId(1),
        agent: "huda".into(),
        outcome: "no_answer".into(),
        answers: Record::from([("name".into(), NEEDLE.into())]),
        note: Some(NEEDLE.into()),
        held_at: minute(2),
        submit_at: minute(3),
        refused: Some(NEEDLE.into()),
    };
    assert!(store.hold_answer(&held, minute(9)).await.unwrap());
    let run = store.begin_run("deaths", minute(1)).await.unwrap();
    let problems = vec![Problem { field: "cpr".into(), value: NEEDLE.into(), reason: "is too short".into() }];
    let given = Some(Given { fields: [("name".to_owned(), NEEDLE.to_owned())].into(), whole: None });
    let (detection, row_hash, file) = ("deaths".to_owned(), "abc".to_owned(), "2024-01.csv".to_owned());
    store
        .reject(&[Rejected { detection, row_hash, run, file, line: 2, problems, given, corrected: None }])
        .await
        .unwrap();
    for (identity, listed) in [(format!("{NEEDLE}-back"), false), ("stays@example.bh".into(), true)] {
        let (channel, by) = (Some(Channel::Sms), "user:ali".to_owned());
        let (reason, source, note) = ("opted_out".to_owned(), "agent".to_owned(), Some(NEEDLE.to_owned()));
        let new = Suppression { identity: identity.clone(), channel, reason, source, note, by, at: minute(1) };
        store.suppress(&new).await.unwrap();
        if !listed {
            store.unsuppress(&identity, None, ("user:ali", NEEDLE), minute(2)).await.unwrap();
        }
    }
    for table in TABLES {
        let written = table.texts.iter().chain(table.people).filter(|(_, how)| is_plain(*how));
        let changes: Vec<String> = written.map(|(column, _)| format!("{column} = '{NEEDLE} {column}'")).collect();
        let of_known = if table.name == "inbound_messages" { " WHERE case_id IS NOT NULL" } else { "" };
        if !changes.is_empty() {
            store.tamper(&format!("UPDATE {} SET {}{of_known}", table.name, changes.join(", "))).await;
        }
    }
    store.case(CaseId(1)).await.unwrap().unwrap()
}

const fn is_plain(how: How) -> bool {
    matches!(how, How::Gone | How::Empty | How::Absent)
}

/// The columns in which something is found.
async fn found(store: &Store) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for table in TABLES {
        let personal = table.texts.iter().chain(table.people).map(|(column, _)| *column);
        for column in personal.chain([table.kept, table.staff, table.nobody].concat()) {
            let sql = format!(
                "SELECT COUNT(*) AS n FROM {} WHERE LOWER(CAST(\"{column}\" AS TEXT)) LIKE '%{NEEDLE}%'",
                table.name
            );
            let statement = Statement::from_string(store.reader.get_database_backend(), sql);
            let row = store.reader.query_one_raw(statement).await.unwrap().unwrap();
            if row.try_get::<i64>("", "n").unwrap() > 0 {
                found.insert(format!("{}.{column}", table.name));
            }
        }
    }
    found
}

/// All columns that are to be erased, or those of people whose values code does not rewrite.
fn personal(all: bool) -> BTreeSet<String> {
    let mut columns = BTreeSet::new();
    for table in TABLES {
        let texts = table.texts.iter().filter(|_| all);
        let people = table.people.iter().filter(|(_, how)| all || *how != How::Rewritten);
        columns.extend(texts.chain(people).map(|(column, _)| format!("{}.{column}", table.name)));
    }
    columns
}

async fn end(store: &Store, case: &Case, at: i64) -> Case {
    let ended = next(case, Standing::Ended { outcome: "success".into() });
    let settled = store.claim_cases(&[case.id]).await.unwrap().remove(0).events;
    let settled =
        settled.iter().map(|event| (event.id, Disposition::Refused { reason: Texts::both(NEEDLE, NEEDLE) })).collect();
    let ending =
        Move { settled, entries: vec![told(What::Ended { outcome: "success".into() })], ..moving(ended.clone()) };
    store.commit(&[ending], minute(at)).await.unwrap();
    ended
}

async fn erase(store: &Store, case: &Case, stage: Stage, identities: Vec<(String, String)>) {
    let key = Some("~key".to_owned());
    let erasure = Erasure { case: case.id, stage, at: minute(20), key, identities };
    let mut erased = Case { version: case.version + 1, ..case.clone() };
    if stage == Stage::People {
        erased = Case { data: Arc::default(), progress: Progress::default(), household: None, ..erased };
    }
    let effects = vec![Effect::Erase(Box::new(erasure))];
    let entries = vec![told(What::Closed { outcome: "x".into(), reason: NEEDLE.into() })];
    let moves = [Move { entries, effects, ..moving(erased) }];
    store.commit(&moves, minute(20)).await.unwrap();
    for stage in Stage::ALL.into_iter().filter(|one| *one <= stage) {
        while store.erase_loose(stage, minute(30), 2).await.unwrap() > 0 {}
    }
}

async fn nothing_is_left_of_a_case_whose_people_are_erased(store: Store) {
    let case = end(&store, &filled(&store).await, 10).await;
    let mut there = personal(true);
    // What the case listed of itself: it stays known by its pseudonym.
    there.insert("suppressions.address".to_owned());
    assert_eq!(found(&store).await, there, "everything personal is there to be erased");
    let pseudonyms = [("~dead", "-DEAD"), ("~never", "-never@example.bh")];
    let identities = pseudonyms.map(|(one, of)| (one.to_owned(), format!("{NEEDLE}{of}")));
    erase(&store, &case, Stage::People, identities.into()).await;
    assert_eq!(found(&store).await, BTreeSet::new());

    let kept: Vec<String> = suppressions(&store).await.into_iter().map(|one| one.identity).collect();
    assert_eq!(kept, ["stays@example.bh", "~never"], "who asked us to stop stays, and so does who must never be used");
    let deceased: Vec<String> =
        store.deceased(None, Some(case.id)).await.unwrap().into_iter().map(|one| one.identity).collect();
    assert_eq!(deceased, ["~dead"]);
    let found_by =
        crate::store::CaseFilter { words: vec![case.id.reference().to_lowercase()], limit: 9, ..Default::default() };
    assert_eq!(store.cases(&found_by).await.unwrap().len(), 1, "it is found by its reference");
    assert_eq!(store.history(case.id).await.unwrap().len(), 4, "every line stays");
    assert!(store.verify_audit().await.unwrap().broken.is_none());
}

async fn a_case_without_its_texts_still_knows_its_people(store: Store) {
    let case = end(&store, &filled(&store).await, 10).await;
    erase(&store, &case, Stage::Texts, Vec::new()).await;
    let left = found(&store).await;
    let people = personal(false);
    let missing: Vec<_> = people.difference(&left).collect();
    assert!(missing.is_empty(), "people are gone from {missing:?}");
    for table in TABLES {
        for (column, _) in table.texts.iter().filter(|(_, how)| *how != How::Rewritten) {
            assert!(!left.contains(&format!("{}.{column}", table.name)), "{}.{column} keeps its text", table.name);
        }
    }
    assert!(!left.contains("history.entry") && !left.contains("events.disposition_detail"), "{left:?}");
}

async fn due(store: &Store, stage: Stage) -> Vec<i64> {
    let due = store.due_for_erasure(stage, minute(100), None, 10).await.unwrap();
    due.into_iter().map(|due| due.case.0).collect()
}

async fn what_is_kept_or_goes_on_is_not_due_and_what_ends_again_is_due_again(store: Store) {
    open(&store, (1..=3).map(|id| opening(case(id))).collect()).await;
    for id in [2, 1] {
        end(&store, &case(id), 20 - id).await;
    }
    assert_eq!(due(&store, Stage::People).await, [2, 1], "those that ended first before the others");
    let calls = vec![call("4.1.0", "complaints", Priority::Normal, None)];
    open(&store, vec![Move { effects: calls, ..opening(case(4)) }]).await;
    end(&store, &case(4), 21).await;
    assert_eq!(due(&store, Stage::People).await, [2, 1], "somebody has yet to read what came");
    let first = store.due_for_erasure(Stage::People, minute(100), None, 1).await.unwrap();
    let rest = store.due_for_erasure(Stage::People, minute(100), Some(first[0]), 9).await.unwrap();
    assert_eq!(rest.iter().map(|due| due.case.0).collect::<Vec<_>>(), [1]);
    assert!(store.due_for_erasure(Stage::Texts, minute(17), None, 9).await.unwrap().is_empty());
    let counted = store.count_due(Stage::Texts, Some(minute(18)), minute(100)).await.unwrap();
    assert_eq!((counted[0].workflow.as_str(), counted[0].cases, counted[0].messages), (WORKFLOW, 1, 0));

    let ended = |id| next(&case(id), Standing::Ended { outcome: "success".into() });
    let keep = |case: Case, kept| Move { effects: vec![Effect::Keep { case: case.id, kept }], ..moving(case) };
    store.commit(&[keep(Case { version: 3, ..ended(2) }, true)], minute(30)).await.unwrap();
    assert_eq!(due(&store, Stage::People).await, [1]);
    assert_eq!(store.kept_cases(9).await.unwrap(), [CaseId(2)]);
    store.commit(&[keep(Case { version: 4, ..ended(2) }, false)], minute(31)).await.unwrap();
    assert_eq!(due(&store, Stage::People).await, [2, 1]);

    erase(&store, &ended(1), Stage::Texts, Vec::new()).await;
    assert_eq!((due(&store, Stage::Texts).await, due(&store, Stage::People).await), (vec![2], vec![2, 1]));
    let again = Case { version: 4, visit: 2, ..case(1) };
    store.commit(&[moving(again.clone())], minute(40)).await.unwrap();
    assert_eq!(due(&store, Stage::People).await, [2], "one that was opened again is not due");
    let over = Case { version: 5, standing: Standing::Ended { outcome: "success".into() }, ..again };
    store.commit(&[moving(over)], minute(50)).await.unwrap();
    assert_eq!(due(&store, Stage::Texts).await, [2, 1], "it ended again, and has texts again");
}

async fn whoever_is_erased_is_known_again(store: Store) {
    let pseudonyms = Pseudonyms::new("of this house");
    let store = store.knowing(Some(pseudonyms.clone()));
    let dead = "840101234".to_owned();
    open(&store, vec![Move { deceased: vec![dead.clone()], ..opening(case(1)) }]).await;
    let ended = end(&store, &case(1), 10).await;
    let key = pseudonyms.of_key(WORKFLOW, &ended.key);
    let identities = vec![(pseudonyms.of_identity(&dead), dead.clone())];
    let erasure = Erasure { case: ended.id, stage: Stage::People, at: minute(20), key: Some(key), identities };
    let effects = vec![Effect::Erase(Box::new(erasure))];
    store.commit(&[Move { effects, ..moving(Case { version: 3, ..ended.clone() }) }], minute(20)).await.unwrap();

    let keys = [ended.key.to_string(), "another".into()];
    let found = store.cases_by_key(WORKFLOW, &keys).await.unwrap();
    assert_eq!(found.into_iter().collect::<Vec<_>>(), [(ended.key.to_string(), CaseId(1))]);
    let people = People { cases: [CaseId(2)].into(), identities: [dead.clone()].into(), ..People::default() };
    let known = store.facts([&people], minute(0)).await.unwrap();
    let Facts { deceased, .. } = known.facts(CaseId(2), &people);
    assert_eq!(deceased, [dead.clone()].into());
    assert_eq!(store.deceased(Some(&dead), None).await.unwrap().len(), 1, "a withdrawn death is still found");
}

async fn erasing_goes_on_over_a_death_that_was_written_again_and_a_key_that_is_taken(store: Store) {
    let dead = "840101234".to_owned();
    open(&store, vec![Move { deceased: vec![dead.clone()], ..opening(case(1)) }]).await;
    let ended = end(&store, &case(1), 10).await;
    erase(&store, &ended, Stage::People, vec![("~dead".into(), dead.clone())]).await;
    let again = Case { version: 4, ..ended.clone() };
    store.commit(&[Move { deceased: vec![dead.clone()], ..moving(again.clone()) }], minute(21)).await.unwrap();
    erase(&store, &again, Stage::People, vec![("~dead".into(), dead)]).await;
    let known: Vec<String> =
        store.deceased(None, Some(CaseId(1))).await.unwrap().into_iter().map(|one| one.identity).collect();
    assert_eq!(known, ["~dead"]);

    open(&store, vec![opening(case(2))]).await;
    let ended = end(&store, &case(2), 10).await;
    erase(&store, &ended, Stage::People, Vec::new()).await;
    let keys = [1, 2].map(|id| store.case(CaseId(id)));
    let [first, second] = keys;
    assert_eq!(first.await.unwrap().unwrap().key, "~key", "a death that comes again finds the first");
    assert_eq!(second.await.unwrap().unwrap().key, "~key.2");
}

async fn a_letter_that_nobody_has_read_yet_is_not_erased(store: Store) {
    open(&store, vec![opening(case(1))]).await;
    let ended = end(&store, &case(1), 10).await;
    let reply = Body::Reply { channel: Channel::Sms, text: NEEDLE.into(), from: None };
    store.record_event(&crate::store::NewEvent { body: reply, ..event(1, "letter", minute(11)) }).await.unwrap();
    assert_eq!((due(&store, Stage::Texts).await, due(&store, Stage::People).await), (vec![], vec![]));
    // It may come while the case is being erased.
    erase(&store, &ended, Stage::Texts, Vec::new()).await;
    let claim = store.claim_cases(&[CaseId(1)]).await.unwrap().remove(0);
    assert!(matches!(&claim.events[0].body, Body::Reply { text, .. } if text == NEEDLE), "{claim:?}");
    let settled = vec![(claim.events[0].id, Disposition::Late)];
    let read = Case { version: claim.case.version + 1, ..claim.case };
    store.commit(&[Move { settled, ..moving(read.clone()) }], minute(21)).await.unwrap();
    assert_eq!(due(&store, Stage::Texts).await, [1], "it is due again for what was left");
    erase(&store, &read, Stage::Texts, Vec::new()).await;
    assert!(found(&store).await.is_disjoint(&["events.body".to_owned()].into()));
    assert_eq!(due(&store, Stage::Texts).await, [0; 0]);
}

async fn a_letter_that_comes_while_its_case_is_erased_is_kept_in_full_until_it_is_read(store: Store) {
    open(&store, vec![opening(case(1))]).await;
    let ended = end(&store, &case(1), 10).await;
    let letter = store.record_inbound(&inbound("letter", "+97336000001")).await.unwrap();
    store.assign_inbound(letter.id, CaseId(1), "agent:huda", minute(11)).await.unwrap();
    let reply = Body::Reply { channel: Channel::Sms, text: NEEDLE.into(), from: None };
    store.record_event(&crate::store::NewEvent { body: reply, ..event(1, "letter", minute(11)) }).await.unwrap();
    let text = async || store.inbound(letter.id).await.unwrap().unwrap().text;
    erase(&store, &ended, Stage::Texts, Vec::new()).await;
    assert_eq!(text().await, format!("{NEEDLE} wrote"));
    let claim = store.claim_cases(&[CaseId(1)]).await.unwrap().remove(0);
    let settled = vec![(claim.events[0].id, Disposition::Late)];
    let read = Case { version: claim.case.version + 1, ..claim.case };
    store.commit(&[Move { settled, ..moving(read.clone()) }], minute(21)).await.unwrap();
    erase(&store, &read, Stage::Texts, Vec::new()).await;
    assert_eq!(text().await, "—");
}

async fn where_only_people_have_a_term_the_texts_of_no_case_go_with_them(store: Store) {
    filled(&store).await;
    let loose = ["receipts.raw", "suppressions.note", "suppression_changes.note", "rejected_records.given"];
    let loose: BTreeSet<String> = loose.map(str::to_owned).into();
    assert!(found(&store).await.is_superset(&loose));
    while store.erase_loose(Stage::People, minute(30), 2).await.unwrap() > 0 {}
    assert!(found(&store).await.is_disjoint(&loose));
}

async fn rows_of_which_only_the_problems_were_kept_are_erased_too(store: Store) {
    let run = store.begin_run("deaths", minute(1)).await.unwrap();
    let rows = ["a", "b", "c"].map(|hash| Rejected {
        detection: "deaths".into(),
        row_hash: hash.into(),
        run,
        file: "2024-01.csv".into(),
        line: 2,
        problems: vec![Problem { field: "cpr".into(), value: NEEDLE.into(), reason: "is too short".into() }],
        given: None,
        corrected: None,
    });
    store.reject(&rows).await.unwrap();
    assert_eq!(store.erase_loose(Stage::People, minute(30), 2).await.unwrap(), 2);
    assert_eq!(store.erase_loose(Stage::People, minute(30), 2).await.unwrap(), 1);
    assert_eq!(store.erase_loose(Stage::People, minute(30), 2).await.unwrap(), 0);
    let left = store.rejected(None, 9).await.unwrap();
    assert!(
        left.iter().all(|row| row.problems[0].value == "—" && row.problems[0].reason == "is too short"),
        "{left:?}"
    );
}

async fn an_address_that_an_erased_case_listed_is_taken_back_by_its_number(store: Store) {
    let (pseudonyms, number) = (Pseudonyms::new("of this house"), "+97336001234");
    let store = store.knowing(Some(pseudonyms.clone()));
    open(&store, vec![Move { never: vec![number.into()], ..opening(case(1)) }]).await;
    let ended = end(&store, &case(1), 10).await;
    let pseudonym = pseudonyms.of_identity(number);
    erase(&store, &ended, Stage::People, vec![(pseudonym.clone(), number.into())]).await;
    let listed = store.suppression_list(Some(number), 9).await.unwrap();
    assert_eq!(listed.iter().map(|one| &one.identity).collect::<Vec<_>>(), [&pseudonym]);
    let removed = store.unsuppress(number, None, ("user:ali", "asked for"), minute(30)).await.unwrap();
    assert_eq!(removed, listed);
    assert!(suppressions(&store).await.is_empty());
    let changes = store.suppression_changes(number).await.unwrap();
    assert_eq!(changes.last().map(|(change, of)| (change.as_str(), &of.identity)), Some(("removed", &pseudonym)));
}

async fn a_telephone_is_no_person_when_its_case_is_erased(store: Store) {
    let pseudonyms = Pseudonyms::new("of this house");
    let store = store.knowing(Some(pseudonyms.clone()));
    let shared = "+97336001234".to_owned();
    for (id, cpr) in [(1, "840101234"), (2, "790202345")] {
        let dead = vec![cpr.to_owned(), shared.clone()];
        open(&store, vec![Move { deceased: dead.clone(), ..opening(case(id)) }]).await;
        let ended = end(&store, &case(id), 10).await;
        let identities = dead.into_iter().map(|one| (pseudonyms.of_identity(&one), one)).collect();
        let erasure = Erasure {
            case: ended.id,
            stage: Stage::People,
            at: minute(20),
            key: Some(pseudonyms.of_key(WORKFLOW, &ended.key)),
            identities,
        };
        let effects = vec![Effect::Erase(Box::new(erasure))];
        store.commit(&[Move { effects, ..moving(Case { version: 3, ..ended }) }], minute(20)).await.unwrap();
    }
    let cases = |known: Vec<crate::store::Deceased>| known.into_iter().map(|one| one.case.0).collect::<BTreeSet<_>>();
    let of_first = store.deceased(None, Some(CaseId(1))).await.unwrap();
    assert_eq!(cases(of_first), [1].into(), "another family's death is not theirs because of a telephone");
}
