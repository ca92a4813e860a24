//! Words whose channel their recipients have stopped: by their e-mail form, or nobody hears them and that is recorded.
//!
//! Only where the workflow itself says nothing of it (`on: sms.suppressed`).

use super::machine::{Machine, Outcome};
use super::recipient::{Search, search};
use crate::case::EffectId;
use crate::definition::SendAction;
use crate::delivery::Channel;
use crate::history::What;
use crate::policy::{Patience, Verdict, Wanted, judge};

impl Machine<'_> {
    /// Where everybody has stopped a channel and the state says nothing of that, the words go by e-mail if they have
    /// such a form and somebody may get it; else it is recorded that nobody hears them.
    pub(super) fn say_otherwise(&mut self, send: &SendAction) -> Outcome {
        if self.listens(&format!("{}.suppressed", send.channel)) {
            return Ok(());
        }
        let form = self.workflow.email_form(&send.template).filter(|_| send.channel == Channel::Sms);
        let by_email =
            form.map(|template| SendAction { channel: Channel::Email, template: template.into(), ..send.clone() });
        if let Some(by_email) = by_email.filter(|by_email| self.may_go(by_email)) {
            return self.send(&by_email);
        }
        self.record(What::Unheard { channel: send.channel, name: send.template.clone() });
        Ok(())
    }

    /// Whether the policy lets a message go to anybody.
    fn may_go(&self, send: &SendAction) -> bool {
        let (rules, disclosure) = (self.rules(), self.workflow.disclosure(&send.template));
        let found = search((&self.case, &self.case.data), &rules, (send.channel, disclosure), &send.to);
        let Search::Found(recipient) = found else { return false };
        let id = EffectId::new(self.case.id, self.case.visit, self.case.progress.position + 1);
        let (address, person) = (recipient.address, recipient.person());
        let patience = send.expires.map_or(Patience::Endless, Patience::For);
        let (channel, person, from) = (send.channel, person.as_str(), self.context.now);
        let wanted = Wanted { id: &id, channel, address, person, disclosure, from, patience };
        matches!(judge(&self.case, &rules, &wanted), Verdict::At { .. })
    }
}
