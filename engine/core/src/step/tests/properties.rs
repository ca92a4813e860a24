//! Lives made up at random: whatever comes, in whatever order and at whatever time, the promises hold.
//!
//! Over small workflows that are made up themselves, and over the shipped one. [`Watch`] knows the promises.

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::generated::workflows;
use super::watch::Watch;
use super::{OFFICE, calendar, contact, given, text, workflow};
use crate::calendar::Calendar;
use crate::case::{CaseId, Contacted, EffectId, Standing};
use crate::definition::{Handler, Workflow};
use crate::delivery::Channel;
use crate::event::{Body, Event, News};
use crate::explain::explain;
use crate::policy::{Facts, HousePolicy};
use crate::step::{Context, new_case};
use crate::value::{Record, Type, Value};

const HOLDER: &str = "+97333000000";

/// Something that may come. Numbers choose among what there is.
#[derive(Clone, Debug)]
enum Act {
    Wait,
    Answer { call: usize, outcome: usize, filled: bool },
    Report { name: usize, data: bool },
    Reply { yes: bool },
    News { message: usize, news: usize, bad: bool },
    Told { name: usize },
    Update,
    Operate { what: usize },
    Calendar,
}

fn acts() -> impl Strategy<Value = Act> {
    prop_oneof![
        6 => Just(Act::Wait),
        9 => (any::<usize>(), any::<usize>(), prop::bool::weighted(0.8))
            .prop_map(|(call, outcome, filled)| Act::Answer { call, outcome, filled }),
        4 => (any::<usize>(), any::<bool>()).prop_map(|(name, data)| Act::Report { name, data }),
        3 => any::<bool>().prop_map(|yes| Act::Reply { yes }),
        6 => (any::<usize>(), any::<usize>(), any::<bool>())
            .prop_map(|(message, news, bad)| Act::News { message, news, bad }),
        1 => any::<usize>().prop_map(|name| Act::Told { name }),
        1 => Just(Act::Update),
        4 => any::<usize>().prop_map(|what| Act::Operate { what }),
        1 => Just(Act::Calendar),
    ]
}

/// What comes, after how many minutes, and how many minutes before it is looked at it was received.
type Life = Vec<(Act, u32, u32)>;

fn lives(longest: usize) -> impl Strategy<Value = Life> {
    let gap = prop_oneof![1 => Just(0_u32), 3 => 1..300_u32, 3 => 300..9_000_u32, 1 => 9_000..100_000_u32];
    prop::collection::vec((acts(), gap, prop_oneof![2 => Just(0_u32), 1 => 1..3_000_u32]), 1..longest)
}

/// Families: numbers may come twice, be missing, or be the deceased's own.
fn families() -> impl Strategy<Value = Value> {
    let numbers = prop::sample::select(vec!["+97336001234", "+97339005678", HOLDER, "+97317001234"]);
    let person = (numbers, any::<bool>()).prop_map(|(number, mobile)| {
        let Value::Record(mut person) = contact("Amna", number) else { unreachable!() };
        person.extend((!mobile).then(|| ("mobile".to_owned(), Value::Null)));
        Value::Record(person)
    });
    prop::collection::vec(person, 0..4).prop_map(Value::List)
}

/// The world of one life.
struct Play<'w> {
    workflow: &'w Workflow,
    calendars: [Calendar; 2],
    facts: Facts,
    now: Timestamp,
    next: i64,
}

impl<'w> Play<'w> {
    fn new(workflow: &'w Workflow, calendars: [Calendar; 2]) -> Self {
        let now = calendars[0].instant("2024-05-02T08:00".parse().unwrap());
        let elsewhere = |channel| Contacted {
            id: EffectId::new(CaseId(99), 1, 1),
            channel,
            person: "+97336001234".into(),
            at: now - SignedDuration::from_hours(20),
        };
        let contacted_elsewhere = vec![elsewhere(Channel::Sms), elsewhere(Channel::Call)];
        let facts = Facts { contacted_elsewhere, never: ["+97317001234".to_owned()].into(), ..Facts::default() };
        Self { workflow, calendars, facts, now, next: 1 }
    }

