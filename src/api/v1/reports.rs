//! Reports: the figures of the practice.

use schemars::JsonSchema;
use serde::Deserialize;
use wasl_core::access::Permission::ViewReports;

use super::call::Call;
use super::route::{Answered, Nothing, Reply, Route, get};
use crate::report::{self, PracticeReport};

/// The routes.
pub(super) fn routes() -> Vec<Route> {
    vec![get(
        "/reports/practice",
        ViewReports,
        "Give the figures of the practice for some days, month by month",
        practice,
    )]
}

/// Which days of which workflow are wanted.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    /// The workflow; the first by name unless given.
    workflow: Option<String>,
    /// The first day, such as `2026-01-01`; of the year of the last day unless given.
    from: Option<String>,
    /// The last day; today unless given.
    to: Option<String>,
}

async fn practice(call: Call<Wanted, Nothing>) -> Answered<PracticeReport> {
    let Wanted { workflow, from, to } = &call.query;
    let practice = report::practice(&call.session, workflow.as_deref(), from.as_deref(), to.as_deref()).await?;
    Ok(Reply::of(PracticeReport::of(&practice)))
}
