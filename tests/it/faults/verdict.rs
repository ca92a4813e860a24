//! The verdict: what the gateway took against what the store says, message by message.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::SignedDuration;
use wasl_runtime::store::{MessageFilter, MessageStatus, Store, StoredMessage};

use super::double::Taken;
use super::reports::Arrived;
use super::{MESSAGES_EACH, setting};

/// A request that left in time may be read by the gateway so much later, in the run's time, which is a second or two for
/// which a busy machine forgot a process; what it may do with it then is limited by the validity that we gave it.
const UNDER_WAY: SignedDuration = SignedDuration::from_mins(5);

/// Lost 0, duplicated 0, wrong recipient 0, outside hours 0, and every status as its receipts say.
pub(super) async fn judge(folder: &Path, families: usize, taken: &[Taken], arrived: &Arrived) {
    let store = Store::open(&setting::store_url(folder)).await.unwrap();
    let limit = u32::try_from(2 * families * MESSAGES_EACH).unwrap();
    let stored = store.messages(&MessageFilter { limit, ..MessageFilter::default() }).await.unwrap();
    store.close().await.unwrap();
    let by_id: BTreeMap<&str, &StoredMessage> =
        stored.iter().map(|stored| (stored.message.id.0.as_str(), stored)).collect();

    assert_eq!(by_id.len(), families * MESSAGES_EACH, "messages planned");
    assert_once(taken, &stored);
    // Of messages that the gateway's list cannot tell apart each has the id of one, whichever it is.
    let sids: BTreeMap<&str, (&str, &str)> =
        taken.iter().map(|taken| (taken.sid.as_str(), (taken.to.as_str(), taken.body.as_str()))).collect();
    let is_one_of = |stored: &StoredMessage, to: &str, body: &str| {
        stored.provider_id.as_deref().and_then(|sid| sids.get(sid)).is_some_and(|shown| *shown == (to, body))
    };
    for taken in taken {
        let stored = by_id.get(taken.id.as_str()).unwrap_or_else(|| panic!("nobody planned {taken:?}"));
        assert_recipient(taken, stored);
        assert_hours(taken);
        assert_status(taken, stored, arrived.get(&taken.id).map_or(&[], Vec::as_slice));
        assert!(is_one_of(stored, &taken.to, &taken.body), "another's id: {taken:?}");
    }
}

/// Each family has every text as often as it was meant for it: of two messages with the same words to
/// the same number nobody can say which one a gateway took, and the family does not care.
fn assert_once(taken: &[Taken], stored: &[StoredMessage]) {
    let mut owed: BTreeMap<(&str, &str), i32> = BTreeMap::new();
    for stored in stored {
        *owed.entry((&stored.message.to, &stored.message.text)).or_default() += 1;
    }
    for taken in taken {
        *owed.entry((&taken.to, &taken.body)).or_default() -= 1;
    }
    let ids = |to: &str, body: &str| {
        let alike = |stored: &&StoredMessage| stored.message.to == to && stored.message.text == body;
        let told =
            |stored: &StoredMessage| format!("{} {:?} {:?}", stored.message.id, stored.status, stored.provider_id);
        let kept: Vec<String> = stored.iter().filter(alike).map(told).collect();
        let took: Vec<_> = taken.iter().filter(|taken| taken.to == to && taken.body == body).collect();
        format!("{kept:?}, taken: {took:?}")
    };
    let wrong = |owes: fn(i32) -> bool| -> Vec<String> {
        owed.iter().filter(|(_, owed)| owes(**owed)).map(|((to, body), _)| ids(to, body)).collect()
    };
    let (lost, twice) = (wrong(|owed| owed > 0), wrong(|owed| owed < 0));
    assert!(lost.is_empty() && twice.is_empty(), "lost: {lost:#?}\nduplicated: {twice:#?}");
}

fn assert_recipient(taken: &Taken, stored: &StoredMessage) {
    // Cases are numbered in the order of the families' file.
    let family = usize::try_from(stored.case.0).unwrap() - 1;
    assert_eq!(taken.to, setting::relative(family), "wrong recipient: {taken:?}");
    assert_eq!(taken.body, stored.message.text, "other words: {taken:?}");
}

fn assert_hours(taken: &Taken) {
    assert!(setting::is_open(taken.at) || setting::is_open(taken.at - UNDER_WAY), "outside hours: {taken:?}");
    let last = taken.at + SignedDuration::from_secs(taken.validity_secs) - UNDER_WAY;
    assert!(
        setting::is_open(last) || setting::is_open(last - SignedDuration::from_millis(1)),
        "may be delivered at night: {taken:?}"
    );
}

fn assert_status(taken: &Taken, stored: &StoredMessage, words: &[&str]) {
    let told = |word| words.contains(&word);
    let wanted: &[MessageStatus] = if told("delivered") {
        &[MessageStatus::Delivered]
    } else if told("undelivered") {
        &[MessageStatus::Undelivered]
    } else if told("sent") {
        // On a slow machine a run may outlast the days within which the last word is waited for.
        &[MessageStatus::Sent, MessageStatus::Unconfirmed]
    } else {
        &[MessageStatus::Accepted, MessageStatus::Unconfirmed]
    };
    assert!(wanted.contains(&stored.status), "{taken:?} stands at {:?} after {words:?}", stored.status);
}
