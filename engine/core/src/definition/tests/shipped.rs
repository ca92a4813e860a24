//! The workflow that comes with Wasl loads without a finding.

use std::path::{Path, PathBuf};

use super::*;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[expect(clippy::disallowed_methods, reason = "the test reads the files that are shipped")]
fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

pub(crate) fn shipped_bundle(name: &str) -> Bundle {
    let workflows = root().join("workflows");
    let mut files = BTreeMap::from([(format!("{name}.yaml"), text(&workflows.join(format!("{name}.yaml"))))]);
    for fragment in fragment::named_in(&files[&format!("{name}.yaml")]) {
        let path = fragment::path(&fragment);
        files.insert(path.clone(), text(&workflows.join(path)));
    }
    for folder in ["messages", "scripts"] {
        for entry in std::fs::read_dir(workflows.join(name).join(folder)).unwrap() {
            let entry = entry.unwrap();
            let path = format!("{name}/{folder}/{}", entry.file_name().into_string().unwrap());
            files.insert(path, text(&entry.path()));
        }
    }
    Bundle { name: name.to_owned(), files }
}

pub(crate) fn shipped_house() -> Environment {
    let config = root().join("config");
    let calendar = text(&config.join("calendars/bahrain-government.yaml"));
    let calendar = Calendar::parse("bahrain-government.yaml", &calendar).unwrap();
    let (sources, report) = decode_sources("config/sources.yaml", &text(&config.join("sources.yaml")));
    assert!(report.findings.is_empty(), "{}", report.render(false));
    let queues = ["complaints", "supervisors", "data", "billing"];
    Environment {
        calendars: BTreeMap::from([("bahrain-government".into(), calendar)]),
        sources,
        queues: queues.map(|name| (name.to_owned(), Texts::default())).into(),
        texts: ["hotline".to_owned()].into(),
        ..Environment::default()
    }
}

#[test]
fn the_account_transfer_workflow_loads_without_a_finding() {
    let bundle = shipped_bundle("account-transfer");
    let (workflow, report) = Workflow::load(&bundle, &shipped_house());
    assert!(report.findings.is_empty(), "{}", report.render(false));
    let workflow = workflow.unwrap();
    assert_eq!(workflow.state(workflow.start).name, "detection");
    assert_eq!(workflow.hash, bundle.hash());
}

#[test]
fn an_activated_version_loads_again_without_its_surroundings() {
    let (workflow, report) = Workflow::load_pinned(&shipped_bundle("account-transfer"));
    assert!(report.findings.is_empty(), "{}", report.render(false));
    assert!(workflow.unwrap().detect.is_empty());
}
