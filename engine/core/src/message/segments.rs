//! How many SMS segments a text takes: encoding, units and parts.
//!
//! The rule is the standard's (3GPP TS 23.038 for the alphabet, TS 23.040 for joined messages): a
//! segment carries 140 octets, six of which name the part when there are several. What a gateway
//! bills is its own affair: its `num_segments` is the truth about money, this is the forecast.

use std::collections::BTreeMap;

use serde::Serialize;

/// The alphabet in which an SMS travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Encoding {
    /// Seven bits for each character of the GSM default alphabet; 14 for its extension table.
    Gsm7,
    /// Sixteen bits for each UTF-16 code unit. Any Arabic letter, digit or comma brings it about.
    Ucs2,
}

impl Encoding {
    /// The name in reports: `gsm7` or `ucs2`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Gsm7 => "gsm7",
            Self::Ucs2 => "ucs2",
        }
    }

    /// Units in a message of one segment: 140 octets.
    pub fn units_alone(self) -> u32 {
        match self {
            Self::Gsm7 => 160,
            Self::Ucs2 => 70,
        }
    }

    /// Units in each segment of several: 140 octets less the six of the part header.
    pub fn units_joined(self) -> u32 {
        match self {
            Self::Gsm7 => 153,
            Self::Ucs2 => 67,
        }
    }

    /// What one character costs, which is also what may not be split over two segments.
    fn units_of(self, character: char) -> u32 {
        match self {
            Self::Gsm7 => septets(character).unwrap_or(0),
            Self::Ucs2 if u32::from(character) > 0xFFFF => 2,
            Self::Ucs2 => 1,
        }
    }
}

/// The size of a text as an SMS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Segments {
    /// The alphabet.
    pub encoding: Encoding,
    /// The length of the text: septets in GSM-7, UTF-16 code units in UCS-2.
    pub units: u32,
    /// The number of segments, at least 1.
    pub segments: u32,
    /// Units that fit into each segment at this length (160 or 153; 70 or 67).
    pub per_segment: u32,
    /// Units that can still be added before one more segment is needed.
    pub left: u32,
    /// The first character that GSM-7 does not have.
    pub forces_ucs2: Option<char>,
}

/// Counts a text as handsets and networks do.
///
/// An escape pair (`[`, `€` …) and a surrogate pair stay whole, so a segment may end with one unit
/// unused and plain division would be wrong at the edges. An empty text is one segment.
pub fn segments(text: &str) -> Segments {
    let mut forces_ucs2 = None;
    let in_gsm7 = text.chars().try_fold(0_u32, |sum, character| {
        let units = septets(character);
        forces_ucs2 = units.is_none().then_some(character);
        Some(sum.saturating_add(units?))
    });
    let encoding = if in_gsm7.is_some() { Encoding::Gsm7 } else { Encoding::Ucs2 };
    let in_ucs2 = || text.chars().fold(0_u32, |sum, character| sum.saturating_add(encoding.units_of(character)));
    let units = in_gsm7.unwrap_or_else(in_ucs2);

    let alone = encoding.units_alone();
    if units <= alone {
        return Segments { encoding, units, segments: 1, per_segment: alone, left: alone - units, forces_ucs2 };
    }
    let per_segment = encoding.units_joined();
    let (mut segments, mut used) = (1_u32, 0_u32);
    for character in text.chars() {
        let cost = encoding.units_of(character);
        if used + cost > per_segment {
            segments = segments.saturating_add(1);
            used = 0;
        }
        used += cost;
    }
    Segments { encoding, units, segments, per_segment, left: per_segment - used, forces_ucs2 }
}

/// Characters of a text that cost two units each, with how often they stand in it: `€`, `[` in GSM-7, signs beyond the
/// first plane in UCS-2.
pub fn dear(text: &str) -> BTreeMap<char, u32> {
    let encoding = segments(text).encoding;
    let mut dear = BTreeMap::new();
    for character in text.chars().filter(|character| encoding.units_of(*character) > 1) {
        *dear.entry(character).or_default() += 1;
    }
    dear
}

