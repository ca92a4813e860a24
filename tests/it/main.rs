//! End to end: the real store, the real files, the real protocols. One binary, so that it links once.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on says so")]

mod access;
mod acting;
mod administration;
mod answers;
mod api;
mod corrections;
mod crash;
mod drafts;
mod editing;
mod editors;
mod email;
mod faults;
mod formatting;
mod gateway;
mod gateways;
mod household;
mod inbound;
mod kannel;
mod newcomer;
mod oidc;
mod openapi;
mod outbox;
mod points;
mod program;
mod reading;
mod refusals;
mod reports;
mod restoring;
mod retention;
mod scenarios;
mod starting;
mod support;
mod terminal;
mod tidy;
mod trouble;
mod twilio;
mod webhooks;
mod withdrawal;
mod year;
