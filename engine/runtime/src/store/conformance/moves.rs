//! Moves: all or nothing, one winner, and what follows from them.

use wasl_core::case::{Case, CaseId, EffectId, Incident, Standing};
use wasl_core::definition::Priority;
use wasl_core::effect::{Effect, Message, Withdrawn};
use wasl_core::event::{Body, Disposition};
use wasl_core::lang::Texts;
use wasl_core::policy::Rule;
use wasl_core::value::{Record, Value};

use super::sample::suppressions;
use super::sample::{
    call, case, claiming, event, ids, message, minute, moving, next, open, opening, settlement, sms, task, waiting,
};
use crate::store::{
    MessageFilter, MessageStatus, Move, Moved, Settled, Store, StoreError, TaskFilter, TaskStatus, Trouble,
};

super::on_both!(
    a_case_comes_back_as_it_was,
    a_zero_byte_in_a_text_keeps_no_batch_from_being_written,
    fields_that_stay_are_left_as_they_are,
    one_failing_move_leaves_nothing_of_the_batch,
    the_first_of_two_moves_from_the_same_version_wins,
    a_conflict_leaves_nothing_of_its_move_and_all_of_the_others,
    a_second_case_under_the_same_key_is_a_conflict,
    a_case_named_twice_in_a_batch_moves_once,
    a_large_batch_is_written_as_a_whole,
    what_some_of_a_batch_have_and_others_have_not_stays_theirs,
    an_unanswered_event_keeps_the_case_due,
    an_event_recorded_while_the_step_was_computed_keeps_the_case_due,
    what_a_case_was_told_by_its_moment_goes_before_what_was_decided_ahead_of_it,
    what_the_case_is_told_makes_it_due_once,
    a_deferred_event_finds_its_end_and_a_settled_one_keeps_it,
    only_what_has_not_left_is_withdrawn,
    what_a_chain_plans_and_withdraws_is_withdrawn,
    what_had_not_left_waits_again_unless_it_was_withdrawn,
    a_task_is_answered_once,
    suppressed_effects_are_recorded_and_never_work,
    the_moment_of_closing_is_kept_until_the_case_opens_again,
);

async fn a_case_comes_back_as_it_was(store: Store) {
    let plain = waiting(1, minute(30));
    let incident = Incident {
        place: "template follow-up (ar)".into(),
        reason: "unknown name".into(),
        doing: wasl_core::case::Doing::Timer { name: "after 1 day".into() },
    };
    let stuck = wasl_core::case::Case { standing: Standing::Incident(incident), ..case(2) };
    open(&store, vec![opening(plain.clone()), opening(stuck.clone())]).await;
    assert_eq!(store.case(CaseId(1)).await.unwrap(), Some(plain.clone()));
    assert_eq!(store.case(CaseId(2)).await.unwrap(), Some(stuck));
    let moved = wasl_core::case::Case { state: "escalated".into(), visit: 2, ..next(&plain, Standing::Open) };
    store.commit(&[moving(moved.clone())], minute(1)).await.unwrap();
    assert_eq!(store.case(CaseId(1)).await.unwrap(), Some(moved));
    assert_eq!(store.history(CaseId(1)).await.unwrap(), opening(plain).entries);
}

async fn fields_that_stay_are_left_as_they_are(store: Store) {
    let other = |id| Record::from([("account".into(), Value::from("other")), ("rank".into(), Value::Int(id))]).into();
    open(&store, vec![opening(case(1)), opening(case(2))]).await;
    let step = |id| moving(Case { data: other(id), state: "escalated".into(), ..next(&case(id), Standing::Open) });
    let moves = [Move { data_stays: true, ..step(1) }, step(2)];
    assert_eq!(store.commit(&moves, minute(1)).await.unwrap(), [Moved::Committed; 2]);
    for (id, data) in [(1, case(1).data), (2, other(2))] {
        let stored = store.case(CaseId(id)).await.unwrap().unwrap();
        assert_eq!((stored.data, stored.state.as_str()), (data, "escalated"));
    }
}

