//! From a workflow to what is drawn of it.

use super::{Anywhere, By, Diagram, Edge, Heat, Node, NodeKind};
use crate::definition::{After, Handler, Reaction, Repeat, Rung, State, StateId, Then};
use crate::words::Words;

pub(super) fn diagram(words: &Words<'_>) -> Diagram {
    let workflow = words.workflow;
    let mut edges = Edges::default();
    for (from, state) in workflow.states.iter().enumerate() {
        ways(words, StateId(from), state, &mut edges);
    }
    let title = if workflow.title.is_empty() { &workflow.name } else { workflow.title.get(words.language) };
    Diagram {
        language: words.language.to_owned(),
        title: title.to_owned(),
        name: workflow.name.to_string(),
        start: workflow.start.0,
        nodes: workflow.states.iter().enumerate().map(|(at, state)| node(words, StateId(at), state)).collect(),
        edges: edges.0,
        anywhere: workflow.anywhere.iter().flat_map(|handler| anywhere(words, handler)).collect(),
    }
}

/// Edges that share an arrow where they can.
#[derive(Default)]
struct Edges(Vec<Edge>);

impl Edges {
    fn add(&mut self, from: StateId, to: StateId, by: By, label: String) {
        let (from, to) = (from.0, to.0);
        match self.0.iter_mut().find(|edge| (edge.from, edge.to, edge.by) == (from, to, by)) {
            Some(edge) if edge.labels.contains(&label) => {}
            Some(edge) => edge.labels.push(label),
            None => self.0.push(Edge { from, to, by, labels: vec![label] }),
        }
    }
}

/// Every way to another state.
fn ways(words: &Words<'_>, from: StateId, state: &State, edges: &mut Edges) {
    for branch in state.next.iter().filter(|branch| branch.goto != from) {
        edges.add(from, branch.goto, By::Decision, decision(words, branch));
    }
    for handler in &state.on {
        for reaction in &handler.reactions {
            if let Some((to, label)) = way(words, Some(state), handler, reaction).filter(|(to, _)| *to != from) {
                edges.add(from, to, By::Event, label);
            }
        }
    }
    for after in &state.after {
        if let Some(to) = after.goto.filter(|to| *to != from) {
            edges.add(from, to, By::Time, time(words, after));
        }
    }
    for (event, to) in state.reopen.iter().filter(|(_, to)| *to != from) {
        edges.add(from, *to, By::Reopening, words.event_label(None, event));
    }
}

fn decision(words: &Words<'_>, branch: &crate::definition::Branch) -> String {
    branch.when.as_ref().map_or_else(|| words.pick("otherwise", "وإلا"), |guard| words.when(guard))
}

/// Where a reaction leads, and what takes it there.
fn way(words: &Words<'_>, state: Option<&State>, handler: &Handler, reaction: &Reaction) -> Option<(StateId, String)> {
    let label = reaction_label(words, state, handler, reaction);
    match &reaction.then {
        Then::Goto(to) => Some((*to, label)),
        Then::Again { then: Some(to), .. } => {
            Some((*to, words.pick(format!("{label}, every time"), format!("{label}، في كل مرة"))))
        }
        Then::NextContact { then: Some(to) } => {
            Some((*to, words.pick(format!("{label}, and nobody else is left"), format!("{label}، ولم يبق غيره"))))
        }
        Then::Stay | Then::Again { then: None, .. } | Then::NextContact { then: None } => None,
    }
}

fn reaction_label(words: &Words<'_>, state: Option<&State>, handler: &Handler, reaction: &Reaction) -> String {
    let event = words.event_label(state, &handler.event);
    match &reaction.when {
        Some(guard) => format!("{event}{}{}", words.pick(", ", "، "), words.when(guard)),
        None if handler.reactions.len() > 1 => words.pick(format!("{event}, otherwise"), format!("{event}، وإلا")),
        None => event,
    }
}

