//! A world in which stories are played: a clock, an office, one case, and what is known beyond it.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::DateTime;

use super::super::advance::Walk;
use super::super::{Advance, Context, Input, advance, new_case};
use super::{given, office, text};
use crate::calendar::Calendar;
use crate::case::{Case, CaseId, Contacted, EffectId, Standing};
use crate::definition::{Workflow, parse_cap};
use crate::delivery::Channel;
use crate::effect::{Effect, Message};
use crate::event::{Body, Disposition, Event, MessageAct, News, SENDER_BLOCK};
use crate::explain::explain;
use crate::history::Teller;
use crate::policy::{Facts, HousePolicy, NeverTo};
use crate::value::{Record, Value};

/// Everything around one case, and what was told of it so far.
pub(super) struct World {
    workflow: Workflow,
    calendar: Calendar,
    house: HousePolicy,
    facts: Facts,
    data: Record,
    case: Option<Case>,
    now: Timestamp,
    /// Id of the next stored event.
    next: i64,
    timers: Vec<String>,
    language: &'static str,
    /// Whether it is told why something happens later than wanted.
    whys: bool,
}

impl World {
    pub(super) fn new(workflow: Workflow) -> Self {
        Self {
            workflow,
            calendar: office(),
            house: HousePolicy::default(),
            facts: Facts::default(),
            data: given(),
            case: None,
            now: Timestamp::UNIX_EPOCH,
            next: 1,
            timers: Vec::new(),
            language: "en",
            whys: false,
        }
    }

    pub(super) fn in_calendar(self, calendar: Calendar) -> Self {
        Self { calendar, ..self }
    }

    pub(super) fn in_language(self, language: &'static str) -> Self {
        Self { language, ..self }
    }

    pub(super) fn telling_why(self) -> Self {
        Self { whys: true, ..self }
    }

    /// The house never contacts these.
    pub(super) fn house_never(mut self, written: &str) -> Self {
        self.house.never_to.push(NeverTo::parse(written, "BH").unwrap());
        self
    }

    pub(super) fn given(mut self, name: &str, value: Value) -> Self {
        self.data.insert(name.to_owned(), value);
        self
    }

    pub(super) fn house(mut self, cap: &str) -> Self {
        self.house.at_most.push(parse_cap(cap).unwrap());
        self
    }

    /// The queue of the house's desk that reads answers.
    pub(super) fn reads(mut self, queue: &str) -> Self {
        self.house.answers_to = Some(queue.to_owned());
        self
    }

    /// Other cases have said never to use these, or their owners asked us to stop.
    pub(super) fn beyond(mut self, never: &[&str], opted_out: &[&str]) -> Self {
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<BTreeSet<_>>();
        (self.facts.never, self.facts.opted_out) = (owned(never), owned(opted_out));
        self
    }

    /// Other cases know these identities as a deceased's.
    pub(super) fn known_dead(mut self, identities: &[&str]) -> Self {
        self.facts.deceased = identities.iter().map(|identity| (*identity).to_owned()).collect();
        self
    }

    /// Another case has contacted a person.
    pub(super) fn contacted_elsewhere(mut self, channel: Channel, person: &str, local: &str) -> Self {
        let at = self.instant(local);
        let id = EffectId::new(CaseId(99), 1, 1);
        self.facts.contacted_elsewhere.push(Contacted { id, channel, person: person.into(), at });
        self
    }

    /// Another case of the same household has contacted somebody.
    pub(super) fn of_household_elsewhere(mut self, channel: Channel, person: &str, local: &str) -> Self {
        self.facts.household.insert(CaseId(99));
        self.contacted_elsewhere(channel, person, local)
    }

