//! How a text travels as an SMS: alphabet, length, segments, and what makes it dear.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};
use wasl_core::message::{dear, segments};

use crate::output::{Screen, facts};
use crate::settings::Price;

/// What is known of the cost: the price of a segment, and how many are billed where the gateway has said so.
#[derive(Clone, Copy, Default)]
pub(super) struct Cost<'a> {
    pub(super) price: Option<&'a Price>,
    pub(super) billed: Option<u32>,
}

/// For people.
pub(super) fn words(text: &str, cost: Cost<'_>, screen: Screen) -> String {
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
    let mut rows = vec![
        (screen.pick("encoding", "الترميز"), encoding),
        (screen.pick("units", "الوحدات"), length),
        (screen.pick("segments", "الأجزاء"), size.segments.to_string()),
    ];
    let twice: Vec<String> = dear(text).iter().map(|(sign, times)| format!("`{sign}` ×{times}")).collect();
    if !twice.is_empty() {
        rows.push((screen.pick("cost two units", "بوحدتين"), twice.join(", ")));
    }
    if let Some(price) = cost.price {
        let billed = cost.billed.unwrap_or(size.segments);
        let total = format!("{billed} × {} = {}", price.times(1), price.times(billed));
        rows.push((screen.pick("price", "الثمن"), total));
    }
    facts(&rows)
}

/// For programs.
pub(super) fn json(text: &str, cost: Cost<'_>) -> Json {
    let size = segments(text);
    json!({
        "encoding": size.encoding.as_str(), "units": size.units, "segments": size.segments,
        "per_segment": size.per_segment, "left": size.left, "forces_ucs2": size.forces_ucs2.map(String::from),
        "cost_two_units": dear(text).iter().map(|(sign, times)| (sign.to_string(), *times)).collect::<BTreeMap<_, _>>(),
        "price": cost.price.map(|price| price.times(cost.billed.unwrap_or(size.segments)).to_string()),
    })
}
