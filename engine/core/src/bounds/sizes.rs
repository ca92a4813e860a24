//! The SMS segments of each text at its longest.
//!
//! Texts are rendered for made-up cases in which every text field has [`LETTERS`] letters of the language's own
//! script, with and without each thing that may be absent and with each choice; the longest counts. A person
//! with a name in the other script may cost more, a name of usual length costs less.

use std::collections::{BTreeMap, BTreeSet};

use super::asks::Sizes;
use crate::definition::samples::{self, Sample};
use crate::definition::{Action, Environment, Workflow};
use crate::delivery::Channel;
use crate::message::segments::segments;
use crate::message::template::Template;
use crate::value::{Member, Type, Value};

/// A full name of four or five parts, longer than nearly all.
pub(super) const LETTERS: usize = 40;
/// A word of the house, such as the hotline's number with its country code.
const HOUSE_LETTERS: usize = 16;
/// A link by which messages are stopped, under a host name of usual length.
const STOP_URL_LETTERS: usize = 64;
/// The reference of a case has five letters for the first fourteen million cases, then six.
const REFERENCE: &str = "WWWWWW";

/// The segments of every SMS text in every language of the workflow; `house` names the house's texts.
pub(super) fn sizes(workflow: &Workflow, house: &BTreeSet<String>) -> Sizes {
    let names = names(workflow, house);
    let mut sizes = Sizes::new();
    for template in texts_for(workflow, Channel::Sms) {
        let by_language = workflow.templates.get(template);
        let of = |language: &String| {
            by_language.and_then(|texts| texts.get(language)).map_or(0, |text| longest(text, &names, house))
        };
        let mut by_language: Vec<u64> = workflow.languages.iter().map(of).collect();
        by_language.push(by_language.iter().copied().max().unwrap_or(0));
        sizes.insert(template.to_owned(), by_language);
    }
    sizes
}

impl Workflow {
    /// The segments of a text at its longest.
    pub fn longest_segments(&self, template: &Template, environment: &Environment) -> u64 {
        longest(template, &names(self, &environment.texts), &environment.texts)
    }
}

/// What texts may say.
fn names(workflow: &Workflow, house: &BTreeSet<String>) -> BTreeMap<String, Member> {
    let mut names = workflow.text_variables();
    for name in house {
        names.entry(name.clone()).or_insert(Member { ty: Type::Text, optional: false });
    }
    names
}

fn texts_for(workflow: &Workflow, channel: Channel) -> BTreeSet<&str> {
    let sends = workflow.actions().filter_map(|action| match action {
        Action::Send(send) if send.channel == channel => Some(send.template.as_str()),
        _ => None,
    });
    sends.collect()
}

fn longest(template: &Template, names: &BTreeMap<String, Member>, house: &BTreeSet<String>) -> u64 {
    let letter = if template.language() == "ar" { "م" } else { "m" };
    let (text, word) = (letter.repeat(LETTERS), "9".repeat(HOUSE_LETTERS));
    let variables = template.variables();
    let counts = samples::tries(names, &variables).into_iter().filter_map(|known| {
        let mut values = samples::record(names, Sample { known, text: &text, name: &text, number: 12_345.678 });
        values.extend(house.iter().map(|name| (name.clone(), Value::from(word.as_str()))));
        values.insert("reference".into(), Value::from(REFERENCE));
        if house.contains("stop_url") {
            values.insert("stop_url".into(), Value::Text("m".repeat(STOP_URL_LETTERS)));
        }
        template.render(&values).ok().map(|rendered| u64::from(segments(&rendered.text).segments))
    });
    counts.max().unwrap_or(0)
}
