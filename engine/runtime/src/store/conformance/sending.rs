//! Sending: one holder at a time, no word taken back.

use jiff::Timestamp;
use wasl_core::case::{Case, CaseId, Contacted, EffectId, Standing};
use wasl_core::delivery::{Channel, Receipt, Status};
use wasl_core::effect::{Effect, Message, Withdrawn};
use wasl_core::event::{Body, News};
use wasl_core::lang::Texts;
use wasl_core::policy::Rule;

use super::sample::{case, claiming, message, minute, moving, next, open, opening, settlement, sms};
use crate::store::{
    Claimed, MessageClaim, MessageStatus, Move, NewReceipt, People, ReceiptTaken, Settled, Settlement, Store,
    StoredMessage,
};

super::on_both!(
    a_message_is_claimed_at_its_moment_and_by_one,
    of_a_case_and_of_a_person_one_message_is_given_out_at_a_time,
    of_a_household_one_message_is_given_out_at_a_time,
    what_cannot_leave_holds_nobody_elses_message_up,
    a_held_case_sends_nothing_and_an_ended_one_what_is_left,
    an_old_fence_writes_nothing,
    a_claim_settles_once,
    each_settlement_is_recorded_as_it_was,
    a_retry_waits_and_counts_a_postponement_does_not,
    an_uncertain_message_is_asked_about_when_its_time_comes,
    what_is_withdrawn_in_hand_is_not_tried_again,
    an_attempt_names_its_gateway_until_the_message_waits_again,
    what_did_not_leave_waits_and_does_not_count,
    what_one_gateway_may_have_is_sent_by_no_other,
    a_channel_claims_only_its_own,
    what_waits_too_long_expires_unclaimed_and_its_case_is_told,
    what_nobody_confirms_in_time_is_told_and_a_late_report_still_counts,
    what_is_reported_in_time_is_never_unconfirmed,
    what_nobody_will_be_asked_about_waits_for_a_person,
    what_may_have_left_counts_from_when_it_was_tried,
    news_of_a_message_is_told_once,
    a_receipt_moves_the_status_and_tells_the_case,
    the_same_receipt_again_is_counted_and_changes_nothing,
    receipts_out_of_order_never_go_backwards,
    a_gateway_that_passed_a_message_on_has_taken_it,
    a_receipt_before_the_settlement_is_not_taken_back,
    a_receipt_that_knows_only_the_gateways_id_waits_for_it,
    a_receipt_of_an_unknown_message_is_kept,
    a_receipt_ends_uncertainty,
    a_receipt_under_both_ids_brings_what_came_under_the_gateways_alone,
);

const ID: &str = "1.1.0";

async fn with_message(store: &Store) {
    open(store, vec![Move { effects: vec![sms(ID, minute(1))], ..opening(case(1)) }]).await;
}

async fn claim(store: &Store, now: i64) -> Vec<Claimed> {
    store.claim_messages(minute(now), &claiming("twilio", now)).await.unwrap()
}

async fn claim_one(store: &Store, now: i64) -> Claimed {
    let mut claimed = claim(store, now).await;
    assert_eq!(claimed.len(), 1);
    claimed.remove(0)
}

async fn stored(store: &Store) -> StoredMessage {
    store.message(&EffectId(ID.into())).await.unwrap().unwrap()
}

fn accepted(status: Status) -> Settled {
    let (notifier, provider_id) = ("twilio".into(), Some("SM1".into()));
    Settled::Accepted { notifier, provider_id, status, segments: Some(2), confirm_by: None }
}

fn news_body(news: News) -> Body {
    Body::Delivery { message: EffectId(ID.into()), channel: Channel::Sms, news, code: None, bad_address: None }
}

async fn settle(store: &Store, claimed: &Claimed, settled: Settled, now: i64) -> bool {
    store.settle_messages(&[settlement(claimed, settled)], minute(now)).await.unwrap()[0]
}

async fn receive(store: &Store, message_id: Option<&str>, status: Status, now: i64) -> ReceiptTaken {
    let receipt = Receipt {
        message_id: message_id.map(str::to_owned),
        provider_id: Some("SM1".into()),
        status: Some(status),
        provider_status: status.as_str().into(),
        code: None,
    };
    take(store, receipt, false, minute(now)).await
}

