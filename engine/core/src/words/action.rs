//! What a state does and what becomes of a case, as clauses of a sentence.

use super::Words;
use crate::definition::{
    Action, CallAction, Priority, Reaction, Rung, SendAction, StateId, Target, Then, Verify, WaitingOn,
};
use crate::delivery::{Channel, OnUncertain};
use crate::expr::Program;

impl Words<'_> {
    /// What an action does: `we send the SMS `follow-up` to …`.
    pub fn action(&self, action: &Action) -> String {
        match action {
            Action::Call(call) => self.call(call),
            Action::Send(send) => self.send(send),
            Action::Set(fields) => self.set(fields),
        }
    }

    fn call(&self, call: &CallAction) -> String {
        let (queue, script) = (self.queue(&call.queue), &call.script);
        let due = call.due.map(|due| due.words_after(self.language));
        let due = due.map_or(String::new(), |due| self.pick(format!(" within {due}"), format!(" خلال {due}")));
        let details = self.urgency(call.priority) + &self.kept(call.keep);
        if call.to.is_empty() {
            return self.pick(
                format!("we give {queue} a task at the desk, to be done{due}{details} (script `{script}`)"),
                format!("نكلف {queue} بمهمة مكتبية تُنجز{due}{details} (النص `{script}`)"),
            );
        }
        let to = self.targets(&call.to, Self::ringing);
        self.pick(
            format!("we ask {queue} to ring {to}{due}{details} (script `{script}`)"),
            format!("نطلب من {queue} الاتصال {to}{due}{details} (النص `{script}`)"),
        )
    }

    /// The word for a priority.
    pub fn priority(&self, priority: Priority) -> String {
        match priority {
            Priority::Normal => self.pick("normal", "عادية"),
            Priority::High => self.pick("high", "عالية"),
            Priority::Low => self.pick("low", "منخفضة"),
        }
    }

    /// A priority other than the usual one.
    fn urgency(&self, priority: Priority) -> String {
        let word = self.priority(priority);
        match priority {
            Priority::Normal => String::new(),
            Priority::High | Priority::Low => self.pick(format!(", with {word} priority"), format!("، بأولوية {word}")),
        }
    }

    fn kept(&self, keep: bool) -> String {
        if keep {
            self.pick(", even if the case moves on meanwhile", "، وإن انتقلت الحالة في أثناء ذلك")
        } else {
            String::new()
        }
    }

    fn send(&self, send: &SendAction) -> String {
        let (it, template) = (self.the_message(send.channel), &send.template);
        let to = self.targets(&send.to, Self::addressing);
        let expires = send.expires.map(|expires| expires.words_after(self.language));
        let expires = expires.map_or(String::new(), |expires| {
            self.pick(format!(" (within {expires} or not at all)"), format!(" (خلال {expires} وإلا فلا تُرسل)"))
        });
        let kept = self.kept(send.keep);
        let doubt = send.on_uncertain.map_or(String::new(), |choice| format!("; {}", self.in_doubt(choice)));
        self.pick(
            format!("we send {it} `{template}` {to}{expires}{kept}{doubt}"),
            format!("نرسل {it} `{template}` {to}{expires}{kept}{}", doubt.replace(';', "؛")),
        )
    }

    /// What becomes of a message when nobody can tell whether it was sent.
    pub fn in_doubt(&self, choice: OnUncertain) -> String {
        match choice {
            OnUncertain::Hold => {
                self.pick("in doubt whether it has left, a person decides", "وإن لم يُعلم هل خرجت فالقرار لموظف")
            }
            OnUncertain::Resend => {
                self.pick("in doubt whether it has left, it is sent again", "وإن لم يُعلم هل خرجت أُرسلت مرة أخرى")
            }
        }
    }

    /// `we note as the heir: “name”`.
    pub fn set(&self, fields: &[(String, Program)]) -> String {
        let each = fields.iter().map(|(name, value)| {
            let (field, value) = (self.field(name), self.value(value));
            self.pick(format!("we note as {field}: {value}"), format!("نسجل في {field}: {value}"))
        });
        self.all_of(&each.collect::<Vec<_>>())
    }

    fn ringing(&self, target: &str) -> String {
        self.pick(target, format!("ب{target}"))
    }

    fn addressing(&self, target: &str) -> String {
        self.pick(format!("to {target}"), format!("إلى {target}"))
    }

    /// Whom: the first target that can be reached, else the next.
    fn targets(&self, targets: &[Target], prefix: fn(&Self, &str) -> String) -> String {
        let name = |target: &Target| match target {
            Target::Field(name) => self.field(name),
            Target::Address(address) => format!("`{address}`"),
        };
        let words: Vec<String> = targets.iter().map(|target| prefix(self, &name(target))).collect();
        match words.split_first() {
            None => String::new(),
            Some((first, [])) => first.clone(),
            Some((first, rest)) => {
                let rest = rest.join(&self.pick(", else ", "، وإلا "));
                self.pick(format!("{first} (else {rest})"), format!("{first} (وإلا {rest})"))
            }
        }
    }

    /// `the case goes on to “X”`.
    pub fn goes_to(&self, id: StateId) -> String {
        let state = self.state(id);
        self.pick(format!("the case goes on to {state}"), format!("تنتقل الحالة إلى {state}"))
    }

    /// What a reaction asks for, does, and makes of the case, as clauses.
    pub fn reaction(&self, reaction: &Reaction) -> Vec<String> {
        let asked: Vec<String> =
            reaction.ask.iter().map(|ask| self.asked(&ask.field.name, ask.stored, &ask.field)).collect();
        let asked = (!asked.is_empty()).then(|| {
            let asked = self.all_of(&asked);
            self.pick(format!("we write down {asked}"), format!("ندوّن {asked}"))
        });
        let verified = self.verified(&reaction.verify);
        let done = reaction.actions.iter().map(|action| self.action(action));
        asked.into_iter().chain(verified).chain(done).chain([self.then(&reaction.then)]).collect()
    }

    /// What is confirmed by whoever we have on the phone.
    pub fn verified(&self, verify: &[Verify]) -> Option<String> {
        let name = |verify: &Verify| match verify {
            Verify::Called => self.pick("the number that was called", "الرقم الذي اتصلنا به"),
            Verify::Email => self.pick("the contact's e-mail address", "عنوان بريد من كلمناه"),
            Verify::Field(field) => self.field(field),
        };
        let names: Vec<String> = verify.iter().map(name).collect();
        let names = (!names.is_empty()).then(|| self.all_of(&names))?;
        Some(self.pick(format!("we take as confirmed {names}"), format!("نعتمد {names}")))
    }

    fn asked(&self, name: &str, stored: bool, field: &crate::schema::Field) -> String {
        if stored {
            return self.field(name);
        }
        self.titled(&field.title).map_or_else(|| format!("`{name}`"), |title| self.quote(&title))
    }

    /// What becomes of the case.
    pub fn then(&self, then: &Then) -> String {
        match then {
            Then::Stay => self.pick("the case stays where it is", "تبقى الحالة حيث هي"),
            Then::Goto(to) => self.goes_to(*to),
            Then::Again { rungs, then } => self.again(rungs, *then),
            Then::NextContact { then } => {
                let first = self.pick("we ring the next contact at once", "نتصل فورا بجهة الاتصال التالية");
                let left = then.map(|to| {
                    let goes = self.goes_to(to);
                    self.pick(format!("; if there is none, {goes}"), format!("، فإن لم توجد {goes}"))
                });
                first + &left.unwrap_or_default()
            }
        }
    }

    fn again(&self, rungs: &[Rung], then: Option<StateId>) -> String {
        let waits: Vec<String> = rungs.iter().map(|rung| self.rung(rung)).collect();
        let waits = waits.join(&self.pick(", then ", "، ثم "));
        let first = self.pick(format!("we call again {waits}"), format!("نعاود الاتصال {waits}"));
        let last = then.map(|to| {
            let goes = self.goes_to(to);
            self.pick(format!("; if it comes once more, {goes}"), format!("، فإن تكرر ذلك بعدها {goes}"))
        });
        first + &last.unwrap_or_default()
    }

    /// When a call is tried again: `after 4 working hours`.
    pub fn rung(&self, rung: &Rung) -> String {
        match rung {
            Rung::After(wait) => {
                let wait = wait.words_after(self.language);
                self.pick(format!("after {wait}"), format!("بعد {wait}"))
            }
            Rung::At(program) if program.source().starts_with("answer.") => {
                self.pick("at the time that is agreed", "في الوقت المتفق عليه")
            }
            Rung::At(program) => {
                let value = self.value(program);
                self.pick(format!("at {value}"), format!("عند {value}"))
            }
        }
    }

    /// Whose move it is: `we wait for the family`.
    pub fn waiting_on(&self, on: WaitingOn) -> String {
        match on {
            WaitingOn::Us => self.pick("it is our move", "الدور علينا"),
            WaitingOn::Family => self.pick("we wait for the family", "ننتظر الأسرة"),
            WaitingOn::Court => self.pick("we wait for the court", "ننتظر المحكمة"),
        }
    }

    /// An action in a few words, for a picture: `SMS: follow-up`.
    pub fn action_label(&self, action: &Action) -> String {
        match action {
            Action::Call(call) => {
                let queue = self.environment.queues.get(call.queue.as_str()).and_then(|title| self.titled(title));
                let queue = queue.unwrap_or_else(|| call.queue.to_string());
                if call.to.is_empty() {
                    self.pick(format!("Task: {queue}"), format!("مهمة: {queue}"))
                } else {
                    self.pick(format!("Call: {queue}"), format!("اتصال: {queue}"))
                }
            }
            Action::Send(SendAction { channel: Channel::Email, template, .. }) => {
                self.pick(format!("E-mail: {template}"), format!("بريد: {template}"))
            }
            Action::Send(send) => self.pick(format!("SMS: {}", send.template), format!("رسالة: {}", send.template)),
            Action::Set(fields) => {
                let names: Vec<&str> = fields.iter().map(|(name, _)| name.as_str()).collect();
                self.pick(format!("Note: {}", names.join(", ")), format!("تدوين: {}", names.join("، ")))
            }
        }
    }
}
