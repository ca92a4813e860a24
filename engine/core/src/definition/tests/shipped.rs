//! The workflows that come with Wasl load without a finding.

use std::path::{Path, PathBuf};

use super::*;
use crate::decode::Decoder;
use crate::value::Type;
use crate::yaml;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[expect(clippy::disallowed_methods, reason = "the test reads the files that are shipped")]
fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every workflow of the folder, by name.
fn names() -> Vec<String> {
    let entries = std::fs::read_dir(root().join("workflows")).unwrap();
    let files = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = files.filter_map(|file| Some(file.strip_suffix(".yaml")?.to_owned())).collect();
    names.sort();
    names
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

/// The names under `queues:` of the shipped settings; the rest of them is the program's to read.
fn shipped_queues() -> Vec<String> {
    let (file, settings) = ("config/wasl.yaml", text(&root().join("config/wasl.yaml")));
    let node = yaml::parse(file, &settings).unwrap();
    let mut decoder = Decoder::new(file, &settings);
    let keys = decoder.entries(&node, "the settings");
    let (_, queues) = keys.into_iter().find(|(key, _)| key.text == "queues").expect("the settings name queues");
    decoder.entries(queues, "the queues").into_iter().map(|(name, _)| name.text).collect()
}

pub(crate) fn shipped_house() -> Environment {
    let config = root().join("config");
    let calendar = text(&config.join("calendars/bahrain-government.yaml"));
    let calendar = Calendar::parse("bahrain-government.yaml", &calendar).unwrap();
    let (sources, report) = decode_sources("config/sources.yaml", &text(&config.join("sources.yaml")));
    assert!(report.findings.is_empty(), "{}", report.render(false));
    Environment {
        calendars: BTreeMap::from([("bahrain-government".into(), calendar)]),
        sources,
        queues: shipped_queues().into_iter().map(|name| (name, Texts::default())).collect(),
        texts: ["hotline".to_owned()].into(),
        ..Environment::default()
    }
}

#[test]
fn every_shipped_workflow_loads_without_a_finding() {
    let house = shipped_house();
    for name in names() {
        let bundle = shipped_bundle(&name);
        let (workflow, report) = Workflow::load(&bundle, &house);
        assert!(report.findings.is_empty(), "{}", report.render(false));
        let workflow = workflow.unwrap();
        assert_eq!((workflow.name.as_str(), workflow.hash.as_str()), (&*name, &*bundle.hash()));
        assert!(workflow.detect.iter().any(|detect| detect.schedule.is_some()), "{name} finds its cases by itself");
    }
}

#[test]
fn every_shipped_workflow_speaks_arabic_and_english_wherever_people_read_it() {
    for name in names() {
        let (workflow, _) = Workflow::load(&shipped_bundle(&name), &shipped_house());
        let workflow = workflow.unwrap();
        assert_eq!(workflow.languages, ["ar", "en"], "{name}");
        let contacts = Type::List(Box::new(Type::contact()));
        let fields = workflow.case.fields.fields.iter().filter(|field| field.ty == contacts);
        let titles = workflow.states.iter().map(|state| (state.name.as_str(), &state.title));
        let titles = titles.chain(workflow.events.iter().map(|(event, declared)| (event.as_str(), &declared.title)));
        for (place, title) in titles.chain(fields.map(|field| (field.name.as_str(), &field.title))) {
            for language in &workflow.languages {
                assert!(title.0.contains_key(language), "{name}: `{place}` has no title in `{language}`");
            }
        }
    }
}

#[test]
fn an_activated_version_loads_again_without_its_surroundings() {
    for name in names() {
        let (workflow, report) = Workflow::load_pinned(&shipped_bundle(&name));
        assert!(report.findings.is_empty(), "{}", report.render(false));
        assert!(workflow.unwrap().detect.is_empty());
    }
}
