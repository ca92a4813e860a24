//! A whole workflow as plain prose, for the people who approve wording and never read YAML: Markdown in
//! English or Arabic, with every text and every call script at its end.

mod head;
mod states;
#[cfg(test)]
mod tests;
mod texts;

use std::fmt::Write as _;

use crate::definition::{Environment, Workflow};
use crate::words::{Words, sentence};

/// The description. It says everything that the file says, in the order in which people ask: what it
/// is for, who is meant, how much a family can hear, what happens, and in which words.
pub fn describe(workflow: &Workflow, environment: &Environment, language: &str) -> String {
    let mut page = Page { words: Words::new(workflow, environment, language), text: String::new() };
    page.head();
    page.states();
    page.texts();
    page.text
}

/// The description while it is written.
struct Page<'a> {
    words: Words<'a>,
    text: String,
}

impl Page<'_> {
    fn pick(&self, en: impl Into<String>, ar: impl Into<String>) -> String {
        self.words.pick(en, ar)
    }

    fn heading(&mut self, level: usize, text: &str) {
        self.gap();
        let _ = writeln!(self.text, "{} {text}", "#".repeat(level));
    }

    /// Sentences as a paragraph: each with a large letter and a full stop.
    fn paragraph(&mut self, sentences: &[String]) {
        if !sentences.is_empty() {
            self.gap();
            let sentences: Vec<String> = sentences.iter().map(|text| sentence(text)).collect();
            let _ = writeln!(self.text, "{}", sentences.join(" "));
        }
    }

    /// Sentences as a list, after a sentence that leads to it.
    fn list(&mut self, lead: Option<&str>, items: &[String]) {
        if items.is_empty() {
            return;
        }
        if let Some(lead) = lead {
            self.gap();
            let _ = writeln!(self.text, "{lead}");
        }
        self.gap();
        for item in items {
            let _ = writeln!(self.text, "- {}", sentence(item));
        }
    }

    /// An empty line, except at the beginning.
    fn gap(&mut self) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
    }
}