async fn one_failing_move_leaves_nothing_of_the_batch(store: Store) {
    open(&store, vec![opening(case(1)), Move { effects: vec![sms("2.1.0", minute(0))], ..opening(case(2)) }]).await;
    let good = Move {
        entries: opening(case(1)).entries,
        effects: vec![sms("1.1.0", minute(0))],
        never: vec!["+97336000099".into()],
        deceased: Vec::new(),
        ..moving(next(&case(1), Standing::Open))
    };
    // The effect is there already: planning it again is a fault that the schema refuses.
    let bad = Move { effects: vec![sms("2.1.0", minute(0))], ..moving(next(&case(2), Standing::Open)) };
    let error = store.commit(&[good, opening(case(3)), bad], minute(1)).await.unwrap_err();
    assert!(matches!(error, StoreError::Database { trouble: Trouble::Constraint, .. }), "{error:?}");
    assert_eq!(store.case(CaseId(1)).await.unwrap(), Some(case(1)));
    assert_eq!(store.case(CaseId(3)).await.unwrap(), None);
    assert_eq!(store.history(CaseId(1)).await.unwrap().len(), 1);
    assert_eq!(store.message(&EffectId("1.1.0".into())).await.unwrap(), None);
    assert_eq!(suppressions(&store).await, Vec::new());
}

async fn the_first_of_two_moves_from_the_same_version_wins(store: Store) {
    open(&store, vec![opening(case(1))]).await;
    let first = wasl_core::case::Case { state: "first".into(), ..next(&case(1), Standing::Open) };
    let second = wasl_core::case::Case { state: "second".into(), ..next(&case(1), Standing::Open) };
    assert_eq!(store.commit(&[moving(first.clone())], minute(1)).await.unwrap(), [Moved::Committed]);
    assert_eq!(store.commit(&[moving(second)], minute(1)).await.unwrap(), [Moved::Conflict]);
    assert_eq!(store.case(CaseId(1)).await.unwrap(), Some(first));
}

async fn a_conflict_leaves_nothing_of_its_move_and_all_of_the_others(store: Store) {
    open(&store, vec![opening(case(1)), opening(case(2))]).await;
    let recorded = store.record_event(&event(1, "a", minute(1))).await.unwrap();
    store.commit(&[moving(next(&case(1), Standing::Open))], minute(1)).await.unwrap();
    let with_everything = |id: i64| Move {
        entries: opening(case(id)).entries,
        effects: vec![
            sms(&format!("{id}.1.0"), minute(0)),
            call(&format!("{id}.1.1"), "complaints", Priority::Normal, None),
            Effect::Tell(Body::Told { name: "sms.no_contact".into(), visit: 1 }),
        ],
        settled: if id == 1 { vec![(recorded.event_id, Disposition::Applied)] } else { Vec::new() },
        never: vec![format!("+9733600000{id}")],
        deceased: Vec::new(),
        ..moving(next(&case(id), Standing::Open))
    };
    let moved = store.commit(&[with_everything(1), with_everything(2)], minute(2)).await.unwrap();
    assert_eq!(moved, [Moved::Conflict, Moved::Committed]);
    assert_eq!(store.history(CaseId(1)).await.unwrap().len(), 1);
    assert_eq!(store.history(CaseId(2)).await.unwrap().len(), 2);
    let events = store.events(CaseId(1)).await.unwrap();
    assert_eq!(events.iter().map(|event| event.disposition.clone()).collect::<Vec<_>>(), [None]);
    let messages = store.messages(&MessageFilter { limit: 10, ..MessageFilter::default() }).await.unwrap();
    assert_eq!(messages.iter().map(|message| message.case.0).collect::<Vec<_>>(), [2]);
    let tasks = store.tasks(&TaskFilter { limit: 10, ..TaskFilter::default() }).await.unwrap();
    assert_eq!(tasks.iter().map(|task| task.case.0).collect::<Vec<_>>(), [2]);
    let never = suppressions(&store).await;
    assert_eq!(never.iter().map(|never| never.identity.as_str()).collect::<Vec<_>>(), ["+97336000002"]);
}

async fn a_second_case_under_the_same_key_is_a_conflict(store: Store) {
    open(&store, vec![opening(case(1))]).await;
    let same_key = wasl_core::case::Case { key: case(1).key, ..case(2) };
    let moves = [opening(same_key), opening(case(3))];
    assert_eq!(store.commit(&moves, minute(1)).await.unwrap(), [Moved::Conflict, Moved::Committed]);
    assert_eq!(store.case(CaseId(2)).await.unwrap(), None);
    let keys = ["key 1", "key 3", "key 9"].map(str::to_owned);
    let found = store.cases_by_key(super::sample::WORKFLOW, &keys).await.unwrap();
    assert_eq!(found, [("key 1".into(), CaseId(1)), ("key 3".into(), CaseId(3))].into());
}

