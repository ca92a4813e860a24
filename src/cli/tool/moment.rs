//! Moments as people and programs write them.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// Reads RFC 3339, or a local time (`2024-05-12 09:00`, `2024-05-12`) in `zone`. A local time that a
/// change of clocks skips moves forward; one that comes twice means the first.
pub(crate) fn parse(text: &str, zone: &TimeZone) -> Result<Timestamp, String> {
    if let Ok(instant) = text.parse() {
        return Ok(instant);
    }
    let refuse = || format!("`{text}` is not a moment: write `2024-05-12 09:00` or `2024-05-12T09:00:00+03:00`");
    let local: DateTime = text.parse().map_err(|_| refuse())?;
    zone.to_ambiguous_timestamp(local).compatible().map_err(|_| refuse())
}

/// An instant in RFC 3339 with the offset of its zone.
pub(crate) fn rfc3339(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned_datetime(zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_times_and_instants_are_read() {
        let zone = wasl_core::calendar::zone("Asia/Bahrain").unwrap();
        for text in ["2024-05-12 09:00", "2024-05-12T09:00:00+03:00", "2024-05-12T06:00:00Z", "2024-05-12T09:00"] {
            assert_eq!(rfc3339(parse(text, &zone).unwrap(), &zone), "2024-05-12T09:00:00+03:00", "{text}");
        }
        assert_eq!(rfc3339(parse("2024-05-12", &zone).unwrap(), &zone), "2024-05-12T00:00:00+03:00");
        assert!(parse("next Sunday", &zone).unwrap_err().contains("2024-05-12 09:00"));
    }
}
