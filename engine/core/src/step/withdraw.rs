//! Taking back what was planned: for people who may not be contacted any more, and for a death that was none.

use super::act::Attempt;
use super::env::Extra;
use super::machine::{Machine, Outcome};
use crate::case::{Pending, Standing};
use crate::definition::{Action, By, SendAction, State, Then};
use crate::effect::Withdrawn;
use crate::event::DEATH_WITHDRAWN;
use crate::history::{Because, What};
use crate::policy::forbidden;

impl<'a> Machine<'a> {
    /// Withdraws what is planned for people who may not be contacted any more, and plans it again for the
    /// next whom the workflow names. A case that stands still or is over plans nothing new.
    pub(super) fn keep_to_policy(&mut self) -> Outcome {
        let pending = self.case.progress.pending.iter();
        let stopped: Vec<Pending> = pending.filter(|pending| self.may_not_reach(pending)).cloned().collect();
        self.withdraw_where(Withdrawn::NotAllowed, |pending| stopped.iter().any(|other| other.id == pending.id));
        for pending in stopped {
            if self.case.standing == Standing::Open && pending.state == self.case.state {
                self.plan_again(&pending)?;
            }
        }
        Ok(())
    }

    fn may_not_reach(&self, pending: &Pending) -> bool {
        let Some(address) = pending.to.as_deref().filter(|_| !pending.left) else { return false };
        let contacted = &self.case.progress.contacted;
        let person = contacted.iter().find(|made| made.id == pending.id).map(|made| made.person.as_str());
        forbidden(&self.case, &self.rules(), pending.channel, (address, person)).is_some()
    }

    fn plan_again(&mut self, pending: &Pending) -> Outcome {
        let call = pending.call.as_ref().and_then(|plan| self.workflow.calls().nth(plan.action?));
        if let Some(call) = call {
            return self.call(call, Attempt::first(self.context.now.max(pending.not_before)));
        }
        match sent_in(self.state()?, pending) {
            Some(send) => self.send(send),
            None => Ok(()),
        }
    }

    /// The registration of the death is withdrawn: nothing that has not left leaves, and the case goes where
    /// its workflow leads on [`DEATH_WITHDRAWN`]; where it leads nowhere, the case is held for a person.
    pub(super) fn withdraw_death(&mut self, reason: &str) -> Outcome {
        self.record(What::DeathWithdrawn { reason: reason.to_owned() });
        let state = self.state()?;
        if self.case.is_ended() {
            self.withdraw_where(Withdrawn::DeathWithdrawn, |_| true);
            return self.reopen_on_withdrawal(state);
        }
        let extra = Extra::none();
        let handler = self.workflow.handler(state, DEATH_WITHDRAWN);
        let reaction = handler.map(|handler| self.choose(handler, &extra)).transpose()?.flatten();
        // Whoever stays has been led there before: what waits there is the work that puts it right.
        if reaction.is_none_or(|reaction| !matches!(reaction.then, Then::Stay)) {
            self.withdraw_where(Withdrawn::DeathWithdrawn, |_| true);
        }
        let Some(reaction) = reaction else {
            self.case.standing = Standing::Held { reason: reason.to_owned() };
            self.record(What::Held { reason: reason.to_owned() });
            return Ok(());
        };
        self.case.standing = Standing::Open;
        self.react(reaction, DEATH_WITHDRAWN, &extra, None)
    }

    fn reopen_on_withdrawal(&mut self, state: &'a State) -> Outcome {
        let reopens = state.reopen.iter().enumerate().find(|(_, (name, _))| name == DEATH_WITHDRAWN);
        let Some((index, (name, target))) = reopens.filter(|_| !self.case.is_nameless()) else { return Ok(()) };
        self.case.progress.erased = None;
        self.takes(By::Reopen(index));
        self.case.standing = Standing::Open;
        self.enter(*target, Because::Reopened { name: name.as_str().into() })
    }
}

/// The action of a state that planned a message.
pub(super) fn sent_in<'s>(state: &'s State, pending: &Pending) -> Option<&'s SendAction> {
    state.actions().find_map(|action| match action {
        Action::Send(send) if send.channel == pending.channel && pending.template.as_ref() == Some(&send.template) => {
            Some(send)
        }
        _ => None,
    })
}
