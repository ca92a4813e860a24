//! What a workflow is for, where its cases come from, and how much a family can hear.

use super::Page;
use crate::definition::Detect;

impl Page<'_> {
    pub(super) fn head(&mut self) {
        let workflow = self.words.workflow;
        let title = if workflow.title.is_empty() { &workflow.name } else { workflow.title.get(self.words.language) };
        self.heading(1, title);
        self.purpose();
        self.sources();
        self.limits();
        self.promises();
    }

    fn purpose(&mut self) {
        let (words, workflow) = (self.words, self.words.workflow);
        let start = words.state(workflow.start);
        let ends: Vec<String> = workflow
            .states
            .iter()
            .filter_map(|state| {
                let outcome = words.ending(state.end.as_deref()?);
                Some(format!("{} ({outcome})", words.quote(&words.title(state))))
            })
            .collect();
        let (either, calendar) = (words.one_of(&ends), words.calendar(&workflow.calendar));
        let mut sentences = vec![
            self.pick(
                format!("a case opens in {start} and ends in one of these: {either}"),
                format!("تُفتح الحالة في مرحلة {start}، وتنتهي بواحدة مما يلي: {either}"),
            ),
            self.pick(
                format!("working days, holidays and the hours of contact are those of the calendar {calendar}"),
                format!("تُحسب أيام العمل والعطل وأوقات التواصل وفق تقويم {calendar}"),
            ),
        ];
        sentences.extend(self.languages());
        if !workflow.case.key.is_empty() {
            let key: Vec<String> = workflow.case.key.iter().map(|name| words.field(name)).collect();
            let key = words.all_of(&key);
            sentences.push(self.pick(
                format!("there are never two open cases with the same values of {key}"),
                format!("لا تُفتح في وقت واحد حالتان تتساوى فيهما قيم {key}"),
            ));
        }
        self.heading(2, &self.pick("What it is for", "الغرض"));
        self.paragraph(&sentences);
    }

    fn languages(&self) -> Option<String> {
        let languages = &self.words.workflow.languages;
        let names: Vec<String> = languages.iter().map(|code| self.words.language_name(code)).collect();
        let (first, all) = (names.first()?.clone(), self.words.all_of(&names));
        Some(self.pick(
            format!("every text exists in {all}; who speaks a language that we do not know is addressed in {first}"),
            format!("كل نص موجود باللغات: {all}، ومن لا نعرف لغته نخاطبه باللغة {first}"),
        ))
    }

    fn sources(&mut self) {
        self.heading(2, &self.pick("Where cases come from", "من أين تأتي الحالات"));
        let detections = &self.words.workflow.detect;
        if detections.is_empty() {
            self.paragraph(&[self.pick("cases are opened by hand", "تُفتح الحالات يدويا")]);
        }
        for detect in detections {
            self.detection(detect);
        }
    }

    fn detection(&mut self, detect: &Detect) {
        let words = self.words;
        let (name, from) = (&detect.name, words.source(&detect.from));
        let when = detect.schedule.as_ref().map(|schedule| words.schedule(schedule));
        let when = when.unwrap_or_else(|| self.pick("when somebody asks for it", "عند الطلب"));
        let mut sentences = vec![self.pick(
            format!("**{name}**: {when}, we look at {from}"),
            format!("الرصد **{name}**: {when}، ننظر في {from}"),
        )];
        if !detect.lookups.is_empty() {
            let beside: Vec<String> = detect.lookups.iter().map(|lookup| words.source(&lookup.source)).collect();
            let beside = words.all_of(&beside);
            sentences.push(self.pick(
                format!("what belongs to a record is looked up in {beside}"),
                format!("ونبحث عما يتصل بكل سجل في {beside}"),
            ));
        }
        if let Some(program) = &detect.withdrawn {
            let when = words.when(program);
            sentences.push(self.pick(
                format!("{when}, the death was registered in error, and every case about the person is stopped"),
                format!("{when} فقد قُيدت الوفاة خطأ، وتتوقف كل حالة عن هذا الشخص"),
            ));
        }
        self.paragraph(&sentences);
        let reasons: Vec<String> = detect
            .screen
            .iter()
            .map(|(name, program)| {
                let when = words.when(program);
                self.pick(format!("`{name}`: {when}"), format!("السبب `{name}`: {when}"))
            })
            .collect();
        let lead = self.pick(
            "No case opens, and the record is counted under the first reason that fits:",
            "لا تُفتح حالة، ويُحسب السجل تحت أول سبب ينطبق عليه:",
        );
        self.list(Some(&lead), &reasons);
    }

    fn limits(&mut self) {
        let (words, policy) = (self.words, &self.words.workflow.policy);
        self.heading(2, &self.pick("How much a family can hear from us", "كم تسمع الأسرة منا"));
        let mut limits = Vec::new();
        if let Some((wait, field)) = &policy.not_before {
            let (wait, field) = (wait.words_after(words.language), words.field(field));
            limits.push(self.pick(
                format!("nothing reaches the family earlier than {wait} after {field}"),
                format!("لا يصل إلى الأسرة شيء قبل مضي {wait} على {field}"),
            ));
        }
        limits.extend(policy.quiet.iter().map(|(channel, quiet)| words.quiet(*channel, *quiet)));
        limits.extend(policy.at_most.iter().map(|cap| words.cap(cap)));
        let named = |fields: &[String]| {
            let fields: Vec<String> = fields.iter().map(|name| words.field(name)).collect();
            (!fields.is_empty()).then(|| words.all_of(&fields))
        };
        if let Some(fields) = named(policy.household.as_slice()) {
            limits.push(self.pick(
                format!("cases that have the same {fields} are one household, in whichever workflow"),
                format!("الحالات التي تتفق في {fields} أسرة واحدة، من أي مسار كانت"),
            ));
        }
        if let Some(fields) = named(&policy.deceased) {
            limits.push(self.pick(
                format!("the deceased, never contacted in any case of any workflow: {fields}"),
                format!("المتوفى، لا يُتواصل معه في أي حالة من أي مسار: {fields}"),
            ));
        }
        if let Some(fields) = named(&policy.never_to) {
            limits.push(self.pick(format!("never used: {fields}"), format!("لا يُستعمل أبدا: {fields}")));
        }
        self.list(None, &limits);
        let also = self.pick(
            "the calendar's hours of contact and the limits of the house hold as well; the stricter one wins. \
             Where several contacts are known, we speak with one at a time, in their order",
            "وتسري معها أوقات التواصل في التقويم وحدود المؤسسة، والأشد منها هو المعمول به. \
             وإن كانت جهات الاتصال المعروفة عدة خاطبنا واحدة منها في كل مرة، بحسب ترتيبها",
        );
        self.paragraph(&[also]);
    }

    fn promises(&mut self) {
        let (words, promises) = (self.words, &self.words.workflow.promises);
        if promises.is_empty() {
            return;
        }
        self.heading(2, &self.pick("What we promise", "ما نعد به"));
        let said: Vec<String> = promises
            .iter()
            .map(|promise| {
                let (what, most) = words.promise(promise);
                format!("{what} {most}")
            })
            .collect();
        let lead = self.pick(
            "This holds even in the worst case; `wasl check` proves it:",
            "يسري هذا حتى في أسوأ الأحوال، ويثبته الأمر `wasl check`:",
        );
        self.list(Some(&lead), &said);
    }
}