async fn take(store: &Store, receipt: Receipt, bad_address: bool, now: Timestamp) -> ReceiptTaken {
    let new = NewReceipt {
        notifier: "twilio".into(),
        receipt,
        bad_address,
        confirm_by: None,
        raw: b"MessageStatus=x".to_vec(),
    };
    store.record_receipts(&[new], now).await.unwrap().remove(0)
}

async fn told(store: &Store) -> Vec<News> {
    let events = store.events(CaseId(1)).await.unwrap();
    let news = events.into_iter().filter_map(|event| match event.event.body {
        Body::Delivery { news, .. } => Some(news),
        _ => None,
    });
    news.collect()
}

async fn a_message_is_claimed_at_its_moment_and_by_one(store: Store) {
    with_message(&store).await;
    assert_eq!(claim(&store, 0).await, Vec::new());
    let claimed = claim_one(&store, 1).await;
    assert_eq!((claimed.attempt, claimed.uncertain, claimed.case), (1, false, CaseId(1)));
    assert_eq!(claimed.message, super::sample::message(ID, minute(1)));
    assert_eq!(claim(&store, 2).await, Vec::new());
    assert_eq!(stored(&store).await.status, MessageStatus::Sending);
    let attempts = store.attempts(&EffectId(ID.into())).await.unwrap();
    assert_eq!(attempts.iter().map(|attempt| attempt.started_at).collect::<Vec<_>>(), [minute(1)]);
}

/// A message of a case to a person.
fn to(id: &str, person: &str) -> Effect {
    Effect::Message(Box::new(Message { person: person.into(), ..message(id, minute(1)) }))
}

fn ids(claimed: &[Claimed]) -> Vec<&str> {
    claimed.iter().map(|claimed| claimed.message.id.0.as_str()).collect()
}

async fn of_a_case_and_of_a_person_one_message_is_given_out_at_a_time(store: Store) {
    let of_one = vec![to("1.1.0", "huda"), to("1.1.1", "ali")];
    let of_two = vec![to("2.1.0", "huda"), to("2.1.1", "")];
    let of_three = vec![to("3.1.0", "")];
    let moves = [(1, of_one), (2, of_two), (3, of_three)];
    open(&store, moves.map(|(n, effects)| Move { effects, ..opening(case(n)) }).into()).await;
    // Huda's of case 2 waits for hers of case 1, and so does what comes after it in case 2.
    let first = claim(&store, 2).await;
    assert_eq!(ids(&first), ["1.1.0", "3.1.0"]);
    assert_eq!(ids(&claim(&store, 2).await), [""; 0], "while they are on their way");
    assert!(settle(&store, &first[0], accepted(Status::Accepted), 3).await);
    let second = claim(&store, 4).await;
    assert_eq!(ids(&second), ["1.1.1", "2.1.0"]);
    for claimed in &second {
        let lost = Settled::Uncertain { code: "timeout".into(), reason: "no answer".into(), ask_at: None };
        assert!(settle(&store, claimed, lost, 5).await);
    }
    assert_eq!(ids(&claim(&store, 6).await), ["2.1.1"], "what nobody knows of is not waited for");
}

async fn of_a_household_one_message_is_given_out_at_a_time(store: Store) {
    let of = |n: i64, household: Option<&str>| {
        let effects = vec![to(&format!("{n}.1.0"), &format!("person {n}"))];
        Move { effects, ..opening(Case { household: household.map(Into::into), ..case(n) }) }
    };
    let moves = vec![of(1, Some("a")), of(2, Some("b")), of(3, Some("a")), of(4, None), of(5, None)];
    open(&store, moves).await;
    let first = claim(&store, 2).await;
    assert_eq!(ids(&first), ["1.1.0", "2.1.0", "4.1.0", "5.1.0"]);
    assert!(settle(&store, &first[0], accepted(Status::Accepted), 3).await);
    assert_eq!(ids(&claim(&store, 4).await), ["3.1.0"]);
}

async fn what_cannot_leave_holds_nobody_elses_message_up(store: Store) {
    let held = next(&case(1), Standing::Held { reason: "a call".into() });
    open(&store, vec![Move { effects: vec![to("1.1.0", "huda")], ..opening(case(1)) }]).await;
    store.commit(&[moving(held)], minute(1)).await.unwrap();
    open(&store, vec![Move { effects: vec![to("2.1.0", "huda")], ..opening(case(2)) }]).await;
    assert_eq!(ids(&claim(&store, 2).await), ["2.1.0"]);
}

