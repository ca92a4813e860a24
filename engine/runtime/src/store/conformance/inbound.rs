//! Messages to us: kept once, told to the case that spoke last, obeyed where they are a keyword.

use wasl_core::case::{CaseId, Standing};
use wasl_core::delivery::{Channel, Status};
use wasl_core::effect::{Effect, Message};
use wasl_core::event::Body;
use wasl_core::message::{Keyword, keyword};

use super::sample::{
    case, claiming, message, minute, moving, next, open, opening, settlement, suppression, suppressions,
};
use crate::store::{InboundFilter, Move, NewInbound, Settled, Store};

super::on_both!(
    a_message_to_us_is_told_to_its_case_once,
    the_open_case_that_spoke_last_is_told_and_all_are_known,
    an_answer_to_one_of_our_messages_belongs_to_its_case,
    a_sender_whom_nobody_spoke_to_is_kept_until_a_person_decides,
    stop_and_start_hold_for_the_sender_whoever_it_is,
    start_lifts_no_other_ban,
    a_zero_byte_keeps_no_message_from_being_taken,
);

const NUMBER: &str = "+97336009999";

fn from(number: &str, provider_id: &str, text: &str) -> NewInbound {
    NewInbound {
        notifier: "sms".into(),
        channel: Channel::Sms,
        provider_id: provider_id.into(),
        from: number.into(),
        to: Some("+97317000000".into()),
        text: text.into(),
        keyword: keyword(text),
        answers: None,
        raw: format!("Body={text}").into_bytes(),
        at: minute(50),
    }
}

/// Opens a case that sends a message to the number, and lets it leave at that minute.
async fn spoke(store: &Store, id: i64, at: i64) {
    let sms = Message { to: NUMBER.into(), ..message(&format!("{id}.1.0"), minute(at)) };
    open(store, vec![Move { effects: vec![Effect::Message(Box::new(sms))], ..opening(case(id)) }]).await;
    for claimed in store.claim_messages(minute(at), &claiming("sms", at)).await.unwrap() {
        let provider_id = Some(format!("SM{id}"));
        let accepted = Settled::Accepted {
            notifier: "sms".into(),
            provider_id,
            status: Status::Accepted,
            segments: None,
            confirm_by: None,
        };
        store.settle_messages(&[settlement(&claimed, accepted)], minute(at)).await.unwrap();
    }
}

async fn replies(store: &Store, id: i64) -> Vec<Body> {
    let events = store.events(CaseId(id)).await.unwrap();
    events.into_iter().map(|event| event.event.body).filter(|body| matches!(body, Body::Reply { .. })).collect()
}

async fn a_message_to_us_is_told_to_its_case_once(store: Store) {
    spoke(&store, 1, 1).await;
    let first = store.record_inbound(&from(NUMBER, "SM9", "نعم")).await.unwrap();
    assert_eq!((first.first, first.case), (true, Some(CaseId(1))));
    let again = store.record_inbound(&from(NUMBER, "SM9", "نعم")).await.unwrap();
    assert_eq!((again.id, again.first, again.case), (first.id, false, Some(CaseId(1))));
    let reply = Body::Reply { channel: Channel::Sms, text: "نعم".into(), from: Some(NUMBER.into()) };
    assert_eq!(replies(&store, 1).await, [reply]);
    let stored = store.inbound(first.id).await.unwrap().unwrap();
    assert_eq!((stored.seen, stored.text.as_str(), stored.keyword), (2, "نعم", None));
    assert!(store.due(minute(50), 10).await.unwrap().iter().any(|claim| claim.case.id == CaseId(1)), "it is due");
}

async fn the_open_case_that_spoke_last_is_told_and_all_are_known(store: Store) {
    for (id, at) in [(1, 3), (2, 2), (3, 9)] {
        spoke(&store, id, at).await;
    }
    let ended = next(&store.case(CaseId(3)).await.unwrap().unwrap(), Standing::Ended { outcome: "success".into() });
    store.commit(&[moving(ended)], minute(10)).await.unwrap();
    let taken = store.record_inbound(&from(NUMBER, "SM9", "yes")).await.unwrap();
    assert_eq!(taken.case, Some(CaseId(1)), "the newest contact of an open case");
    let stored = store.inbound(taken.id).await.unwrap().unwrap();
    assert_eq!(stored.candidates, [CaseId(1), CaseId(2), CaseId(3)]);
}

