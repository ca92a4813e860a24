//! The part of Wasl that decides: workflow definitions, the pure step, calendars, policy, messages.
//!
//! It does no IO, reads no clock and no environment and has no randomness; its manifest is the rule.

pub mod access;
pub mod bounds;
pub mod calendar;
pub mod case;
pub mod decode;
pub mod definition;
pub mod delivery;
pub mod describe;
pub mod diagnostic;
pub mod diagram;
pub mod diff;
pub mod duration;
pub mod effect;
pub mod event;
pub mod explain;
pub mod expr;
pub mod grammar;
pub mod history;
pub mod lang;
pub mod limits;
pub mod message;
pub mod policy;
pub mod proof;
pub mod report;
pub mod retention;
pub mod scenario;
pub mod schedule;
pub mod schema;
pub mod search;
pub mod source;
pub mod step;
pub mod tariff;
pub mod value;
pub mod webhook;
pub mod words;
pub mod yaml;
