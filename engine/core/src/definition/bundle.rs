//! The files of a workflow and the surroundings that it is checked against.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use crate::calendar::Calendar;
use crate::lang::Texts;
use crate::source::Sources;
use crate::tariff::Tariff;

/// A workflow with everything that it refers to, as text. Paths are relative to the workflows
/// folder: `account-transfer.yaml`, `account-transfer/messages/follow-up.ar.txt`, and of the fragments
/// that it uses `fragments/not-reached.yaml` with what lies beside it.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Bundle {
    /// The workflow's name: that of its file.
    pub name: String,
    /// Text by path.
    pub files: BTreeMap<String, String>,
}

impl Bundle {
    /// The files with its scenarios, which prove a version and do not change it.
    pub fn scenario_files(&self) -> impl Iterator<Item = (&str, &str)> {
        let files = self.files.iter().filter(|(path, _)| holds_scenarios(path));
        files.map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// Content hash over every file but those with scenarios.
    pub fn hash(&self) -> String {
        let mut hash = Sha256::new();
        for (path, text) in self.files.iter().filter(|(path, _)| !holds_scenarios(path)) {
            // Lengths keep the boundary between path and text unambiguous.
            hash.update(path.len().to_be_bytes());
            hash.update(path.as_bytes());
            hash.update(text.len().to_be_bytes());
            hash.update(text.as_bytes());
        }
        hash.finalize().iter().fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    }
}

fn holds_scenarios(path: &str) -> bool {
    path.contains("/scenarios/")
}

/// What a workflow may refer to outside its own files.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// Calendars by name.
    pub calendars: BTreeMap<String, Calendar>,
    /// Sources by name.
    pub sources: Sources,
    /// Tariffs by name: what a day of delay costs a family.
    pub tariffs: BTreeMap<String, Tariff>,
    /// Call queues, with what people call them.
    pub queues: BTreeMap<String, Texts>,
    /// Names of the house's texts that templates may use, such as `hotline`.
    pub texts: BTreeSet<String>,
    /// Names of the fragments that there are.
    pub fragments: BTreeSet<String>,
}