async fn a_held_case_sends_nothing_and_an_ended_one_what_is_left(store: Store) {
    with_message(&store).await;
    let held = next(&case(1), Standing::Held { reason: "asked to wait".into() });
    store.commit(&[moving(held.clone())], minute(1)).await.unwrap();
    assert_eq!(claim(&store, 2).await, Vec::new());
    let ended = next(&held, Standing::Ended { outcome: "success".into() });
    store.commit(&[moving(ended.clone())], minute(3)).await.unwrap();
    assert_eq!(claim_one(&store, 4).await.case, ended.id);
}

async fn an_old_fence_writes_nothing(store: Store) {
    with_message(&store).await;
    let first = claim_one(&store, 1).await;
    assert_eq!(store.stale_sending(Channel::Sms, minute(5), 10, minute(9), "there").await.unwrap(), Vec::new());
    let second = store.stale_sending(Channel::Sms, minute(6), 10, minute(11), "there").await.unwrap().remove(0);
    assert!(second.uncertain && second.fence > first.fence);
    assert_eq!((second.attempt, second.attempt_started_at), (1, minute(1)));
    let late = Settlement { tell: Some(news_body(News::Accepted)), ..settlement(&first, accepted(Status::Sent)) };
    assert_eq!(store.settle_messages(&[late], minute(7)).await.unwrap(), [false]);
    assert_eq!(stored(&store).await.status, MessageStatus::Uncertain);
    assert_eq!(told(&store).await, []);
    assert!(settle(&store, &second, accepted(Status::Sent), 8).await);
    assert_eq!(stored(&store).await.status, MessageStatus::Sent);
    let attempts = store.attempts(&EffectId(ID.into())).await.unwrap();
    assert_eq!(attempts.len(), 1);
    assert_eq!((attempts[0].ended_at, attempts[0].result.as_deref()), (Some(minute(8)), Some("sent")));
}

async fn a_claim_settles_once(store: Store) {
    with_message(&store).await;
    let claimed = claim_one(&store, 1).await;
    assert!(settle(&store, &claimed, accepted(Status::Accepted), 2).await);
    let failed = Settled::Failed { code: "21211".into(), reason: "no such number".into() };
    assert!(!settle(&store, &claimed, failed, 3).await);
    let message = stored(&store).await;
    assert_eq!((message.status, message.code), (MessageStatus::Accepted, None));
    assert_eq!((message.sent_at, message.provider_id.as_deref()), (Some(minute(2)), Some("SM1")));
    assert_eq!((message.notifier.as_deref(), message.message.segments), (Some("twilio"), 2));
}

async fn each_settlement_is_recorded_as_it_was(store: Store) {
    let failed = Settled::Failed { code: "21211".into(), reason: "no such number".into() };
    let uncertain = Settled::Uncertain { code: "timeout".into(), reason: "no answer".into(), ask_at: None };
    let rule = Rule::OptedOut;
    let table = [
        (failed, MessageStatus::Failed, Some("21211"), Some("no such number"), None),
        (uncertain, MessageStatus::Uncertain, Some("timeout"), Some("no answer"), None),
        (Settled::Expired, MessageStatus::Expired, None, None, None),
        (Settled::Withdrawn { reason: "held".into() }, MessageStatus::Withdrawn, None, Some("held"), None),
        (Settled::Suppressed { rule: rule.clone() }, MessageStatus::Suppressed, None, None, Some(rule)),
    ];
    for (n, (settled, status, code, reason, rule)) in (1..).zip(table) {
        let id = format!("{n}.1.0");
        open(&store, vec![Move { effects: vec![sms(&id, minute(1))], ..opening(case(n)) }]).await;
        let claimed = claim_one(&store, 1).await;
        assert!(settle(&store, &claimed, settled, 2).await);
        let message = store.message(&EffectId(id.into())).await.unwrap().unwrap();
        assert_eq!((message.status, message.code.as_deref(), message.reason.as_deref()), (status, code, reason));
        assert_eq!(message.message.suppressed, rule);
        assert_eq!(message.settled_at.is_some(), status.is_final());
        assert_eq!((message.next_attempt_at, message.sent_at), (None, None));
    }
    assert_eq!(claim(&store, 900).await, Vec::new());
}

