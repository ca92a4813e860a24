//! The facts of states and of what holds anywhere.

use super::facts::Facts;
use super::sayings::Saying;
use crate::definition::{
    Action, After, Branch, CallAction, Handler, Reaction, Repeat, Rung, SendAction, State, StateId, Target, Then,
};
use crate::expr::Program;
use crate::words::number::TIMES;

impl Facts<'_> {
    /// The name of a state, the new one where it was renamed.
    pub(super) fn name_of(&self, id: StateId) -> String {
        self.renamed_or(&self.words.workflow.state(id).name)
    }

    fn renamed_or(&self, name: &str) -> String {
        self.renamed.get(name).map_or_else(|| name.to_owned(), Clone::clone)
    }

    pub(super) fn anywhere(&mut self) {
        let place = self.pick("wherever a case stands", "أينما كانت الحالة");
        let workflow = self.words.workflow;
        for handler in &workflow.anywhere {
            self.handler("anywhere", &place, None, handler);
        }
    }

    pub(super) fn state(&mut self, state: &State) {
        let path = format!("states.{}", self.renamed_or(&state.name));
        let title = self.words.quote(&self.words.title(state));
        let whole = self.pick("the states", "المراحل");
        let the_state = self.pick("the state", "المرحلة");
        self.add(&path, self.renamed_or(&state.name), Saying::new(&whole, the_state, title.clone()));
        let place = title;
        self.state_titles(&path, &place, &state.title);
        let waiting = self.words.waiting_on(state.waiting_on);
        self.add(
            format!("{path}.waiting_on"),
            format!("{:?}", state.waiting_on).to_lowercase(),
            Saying::alone(&place, waiting),
        );
        self.actions(&path, &place, &state.enter);
        for branch in &state.next {
            self.branch(&path, &place, branch);
        }
        let guards: Vec<String> = state.next.iter().map(|branch| guard(branch.when.as_ref())).collect();
        self.order(&format!("{path}.next"), &place, &guards);
        for handler in &state.on {
            self.handler(&format!("{path}.on"), &place, Some(state), handler);
        }
        for (at, repeat) in (1..).zip(&state.every) {
            self.repeat(&format!("{path}.every[{at}]"), &place, repeat);
        }
        for (at, after) in (1..).zip(&state.after) {
            self.after(&format!("{path}.after[{at}]"), &place, after);
        }
        if let Some(end) = &state.end {
            let ends = self.pick("it ends the case:", "تُنهي الحالة:");
            self.add(format!("{path}.end"), end.as_str(), Saying::new(&place, ends, self.words.ending(end)));
        }
        for (event, to) in &state.reopen {
            let event_words = self.words.event(None, event);
            let opens = self.pick(
                format!("if afterwards {event_words}, the case is opened again in"),
                format!("بعد الإغلاق، إذا {event_words} تُفتح الحالة من جديد في"),
            );
            let saying = Saying::new(&place, opens, self.words.state(*to));
            self.add(format!("{path}.reopen.{event}"), self.name_of(*to), saying);
        }
    }

    fn branch(&mut self, path: &str, place: &str, branch: &Branch) {
        let when = branch.when.as_ref().map(|guard| self.words.when(guard));
        let when = when.unwrap_or_else(|| self.pick("otherwise", "وإلا"));
        let path = format!("{path}.next[{}]", guard(branch.when.as_ref()));
        let goes = self.pick(format!("{when}, the case goes on to"), format!("{when}، تنتقل الحالة إلى"));
        let saying = Saying::new(place, goes, self.words.state(branch.goto));
        let value = format!("when: {}, goto: {}", guard(branch.when.as_ref()), self.name_of(branch.goto));
        self.add(&path, value, saying);
        self.sets(&path, place, &branch.set);
    }

    /// What an event does; several reactions are told apart by what must hold.
    fn handler(&mut self, path: &str, place: &str, state: Option<&State>, handler: &Handler) {
        let event = self.words.event(state, &handler.event);
        let path = format!("{path}.{}", handler.event);
        let if_event = self.pick(format!("if {event}"), format!("إذا {event}"));
        let does: Vec<String> =
            handler.reactions.iter().map(|reaction| self.words.all_of(&self.words.reaction(reaction))).collect();
        let does = does.join(&self.pick("; or ", "؛ أو "));
        self.add(&path, &handler.event, Saying::alone(place, format!("{if_event}: {does}")));
        let place = self.pick(format!("{place}, {if_event}"), format!("{place}، {if_event}"));
        if let [reaction] = handler.reactions.as_slice() {
            self.when(&path, &place, reaction.when.as_ref());
            self.reaction(&path, &place, reaction);
            return;
        }
        for reaction in &handler.reactions {
            let condition = reaction.when.as_ref().map(|guard| self.words.when(guard));
            let condition = condition.unwrap_or_else(|| self.pick("otherwise", "وإلا"));
            let path = format!("{path}[{}]", guard(reaction.when.as_ref()));
            let does = self.words.all_of(&self.words.reaction(reaction));
            self.add(&path, guard(reaction.when.as_ref()), Saying::alone(&place, format!("{condition}: {does}")));
            let place = self.pick(format!("{place}, {condition}"), format!("{place}، {condition}"));
            self.reaction(&path, &place, reaction);
        }
        let guards: Vec<String> = handler.reactions.iter().map(|reaction| guard(reaction.when.as_ref())).collect();
        self.order(&path, &place, &guards);
    }

    fn when(&mut self, path: &str, place: &str, when: Option<&Program>) {
        if let Some(guard) = when {
            let holds = self.pick("only", "فقط");
            self.add(format!("{path}.when"), guard.source(), Saying::new(place, holds, self.words.when(guard)));
        }
    }

    fn reaction(&mut self, path: &str, place: &str, reaction: &Reaction) {
        for ask in &reaction.ask {
            let name = &ask.field.name;
            let field = if ask.stored { self.words.field(name) } else { self.words.field_noun(&ask.field) };
            let asks = self.pick("we write down", "ندوّن");
            let value = format!("{name}: {}{}", ask.field.ty, if ask.stored { "" } else { " (not stored)" });
            self.add(format!("{path}.ask[{name}]"), value, Saying::new(place, asks, field));
        }
        if let Some(verified) = self.words.verified(&reaction.verify) {
            let value = format!("{:?}", reaction.verify);
            self.add(format!("{path}.verify"), value, Saying::alone(place, verified));
        }
        self.actions(path, place, &reaction.actions);
        self.then(path, place, &reaction.then);
    }

    fn then(&mut self, path: &str, place: &str, then: &Then) {
        let said = self.words.then(then);
        let path = format!("{path}.then");
        match then {
            Then::Stay => self.add(&path, "stay", Saying::alone(place, said)),
            Then::Goto(to) => {
                let goes = self.pick("the case goes on to", "تنتقل الحالة إلى");
                let saying = Saying::new(place, goes, self.words.state(*to));
                self.add(&path, format!("goto: {}", self.name_of(*to)), saying);
            }
            Then::NextContact { then } => {
                self.add(&path, "next: contact", Saying::alone(place, said));
                self.and_then(&path, place, *then);
            }
            Then::Again { rungs, then } => {
                self.add(&path, "again", Saying::alone(place, said));
                for (at, rung) in (1..).zip(rungs) {
                    let place = if rungs.len() > 1 {
                        self.pick(format!("{place} (time {at})"), format!("{place} (المرة {at})"))
                    } else {
                        place.to_owned()
                    };
                    let (value, saying) = match rung {
                        Rung::After(wait) => {
                            let after = self.pick("we call again after", "نعاود الاتصال بعد");
                            let said = wait.words_after(self.words.language);
                            (wait.to_string(), Saying::new(&place, after, said))
                        }
                        Rung::At(program) => {
                            let again = self.pick("we call again", "نعاود الاتصال");
                            (format!("at {}", program.source()), Saying::new(&place, again, self.words.rung(rung)))
                        }
                    };
                    self.add(format!("{path}.again[{at}]"), value, saying);
                }
                self.and_then(&path, place, *then);
            }
        }
    }

    /// Where to when the tries are used up.
    fn and_then(&mut self, path: &str, place: &str, then: Option<StateId>) {
        if let Some(to) = then {
            let goes = self.pick("when that is used up, the case goes on to", "فإن لم يبق شيء من ذلك تنتقل الحالة إلى");
            self.add(format!("{path}.then"), self.name_of(to), Saying::new(place, goes, self.words.state(to)));
        }
    }

    /// Actions by what they send or say, so that one more at the top does not move the others.
    fn actions(&mut self, path: &str, place: &str, actions: &[Action]) {
        let mut seen: Vec<String> = Vec::new();
        for action in actions {
            let (kind, name) = match action {
                Action::Call(call) => ("call", call.script.as_str()),
                Action::Send(send) => (send.channel.as_str(), send.template.as_str()),
                Action::Set(fields) => {
                    self.sets(path, place, fields);
                    continue;
                }
            };
            let key = format!("{kind} {name}");
            let nth = seen.iter().filter(|other| **other == key).count();
            seen.push(key.clone());
            let nth = if nth > 0 { format!(" #{}", nth + 1) } else { String::new() };
            let path = format!("{path}.do[{key}{nth}]");
            self.add(&path, key, Saying::alone(place, self.words.action(action)));
            match action {
                Action::Call(call) => self.call(&path, place, call),
                Action::Send(send) => self.send(&path, place, send),
                Action::Set(_) => {}
            }
        }
        self.order(&format!("{path}.do"), place, &seen);
    }

    fn call(&mut self, path: &str, place: &str, call: &CallAction) {
        let words = self.words;
        let asks = self.pick("the call is made by", "يتولى المكالمة");
        self.add(format!("{path}.queue"), call.queue.as_str(), Saying::new(place, asks, words.queue(&call.queue)));
        self.to(path, place, &call.to);
        if let Some(due) = call.due {
            let is_due = self.pick("the call is due within", "تُجرى المكالمة خلال");
            self.add(
                format!("{path}.due"),
                due.to_string(),
                Saying::new(place, is_due, due.words_after(words.language)),
            );
        }
        let priority = format!("{:?}", call.priority).to_lowercase();
        let is = self.pick("the priority is", "الأولوية هي");
        self.add(format!("{path}.priority"), &priority, Saying::new(place, is, self.words.priority(call.priority)));
        self.keep(path, place, call.keep);
    }

    fn send(&mut self, path: &str, place: &str, send: &SendAction) {
        self.to(path, place, &send.to);
        if let Some(expires) = send.expires {
            let template = &send.template;
            let leaves = self.pick(format!("`{template}` leaves within"), format!("تُرسل `{template}` خلال"));
            let said = expires.words_after(self.words.language);
            self.add(format!("{path}.expires"), expires.to_string(), Saying::new(place, leaves, said));
        }
        self.keep(path, place, send.keep);
        if let Some(choice) = send.on_uncertain {
            let template = &send.template;
            let of = self.pick(format!("of `{template}`:"), format!("عن `{template}`:"));
            let said = self.words.in_doubt(choice);
            self.add(format!("{path}.on_uncertain"), choice.as_str(), Saying::new(place, of, said));
        }
    }

    fn keep(&mut self, path: &str, place: &str, keep: bool) {
        let en = ["it is kept even if the case moves on", "it is withdrawn when the case moves on"];
        let ar = ["يبقى وإن انتقلت الحالة", "يُسحب متى انتقلت الحالة"];
        self.yes_no(path, "keep", keep, place, en, ar);
    }

    fn to(&mut self, path: &str, place: &str, to: &[Target]) {
        let value: Vec<&str> = to
            .iter()
            .map(|target| match target {
                Target::Field(name) | Target::Address(name) => name.as_str(),
            })
            .collect();
        let said: Vec<String> = to
            .iter()
            .map(|target| match target {
                Target::Field(name) => self.words.field(name),
                Target::Address(address) => format!("`{address}`"),
            })
            .collect();
        let nobody = || self.pick("nobody (a task at the desk)", "لا أحد (مهمة مكتبية)");
        let said = if said.is_empty() { nobody() } else { said.join(&self.pick(", else ", "، وإلا ")) };
        let goes = self.pick("it is meant for", "المقصود بها");
        let value = if value.is_empty() { "none".to_owned() } else { value.join(" ?? ") };
        self.add(format!("{path}.to"), value, Saying::new(place, goes, said));
    }

    fn sets(&mut self, path: &str, place: &str, fields: &[(String, Program)]) {
        for (name, value) in fields {
            let becomes = self.pick(
                format!("we note as {}:", self.words.field(name)),
                format!("نسجل في {}:", self.words.field(name)),
            );
            let saying = Saying::new(place, becomes, self.words.value(value));
            self.add(format!("{path}.set[{name}]"), value.source(), saying);
        }
    }

    fn repeat(&mut self, path: &str, place: &str, repeat: &Repeat) {
        let words = self.words;
        let actions: Vec<String> = repeat.actions.iter().map(|action| words.action(action)).collect();
        let (actions, every) = (words.all_of(&actions), repeat.every.words_after(words.language));
        let whole = self.pick(format!("every {every}: {actions}"), format!("كل {every}: {actions}"));
        self.add(path, "", Saying::alone(place, whole));
        let repeats = self.pick("it is repeated every", "يتكرر كل");
        self.add(format!("{path}.wait"), repeat.every.to_string(), Saying::new(place, repeats, every));
        if let Some(most) = repeat.at_most {
            let at_most = self.pick("it is repeated at most", "يتكرر على الأكثر");
            let said = TIMES.count(most.into(), words.language);
            self.add(format!("{path}.at_most"), most.to_string(), Saying::new(place, at_most, said));
        }
        self.when(path, place, repeat.when.as_ref());
        self.actions(path, place, &repeat.actions);
    }

    fn after(&mut self, path: &str, place: &str, after: &After) {
        let words = self.words;
        let wait = after.wait.words_after(words.language);
        let goes = after.goto.map(|to| words.goes_to(to));
        let goes = goes.unwrap_or_else(|| self.pick("it goes on here", "تستمر هنا"));
        let whole = self.pick(format!("{goes} after {wait}"), format!("{goes} بعد {wait}"));
        self.add(path, "", Saying::alone(place, whole));
        let (value, said) = match &after.from {
            Some(from) => {
                let field = words.field(from);
                let said = self.pick(format!("{wait} after {field}"), format!("{wait} من {field}"));
                (format!("{} after {from}", after.wait), said)
            }
            None => (after.wait.to_string(), wait),
        };
        let goes = self.pick(format!("{goes} after"), format!("{goes} بعد"));
        self.add(format!("{path}.wait"), value, Saying::new(place, goes, said.clone()));
        if let Some(to) = after.goto {
            let goes = self.pick(format!("after {said} the case goes on to"), format!("بعد {said} تنتقل الحالة إلى"));
            self.add(format!("{path}.goto"), self.name_of(to), Saying::new(place, goes, words.state(to)));
        }
        self.when(path, place, after.when.as_ref());
        self.actions(path, place, &after.actions);
    }
}

/// A guard as the key of one of several: `else` where there is none.
fn guard(when: Option<&Program>) -> String {
    when.map_or_else(|| "else".to_owned(), |program| program.source().to_owned())
}
