//! The reference: what a case of `visit.yaml` does, written a second time, by hand, from the language's reference and the
//! engine's promises. It knows nothing of the engine: its own time, its own states, its own books.

use std::collections::{BTreeMap, BTreeSet};

/// Milliseconds since 1970.
pub(super) type Ms = i64;

pub(super) const HOUR: Ms = 3_600_000;
const DAY: Ms = 24 * HOUR;
/// Bahrain is so far ahead of UTC, all year.
const AHEAD: Ms = 3 * HOUR;
/// How long an event waits for a state that takes it.
const KEEP: Ms = 10 * DAY;
/// The waits of the ladder of calls.
const LADDER: [Ms; 2] = [HOUR / 3, 2 * HOUR];

/// How somebody is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    Call,
    Text,
}

impl By {
    /// The local hours of a day, counted from the day in 1970 that was a Thursday.
    fn hours(self, day: i64) -> Option<(Ms, Ms)> {
        let is_weekend = matches!(day.rem_euclid(7), 1 | 2);
        match self {
            Self::Call => (!is_weekend).then_some((8 * HOUR, 18 * HOUR)),
            // The calendar says from eight, the workflow from nine.
            Self::Text => Some((9 * HOUR, 20 * HOUR)),
        }
    }

    /// The first moment from `from` on at which somebody may be reached.
    pub(super) fn allowed_from(self, from: Ms) -> Ms {
        let local = from + AHEAD;
        (local.div_euclid(DAY)..)
            .find_map(|day| {
                let (opens, closes) = self.hours(day)?;
                let at = local.max(day * DAY + opens);
                (at < day * DAY + closes).then_some(at - AHEAD)
            })
            .unwrap()
    }
}

/// The states.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Calling,
    Writing,
    Informed,
    Escalated,
    Over,
}

impl State {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Calling => "calling",
            Self::Writing => "writing",
            Self::Informed => "informed",
            Self::Escalated => "escalated",
            Self::Over => "over",
        }
    }

    /// How long a case stays at the most, and where it goes then.
    fn until(self) -> Option<(Ms, Self)> {
        match self {
            Self::Calling => Some((2 * DAY, Self::Writing)),
            Self::Writing => Some((DAY, Self::Escalated)),
            Self::Informed => Some((36 * HOUR, Self::Over)),
            Self::Escalated => Some((20 * HOUR, Self::Over)),
            Self::Over => None,
        }
    }

    /// Where an event leads, if the state takes it.
    fn on(self, event: &What) -> Option<Self> {
        match (self, event) {
            (Self::Writing | Self::Escalated, What::Rang) => Some(Self::Informed),
            (Self::Informed, What::Transferred) => Some(Self::Over),
            (Self::Writing, What::News { news, .. }) if ["failed", "undelivered"].contains(&news.as_str()) => {
                Some(Self::Escalated)
            }
            _ => None,
        }
    }
}

/// Whether a case moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    Open,
    Held,
    Ended,
}

impl Standing {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Held => "held",
            Self::Ended => "ended",
        }
    }
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum What {
    Answer {
        call: String,
        outcome: String,
    },
    Rang,
    Transferred,
    News {
        message: String,
        news: String,
    },
    Hold,
    Resume,
    /// A person found out whether a message had left.
    Resolve {
        message: String,
    },
    /// A person wants a message tried now.
    Hurry {
        message: String,
    },
    /// A person wants a message never to leave.
    Cancel {
        message: String,
    },
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Event {
    pub(super) id: i64,
    pub(super) at: Ms,
    pub(super) what: What,
}

/// Something that is planned and not over.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Planned {
    by: By,
    keep: bool,
    left: bool,
}

/// What came of what happened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Led {
    /// What became of each event.
    pub(super) became: BTreeMap<i64, &'static str>,
    /// The states that were entered, in their order.
    pub(super) entered: Vec<&'static str>,
    /// Calls planned, and not before when.
    pub(super) calls: BTreeMap<String, Ms>,
    /// Messages planned: the text, and not before when.
    pub(super) messages: BTreeMap<String, (&'static str, Ms)>,
    pub(super) withdrawn: BTreeSet<String>,
    pub(super) answered: BTreeSet<String>,
}