async fn a_retry_waits_and_counts_a_postponement_does_not(store: Store) {
    with_message(&store).await;
    let why = Some(Texts::both("quiet hours", "ساعات الهدوء"));
    let claimed = claim_one(&store, 1).await;
    settle(&store, &claimed, Settled::Postponed { not_before: minute(20), why: why.clone() }, 2).await;
    let message = stored(&store).await;
    assert_eq!((message.status, message.attempts, message.message.not_before), (MessageStatus::Queued, 0, minute(20)));
    assert_eq!(message.message.why, why);
    assert_eq!(claim(&store, 19).await, Vec::new());
    let claimed = claim_one(&store, 20).await;
    assert_eq!(claimed.attempt, 1);
    let again = Settled::Again { at: minute(30), code: "503".into(), reason: "busy".into() };
    settle(&store, &claimed, again, 21).await;
    assert_eq!(claim(&store, 29).await, Vec::new());
    assert_eq!(claim_one(&store, 30).await.attempt, 2);
    let attempts = store.attempts(&EffectId(ID.into())).await.unwrap();
    let results: Vec<Option<&str>> = attempts.iter().map(|attempt| attempt.result.as_deref()).collect();
    assert_eq!(results, [Some("postponed"), Some("retry"), None]);
    assert_eq!(attempts.iter().map(|attempt| attempt.attempt).collect::<Vec<_>>(), [1, 1, 2]);
}

async fn an_uncertain_message_is_asked_about_when_its_time_comes(store: Store) {
    with_message(&store).await;
    let uncertain = |ask_at| Settled::Uncertain { code: "timeout".into(), reason: "no answer".into(), ask_at };
    let claimed = claim_one(&store, 1).await;
    settle(&store, &claimed, uncertain(Some(minute(10))), 2).await;
    assert_eq!(claim(&store, 9).await, Vec::new());
    assert_eq!(store.stale_sending(Channel::Sms, minute(9), 10, minute(12), "here").await.unwrap(), Vec::new());
    let asked = store.stale_sending(Channel::Sms, minute(10), 10, minute(12), "here").await.unwrap().remove(0);
    assert_eq!(store.stale_sending(Channel::Sms, minute(11), 10, minute(13), "here").await.unwrap(), Vec::new());
    settle(&store, &asked, uncertain(None), 11).await;
    assert_eq!(store.stale_sending(Channel::Sms, minute(900), 10, minute(901), "here").await.unwrap(), Vec::new());
    assert_eq!(stored(&store).await.status, MessageStatus::Uncertain);
}

async fn what_is_withdrawn_in_hand_is_not_tried_again(store: Store) {
    let again = || Settled::Again { at: minute(9), code: "503".into(), reason: "busy".into() };
    let table = [
        (again(), MessageStatus::Withdrawn, Some("left_state")),
        (Settled::Postponed { not_before: minute(9), why: None }, MessageStatus::Withdrawn, Some("left_state")),
        (accepted(Status::Accepted), MessageStatus::Accepted, None),
    ];
    for (n, (settled, status, reason)) in (1..).zip(table) {
        let id = EffectId(format!("{n}.1.0").into());
        open(&store, vec![Move { effects: vec![sms(&id.0, minute(1))], ..opening(case(n)) }]).await;
        let claimed = claim_one(&store, 1).await;
        let withdraw = Effect::Withdraw { id: id.clone(), why: Withdrawn::LeftState };
        let left = Move { effects: vec![withdraw], ..moving(next(&case(n), Standing::Open)) };
        store.commit(&[left], minute(2)).await.unwrap();
        assert!(settle(&store, &claimed, settled, 3).await);
        let message = store.message(&id).await.unwrap().unwrap();
        assert_eq!((message.status, message.reason.as_deref()), (status, reason));
    }
    assert_eq!(claim(&store, 900).await, Vec::new());
}

async fn an_attempt_names_its_gateway_until_the_message_waits_again(store: Store) {
    with_message(&store).await;
    let claimed = claim_one(&store, 1).await;
    assert_eq!(
        (claimed.notifier.as_deref(), stored(&store).await.notifier.as_deref()),
        (Some("twilio"), Some("twilio"))
    );
    let again = Settled::Again { at: minute(3), code: "30008".into(), reason: "busy".into() };
    settle(&store, &claimed, again, 2).await;
    assert_eq!(stored(&store).await.notifier, None);
    let claimed = store.claim_messages(minute(3), &claiming("spare", 3)).await.unwrap().remove(0);
    let asked = store.stale_sending(Channel::Sms, minute(9), 10, minute(12), "there").await.unwrap().remove(0);
    assert_eq!((claimed.notifier.as_deref(), asked.notifier.as_deref()), (Some("spare"), Some("spare")));
    let attempts = store.attempts(&EffectId(ID.into())).await.unwrap();
    let by: Vec<Option<&str>> = attempts.iter().map(|attempt| attempt.notifier.as_deref()).collect();
    assert_eq!(by, [Some("twilio"), Some("spare")]);
}

