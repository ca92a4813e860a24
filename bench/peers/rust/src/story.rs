//! What every peer in Rust tells of the same cases: the states, what a case is about, and the texts.
//!
//! Shared with the folder `duroxide`.

/// What a case passes through.
pub const STATES: [&str; 5] = ["detection", "first_call", "follow_up_sms", "escalation", "transfer_done"];

/// What a case is about.
#[derive(Clone, Debug)]
pub struct Facts {
    pub file: String,
    pub mobile: String,
    pub monthly_kwh: i32,
}

impl Facts {
    pub fn of(case: i64) -> Self {
        let monthly_kwh = i32::try_from(case % 5_000).unwrap_or_default();
        Self { file: format!("F-{case:08}"), mobile: format!("+97333{:06}", case % 1_000_000), monthly_kwh }
    }
}

/// The text that is written on entering a state.
pub fn text(state: usize, file: &str) -> Option<String> {
    match STATES.get(state).copied() {
        Some("follow_up_sms") => Some(format!("We tried to reach you. Please ring 17 000 000 and say {file}.")),
        Some("escalation") => Some(format!("A colleague will ring you about {file}. You need not do anything.")),
        Some("transfer_done") => Some(format!("It is done; {file} is closed. Thank you.")),
        _ => None,
    }
}
