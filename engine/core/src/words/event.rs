//! Events as conditions of a sentence (`if …`) and as labels of a picture.

use super::Words;
use crate::definition::State;
use crate::delivery::Channel;

impl Words<'_> {
    /// What must happen for `event` to come, as it stands after `if`: `nobody answers the SMS`.
    pub fn event(&self, state: Option<&State>, event: &str) -> String {
        if let Some(declared) = self.workflow.events.get(event) {
            return match self.titled(&declared.title) {
                Some(title) => self.pick(format!("it is reported that “{title}”"), format!("ورد البلاغ «{title}»")),
                None => self.pick(format!("`{event}` is reported"), format!("ورد البلاغ `{event}`")),
            };
        }
        match event.split_once('.').and_then(|(channel, word)| Some((Channel::parse(channel)?, word))) {
            Some((Channel::Call, word)) => self.call_event(state, word),
            Some((channel, word)) => self.message_event(channel, word, event),
            None if event == "case.updated" => {
                self.pick("the source reports the case again with other values", "ورد السجل نفسه ثانية بقيم أخرى")
            }
            None => self.pick(format!("`{event}` comes"), format!("ورد `{event}`")),
        }
    }

    /// Several events as one condition; what an agent heard is listed under one verb.
    pub fn events(&self, state: Option<&State>, events: &[&str]) -> String {
        let outcome = |event: &&&str| event.strip_prefix("call.").is_some_and(is_outcome);
        let (outcomes, others): (Vec<&&str>, Vec<&&str>) = events.iter().partition(outcome);
        let heard = outcomes.iter().filter_map(|event| Some(self.outcome(state, event.strip_prefix("call.")?)));
        let heard: Vec<String> = heard.collect();
        let answered = (!heard.is_empty()).then(|| self.answered(&self.one_of(&heard)));
        let others = others.iter().map(|event| self.event(state, event));
        self.one_of(&answered.into_iter().chain(others).collect::<Vec<_>>())
    }

    fn answered(&self, heard: &str) -> String {
        self.pick(format!("the answer is {heard}"), format!("كانت النتيجة {heard}"))
    }

    /// An outcome in the words of its script, in quotation marks.
    fn outcome(&self, state: Option<&State>, outcome: &str) -> String {
        self.heard(state, outcome).map_or_else(|| format!("`{outcome}`"), |heard| self.quote(&heard))
    }

    fn call_event(&self, state: Option<&State>, word: &str) -> String {
        match word {
            "no_contact" => self.pick("there is nobody to ring", "لم يوجد من نتصل به"),
            "suppressed" => self.pick("a limit stops the call", "منع أحد حدود التواصل المكالمة"),
            outcome => self.answered(&self.outcome(state, outcome)),
        }
    }

    fn message_event(&self, channel: Channel, word: &str, event: &str) -> String {
        let it = self.the_message(channel);
        match word {
            "accepted" => self.pick(format!("{it} has left"), format!("أُرسلت {it}")),
            "delivered" => self.pick(format!("{it} has arrived"), format!("وصلت {it}")),
            "undelivered" => self.pick(format!("{it} cannot be delivered"), format!("تعذر توصيل {it}")),
            "unconfirmed" => self.pick(
                format!("nobody reports in time whether {it} has arrived"),
                format!("لم يبلغنا أحد في الوقت المحدد هل وصلت {it}"),
            ),
            "uncertain" => self.pick(format!("nobody can tell whether {it} has left"), format!("لا يُعلم هل خرجت {it}")),
            "failed" => self.pick(format!("sending {it} fails"), format!("فشل إرسال {it}")),
            "expired" => self.pick(format!("{it} could not leave in time"), format!("فات موعد إرسال {it}")),
            "suppressed" => self.pick(format!("a limit stops {it}"), format!("منع أحد حدود التواصل {it}")),
            "reply" => self.pick(format!("somebody answers {it}"), format!("رد أحد على {it}")),
            "no_contact" => {
                let by = self.by_channel(channel);
                self.pick(format!("there is nobody whom we can reach {by}"), format!("لم يوجد من نصل إليه {by}"))
            }
            _ => self.pick(format!("`{event}` comes"), format!("ورد `{event}`")),
        }
    }

    /// The event as a label: short, without a condition's grammar.
    pub fn event_label(&self, state: Option<&State>, event: &str) -> String {
        if let Some(declared) = self.workflow.events.get(event) {
            return self.titled(&declared.title).unwrap_or_else(|| event.to_owned());
        }
        let call = event.strip_prefix("call.").filter(|word| is_outcome(word));
        match call {
            Some(outcome) => self.outcome_label(state, outcome),
            None => super::raised(&self.event(state, event)),
        }
    }

    /// An outcome in short; in full where another outcome of the same state would read the same.
    fn outcome_label(&self, state: Option<&State>, outcome: &str) -> String {
        let Some(short) = self.heard_in_short(state, outcome) else { return outcome.replace('_', " ") };
        let others = state.into_iter().flat_map(|state| &state.on).filter_map(|handler| {
            let other = handler.event.strip_prefix("call.").filter(|other| *other != outcome)?;
            self.heard_in_short(state, other)
        });
        if others.into_iter().any(|other| other == short) {
            return self.heard(state, outcome).unwrap_or(short);
        }
        short
    }
}

/// Whether a word after `call.` is an agent's answer, not the engine's.
fn is_outcome(word: &str) -> bool {
    !matches!(word, "no_contact" | "suppressed")
}
