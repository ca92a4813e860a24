//! Reactions to calls and messages that nothing makes or sends, and events that nothing takes.

use super::super::scope::{EventKind, event_kind};
use super::super::{Action, State, Workflow};
use super::Taken;
use crate::decode::{Decoder, Word};
use crate::delivery::Channel;
use crate::diagnostic::Code;

/// Checks what reactions wait for against what is done.
pub(in crate::definition) fn contacts(
    workflow: &Workflow,
    taken: &[Taken<'_>],
    declared: &[Word],
    decoder: &mut Decoder<'_>,
) {
    for (state, event, place) in taken {
        let state = state.and_then(|index| workflow.states.get(index));
        match event_kind(event) {
            Some(EventKind::Outcome(_) | EventKind::Told(Channel::Call)) if !may_call(workflow, state) => {
                let message = match state {
                    Some(state) => format!("`{event}` cannot come: `{}` makes no call", state.name),
                    None => format!("`{event}` cannot come: no state makes a call"),
                };
                let help = Some("add a `call` to `do`, or take this out".into());
                decoder.warn(Code::UnknownEvent, place.clone(), message, help);
            }
            Some(EventKind::Message(channel) | EventKind::Reply(channel) | EventKind::Told(channel))
                if !may_use(workflow, channel) =>
            {
                let message = format!("`{event}` cannot come: no state uses {channel}");
                decoder.warn(Code::UnknownEvent, place.clone(), message, None);
            }
            _ => {}
        }
    }
    overridden(workflow, taken, decoder);
    for event in declared {
        let reopens = workflow.states.iter().flat_map(|state| &state.reopen).any(|(name, _)| *name == event.text);
        if !reopens && !taken.iter().any(|(_, name, _)| *name == event.text) {
            let message = format!("no state takes the event `{}`", event.text);
            let help = Some("name it in an `on`, or take it out of `events`".into());
            decoder.warn(Code::Unused, event.span.clone(), message, help);
        }
    }
}

/// What `anywhere` says of an event and every state says otherwise.
fn overridden(workflow: &Workflow, taken: &[Taken<'_>], decoder: &mut Decoder<'_>) {
    let open: Vec<&State> = workflow.states.iter().filter(|state| state.end.is_none()).collect();
    for (_, event, place) in taken.iter().filter(|(state, _, _)| state.is_none()) {
        // Of a single state it is no mistake: others may be added.
        if open.len() > 1 && open.iter().all(|state| state.on.iter().any(|handler| handler.event == *event)) {
            let message = format!("this never wins: every state that is no end speaks of `{event}` itself");
            let help = Some("take it out here, or out of the states that need no exception".into());
            decoder.error_with(Code::NeverWins, place.clone(), message, help);
        }
    }
}

/// Whether a call of this state, or one that outlives its state, can be answered here.
fn may_call(workflow: &Workflow, state: Option<&State>) -> bool {
    let kept = |action: &Action| matches!(action, Action::Call(call) if call.keep || state.is_none());
    let is_call = |action: &Action| matches!(action, Action::Call(_));
    let anywhere =
        workflow.anywhere.iter().flat_map(|handler| &handler.reactions).flat_map(|reaction| &reaction.actions);
    state.is_some_and(|state| state.actions().any(is_call))
        || anywhere.into_iter().any(is_call)
        || workflow.states.iter().flat_map(State::actions).any(kept)
}

fn may_use(workflow: &Workflow, channel: Channel) -> bool {
    workflow.actions().any(|action| match action {
        Action::Send(send) => send.channel == channel,
        Action::Call(_) => channel == Channel::Call,
        Action::Set(_) => false,
    })
}
