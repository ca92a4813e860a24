//! `tool segments`.

use serde_json::{Value as Json, json};
use wasl_core::message::segments;

use super::{Reply, lines};
use crate::output::facts;

/// Counts a text.
pub(super) fn answer(question: &Json) -> Result<Reply, String> {
    let count = segments(lines::text(question, "text")?);
    let json = json!({
        "encoding": count.encoding.as_str(),
        "segments": count.segments,
        "units": count.units,
        "per_segment": count.per_segment,
        "forces_ucs2": count.forces_ucs2.map(String::from),
    });
    let because = match count.forces_ucs2 {
        Some(sign) => format!("ucs2, because GSM-7 has no `{sign}` (U+{:04X})", u32::from(sign)),
        None => "gsm7".to_owned(),
    };
    let text = facts(&[
        ("encoding", because),
        ("segments", count.segments.to_string()),
        ("units", format!("{}, {} in each segment, {} left in the last", count.units, count.per_segment, count.left)),
    ]);
    Ok(Reply { text, json })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_counted() {
        let reply = answer(&json!("hello")).unwrap();
        assert_eq!(
            reply.json,
            json!({"encoding": "gsm7", "segments": 1, "units": 5, "per_segment": 160, "forces_ucs2": null})
        );
        let reply = answer(&json!({"text": "م".repeat(71)})).unwrap();
        assert_eq!(
            reply.json,
            json!({"encoding": "ucs2", "segments": 2, "units": 71, "per_segment": 67, "forces_ucs2": "م"})
        );
        assert!(reply.text.contains("because GSM-7 has no `م` (U+0645)"), "{}", reply.text);
    }
}
