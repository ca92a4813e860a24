//! How a case can move: the states, how long it can stay in each, and every way from one to another.
//!
//! Guards are free here: a move that a guard may allow is a move. So is every event that a state takes, at
//! every moment of the stay, however often. What is true of all these moves is true of the real ones.

use std::collections::BTreeSet;

use super::ENDLESS;
use super::longest::Graph;
use super::spans::Spans;
use crate::definition::{Action, After, EventKind, Handler, State, Then, Workflow, event_kind};

/// What makes a case move.
#[derive(Clone, Copy, Debug)]
pub(super) enum Cause<'w> {
    /// A branch of `next`, at once.
    Decided,
    /// A way out by time.
    Time(&'w After),
    /// An event that the state takes.
    Event(&'w str),
    /// An event that opens an ended case again.
    Reopened(&'w str),
}

impl Cause<'_> {
    /// Whether it comes about though no person does anything: by time, or because the engine or a gateway
    /// tells that a contact cannot be.
    fn comes_alone(self) -> bool {
        match self {
            Self::Decided | Self::Time(_) => true,
            Self::Event(event) => matches!(event_kind(event), Some(EventKind::Told(_) | EventKind::Message(_))),
            Self::Reopened(_) => false,
        }
    }
}

/// A way from one state to another.
#[derive(Clone, Copy, Debug)]
pub(super) struct Move<'w> {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) cause: Cause<'w>,
    /// How long after entering `from` it can come at the latest.
    pub(super) takes: Wait,
    /// Whether it can come though no person does anything.
    pub(super) alone: bool,
    /// What is done on the way.
    pub(super) actions: &'w [Action],
}

/// How long something can last, in minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wait {
    pub(super) most: u64,
    /// Whether it is counted from a date that never changes and was past when the case opened: whatever
    /// the case does, it waits for this no longer than so long after its opening, all times together.
    pub(super) anchored: bool,
}

impl Wait {
    const NONE: Self = Self { most: 0, anchored: false };
    const FOR_EVER: Self = Self { most: ENDLESS, anchored: false };

    fn min(self, other: Self) -> Self {
        if other.most < self.most { other } else { self }
    }
}

/// A state and what bounds a stay in it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stay<'w> {
    pub(super) state: &'w State,
    /// How long a case can stay.
    pub(super) wait: Wait,
    /// The way out by time that ends it at the latest.
    pub(super) exit: Option<&'w After>,
}

/// Every move of a workflow, in the order of the file.
pub(super) struct Moves<'w> {
    pub(super) stays: Vec<Stay<'w>>,
    pub(super) moves: Vec<Move<'w>>,
}

impl<'w> Moves<'w> {
    pub(super) fn of(workflow: &'w Workflow, spans: &mut Spans<'_>) -> Self {
        let mut reader = MoveReader { workflow, spans, changing: changing_fields(workflow) };
        let stays: Vec<Stay<'w>> = workflow.states.iter().map(|state| reader.stay(state)).collect();
        let moves = stays.iter().enumerate().flat_map(|(from, stay)| reader.moves(from, *stay)).collect();
        Self { stays, moves }
    }

    /// The graph of the chosen moves, and the move of each of its edges.
    pub(super) fn graph(&self, choose: impl Fn(&Move<'w>) -> bool) -> (Graph, Vec<usize>) {
        let chosen: Vec<usize> = (0..self.moves.len()).filter(|number| choose(&self.moves[*number])).collect();
        let edges = chosen.iter().map(|number| (self.moves[*number].from, self.moves[*number].to)).collect();
        (Graph::new(self.stays.len(), edges), chosen)
    }
}

struct MoveReader<'r, 'w, 'c> {
    workflow: &'w Workflow,
    spans: &'r mut Spans<'c>,
    changing: BTreeSet<&'w str>,
}

impl<'w> MoveReader<'_, 'w, '_> {
    fn stay(&mut self, state: &'w State) -> Stay<'w> {
        if leaves_at_once(state) {
            return Stay { state, wait: Wait::NONE, exit: None };
        }
        let mut stay = Stay { state, wait: Wait::FOR_EVER, exit: None };
        for after in state.after.iter().filter(|after| after.goto.is_some() && after.when.is_none()) {
            let wait = self.wait(after);
            if self.always_comes(after) && wait.most < stay.wait.most {
                stay = Stay { state, wait, exit: Some(after) };
            }
        }
        stay
    }

    /// Whether the field that an `after` counts from is always there.
    fn always_comes(&self, after: &After) -> bool {
        let Some(name) = &after.from else { return true };
        self.workflow.case.fields.get(name).is_some_and(|field| !field.optional)
    }

    fn wait(&mut self, after: &After) -> Wait {
        let most = self.spans.of(after.wait).longest;
        let Some(name) = &after.from else { return Wait { most, anchored: false } };
        let is_past = self.workflow.case.fields.get(name).is_some_and(|field| field.past);
        let most = if is_past { most } else { ENDLESS };
        Wait { most, anchored: is_past && !self.changing.contains(name.as_str()) }
    }

    fn moves(&mut self, from: usize, stay: Stay<'w>) -> Vec<Move<'w>> {
        let state = stay.state;
        let mut moves = Vec::new();
        let mut add = |to: usize, cause: Cause<'w>, takes, actions| {
            moves.push(Move { from, to, cause, takes, alone: cause.comes_alone(), actions });
        };
        for branch in &state.next {
            add(branch.goto.0, Cause::Decided, Wait::NONE, &[]);
        }
        for (event, to) in &state.reopen {
            add(to.0, Cause::Reopened(event), Wait::NONE, &[]);
        }
        if leaves_at_once(state) {
            return moves;
        }
        for handler in self.workflow.handlers(state) {
            for (to, actions) in exits(handler) {
                add(to, Cause::Event(&handler.event), stay.wait, actions);
            }
        }
        for after in &state.after {
            if let Some(to) = after.goto {
                add(to.0, Cause::Time(after), self.wait(after).min(stay.wait), &after.actions);
            }
        }
        moves
    }
}

/// Whether a case that enters the state does not wait in it.
pub(super) fn leaves_at_once(state: &State) -> bool {
    state.end.is_some() || state.next.iter().any(|branch| branch.when.is_none())
}

/// Where the reactions to an event lead, with what they do on the way. What a ladder does is done at each of
/// its rungs, and counted there.
fn exits(handler: &Handler) -> impl Iterator<Item = (usize, &[Action])> {
    handler.reactions.iter().filter_map(|reaction| match &reaction.then {
        Then::Goto(to) => Some((to.0, reaction.actions.as_slice())),
        Then::Again { then, .. } | Then::NextContact { then } => then.map(|to| (to.0, [].as_slice())),
        Then::Stay => None,
    })
}

/// The fields that the workflow itself changes.
fn changing_fields(workflow: &Workflow) -> BTreeSet<&str> {
    let mut names = BTreeSet::new();
    let handlers = workflow.anywhere.iter().chain(workflow.states.iter().flat_map(|state| &state.on));
    let asked = handlers.flat_map(|handler| &handler.reactions).flat_map(|reaction| &reaction.ask);
    names.extend(asked.map(|ask| ask.field.name.as_str()));
    let branches = workflow.states.iter().flat_map(|state| &state.next).flat_map(|branch| &branch.set);
    names.extend(branches.map(|(name, _)| name.as_str()));
    for action in workflow.actions() {
        if let Action::Set(fields) = action {
            names.extend(fields.iter().map(|(name, _)| name.as_str()));
        }
    }
    names
}