impl Led {
    /// With what came of what happened after it.
    pub(super) fn add(&mut self, later: Self) {
        self.became.extend(later.became);
        self.entered.extend(later.entered);
        self.calls.extend(later.calls);
        self.messages.extend(later.messages);
        self.withdrawn.extend(later.withdrawn);
        self.answered.extend(later.answered);
    }
}

/// A case.
#[derive(Clone, Debug)]
pub(super) struct Case {
    id: i64,
    pub(super) state: State,
    pub(super) visit: i64,
    pub(super) standing: Standing,
    timer: Option<Ms>,
    waiting: Vec<(Event, Ms)>,
    planned: BTreeMap<String, Planned>,
    position: u32,
    no_answers: usize,
}

impl Case {
    /// A case that opens.
    pub(super) fn open(id: i64, now: Ms) -> (Self, Led) {
        let mut case = Self {
            id,
            state: State::Calling,
            visit: 0,
            standing: Standing::Open,
            timer: None,
            waiting: Vec::new(),
            planned: BTreeMap::new(),
            position: 0,
            no_answers: 0,
        };
        let mut led = Led::default();
        case.enter(State::Calling, now, &mut led);
        (case, led)
    }

    /// When its time in this state is over.
    pub(super) fn timer(&self) -> Option<Ms> {
        self.timer
    }

    /// When it has to be looked at, if nothing happens.
    pub(super) fn wakes_at(&self) -> Option<Ms> {
        let moments = self.timer.into_iter().chain(self.waiting.iter().map(|(_, until)| *until));
        moments.min().filter(|_| self.standing == Standing::Open)
    }

    /// Takes what happened, in the order of arrival, and what is due.
    pub(super) fn take(&mut self, events: Vec<Event>, now: Ms) -> Led {
        let mut led = Led::default();
        let mut events = events.into_iter().peekable();
        loop {
            let timer = self.timer.filter(|due| self.standing == Standing::Open && *due <= now);
            let next = events.next_if(|event| timer.is_none_or(|due| event.at <= due));
            if let Some(event) = next {
                self.hear(event, now, &mut led);
            } else if timer.is_some() {
                self.timer = None;
                self.enter(self.state.until().unwrap().1, now, &mut led);
            } else if self.standing == Standing::Open && self.waiting.iter().any(|(_, until)| *until <= now) {
                self.waiting.retain(|(event, until)| {
                    let waits = *until > now;
                    if !waits {
                        led.became.insert(event.id, "given_up");
                    }
                    waits
                });
            } else {
                return led;
            }
        }
    }

    fn hear(&mut self, event: Event, now: Ms, led: &mut Led) {
        let id = event.id;
        let became = match &event.what {
            What::Hold if self.standing == Standing::Open => {
                self.standing = Standing::Held;
                "applied"
            }
            What::Resume if self.standing == Standing::Held => {
                self.standing = Standing::Open;
                led.became.insert(id, "applied");
                return self.look_at_what_waits(now, led);
            }
            What::Hold | What::Resume => "refused",
            What::Hurry { .. } | What::Answer { .. } if self.standing == Standing::Held => "refused",
            // Whoever left the state of a message may learn all the same what became of it.
            What::Resolve { message } if !self.planned.contains_key(message) => "applied",
            What::Resolve { message } | What::Hurry { message } => self.if_waiting(message),
            What::Cancel { message } => {
                let became = self.if_waiting(message);
                if became == "applied" {
                    self.planned.remove(message);
                    led.withdrawn.insert(message.clone());
                }
                became
            }
            What::Rang | What::Transferred | What::News { .. } if self.standing == Standing::Held => {
                return self.keep(event, led);
            }
            What::Rang | What::Transferred if self.standing == Standing::Ended => "late",
            _ => return self.take_one(event, now, led),
        };
        led.became.insert(id, became);
    }

