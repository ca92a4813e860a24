//! Every column of the database and what it says of people, in one place: the erasing follows it, and a test fails for a
//! column that is not in it.

use wasl_core::retention::{GONE, Stage};

use super::retention::something_waits;

/// What becomes of what a column says of people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    /// A sign stands in its place, where there was something.
    Gone,
    /// It is empty.
    Empty,
    /// It is absent.
    Absent,
    /// The row goes.
    Dropped,
    /// Code takes it out of the document, or puts a pseudonym in its place ([`super::erase`]).
    Rewritten,
    /// It goes by its age, whatever case it may belong to ([`super::loose`]).
    ByAge,
}

/// By what the rows of a table belong to a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Of {
    /// A column with its number.
    Case(&'static str),
    /// The message to which they belong.
    Message,
    /// None, or none that could be told.
    None,
}

/// A table: its columns by what they say.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(not(test), expect(dead_code, reason = "a test asks whether every column is among them"))]
pub(super) struct Table {
    pub(super) name: &'static str,
    pub(super) of: Of,
    /// What was written and said.
    pub(super) texts: &'static [(&'static str, How)],
    /// Who it was.
    pub(super) people: &'static [(&'static str, How)],
    /// Of people, and kept: why, beside the table below.
    pub(super) kept: &'static [&'static str],
    /// Of those who work here, who are no families; theirs go with their accounts.
    pub(super) staff: &'static [&'static str],
    /// Of nobody: numbers, times, codes, names of workflows and states, digests.
    pub(super) nobody: &'static [&'static str],
}

const TABLE: Table = Table { name: "", of: Of::None, texts: &[], people: &[], kept: &[], staff: &[], nobody: &[] };

use How::{Absent, ByAge, Dropped, Empty, Gone, Rewritten};
use Of::{Case, Message};