    fn live(mut self, data: Record, life: &Life) {
        let house = HousePolicy {
            at_most: vec![crate::definition::parse_cap("3 sms per person in 10 days").unwrap()],
            ..HousePolicy::default()
        };
        let texts = Record::from([("hotline".to_owned(), text("17 000 000"))]);
        let mut watch = Watch::new(self.workflow, new_case(self.workflow, CaseId(7), data, self.now));
        let facts = self.facts.clone();
        let mut present = self.calendars[0].clone();
        let region = "BH";
        let context =
            Context { now: self.now, calendar: &present, house: &house, texts: &texts, facts: &facts, region };
        watch.open(&context);
        for (act, gap, late) in life {
            self.now += SignedDuration::from_mins((*gap).into());
            if matches!(act, Act::Calendar) {
                self.calendars.swap(0, 1);
                present = self.calendars[0].clone();
            }
            let context =
                Context { now: self.now, calendar: &present, house: &house, texts: &texts, facts: &facts, region };
            // News are looked at when they come: how often somebody was reached is counted by them.
            if matches!(act, Act::News { .. }) {
                self.take(&mut watch, None, &context);
            }
            let late = if matches!(act, Act::News { .. }) { 0 } else { *late };
            let at = self.now - SignedDuration::from_mins(late.into());
            let event = self.body(act, &watch).map(|body| self.event(body, at));
            self.take(&mut watch, event.as_ref(), &context);
        }
        let context =
            Context { now: self.now, calendar: &present, house: &house, texts: &texts, facts: &facts, region };
        for language in ["en", "ar"] {
            assert!(!explain(self.workflow, &watch.case, &context, language).standing.is_empty());
        }
    }

    /// Gives the case an event and what it tells itself, until it is quiet.
    fn take(&mut self, watch: &mut Watch<'_>, event: Option<&Event>, context: &Context<'_>) {
        let mut told = watch.take(event, context);
        for _ in 0..200 {
            if told.is_empty() {
                return;
            }
            let body = told.remove(0);
            let event = self.event(body, self.now);
            told.extend(watch.take(Some(&event), context));
        }
        panic!("the case turns without end");
    }

    fn event(&mut self, body: Body, at: Timestamp) -> Event {
        self.next += 1;
        Event { id: self.next, at, by: "test".into(), body }
    }

    fn body(&self, act: &Act, watch: &Watch<'_>) -> Option<Body> {
        let case = &watch.case;
        let pending = |call: bool, which: usize| {
            let found: Vec<_> = case.progress.pending.iter().filter(|pending| pending.call.is_some() == call).collect();
            found.get(which.checked_rem(found.len())?).copied()
        };
        let names: Vec<&String> = self.workflow.events.keys().collect();
        Some(match act {
            Act::Wait => return None,
            Act::Answer { call, outcome, filled } => {
                let task = pending(true, *call)?.id.clone();
                let (outcome, answers) = self.answer(&case.state, *outcome, *filled)?;
                Body::Answer { task, outcome, answers, note: None }
            }
            Act::Report { name, data } => {
                let odd = || Record::from([("amount".to_owned(), text("much"))]);
                let name = names[name % names.len()].clone();
                Body::External { name, data: if *data { odd() } else { Record::new() } }
            }
            Act::Reply { yes } => Body::Reply {
                channel: Channel::Sms,
                text: if *yes { "yes".into() } else { "إيقاف".into() },
                from: None,
            },
            Act::News { message, news, bad } => {
                let message = pending(false, *message)?;
                let all = [
                    News::Accepted,
                    News::Delivered,
                    News::Undelivered,
                    News::Failed,
                    News::Expired,
                    News::Unconfirmed,
                    News::Uncertain,
                ];
                let news = all[news % all.len()];
                // How a case that stands still counts, it does when it goes on.
                let news = if case.standing == Standing::Open { news } else { News::Delivered };
                let bad_address =
                    message.to.as_ref().filter(|_| *bad && news == News::Undelivered).map(ToString::to_string);
                let (message, channel) = (message.id.clone(), message.channel);
                Body::Delivery { message, channel, news, code: None, bad_address }
            }
            Act::Told { name } => {
                let names = ["sms.no_contact", "call.suppressed", "call.no_contact", "email.no_contact"];
                Body::Told { name: names[name % 4].into(), visit: case.visit }
            }
            Act::Update => Body::Updated { data: Record::from([("note".to_owned(), text("again"))]) },
            Act::Operate { what } => match what % 8 {
                0 | 1 => Body::Retry,
                2 | 3 => Body::Skip { reason: "so".into() },
                4 | 5 => Body::Resume,
                6 => Body::Hold { reason: "so".into() },
                _ if what % 5 == 0 => Body::Close { outcome: "error".into(), reason: "so".into() },
                _ => {
                    let states = &self.workflow.states;
                    Body::Move { state: states[what % states.len()].name.to_string(), reason: "so".into() }
                }
            },
            Act::Calendar => Body::CalendarChanged,
        })
    }

