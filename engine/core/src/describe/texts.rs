//! Every text and every call script as it is written, in each language, with what an SMS costs.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::Page;
use crate::definition::{Action, State};
use crate::delivery::Channel;
use crate::message::{Template, segments};
use crate::words::number::Noun;

const LETTERS: Noun =
    Noun { en: ["letter", "letters"], ar: ["حرف واحد", "حرفان", "أحرف", "حرفا", "حرف"] };

impl Page<'_> {
    pub(super) fn texts(&mut self) {
        let workflow = self.words.workflow;
        if !workflow.templates.is_empty() {
            self.heading(2, &self.pick("Appendix: what we write", "ملحق: ما نكتبه"));
            self.paragraph(&[self.pick(
                "what stands in double braces is filled in for each family; what stands between `{%` and `%}` decides whether it is said. \
                 Parts are counted with made-up values",
                "ما بين الأقواس المزدوجة يُملأ لكل أسرة، وما بين `{%` و`%}` يقرر هل يُقال. وتُحسب الأجزاء بقيم مفترضة",
            )]);
        }
        for (name, languages) in &workflow.templates {
            let heading = self.pick(format!("Message `{name}`"), format!("الرسالة `{name}`"));
            self.written(&heading, name, languages, |action| match action {
                Action::Send(send) => Some((send.template.as_str(), send.channel)),
                Action::Call(_) | Action::Set(_) => None,
            });
        }
        if !workflow.scripts.is_empty() {
            self.heading(2, &self.pick("Appendix: what we say on the phone", "ملحق: ما نقوله في المكالمات"));
        }
        for (name, languages) in &workflow.scripts {
            let heading = self.pick(format!("Script `{name}`"), format!("النص `{name}`"));
            self.written(&heading, name, languages, |action| match action {
                Action::Call(call) => Some((call.script.as_str(), Channel::Call)),
                Action::Send(_) | Action::Set(_) => None,
            });
        }
    }

    /// A text in every language, with where it is used.
    fn written(
        &mut self,
        heading: &str,
        name: &str,
        languages: &BTreeMap<String, Template>,
        text_of: fn(&Action) -> Option<(&str, Channel)>,
    ) {
        let words = self.words;
        self.heading(3, heading);
        let uses = |action: &&Action| text_of(action).is_some_and(|(other, _)| other == name);
        let states = &words.workflow.states;
        let using: Vec<&State> = states.iter().filter(|state| state.actions().any(|action| uses(&action))).collect();
        let is_sms =
            |action: &Action| text_of(action).is_some_and(|(other, channel)| other == name && channel == Channel::Sms);
        let sms = states.iter().flat_map(State::actions).any(is_sms);
        let places: Vec<String> = using.iter().map(|state| words.quote(&words.title(state))).collect();
        if !places.is_empty() {
            let places = words.all_of(&places);
            self.paragraph(&[self.pick(format!("used in {places}"), format!("يُستعمل في {places}"))]);
        }
        for code in &words.workflow.languages {
            let Some(template) = languages.get(code) else { continue };
            let cost = if sms { self.cost(template) } else { None };
            let title = words.language_name(code) + &cost.unwrap_or_default();
            let _ = writeln!(self.text, "\n**{title}**\n");
            for line in template.wording().lines() {
                let _ = writeln!(self.text, "{}", format!("> {line}").trim_end());
            }
        }
    }

    /// How long an SMS is with made-up values, and in how many parts it travels.
    fn cost(&self, template: &Template) -> Option<String> {
        let text = self.words.workflow.sample_of(template, self.words.environment)?;
        let sized = segments(&text);
        let language = self.words.language;
        let parts = self.words.sms_parts(sized.segments);
        let letters = LETTERS.as_subject(sized.units.into(), language);
        Some(self.pick(format!(": {parts}, about {letters}"), format!(": {parts}، نحو {letters}")))
    }
}
