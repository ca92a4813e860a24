//! What the gateway's double took, as the judge asks for it.

use std::sync::Arc;

use jiff::Timestamp;
use wasl_core::delivery::Status;

use crate::faults::double::{self, Double};
use crate::faults::reports::Reports;

/// A message that the gateway took.
#[derive(Clone, Debug)]
pub(super) struct Taken {
    pub(super) id: String,
    pub(super) to: String,
    pub(super) text: String,
    pub(super) at: Timestamp,
    /// The last thing that the gateway says of it.
    pub(super) end: Status,
}

/// The gateway. Clones are the same one.
#[derive(Clone)]
pub(super) struct Gateway {
    pub(super) double: Arc<Double<Reports>>,
    pub(super) reports: Reports,
}

impl Gateway {
    pub(super) fn took(&self, id: &str) -> Option<Taken> {
        self.taken_since(0).into_iter().find(|taken| taken.id == id)
    }

    /// What it took after so many others, twice what it took twice.
    pub(super) fn taken_since(&self, count: usize) -> Vec<Taken> {
        self.double.taken().into_iter().skip(count).map(|taken| self.told(taken)).collect()
    }

    fn told(&self, taken: double::Taken) -> Taken {
        let words = self.reports.plan(&taken.id);
        let end = if words.contains(&"delivered") {
            Status::Delivered
        } else if words.contains(&"undelivered") {
            Status::Undelivered
        } else {
            Status::Sent
        };
        Taken { id: taken.id, to: taken.to, text: taken.body, at: taken.at, end }
    }
}
