//! What is proven of workflows, and that it is true.

mod big;
mod examples;
mod made_up;
mod shipped;
mod spans;
mod walks;

use crate::calendar::Calendar;

const BAHRAIN: &str = include_str!("../../../../../config/calendars/bahrain-government.yaml");

/// The shipped calendar.
fn bahrain() -> Calendar {
    Calendar::parse("bahrain-government.yaml", BAHRAIN).unwrap_or_else(|report| panic!("{}", report.render(false)))
}
