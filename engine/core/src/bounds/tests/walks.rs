//! No case that the real step makes ever exceeds what was proven: random workflows, random walks through them.

use std::collections::{BTreeMap, VecDeque};
use std::sync::LazyLock;

use jiff::Timestamp;
use proptest::prelude::*;

use super::super::{Bounds, prove};
use super::made_up::{Choices, bundle};
use crate::calendar::Calendar;
use crate::case::{Case, CaseId, EffectId, Standing};
use crate::definition::tests::house;
use crate::definition::{Environment, Workflow};
use crate::delivery::Channel;
use crate::effect::{Effect, Message};
use crate::event::{Body, Event, News};
use crate::history::What;
use crate::policy::{Facts, HousePolicy, Rule};
use crate::step::{Advance, Context, advance, new_case, open};
use crate::value::{Record, Value};

/// Inputs of one walk.
const STEPS_MAX: usize = 60;

/// Where a message stands on its way.
#[derive(Clone, Copy, PartialEq)]
enum Sent {
    Planned,
    InDoubt,
    Accepted,
    Unconfirmed,
    Arrived,
    Lost,
}

/// A case on a walk, and what the family has had of it.
struct Walk<'a> {
    workflow: &'a Workflow,
    calendar: &'a Calendar,
    bounds: &'a Bounds,
    case: Case,
    now: Timestamp,
    events: i64,
    /// Whether nobody but time and the gateways has done anything yet.
    alone: bool,
    has_ended: bool,
    /// Since when the family has heard nothing, and nobody has done anything.
    quiet_since: Timestamp,
    messages: BTreeMap<EffectId, (Message, Sent)>,
    /// Call tasks: to the family or not, and whether they are open.
    calls: BTreeMap<EffectId, (bool, bool)>,
    asked: BTreeMap<Channel, u64>,
    /// What the engine tells the case next.
    told: VecDeque<Body>,
}

impl<'a> Walk<'a> {
    fn begin(workflow: &'a Workflow, calendar: &'a Calendar, bounds: &'a Bounds, data: Record, now: Timestamp) -> Self {
        let case = new_case(workflow, CaseId(7), data, now);
        let mut walk = Self {
            workflow,
            calendar,
            bounds,
            case,
            now,
            events: 0,
            alone: true,
            has_ended: false,
            quiet_since: now,
            messages: BTreeMap::new(),
            calls: BTreeMap::new(),
            asked: BTreeMap::new(),
            told: VecDeque::new(),
        };
        let opened = walk.with_context(|context| open(workflow, &walk.case, None, context));
        walk.fold(opened);
        walk
    }

