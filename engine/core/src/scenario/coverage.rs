//! What of a workflow scenarios touch: its states, its transitions, its texts in each language.

use std::collections::BTreeSet;

use crate::definition::{Action, CallAction, StateId, Transition, Workflow};
use crate::effect::{Effect, Message};
use crate::step::Advance;

/// What was touched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// States that a case entered.
    pub states: BTreeSet<StateId>,
    /// Transitions that it took.
    pub transitions: BTreeSet<Transition>,
    /// Texts that somebody got to read.
    pub texts: BTreeSet<TextId>,
}

/// A text in one language.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TextId {
    /// What it is for.
    pub kind: TextKind,
    /// Its name.
    pub name: String,
    /// Its language.
    pub language: String,
}

/// What a text is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TextKind {
    /// An SMS or e-mail.
    Message,
    /// What an agent says.
    Script,
}

/// What no scenario touches, in the order of the file, and how much there is of each.
#[derive(Clone, Debug, Default)]
pub struct Gaps {
    /// States.
    pub states: Share<StateId>,
    /// Transitions.
    pub transitions: Share<Transition>,
    /// Texts.
    pub texts: Share<TextId>,
}

/// How much of something is touched.
#[derive(Clone, Debug)]
pub struct Share<T> {
    /// How many there are.
    pub all: usize,
    /// Those that are not touched.
    pub missing: Vec<T>,
}

impl<T> Default for Share<T> {
    fn default() -> Self {
        Self { all: 0, missing: Vec::new() }
    }
}

impl<T> Share<T> {
    fn of(all: Vec<T>, is_covered: impl Fn(&T) -> bool) -> Self {
        let count = all.len();
        Self { all: count, missing: all.into_iter().filter(|one| !is_covered(one)).collect() }
    }

    /// How many are touched.
    pub fn covered(&self) -> usize {
        self.all - self.missing.len()
    }

    /// The percentage that is touched, rounded down: 100 means all.
    pub fn percent(&self) -> usize {
        (self.covered() * 100).checked_div(self.all).unwrap_or(100)
    }
}

impl Gaps {
    /// The lowest of the three percentages.
    pub fn percent(&self) -> usize {
        self.states.percent().min(self.transitions.percent()).min(self.texts.percent())
    }

    /// Whether everything is touched.
    pub fn is_empty(&self) -> bool {
        self.states.missing.is_empty() && self.transitions.missing.is_empty() && self.texts.missing.is_empty()
    }
}

impl Coverage {
    /// Adds what a change of a case touched.
    pub(super) fn take(&mut self, workflow: &Workflow, advanced: &Advance) {
        let entered = advanced.entries.iter().filter_map(|entry| match &entry.what {
            crate::history::What::Entered { state, .. } => workflow.state_named(state).map(|(id, _)| id),
            _ => None,
        });
        self.states.extend(entered);
        self.transitions.extend(&advanced.taken);
        for effect in &advanced.effects {
            if let Effect::Call(call) = effect
                && call.suppressed.is_none()
            {
                let (name, language) = (call.script.clone(), call.language.clone());
                self.texts.insert(TextId {
                    kind: TextKind::Script,
                    name: name.to_string(),
                    language: language.to_string(),
                });
            }
        }
    }

    /// Adds a message that has left.
    pub(super) fn read(&mut self, message: &Message) {
        let (name, language) = (message.template.clone(), message.language.clone());
        self.texts.insert(TextId { kind: TextKind::Message, name: name.to_string(), language: language.to_string() });
    }

    /// Adds everything that another story touched.
    pub fn add(&mut self, other: &Self) {
        self.states.extend(&other.states);
        self.transitions.extend(&other.transitions);
        self.texts.extend(other.texts.iter().cloned());
    }

    /// What is not touched.
    pub fn gaps(&self, workflow: &Workflow) -> Gaps {
        let states = (0..workflow.states.len()).map(StateId).collect();
        Gaps {
            states: Share::of(states, |state| self.states.contains(state)),
            transitions: Share::of(workflow.transitions(), |transition| self.transitions.contains(transition)),
            texts: Share::of(texts_of(workflow).into_iter().collect(), |text| self.texts.contains(text)),
        }
    }
}

/// Every text that a case may be given. A task at a desk is worded in the workflow's first language.
fn texts_of(workflow: &Workflow) -> BTreeSet<TextId> {
    let mut texts = BTreeSet::new();
    let mut add = |kind, name: &str, languages: &[String]| {
        let ids = languages.iter().map(|language| TextId { kind, name: name.to_owned(), language: language.clone() });
        texts.extend(ids);
    };
    let first = workflow.languages.get(..1).unwrap_or_default();
    for action in workflow.actions() {
        match action {
            Action::Send(send) => add(TextKind::Message, &send.template, &workflow.languages),
            Action::Call(CallAction { to, script, .. }) if to.is_empty() => add(TextKind::Script, script, first),
            Action::Call(call) => add(TextKind::Script, &call.script, &workflow.languages),
            Action::Set(_) => {}
        }
    }
    texts
}