async fn a_case_named_twice_in_a_batch_moves_once(store: Store) {
    open(&store, vec![opening(case(1))]).await;
    let first = next(&case(1), Standing::Open);
    let second = next(&first, Standing::Open);
    let moved = store.commit(&[moving(first.clone()), moving(second)], minute(1)).await.unwrap();
    assert_eq!(moved, [Moved::Committed, Moved::Conflict]);
    assert_eq!(store.case(CaseId(1)).await.unwrap(), Some(first));
}

async fn a_large_batch_is_written_as_a_whole(store: Store) {
    const CASES: i64 = 2_500;
    open(&store, (1..=CASES).map(|id| opening(waiting(id, minute(id)))).collect()).await;
    let step = |id: i64| Move {
        effects: vec![sms(&format!("{id}.1.0"), minute(0))],
        ..moving(next(&waiting(id, minute(id)), Standing::Open))
    };
    let moved = store.commit(&(1..=CASES).map(step).collect::<Vec<_>>(), minute(1)).await.unwrap();
    assert!(moved.iter().all(|moved| *moved == Moved::Committed));
    let due = store.due(minute(1_200), 1_000).await.unwrap();
    assert_eq!(ids(&due), (1..=1_000).collect::<Vec<_>>());
    assert!(due.iter().all(|claim| claim.case.version == 2));
    let queued = store.messages_by_status().await.unwrap();
    assert_eq!(queued, [(MessageStatus::Queued, 2_500)].into());
}

async fn an_unanswered_event_keeps_the_case_due(store: Store) {
    open(&store, vec![opening(waiting(1, minute(900)))]).await;
    let first = store.record_event(&event(1, "a", minute(1))).await.unwrap();
    store.record_event(&event(1, "b", minute(2))).await.unwrap();
    let claims = store.due(minute(2), 10).await.unwrap();
    assert_eq!(claims[0].events.len(), 2);
    let answer_one =
        Move { settled: vec![(first.event_id, Disposition::Applied)], ..moving(next(&claims[0].case, Standing::Open)) };
    store.commit(&[answer_one], minute(3)).await.unwrap();
    let claims = store.due(minute(3), 10).await.unwrap();
    assert_eq!(claims[0].events.len(), 1);
    let answer_other = Move {
        settled: vec![(claims[0].events[0].id, Disposition::NotApplicable)],
        ..moving(next(&claims[0].case, Standing::Open))
    };
    store.commit(&[answer_other], minute(4)).await.unwrap();
    assert_eq!(ids(&store.due(minute(899), 10).await.unwrap()), Vec::<i64>::new());
    assert_eq!(ids(&store.due(minute(900), 10).await.unwrap()), [1]);
    assert_eq!(store.next_wake().await.unwrap(), Some(minute(900)));
}

async fn an_event_recorded_while_the_step_was_computed_keeps_the_case_due(store: Store) {
    open(&store, vec![opening(waiting(1, minute(10)))]).await;
    let claim = store.due(minute(10), 10).await.unwrap().remove(0);
    store.record_event(&event(1, "a", minute(10))).await.unwrap();
    let over = moving(next(&claim.case, Standing::Ended { outcome: "success".into() }));
    assert_eq!(store.commit(&[over], minute(11)).await.unwrap(), [Moved::Committed]);
    let claims = store.due(minute(11), 10).await.unwrap();
    assert_eq!(ids(&claims), [1]);
    assert_eq!(claims[0].events.len(), 1);
}

async fn what_a_case_was_told_by_its_moment_goes_before_what_was_decided_ahead_of_it(store: Store) {
    open(&store, vec![opening(waiting(1, minute(10))), opening(waiting(2, minute(10)))]).await;
    let over = |case: &Case| moving(next(case, Standing::Ended { outcome: "success".into() }));
    let ahead: Vec<Move> = store.due(minute(10), 10).await.unwrap().iter().map(|claim| over(&claim.case)).collect();
    let commit = async || store.commit_ahead(&ahead, minute(10)).await.unwrap();
    // Received at that very moment, as far as a clock of milliseconds can tell.
    let told = store.record_event(&event(2, "a", minute(10))).await.unwrap();
    assert_eq!(commit().await, [Moved::Conflict; 2]);
    let first = Move { settled: vec![(told.event_id, Disposition::Applied)], ..ahead[1].clone() };
    assert_eq!(store.commit(&[first], minute(10)).await.unwrap(), [Moved::Committed]);
    // One of the two has moved; where cases are locked as they are taken nothing is decided ahead.
    let other = if store.commits_ahead() { Moved::Committed } else { Moved::Conflict };
    assert_eq!(commit().await, [other, Moved::Conflict]);
}

