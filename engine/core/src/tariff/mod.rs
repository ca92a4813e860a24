//! Tariffs: what a household pays with the subsidy and without it, as dated data, and what a day of
//! delay therefore costs a family.
//!
//! Tariffs are data that the billing section edits (`config/tariffs/`); [`decode`](mod@decode) reads them. Amounts
//! are fils, a thousandth of a dinar. Nothing here is ever said to a family: it orders the work.

mod decode;

use jiff::civil::Date;

use crate::diagnostic::Report;
use crate::lang::Texts;
use crate::value::{Record, Value};

/// A dinar in fils.
pub const FILS_PER_DINAR: i64 = 1_000;

/// The prices of one supplier, period by period.
#[derive(Clone, Debug, PartialEq)]
pub struct Tariff {
    /// The word that tells it apart from others.
    pub name: String,
    /// What people call it.
    pub title: Texts,
    /// By their first day, the earliest first.
    pub periods: Vec<Period>,
}

/// What holds from one day on until the next period begins.
#[derive(Clone, Debug, PartialEq)]
pub struct Period {
    /// Its first day.
    pub from: Date,
    /// Where the prices were published.
    pub source: Option<String>,
    /// What is supplied: `electricity`, `water`.
    pub services: Vec<Service>,
}

/// The prices of one thing that is supplied.
#[derive(Clone, Debug, PartialEq)]
pub struct Service {
    /// What: `electricity`.
    pub name: String,
    /// The case field that tells how much of it the household uses in a month.
    pub usage: String,
    /// The subsidised price in steps, the last without an end.
    pub subsidised: Vec<Step>,
    /// The price of each unit without the subsidy, in fils.
    pub full: f64,
}

/// A step of a price that rises with use.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// Up to so many units a month; `None` for all that is above.
    pub up_to: Option<f64>,
    /// Fils for each unit within the step.
    pub fils: f64,
}

impl Tariff {
    /// Reads a tariff file.
    ///
    /// # Errors
    /// Every finding about the file at once.
    pub fn parse(file: &str, source: &str) -> Result<Self, Report> {
        decode::tariff(file, source)
    }

    /// The period that holds on a day; `None` before the first.
    pub fn on(&self, day: Date) -> Option<&Period> {
        self.periods.iter().rev().find(|period| period.from <= day)
    }

    /// What each day without the subsidy costs a family with this case's usual use, in fils; `None` where its
    /// use is not known or no period holds on that day.
    pub fn daily_loss(&self, case: &Record, day: Date) -> Option<i64> {
        let services = self.on(day)?.services.iter();
        let losses: Vec<f64> =
            services.filter_map(|service| service.monthly_loss(units(case.get(&service.usage)?)?)).collect();
        // Twelve months to a year of 365 days: a month has no fixed length.
        let yearly = losses.iter().sum::<f64>() * 12.0;
        (!losses.is_empty()).then(|| whole(yearly / 365.0))
    }
}

impl Service {
    /// Fils for so many units in a month with the subsidy.
    pub fn subsidised_price(&self, units: f64) -> f64 {
        let (mut from, mut price) = (0.0, 0.0);
        for step in &self.subsidised {
            let to = step.up_to.unwrap_or(f64::INFINITY).min(units);
            price += (to - from).max(0.0) * step.fils;
            from = to.max(from);
        }
        price
    }

    /// Fils for so many units in a month without it.
    pub fn full_price(&self, units: f64) -> f64 {
        units * self.full
    }

    fn monthly_loss(&self, units: f64) -> Option<f64> {
        // A household above the steps may pay the same either way, never less without the subsidy.
        let loss = self.full_price(units) - self.subsidised_price(units);
        loss.is_finite().then_some(loss.max(0.0))
    }
}

/// The most that a day may cost one family, of all tariffs that know its use, in fils; 0 where none does.
pub fn value_at_risk<'t>(tariffs: impl IntoIterator<Item = &'t Tariff>, case: &Record, day: Date) -> i64 {
    tariffs.into_iter().filter_map(|tariff| tariff.daily_loss(case, day)).max().unwrap_or(0)
}

/// No account uses so much in a month: it is a slip of the pen, and of what is not known nothing is said.
const UNITS_MAX: f64 = 10_000_000.0;

fn units(value: &Value) -> Option<f64> {
    let units = match value {
        #[expect(clippy::cast_precision_loss, reason = "no household uses so much")]
        Value::Int(units) => *units as f64,
        Value::Number(units) => *units,
        _ => return None,
    };
    (0.0..=UNITS_MAX).contains(&units).then_some(units)
}

fn whole(fils: f64) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "it saturates, and no bill comes near the limit")]
    let whole = fils.round() as i64;
    whole
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn shipped() -> Tariff {
        let source = include_str!("../../../../config/tariffs/bahrain-household.yaml");
        Tariff::parse("bahrain-household.yaml", source).unwrap_or_else(|report| panic!("{}", report.render(false)))
    }

    fn uses(kwh: f64, m3: f64) -> Record {
        Record::from([("monthly_kwh".into(), Value::Number(kwh)), ("monthly_m3".into(), Value::Number(m3))])
    }

    #[test]
    fn a_month_costs_what_the_published_tables_say() {
        let tariff = shipped();
        let period = tariff.on(date(2026, 11, 27)).unwrap();
        let [electricity, water] = period.services.as_slice() else { panic!("{period:?}") };
        for (kwh, m3, subsidised, full) in
            [(3_000.0, 50.0, 10_250, 134_750), (1_605.0, 0.0, 4_815, 51_360), (8_000.0, 120.0, 99_700, 349_000)]
        {
            let with = whole(electricity.subsidised_price(kwh) + water.subsidised_price(m3));
            let without = whole(electricity.full_price(kwh) + water.full_price(m3));
            assert_eq!((with, without), (subsidised, full), "{kwh} {m3}");
        }
    }

    #[test]
    fn a_day_costs_the_difference_at_the_prices_of_that_day() {
        let tariff = shipped();
        // (134.750 − 10.250) × 12 ÷ 365, and the same house before the prices of 2026.
        assert_eq!(tariff.daily_loss(&uses(3_000.0, 50.0), date(2026, 1, 1)), Some(4_093));
        assert_eq!(tariff.daily_loss(&uses(3_000.0, 50.0), date(2025, 12, 31)), Some(3_756));
        assert_eq!(tariff.daily_loss(&uses(3_000.0, 50.0), date(2001, 1, 1)), None);
    }

    #[test]
    fn a_case_that_does_not_know_its_use_has_no_value_at_risk() {
        let (tariff, day) = (shipped(), date(2026, 11, 27));
        let water_only = Record::from([("monthly_m3".into(), Value::Int(50))]);
        assert_eq!(value_at_risk([&tariff], &Record::new(), day), 0);
        assert_eq!(value_at_risk([&tariff], &water_only, day), 1_233);
        assert_eq!(value_at_risk([&tariff], &uses(f64::NAN, -3.0), day), 0);
    }
}
