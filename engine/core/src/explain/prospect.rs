//! What something that a person means to do to a case would lead to, in full, before it is done.

use jiff::Timestamp;

use super::{Deadline, deadline};
use crate::case::{Case, Standing};
use crate::definition::Workflow;
use crate::effect::{CallTask, Effect, Message};
use crate::event::{Body, Disposition, Event};
use crate::history::{Entry, Teller};
use crate::limits;
use crate::step::{Context, advance};

/// The number of an event that is only asked about.
const ASKED: i64 = 0;

/// What would become of a case.
#[derive(Clone, Debug)]
pub struct Prospect {
    /// The case afterwards.
    pub case: Case,
    /// What would happen, in order.
    pub entries: Vec<Entry>,
    /// Messages that would be planned, or stopped by a rule.
    pub messages: Vec<Message>,
    /// Calls and other work that would be planned, or stopped by a rule.
    pub calls: Vec<CallTask>,
    /// What is planned now and would be withdrawn.
    pub withdrawn: Vec<Lost>,
    /// What it would then wait for by time, earliest first.
    pub deadlines: Vec<Deadline>,
}

/// Something planned that would not be done any more.
#[derive(Clone, Debug, PartialEq)]
pub struct Lost {
    /// In words: the channel and what it says.
    pub words: String,
    /// When it would have been.
    pub not_before: Timestamp,
}

/// Asks the step what `body` would do: the event, what is due, and what the case then tells itself.
///
/// # Errors
/// Why the case would refuse it, in `language`.
pub fn prospect(
    workflow: &Workflow,
    case: &Case,
    context: &Context<'_>,
    body: Body,
    language: &str,
) -> Result<Prospect, String> {
    let mut events = vec![Event { id: ASKED, at: context.now, by: "engine".into(), body }];
    let mut prospect = Prospect {
        case: case.clone(),
        entries: Vec::new(),
        messages: Vec::new(),
        calls: Vec::new(),
        withdrawn: Vec::new(),
        deadlines: Vec::new(),
    };
    let mut effects = Vec::new();
    // What a case tells itself may make it tell itself more; the chain of states bounds it, and so does this.
    for _ in 0..limits::CHAIN_MAX {
        let advanced = advance(workflow, &prospect.case, &events, context);
        if let Some(Disposition::Refused { reason }) = advanced.settled.get(&ASKED) {
            return Err(reason.get(language).to_owned());
        }
        let told = advanced.effects.iter().filter_map(|effect| match effect {
            Effect::Tell(body) => Some(body.clone()),
            _ => None,
        });
        let told = told.map(|body| Event { id: ASKED + 1, at: context.now, by: "engine".into(), body });
        events = told.collect();
        prospect.case = advanced.case;
        prospect.entries.extend(advanced.entries);
        effects.extend(advanced.effects);
        if events.is_empty() {
            break;
        }
    }
    let teller = Teller { workflow, calendar: context.calendar, language };
    prospect.sort(effects, case, &teller);
    let mut timers: Vec<_> = prospect.case.progress.timers.iter().collect();
    timers.sort_by_key(|timer| timer.due);
    let deadlines = timers.into_iter().map(|timer| deadline(workflow, &prospect.case, context, &teller, timer));
    prospect.deadlines = deadlines.collect();
    Ok(prospect)
}

impl Prospect {
    /// What is planned and withdrawn again on the way is neither.
    fn sort(&mut self, effects: Vec<Effect>, before: &Case, teller: &Teller<'_>) {
        for effect in effects {
            match effect {
                Effect::Message(message) => self.messages.push(*message),
                Effect::Call(call) => self.calls.push(*call),
                Effect::Withdraw { id, .. } => {
                    self.messages.retain(|message| message.id != id);
                    self.calls.retain(|call| call.id != id);
                    let known = before.progress.pending.iter().find(|pending| pending.id == id);
                    self.withdrawn.extend(known.map(|pending| {
                        let channel = teller.channel(pending.channel);
                        let text = pending.template.as_ref().map_or(String::new(), |text| format!(" `{text}`"));
                        Lost { words: format!("{channel}{text}"), not_before: pending.not_before }
                    }));
                }
                Effect::Hurry { .. }
                | Effect::Resolved { .. }
                | Effect::Answered { .. }
                | Effect::Tell(_)
                | Effect::Erase(_)
                | Effect::Keep { .. } => {}
            }
        }
    }

    /// Why it would stop for a person, if it would.
    pub fn stops(&self) -> Option<String> {
        match &self.case.standing {
            Standing::Incident(incident) => Some(format!("{}: {}", incident.place, incident.reason)),
            Standing::Open | Standing::Held { .. } | Standing::Ended { .. } => None,
        }
    }
}