/// Septets of a character in the GSM default alphabet (1) or its extension table (2).
pub(super) fn septets(character: char) -> Option<u32> {
    const LETTERS: &str = "£¥èéùìòÇØøÅåΔΦΓΛΩΠΨΣΘΞÆæßÉ¤¡ÄÖÑÜ§¿äöñüà";
    match character {
        '^' | '{' | '}' | '\\' | '[' | ']' | '~' | '|' | '€' | '\u{c}' => Some(2),
        '`' => None,
        ' '..='~' | '\n' | '\r' => Some(1),
        _ if LETTERS.contains(character) => Some(1),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn arabic(count: usize) -> String {
        "ب".repeat(count)
    }

    #[track_caller]
    fn check(text: &str, encoding: Encoding, units: u32, count: u32) {
        let sized = segments(text);
        assert_eq!((sized.encoding, sized.units, sized.segments), (encoding, units, count), "{text:?}");
    }

    #[test]
    fn what_costs_two_units_is_counted_by_sign() {
        assert_eq!(dear("[5 €, 6 €]"), BTreeMap::from([('[', 1), ('€', 2), (']', 1)]));
        assert_eq!(dear("م [5] 🌙"), BTreeMap::from([('🌙', 1)]), "in UCS-2 a bracket is one unit");
        assert_eq!(dear("Good day"), BTreeMap::new());
    }

    #[test]
    fn public_oracles_are_followed_where_the_standard_agrees_with_them() {
        let a = |count| "a".repeat(count);
        check(&format!("{}[{}", a(152), a(152)), Encoding::Gsm7, 306, 3);
        check(&format!("{}[", a(304)), Encoding::Gsm7, 306, 2);
        check(&format!("{}😀{}", arabic(66), arabic(66)), Encoding::Ucs2, 134, 3);
        check(&format!("{}ب\u{64b}{}", arabic(66), arabic(66)), Encoding::Ucs2, 134, 2);
        check(&arabic(134), Encoding::Ucs2, 134, 2);
        check(&arabic(135), Encoding::Ucs2, 135, 3);
    }

    #[test]
    fn segments_fill_at_the_standard_boundaries() {
        for (units, count) in
            [(0, 1), (1, 1), (153, 1), (160, 1), (161, 2), (306, 2), (307, 3), (459, 3), (460, 4), (1530, 10)]
        {
            check(&"a".repeat(units as usize), Encoding::Gsm7, units, count);
        }
        for (units, count) in [(1, 1), (67, 1), (70, 1), (71, 2), (134, 2), (135, 3), (201, 3), (202, 4), (268, 4)] {
            check(&arabic(units as usize), Encoding::Ucs2, units, count);
        }
    }

    #[test]
    fn an_extension_character_costs_two_and_stays_whole() {
        for character in "^{}\\[~]|€\u{c}".chars() {
            check(&character.to_string(), Encoding::Gsm7, 2, 1);
            check(&format!("{}{character}", "a".repeat(158)), Encoding::Gsm7, 160, 1);
            check(&format!("{}{character}", "a".repeat(159)), Encoding::Gsm7, 161, 2);
            check(&format!("{}{character}{}", "a".repeat(151), "a".repeat(153)), Encoding::Gsm7, 306, 2);
            check(&format!("{}{character}{}", "a".repeat(152), "a".repeat(152)), Encoding::Gsm7, 306, 3);
        }
    }

    #[test]
    fn a_surrogate_pair_costs_two_and_stays_whole() {
        check(&format!("{}😀", arabic(68)), Encoding::Ucs2, 70, 1);
        check(&format!("{}😀", arabic(69)), Encoding::Ucs2, 71, 2);
        check(&format!("{}😀{}", arabic(65), arabic(67)), Encoding::Ucs2, 134, 2);
        check(&"😀".repeat(67), Encoding::Ucs2, 134, 3);
    }

    #[test]
    fn the_whole_default_alphabet_is_gsm7() {
        let alphabet = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?\
                        ¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
        assert_eq!(alphabet.chars().count(), 127, "the 128 places without the escape");
        check(alphabet, Encoding::Gsm7, 127, 1);
    }

    #[test]
    fn the_first_foreign_character_is_named() {
        for (text, foreign) in [
            ("Thank you", None),
            ("It’s “quoted”", Some('’')),
            ("call 1٠", Some('٠')),
            ("tab\there", Some('\t')),
            ("`", Some('`')),
            ("ç is not Ç", Some('ç')),
            ("السلام", Some('ا')),
            ("a، b", Some('،')),
        ] {
            assert_eq!(segments(text).forces_ucs2, foreign, "{text}");
        }
    }

    #[test]
    fn left_says_how_much_still_fits() {
        assert_eq!(segments("").left, 160);
        assert_eq!(segments(&"a".repeat(161)).left, 306 - 161);
        assert_eq!(segments(&arabic(70)).left, 0);
        assert_eq!(segments(&arabic(71)).left, 134 - 71);
    }

    proptest! {
        #[test]
        fn any_text_fits_into_its_segments(text in "(?s).{0,600}") {
            let sized = segments(&text);
            prop_assert!(sized.segments >= 1);
            prop_assert!(sized.segments * sized.per_segment >= sized.units + sized.left);
            prop_assert_eq!(sized.encoding == Encoding::Ucs2, sized.forces_ucs2.is_some());
            // Whole characters waste at most one unit in each segment but the last.
            prop_assert!(sized.units + sized.left + sized.segments > sized.segments * sized.per_segment);
        }

        #[test]
        fn ucs2_units_are_utf16_code_units(text in "ب.{0,200}") {
            prop_assert_eq!(segments(&text).units as usize, text.encode_utf16().count());
        }

        #[test]
        fn text_that_still_fits_takes_no_further_segment(text in "[a-zب]{0,400}") {
            let sized = segments(&text);
            let more = if sized.encoding == Encoding::Ucs2 { "ب" } else { "a" };
            let filled = format!("{text}{}", more.repeat(sized.left as usize));
            prop_assert_eq!(segments(&filled).segments, sized.segments);
            prop_assert_eq!(segments(&format!("{filled}{more}")).segments, sized.segments + 1);
        }
    }
}
