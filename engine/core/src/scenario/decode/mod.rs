//! Reads the scenario files of a bundle: every mistake of every file at once, with its place.

mod acts;
mod expect;
mod values;

use std::ops::Range;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::{House, Scenario, Step};
use crate::decode::{Decoder, Word};
use crate::definition::{Bundle, Workflow};
use crate::diagnostic::{Code, Report, Severity, did_you_mean, position};
use crate::grammar::{SCENARIO, SCENARIOS, STEP};
use crate::schema::Reading;
use crate::value::Record;
use crate::yaml::{self, Node};

/// Reads every scenario of a bundle. What its workflow and house are is needed to check names and
/// values; without them, because the workflow itself has mistakes, only shapes are looked at.
///
/// Scenarios of a file with an error are not given out.
pub fn read(bundle: &Bundle, around: Option<(&Workflow, House<'_>)>) -> (Vec<Scenario>, Report) {
    let mut report = Report { findings: Vec::new(), sources: bundle.files.clone() };
    let mut scenarios = Vec::new();
    let folder = format!("{}/scenarios/", bundle.name);
    for (file, source) in bundle.files.iter().filter(|(path, _)| path.starts_with(&folder)) {
        let node = match yaml::parse(file, source) {
            Ok(node) => node,
            Err(finding) => {
                report.findings.push(*finding);
                continue;
            }
        };
        let mut reader = Reader { decoder: Decoder::new(file, source), around };
        let read = reader.file(&node);
        let findings = reader.decoder.findings;
        if findings.iter().all(|finding| finding.severity == Severity::Warning) {
            scenarios.extend(read);
        }
        report.findings.extend(findings);
    }
    report.sort();
    (scenarios, report)
}

/// Reads one file.
struct Reader<'a> {
    decoder: Decoder<'a>,
    around: Option<(&'a Workflow, House<'a>)>,
}

/// The start and the fields that a file gives to all its scenarios.
#[derive(Clone, Copy, Default)]
struct Shared<'n> {
    start: Option<&'n Node>,
    given: Option<&'n Node>,
}

impl<'a> Reader<'a> {
    fn file(&mut self, node: &Node) -> Vec<Scenario> {
        let [start, given, scenarios] = self.decoder.mapping(node, "a file of scenarios", &SCENARIOS);
        let shared = Shared { start, given };
        let items = scenarios.map(|node| self.decoder.items(node)).unwrap_or_default();
        let mut names: Vec<Word> = Vec::new();
        let mut read = Vec::new();
        for item in items {
            let (name, scenario) = self.scenario(item, shared);
            let Some(name) = name else { continue };
            if let Some(first) = names.iter().find(|other| other.text == name.text) {
                let (line, _) = position(self.decoder.source, first.span.start);
                let message = format!("there is another scenario of this name on line {line}");
                self.decoder.error(Code::DuplicateKey, name.span.clone(), message);
            }
            names.push(name);
            read.extend(scenario);
        }
        read
    }

    fn scenario(&mut self, node: &Node, shared: Shared<'_>) -> (Option<Word>, Option<Scenario>) {
        let [name, start, given, opted_out, steps] = self.decoder.mapping(node, "a scenario", &SCENARIO);
        let name = name.and_then(|node| self.decoder.word(node, "the scenario's name"));
        let start_node = start.or(shared.start);
        if start_node.is_none() {
            let message = "a scenario needs `start`: the time at which the case opens";
            let help = Some("write for example `start: 2024-05-12 09:00`".into());
            self.decoder.error_with(Code::MissingKey, node.span.clone(), message, help);
        }
        let start = start_node.and_then(|node| self.moment(node)).unwrap_or(Timestamp::UNIX_EPOCH);
        let place = given.or(shared.given).map_or(node.span.clone(), |node| node.span.clone());
        let given = self.given([shared.given, given], start, place);
        let opted_out = opted_out.map(|node| self.decoder.items(node)).unwrap_or_default();
        let opted_out = opted_out.iter().filter_map(|node| self.decoder.text(node, "an address")).collect();
        let steps = steps.map(|node| self.steps(node, start)).unwrap_or_default();
        let scenario = name.clone().zip(given).map(|(name, given)| Scenario {
            name: name.text,
            file: self.decoder.file.to_owned(),
            span: name.span,
            start,
            given,
            opted_out,
            steps,
        });
        (name, scenario)
    }