async fn what_the_case_is_told_makes_it_due_once(store: Store) {
    let told = Effect::Tell(Body::Told { name: "call.no_contact".into(), visit: 1 });
    open(&store, vec![Move { effects: vec![told], ..opening(case(1)) }]).await;
    let claim = store.due(minute(0), 10).await.unwrap().remove(0);
    assert_eq!(claim.events[0].body, Body::Told { name: "call.no_contact".into(), visit: 1 });
    let event = store.event("engine", "1.1.0").await.unwrap().unwrap();
    assert_eq!(event.event, claim.events[0]);
    let answered =
        Move { settled: vec![(claim.events[0].id, Disposition::Applied)], ..moving(next(&claim.case, Standing::Open)) };
    store.commit(&[answered], minute(1)).await.unwrap();
    assert_eq!(store.next_wake().await.unwrap(), None);
}

async fn a_deferred_event_finds_its_end_and_a_settled_one_keeps_it(store: Store) {
    open(&store, vec![opening(case(1))]).await;
    let id = store.record_event(&event(1, "a", minute(1))).await.unwrap().event_id;
    let mut stands = case(1);
    for (became, stays) in [
        (Disposition::Deferred { until: minute(90) }, Disposition::Deferred { until: minute(90) }),
        (Disposition::Applied, Disposition::Applied),
        (Disposition::Late, Disposition::Applied),
    ] {
        stands = next(&stands, Standing::Open);
        let step = Move { settled: vec![(id, became)], ..moving(stands.clone()) };
        store.commit(&[step], minute(2)).await.unwrap();
        assert_eq!(store.events(CaseId(1)).await.unwrap()[0].disposition, Some(stays));
        assert_eq!(ids(&store.due(minute(50), 10).await.unwrap()), Vec::<i64>::new());
    }
}

async fn only_what_has_not_left_is_withdrawn(store: Store) {
    let effects = vec![
        sms("1.1.0", minute(1)),
        sms("1.1.1", minute(60)),
        call("1.1.2", "complaints", Priority::Normal, None),
        call("1.1.3", "complaints", Priority::Normal, None),
    ];
    open(&store, vec![Move { effects, ..opening(case(1)) }]).await;
    store.claim_messages(minute(1), &claiming("twilio", 1)).await.unwrap();
    store.claim_task(&EffectId("1.1.3".into()), "huda", minute(1), minute(20)).await.unwrap();
    let withdraw = |id: &str| Effect::Withdraw { id: EffectId(id.into()), why: Withdrawn::LeftState };
    let effects = ["1.1.0", "1.1.1", "1.1.2", "1.1.3"].map(withdraw).to_vec();
    store.commit(&[Move { effects, ..moving(next(&case(1), Standing::Open)) }], minute(2)).await.unwrap();
    let message = async |id: &str| store.message(&EffectId(id.into())).await.unwrap().unwrap();
    assert_eq!(message("1.1.0").await.status, MessageStatus::Sending);
    let withdrawn = message("1.1.1").await;
    assert_eq!((withdrawn.status, withdrawn.reason.as_deref()), (MessageStatus::Withdrawn, Some("left_state")));
    for id in ["1.1.2", "1.1.3"] {
        let task = store.task(&EffectId(id.into())).await.unwrap().unwrap();
        assert_eq!((task.status, task.reason.as_deref()), (TaskStatus::Withdrawn, Some("left_state")));
    }
    assert_eq!(store.claim_messages(minute(90), &claiming("twilio", 90)).await.unwrap(), Vec::new());
}

async fn what_a_chain_plans_and_withdraws_is_withdrawn(store: Store) {
    let withdraw = Effect::Withdraw { id: EffectId("1.1.0".into()), why: Withdrawn::LeftState };
    let step = Move { effects: vec![withdraw, sms("1.1.0", minute(0))], ..opening(case(1)) };
    open(&store, vec![step]).await;
    let message = store.message(&EffectId("1.1.0".into())).await.unwrap().unwrap();
    assert_eq!(message.status, MessageStatus::Withdrawn);
}