/// `after 10 working days`, `3 days after the date of death`.
fn time(words: &Words<'_>, after: &After) -> String {
    let wait = after.wait.words_after(words.language);
    let wait = match &after.from {
        None => words.pick(format!("after {wait}"), format!("بعد {wait}")),
        Some(field) => {
            let field = words.field(field);
            words.pick(format!("{wait} after {field}"), format!("بعد {wait} من {field}"))
        }
    };
    match &after.when {
        Some(guard) => format!("{wait}{}{}", words.pick(", ", "، "), words.when(guard)),
        None => wait,
    }
}

fn node(words: &Words<'_>, at: StateId, state: &State) -> Node {
    let decides = !state.next.is_empty() && state.on.is_empty() && state.after.is_empty();
    let kind = match &state.end {
        Some(outcome) => NodeKind::Ends(words.ending(outcome)),
        None if decides => NodeKind::Decides,
        None => NodeKind::Waits(state.waiting_on),
    };
    let enters = state.enter.iter().map(|action| words.action_label(action));
    let repeats = state.every.iter().map(|repeat| repeated(words, repeat));
    Node {
        name: state.name.to_string(),
        title: words.title(state),
        kind,
        does: enters.chain(repeats).collect(),
        stays: stays(words, at, state),
        heat: Heat::None,
    }
}

/// `Every 10 days: SMS: gentle-word`.
fn repeated(words: &Words<'_>, repeat: &Repeat) -> String {
    let every = repeat.every.words_after(words.language);
    let actions: Vec<String> = repeat.actions.iter().map(|action| words.action_label(action)).collect();
    let actions = actions.join(&words.pick(", ", "، "));
    words.pick(format!("Every {every}: {actions}"), format!("كل {every}: {actions}"))
}

/// What may come without the case leaving the state: another try, the next contact, a message.
fn stays(words: &Words<'_>, at: StateId, state: &State) -> Vec<String> {
    let reactions =
        state.on.iter().flat_map(|handler| handler.reactions.iter().map(move |reaction| (handler, reaction)));
    let staying = reactions.filter_map(|(handler, reaction)| {
        let what = staying(words, at, reaction)?;
        Some(format!("{}: {what}", reaction_label(words, Some(state), handler, reaction)))
    });
    let waits = state.after.iter().filter(|after| after.goto.is_none_or(|to| to == at));
    let waits = waits.map(|after| {
        let actions: Vec<String> = after.actions.iter().map(|action| words.action_label(action)).collect();
        let begins = words.pick("begins anew", "تبدأ من جديد");
        let what = if after.goto.is_some() { begins } else { actions.join(&words.pick(", ", "، ")) };
        format!("{}: {what}", crate::words::raised(&time(words, after)))
    });
    staying.chain(waits).collect()
}

fn staying(words: &Words<'_>, at: StateId, reaction: &Reaction) -> Option<String> {
    match &reaction.then {
        Then::Goto(to) if *to == at => Some(words.pick("begins anew", "تبدأ من جديد")),
        Then::Goto(_) => None,
        Then::Stay if reaction.actions.is_empty() => Some(words.pick("stays", "تبقى")),
        Then::Stay => {
            let actions = reaction.actions.iter().map(|action| words.action_label(action));
            Some(actions.collect::<Vec<_>>().join(&words.pick(", ", "، ")))
        }
        Then::Again { rungs, .. } => Some(again(words, rungs)),
        Then::NextContact { .. } => Some(words.pick("next contact", "جهة الاتصال التالية")),
    }
}

/// `again after 4 working hours, then after 1 working day`.
fn again(words: &Words<'_>, rungs: &[Rung]) -> String {
    let rungs: Vec<String> = rungs.iter().map(|rung| words.rung(rung)).collect();
    let rungs = rungs.join(&words.pick(", then ", "، ثم "));
    words.pick(format!("again {rungs}"), format!("نعاود {rungs}"))
}

fn anywhere(words: &Words<'_>, handler: &Handler) -> Vec<Anywhere> {
    let one = |reaction: &Reaction| match way(words, None, handler, reaction) {
        Some((to, label)) => Anywhere { label, to: Some(to.0) },
        None => Anywhere { label: reaction_label(words, None, handler, reaction), to: None },
    };
    handler.reactions.iter().map(one).collect()
}