/// All of them.
#[rustfmt::skip]
pub(super) const TABLES: &[Table] = &[
    Table { name: "activations", staff: &["by", "note"], nobody: &["id", "workflow", "hash", "at"], ..TABLE },
    Table { name: "api_keys", staff: &["created_by"],
            nobody: &["id", "name", "token", "scopes", "created_at", "expires_at", "used_at", "revoked_at"], ..TABLE },
    // The gateways' own words are not among them: notifiers say in words of ours what went wrong.
    Table { name: "attempts",
            nobody: &["notification_id", "fence", "attempt", "started_at", "ended_at", "result", "code", "message", "notifier"],
            ..TABLE },
    // Hashed into a chain, and therefore without anything that would have to be erased: ids only.
    Table { name: "audit", staff: &["who"], nobody: &["id", "at", "act", "case_id", "subject", "hash"], ..TABLE },
    Table { name: "call_tasks", of: Case("case_id"),
            texts: &[("words", Gone), ("note", Gone), ("reason", Gone)],
            people: &[("to_address", Gone), ("to_name", Gone), ("relation", Gone), ("person", Empty)],
            staff: &["claimed_by", "answered_by", "promised_by"],
            nobody: &["id", "case_id", "queue", "priority", "state", "language", "script", "outcomes", "attempt", "planned_at",
                      "not_before", "due", "why", "keep", "status", "rule", "claim_expires", "outcome", "answered_at",
                      "at_risk", "urgency", "turn"], ..TABLE },
    // All but the reference, by which a case is found as long as there is one.
    Table { name: "case_words", of: Case("case_id"), people: &[("word", Rewritten)], nobody: &["case_id"], ..TABLE },
    // Only cases that are over are erased: no reason of an operator stands in `standing_detail` any more.
    Table { name: "cases", of: Case("id"),
            texts: &[("progress", Rewritten)],
            people: &[("data", Rewritten), ("case_key", Rewritten), ("household", Rewritten)],
            nobody: &["id", "reference", "workflow", "workflow_hash", "version", "state", "visit", "standing", "standing_detail",
                      "outcome", "wake_at", "opened_at", "state_since", "closed_at", "texts_erased_at", "people_erased_at",
                      "kept"], ..TABLE },
    Table { name: "counters", nobody: &["name", "value"], ..TABLE },
    // Whoever is dead is contacted by no case, also when nothing else is known of them any more.
    Table { name: "deceased", of: Case("case_id"), people: &[("identity", Rewritten)],
            nobody: &["case_id", "at", "withdrawn_at"], ..TABLE },
    Table { name: "detection_files", nobody: &["detection", "source", "hash", "path", "run", "at"], ..TABLE },
    Table { name: "detection_runs", nobody: &["id", "detection", "started_at", "finished_at", "summary"], ..TABLE },
    Table { name: "drafts",
            staff: &["authors", "begun_by", "changed_by", "submitted_by", "note", "decided_by", "reason"],
            nobody: &["id", "workflow", "base", "bundle", "version", "status", "begun_at", "changed_at", "submitted_at",
                      "decided_at", "hash"], ..TABLE },
    Table { name: "events", of: Case("case_id"), texts: &[("body", Rewritten), ("disposition_detail", Rewritten)],
            staff: &["by"],
            nobody: &["id", "case_id", "source", "source_id", "at", "name", "disposition", "settled_at"], ..TABLE },
    Table { name: "gateways", nobody: &["name", "rests_until", "why", "noted_at"], ..TABLE },
    Table { name: "held_answers", of: Case("case_id"),
            texts: &[("answers", Dropped), ("note", Dropped), ("refused", Dropped)],
            staff: &["agent"], nobody: &["task_id", "case_id", "outcome", "held_at", "submit_at"], ..TABLE },
    Table { name: "history", of: Case("case_id"), texts: &[("entry", Rewritten)], nobody: &["id", "case_id", "at"], ..TABLE },
    Table { name: "history_blocks", nobody: &["first", "past", "emptied_at"], ..TABLE },
    Table { name: "inbound_messages", of: Case("case_id"),
            texts: &[("text", Gone), ("raw", Gone)], people: &[("from_address", Gone), ("to_address", Gone)],
            staff: &["assigned_by"],
            nobody: &["id", "notifier", "provider_id", "channel", "keyword", "received_at", "seen", "case_id", "candidates",
                      "assigned_at"], ..TABLE },
    Table { name: "leases", nobody: &["name", "holder", "until"], ..TABLE },
    Table { name: "notifications", of: Case("case_id"),
            texts: &[("text", Gone), ("subject", Gone), ("reason", Gone)],
            people: &[("to_address", Gone), ("to_name", Gone), ("person", Empty), ("unsubscribe", Absent)],
            nobody: &["id", "case_id", "channel", "state", "template", "language", "segments", "status", "planned_at",
                      "not_before", "expires", "keep", "why", "rule", "withdraw", "notifier", "provider_id", "attempts", "fence",
                      "lease_until", "lease_holder", "next_attempt_at", "sent_at", "settled_at", "code", "only_by", "confirm_by",
                      "on_uncertain", "tried_at"], ..TABLE },
    Table { name: "outbox_holds", staff: &["reason", "held_by", "released_by"],
            nobody: &["id", "scope", "name", "held_at", "released_at"], ..TABLE },
    Table { name: "password_links", nobody: &["token", "user_id", "expires_at"], ..TABLE },
    // What a gateway sent is of no use once its time is over, whatever became of the case.
    Table { name: "receipts", of: Message, texts: &[("raw", Gone)],
            nobody: &["id", "dedupe", "notification_id", "notifier", "provider_id", "provider_status", "status", "code",
                      "bad_address", "received_at", "seen"], ..TABLE },
    Table { name: "records", nobody: &["detection", "row_hash", "run", "file", "line", "result", "case_id"], ..TABLE },
    Table { name: "rejected_records", people: &[("given", ByAge), ("problems", ByAge)], staff: &["corrected_by"],
            nobody: &["detection", "row_hash", "run", "file", "line", "corrected_to", "corrected_at", "result",
                      "case_id", "values_erased"], ..TABLE },
    Table { name: "report_cases", nobody: &["case_id", "workflow", "counts"], ..TABLE },
    Table { name: "report_counts", nobody: &["workflow", "grain", "figure", "day", "part", "value", "number"], ..TABLE },
    Table { name: "report_progress", nobody: &["name", "basis", "history_id", "event_id", "recounted", "counted_at"], ..TABLE },
    Table { name: "schema_migrations", nobody: &["number", "name", "checksum", "applied_at"], ..TABLE },
    Table { name: "sessions", staff: &["address"],
            nobody: &["id", "token", "user_id", "created_at", "seen_at", "expires_at"], ..TABLE },
    Table { name: "settings", nobody: &["key", "value", "changed_at"], ..TABLE },
    // Whoever asked us to stop has asked for it for good: the address has to stay for as long as the wish stands. What a case
    // listed of itself becomes a pseudonym with the case.
    Table { name: "suppressions", texts: &[("note", ByAge)], kept: &["address"], staff: &["by"],
            nobody: &["channel", "reason", "source", "at"], ..TABLE },
    Table { name: "suppression_changes", texts: &[("note", ByAge)], people: &[("address", ByAge)], staff: &["by"],
            nobody: &["id", "at", "change", "channel", "reason", "source"], ..TABLE },
    Table { name: "users", staff: &["name", "full_name", "issuer", "subject"],
            nobody: &["id", "roles", "language", "password", "created_at", "disabled_at"], ..TABLE },
    Table { name: "views", staff: &["owner", "name", "query"], nobody: &["id", "shared", "saved_at"], ..TABLE },
    Table { name: "webhook_attempts", nobody: &["id", "delivery_id", "at", "took_ms", "status", "problem"], ..TABLE },
    Table { name: "webhook_deliveries", of: Case("case_id"), people: &[("body", Rewritten)], staff: &["skipped_by"],
            nobody: &["id", "webhook_id", "notice", "case_id", "topic", "planned_at", "attempts", "next_at", "settled_at"],
            ..TABLE },
    Table { name: "webhooks", staff: &["created_by"],
            nobody: &["id", "name", "url", "secret", "topics", "workflows", "fields", "created_at", "stopped_at",
                      "stopped_because"], ..TABLE },
    Table { name: "workflow_versions", nobody: &["id", "workflow", "hash", "bundle", "created_at"], ..TABLE },
];

