//! Proves what can only be said about a whole workflow: that no case is stuck, turns for ever or is
//! told something that cannot be put into words.
//!
//! Single values were checked when they were read ([`super::decode`]).

mod bounds;
mod contacts;
mod disclosure;
mod graph;
mod outcomes;
pub(crate) mod samples;
mod texts;

use std::ops::Range;

pub(super) use bounds::bounds;
pub(super) use contacts::contacts;
pub(super) use disclosure::disclosure;
pub(super) use graph::graph;
pub(super) use outcomes::outcomes;
pub(super) use texts::{Texts, texts};

/// An event that a state (none: `anywhere`) takes, with its place.
pub(super) type Taken<'a> = (Option<usize>, &'a str, Range<usize>);