    /// One of the outcomes that the present state names, with or without what it asks for.
    fn answer(&self, state: &str, which: usize, filled: bool) -> Option<(String, Record)> {
        let (_, state) = self.workflow.state_named(state)?;
        let handlers: Vec<&Handler> = self.workflow.handlers(state).into_iter().collect();
        let calls: Vec<&Handler> = handlers.into_iter().filter(|handler| handler.event.starts_with("call.")).collect();
        let handler = calls.get(which.checked_rem(calls.len())?)?;
        let asks = handler.reactions.iter().flat_map(|reaction| &reaction.ask).filter(|_| filled);
        let value = |ty: &Type| match ty {
            Type::Time => Value::Time(self.now + SignedDuration::from_hours(30)),
            Type::List(_) => Value::List(vec![contact("Badr", "+97339005678"), contact("Amna", HOLDER)]),
            _ => contact("Badr", "+97339005678"),
        };
        let answers = asks.map(|ask| (ask.field.name.clone(), value(&ask.field.ty))).collect();
        Some((handler.event.strip_prefix("call.")?.to_owned(), answers))
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_comes_a_made_up_workflow_keeps_every_promise(
        rest in workflows(), family in families(), parts in 0..3_i64, life in lives(30),
    ) {
        let workflow = workflow(&rest);
        let mut data = given();
        data.extend([("family".into(), family), ("parts".into(), Value::Int(parts)), ("holder".into(), text(HOLDER))]);
        let visit = format!("{OFFICE}holidays: [{{date: 2024-05-14, name: {{en: Visit, ar: زيارة}}}}]\n");
        Play::new(&workflow, [super::office(), calendar(&visit)]).live(data, &life);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_comes_the_shipped_workflow_keeps_every_promise(family in families(), life in lives(60)) {
        let workflow = shipped();
        let (calendar, other) = bahrain();
        let day = |text: &str| Value::Date(text.parse().unwrap());
        let data = Record::from([
            ("cpr".to_owned(), text("530445233")),
            ("account_no".to_owned(), text("20973057")),
            ("deceased_name_ar".to_owned(), text("إبراهيم أحمد الحداد")),
            ("deceased_name_en".to_owned(), text("Ebrahim Ahmed Alhaddad")),
            ("date_of_death".to_owned(), day("2024-05-01")),
            ("registered_on".to_owned(), day("2024-05-02")),
            ("governorate".to_owned(), text("capital")),
            ("holder_mobile".to_owned(), text(HOLDER)),
            ("monthly_kwh".to_owned(), Value::Number(1605.0)),
            ("monthly_m3".to_owned(), Value::Number(40.0)),
            ("contacts".to_owned(), family),
        ]);
        Play::new(workflow, [calendar, other]).live(data, &life);
    }
}

/// The shipped workflow, read once for all lives.
fn shipped() -> &'static Workflow {
    static SHIPPED: std::sync::LazyLock<Workflow> = std::sync::LazyLock::new(|| {
        let bundle = crate::definition::tests::shipped_bundle("account-transfer");
        let (workflow, report) = Workflow::load_pinned(&bundle);
        workflow.unwrap_or_else(|| panic!("{}", report.render(false)))
    });
    &SHIPPED
}

/// The shipped calendar, and one in which a day more is free.
fn bahrain() -> (Calendar, Calendar) {
    const SOURCE: &str = include_str!("../../../../../config/calendars/bahrain-government.yaml");
    static BOTH: std::sync::LazyLock<(Calendar, Calendar)> = std::sync::LazyLock::new(|| {
        let free = "holidays:\n  - {date: 2024-05-14, name: new-year}\n";
        (calendar(SOURCE), calendar(&SOURCE.replacen("holidays:\n", free, 1)))
    });
    BOTH.clone()
}
