//! A workflow taken apart into facts: all but its states.

use std::collections::BTreeMap;

use super::sayings::Saying;
use crate::definition::{Detect, Environment, Limit, Lookup, Workflow};
use crate::lang::Texts;
use crate::message::{Template, segments};
use crate::schema::Field;
use crate::words::Words;

/// One thing that a workflow says.
#[derive(Clone, Debug)]
pub(super) struct Fact {
    /// Where; parts of a whole begin with the path of the whole.
    pub(super) path: String,
    /// What is compared, as the file has it.
    pub(super) value: String,
    /// The same in words.
    pub(super) saying: Saying,
    /// Whether it only says in which order others stand: of interest if these are the same.
    pub(super) is_order: bool,
}

/// Facts while they are collected.
pub(super) struct Facts<'a> {
    pub(super) words: Words<'a>,
    /// New names of states that were renamed.
    pub(super) renamed: &'a BTreeMap<String, String>,
    pub(super) all: Vec<Fact>,
}

/// Every fact of a workflow; states that were renamed appear under their new names.
pub(super) fn facts(
    workflow: &Workflow,
    environment: &Environment,
    language: &str,
    renamed: &BTreeMap<String, String>,
) -> Vec<Fact> {
    let mut facts = Facts { words: Words::new(workflow, environment, language), renamed, all: Vec::new() };
    facts.head();
    facts.case();
    facts.events();
    for detect in &workflow.detect {
        facts.detect(detect);
    }
    facts.policy();
    facts.promises();
    facts.anywhere();
    for state in &workflow.states {
        facts.state(state);
    }
    facts.texts("messages", &workflow.templates);
    facts.texts("scripts", &workflow.scripts);
    facts.all
}

