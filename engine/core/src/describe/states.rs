//! What happens in each state, anywhere, and at the ends.

use super::Page;
use crate::definition::{After, Handler, Reaction, Repeat, State, WaitingOn};
use crate::words::number::TIMES;

impl Page<'_> {
    pub(super) fn states(&mut self) {
        let workflow = self.words.workflow;
        self.heading(2, &self.pick("The states", "المراحل"));
        let open: Vec<&State> = workflow.states.iter().filter(|state| state.end.is_none()).collect();
        for state in open {
            self.name(state);
            self.lead(state);
            self.decisions(state);
            let mut ways = self.events(Some(state), &state.on);
            ways.extend(state.after.iter().map(|after| self.after(after)));
            self.list(None, &ways);
        }
        if !workflow.anywhere.is_empty() {
            self.heading(2, &self.pick("Wherever a case stands", "أينما كانت الحالة"));
            let lead = self.pick(
                "this holds in every state that is not an end, unless the state itself says otherwise:",
                "يسري ما يلي في كل مرحلة سوى النهايات، ما لم تقل المرحلة نفسها غير ذلك:",
            );
            self.paragraph(&[lead]);
            let ways = self.events(None, &workflow.anywhere);
            self.list(None, &ways);
        }
        self.heading(2, &self.pick("The ends", "النهايات"));
        for state in workflow.states.iter().filter(|state| state.end.is_some()) {
            self.end(state);
        }
    }

    fn name(&mut self, state: &State) {
        let heading = format!("{} (`{}`)", self.words.title(state), state.name);
        self.heading(3, &heading);
    }

    /// Whose move it is, what is done on entering, and what repeats.
    fn lead(&mut self, state: &State) {
        let decides = state.on.is_empty() && state.after.is_empty();
        let waiting = (!decides && (state.waiting_on != WaitingOn::Us || state.enter.is_empty()))
            .then(|| self.words.waiting_on(state.waiting_on));
        let enters = state.enter.iter().map(|action| self.words.action(action));
        let repeats = state.every.iter().map(|repeat| self.repeat(repeat));
        let sentences: Vec<String> = waiting.into_iter().chain(enters).chain(repeats).collect();
        self.paragraph(&sentences);
    }

    fn repeat(&self, repeat: &Repeat) -> String {
        let words = self.words;
        let every = repeat.every.words_after(words.language);
        let at_most = repeat.at_most.map(|most| TIMES.count(most.into(), words.language));
        let at_most =
            at_most.map_or(String::new(), |most| self.pick(format!(", at most {most}"), format!("، {most} على الأكثر")));
        let when = repeat.when.as_ref().map(|guard| self.pick(", ", "، ") + &words.when(guard)).unwrap_or_default();
        let actions: Vec<String> = repeat.actions.iter().map(|action| words.action(action)).collect();
        let actions = words.all_of(&actions);
        self.pick(format!("every {every}{at_most}{when}: {actions}"), format!("كل {every}{at_most}{when}: {actions}"))
    }

    fn decisions(&mut self, state: &State) {
        let branches = state.next.iter().map(|branch| {
            let when = branch.when.as_ref().map(|guard| self.words.when(guard));
            let when = when.unwrap_or_else(|| self.pick("otherwise", "وإلا"));
            let set = (!branch.set.is_empty()).then(|| self.words.set(&branch.set));
            let clauses: Vec<String> = set.into_iter().chain([self.words.goes_to(branch.goto)]).collect();
            format!("{when}{}{}", self.pick(", ", "، "), self.words.all_of(&clauses))
        });
        let branches: Vec<String> = branches.collect();
        let lead = self.pick("Decided at once, by the first that fits:", "قرار فوري، بأول ما ينطبق:");
        self.list(Some(&lead), &branches);
    }

    /// What may come: events that lead to the same are told together.
    fn events(&self, state: Option<&State>, handlers: &[Handler]) -> Vec<String> {
        let mut told: Vec<(Vec<&str>, String)> = Vec::new();
        for handler in handlers {
            if let [reaction] = handler.reactions.as_slice() {
                let then = self.reaction(reaction, false);
                match told.iter_mut().find(|(_, other)| *other == then) {
                    Some((events, _)) => events.push(&handler.event),
                    None => told.push((vec![&handler.event], then)),
                }
            } else {
                let ways = handler.reactions.iter().map(|reaction| self.reaction(reaction, true));
                told.push((vec![&handler.event], ways.collect::<Vec<_>>().join(&self.pick("; ", "؛ "))));
            }
        }
        let told = told.iter().map(|(events, then)| {
            let events = self.words.events(state, events);
            self.pick(format!("if {events}{then}"), format!("إذا {events}{then}"))
        });
        told.collect()
    }

    /// What becomes of it, with what must hold besides; one of several has an `otherwise`.
    fn reaction(&self, reaction: &Reaction, one_of_several: bool) -> String {
        let clauses = self.words.all_of(&self.words.reaction(reaction));
        match (&reaction.when, one_of_several) {
            (Some(guard), _) => {
                let condition = self.words.condition(guard);
                self.pick(format!(", and {condition}: {clauses}"), format!("، و{condition}: {clauses}"))
            }
            (None, true) => self.pick(format!("otherwise {clauses}"), format!("وإلا {clauses}")),
            (None, false) => format!(": {clauses}"),
        }
    }

    fn after(&self, after: &After) -> String {
        let words = self.words;
        let wait = after.wait.words_after(words.language);
        let when = after.when.as_ref().map(|guard| self.pick(", ", "، ") + &words.when(guard)).unwrap_or_default();
        let mut clauses: Vec<String> = after.actions.iter().map(|action| words.action(action)).collect();
        clauses.extend(after.goto.map(|to| words.goes_to(to)));
        let clauses = words.all_of(&clauses);
        match &after.from {
            None => self.pick(
                format!("if none of this has led the case on within {wait}{when}: {clauses}"),
                format!("إذا لم تنتقل الحالة خلال {wait}{when}: {clauses}"),
            ),
            Some(field) => {
                let field = words.field(field);
                self.pick(
                    format!("{wait} after {field}, or at once if that is past{when}: {clauses}"),
                    format!("بعد {wait} من {field}، أو فورا إن كان قد مضى{when}: {clauses}"),
                )
            }
        }
    }

    fn end(&mut self, state: &State) {
        let words = self.words;
        self.name(state);
        let outcome = words.ending(state.end.as_deref().unwrap_or_default());
        let over = self.pick(format!("the case is over ({outcome})"), format!("تُغلق الحالة (النتيجة: {outcome})"));
        let enters = state.enter.iter().map(|action| words.action(action));
        let sentences: Vec<String> = [over].into_iter().chain(enters).collect();
        self.paragraph(&sentences);
        let reopens: Vec<String> = state
            .reopen
            .iter()
            .map(|(event, to)| {
                let (event, goes) = (words.event(None, event), words.goes_to(*to));
                self.pick(
                    format!("if afterwards {event}: the case is opened again, and {goes}"),
                    format!("بعد الإغلاق، إذا {event}: تُفتح الحالة من جديد، و{goes}"),
                )
            })
            .collect();
        self.list(None, &reopens);
    }
}