    /// Plays the lines that begin with `>`; returns them with everything that follows from each.
    pub(super) fn play<'s>(mut self, story: impl Iterator<Item = &'s str>) -> Vec<String> {
        let mut told = Vec::new();
        for line in story {
            let Some(input) = line.strip_prefix("> ") else { continue };
            told.push(line.to_owned());
            told.extend(self.take(input));
        }
        told
    }

    /// What follows from an event that no line of a story can say.
    pub(super) fn story_with(mut self, open: &str, local: &str, body: Body) -> String {
        let mut told = self.take(open);
        self.now = self.instant(local);
        let event = self.event(self.now, "user:huda", body);
        told.extend(self.advance(vec![event]));
        told.join("\n")
    }

    /// `2024-05-12 09:20 event paid`; with ` received 2024-05-12 08:00` it was stored before that.
    fn take(&mut self, input: &str) -> Vec<String> {
        let (local, command) = input.split_at(16);
        self.now = self.instant(local);
        let (command, received) = command.trim().split_once(" received ").unwrap_or((command.trim(), local));
        let at = self.instant(received);
        if command == "open" {
            return self.open();
        }
        let events = self.events(command, at);
        self.advance(events)
    }

    fn open(&mut self) -> Vec<String> {
        let case = new_case(&self.workflow, CaseId(7), self.data.clone(), self.now);
        let context = self.context();
        let mut opened = Walk::from(&self.workflow, &case, &context);
        opened.take(Input::Open { detection: None });
        let opened = opened.finish();
        let told = self.told(&opened);
        let mut lines = self.answer(&case, opened);
        lines.extend(self.advance(told));
        lines
    }

    /// Takes the case through these events, whatever is due, and what it tells itself.
    fn advance(&mut self, mut events: Vec<Event>) -> Vec<String> {
        let mut lines = Vec::new();
        loop {
            let case = self.case.clone().expect("the story begins with `open`");
            let advanced = advance(&self.workflow, &case, &events, &self.context());
            events = self.told(&advanced);
            lines.extend(self.answer(&case, advanced));
            if events.is_empty() {
                return lines;
            }
        }
    }

    fn context(&self) -> Context<'_> {
        static NO_TEXTS: Record = Record::new();
        let (calendar, house, facts) = (&self.calendar, &self.house, &self.facts);
        Context { now: self.now, calendar, house, texts: &NO_TEXTS, facts, region: "BH" }
    }

    fn instant(&self, local: &str) -> Timestamp {
        let local = local.parse::<DateTime>().unwrap_or_else(|error| panic!("{local}: {error}"));
        self.calendar.instant(local)
    }

    /// What the case tells itself comes back as events, at once.
    fn told(&mut self, advanced: &Advance) -> Vec<Event> {
        let told = advanced.effects.iter().filter_map(|effect| match effect {
            Effect::Tell(body) => Some(body.clone()),
            _ => None,
        });
        let bodies: Vec<Body> = told.collect();
        bodies.into_iter().map(|body| self.event(self.now, "engine", body)).collect()
    }

    fn event(&mut self, at: Timestamp, by: &str, body: Body) -> Event {
        let id = self.next;
        self.next += 1;
        Event { id, at, by: by.into(), body }
    }

    fn events(&mut self, command: &str, at: Timestamp) -> Vec<Event> {
        if let Some(days) = command.strip_prefix("calendar") {
            let source = format!("{}holidays: [{days}]\n", super::OFFICE);
            self.calendar = super::calendar(&source);
            return vec![self.event(at, "engine", Body::CalendarChanged)];
        }
        if let Some((what, rest)) = command.strip_prefix("learn ").and_then(|rest| rest.split_once(' ')) {
            let (identity, others) = rest.split_once(" & ").unwrap_or((rest, "wait"));
            match what {
                "dead" => _ = self.facts.deceased.insert(identity.to_owned()),
                channel => _ = self.facts.opted_out.insert(format!("{channel} {identity}")),
            }
            let mut events = vec![self.event(at, "engine", Body::PolicyChanged)];
            events.extend(self.events(others, at));
            return events;
        }
        let bodies: Vec<Body> = command.split(" & ").filter_map(|command| self.body(command)).collect();
        bodies.into_iter().map(|body| self.event(at, "engine", body)).collect()
    }

    fn body(&self, command: &str) -> Option<Body> {
        let (verb, rest) = command.split_once(' ').unwrap_or((command, ""));
        let (word, data) = rest.split_once(' ').unwrap_or((rest, ""));
        let reason = || rest.to_owned();
        Some(match verb {
            "wait" => return None,
            "answer" => self.answered(rest),
            "event" => Body::External { name: word.into(), data: record(data) },
            "reply" => Body::Reply { channel: Channel::Sms, text: reason(), from: None },
            "receipt" => self.receipt(word, data),
            "blocked" => self.not_confirmed(SENDER_BLOCK),
            "stopped" => self.stopped(word),
            "update" => Body::Updated { data: record(rest) },
            "hold" => Body::Hold { reason: reason() },
            "resume" => Body::Resume,
            "reverse" => Body::DeathWithdrawn { reason: reason() },
            "close" => Body::Close { outcome: word.into(), reason: data.into() },
            "retry" => Body::Retry,
            "skip" => Body::Skip { reason: reason() },
            "move" => Body::Move { state: word.into(), reason: data.into() },
            "message" => about_message(word, data),
            other => panic!("no such input: {other}"),
        })
    }

    /// `no_answer when=…`, of the newest call; of another with its id before the outcome.
    fn answered(&self, rest: &str) -> Body {
        let by_id = rest.split_once(' ').filter(|(id, _)| id.starts_with("7."));
        let (task, rest) = by_id.map_or((self.last(true), rest), |(id, rest)| (EffectId(id.into()), rest));
        let (outcome, data) = rest.split_once(' ').unwrap_or((rest, ""));
        Body::Answer { task, outcome: outcome.into(), answers: record(data), note: None }
    }

    /// The newest call, or the newest message, that is still pending.
    fn last(&self, call: bool) -> EffectId {
        let mut pending = self.case.iter().flat_map(|case| &case.progress.pending);
        let last = pending.rfind(|pending| pending.call.is_some() == call);
        last.map_or_else(|| EffectId("7.0.0".into()), |pending| pending.id.clone())
    }

    /// The newest message is not confirmed, and what the store makes of it.
    fn not_confirmed(&self, code: &str) -> Body {
        let (news, code) = (News::Unconfirmed, Some(code.to_owned()));
        Body::Delivery { message: self.last(false), channel: Channel::Sms, news, code, bad_address: None }
    }

    /// The newest message was stopped by a rule when it was about to leave.
    fn stopped(&self, rule: &str) -> Body {
        let (news, code) = (News::Suppressed, Some(rule.to_owned()));
        Body::Delivery { message: self.last(false), channel: Channel::Sms, news, code, bad_address: None }
    }

    fn receipt(&self, word: &str, address: &str) -> Body {
        let all = [News::Accepted, News::Delivered, News::Undelivered, News::Failed, News::Expired, News::Suppressed];
        let news = all.into_iter().find(|news| news.as_str() == word).unwrap_or_else(|| panic!("no news {word}"));
        let bad_address = (!address.is_empty()).then(|| address.to_owned());
        Body::Delivery { message: self.last(false), channel: Channel::Sms, news, code: None, bad_address }
    }

    /// Everything that followed from an input.
    fn answer(&mut self, before: &Case, advanced: Advance) -> Vec<String> {
        let Advance { case, entries, effects, settled, more, .. } = advanced;
        assert!(!more, "a story is short");
        let teller = Teller { workflow: &self.workflow, calendar: &self.calendar, language: self.language };
        let mut lines: Vec<String> = entries.iter().map(|entry| teller.sentence(entry)).collect();
        let done: Vec<String> = effects.iter().map(effect_words).collect();
        lines.extend((!done.is_empty()).then(|| format!("do: {}", done.join(", "))));
        let whys = effects.iter().filter(|_| self.whys).filter_map(|effect| match effect {
            Effect::Message(message) => message.why.as_ref(),
            Effect::Call(call) => call.why.as_ref(),
            _ => None,
        });
        lines.extend(whys.map(|why| format!("because: {}", why.get(self.language))));
        lines.extend(settled.values().filter_map(disposition_words));
        let due = |timer: &crate::case::Timer| format!("{} {}", timer.name, teller.moment(timer.due));
        let timers: Vec<String> = case.progress.timers.iter().map(due).collect();
        let changed = timers != self.timers;
        lines.extend((changed && !timers.is_empty()).then(|| format!("timers: {}", timers.join(", "))));
        lines.extend((changed && timers.is_empty()).then(|| "timers: none".to_owned()));
        let stands = (case.standing.as_str() != before.standing.as_str()).then(|| standing_words(&case.standing));
        lines.extend(stands);
        (self.timers, self.case) = (timers, Some(case));
        lines
    }

    /// What is said of the case after these inputs: where it stands, its deadlines, what is planned, and what
    /// may come.
    pub(super) fn explained(mut self, inputs: &[&str], language: &str) -> String {
        for input in inputs {
            self.take(input);
        }
        let said = explain(&self.workflow, self.case.as_ref().unwrap(), &self.context(), language);
        let deadlines = said.deadlines.iter().map(|due| format!("{} ({}): {}", due.due_words, due.why, due.leads_to));
        let possible = said.possible.iter().map(|possible| format!("{}: {}", possible.event, possible.leads_to));
        let lines: Vec<String> =
            [said.standing].into_iter().chain(deadlines).chain(said.planned).chain(possible).collect();
        lines.join("\n")
    }

    /// The case as it is opened at a moment, with what it wants done.
    pub(super) fn opened(mut self, local: &str) -> Advance {
        self.now = self.instant(local);
        let case = new_case(&self.workflow, CaseId(7), self.data.clone(), self.now);
        super::super::open(&self.workflow, &case, None, &self.context())
    }

    /// Everything that follows from these inputs, as text.
    pub(super) fn story(mut self, inputs: &[&str]) -> String {
        inputs.iter().flat_map(|input| self.take(input)).collect::<Vec<_>>().join("\n")
    }

    /// The case as it stands now.
    pub(super) fn after(mut self, inputs: &[&str]) -> Case {
        for input in inputs {
            self.take(input);
        }
        self.case.unwrap()
    }
}

