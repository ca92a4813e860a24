//! The descriptions of SMS gateways that the settings name, and whether each fits its section there.

use std::ops::Range;
use std::path::PathBuf;

use wasl_core::diagnostic::{Code, Diagnostic, Report};
use wasl_core::yaml;
use wasl_notifiers::Settings as NotifierSettings;
use wasl_notifiers::http_gateway::{read_description, unfit};
use wasl_runtime::text::read_text;

use super::add;
use crate::settings::Settings;

/// Checks the description of every configured gateway; gives their files.
pub(super) fn check(settings: &Settings, report: &mut Report) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for (name, section) in &settings.notifiers {
        let NotifierSettings::HttpGateway(section) = &section.settings else { continue };
        let mut complain = |key: &str, message: String| {
            let file = settings.file.display().to_string();
            report.findings.push(Diagnostic::error(Code::BadValue, &file, place(settings, name, key), message));
        };
        let file = section.gateway.display().to_string();
        let source = match read_text(&section.gateway) {
            Ok(source) => source,
            Err(cause) => {
                complain("gateway", format!("the description `{file}` cannot be read: {cause}"));
                continue;
            }
        };
        let (description, found) = read_description(&file, &source);
        for (key, problem) in description.iter().flat_map(|description| unfit(description, section)) {
            complain(key, format!("`{key}` {problem}"));
        }
        add(report, found);
        files.push(section.gateway.clone());
    }
    files
}

/// Where a key of a notifier stands in the settings; its `gateway`, if the key is missing.
fn place(settings: &Settings, name: &str, key: &str) -> Range<usize> {
    let source = read_text(&settings.file).unwrap_or_default();
    let root = yaml::parse("", &source).ok();
    let section = root.as_ref().and_then(|root| root.get("notifiers")?.get(name));
    let node = section.and_then(|section| section.get(key).or_else(|| section.get("gateway")));
    node.map_or(0..0, |node| node.span.clone())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn a_description_and_its_section_are_checked_together() {
        let folder = tempfile::tempdir().unwrap();
        let kannel = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/gateways/kannel.yaml");
        let file = folder.path().join("wasl.yaml");
        let source = |values: &str, gateway: &str| {
            format!(
                "notifiers:\n  sms:\n    kind: http_gateway\n    gateway: {gateway}\n    base_url: http://127.0.0.1:1\n    \
                 values: {values}\n    secrets: {{password: {{env: A}}, token: {{env: B}}}}\n"
            )
        };
        let found = |text: &str| {
            std::fs::write(&file, text).unwrap();
            let (mut settings, mut report) = Settings::parse(&file.display().to_string(), text);
            settings.file.clone_from(&file);
            let files = check(&settings, &mut report);
            report.sort();
            (files, report.render(false))
        };
        let shipped = kannel.display().to_string();
        assert_eq!(found(&source("{username: wasl}", &shipped)), (vec![kannel.clone()], String::new()));
        let (_, rendered) = found(&source("{usrname: wasl}", &shipped));
        assert!(rendered.contains("wasl.yaml:6:13: error[W006]: `values` lacks `username`"), "{rendered}");
        assert!(rendered.contains("`values` has `usrname`"), "{rendered}");
        let (files, rendered) = found(&source("{}", "no/such.yaml"));
        assert!(files.is_empty() && rendered.contains("wasl.yaml:4:14: error"), "{rendered}");
        let broken = folder.path().join("broken.yaml");
        std::fs::write(&broken, "gateway: g\nsnd: {}\n").unwrap();
        let (_, rendered) = found(&source("{username: wasl}", &broken.display().to_string()));
        assert!(
            rendered.contains("broken.yaml:2:1: error[W003]") && rendered.contains("did you mean `send`?"),
            "{rendered}"
        );
    }
}