impl Table {
    /// What a stage takes of it.
    pub(super) fn erased_by(&self, stage: Stage) -> impl Iterator<Item = &(&'static str, How)> {
        let people = if stage == Stage::People { self.people } else { &[] };
        self.texts.iter().chain(people)
    }

    /// The statement that erases a stage of these cases, given as numbers with commas between them; `None` where nothing
    /// is to be done, or only by code.
    pub(super) fn erasing(&self, stage: Stage, cases: &str) -> Option<String> {
        let of_them = match self.of {
            Of::Case(column) => format!("{column} IN ({cases})"),
            Of::Message => format!("notification_id IN (SELECT id FROM notifications WHERE case_id IN ({cases}))"),
            Of::None => return None,
        };
        if self.erased_by(stage).any(|(_, how)| *how == Dropped) {
            return Some(format!("DELETE FROM {} WHERE {of_them}", self.name));
        }
        let changes: Vec<String> = self.erased_by(stage).filter_map(|(column, how)| change(column, *how)).collect();
        let not_now = match self.name {
            // What is being sent at this moment is erased when its case hears what became of it.
            "notifications" => " AND status <> 'sending'".to_owned(),
            // Of a letter that nobody has read yet the event has only the beginning; the case is due again when it is read.
            "inbound_messages" if stage == Stage::Texts => {
                format!(" AND NOT {}", something_waits("inbound_messages.case_id"))
            }
            _ => String::new(),
        };
        (!changes.is_empty())
            .then(|| format!("UPDATE {} SET {} WHERE {of_them}{not_now}", self.name, changes.join(", ")))
    }
}

fn change(column: &str, how: How) -> Option<String> {
    match how {
        Gone => Some(format!("{column} = CASE WHEN {column} IS NULL THEN NULL ELSE '{GONE}' END")),
        Empty => Some(format!("{column} = ''")),
        Absent => Some(format!("{column} = NULL")),
        Dropped | Rewritten | ByAge => None,
    }
}
