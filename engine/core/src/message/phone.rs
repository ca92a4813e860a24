//! Phone numbers as clerks write them, read into E.164 with a label for the kind of line.
//!
//! The numbering plans come from Google's metadata (crate `phonenumber`), but for the ranges of [`bahrain`]. This file
//! owns the cleaning that goes before: foreign digits, invisible marks, prefixes and what spreadsheets do to numbers.
//! Which number a family is reached on is decided elsewhere: a label never drops anybody.

mod bahrain;

use std::collections::BTreeSet;

use phonenumber::metadata::DATABASE;
use phonenumber::{Metadata, Mode, PhoneNumber, Type, country};
use serde::Serialize;
use thiserror::Error;

/// The most digits that are looked at: E.164 allows 15, and an exit code may stand before them.
const DIGITS_MAX: usize = 20;

/// What a line is, as far as its number tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LineKind {
    /// Takes texts and calls. Also where a plan does not tell mobile from fixed (North America).
    Mobile,
    /// Takes calls only.
    FixedLine,
    /// Free for the caller.
    TollFree,
    /// Paid by both.
    SharedCost,
    /// Paid dearly by the caller.
    Premium,
    /// Another range of the plan: voice over IP, pagers, personal and company numbers.
    Other,
    /// The plan does not know the range.
    Unknown,
}

impl LineKind {
    /// The name in reports and guards.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mobile => "mobile",
            Self::FixedLine => "fixed_line",
            Self::TollFree => "toll_free",
            Self::SharedCost => "shared_cost",
            Self::Premium => "premium",
            Self::Other => "other",
            Self::Unknown => "unknown",
        }
    }
}

/// A number that can be dialled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Phone {
    /// The number as `+`, country code and national number.
    pub e164: String,
    /// Whether the numbering plan knows the range. A number of the right length outside it is kept:
    /// plans grow faster than their descriptions.
    pub valid: bool,
    /// The kind of line.
    pub kind: LineKind,
    /// Whether a spreadsheet's `.0` was taken off, so that an import can say how many it mended.
    pub mended: bool,
}

/// Why a spelling is no number. Never repeats the spelling: it is personal data.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PhoneError {
    /// Nothing was written.
    #[error("no phone number is given")]
    Empty,
    /// Words, or signs that no number has.
    #[error("this is not a phone number: it holds other signs than digits, `+` and separators")]
    NotANumber,
    /// A `+` that is not in front.
    #[error("this is not a phone number: `+` stands only at its beginning; several numbers need a row each")]
    PlusInside,
    /// A spreadsheet's way of writing large numbers, in which digits are lost.
    #[error("a spreadsheet has turned this number into a power of ten; format the column as text and export it again")]
    Scientific,
    /// Too few or too many digits for the country.
    #[error("a number of `{region}` has {expected} digits after the country code; this one has {digits}")]
    WrongLength {
        /// The country or, where several share a code, the code.
        region: String,
        /// Digits of the national number that was given.
        digits: usize,
        /// The lengths that the plan knows, such as `8` or `7 to 10`.
        expected: String,
    },
    /// More digits than any number has.
    #[error("no phone number has {digits} digits; several numbers need a row each")]
    TooLong {
        /// How many there are.
        digits: usize,
    },
    /// A country code that does not exist.
    #[error("no country has the code that this number begins with")]
    UnknownCountryCode,
    /// The region of the caller is no ISO 3166 country.
    #[error("`{0}` is not a country that has a numbering plan; write its two letters, such as `BH`")]
    UnknownRegion(String),
}

/// Reads a number as clerks write it; `region` is the ISO 3166 country of numbers without a country code.
///
/// Accepted: Western, Arabic-Indic, Persian and full-width digits; spaces, dashes, dots, slashes and
/// parentheses; `+`, `00` or the bare country code in front; `tel:`; a spreadsheet's leading
/// apostrophe; invisible direction marks anywhere. Mended: `36123456.0`, as a spreadsheet writes a
/// number that it took for a quantity, when exactly `.0` follows nothing but digits.
pub fn read_phone(spelling: &str, region: &str) -> Result<Phone, PhoneError> {
    check_region(region)?;
    let Cleaned { number, mended } = clean(spelling)?;
    match bahrain::Number::read(&number, region == "BH") {
        Some(known) => Ok(Phone { e164: known.e164(), valid: true, kind: known.kind, mended }),
        None => look_up(&number, mended, home_plan(region)?),
    }
}

/// Reads a cleaned number by the metadata.
fn look_up(number: &str, mended: bool, home: Home) -> Result<Phone, PhoneError> {
    let parsed = parse(number, home)?;
    check_length(&parsed)?;
    let kind = match parsed.number_type(&DATABASE) {
        Type::Mobile | Type::FixedLineOrMobile => LineKind::Mobile,
        Type::FixedLine => LineKind::FixedLine,
        Type::TollFree => LineKind::TollFree,
        Type::SharedCost => LineKind::SharedCost,
        Type::PremiumRate => LineKind::Premium,
        Type::Unknown => LineKind::Unknown,
        Type::PersonalNumber
        | Type::Voip
        | Type::Pager
        | Type::Uan
        | Type::Emergency
        | Type::Voicemail
        | Type::ShortCode
        | Type::StandardRate
        | Type::Carrier
        | Type::NoInternational => LineKind::Other,
    };
    let e164 = parsed.format().mode(Mode::E164).to_string();
    Ok(Phone { e164, valid: parsed.is_valid(), kind, mended })
}