async fn what_did_not_leave_waits_and_does_not_count(store: Store) {
    with_message(&store).await;
    for now in [1, 4] {
        let claimed = claim_one(&store, now).await;
        assert_eq!(claimed.attempt, 1);
        let waits = Settled::Waits { at: minute(now + 3), code: "connect".into(), reason: "no connection".into() };
        assert!(settle(&store, &claimed, waits, now).await);
        let message = stored(&store).await;
        assert_eq!(
            (message.status, message.attempts, message.code.as_deref()),
            (MessageStatus::Queued, 0, Some("connect"))
        );
        assert_eq!(message.next_attempt_at, Some(minute(now + 3)));
    }
    assert!(settle(&store, &claim_one(&store, 7).await, accepted(Status::Sent), 7).await);
    let message = stored(&store).await;
    assert_eq!((message.code, message.reason), (None, None), "what failed before stands in the log of attempts");
}

async fn what_one_gateway_may_have_is_sent_by_no_other(store: Store) {
    with_message(&store).await;
    let claimed = claim_one(&store, 1).await;
    settle(&store, &claimed, Settled::Resend { reason: "nobody can tell".into() }, 2).await;
    for retried in [3, 4] {
        assert_eq!(store.claim_messages(minute(retried), &claiming("spare", retried)).await.unwrap(), Vec::new());
        let bound = MessageClaim { only_bound: true, ..claiming("twilio", retried) };
        let claimed = store.claim_messages(minute(retried), &bound).await.unwrap().remove(0);
        // What this attempt certainly did not do says nothing of the one before.
        let waits = Settled::Waits { at: minute(retried + 1), code: "connect".into(), reason: "no connection".into() };
        settle(&store, &claimed, waits, retried).await;
    }
    assert_eq!(claim_one(&store, 5).await.notifier.as_deref(), Some("twilio"), "it may be claimed with all others too");
}

async fn a_channel_claims_only_its_own(store: Store) {
    with_message(&store).await;
    let email = MessageClaim { channel: Channel::Email, ..claiming("mail", 1) };
    assert_eq!(store.claim_messages(minute(1), &email).await.unwrap(), Vec::new());
    assert!(store.has_due_messages(Channel::Sms, minute(1)).await.unwrap());
    assert!(!store.has_due_messages(Channel::Sms, minute(0)).await.unwrap());
    assert!(!store.has_due_messages(Channel::Email, minute(1)).await.unwrap());
}

async fn what_waits_too_long_expires_unclaimed_and_its_case_is_told(store: Store) {
    let short = Message { expires: Some(minute(5)), ..message(ID, minute(1)) };
    open(&store, vec![Move { effects: vec![Effect::Message(Box::new(short))], ..opening(case(1)) }]).await;
    open(&store, vec![Move { effects: vec![sms("2.1.0", minute(1))], ..opening(case(2)) }]).await;
    assert_eq!(store.expire_messages(minute(5), 10).await.unwrap(), 0);
    let held = next(&case(1), Standing::Held { reason: "asked to wait".into() });
    store.commit(&[moving(held.clone())], minute(5)).await.unwrap();
    assert_eq!(store.expire_messages(minute(6), 10).await.unwrap(), 0, "of a held case");
    store.commit(&[moving(next(&held, Standing::Open))], minute(6)).await.unwrap();
    assert_eq!(store.expire_messages(minute(6), 10).await.unwrap(), 1);
    assert_eq!(store.expire_messages(minute(6), 10).await.unwrap(), 0);
    let message = stored(&store).await;
    assert_eq!((message.status, message.settled_at), (MessageStatus::Expired, Some(minute(6))));
    assert_eq!((message.attempts, message.next_attempt_at), (0, None));
    assert_eq!(told(&store).await, [News::Expired]);
    assert_eq!(claim_one(&store, 7).await.message.id.0, "2.1.0");
}

