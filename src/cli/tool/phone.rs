//! `tool phone`.

use clap::Args;
use serde_json::{Value as Json, json};
use wasl_core::message::read_phone;

use super::{Reply, lines};
use crate::output::facts;

/// `tool phone`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  wasl tool phone '3600 1234'
  wasl tool phone 0501234567 --region SA
  printf '%s\\n' '\"٣٦٠٠١٢٣٤\"' '{\"number\": \"0501234567\", \"region\": \"SA\"}' | wasl tool phone")]
pub(crate) struct PhoneArgs {
    /// The number as written; without it one JSON string or {\"number\", \"region\"} a line is read
    #[arg(value_name = "NUMBER")]
    number: Option<String>,
    /// Country of numbers without a country code; the configured one unless given
    #[arg(long, value_name = "COUNTRY")]
    region: Option<String>,
}

impl PhoneArgs {
    pub(super) fn question(&self) -> Option<Json> {
        self.number.as_ref().map(|number| json!({"number": number, "region": self.region}))
    }
}

/// Reads a number.
pub(super) fn answer(question: &Json, region: &str) -> Result<Reply, String> {
    let number = lines::text(question, "number")?;
    let region = lines::optional(question, "region")?.unwrap_or(region);
    let phone = read_phone(number, region).map_err(|error| error.to_string())?;
    let kind = phone.kind.as_str();
    let json = json!({"e164": phone.e164, "valid": phone.valid, "type": kind, "mended": phone.mended});
    let known = if phone.valid { "a range of its country's plan" } else { "no range that its country's plan knows" };
    let mut rows =
        vec![("number", phone.e164), ("type", kind.replace('_', " ")), ("valid", format!("{}: {known}", phone.valid))];
    if phone.mended {
        rows.push(("mended", "a spreadsheet's `.0` was taken off".into()));
    }
    Ok(Reply { text: facts(&rows), json })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_in_its_region() {
        let mobile = json!({"e164": "+97336001234", "valid": true, "type": "mobile", "mended": false});
        assert_eq!(answer(&json!("٣٦٠٠ ١٢٣٤"), "BH").unwrap().json, mobile);
        let saudi = answer(&json!({"number": "0501234567", "region": "SA"}), "BH").unwrap();
        assert_eq!(saudi.json["e164"], "+966501234567");
        assert_eq!(answer(&json!("36001234.0"), "BH").unwrap().json["mended"], true);
    }

    #[test]
    fn what_is_no_number_is_told() {
        assert!(answer(&json!("call me"), "BH").unwrap_err().contains("not a phone number"));
        assert!(answer(&json!({"number": 5}), "BH").unwrap_err().contains("`number`"));
    }
}