/// A number for people who may not see all of it: `+973••••1234`. What is no E.164 number shows nothing.
pub fn mask(e164: &str) -> String {
    const DOTS: &str = "••••";
    let Some((code, national)) = parts(e164) else { return DOTS.to_owned() };
    let hidden = national.len() - (national.len() / 2).min(4);
    format!("+{code}{DOTS}{}", national.get(hidden..).unwrap_or(""))
}

/// The country code and the digits after it.
fn parts(e164: &str) -> Option<(String, &str)> {
    let digits = e164.strip_prefix('+')?;
    let code = match of_bahrain(e164) {
        Some(_) => "973".to_owned(),
        None => read_e164(e164)?.code().value().to_string(),
    };
    let national = digits.strip_prefix(&code).unwrap_or("");
    Some((code, national))
}

/// An E.164 number as people of its country write it, such as `3612 3456`; `None` if it is none.
pub fn national_format(e164: &str) -> Option<String> {
    match of_bahrain(e164) {
        Some(known) => Some(known.grouped()),
        None => Some(read_e164(e164)?.format().mode(Mode::National).to_string()),
    }
}

/// The ISO 3166 country of an E.164 number; `None` of numbers that are no country's.
pub fn country(e164: &str) -> Option<String> {
    if of_bahrain(e164).is_some() {
        return Some("BH".to_owned());
    }
    let parsed = read_e164(e164)?;
    // Where several countries share a code and the range is not known, the first of them stands for all.
    let plans = || DATABASE.by_code(&parsed.code().value());
    let shared = || plans()?.first().map(|plan| plan.id().to_owned());
    let country = parsed.country().id().map(|id| id.as_ref().to_owned()).or_else(shared)?;
    country.chars().all(char::is_alphabetic).then_some(country)
}

/// Whether an E.164 number is a fixed line, which rings but reads no SMS. What the plan does not know is none.
pub fn is_fixed_line(e164: &str) -> bool {
    match of_bahrain(e164) {
        Some(known) => known.kind == LineKind::FixedLine,
        None => read_e164(e164).is_some_and(|parsed| parsed.number_type(&DATABASE) == Type::FixedLine),
    }
}

fn of_bahrain(e164: &str) -> Option<bahrain::Number<'_>> {
    e164.starts_with('+').then(|| bahrain::Number::read(e164, false)).flatten()
}

