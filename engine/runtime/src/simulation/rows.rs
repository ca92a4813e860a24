//! The rows of a database as the judge reads them, whoever fetched them.

/// A case.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct CaseRow {
    pub(crate) id: i64,
    pub(crate) key: String,
    pub(crate) version: i64,
    pub(crate) state: String,
    pub(crate) visit: i64,
    pub(crate) standing: String,
    pub(crate) wake_at: Option<i64>,
    pub(crate) opened_at: i64,
}

/// An event.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct EventRow {
    pub(crate) id: i64,
    pub(crate) case: i64,
    pub(crate) source: String,
    pub(crate) source_id: String,
    pub(crate) at: i64,
    pub(crate) body: String,
    pub(crate) disposition: Option<String>,
}

/// A message.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct MessageRow {
    pub(crate) id: String,
    pub(crate) case: i64,
    pub(crate) template: String,
    pub(crate) to: String,
    pub(crate) status: String,
    pub(crate) not_before: i64,
    pub(crate) next_attempt_at: Option<i64>,
    pub(crate) lease_until: Option<i64>,
    pub(crate) withdraw: Option<String>,
}

/// A call.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct CallRow {
    pub(crate) id: String,
    pub(crate) case: i64,
    pub(crate) to: String,
    pub(crate) status: String,
    pub(crate) not_before: i64,
}

/// A line of a history.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct EntryRow {
    pub(crate) case: i64,
    pub(crate) at: i64,
    pub(crate) entry: String,
}

/// An answer that waits.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct HeldRow {
    pub(crate) task: String,
    pub(crate) submit_at: i64,
    pub(crate) refused: Option<String>,
}

/// Everything, in the order of ids; of the histories what is new since the last look.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Rows {
    pub(crate) cases: Vec<CaseRow>,
    pub(crate) events: Vec<EventRow>,
    pub(crate) messages: Vec<MessageRow>,
    pub(crate) calls: Vec<CallRow>,
    pub(crate) entries: Vec<EntryRow>,
    pub(crate) held: Vec<HeldRow>,
}