/// `retry 7.1.1`, `cancel 7.1.1 why`, `resend …`, `sent …`, `unsent …`.
fn about_message(verb: &str, rest: &str) -> Body {
    let (id, reason) = rest.split_once(' ').unwrap_or((rest, ""));
    let (message, reason) = (EffectId(id.into()), reason.to_owned());
    let act = match verb {
        "retry" => MessageAct::Retry { template: "hi".into() },
        "cancel" => MessageAct::Cancel { reason },
        "resend" => MessageAct::Resend { reason, original: Box::new(sent_before(id)) },
        "sent" | "unsent" => MessageAct::Resolve { sent: verb == "sent", reason, channel: Some(Channel::Sms) },
        other => panic!("nobody can {other} a message"),
    };
    Body::Message { message, act }
}

/// The SMS to Amna, as the store keeps it.
fn sent_before(id: &str) -> Message {
    Message {
        id: EffectId(id.into()),
        channel: Channel::Sms,
        state: "a".into(),
        template: "hi".into(),
        to: "+97336001234".into(),
        to_name: Some("Amna".into()),
        person: "+97336001234".into(),
        language: "en".into(),
        subject: None,
        text: "Hi Amna".into(),
        unsubscribe: None,
        segments: 1,
        planned_at: Timestamp::UNIX_EPOCH,
        not_before: Timestamp::UNIX_EPOCH,
        expires: Some(Timestamp::UNIX_EPOCH),
        keep: false,
        on_uncertain: None,
        why: None,
        suppressed: None,
    }
}

