//! Reads a tariff file, and finds everything that is wrong with it.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::{Period, Service, Step, Tariff};
use crate::decode::{Decoder, Word};
use crate::diagnostic::{Code, Report};
use crate::grammar::{PRICE_STEP, SERVICE, TARIFF, TARIFF_PERIOD};
use crate::yaml::{self, Kind, Node};

/// Reads the text of a file.
pub(super) fn tariff(file: &str, source: &str) -> Result<Tariff, Report> {
    let mut report = Report { findings: Vec::new(), sources: BTreeMap::from([(file.to_owned(), source.to_owned())]) };
    let mut read = None;
    match yaml::parse(file, source) {
        Ok(node) => {
            let mut decoder = Decoder::new(file, source);
            read = top(&mut decoder, &node);
            report.findings = decoder.findings;
        }
        Err(finding) => report.findings.push(*finding),
    }
    report.sort();
    match read {
        Some(tariff) if !report.has_errors() => Ok(tariff),
        _ => Err(report),
    }
}

fn top(decoder: &mut Decoder<'_>, node: &Node) -> Option<Tariff> {
    let both = ["en".to_owned(), "ar".to_owned()];
    let [name, title, periods] = decoder.mapping(node, "a tariff", &TARIFF);
    let name = name.and_then(|node| decoder.text(node, "the name of the tariff"));
    let title = title.and_then(|node| decoder.texts(node, "the title", &both)).unwrap_or_default();
    let periods = periods.map(|node| read_periods(decoder, node)).unwrap_or_default();
    Some(Tariff { name: name?, title, periods })
}

fn read_periods(decoder: &mut Decoder<'_>, node: &Node) -> Vec<Period> {
    let mut periods: Vec<Period> = Vec::new();
    for item in decoder.items(node) {
        let [from, source, services] = decoder.mapping(item, "a period", &TARIFF_PERIOD);
        let from = from.and_then(|node| read_date(decoder, node));
        let source = source.and_then(|node| decoder.text(node, "where the prices were published"));
        let services = services.map(|node| read_services(decoder, node)).unwrap_or_default();
        let Some(from) = from else { continue };
        if periods.last().is_some_and(|before| before.from >= from) {
            let message = format!("the period from {from} does not begin after the one before it");
            decoder.error_with(
                Code::BadValue,
                item.span.clone(),
                message,
                Some("put the earliest period first".into()),
            );
        }
        periods.push(Period { from, source, services });
    }
    periods
}

fn read_date(decoder: &mut Decoder<'_>, node: &Node) -> Option<Date> {
    let word = decoder.word(node, "the first day")?;
    if let Ok(date) = word.text.parse() {
        return Some(date);
    }
    let message = format!("`{}` is not a date", word.text);
    decoder.error_with(Code::BadValue, word.span, message, Some("write it like 2026-01-01".into()));
    None
}

fn read_services(decoder: &mut Decoder<'_>, node: &Node) -> Vec<Service> {
    let entries = decoder.entries(node, "the services");
    entries.into_iter().filter_map(|(name, node)| read_service(decoder, &name, node)).collect()
}

fn read_service(decoder: &mut Decoder<'_>, name: &Word, node: &Node) -> Option<Service> {
    let what = format!("the service `{}`", name.text);
    let [usage, subsidised, full] = decoder.mapping(node, &what, &SERVICE);
    let usage = usage.and_then(|node| decoder.text(node, "a case field"));
    let steps = subsidised.map(|node| read_steps(decoder, node));
    let full = full.and_then(|node| read_number(decoder, node, "a price in fils"));
    Some(Service { name: name.text.clone(), usage: usage?, subsidised: steps?, full: full? })
}

fn read_steps(decoder: &mut Decoder<'_>, node: &Node) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for item in decoder.items(node) {
        let [up_to, fils] = decoder.mapping(item, "a step", &PRICE_STEP);
        let up_to = up_to.and_then(|node| read_number(decoder, node, "units a month"));
        let Some(fils) = fils.and_then(|node| read_number(decoder, node, "a price in fils")) else { continue };
        let rises = match (steps.last().map(|step| step.up_to), up_to) {
            (Some(None), _) => false,
            (Some(Some(before)), Some(up_to)) => up_to > before,
            (_, _) => true,
        };
        if !rises {
            let help = Some("let `up_to` rise, and leave it out in the last step alone".into());
            decoder.error_with(Code::BadValue, item.span.clone(), "this step begins where another one goes on", help);
        }
        steps.push(Step { up_to, fils });
    }
    if steps.last().is_some_and(|step| step.up_to.is_some()) {
        let help = Some("add a last step without `up_to`".into());
        decoder.error_with(Code::BadValue, node.span.clone(), "the steps have no price for what is above them", help);
    }
    steps
}

fn read_number(decoder: &mut Decoder<'_>, node: &Node, what: &str) -> Option<f64> {
    let number = match &node.kind {
        #[expect(clippy::cast_precision_loss, reason = "prices are small numbers")]
        Kind::Int(number) => *number as f64,
        Kind::Float(number) => *number,
        _ => return decoder.expected(node, what),
    };
    if number.is_finite() && number >= 0.0 {
        return Some(number);
    }
    decoder.error(Code::BadValue, node.span.clone(), format!("{what} cannot be {number}"));
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(source: &str) -> Vec<String> {
        let report = tariff("t.yaml", source).err().unwrap_or_default();
        report.findings.iter().map(|finding| format!("{}: {}", finding.position(source).0, finding.message)).collect()
    }

    #[test]
    fn every_mistake_is_found_at_its_place() {
        let text = "tariff: t
periods:
  - from: 2026-01-01
    services:
      water:
        usage: monthly_m3
        subsidised:
          - {up_to: 60, fils: 25}
          - {up_to: 50, fils: 80}
        full: -775
  - from: 2025-13-01
  - from: 2025-01-01
    services: {}
";
        assert_eq!(
            found(text),
            [
                "8: the steps have no price for what is above them",
                "9: this step begins where another one goes on",
                "10: a price in fils cannot be -775",
                "11: a period needs `services`",
                "11: `2025-13-01` is not a date",
                "12: the period from 2025-01-01 does not begin after the one before it",
            ]
        );
    }
}
