//! Bahrain's numbering plan, carried by ourselves: almost every number that Wasl meets is of it, and to ask Google's
//! metadata even once costs more than everything else that a short command does.
//!
//! Only ranges that have been given out are answered here; a test holds each of them to the metadata. Whatever else is
//! asked (other countries, ranges that nobody has, wrong lengths) goes to the metadata.

use super::LineKind;

/// Digits of a number without its country code; there is no trunk prefix.
const DIGITS: usize = 8;

const CODE: &str = "973";

/// A number in a range that has been given out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Number<'a> {
    /// The number without country code.
    national: &'a str,
    /// The kind of line.
    pub(super) kind: LineKind,
}

impl<'a> Number<'a> {
    /// Reads digits with `+973`, `00973` or, where numbers without a country code are Bahrain's, `973` or nothing before
    /// them. Eight digits that begin with 973 may be a cut number: these are not answered.
    pub(super) fn read(number: &'a str, is_home: bool) -> Option<Self> {
        let with_code = number.strip_prefix('+').or_else(|| number.strip_prefix("00"));
        let bare = (is_home && with_code.is_none()).then_some(number);
        let national = match with_code.or(bare)?.strip_prefix(CODE) {
            Some(national) => national,
            None => bare?,
        };
        Self::of_national(national)
    }

    fn of_national(national: &'a str) -> Option<Self> {
        let sound = national.len() == DIGITS && national.bytes().all(|byte| byte.is_ascii_digit());
        let kind = kind(sound.then(|| national.get(..4)).flatten()?.parse().ok()?)?;
        Some(Self { national, kind })
    }

    /// With `+` and country code.
    pub(super) fn e164(self) -> String {
        format!("+{CODE}{}", self.national)
    }

    /// As people write it: `3612 3456`.
    pub(super) fn grouped(self) -> String {
        let (first, rest) = self.national.split_at(DIGITS / 2);
        format!("{first} {rest}")
    }
}

/// The kind of line by the first four digits, from the plan of the regulator as libphonenumber 9.0 has it. Numbers are
/// portable: the range does not tell the operator.
fn kind(first_four: u16) -> Option<LineKind> {
    Some(match first_four {
        3000..=3859
        | 3870..=3999
        | 6300
        | 6333
        | 6361
        | 6366
        | 6441
        | 6630
        | 6633..=6639
        | 6660..=6676
        | 6678..=6679
        | 6690..=6699 => LineKind::Mobile,
        1310..=1319
        | 1330..=1339
        | 1350..=1369
        | 1600..=1619
        | 1650..=1669
        | 1700..=1799
        | 6110..=6119
        | 6160..=6169
        | 6500
        | 6600..=6609
        | 6631..=6632
        | 6644
        | 6655
        | 6677
        | 6688
        | 6966
        | 6969
        | 6996
        | 6999..=7099
        | 7111
        | 7178
        | 7700..=7799 => LineKind::FixedLine,
        8000..=8099 | 8200..=8399 | 8600..=8699 | 8900..=8999 => LineKind::TollFree,
        8400..=8499 => LineKind::SharedCost,
        8700..=8799 | 9000..=9899 => LineKind::Premium,
        _ => return None,
    })
}
