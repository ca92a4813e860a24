//! What `test` says: failing stories with their timeline, a summary, and what is not covered.

use serde_json::{Value as Json, json};
use wasl_core::definition::Workflow;
use wasl_core::diagnostic::Report;
use wasl_core::history::Teller;
use wasl_core::scenario::{Gaps, Played, Scenario, TextId, TextKind};

use super::Tested;
use crate::failure::Exit;
use crate::output::{Answer, Screen, thousands};

/// The whole answer.
pub(super) fn answer(tested: &[Tested], mistakes: &Report, least: Option<u8>, screen: Screen) -> Answer {
    let mut parts = Vec::new();
    if !mistakes.findings.is_empty() {
        parts.push(mistakes.render_in(screen.lang(), screen.color));
    }
    parts.extend(tested.iter().flat_map(|tested| failures(tested, screen)));
    parts.extend(tested.iter().map(|tested| summary(tested, least, screen)));
    let failed = tested.iter().any(|tested| tested.failed() > 0 || tested.is_short(least));
    let json = json!({
        "workflows": tested.iter().map(|tested| to_json(tested, screen)).collect::<Json>(),
        "findings": mistakes.to_json(),
    });
    let exit = if failed || mistakes.has_errors() { Exit::Refused } else { Exit::Done };
    Answer::new(parts.join("\n"), json).exit(exit)
}

impl Tested {
    fn failed(&self) -> usize {
        self.played.iter().filter(|played| played.failure.is_some()).count()
    }

    /// Whether less is covered than was asked for.
    fn is_short(&self, least: Option<u8>) -> bool {
        let percent = self.gaps.as_ref().map(Gaps::percent);
        percent.zip(least).is_some_and(|(percent, least)| percent < usize::from(least))
    }

    fn stories(&self) -> impl Iterator<Item = (&Scenario, &Played)> {
        self.stage.scenarios.iter().zip(&self.played)
    }

    fn teller(&self, screen: Screen) -> Teller<'_> {
        Teller { workflow: &self.stage.workflow, calendar: &self.stage.calendar, language: screen.lang() }
    }

    /// The finding of a failing story, in a file that can be opened.
    fn finding(&self, scenario: &Scenario, played: &Played) -> Option<Report> {
        let mut finding = played.finding(scenario)?;
        finding.file = self.stage.folder.join(&finding.file).display().to_string();
        Some(Report { findings: vec![finding], sources: self.stage.report.sources.clone() })
    }
}

/// Each failing story: where, what, and everything until then.
fn failures(tested: &Tested, screen: Screen) -> Vec<String> {
    let tell = |(scenario, played): (&Scenario, &Played)| {
        let report = tested.finding(scenario, played)?;
        let timeline = played.timeline(&tested.teller(screen)).join("\n");
        Some(format!("{}{timeline}\n", report.render_in(screen.lang(), screen.color)))
    };
    tested.stories().filter_map(tell).collect()
}

fn summary(tested: &Tested, least: Option<u8>, screen: Screen) -> String {
    let name = screen.heading(&tested.stage.workflow.name);
    let (all, failed) = (tested.played.len() as u64, tested.failed() as u64);
    let counted = format!("{} {}", screen.pick("scenarios:", "السيناريوهات:"), thousands(all));
    let stories = match (all, failed) {
        (0, _) => screen.pick("no scenario", "لا سيناريو").to_owned(),
        (_, 0) => format!("{counted}{}", screen.pick(", all as expected", "، وكلها كما هو متوقع")),
        _ => format!("{counted}{} {failed}", screen.pick(", not as expected:", "، وليس كما هو متوقع:")),
    };
    let mut lines = vec![format!("{name}: {stories}")];
    if let Some(gaps) = &tested.gaps {
        lines.extend(covered(&tested.stage.workflow, gaps, screen));
        if let Some(least) = least.filter(|least| tested.is_short(Some(*least))) {
            let less = screen.pick("less than asked for is covered:", "التغطية أقل من المطلوب:");
            lines.push(format!("  {less} {} % < {least} %", gaps.percent()));
        }
    }
    lines.join("\n")
}

/// How much is covered, and each thing that is not.
fn covered(workflow: &Workflow, gaps: &Gaps, screen: Screen) -> Vec<String> {
    let nouns = [("states", "المراحل"), ("transitions", "الانتقالات"), ("texts", "النصوص")];
    let (of, missed) = (screen.pick("of", "من"), screen.pick("not covered:", "غير مغطى:"));
    let mut lines = Vec::new();
    for ((en, ar), (_, covered, all, missing)) in nouns.into_iter().zip(shares(workflow, gaps)) {
        lines.push(format!("  {:11} {covered} {of} {all}", screen.pick(en, ar)));
        lines.extend(missing.into_iter().map(|missing| format!("    {missed} {missing}")));
    }
    lines
}

/// States, transitions and texts: how many are covered, of how many, and the names of the others.
fn shares(workflow: &Workflow, gaps: &Gaps) -> [(&'static str, usize, usize, Vec<String>); 3] {
    let Gaps { states, transitions, texts } = gaps;
    let state_names = states.missing.iter().map(|state| workflow.state(*state).name.to_string()).collect();
    let transition_names = transitions.missing.iter().map(|transition| workflow.describe(*transition)).collect();
    let text_names = texts.missing.iter().map(text_name).collect();
    [
        ("states", states.covered(), states.all, state_names),
        ("transitions", transitions.covered(), transitions.all, transition_names),
        ("texts", texts.covered(), texts.all, text_names),
    ]
}

fn text_name(text: &TextId) -> String {
    let kind = match text.kind {
        TextKind::Message => "message",
        TextKind::Script => "script",
    };
    format!("{kind} {} ({})", text.name, text.language)
}

fn to_json(tested: &Tested, screen: Screen) -> Json {
    let workflow = &tested.stage.workflow;
    let scenarios = tested.stories().map(|(scenario, played)| {
        let mut json = json!({
            "name": scenario.name,
            "file": tested.stage.folder.join(&scenario.file).display().to_string(),
            "passed": played.failure.is_none(),
        });
        if let Some(((at, difference), report)) = played.failure.as_ref().zip(tested.finding(scenario, played)) {
            json["at"] = json!(at);
            json["expected"] = json!(difference.expected.get(screen.lang()));
            json["found"] = json!(difference.found.get(screen.lang()));
            json["finding"] = json!(report.to_json().into_iter().next());
            json["timeline"] = json!(played.timeline(&tested.teller(screen)));
        }
        json
    });
    let mut json = json!({
        "workflow": workflow.name, "version": workflow.hash, "failed": tested.failed(),
        "scenarios": scenarios.collect::<Json>(),
    });
    if let Some(gaps) = &tested.gaps {
        json["coverage"] = shares(workflow, gaps)
            .into_iter()
            .map(|(noun, covered, all, missing)| {
                (noun.to_owned(), json!({"covered": covered, "all": all, "missing": missing}))
            })
            .collect::<serde_json::Map<_, _>>()
            .into();
        json["coverage"]["percent"] = json!(gaps.percent());
    }
    json
}