async fn an_answer_to_one_of_our_messages_belongs_to_its_case(store: Store) {
    spoke(&store, 1, 1).await;
    spoke(&store, 2, 2).await;
    let answer = NewInbound { answers: Some(vec!["other".into(), "SM1".into()]), ..from("anybody", "m1", "yes") };
    assert_eq!(store.record_inbound(&answer).await.unwrap().case, Some(CaseId(1)));
    let nothing = NewInbound { answers: Some(Vec::new()), ..from(NUMBER, "m2", "yes") };
    assert_eq!(store.record_inbound(&nothing).await.unwrap().case, None, "an address can be written by anybody");
}

async fn a_sender_whom_nobody_spoke_to_is_kept_until_a_person_decides(store: Store) {
    open(&store, vec![opening(case(1))]).await;
    let taken = store.record_inbound(&from("+97336000001", "SM9", "who are you?")).await.unwrap();
    assert_eq!((taken.first, taken.case), (true, None));
    let unmatched = InboundFilter { unmatched: true, limit: 9, ..InboundFilter::default() };
    assert_eq!(store.inbound_messages(&unmatched).await.unwrap().len(), 1);
    store.assign_inbound(taken.id, CaseId(1), "huda", minute(60)).await.unwrap();
    assert_eq!(store.inbound_messages(&unmatched).await.unwrap(), []);
    let of_case = InboundFilter { case: Some(CaseId(1)), limit: 9, ..InboundFilter::default() };
    let stored = store.inbound_messages(&of_case).await.unwrap().remove(0);
    assert_eq!((stored.assigned_by.as_deref(), stored.assigned_at), (Some("huda"), Some(minute(60))));
}

async fn stop_and_start_hold_for_the_sender_whoever_it_is(store: Store) {
    spoke(&store, 1, 1).await;
    for (number, id) in [(NUMBER, "SM1"), ("+97336000001", "SM2")] {
        store.record_inbound(&from(number, id, "إيقاف")).await.unwrap();
    }
    let suppressed = suppressions(&store).await;
    let stopped: Vec<_> =
        suppressed.iter().map(|found| (found.identity.as_str(), found.channel, found.reason.as_str())).collect();
    let opted_out = |number| (number, Some(Channel::Sms), "opted_out");
    assert_eq!(stopped, [opted_out("+97336000001"), opted_out(NUMBER)]);
    assert_eq!(replies(&store, 1).await.len(), 1, "the workflow hears of it all the same");

    store.record_inbound(&from(NUMBER, "SM3", "اشتراك")).await.unwrap();
    // An old word that comes again undoes nothing.
    store.record_inbound(&from(NUMBER, "SM1", "إيقاف")).await.unwrap();
    let suppressed = suppressions(&store).await;
    assert_eq!(suppressed.iter().map(|found| found.identity.as_str()).collect::<Vec<_>>(), ["+97336000001"]);
}

async fn start_lifts_no_other_ban(store: Store) {
    let never = suppression(NUMBER, None, "never_to");
    store.suppress(&never).await.unwrap();
    let start = from(NUMBER, "SM1", "START");
    assert_eq!(start.keyword, Some(Keyword::Start));
    store.record_inbound(&start).await.unwrap();
    assert_eq!(suppressions(&store).await, [never]);
}

async fn a_zero_byte_keeps_no_message_from_being_taken(store: Store) {
    spoke(&store, 1, 1).await;
    let taken = store.record_inbound(&from(NUMBER, "SM\09", "ring\0me")).await.unwrap();
    assert_eq!(taken.case, Some(CaseId(1)));
    assert_eq!(store.inbound(taken.id).await.unwrap().unwrap().text, "ring\u{fffd}me");
}
