//! States that cannot be reached, that nothing leads out of, or that turn without waiting.

use std::collections::BTreeSet;

use super::super::{State, StateId, Then, Workflow};
use crate::decode::Decoder;
use crate::diagnostic::Code;

/// Checks how the states hang together.
pub(in crate::definition) fn graph(workflow: &Workflow, decoder: &mut Decoder<'_>) {
    unreachable(workflow, decoder);
    for state in &workflow.states {
        way_out(workflow, state, decoder);
    }
    cycles(workflow, decoder);
}

/// Where a reaction leads, if it leads anywhere.
fn led_to(then: &Then) -> Option<StateId> {
    match then {
        Then::Goto(state) => Some(*state),
        Then::Again { then, .. } | Then::NextContact { then } => *then,
        Then::Stay => None,
    }
}

/// Where a state leads by itself, without the reactions of `anywhere`.
fn exits(state: &State) -> Vec<StateId> {
    let reactions = state.on.iter().flat_map(|handler| &handler.reactions);
    let next = state.next.iter().map(|branch| branch.goto);
    let after = state.after.iter().filter_map(|after| after.goto);
    let reopen = state.reopen.iter().map(|(_, state)| *state);
    next.chain(reactions.filter_map(|reaction| led_to(&reaction.then))).chain(after).chain(reopen).collect()
}

fn unreachable(workflow: &Workflow, decoder: &mut Decoder<'_>) {
    if workflow.states.get(workflow.start.0).is_none() {
        return;
    }
    let anywhere = workflow.anywhere.iter().flat_map(|handler| &handler.reactions);
    let anywhere: Vec<StateId> = anywhere.filter_map(|reaction| led_to(&reaction.then)).collect();
    let mut reached = BTreeSet::new();
    let mut open = vec![workflow.start];
    while let Some(id) = open.pop() {
        let Some(state) = workflow.states.get(id.0).filter(|_| reached.insert(id)) else { continue };
        open.extend(exits(state));
        if state.end.is_none() {
            open.extend(&anywhere);
        }
    }
    for (index, state) in workflow.states.iter().enumerate() {
        if !reached.contains(&StateId(index)) {
            let message = format!("no transition leads to `{}`", state.name);
            let help = Some("lead to it from somewhere, or take it out".into());
            decoder.warn(Code::Unreachable, state.span.clone(), message, help);
        }
    }
}

/// A case that nobody and nothing moves on must not stay in a state for ever.
fn way_out(workflow: &Workflow, state: &State, decoder: &mut Decoder<'_>) {
    let decides = state.next.iter().any(|branch| branch.when.is_none());
    if state.end.is_some() || decides {
        return;
    }
    let leaving: Vec<_> = state.after.iter().filter(|after| after.goto.is_some()).collect();
    if leaving.is_empty() {
        let why = if state.next.is_empty() { "no time leads out of it" } else { "each branch of `next` has a `when`" };
        let message = format!("a case could stay in `{}` for ever: {why}", state.name);
        let help = Some("add for example `after: {30 days: …}`, or `end: …` if the case is over here".into());
        decoder.error_with(Code::NoWayOut, state.span.clone(), message, help);
        return;
    }
    let optional = |name: &String| workflow.case.fields.get(name).is_some_and(|field| field.optional);
    let sure = |after: &&&super::super::After| after.when.is_none() && !after.from.as_ref().is_some_and(optional);
    if !leaving.iter().any(|after| sure(&after)) {
        let message = format!(
            "a case could stay in `{}` for ever: each `after` depends on a `when` or an optional field",
            state.name
        );
        let help = Some("add an `after` without `when`, such as `30 days: …`".into());
        decoder.warn(Code::NoWayOut, state.span.clone(), message, help);
    }
}

/// Where a state may lead at once: by its decisions, and by waits that are none.
fn at_once(state: &State) -> Vec<StateId> {
    let no_wait = state.after.iter().filter(|after| after.wait.is_zero() && after.from.is_none());
    state.next.iter().map(|branch| branch.goto).chain(no_wait.filter_map(|after| after.goto)).collect()
}

/// Finds each cycle of immediate transitions by a depth-first walk without recursion.
fn cycles(workflow: &Workflow, decoder: &mut Decoder<'_>) {
    let edges: Vec<Vec<StateId>> = workflow.states.iter().map(at_once).collect();
    let mut done = BTreeSet::new();
    for start in 0..workflow.states.len() {
        let mut path: Vec<(usize, usize)> = vec![(start, 0)];
        while let Some((at, taken)) = path.last_mut() {
            let target = edges.get(*at).filter(|_| !done.contains(at)).and_then(|targets| targets.get(*taken));
            let Some(StateId(to)) = target.copied() else {
                done.insert(*at);
                path.pop();
                continue;
            };
            *taken += 1;
            match path.iter().position(|(on_path, _)| *on_path == to) {
                Some(first) => report_cycle(workflow, &path[first..], decoder),
                None if to < workflow.states.len() => path.push((to, 0)),
                None => {}
            }
        }
    }
}

fn report_cycle(workflow: &Workflow, path: &[(usize, usize)], decoder: &mut Decoder<'_>) {
    let Some(first) = path.first().and_then(|(first, _)| workflow.states.get(*first)) else { return };
    let names: Vec<&str> = path
        .iter()
        .filter_map(|(at, _)| workflow.states.get(*at))
        .chain(std::iter::once(first))
        .map(|state| state.name.as_str())
        .collect();
    let message = format!("a case could turn without waiting: {}", names.join(" → "));
    let help = Some("let one of these states wait with `after`, or take a branch out".into());
    decoder.error_with(Code::Cycle, first.span.clone(), message, help);
}
