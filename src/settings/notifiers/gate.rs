//! What may be set of every gateway, whatever its kind: how fast it is spoken to, when it rests, who
//! stands in for it, where it is hosted.

use jiff::SignedDuration;
use wasl_core::decode::{Decoder, Word};
use wasl_core::diagnostic::Code;
use wasl_core::grammar::{BREAKER, GATE};
use wasl_core::yaml::Node;
use wasl_runtime::engine::{BreakerLimits, Gate, Rate};

use super::Price;
use crate::settings::decode::{read_count, read_time};

/// More is not a limit any more.
const RATE_MAX: u32 = 10_000;

/// The gate of a section and what else is the same for every kind.
#[derive(Debug, Default)]
pub(super) struct Common {
    pub(super) gate: Gate,
    pub(super) fallback: Option<Word>,
    pub(super) hosted_in: Option<String>,
    pub(super) price_per_segment: Option<Price>,
}

/// Reads those keys of a section that are the same for every kind.
pub(super) fn read(decoder: &mut Decoder<'_>, entries: &[(Word, &Node)]) -> Common {
    let mut common = Common::default();
    for (key, node) in entries {
        match key.text.as_str() {
            "fallback" => common.fallback = decoder.word(node, "the name of another section"),
            "rate" => common.gate.rate = read_rate(decoder, node),
            "concurrency" => {
                let concurrency = read_count(decoder, node, "concurrency", &GATE);
                common.gate.concurrency = concurrency.and_then(|count| usize::try_from(count).ok());
            }
            "breaker" => common.gate.breaker = read_breaker(decoder, node),
            "confirm_within" => {
                let within = read_time(decoder, node, "`confirm_within`");
                common.gate.confirm_within = within.unwrap_or(common.gate.confirm_within);
            }
            "hosted_in" => common.hosted_in = read_country(decoder, node),
            "price_per_segment" => common.price_per_segment = read_price(decoder, node),
            _ => {}
        }
    }
    common
}

fn read_breaker(decoder: &mut Decoder<'_>, node: &Node) -> BreakerLimits {
    let mut limits = BreakerLimits::default();
    let [failures, rest] = decoder.mapping(node, "`breaker`", &BREAKER);
    if let Some(failures) = failures.and_then(|node| read_count(decoder, node, "failures", &BREAKER)) {
        limits.failures = failures;
    }
    if let Some(rest) = rest.and_then(|node| read_time(decoder, node, "`rest`")) {
        limits.rest = rest;
    }
    limits
}

fn read_rate(decoder: &mut Decoder<'_>, node: &Node) -> Option<Rate> {
    let word = decoder.word(node, "a rate")?;
    let rate = parse_rate(&word.text);
    if rate.is_none() {
        let message = format!("`rate` is a number of messages up to {RATE_MAX} in a second, minute or hour");
        let help = Some("write for example `10 per second` or `300 per minute`".into());
        decoder.error_with(Code::BadValue, word.span, message, help);
    }
    rate
}

fn parse_rate(text: &str) -> Option<Rate> {
    let mut words = text.split_whitespace();
    let messages = words.next()?.parse().ok().filter(|messages| (1..=RATE_MAX).contains(messages))?;
    let (Some("per"), Some(unit), None) = (words.next(), words.next(), words.next()) else { return None };
    let per = match unit {
        "second" => SignedDuration::from_secs(1),
        "minute" => SignedDuration::from_mins(1),
        "hour" => SignedDuration::from_hours(1),
        _ => return None,
    };
    Some(Rate { messages, per })
}

fn read_price(decoder: &mut Decoder<'_>, node: &Node) -> Option<Price> {
    let word = decoder.word(node, "a price")?;
    let price = Price::parse(&word.text);
    if price.is_none() {
        let message = "`price_per_segment` is a sum with up to six digits after the point, and a currency (ISO 4217)";
        decoder.error_with(Code::BadValue, word.span, message, Some("write for example `0.012 BHD`".into()));
    }
    price
}

fn read_country(decoder: &mut Decoder<'_>, node: &Node) -> Option<String> {
    let word = decoder.word(node, "a country (two letters)")?;
    if word.text.len() == 2 && word.text.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return Some(word.text);
    }
    let message = "`hosted_in` must be a country's two capital letters (ISO 3166-1)";
    decoder.error_with(Code::BadValue, word.span, message, Some("write for example `BH`".into()));
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_a_number_of_messages_in_a_time() {
        for (text, expected) in [
            ("10 per second", Some((10, 1))),
            (" 300  per minute ", Some((300, 60))),
            ("1 per hour", Some((1, 3_600))),
            ("10000 per hour", Some((10_000, 3_600))),
            ("0 per second", None),
            ("-1 per second", None),
            ("10001 per second", None),
            ("10", None),
            ("10 per day", None),
            ("10 per second each", None),
            ("10/second", None),
            ("", None),
        ] {
            let read = parse_rate(text).map(|rate| (rate.messages, rate.per.as_secs()));
            assert_eq!(read, expected, "{text}");
        }
    }
}
