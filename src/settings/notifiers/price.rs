//! What a gateway asks for an SMS segment, as its operator states it: for showing what messages cost.

use std::fmt;

/// Digits after the point that are kept.
const DECIMALS: usize = 6;

/// A sum of money.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Price {
    millionths: u64,
    /// ISO 4217: `BHD`.
    currency: String,
}

impl Price {
    /// Reads `0.0125 BHD`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut words = text.split_whitespace();
        let (amount, currency, None) = (words.next()?, words.next()?, words.next()) else { return None };
        let (whole, part) = amount.split_once('.').unwrap_or((amount, "0"));
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let sound = digits(whole) && digits(part) && whole.len() <= DECIMALS && part.len() <= DECIMALS;
        let is_code = currency.len() == 3 && currency.bytes().all(|byte| byte.is_ascii_uppercase());
        let millionths = sound.then(|| format!("{whole}{part:0<DECIMALS$}").parse().ok()).flatten()?;
        is_code.then(|| Self { millionths, currency: currency.to_owned() })
    }

    /// The price of so many segments.
    pub(crate) fn times(&self, segments: u32) -> Self {
        let millionths = self.millionths.saturating_mul(segments.into());
        Self { millionths, currency: self.currency.clone() }
    }
}

impl fmt::Display for Price {
    /// With three digits after the point, as dinars have, and more where they say something.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, part) = (self.millionths / 1_000_000, format!("{:0>DECIMALS$}", self.millionths % 1_000_000));
        let (first, rest) = part.split_at(3);
        write!(f, "{whole}.{first}{} {}", rest.trim_end_matches('0'), self.currency)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_is_read_multiplied_and_written() {
        for (text, three) in [
            ("0.0125 BHD", "0.0375 BHD"),
            ("0.012 BHD", "0.036 BHD"),
            (" 7  USD ", "21.000 USD"),
            ("0.000001 BHD", "0.000003 BHD"),
            ("999999.999999 EUR", "2999999.999997 EUR"),
        ] {
            assert_eq!(Price::parse(text).unwrap().times(3).to_string(), three, "{text}");
        }
        for text in
            ["", "free", "0.01", "0.01 bhd", "0,01 BHD", "-1 BHD", "0.0000001 BHD", "1. BHD", ".5 BHD", "1 BHD each"]
        {
            assert_eq!(Price::parse(text), None, "{text}");
        }
    }
}
