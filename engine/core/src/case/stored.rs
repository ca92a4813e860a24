//! How a timer lies in the store: every case has some, and every step writes them. What its derivation says already is left out.

use jiff::Timestamp;
use serde::ser::SerializeStruct;
use serde::{Deserialize, Serialize, Serializer};

use crate::calendar::Derivation;
use crate::value::ShortText;

/// A timer as it is read: with all its members, as they were written before 2026-11-28, or without those that say the same again.
#[derive(Deserialize)]
pub(super) struct Timer {
    name: ShortText,
    due: Option<Timestamp>,
    from: Option<Timestamp>,
    #[serde(default)]
    fired: u32,
    why: Derivation,
}

impl From<Timer> for super::Timer {
    fn from(Timer { name, due, from, fired, why }: Timer) -> Self {
        Self { name, due: due.unwrap_or(why.at), from: from.unwrap_or(why.start), fired, why }
    }
}

impl Serialize for super::Timer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { name, due, from, fired, why } = self;
        let mut timer = serializer.serialize_struct("Timer", 5)?;
        timer.serialize_field("name", name)?;
        if *due != why.at {
            timer.serialize_field("due", due)?;
        }
        if *from != why.start {
            timer.serialize_field("from", from)?;
        }
        if *fired > 0 {
            timer.serialize_field("fired", fired)?;
        }
        timer.serialize_field("why", why)?;
        timer.end()
    }
}

#[cfg(test)]
mod tests {
    use crate::case::Timer;

    /// As a timer was written before.
    const WHOLE: &str = r#"{"name":"after 1 hour","due":"2024-05-12T08:00:00Z","from":"2024-05-12T07:00:00Z","fired":0,
        "why":{"start":"2024-05-12T07:00:00Z","duration":"1 hour","at":"2024-05-12T08:00:00Z","zone":"UTC"}}"#;

    #[test]
    fn a_timer_says_nothing_twice_and_is_read_either_way() {
        let timer: Timer = serde_json::from_str(WHOLE).unwrap();
        let short = serde_json::to_string(&timer).unwrap();
        assert!(!short.contains("due") && !short.contains("from") && !short.contains("fired"), "{short}");
        assert_eq!(serde_json::from_str::<Timer>(&short).unwrap(), timer);
    }

    #[test]
    fn what_is_not_as_derived_is_kept() {
        let timer: Timer = serde_json::from_str(WHOLE).unwrap();
        let hour = jiff::SignedDuration::from_hours(1);
        let moved = Timer { due: timer.due + hour, from: timer.from - hour, fired: 2, ..timer };
        let stored = serde_json::to_string(&moved).unwrap();
        assert_eq!(serde_json::from_str::<Timer>(&stored).unwrap(), moved);
    }
}
