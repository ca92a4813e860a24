//! Messages that a gateway's list cannot tell apart, and the look at a claimed one before it leaves.

use wasl_core::case::{CaseId, EffectId, Standing};
use wasl_core::delivery::{Receipt, Status};
use wasl_core::effect::{Effect, Message, Withdrawn};

use super::sample::{case, claiming, message, minute, moving, next, open, opening, settlement, sms};
use crate::store::{Claimed, MessageStatus, Move, NewReceipt, Settled, Store};

super::on_both!(
    what_a_gateway_shows_is_shared_out_among_messages_that_look_alike,
    other_words_or_another_address_are_not_alike,
    what_was_adopted_is_given_back_to_the_message_that_a_receipt_names,
    a_claimed_message_that_its_case_withdrew_has_none_to_leave_for,
    a_claim_that_another_took_over_has_none_to_leave_for,
);

/// Cases whose one message goes to the same number in the same words, all claimed.
async fn claimed(store: &Store, change: impl Fn(i64, Message) -> Message) -> Vec<Claimed> {
    for n in 1..=3 {
        let same = Message { to: "+97336009999".into(), ..message(&format!("{n}.1.0"), minute(1)) };
        let effects = vec![Effect::Message(Box::new(change(n, same)))];
        open(store, vec![Move { effects, ..opening(case(n)) }]).await;
    }
    store.claim_messages(minute(1), &claiming("twilio", 1)).await.unwrap()
}

async fn settle(store: &Store, claimed: &Claimed, settled: Settled) {
    assert_eq!(store.settle_messages(&[settlement(claimed, settled)], minute(2)).await.unwrap(), [true]);
}

fn accepted(provider_id: &str) -> Settled {
    let (notifier, provider_id) = ("twilio".into(), Some(provider_id.into()));
    Settled::Accepted { notifier, provider_id, status: Status::Accepted, segments: None, confirm_by: None }
}

fn uncertain() -> Settled {
    Settled::Uncertain { code: "timeout".into(), reason: "no answer".into(), ask_at: Some(minute(5)) }
}

async fn what_a_gateway_shows_is_shared_out_among_messages_that_look_alike(store: Store) {
    let claimed = claimed(&store, |_, message| message).await;
    let [one, two, three] = claimed.as_slice() else { panic!("{claimed:?}") };
    settle(&store, one, uncertain()).await;
    settle(&store, two, uncertain()).await;
    assert!(store.alike(one, &["SM1"]).await.unwrap().under_way, "the third is on its way");
    settle(&store, three, accepted("SM3")).await;
    let shown = ["SM1", "SM3"];
    let (of_one, of_two) = (store.alike(one, &shown).await.unwrap(), store.alike(two, &shown).await.unwrap());
    assert_eq!((of_one.owned, of_one.under_way, of_one.before), (["SM3".to_owned()].into(), false, 0));
    assert_eq!((of_two.owned, of_two.under_way, of_two.before), (["SM3".to_owned()].into(), false, 1));
}

async fn what_was_adopted_is_given_back_to_the_message_that_a_receipt_names(store: Store) {
    let claimed = claimed(&store, |_, message| message).await;
    settle(&store, &claimed[0], accepted("SM1")).await;
    settle(&store, &claimed[1], uncertain()).await;
    let receipt = Receipt {
        message_id: Some(claimed[1].message.id.to_string()),
        provider_id: Some("SM1".into()),
        status: Some(Status::Delivered),
        provider_status: "delivered".into(),
        code: None,
    };
    let new = NewReceipt { notifier: "twilio".into(), receipt, bad_address: false, confirm_by: None, raw: Vec::new() };
    store.record_receipts(&[new], minute(3)).await.unwrap();
    let mut stand = Vec::new();
    for claimed in &claimed[..2] {
        let stored = store.message(&claimed.message.id).await.unwrap().unwrap();
        stand.push((stored.status, stored.provider_id));
    }
    let expected = [(MessageStatus::Uncertain, None), (MessageStatus::Delivered, Some("SM1".to_owned()))];
    assert_eq!(stand, expected);
    let channel = claimed[0].message.channel;
    let asked = store.stale_sending(channel, minute(3), 10, minute(9), "here").await.unwrap();
    assert_eq!(asked.iter().map(|asked| &asked.message.id).collect::<Vec<_>>(), [&claimed[0].message.id]);
}

async fn other_words_or_another_address_are_not_alike(store: Store) {
    let claimed = claimed(&store, |n, message| match n {
        1 => Message { text: "other words".into(), ..message },
        2 => Message { to: "+97336008888".into(), ..message },
        _ => message,
    });
    let alike = store.alike(&claimed.await[2], &["SM1"]).await.unwrap();
    assert_eq!((alike.owned.len(), alike.under_way, alike.before), (0, false, 0));
}

async fn case_of(store: &Store, claimed: &Claimed) -> Option<CaseId> {
    let cases = store.cases_of_claimed(&[claimed]).await.unwrap();
    cases.into_iter().flatten().map(|case| case.unwrap().id).next()
}

async fn a_claimed_message_that_its_case_withdrew_has_none_to_leave_for(store: Store) {
    open(&store, vec![Move { effects: vec![sms("1.1.0", minute(1))], ..opening(case(1)) }]).await;
    let claimed = store.claim_messages(minute(1), &claiming("twilio", 1)).await.unwrap().remove(0);
    assert_eq!(case_of(&store, &claimed).await, Some(CaseId(1)));
    let withdraw = Effect::Withdraw { id: EffectId("1.1.0".into()), why: Withdrawn::LeftState };
    let left = Move { effects: vec![withdraw], ..moving(next(&case(1), Standing::Open)) };
    store.commit(&[left], minute(2)).await.unwrap();
    assert_eq!(case_of(&store, &claimed).await, None);
}

async fn a_claim_that_another_took_over_has_none_to_leave_for(store: Store) {
    open(&store, vec![Move { effects: vec![sms("1.1.0", minute(1))], ..opening(case(1)) }]).await;
    let claimed = store.claim_messages(minute(1), &claiming("twilio", 1)).await.unwrap().remove(0);
    let channel = claimed.message.channel;
    let stale = store.stale_sending(channel, minute(7), 10, minute(9), "another").await.unwrap();
    assert_eq!(stale.len(), 1, "its lease ran out");
    assert_eq!(case_of(&store, &claimed).await, None);
}