    fn if_waiting(&self, message: &str) -> &'static str {
        let waits = self.planned.get(message).is_some_and(|planned| planned.by == By::Text && !planned.left);
        if waits { "applied" } else { "refused" }
    }

    fn keep(&mut self, event: Event, led: &mut Led) {
        led.became.insert(event.id, "deferred");
        // What has no limit of its own is kept for a year.
        let limit = if matches!(event.what, What::News { .. }) { 365 * DAY } else { KEEP };
        let until = event.at + limit;
        self.waiting.push((event, until));
    }

    /// Takes an event of the workflow in a case that moves or is over.
    fn take_one(&mut self, event: Event, now: Ms, led: &mut Led) {
        if let What::Answer { call, outcome } = &event.what {
            let became = self.answer(call, outcome, now, led);
            led.became.insert(event.id, became);
            return;
        }
        if let What::News { message, news } = &event.what {
            match news.as_str() {
                "accepted" => self.planned.get_mut(message).into_iter().for_each(|planned| planned.left = true),
                "unconfirmed" | "uncertain" => {}
                _ => drop(self.planned.remove(message)),
            }
        }
        match self.state.on(&event.what) {
            Some(next) => {
                led.became.insert(event.id, "applied");
                self.enter(next, now, led);
            }
            None if matches!(event.what, What::News { .. }) => drop(led.became.insert(event.id, "applied")),
            None => self.keep(event, led),
        }
    }

    fn answer(&mut self, call: &str, outcome: &str, now: Ms, led: &mut Led) -> &'static str {
        if self.planned.get(call).is_none_or(|planned| planned.by != By::Call) {
            return "refused";
        }
        self.planned.remove(call);
        led.answered.insert(call.to_owned());
        if outcome == "reached" {
            self.enter(State::Informed, now, led);
            return "applied";
        }
        self.no_answers += 1;
        match LADDER.get(self.no_answers - 1) {
            Some(wait) => self.call(now + wait, led),
            None => self.enter(State::Writing, now, led),
        }
        "applied"
    }

    fn enter(&mut self, state: State, now: Ms, led: &mut Led) {
        self.planned.retain(|id, planned| {
            let stays = planned.left || planned.keep;
            if !stays {
                led.withdrawn.insert(id.clone());
            }
            stays
        });
        (self.state, self.visit, self.position, self.no_answers) = (state, self.visit + 1, 0, 0);
        self.timer = state.until().map(|(wait, _)| now + wait);
        led.entered.push(state.name());
        match state {
            State::Calling => self.call(now, led),
            State::Writing => self.text("please-ring", false, now, led),
            State::Informed => self.text("thanks", true, now, led),
            State::Escalated => {}
            State::Over => {
                self.standing = Standing::Ended;
                led.became.extend(self.waiting.drain(..).map(|(event, _)| (event.id, "late")));
            }
        }
        if state != State::Over {
            self.look_at_what_waits(now, led);
        }
    }

    /// Everything that waits is looked at by a new state, the oldest first.
    fn look_at_what_waits(&mut self, now: Ms, led: &mut Led) {
        for (event, until) in std::mem::take(&mut self.waiting) {
            let is_news = matches!(event.what, What::News { .. });
            if self.standing == Standing::Ended {
                led.became.insert(event.id, "late");
            } else if !is_news && self.state.on(&event.what).is_none() {
                self.waiting.push((event, until));
            } else {
                self.take_one(event, now, led);
            }
        }
    }

    fn call(&mut self, from: Ms, led: &mut Led) {
        let id = self.plan(By::Call, false);
        led.calls.insert(id, By::Call.allowed_from(from));
    }

    fn text(&mut self, text: &'static str, keep: bool, now: Ms, led: &mut Led) {
        let id = self.plan(By::Text, keep);
        led.messages.insert(id, (text, By::Text.allowed_from(now)));
    }

    fn plan(&mut self, by: By, keep: bool) -> String {
        self.position += 1;
        let id = format!("{}.{}.{}", self.id, self.visit, self.position);
        self.planned.insert(id.clone(), Planned { by, keep, left: false });
        id
    }
}
