//! What was found in a draft: code, place, the line with a mark under the place, and what to do.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};
use wasl_core::diagnostic::{Diagnostic, Report, Severity};
use wasl_core::words::number::Noun;

use crate::console::locale::Locale;
use crate::settings::Language;

/// Findings that are listed; who has more mends these first.
const LISTED_MAX: usize = 60;
/// Mistakes.
const MISTAKE: Noun =
    Noun { en: ["mistake", "mistakes"], ar: ["خطأ واحد", "خطآن", "أخطاء", "خطأ", "خطأ"] };
/// What may be no mistake.
const HINT: Noun = Noun {
    en: ["warning", "warnings"], ar: ["تنبيه واحد", "تنبيهان", "تنبيهات", "تنبيها", "تنبيه"]
};

/// The findings of a draft, with the addresses of their places.
pub(super) fn told(report: &Report, draft: i64, locale: &Locale) -> Json {
    let of = |severity| report.findings.iter().filter(|finding| finding.severity == severity).count() as u64;
    let (errors, warnings) = (of(Severity::Error), of(Severity::Warning));
    let listed: Vec<Json> = report
        .placed()
        .into_iter()
        .take(LISTED_MAX)
        .map(|(finding, place)| {
            let (line, column) = place.map_or((1, 1), |(start, _)| (start.line, start.column));
            json!({
                "code": finding.code.as_str(), "tone": if finding.severity == Severity::Error { "bad" } else { "warn" },
                "file": finding.file, "line": line, "column": column, "message": finding.message,
                "help": finding.help(), "snippet": snippet(report, finding), "meaning": meaning(finding, locale),
                "href": format!("/drafts/{draft}?file={}&line={line}#line-{line}", finding.file),
            })
        })
        .collect();
    json!({
        "errors": (errors > 0).then(|| locale.count(errors, &MISTAKE)),
        "warnings": (warnings > 0).then(|| locale.count(warnings, &HINT)),
        "more": report.findings.len().saturating_sub(LISTED_MAX), "listed": listed,
    })
}

/// What the kind of finding is, why it hurts and how it is mended, where the words about this place are in another language.
fn meaning(finding: &Diagnostic, locale: &Locale) -> Vec<String> {
    if locale.language != Language::Ar {
        return Vec::new();
    }
    let page = finding.code.page();
    let title = format!("**{}.**", page.title_ar());
    let paragraphs = page.arabic().split("\n\n").map(|paragraph| paragraph.replace('\n', " "));
    std::iter::once(title).chain(paragraphs).collect()
}

/// How many findings each file has.
pub(super) fn by_file(report: &Report) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    for finding in &report.findings {
        *counts.entry(finding.file.as_str()).or_default() += 1;
    }
    counts
}

/// The line of a finding with a mark under the place, as the command line shows it.
fn snippet(report: &Report, finding: &Diagnostic) -> String {
    let sources = report.sources.get(&finding.file).map(|source| (finding.file.clone(), source.clone()));
    let alone = Report { findings: vec![finding.clone()], sources: sources.into_iter().collect() };
    let rendered = alone.render(false);
    let lines = rendered.lines().skip(1).take_while(|line| !line.trim_start().starts_with("= "));
    lines.filter(|line| !line.trim_start().starts_with("-->")).collect::<Vec<_>>().join("\n").trim_end().to_owned()
}