    fn steps(&mut self, node: &Node, start: Timestamp) -> Vec<Step> {
        let mut now = start;
        let items = self.decoder.items(node);
        items.iter().map(|item| self.step(item, &mut now)).collect()
    }

    /// A step; `now` goes on to its time.
    fn step(&mut self, node: &Node, now: &mut Timestamp) -> Step {
        let parts = self.decoder.known_entries(node, "a step", &STEP);
        let find = |key: &str| parts.iter().find(|(found, _)| found.text == key);
        match (find("at"), find("after")) {
            (Some((_, at)), None) => *now = self.at(at, *now),
            (None, Some((_, after))) => *now = self.after(after, *now),
            (Some(_), Some((after, _))) => {
                self.decoder.error(Code::BadValue, after.span.clone(), "a step says `at` or `after`, not both");
            }
            (None, None) => {}
        }
        let (act, span) = self.act(&parts, *now).map_or((None, node.span.clone()), |(act, span)| (act, span));
        let expect = find("expect").map(|(_, node)| self.expect(node));
        Step { at: *now, act, span, expect }
    }

    fn at(&mut self, node: &Node, now: Timestamp) -> Timestamp {
        let Some(at) = self.moment(node) else { return now };
        if at < now {
            let before = self.written(now);
            let message = format!("this is before {before}, where the story has got to");
            let help = Some("put the steps in the order of their times".into());
            self.decoder.error_with(Code::BadScenario, node.span.clone(), message, help);
            return now;
        }
        at
    }

    fn after(&mut self, node: &Node, now: Timestamp) -> Timestamp {
        let wait = self.decoder.duration(node, "how long after");
        match (wait, self.around) {
            (Some(wait), Some((_, house))) => house.calendar.add(now, wait).at,
            _ => now,
        }
    }

    /// A local time of the calendar.
    fn moment(&mut self, node: &Node) -> Option<Timestamp> {
        let word = self.decoder.word(node, "a time")?;
        let text = word.text.trim();
        let has_time = text.contains(':');
        let Some(local) = text.parse::<DateTime>().ok().filter(|_| has_time) else {
            let message = format!("`{text}` is not a time");
            let help = Some("write day and time, such as `2024-05-12 09:30`".into());
            self.decoder.error_with(Code::BadValue, word.span, message, help);
            return None;
        };
        match self.around {
            Some((_, house)) => Some(house.calendar.instant(local)),
            None => TimeZone::UTC.to_ambiguous_timestamp(local).compatible().ok(),
        }
    }

    fn written(&self, at: Timestamp) -> String {
        let zone = self.around.map_or(TimeZone::UTC, |(_, house)| house.calendar.zone.clone());
        zone.to_datetime(at).strftime("%Y-%m-%d %H:%M").to_string()
    }

    fn reading(&self, at: Timestamp) -> Option<Reading<'a>> {
        let (_, house) = self.around?;
        Some(Reading { region: house.region, today: house.calendar.today(at), zone: &house.calendar.zone })
    }

    /// Reports a name that the workflow does not have.
    fn unknown<'k>(
        &mut self,
        code: Code,
        span: Range<usize>,
        message: String,
        word: &str,
        known: impl IntoIterator<Item = &'k str>,
    ) {
        self.decoder.error_with(code, span, message, did_you_mean(word, known));
    }

    /// What the case knows at its start: the file's fields under the scenario's own.
    fn given(&mut self, nodes: [Option<&Node>; 2], start: Timestamp, place: Range<usize>) -> Option<Record> {
        let mut entries: Vec<(Word, &Node)> = Vec::new();
        for node in nodes.into_iter().flatten() {
            for (name, value) in self.decoder.entries(node, "`given`") {
                entries.retain(|(other, _)| other.text != name.text);
                entries.push((name, value));
            }
        }
        let (workflow, _) = self.around?;
        let reading = self.reading(start)?;
        self.record(&entries, &workflow.case.fields, &reading, "the case", Some(&place))
    }
}