fn to_be_confirmed(status: Status, by: i64) -> Settled {
    let (notifier, provider_id) = ("twilio".into(), Some("SM1".into()));
    Settled::Accepted { notifier, provider_id, status, segments: None, confirm_by: Some(minute(by)) }
}

async fn what_nobody_confirms_in_time_is_told_and_a_late_report_still_counts(store: Store) {
    with_message(&store).await;
    settle(&store, &claim_one(&store, 1).await, to_be_confirmed(Status::Accepted, 60), 2).await;
    assert!(receive(&store, Some(ID), Status::Sent, 3).await.moved);
    assert_eq!(stored(&store).await.confirm_by, Some(minute(60)), "passed on is not arrived");
    assert_eq!(store.unconfirm_messages(minute(59), 10, 3).await.unwrap(), 0);
    assert_eq!(store.unconfirm_messages(minute(60), 10, 3).await.unwrap(), 1);
    assert_eq!(store.unconfirm_messages(minute(61), 10, 3).await.unwrap(), 0);
    let message = stored(&store).await;
    assert_eq!((message.status, message.confirm_by, message.settled_at), (MessageStatus::Unconfirmed, None, None));
    assert_eq!(told(&store).await, [News::Unconfirmed]);
    assert!(receive(&store, Some(ID), Status::Delivered, 90).await.moved);
    assert_eq!(stored(&store).await.status, MessageStatus::Delivered);
    assert_eq!(told(&store).await, [News::Unconfirmed, News::Delivered]);
}

async fn what_is_reported_in_time_is_never_unconfirmed(store: Store) {
    with_message(&store).await;
    let claimed = claim_one(&store, 1).await;
    // The report is faster than the record of the sending.
    assert!(receive(&store, Some(ID), Status::Undelivered, 2).await.moved);
    settle(&store, &claimed, to_be_confirmed(Status::Accepted, 60), 3).await;
    assert_eq!(stored(&store).await.confirm_by, None);
    open(&store, vec![Move { effects: vec![sms("2.1.0", minute(1))], ..opening(case(2)) }]).await;
    let claimed = claim_one(&store, 4).await;
    // An uncertain one that turns out to have been passed on has its time from then on.
    let lost = Settled::Uncertain { code: "timeout".into(), reason: "no answer".into(), ask_at: None };
    settle(&store, &claimed, lost, 5).await;
    let receipt = Receipt {
        message_id: Some("2.1.0".into()),
        provider_id: Some("SM2".into()),
        status: Some(Status::Sent),
        provider_status: "sent".into(),
        code: None,
    };
    let (notifier, confirm_by) = ("twilio".into(), Some(minute(70)));
    let new = NewReceipt { notifier, receipt, bad_address: false, confirm_by, raw: b"raw".to_vec() };
    store.record_receipts(&[new], minute(6)).await.unwrap();
    assert_eq!(store.unconfirm_messages(minute(69), 10, 3).await.unwrap(), 0);
    assert_eq!(store.unconfirm_messages(minute(70), 10, 3).await.unwrap(), 1);
}

async fn what_nobody_will_be_asked_about_waits_for_a_person(store: Store) {
    with_message(&store).await;
    let uncertain = |ask_at| Settled::Uncertain { code: "timeout".into(), reason: "no answer".into(), ask_at };
    settle(&store, &claim_one(&store, 1).await, uncertain(Some(minute(3))), 2).await;
    assert_eq!(store.undecided_count().await.unwrap(), 0);
    let asked = store.stale_sending(Channel::Sms, minute(3), 10, minute(9), "here").await.unwrap().remove(0);
    assert_eq!(store.undecided_count().await.unwrap(), 0);
    settle(&store, &asked, uncertain(None), 4).await;
    assert_eq!(store.undecided_count().await.unwrap(), 1);
    receive(&store, Some(ID), Status::Sent, 5).await;
    assert_eq!(store.undecided_count().await.unwrap(), 0);
}