fn read_e164(e164: &str) -> Option<PhoneNumber> {
    let digits = e164.strip_prefix('+')?;
    let plausible = (7..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    plausible.then(|| phonenumber::parse(None, e164).ok()).flatten()
}

/// A spelling reduced to digits with `+` in front where a country code follows.
struct Cleaned {
    number: String,
    mended: bool,
}

fn clean(spelling: &str) -> Result<Cleaned, PhoneError> {
    let folded: String = spelling.chars().filter_map(fold).collect();
    let mut text = folded.trim().trim_start_matches(['\'', '’', '‘', '`']).trim_start();
    if let Some((scheme, rest)) = text.split_at_checked(4)
        && scheme.eq_ignore_ascii_case("tel:")
    {
        text = rest.trim_start();
    }
    if text.is_empty() {
        return Err(PhoneError::Empty);
    }
    if is_scientific(text) {
        return Err(PhoneError::Scientific);
    }
    let quantity = text.strip_suffix(".0").filter(|before| before.bytes().all(|byte| byte.is_ascii_digit()));
    let mended = quantity.is_some_and(|before| !before.is_empty());
    let written = quantity.filter(|_| mended).unwrap_or(text);

    // `+44 (0)20 …`: a trunk prefix shown for callers at home, never dialled after a country code.
    let written = if written.contains('+') { written.replacen("(0)", "", 1) } else { written.to_owned() };
    let mut number = String::with_capacity(written.len());
    for sign in written.chars() {
        match sign {
            '0'..='9' => number.push(sign),
            '+' if number.is_empty() => number.push(sign),
            '+' => return Err(PhoneError::PlusInside),
            ' ' | '-' | '.' | '/' | '(' | ')' => {}
            _ => return Err(PhoneError::NotANumber),
        }
    }
    let digits = number.trim_start_matches('+').len();
    match digits {
        0 => Err(PhoneError::NotANumber),
        1..=DIGITS_MAX => Ok(Cleaned { number, mended }),
        _ => Err(PhoneError::TooLong { digits }),
    }
}

/// One sign in its plain form; `None` for what cannot be seen.
pub(crate) fn fold(sign: char) -> Option<char> {
    let digit = |zero: u32| char::from_digit(u32::from(sign).saturating_sub(zero), 10);
    match sign {
        '\u{660}'..='\u{669}' => digit(0x660),
        '\u{6F0}'..='\u{6F9}' => digit(0x6F0),
        '\u{FF10}'..='\u{FF19}' => digit(0xFF10),
        '\u{FF0B}' => Some('+'),
        '\u{FF0D}' | '\u{2010}'..='\u{2015}' | '\u{2212}' => Some('-'),
        '\u{FF08}' => Some('('),
        '\u{FF09}' => Some(')'),
        '\u{FF0E}' | '\u{66B}' => Some('.'),
        _ if is_invisible(sign) => None,
        _ if sign.is_whitespace() => Some(' '),
        _ => Some(sign),
    }
}

/// Direction marks, zero-width signs and the soft hyphen.
pub(super) fn is_invisible(sign: char) -> bool {
    matches!(sign, '\u{AD}' | '\u{61C}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}')
        || matches!(sign, '\u{2060}'..='\u{2069}' | '\u{FEFF}')
}

/// `3.6123456E7`, and nothing that merely holds an `e`.
fn is_scientific(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.split_once(['e', 'E']) else { return false };
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once(['.', ',']).unwrap_or((mantissa, "0"));
    digits(whole) && digits(fraction) && digits(exponent.trim_start_matches(['+', '-']))
}

/// The country that numbers without a code belong to.
#[derive(Clone, Copy)]
struct Home {
    id: country::Id,
    plan: &'static Metadata,
}

/// Whether two letters are a country, without reading the numbering plans: they take longer to load than everything else
/// that a command does before its work.
///
/// # Errors
/// [`PhoneError::UnknownRegion`].
pub fn check_region(region: &str) -> Result<(), PhoneError> {
    region.parse::<country::Id>().map(|_| ()).map_err(|_| PhoneError::UnknownRegion(region.to_owned()))
}

fn home_plan(region: &str) -> Result<Home, PhoneError> {
    let unknown = || PhoneError::UnknownRegion(region.to_owned());
    let id: country::Id = region.parse().map_err(|_| unknown())?;
    let plan = DATABASE.by_id(region).ok_or_else(unknown)?;
    Ok(Home { id, plan })
}

fn parse(number: &str, home: Home) -> Result<PhoneNumber, PhoneError> {
    let international = number.strip_prefix('+').or_else(|| number.strip_prefix("00"));
    let code = home.plan.country_code().to_string();
    let bare_code = || {
        let national = number.strip_prefix(&code)?;
        let lengths = lengths([home.plan]);
        (lengths.contains(&national.len()) && !lengths.contains(&number.len())).then_some(number)
    };
    let Some(digits) = international.or_else(bare_code) else {
        return phonenumber::parse(Some(home.id), number).map_err(|_| wrong_length(&[home.plan], number.len()));
    };
    phonenumber::parse(None, format!("+{digits}")).map_err(|_| not_international(digits))
}

/// What is wrong with a country code and the digits after it that the plans refuse.
fn not_international(digits: &str) -> PhoneError {
    let split = (1..=3).find_map(|length| {
        let (code, national) = digits.split_at_checked(length)?;
        let plans = DATABASE.by_code(&code.parse::<u16>().ok()?)?;
        (!plans.is_empty()).then_some((plans, national.len()))
    });
    split.map_or(PhoneError::UnknownCountryCode, |(plans, length)| wrong_length(&plans, length))
}

/// Holds the national number against the lengths of its country: seven digits in Bahrain reach nobody.
fn check_length(parsed: &PhoneNumber) -> Result<(), PhoneError> {
    let plans = DATABASE.by_code(&parsed.code().value()).unwrap_or_default();
    if plans.is_empty() {
        return Err(PhoneError::UnknownCountryCode);
    }
    let digits = parsed.national().to_string().len();
    if lengths(plans.iter().copied()).contains(&digits) {
        return Ok(());
    }
    Err(wrong_length(&plans, digits))
}

fn lengths<'a>(plans: impl IntoIterator<Item = &'a Metadata>) -> BTreeSet<usize> {
    const KINDS: [Type; 9] = [
        Type::FixedLine,
        Type::Mobile,
        Type::TollFree,
        Type::PremiumRate,
        Type::SharedCost,
        Type::PersonalNumber,
        Type::Voip,
        Type::Pager,
        Type::Uan,
    ];
    let descriptors = plans.into_iter().flat_map(|plan| KINDS.iter().filter_map(|kind| plan.descriptors().get(*kind)));
    descriptors.flat_map(|descriptor| descriptor.possible_length().iter().map(|length| usize::from(*length))).collect()
}

fn wrong_length(plans: &[&Metadata], digits: usize) -> PhoneError {
    let lengths = lengths(plans.iter().copied());
    let expected = match (lengths.first(), lengths.last()) {
        (Some(first), Some(last)) if first == last => first.to_string(),
        (Some(first), Some(last)) => format!("{first} to {last}"),
        _ => "other".to_owned(),
    };
    let region = match plans {
        [plan] => plan.id().to_owned(),
        _ => plans.first().map_or_else(String::new, |plan| format!("+{}", plan.country_code())),
    };
    PhoneError::WrongLength { region, digits, expected }
}

#[cfg(test)]
#[path = "phone_tests.rs"]
mod tests;