    fn with_context<T>(&self, act: impl FnOnce(&Context<'_>) -> T) -> T {
        let (house, texts, facts) = (HousePolicy::default(), Record::new(), Facts::default());
        let (now, calendar) = (self.now, self.calendar);
        act(&Context { now, calendar, house: &house, texts: &texts, facts: &facts, region: "BH" })
    }

    /// What the engine does at `now`, with an event or without.
    fn go(&mut self, event: Option<Body>) {
        self.events += 1;
        let by = "test".to_owned();
        let events: Vec<Event> = event
            .into_iter()
            .map(|body| Event { id: self.events, at: self.now, by: by.as_str().into(), body })
            .collect();
        let advanced = self.with_context(|context| advance(self.workflow, &self.case, &events, context));
        self.fold(advanced);
    }

    /// Takes over what became of the case, and what is told to it.
    fn fold(&mut self, advanced: Advance) {
        self.check_times();
        self.case = advanced.case;
        self.has_ended |= self.case.is_ended();
        let unmet = |what: &What| match what {
            What::NoContact { channel, .. }
            | What::Suppressed { channel, rule: Rule::NeverTo | Rule::Deceased, .. } => Some(*channel),
            _ => None,
        };
        for entry in &advanced.entries {
            if let Some(channel) = unmet(&entry.what) {
                self.ask(channel);
            }
            // Somebody reported it, if earlier; now it is taken.
            if matches!(entry.what, What::Recalled { .. }) {
                self.quiet_since = self.now;
            }
        }
        for effect in advanced.effects {
            self.effect(effect);
        }
        self.check_counts();
    }

    fn effect(&mut self, effect: Effect) {
        match effect {
            Effect::Message(message) => {
                self.ask(message.channel);
                let sent = if message.suppressed.is_some() { Sent::Lost } else { Sent::Planned };
                self.messages.insert(message.id.clone(), (*message, sent));
            }
            Effect::Call(task) => {
                let to_family = task.to.is_some();
                if to_family {
                    self.ask(Channel::Call);
                }
                if task.suppressed.is_none() {
                    self.calls.insert(task.id.clone(), (to_family, true));
                }
            }
            Effect::Withdraw { id, .. } => {
                self.calls.remove(&id);
                if let Some((_, sent)) = self.messages.get_mut(&id) {
                    *sent = Sent::Lost;
                }
            }
            Effect::Answered { task, .. } => {
                if let Some((_, open)) = self.calls.get_mut(&task) {
                    *open = false;
                }
            }
            Effect::Hurry { .. } | Effect::Resolved { .. } | Effect::Erase(_) | Effect::Keep { .. } => {}
            Effect::Tell(body) => self.told.push_back(body),
        }
    }

    fn ask(&mut self, channel: Channel) {
        *self.asked.entry(channel).or_default() += 1;
        self.quiet_since = self.now;
    }

    fn minutes_since(&self, then: Timestamp) -> u64 {
        let passed = self.calendar.local(self.now).duration_since(self.calendar.local(then));
        u64::try_from(passed.as_secs()).unwrap().div_ceil(60)
    }

    fn check_times(&self) {
        if self.case.is_ended() {
            return;
        }
        let since_opening = self.minutes_since(self.case.opened_at);
        if self.alone {
            holds("duration", since_opening, self.bounds.duration.minutes);
        }
        if !self.has_ended {
            holds("duration, whatever comes", since_opening, self.bounds.duration_whatever_comes.minutes);
        }
        holds("silence", self.minutes_since(self.quiet_since), self.bounds.silence.minutes);
    }

    fn check_counts(&self) {
        let got = |channel: Channel| {
            let reached =
                self.messages.values().filter(|(message, sent)| message.channel == channel && *sent != Sent::Lost);
            reached.count() as u64
        };
        let asked = |channel| self.asked.get(&channel).copied().unwrap_or(0);
        let bounds = self.bounds;
        let calls = self.calls.values().filter(|(to_family, _)| *to_family).count() as u64;
        let (sms, emails) = (Channel::Sms, Channel::Email);
        for (name, got, asked, bound) in [
            ("sms", got(sms), asked(sms), &bounds.sms),
            ("emails", got(emails), asked(emails), &bounds.emails),
            ("messages", got(sms) + got(emails), asked(sms) + asked(emails), &bounds.messages),
            ("calls", calls, asked(Channel::Call), &bounds.calls),
        ] {
            holds(name, got, bound.most);
            holds(&format!("{name} asked for"), asked, bound.asked);
        }
        let segments = |language: &str| {
            let own =
                self.messages.values().filter(|(message, sent)| *sent != Sent::Lost && message.language == language);
            own.map(|(message, _)| u64::from(message.segments)).sum::<u64>()
        };
        for (language, bound) in &bounds.segments {
            holds(&format!("segments in {language}"), segments(language), bound.most);
        }
        let all = bounds.segments.keys().map(|language| segments(language)).sum();
        holds("segments", all, bounds.segments_in_any.most);
    }

    /// What may come now, of the gateways, or of people as well.
    fn may_come(&self, people: bool, choices: &mut Choices<'_>) -> Option<Body> {
        let mut possible: Vec<Body> = Vec::new();
        for (message, sent) in self.messages.values() {
            let news: &[News] = match sent {
                Sent::Planned => &[News::Accepted, News::Uncertain, News::Failed, News::Expired, News::Suppressed],
                Sent::InDoubt => &[News::Accepted, News::Failed],
                Sent::Accepted => &[News::Unconfirmed, News::Delivered, News::Undelivered, News::Failed],
                Sent::Unconfirmed => &[News::Delivered, News::Undelivered, News::Failed],
                Sent::Arrived | Sent::Lost => &[],
            };
            let bad = Some(message.to.clone()).filter(|_| choices.one_in(3));
            possible.extend(news.iter().map(|news| Body::Delivery {
                message: message.id.clone(),
                channel: message.channel,
                news: *news,
                code: None,
                bad_address: bad.as_ref().filter(|_| *news == News::Failed).map(ToString::to_string),
            }));
        }
        if people {
            let reply = |channel| Body::Reply { channel, text: "…".into(), from: None };
            possible.extend([reply(Channel::Sms), reply(Channel::Email)]);
            possible.push(Body::External { name: "paid".into(), data: Record::new() });
            possible.push(Body::Updated { data: Record::new() });
            for (task, _) in self.calls.iter().filter(|(_, (_, open))| *open) {
                for outcome in ["a", "b"] {
                    let outcome = outcome.to_owned();
                    possible.push(Body::Answer { task: task.clone(), outcome, answers: Record::new(), note: None });
                }
            }
        }
        if possible.is_empty() { None } else { Some(possible.swap_remove(choices.below(possible.len()))) }
    }

    fn come(&mut self, body: Body) {
        if let Body::Delivery { message, news, .. } = &body {
            let (_, sent) = self.messages.get_mut(message).unwrap();
            *sent = match news {
                News::Accepted => Sent::Accepted,
                News::Delivered | News::Undelivered => Sent::Arrived,
                News::Uncertain => Sent::InDoubt,
                News::Unconfirmed => Sent::Unconfirmed,
                News::Failed | News::Expired | News::Suppressed | News::Withdrawn => Sent::Lost,
            };
        } else {
            self.check_times();
            (self.alone, self.quiet_since) = (false, self.now);
        }
        self.go(Some(body));
    }

    /// One input: time passes to the next due timer, or something comes before it or in the same instant.
    fn step(&mut self, people: bool, choices: &mut Choices<'_>) -> bool {
        if matches!(self.case.standing, Standing::Incident(_)) {
            return false;
        }
        if let Some(body) = self.told.pop_front() {
            self.go(Some(body));
            return true;
        }
        let wake = self.case.wake_at();
        let until = wake.unwrap_or(self.now + jiff::SignedDuration::from_hours(24 * 20)).max(self.now);
        let begun = self.now;
        if choices.one_in(2)
            && let Some(body) = self.may_come(people, choices)
        {
            let part = i32::try_from(choices.below(3)).unwrap();
            self.now += begun.duration_until(until) / 2 * part;
            // Half of the odd nanosecond is lost.
            self.now = self.now.min(until);
            self.come(body);
            return true;
        }
        self.now = until;
        if wake.is_some() {
            self.go(None);
        }
        wake.is_some()
    }
}

/// Fails where more was seen than was proven.
#[track_caller]
fn holds(what: &str, seen: u64, most: Option<u64>) {
    assert!(most.is_none_or(|most| seen <= most), "{what}: {seen} seen where at most {most:?} was proven");
}

fn contact(number: usize, choices: &mut Choices<'_>) -> Value {
    let mut contact = Record::new();
    let mut put = |name: &str, value: String| _ = contact.insert(name.to_owned(), Value::Text(value));
    put("name", "م".repeat(if number == 0 { 40 } else { 12 }));
    put("language", if choices.one_in(2) { "en".into() } else { "ar".into() });
    if !choices.one_in(4) {
        put("mobile", format!("+9733600000{number}"));
    }
    if choices.one_in(2) {
        put("email", format!("somebody{number}@example.bh"));
    }
    Value::Record(contact)
}

/// Walks through a made-up workflow; whether the workflow was sound.
fn walk(workflow: &[u8], path: &[u8], people: bool, house: &Environment) -> bool {
    let (Some(workflow), _) = Workflow::load(&bundle(workflow), house) else { return false };
    let calendar = &house.calendars["office"];
    let proof = prove(&workflow, calendar, &house.texts);
    let mut choices = Choices::of(path);
    let day = jiff::civil::date(2023, 1, 1).saturating_add(jiff::Span::new().days(i64::from(choices.byte()) * 7));
    let now = calendar.instant(day.at(i8::try_from(choices.below(24)).unwrap(), 16, 0, 0));
    let family = (0..=choices.below(2)).map(|number| contact(number, &mut choices)).collect();
    let died = calendar.today(now).saturating_sub(jiff::Span::new().days(i64::try_from(choices.below(4)).unwrap()));
    let data = Record::from([
        ("cpr".into(), Value::Text("850101001".into())),
        ("died".into(), Value::Date(died)),
        ("family".into(), Value::List(family)),
    ]);
    let mut walk = Walk::begin(&workflow, calendar, &proof.bounds, data, now);
    for _ in 0..STEPS_MAX {
        if !walk.step(people, &mut choices) {
            break;
        }
    }
    true
}

/// The house of the other tests, with Bahrain's holidays.
fn bahrains_house() -> &'static Environment {
    static HOUSE: LazyLock<Environment> = LazyLock::new(|| {
        let mut house = house();
        house.calendars.insert("office".into(), super::bahrain());
        house
    });
    &HOUSE
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn no_walk_of_the_step_exceeds_what_was_proven(
        workflow in prop::collection::vec(any::<u8>(), 120),
        path in prop::collection::vec(any::<u8>(), 300),
        people in any::<bool>(),
    ) {
        walk(&workflow, &path, people, bahrains_house());
    }
}

#[test]
fn most_made_up_workflows_are_sound_and_are_walked() {
    let house = bahrains_house();
    let byte =
        |seed: u32, n: u32| seed.wrapping_mul(2_654_435_761).wrapping_add(n.wrapping_mul(40_503)).to_be_bytes()[1];
    let bytes = |seed: u32| (0..400).map(|n| byte(seed, n)).collect::<Vec<u8>>();
    let walked = (0..40).filter(|seed| walk(&bytes(*seed), &bytes(seed + 1_000), true, house)).count();
    assert!(walked >= 24, "{walked} of 40");
}