async fn what_may_have_left_counts_from_when_it_was_tried(store: Store) {
    with_message(&store).await;
    let persons = People { persons: [message(ID, minute(1)).person.to_string()].into(), ..People::default() };
    let made = async || {
        let known = store.facts([&persons], minute(0)).await.unwrap();
        let contacted =
            Contacted { id: EffectId(ID.into()), channel: Channel::Sms, person: "cpr 1".into(), at: minute(1) };
        let mut case = case(1);
        case.progress.contacted.push(contacted);
        known.as_made(&case).progress.contacted[0].at
    };
    assert_eq!(made().await, minute(1), "it waits: its planned moment");
    let claimed = claim_one(&store, 500).await;
    assert_eq!(made().await, minute(500), "it may have left by now");
    let waits = Settled::Waits { at: minute(600), code: "connect".into(), reason: "no connection".into() };
    settle(&store, &claimed, waits, 501).await;
    assert_eq!(made().await, minute(1), "it did not");
    settle(&store, &claim_one(&store, 600).await, accepted(Status::Accepted), 601).await;
    assert_eq!(made().await, minute(601), "it did");
}

async fn news_of_a_message_is_told_once(store: Store) {
    with_message(&store).await;
    let claimed = claim_one(&store, 1).await;
    let tell = Some(news_body(News::Accepted));
    let settlement = Settlement { tell, ..settlement(&claimed, accepted(Status::Accepted)) };
    store.settle_messages(std::slice::from_ref(&settlement), minute(2)).await.unwrap();
    store.settle_messages(&[settlement], minute(3)).await.unwrap();
    assert_eq!(told(&store).await, [News::Accepted]);
    assert_eq!(store.next_wake().await.unwrap(), Some(minute(2)));
    assert!(store.event("delivery", "1.1.0:accepted").await.unwrap().is_some());
}

async fn a_receipt_moves_the_status_and_tells_the_case(store: Store) {
    with_message(&store).await;
    let claimed = claim_one(&store, 1).await;
    settle(&store, &claimed, accepted(Status::Accepted), 2).await;
    let receipt = Receipt {
        message_id: None,
        provider_id: Some("SM1".into()),
        status: Some(Status::Undelivered),
        provider_status: "undelivered".into(),
        code: Some("30005".into()),
    };
    let taken = take(&store, receipt, true, minute(3)).await;
    let message = Some(EffectId(ID.into()));
    assert_eq!(taken, ReceiptTaken { message, moved: true, duplicate: false });
    let stands = stored(&store).await;
    assert_eq!((stands.status, stands.settled_at), (MessageStatus::Undelivered, Some(minute(3))));
    let events = store.events(CaseId(1)).await.unwrap();
    let expected = Body::Delivery {
        message: EffectId(ID.into()),
        channel: Channel::Sms,
        news: News::Undelivered,
        code: Some("30005".into()),
        bad_address: Some("+97336000001".into()),
    };
    assert_eq!(events.iter().map(|event| &event.event.body).collect::<Vec<_>>(), [&expected]);
}

async fn the_same_receipt_again_is_counted_and_changes_nothing(store: Store) {
    with_message(&store).await;
    let claimed = claim_one(&store, 1).await;
    settle(&store, &claimed, accepted(Status::Accepted), 2).await;
    assert!(receive(&store, Some(ID), Status::Delivered, 3).await.moved);
    let again = receive(&store, Some(ID), Status::Delivered, 4).await;
    assert!(again.duplicate && !again.moved);
    let receipts = store.receipts(&EffectId(ID.into())).await.unwrap();
    assert_eq!(receipts.len(), 1);
    assert_eq!((receipts[0].seen, receipts[0].received_at), (2, minute(3)));
    assert_eq!(told(&store).await, [News::Delivered]);
}

async fn receipts_out_of_order_never_go_backwards(store: Store) {
    with_message(&store).await;
    let claimed = claim_one(&store, 1).await;
    settle(&store, &claimed, accepted(Status::Accepted), 2).await;
    for (status, moved, stands) in [
        (Status::Sent, true, MessageStatus::Sent),
        (Status::Accepted, false, MessageStatus::Sent),
        (Status::Delivered, true, MessageStatus::Delivered),
        (Status::Failed, false, MessageStatus::Delivered),
        (Status::Undelivered, false, MessageStatus::Delivered),
    ] {
        assert_eq!(receive(&store, Some(ID), status, 3).await.moved, moved, "{status:?}");
        assert_eq!(stored(&store).await.status, stands);
    }
    assert_eq!(told(&store).await, [News::Delivered]);
    assert_eq!(store.receipts(&EffectId(ID.into())).await.unwrap().len(), 5);
}