fn effect_words(effect: &Effect) -> String {
    let stopped = |rule: &Option<crate::policy::Rule>| if rule.is_some() { " (stopped)" } else { "" };
    match effect {
        Effect::Message(message) => {
            format!("{} {} to {}{}", message.channel, message.id, message.to, stopped(&message.suppressed))
        }
        Effect::Call(call) => {
            format!("call {} to {}{}", call.id, call.to.as_deref().unwrap_or("nobody"), stopped(&call.suppressed))
        }
        Effect::Withdraw { id, .. } => format!("withdraw {id}"),
        Effect::Hurry { id, .. } => format!("hurry {id}"),
        Effect::Resolved { id, sent, .. } => format!("{id} {}", if *sent { "was sent" } else { "was not sent" }),
        Effect::Answered { task, outcome, .. } => format!("close {task} as {outcome}"),
        Effect::Tell(body) => format!("tell {}", body.label()),
        Effect::Erase(erasure) => format!("erase {}", erasure.stage.as_str()),
        Effect::Keep { kept, .. } => format!("kept: {kept}"),
    }
}

fn disposition_words(disposition: &Disposition) -> Option<String> {
    match disposition {
        Disposition::Applied => None,
        Disposition::Refused { reason } => {
            assert_said_in_both(reason);
            Some(format!("refused: {}", reason.en()))
        }
        other => Some(format!("event: {}", other.as_str())),
    }
}

/// Every refusal that any test sees comes in both languages.
pub(super) fn assert_said_in_both(reason: &crate::lang::Texts) {
    let is_arabic = |c: char| ('\u{620}'..='\u{64a}').contains(&c);
    let (en, ar) = (reason.0.get("en").expect("in English"), reason.0.get("ar").expect("in Arabic"));
    assert!(!en.contains(is_arabic) && en.contains(|c: char| c.is_ascii_lowercase()), "not English: {en}");
    assert!(ar.contains(is_arabic), "not Arabic: {ar}");
}

fn standing_words(standing: &Standing) -> String {
    match standing {
        Standing::Ended { outcome } => format!("stands: ended {outcome}"),
        other => format!("stands: {}", other.as_str()),
    }
}

/// `amount=3 by=Amna`.
fn record(pairs: &str) -> Record {
    let pair = |pair: &str| {
        let (name, value) = pair.split_once('=').unwrap_or_else(|| panic!("no value: {pair}"));
        (name.to_owned(), value.parse().map_or_else(|_| text(value), Value::Int))
    };
    pairs.split_whitespace().map(pair).collect()
}
