//! The tables as sea-orm knows them, one file per table; `migrations/` makes them.
//!
//! Private to the store: rows become values of the core at its border.

#![expect(unreachable_pub, reason = "the entity macros ask for `pub`; the module itself is private")]

pub(super) mod activations;
pub(super) mod api_keys;
pub(super) mod attempts;
pub(super) mod audit;
pub(super) mod call_tasks;
pub(super) mod case_words;
pub(super) mod cases;
pub(super) mod deceased;
pub(super) mod detection_files;
pub(super) mod detection_runs;
pub(super) mod drafts;
pub(super) mod events;
pub(super) mod gateways;
pub(super) mod held_answers;
pub(super) mod history;
pub(super) mod history_blocks;
pub(super) mod inbound_messages;
pub(super) mod leases;
pub(super) mod notifications;
pub(super) mod outbox_holds;
pub(super) mod password_links;
pub(super) mod receipts;
pub(super) mod records;
pub(super) mod rejected_records;
pub(super) mod report_cases;
pub(super) mod report_counts;
pub(super) mod report_progress;
pub(super) mod sessions;
pub(super) mod settings;
pub(super) mod suppression_changes;
pub(super) mod suppressions;
pub(super) mod users;
pub(super) mod views;
pub(super) mod webhook_attempts;
pub(super) mod webhook_deliveries;
pub(super) mod webhooks;
pub(super) mod workflow_versions;