async fn a_gateway_that_passed_a_message_on_has_taken_it(store: Store) {
    with_message(&store).await;
    let claimed = claim_one(&store, 1).await;
    assert!(receive(&store, Some(ID), Status::Sent, 2).await.moved);
    assert_eq!(told(&store).await, [News::Accepted]);
    let late = Settlement { tell: Some(news_body(News::Accepted)), ..settlement(&claimed, accepted(Status::Accepted)) };
    store.settle_messages(&[late], minute(3)).await.unwrap();
    assert_eq!(told(&store).await, [News::Accepted], "once");
}

async fn a_receipt_before_the_settlement_is_not_taken_back(store: Store) {
    with_message(&store).await;
    let claimed = claim_one(&store, 1).await;
    assert!(receive(&store, Some(ID), Status::Delivered, 2).await.moved);
    let tell = Some(news_body(News::Accepted));
    let late = Settlement { tell, ..settlement(&claimed, accepted(Status::Accepted)) };
    assert_eq!(store.settle_messages(&[late], minute(3)).await.unwrap(), [true]);
    let message = stored(&store).await;
    assert_eq!((message.status, message.sent_at), (MessageStatus::Delivered, Some(minute(2))), "by then it had left");
    assert_eq!(message.settled_at, Some(minute(2)));
    assert_eq!(told(&store).await, [News::Delivered]);

    // A lost answer does not make a delivered message uncertain, let alone send it again.
    open(&store, vec![Move { effects: vec![sms("2.1.0", minute(1))], ..opening(case(2)) }]).await;
    let claimed = claim_one(&store, 3).await;
    receive(&store, Some("2.1.0"), Status::Sent, 4).await;
    let again = Settled::Again { at: minute(9), code: "timeout".into(), reason: "no answer".into() };
    settle(&store, &claimed, again, 5).await;
    let message = store.message(&EffectId("2.1.0".into())).await.unwrap().unwrap();
    assert_eq!(message.status, MessageStatus::Sent);
    assert_eq!(claim(&store, 900).await, Vec::new());
}

async fn a_receipt_that_knows_only_the_gateways_id_waits_for_it(store: Store) {
    with_message(&store).await;
    let claimed = claim_one(&store, 1).await;
    let taken = receive(&store, None, Status::Delivered, 2).await;
    assert_eq!(taken, ReceiptTaken { message: None, moved: false, duplicate: false });
    assert_eq!(stored(&store).await.status, MessageStatus::Sending);
    let tell = Some(news_body(News::Accepted));
    let settled = Settlement { tell, ..settlement(&claimed, accepted(Status::Accepted)) };
    store.settle_messages(&[settled], minute(3)).await.unwrap();
    assert_eq!(stored(&store).await.status, MessageStatus::Delivered);
    assert_eq!(store.receipts(&EffectId(ID.into())).await.unwrap().len(), 1);
    assert_eq!(told(&store).await, [News::Accepted, News::Delivered]);
}

async fn a_receipt_of_an_unknown_message_is_kept(store: Store) {
    let taken = receive(&store, Some("77.1.0"), Status::Delivered, 1).await;
    assert_eq!(taken, ReceiptTaken { message: None, moved: false, duplicate: false });
    assert!(receive(&store, Some("77.1.0"), Status::Delivered, 2).await.duplicate);
}

async fn a_receipt_ends_uncertainty(store: Store) {
    with_message(&store).await;
    let claimed = claim_one(&store, 1).await;
    let lost = Settled::Uncertain { code: "timeout".into(), reason: "no answer".into(), ask_at: Some(minute(9)) };
    settle(&store, &claimed, lost, 2).await;
    assert!(receive(&store, Some(ID), Status::Sent, 3).await.moved);
    assert_eq!(stored(&store).await.status, MessageStatus::Sent);
    assert_eq!(store.stale_sending(Channel::Sms, minute(900), 10, minute(901), "here").await.unwrap(), Vec::new());
}

async fn a_receipt_under_both_ids_brings_what_came_under_the_gateways_alone(store: Store) {
    with_message(&store).await;
    let claimed = claim_one(&store, 1).await;
    let lost = Settled::Uncertain { code: "timeout".into(), reason: "no answer".into(), ask_at: Some(minute(9)) };
    settle(&store, &claimed, lost, 2).await;
    assert_eq!(receive(&store, None, Status::Delivered, 3).await.message, None);
    assert!(receive(&store, Some(ID), Status::Sent, 4).await.moved);
    let heard = vec![News::Accepted, News::Delivered];
    assert_eq!((stored(&store).await.status, told(&store).await), (MessageStatus::Delivered, heard));
}