async fn what_had_not_left_waits_again_unless_it_was_withdrawn(store: Store) {
    let texts = ["1.1.0", "1.1.1"].map(|id| sms(id, minute(1)));
    open(&store, vec![Move { effects: texts.into(), ..opening(case(1)) }]).await;
    for turn in [1, 2] {
        for claimed in store.claim_messages(minute(turn), &claiming("twilio", turn)).await.unwrap() {
            let lost = Settled::Uncertain { code: "timeout".into(), reason: "no answer".into(), ask_at: None };
            assert_eq!(store.settle_messages(&[settlement(&claimed, lost)], minute(turn)).await.unwrap(), [true]);
        }
    }
    assert_eq!(store.undecided_count().await.unwrap(), 2);
    let id = |id: &str| EffectId(id.into());
    let left = next(&case(1), Standing::Open);
    let found_out = |of: &str| Effect::Resolved { id: id(of), sent: false, reason: "by telephone".into() };
    let leaving = vec![Effect::Withdraw { id: id("1.1.1"), why: Withdrawn::LeftState }];
    let resolving = ["1.1.0", "1.1.1"].map(found_out).to_vec();
    for (case, effects) in [(left.clone(), leaving), (next(&left, Standing::Open), resolving)] {
        let moved = store.commit(&[Move { effects, ..moving(case) }], minute(9)).await.unwrap();
        assert_eq!(moved, [Moved::Committed]);
    }
    let mut stands = Vec::new();
    for of in ["1.1.0", "1.1.1"] {
        let message = store.message(&id(of)).await.unwrap().unwrap();
        stands.push((message.status, message.settled_at, message.reason.unwrap()));
    }
    let reason = || "by telephone".to_owned();
    let withdrawn = (MessageStatus::Withdrawn, Some(minute(9)), reason());
    assert_eq!(stands, [(MessageStatus::Queued, None, reason()), withdrawn]);
    assert_eq!(store.undecided_count().await.unwrap(), 0);
}

async fn a_task_is_answered_once(store: Store) {
    open(&store, vec![Move { effects: vec![call("1.1.0", "complaints", Priority::Normal, None)], ..opening(case(1)) }])
        .await;
    let answered = |outcome: &str, by: &str| Effect::Answered {
        task: EffectId("1.1.0".into()),
        outcome: outcome.into(),
        by: by.into(),
        note: Some("spoke to the son".into()),
        at: minute(3),
    };
    let first = next(&case(1), Standing::Open);
    let second = next(&first, Standing::Open);
    for (case, effect) in [(first, answered("no_answer", "huda")), (second, answered("busy", "ali"))] {
        store.commit(&[Move { effects: vec![effect], ..moving(case) }], minute(3)).await.unwrap();
    }
    let task = store.task(&EffectId("1.1.0".into())).await.unwrap().unwrap();
    assert_eq!(task.status, TaskStatus::Answered);
    assert_eq!((task.outcome.as_deref(), task.answered_by.as_deref()), (Some("no_answer"), Some("huda")));
    assert_eq!((task.answered_at, task.note.as_deref()), (Some(minute(3)), Some("spoke to the son")));
}

async fn suppressed_effects_are_recorded_and_never_work(store: Store) {
    let rule = Rule::Cap { cap: "6 messages per case".into(), used: Texts::default() };
    let mut text = message("1.1.0", minute(0));
    text.suppressed = Some(rule.clone());
    let mut desk = task("1.1.1", "complaints", Priority::High, None);
    desk.suppressed = Some(Rule::NeverTo);
    let effects = vec![Effect::Message(Box::new(text.clone())), Effect::Call(Box::new(desk.clone()))];
    open(&store, vec![Move { effects, ..opening(case(1)) }]).await;
    let message = store.message(&text.id).await.unwrap().unwrap();
    assert_eq!((message.status, &message.message), (MessageStatus::Suppressed, &text));
    let task = store.task(&desk.id).await.unwrap().unwrap();
    assert_eq!((task.status, &task.task), (TaskStatus::Suppressed, &desk));
    assert_eq!(store.claim_messages(minute(9), &claiming("twilio", 9)).await.unwrap(), Vec::new());
    assert_eq!(
        store
            .claim_next_task(crate::store::Wanted { agent: "huda", queues: &[], languages: &[] }, minute(9), minute(10))
            .await
            .unwrap(),
        None
    );
}

