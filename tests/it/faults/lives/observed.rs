//! The rows of either store, read by the store itself while no daemon lives.

use std::collections::BTreeMap;

use tokio::runtime::Handle;
use wasl_core::case::{Case, CaseId};
use wasl_runtime::store::{CaseFilter, MessageFilter, Store, StoredEvent, StoredMessage, StoredTask, TaskFilter};

use super::rows::{CallRow, CaseRow, EntryRow, EventRow, MessageRow, Rows};

/// More than there are of anything.
const ALL: u32 = 10_000;

/// Looks at the store of a run.
pub(super) struct Observer {
    url: String,
    /// How many lines of each history have been seen.
    seen: BTreeMap<CaseId, usize>,
}

impl Observer {
    pub(super) const fn of(url: String) -> Self {
        Self { url, seen: BTreeMap::new() }
    }

    pub(super) fn look(&mut self) -> Rows {
        tokio::task::block_in_place(|| Handle::current().block_on(self.read()))
    }

    pub(super) fn messages(&self) -> Vec<MessageRow> {
        let read = async {
            let store = Store::open(&self.url).await.unwrap();
            let messages = messages(&store).await;
            store.close().await.unwrap();
            messages
        };
        tokio::task::block_in_place(|| Handle::current().block_on(read))
    }

    async fn read(&mut self) -> Rows {
        let store = Store::open(&self.url).await.unwrap();
        let mut rows = Rows { messages: messages(&store).await, ..Rows::default() };
        let tasks = store.tasks(&TaskFilter { limit: ALL, ..TaskFilter::default() }).await.unwrap();
        rows.calls = tasks.into_iter().map(call).collect();
        for case in store.cases(&CaseFilter { limit: ALL, ..CaseFilter::default() }).await.unwrap() {
            let events = store.events(case.id).await.unwrap();
            rows.cases.push(row(&case, &events));
            rows.events.extend(events.into_iter().map(event));
            let (seen, history) = (self.seen.entry(case.id).or_default(), store.history(case.id).await.unwrap());
            rows.entries.extend(history.iter().skip(*seen).map(|entry| EntryRow {
                case: case.id.0,
                at: entry.at.as_millisecond(),
                entry: serde_json::to_string(entry).unwrap(),
            }));
            *seen = history.len();
        }
        store.close().await.unwrap();
        rows
    }
}

async fn messages(store: &Store) -> Vec<MessageRow> {
    let stored = store.messages(&MessageFilter { limit: ALL, ..MessageFilter::default() }).await.unwrap();
    stored.iter().map(message).collect()
}

/// A case with events that it has not answered is due now, and otherwise when its own document says.
fn row(case: &Case, events: &[StoredEvent]) -> CaseRow {
    let asked = events.iter().any(|event| event.disposition.is_none());
    let wake_at = if asked { Some(i64::MIN) } else { case.wake_at().map(jiff::Timestamp::as_millisecond) };
    CaseRow {
        id: case.id.0,
        key: case.key.to_string(),
        version: i64::try_from(case.version).unwrap(),
        state: case.state.to_string(),
        visit: case.visit.into(),
        standing: case.standing.as_str().to_owned(),
        wake_at,
        opened_at: case.opened_at.as_millisecond(),
    }
}

fn event(stored: StoredEvent) -> EventRow {
    EventRow {
        id: stored.event.id,
        case: stored.case.0,
        source: stored.source,
        source_id: stored.source_id,
        at: stored.event.at.as_millisecond(),
        body: serde_json::to_string(&stored.event.body).unwrap(),
        disposition: stored.disposition.map(|became| became.as_str().to_owned()),
    }
}

fn message(stored: &StoredMessage) -> MessageRow {
    MessageRow {
        id: stored.message.id.to_string(),
        case: stored.case.0,
        template: stored.message.template.to_string(),
        to: stored.message.to.to_string(),
        status: stored.status.as_str().to_owned(),
        not_before: stored.message.not_before.as_millisecond(),
        next_attempt_at: stored.next_attempt_at.map(jiff::Timestamp::as_millisecond),
        lease_until: None,
        // The store does not show what is to become of a message that is under way.
        withdraw: Some(String::new()),
    }
}

fn call(stored: StoredTask) -> CallRow {
    CallRow {
        id: stored.task.id.to_string(),
        case: stored.case.0,
        to: stored.task.to.unwrap_or_default().to_string(),
        status: stored.status.as_str().to_owned(),
        not_before: stored.task.not_before.as_millisecond(),
    }
}
