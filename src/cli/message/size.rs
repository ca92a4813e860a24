//! How a text travels as an SMS: alphabet, length, segments, and what makes it dear.

use serde_json::{Value as Json, json};
use wasl_core::message::segments;

use crate::output::{Screen, facts};

/// For people.
pub(super) fn words(text: &str, screen: Screen) -> String {
    let size = segments(text);
    let encoding = match size.forces_ucs2 {
        Some(sign) => format!(
            "UCS-2, {} `{sign}` (U+{:04X})",
            screen.pick("because GSM-7 has no", "لأن GSM-7 ليس فيها"),
            u32::from(sign)
        ),
        None => "GSM-7".to_owned(),
    };
    let length = format!(
        "{} ({} {}، {} {})",
        size.units,
        size.per_segment,
        screen.pick("fit in each segment", "في كل جزء"),
        size.left,
        screen.pick("left in the last", "بقيت في الأخير")
    );
    let length = if screen.lang() == "en" { length.replace('،', ",") } else { length };
    facts(&[
        (screen.pick("encoding", "الترميز"), encoding),
        (screen.pick("units", "الوحدات"), length),
        (screen.pick("segments", "الأجزاء"), size.segments.to_string()),
    ])
}

/// For programs.
pub(super) fn json(text: &str) -> Json {
    let size = segments(text);
    json!({
        "encoding": size.encoding.as_str(), "units": size.units, "segments": size.segments,
        "per_segment": size.per_segment, "left": size.left, "forces_ucs2": size.forces_ucs2.map(String::from),
    })
}