impl Facts<'_> {
    pub(super) fn pick(&self, en: impl Into<String>, ar: impl Into<String>) -> String {
        self.words.pick(en, ar)
    }

    pub(super) fn add(&mut self, path: impl Into<String>, value: impl Into<String>, saying: Saying) {
        self.all.push(Fact { path: path.into(), value: value.into(), saying, is_order: false });
    }

    /// In which order the named parts of a list stand, where the first that fits wins.
    pub(super) fn order(&mut self, path: &str, place: &str, parts: &[String]) {
        let value = parts.join(" | ");
        let saying = Saying::new(place, self.pick("the order is", "الترتيب هو"), value.clone());
        self.all.push(Fact { path: format!("{path}.order"), value, saying, is_order: true });
    }

    fn titles(&mut self, path: &str, place: &str, title: &Texts) {
        for (code, text) in &title.0 {
            let language = self.words.language_name(code);
            let is = self.pick(format!("the title ({language}) is"), format!("العنوان ({language}) هو"));
            self.add(format!("{path}.title.{code}"), text, Saying::new(place, is, self.words.quote(text)));
        }
    }

    pub(super) fn state_titles(&mut self, path: &str, place: &str, title: &Texts) {
        self.titles(path, place, title);
    }

    fn head(&mut self) {
        let (words, workflow) = (self.words, self.words.workflow);
        let place = self.pick("the workflow", "مسار العمل");
        let is_called = self.pick("its name is", "اسمه");
        self.add("workflow", workflow.name.as_str(), Saying::new(&place, is_called, format!("`{}`", workflow.name)));
        self.titles("workflow", &place, &workflow.title);
        let follows = self.pick("it follows the calendar", "تقويمه هو");
        self.add("calendar", &workflow.calendar, Saying::new(&place, follows, words.calendar(&workflow.calendar)));
        let names: Vec<String> = workflow.languages.iter().map(|code| words.language_name(code)).collect();
        let exist = self.pick("every text exists in", "كل نص موجود بـ");
        self.add("languages", workflow.languages.join(", "), Saying::new(&place, exist, words.all_of(&names)));
        let opens = self.pick("a case opens in", "تُفتح الحالة في");
        let start = self.name_of(workflow.start);
        self.add("start", start, Saying::new(&place, opens, words.state(workflow.start)));
    }

    fn case(&mut self) {
        let (words, case) = (self.words, &self.words.workflow.case);
        let place = self.pick("what a case knows", "ما تعرفه الحالة");
        let names: Vec<String> = case.key.iter().map(|name| words.field(name)).collect();
        let unique = self.pick("there is one open case for each", "حالة مفتوحة واحدة لكل");
        self.add("case.key", case.key.join(", "), Saying::new(&place, unique, words.all_of(&names)));
        for field in &case.fields.fields {
            let path = format!("case.fields.{}", field.name);
            let knows = self.pick("the field", "الحقل");
            self.add(&path, &field.name, Saying::new(&place, knows, format!("`{}`", field.name)));
            let place = self.pick(format!("the field `{}`", field.name), format!("الحقل `{}`", field.name));
            self.field(&path, &place, field);
        }
    }

    fn field(&mut self, path: &str, place: &str, field: &Field) {
        let words = self.words;
        let holds = self.pick("it holds", "يحمل");
        self.add(format!("{path}.type"), field.ty.to_string(), Saying::new(place, holds, words.kind(&field.ty)));
        self.yes_no(
            path,
            "optional",
            field.optional,
            place,
            ["it may be unknown", "it must be known"],
            ["قد لا يُعرف", "لا بد أن يُعرف"],
        );
        self.yes_no(
            path,
            "personal",
            field.personal,
            place,
            ["it is personal data", "it is not personal data"],
            ["من البيانات الشخصية", "ليس من البيانات الشخصية"],
        );
        self.yes_no(
            path,
            "past",
            field.past,
            place,
            ["it cannot lie in the future", "it may lie in the future"],
            ["لا يكون في المستقبل", "قد يكون في المستقبل"],
        );
        let pattern = field.pattern.as_ref().map(|pattern| pattern.as_str().to_owned());
        let bounds = [
            ("pattern", pattern, self.pick("it must look like", "يجب أن يطابق")),
            ("min", field.min.map(|min| min.to_string()), self.pick("it is at least", "لا يقل عن")),
            ("max", field.max.map(|max| max.to_string()), self.pick("it is at most", "لا يزيد على")),
        ];
        for (key, value, clause) in bounds {
            if let Some(value) = value {
                self.add(format!("{path}.{key}"), &value, Saying::new(place, clause, format!("`{value}`")));
            }
        }
        self.titles(path, place, &field.title);
    }

    /// Something that holds or not; the words stand alone.
    pub(super) fn yes_no(&mut self, path: &str, key: &str, holds: bool, place: &str, en: [&str; 2], ar: [&str; 2]) {
        let at = usize::from(!holds);
        let clause = self.pick(en[at], ar[at]);
        self.add(format!("{path}.{key}"), holds.to_string(), Saying::alone(place, clause));
    }

    fn events(&mut self) {
        for (name, event) in &self.words.workflow.events {
            let path = format!("events.{name}");
            let place = self.pick(format!("the event `{name}`"), format!("الحدث `{name}`"));
            let whole = self.pick("what others may report", "ما قد يبلغنا به غيرنا");
            let the_event = self.pick("the event", "الحدث");
            self.add(&path, name, Saying::new(&whole, the_event, format!("`{name}`")));
            let waits = self.pick("if it comes too early it waits", "إن ورد مبكرا انتظر");
            let keep = event.keep.words_after(self.words.language);
            self.add(format!("{path}.keep"), event.keep.to_string(), Saying::new(&place, waits, keep));
            self.titles(&path, &place, &event.title);
            for field in &event.fields.fields {
                let path = format!("{path}.fields.{}", field.name);
                let place = self.pick(format!("{place}, `{}`", field.name), format!("{place}، `{}`", field.name));
                let brings = self.pick("it brings", "يحمل");
                self.add(&path, &field.name, Saying::new(&place, brings, format!("`{}`", field.name)));
                self.field(&path, &place, field);
            }
        }
    }

    fn detect(&mut self, detect: &Detect) {
        let (words, path) = (self.words, format!("detect.{}", detect.name));
        let whole = self.pick("where cases come from", "من أين تأتي الحالات");
        let the_detection = self.pick("the detection", "الرصد");
        self.add(&path, &detect.name, Saying::new(&whole, the_detection, format!("`{}`", detect.name)));
        let place = self.pick(format!("the detection `{}`", detect.name), format!("الرصد `{}`", detect.name));
        if let Some(schedule) = &detect.schedule {
            let runs = self.pick("we look", "ننظر");
            self.add(
                format!("{path}.schedule"),
                schedule.source(),
                Saying::new(&place, runs, words.schedule(schedule)),
            );
        }
        let reads = self.pick("we look at", "ننظر في");
        self.add(format!("{path}.from"), &detect.from, Saying::new(&place, reads, words.source(&detect.from)));
        for lookup in &detect.lookups {
            let looks = self.pick("we look up", "نبحث عن");
            let value = written(lookup);
            self.add(
                format!("{path}.lookup.{}", lookup.name),
                &value,
                Saying::new(&place, looks, format!("`{value}`")),
            );
        }
        if let Some(program) = &detect.withdrawn {
            let withdraws = self.pick("a record withdraws the death", "يسحب السجل قيد الوفاة");
            self.add(
                format!("{path}.withdrawn"),
                program.source(),
                Saying::new(&place, withdraws, words.when(program)),
            );
        }
        for (name, program) in &detect.screen {
            let screens = self.pick(format!("no case opens (`{name}`)"), format!("لا تُفتح حالة (`{name}`)"));
            self.add(
                format!("{path}.screen.{name}"),
                program.source(),
                Saying::new(&place, screens, words.when(program)),
            );
        }
        let names: Vec<String> = detect.screen.iter().map(|(name, _)| name.clone()).collect();
        self.order(&format!("{path}.screen"), &place, &names);
        for (field, program) in &detect.case {
            let comes = self
                .pick(format!("{} is taken from", words.field(field)), format!("قيمة {} تؤخذ من", words.field(field)));
            let value = format!("`{}`", program.source());
            self.add(format!("{path}.case.{field}"), program.source(), Saying::new(&place, comes, value));
        }
    }

    fn policy(&mut self) {
        let (words, policy) = (self.words, &self.words.workflow.policy);
        let place = self.pick("how much a family hears", "كم تسمع الأسرة منا");
        for (channel, quiet) in &policy.quiet {
            let saying = Saying::alone(&place, words.quiet(*channel, *quiet));
            self.add(format!("contact_policy.quiet.{channel}"), quiet.to_string(), saying);
        }
        if let Some((wait, field)) = &policy.not_before {
            let said = wait.words_after(words.language);
            let (said, nothing) = (
                self.pick(format!("{said} after {}", words.field(field)), format!("{said} على {}", words.field(field))),
                self.pick("nothing reaches it earlier than", "لا يصلها شيء قبل مضي"),
            );
            self.add("contact_policy.not_before", format!("{wait} after {field}"), Saying::new(&place, nothing, said));
        }
        for cap in &policy.at_most {
            let of = cap.text.split_once(' ').map_or("", |(_, rest)| rest);
            self.add(format!("contact_policy.at_most[{of}]"), &cap.text, Saying::alone(&place, words.cap(cap)));
        }
        if let Some(field) = &policy.household {
            let known_by = self.pick("a household is known by", "تُعرف الأسرة بحقل");
            self.add("contact_policy.household", field, Saying::new(&place, known_by, words.field(field)));
        }
        for field in &policy.deceased {
            let never = self.pick("the deceased, never contacted:", "المتوفى، لا يُتواصل معه:");
            self.add(
                format!("contact_policy.deceased[{field}]"),
                field,
                Saying::new(&place, never, words.field(field)),
            );
        }
        for field in &policy.never_to {
            let never = self.pick("never used:", "لا يُستعمل أبدا:");
            self.add(
                format!("contact_policy.never_to[{field}]"),
                field,
                Saying::new(&place, never, words.field(field)),
            );
        }
    }

    fn promises(&mut self) {
        let place = self.pick("what we promise", "ما نعد به");
        for promise in &self.words.workflow.promises {
            let value = match promise.limit {
                Limit::Time(time) => time.to_string(),
                Limit::Count(count) => count.to_string(),
            };
            let (what, most) = self.words.promise(promise);
            self.add(format!("promise.{}", promise.of.name()), value, Saying::new(&place, what, most));
        }
    }

    /// Texts in each language. Lines that only explain (`##` without a key) say nothing to a family.
    fn texts(&mut self, kind: &str, texts: &BTreeMap<String, BTreeMap<String, Template>>) {
        for (name, languages) in texts {
            let path = format!("{kind}.{name}");
            let (one, all) = if kind == "messages" {
                (
                    self.pick(format!("the message `{name}`"), format!("الرسالة `{name}`")),
                    self.pick("what we write", "ما نكتبه"),
                )
            } else {
                (
                    self.pick(format!("the script `{name}`"), format!("النص `{name}`")),
                    self.pick("what we say on the phone", "ما نقوله في المكالمات"),
                )
            };
            self.add(&path, name, Saying::alone(&all, one.clone()));
            for (code, template) in languages {
                self.text(&format!("{path}.{code}"), &one, code, template, kind == "messages");
            }
        }
    }

    fn text(&mut self, path: &str, place: &str, code: &str, template: &Template, is_message: bool) {
        let language = self.words.language_name(code);
        let wording = template.wording();
        let sample = self.words.workflow.sample_of(template, self.words.environment);
        let parts = sample.filter(|_| is_message && !template.has_subject()).map(|text| segments(&text).segments);
        let saying = Saying::text(place, &language, parts.map(|parts| self.words.sms_parts(parts)));
        self.add(path, wording, saying);
        if let Some(level) = template.header("level") {
            let is = self.pick(format!("the level ({language}) is"), format!("المستوى ({language}) هو"));
            self.add(format!("{path}.level"), level, Saying::new(place, is, format!("`{level}`")));
        }
    }
}

/// A lookup as one line.
fn written(lookup: &Lookup) -> String {
    let on: Vec<String> = lookup.on.iter().map(|(there, here)| format!("{there}: {here}")).collect();
    let members: Vec<String> =
        lookup.members.iter().map(|(name, value)| format!("{name}: {}", value.source())).collect();
    let many = if lookup.many { ", many: true" } else { "" };
    let members = if members.is_empty() { String::new() } else { format!(", as: {{{}}}", members.join(", ")) };
    format!("{}: {{in: {}, where: {{{}}}{many}{members}}}", lookup.name, lookup.source, on.join(", "))
}
