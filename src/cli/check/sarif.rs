//! Findings as SARIF 2.1.0, which code hosts and editors show beside the lines.

use std::path::{Component, Path};

use serde_json::{Value as Json, json};
use wasl_core::diagnostic::{Code, Diagnostic, Page, Place, Related, Report, Severity};

use crate::failure::Exit;

/// The report of one run.
pub(super) fn log(report: &Report, exit: Exit) -> Json {
    let rules: Vec<Json> = Code::ALL.iter().map(|code| rule(code.page())).collect();
    let results: Vec<Json> =
        report.placed().into_iter().map(|(finding, place)| result(report, finding, place)).collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {"name": "wasl", "version": env!("CARGO_PKG_VERSION"), "rules": rules}},
            "columnKind": "utf16CodeUnits",
            "invocations": [{"executionSuccessful": true, "exitCode": exit as u8}],
            "results": results,
        }],
    })
}

fn rule(page: Page) -> Json {
    json!({
        "id": page.code.as_str(),
        "name": format!("{:?}", page.code),
        "shortDescription": {"text": page.title()},
        "fullDescription": {"text": format!("{}\n\n{}", page.what(), page.why())},
        "help": {"text": page.markdown(), "markdown": page.markdown()},
    })
}

fn result(report: &Report, finding: &Diagnostic, place: Option<(Place, Place)>) -> Json {
    let level = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let help = format!("; {}", finding.help());
    let mut location = json!({"artifactLocation": {"uri": uri(&finding.file)}});
    if let Some((start, end)) = place {
        location["region"] = json!({
            "startLine": start.line, "startColumn": start.column_utf16,
            "endLine": end.line, "endColumn": end.column_utf16,
        });
    }
    let mut result = json!({
        "ruleId": finding.code.as_str(),
        "ruleIndex": Code::ALL.iter().position(|code| *code == finding.code),
        "level": level,
        "message": {"text": format!("{}{help}", finding.message)},
        "locations": [{"physicalLocation": location}],
    });
    if !finding.related.is_empty() {
        result["relatedLocations"] = finding.related.iter().map(|related| related_location(report, related)).collect();
    }
    result
}

fn related_location(report: &Report, related: &Related) -> Json {
    json!({
        "message": {"text": related.message},
        "physicalLocation": {
            "artifactLocation": {"uri": uri(&related.file)},
            "region": {"startLine": report.position_of(related).0},
        },
    })
}

/// A path as a reference: relative ones stay relative to where `wasl` ran, absolute ones are `file:` addresses.
fn uri(file: &str) -> String {
    let mut parts = Vec::new();
    for part in Path::new(file).components() {
        match part {
            Component::Normal(name) => parts.push(encoded(&name.to_string_lossy())),
            Component::ParentDir => parts.push("..".into()),
            Component::RootDir => parts.push("file://".into()),
            Component::CurDir | Component::Prefix(_) => {}
        }
    }
    parts.join("/")
}

/// A name with what an address may not hold percent-encoded.
fn encoded(name: &str) -> String {
    let sign = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    name.bytes().map(sign).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn report() -> Report {
        let source = "title: {ar: 🕊 وفاة, en: x}\nstart: frist\n";
        let span = |word: &str| source.find(word).map(|at| at..at + word.len()).unwrap();
        let findings = vec![
            Diagnostic::error(Code::UnknownState, "workflows/my flow.yaml", span("frist"), "there is no state `frist`")
                .suggest("did you mean `first`?"),
            Diagnostic::warning(Code::Wording, "workflows/my flow.yaml", span("en: x"), "a sign"),
            Diagnostic::error(Code::Syntax, "config/no.yaml", 0..0, "cannot be read"),
        ];
        Report { findings, sources: BTreeMap::from([("workflows/my flow.yaml".into(), source.into())]) }
    }

    #[test]
    fn each_finding_is_a_result_with_its_region() {
        let log = log(&report(), Exit::Refused);
        let result = |n: usize| &log["runs"][0]["results"][n];
        let expected = json!({
            "ruleId": "W010",
            "ruleIndex": 6,
            "level": "error",
            "message": {"text": "there is no state `frist`; did you mean `first`?"},
            "locations": [{"physicalLocation": {
                "artifactLocation": {"uri": "workflows/my%20flow.yaml"},
                "region": {"startLine": 2, "startColumn": 8, "endLine": 2, "endColumn": 13},
            }}],
        });
        assert_eq!(*result(0), expected);
        // The dove takes two units of UTF-16.
        let region = &result(1)["locations"][0]["physicalLocation"]["region"];
        assert_eq!((&region["startColumn"], &result(1)["level"]), (&22.into(), &"warning".into()));
        assert!(result(2)["locations"][0]["physicalLocation"].get("region").is_none());
    }

    /// What the standard's schema asks of the parts that we write.
    #[test]
    fn the_log_has_the_shape_of_the_standard() {
        let log = log(&report(), Exit::Refused);
        assert_eq!((&log["version"], log["runs"].as_array().unwrap().len()), (&"2.1.0".into(), 1));
        let run = &log["runs"][0];
        let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
        assert!(run["tool"]["driver"]["name"].is_string());
        assert_eq!(run["invocations"][0]["executionSuccessful"], true);
        for rule in rules {
            for text in ["/shortDescription/text", "/fullDescription/text", "/help/text", "/help/markdown"] {
                assert!(rule.pointer(text).is_some_and(|text| !text.as_str().unwrap().is_empty()), "{rule}");
            }
        }
        for result in run["results"].as_array().unwrap() {
            let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
            assert_eq!(rules[index]["id"], result["ruleId"]);
            assert!(["error", "warning"].contains(&result["level"].as_str().unwrap()));
            let location = &result["locations"][0]["physicalLocation"];
            let uri = location["artifactLocation"]["uri"].as_str().unwrap();
            assert!(uri.is_ascii() && !uri.contains(' '), "{uri}");
            if let Some(region) = location.get("region") {
                let at = |name: &str| region[name].as_u64().unwrap();
                assert!(at("startLine") >= 1 && at("startColumn") >= 1);
                assert!((at("startLine"), at("startColumn")) <= (at("endLine"), at("endColumn")));
            }
        }
    }

    #[test]
    fn paths_become_references() {
        for (file, reference) in [
            ("workflows/a.yaml", "workflows/a.yaml"),
            ("./workflows/a.yaml", "workflows/a.yaml"),
            ("../a b.yaml", "../a%20b.yaml"),
            ("/srv/wasl/a.yaml", "file:///srv/wasl/a.yaml"),
            ("w/نص.ar.txt", "w/%D9%86%D8%B5.ar.txt"),
        ] {
            assert_eq!(uri(file), reference);
        }
    }
}
