//! The shipped workflow in prose, word for word, and what any description must hold.

use super::describe;
use crate::definition::tests::{house, model};
use crate::words::tests::shipped;

#[track_caller]
fn golden(language: &str, expected: &str) {
    let (workflow, environment) = shipped();
    let text = describe(workflow, environment, language);
    let first = text.lines().zip(expected.lines()).find(|(now, before)| now != before);
    assert!(
        text == expected,
        "the description differs, first in:\n  {}\n  {}\nIf that is meant: wasl workflow describe account-transfer \
         --lang {language} --output engine/core/src/describe/account-transfer.{language}.md",
        first.map_or("(length)", |lines| lines.0),
        first.map_or("(length)", |lines| lines.1),
    );
}

#[test]
fn the_shipped_workflow_reads_so_in_english() {
    golden("en", include_str!("account-transfer.en.md"));
}

#[test]
fn the_shipped_workflow_reads_so_in_arabic() {
    golden("ar", include_str!("account-transfer.ar.md"));
}

#[test]
fn every_state_text_and_script_is_described() {
    let (workflow, environment) = shipped();
    for language in ["en", "ar"] {
        let text = describe(workflow, environment, language);
        for state in &workflow.states {
            let heading = format!("### {} (`{}`)\n", state.title.get(language), state.name);
            assert_eq!(text.matches(&heading).count(), 1, "{heading}");
        }
        for template in workflow.templates.values().chain(workflow.scripts.values()).flat_map(|texts| texts.values()) {
            for line in template.wording().lines().filter(|line| !line.is_empty()) {
                assert!(text.contains(&format!("> {}", line.trim_end())), "{}: {line}", template.name());
            }
        }
        assert!(!text.contains("\n\n\n") && !text.contains("  \n"), "even spacing");
    }
}

#[test]
fn a_workflow_with_every_part_of_the_language_is_described() {
    let (workflow, environment) = (model::small(), house());
    for (language, parts) in [
        (
            "en",
            [
                "(else the family, else `+97317000000`)",
                "at most 2 times, if someone can be reached by SMS",
                "even if the case moves on meanwhile",
            ],
        ),
        (
            "ar",
            [
                "(وإلا ب«family»، وإلا ب`+97317000000`)",
                "مرتين على الأكثر، إذا أمكن الوصول إلى أحد برسالة نصية",
                "وإن انتقلت الحالة في أثناء ذلك",
            ],
        ),
    ] {
        let text = describe(&workflow, &environment, language);
        for part in parts {
            assert!(text.contains(part), "no “{part}” in\n{text}");
        }
    }
}
