//! What operators do about one message of a case: have it tried now, cancel it, have its text sent once more, say
//! whether it had left.
//!
//! Where the message stands at its gateway the store knows; here is decided what the case makes of it, and what the
//! rules allow.

use jiff::Timestamp;

use super::machine::{Fault, Machine, Outcome};
use crate::case::{EffectId, Pending, Standing};
use crate::delivery::Channel;
use crate::effect::{Effect, Message, Withdrawn};
use crate::event::{Body, MessageAct, News};
use crate::history::What;
use crate::lang::Texts;
use crate::policy::{Patience, Verdict, Wanted, judge};
use crate::retention::GONE;

impl Machine<'_> {
    pub(super) fn about_message(&mut self, id: &EffectId, act: &MessageAct) -> Outcome {
        match act {
            MessageAct::Retry { template } => self.hurry(id, template),
            MessageAct::Cancel { reason } => self.cancel(id, reason),
            MessageAct::Resend { reason, original } => self.resend(original, reason),
            MessageAct::Resolve { sent, reason, channel } => self.resolve(id, *sent, reason, *channel),
        }
    }

    fn hurry(&mut self, id: &EffectId, template: &str) -> Outcome {
        self.sends()?;
        let pending = self.waiting(id)?;
        let address = pending.to.clone().unwrap_or_default();
        let counted = self.case.progress.contacted.iter().find(|made| made.id == *id);
        let person = counted.map_or(address.clone(), |made| made.person.clone());
        let (at, why) = self.allowed(template, (id, pending.channel), &address, &person)?;
        for pending in self.case.progress.pending.iter_mut().filter(|pending| pending.id == *id) {
            pending.not_before = at;
        }
        for made in self.case.progress.contacted.iter_mut().filter(|made| made.id == *id) {
            made.at = at;
        }
        self.record(What::MessageHurried { id: id.clone(), channel: pending.channel, not_before: at });
        self.effects.push(Effect::Hurry { id: id.clone(), not_before: at, why });
        Ok(())
    }

    fn cancel(&mut self, id: &EffectId, reason: &str) -> Outcome {
        let pending = self.waiting(id)?;
        self.case.progress.pending.retain(|other| other.id != *id);
        self.case.progress.contacted.retain(|made| made.id != *id);
        let (channel, reason) = (pending.channel, reason.to_owned());
        self.record(What::MessageCancelled { id: id.clone(), channel, reason });
        self.effects.push(Effect::Withdraw { id: id.clone(), why: Withdrawn::Operator });
        Ok(())
    }

    /// The same words to the same person, by an id of their own. They outlive the state: an operator asked for them.
    fn resend(&mut self, original: &Message, reason: &str) -> Outcome {
        self.sends()?;
        if original.text == GONE || original.to == GONE {
            return Err(Fault::refused(
                "it was erased under the retention rules: there is nothing to send again",
                "مُحي نصها وفق قواعد الاحتفاظ: لا شيء يُرسل من جديد",
            ));
        }
        let channel = original.channel;
        if self.case.progress.bad.contains(&format!("{channel} {}", original.to)) {
            return Err(Fault::refused(
                "its address has proved wrong and is not used again",
                "تبين أن عنوانها غير صحيح، فلا يُستعمل بعد الآن",
            ));
        }
        let id = self.next_id();
        let (not_before, why) = self.allowed(&original.template, (&id, channel), &original.to, &original.person)?;
        let (new, reason) = (id.clone(), reason.to_owned());
        self.record(What::MessageResent { id: new, original: original.id.clone(), channel, reason });
        self.push_message(Message {
            id,
            state: self.case.state.clone(),
            planned_at: self.context.now,
            not_before,
            expires: None,
            keep: true,
            why,
            suppressed: None,
            ..original.clone()
        });
        Ok(())
    }

    /// Also of a message that the case does not wait for any more: while nobody knew whether it had left, it could not be
    /// withdrawn, and nobody else would ever say.
    fn resolve(&mut self, id: &EffectId, sent: bool, reason: &str, channel: Option<Channel>) -> Outcome {
        let is_forgotten = !self.case.progress.pending.iter().any(|pending| pending.id == *id);
        let channel = match channel.filter(|_| is_forgotten) {
            Some(channel) => channel,
            None => self.waiting(id)?.channel,
        };
        let (message, reason) = (id.clone(), reason.to_owned());
        self.record(What::MessageResolved { id: id.clone(), channel, sent, reason: reason.clone() });
        self.effects.push(Effect::Resolved { id: id.clone(), sent, reason });
        if sent {
            // As if the gateway had said so: the workflow may wait for it.
            let news = News::Accepted;
            self.effects.push(Effect::Tell(Body::Delivery { message, channel, news, code: None, bad_address: None }));
        }
        Ok(())
    }

    /// The message, if the case still waits for it to leave.
    fn waiting(&self, id: &EffectId) -> Outcome<Pending> {
        let is_it = |pending: &&Pending| pending.id == *id && pending.channel != Channel::Call;
        match self.case.progress.pending.iter().find(is_it) {
            Some(pending) if pending.left => {
                Err(Fault::refused(format!("message {id} has left"), format!("سبق أن أُرسلت الرسالة {id}")))
            }
            Some(pending) => Ok(pending.clone()),
            None => Err(Fault::refused(
                format!("the case no longer waits for message {id} to leave"),
                format!("لم تعد الحالة تنتظر إرسال الرسالة {id}"),
            )),
        }
    }

    /// Whether messages of the case leave at all.
    fn sends(&self) -> Outcome {
        match self.case.standing {
            Standing::Open | Standing::Ended { .. } => Ok(()),
            Standing::Held { .. } => {
                Err(self.standing_is(("its messages wait; resume it first", "رسائلها تنتظر؛ استأنفها أولا")))
            }
            Standing::Incident(_) => Err(self.standing_is((
                "its messages wait; retry or skip what it stopped at first",
                "رسائلها تنتظر؛ أعد أولا محاولة ما تعثرت به أو تخطَّه",
            ))),
        }
    }

    /// When the rules allow a text to a person from now on, and why not at once.
    fn allowed(
        &self,
        template: &str,
        (id, channel): (&EffectId, Channel),
        address: &str,
        person: &str,
    ) -> Outcome<(Timestamp, Option<Texts>)> {
        let (from, disclosure) = (self.context.now, self.workflow.disclosure(template));
        let wanted = Wanted { id, channel, address, person, disclosure, from, patience: Patience::Endless };
        match judge(&self.case, &self.rules(), &wanted) {
            Verdict::At { at, why, .. } => Ok((at, why)),
            Verdict::Never(rule) => Err(Fault::Refused(Texts::each(|language| rule.words(language)))),
        }
    }
}