async fn the_moment_of_closing_is_kept_until_the_case_opens_again(store: Store) {
    open(&store, vec![opening(waiting(1, minute(5)))]).await;
    let ended = next(&waiting(1, minute(5)), Standing::Ended { outcome: "success".into() });
    store.commit(&[moving(ended.clone())], minute(6)).await.unwrap();
    assert_eq!(store.closed_at(CaseId(1)).await.unwrap(), Some(minute(6)));
    let late = next(&ended, ended.standing.clone());
    store.commit(&[moving(late.clone())], minute(9)).await.unwrap();
    assert_eq!(store.closed_at(CaseId(1)).await.unwrap(), Some(minute(6)));
    assert_eq!(ids(&store.due(minute(99), 10).await.unwrap()), Vec::<i64>::new());
    // Opened again and ended again in one move: it ended now.
    let again = next(&late, Standing::Ended { outcome: "failure".into() });
    let again = Case { visit: late.visit + 1, ..again };
    store.commit(&[moving(again.clone())], minute(10)).await.unwrap();
    assert_eq!(store.closed_at(CaseId(1)).await.unwrap(), Some(minute(10)));
    store.commit(&[moving(next(&again, Standing::Open))], minute(12)).await.unwrap();
    assert_eq!(store.closed_at(CaseId(1)).await.unwrap(), None);
}

async fn what_some_of_a_batch_have_and_others_have_not_stays_theirs(store: Store) {
    let of_house = |house: &str, case: Case| Case { household: Some(house.into()), ..case };
    let before = [case(1), of_house("7", waiting(2, minute(30))), of_house("", case(3)), waiting(4, minute(20))];
    let effects = |case: &Case| match case.id.0 {
        1 => vec![sms("1.1.0", minute(1))],
        2 => vec![Effect::Message(Box::new(Message { subject: Some(String::new()), ..message("2.1.0", minute(1)) }))],
        _ => Vec::new(),
    };
    open(&store, before.iter().map(|case| Move { effects: effects(case), ..opening(case.clone()) }).collect()).await;
    let ended = |case: &Case| next(case, Standing::Ended { outcome: "success".into() });
    let after = [
        of_house("9", next(&before[0], Standing::Open)),
        Case { household: None, ..ended(&before[1]) },
        ended(&before[2]),
        Case { progress: waiting(4, minute(40)).progress, ..next(&before[3], Standing::Open) },
    ];
    for (cases, at) in [(before, minute(0)), (after.clone(), minute(6))] {
        if at == minute(6) {
            store.commit(&after.clone().map(moving), at).await.unwrap();
        }
        for case in cases {
            assert_eq!(store.case(case.id).await.unwrap(), Some(case));
        }
    }
    for (case, closed) in [(1, None), (2, Some(minute(6))), (3, Some(minute(6))), (4, None)] {
        assert_eq!(store.closed_at(CaseId(case)).await.unwrap(), closed, "case {case}");
    }
    assert_eq!(ids(&store.due(minute(39), 10).await.unwrap()), Vec::<i64>::new());
    assert_eq!(ids(&store.due(minute(40), 10).await.unwrap()), [4]);
    let messages = store.messages(&MessageFilter { limit: 10, ..MessageFilter::default() }).await.unwrap();
    let mut subjects: Vec<_> = messages.into_iter().map(|message| (message.case.0, message.message.subject)).collect();
    subjects.sort();
    assert_eq!(subjects, [(1, None), (2, Some(String::new()))]);
}

async fn a_zero_byte_in_a_text_keeps_no_batch_from_being_written(store: Store) {
    let of_text = Effect::Message(Box::new(Message { text: "salam\0".into(), ..message("1.1.0", minute(1)) }));
    let with_zero = Case { data: Record::from([("account".into(), Value::from("12/\u{0}7"))]).into(), ..case(1) };
    let effects = vec![of_text, call("1.1.1", "complaints", Priority::Normal, None)];
    open(&store, vec![Move { effects, ..opening(with_zero.clone()) }, opening(case(2))]).await;
    let answered = Effect::Answered {
        task: EffectId("1.1.1".into()),
        outcome: "agreed".into(),
        by: "agent:huda".into(),
        note: Some("a\0b".into()),
        at: minute(2),
    };
    let step = Move { effects: vec![answered], ..moving(next(&with_zero, Standing::Open)) };
    assert_eq!(store.commit(&[step], minute(2)).await.unwrap(), [Moved::Committed]);
    assert_eq!(store.case(CaseId(1)).await.unwrap().unwrap().data, with_zero.data, "a document keeps it");
    let message = store.message(&EffectId("1.1.0".into())).await.unwrap().unwrap();
    assert_eq!(message.message.text, "salam\u{fffd}");
    let task = store.task(&EffectId("1.1.1".into())).await.unwrap().unwrap();
    assert_eq!(task.note.as_deref(), Some("a\u{fffd}b"));
}
