//! Holds what a story expects against what the world shows, and words the first difference.

use std::ops::Range;

use jiff::Timestamp;

use super::claim::{Claim, Expect, Part, Want};
use super::world::{Sent, World};
use crate::calendar::Calendar;
use crate::case::{Standing, Timer};
use crate::definition::Priority;
use crate::effect::CallTask;
use crate::lang::Texts;

/// The first thing that is not as the scenario says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Where the scenario says otherwise.
    pub span: Range<usize>,
    /// What it says.
    pub expected: Texts,
    /// What is.
    pub found: Texts,
}

impl Difference {
    /// A difference whose words are the same in every language: names, times, texts.
    fn plain(span: &Range<usize>, expected: impl Into<String>, found: impl Into<String>) -> Self {
        Self { span: span.clone(), expected: same(expected), found: same(found) }
    }
}

fn same(words: impl Into<String>) -> Texts {
    let words = words.into();
    Texts::both(words.clone(), words)
}

/// What a detail of a call or message is.
enum Shown {
    Text(String),
    At(Timestamp),
    Nothing,
}

/// Compares; `from` is the first message that no expectation has looked at.
pub(super) fn compare(expect: &Expect, world: &World<'_>, from: usize, calendar: &Calendar) -> Option<Difference> {
    let view = View { world, calendar, sent: world.sent.get(from..).unwrap_or_default() };
    expect.claims.iter().find_map(|(claim, span)| view.difference(claim, span))
}

/// A local time as scenarios write it.
pub(super) fn written(calendar: &Calendar, at: Timestamp) -> String {
    let local = calendar.local(at);
    let format =
        if local.second() == 0 && local.subsec_nanosecond() == 0 { "%Y-%m-%d %H:%M" } else { "%Y-%m-%d %H:%M:%S%.f" };
    local.strftime(format).to_string()
}

struct View<'a> {
    world: &'a World<'a>,
    calendar: &'a Calendar,
    sent: &'a [Sent],
}

impl View<'_> {
    fn difference(&self, claim: &Claim, span: &Range<usize>) -> Option<Difference> {
        let case = self.world.case();
        let word = |expected: &str, found: &str| {
            let differs = expected != found;
            differs.then(|| Difference::plain(span, expected, found))
        };
        match claim {
            Claim::State(state) => word(state, &case.state),
            Claim::Standing(standing) => word(standing, case.standing.as_str()),
            Claim::Became(became) => {
                word(became, self.world.became.as_ref().map_or("nothing", crate::event::Disposition::as_str))
            }
            Claim::Ended(outcome) => match (outcome, &case.standing) {
                (Some(expected), Standing::Ended { outcome }) => word(expected, outcome),
                (Some(expected), _) => {
                    let (expected, found) = (same(expected), Texts::both("a case that goes on", "حالة مستمرة"));
                    Some(Difference { span: span.clone(), expected, found })
                }
                (None, Standing::Ended { outcome }) => {
                    let (expected, found) = (Texts::both("a case that goes on", "حالة مستمرة"), same(outcome));
                    Some(Difference { span: span.clone(), expected, found })
                }
                (None, _) => None,
            },
            Claim::Calls(calls) => self.list(calls, &self.world.calls, call_detail, Noun::Call, span),
            Claim::Messages(messages) => self.list(messages, self.sent, message_detail, Noun::Message, span),
            Claim::Deadlines(parts) => self.deadlines(parts, span),
        }
    }

    /// Each that is expected is there, in whatever order, and no other.
    fn list<T>(
        &self,
        expected: &[Vec<Part>],
        found: &[T],
        detail: fn(&T, &str) -> Shown,
        noun: Noun,
        span: &Range<usize>,
    ) -> Option<Difference> {
        if expected.len() != found.len() {
            let names: Vec<String> = found.iter().map(|item| self.brief(item, detail)).collect();
            let mut found = noun.counted(names.len());
            if !names.is_empty() {
                found.0.values_mut().for_each(|words| *words = format!("{words}: {}", names.join("; ")));
            }
            return Some(Difference { span: span.clone(), expected: noun.counted(expected.len()), found });
        }
        let mut rest: Vec<&T> = found.iter().collect();
        let mut unmet = Vec::new();
        for parts in expected {
            match rest.iter().position(|&item| self.first_unlike(parts, item, detail).is_none()) {
                Some(index) => _ = rest.remove(index),
                None => unmet.push(parts),
            }
        }
        unmet.first().and_then(|parts| self.first_unlike(parts, rest.first().copied()?, detail))
    }

    fn first_unlike<T>(&self, parts: &[Part], item: &T, detail: fn(&T, &str) -> Shown) -> Option<Difference> {
        parts.iter().find_map(|part| self.unlike(part, &detail(item, &part.key)))
    }

    fn unlike(&self, part: &Part, shown: &Shown) -> Option<Difference> {
        let fits = match (&part.want, shown) {
            (Want::Text(want), Shown::Text(text)) => want == text,
            (Want::Containing(want), Shown::Text(text)) => text.contains(want.as_str()),
            (Want::At(want), Shown::At(at)) => want == at,
            _ => false,
        };
        let expected = match &part.want {
            Want::Text(text) => format!("{} {text}", part.key),
            Want::Containing(text) => format!("{} “{text}”", part.key),
            Want::At(at) => format!("{} {}", part.key, written(self.calendar, *at)),
        };
        (!fits).then(|| {
            let found = match shown {
                Shown::Nothing => Texts::both("nothing", "لا شيء"),
                shown => same(self.words(shown)),
            };
            Difference { span: part.span.clone(), expected: same(expected), found }
        })
    }

    fn words(&self, shown: &Shown) -> String {
        match shown {
            Shown::Text(text) => text.clone(),
            Shown::At(at) => written(self.calendar, *at),
            Shown::Nothing => String::new(),
        }
    }

    fn brief<T>(&self, item: &T, detail: fn(&T, &str) -> Shown) -> String {
        let keys = ["channel", "template", "queue", "to", "at", "from"];
        let shown = keys.map(|key| detail(item, key));
        let words = shown.iter().filter(|shown| !matches!(shown, Shown::Nothing)).map(|shown| self.words(shown));
        words.collect::<Vec<_>>().join(" ")
    }

    fn deadlines(&self, parts: &[Part], span: &Range<usize>) -> Option<Difference> {
        let timers = &self.world.case().progress.timers;
        let detail = |part: &Part| {
            let timer = timers.iter().find(|timer| timer.name == part.key);
            self.unlike(part, &timer.map_or(Shown::Nothing, |timer| Shown::At(timer.due)))
        };
        let unnamed = |timer: &&Timer| parts.iter().all(|part| part.key != timer.name);
        parts.iter().find_map(detail).or_else(|| {
            let timer = timers.iter().find(unnamed)?;
            let found = format!("{} {}", timer.name, written(self.calendar, timer.due));
            let expected = Texts::both("no other deadline", "لا موعد آخر");
            Some(Difference { span: span.clone(), expected, found: same(found) })
        })
    }
}

/// What is counted.
#[derive(Clone, Copy)]
enum Noun {
    Call,
    Message,
}

impl Noun {
    fn counted(self, count: usize) -> Texts {
        let (one, many) = match self {
            Self::Call => ("open call", "open calls"),
            Self::Message => ("message", "messages"),
        };
        let [none, single, two, few, more] = match self {
            Self::Call => {
                ["لا مكالمة مفتوحة", "مكالمة مفتوحة واحدة", "مكالمتان مفتوحتان", "مكالمات مفتوحة", "مكالمة مفتوحة"]
            }
            Self::Message => ["لا رسالة", "رسالة واحدة", "رسالتان", "رسائل", "رسالة"],
        };
        let en = match count {
            0 => format!("no {one}"),
            1 => format!("1 {one}"),
            count => format!("{count} {many}"),
        };
        let ar = match (count, count % 100) {
            (0, _) => none.to_owned(),
            (1, _) => single.to_owned(),
            (2, _) => two.to_owned(),
            (count, 3..=10) => format!("{count} {few}"),
            (count, _) => format!("{count} {more}"),
        };
        Texts::both(en, ar)
    }
}

fn text(value: Option<&str>) -> Shown {
    value.map_or(Shown::Nothing, |text| Shown::Text(text.to_owned()))
}

fn call_detail(call: &CallTask, key: &str) -> Shown {
    match key {
        "queue" => text(Some(&call.queue)),
        "to" => text(Some(call.to.as_deref().unwrap_or("none"))),
        "name" => text(call.to_name.as_deref()),
        "from" => Shown::At(call.not_before),
        "due" => call.due.map_or(Shown::Nothing, Shown::At),
        "script" => text(Some(&call.script)),
        "language" => text(Some(&call.language)),
        "attempt" => Shown::Text(call.attempt.to_string()),
        "priority" => text(Some(match call.priority {
            Priority::Low => "low",
            Priority::Normal => "normal",
            Priority::High => "high",
        })),
        "contains" => text(Some(&call.words)),
        _ => Shown::Nothing,
    }
}

fn message_detail(sent: &Sent, key: &str) -> Shown {
    let message = &sent.message;
    match key {
        "channel" => text(Some(message.channel.as_str())),
        "template" => text(Some(&message.template)),
        "to" => text(Some(&message.to)),
        "name" => text(message.to_name.as_deref()),
        "at" => Shown::At(sent.at),
        "language" => text(Some(&message.language)),
        "subject" => text(message.subject.as_deref()),
        "contains" => text(Some(&message.text)),
        _ => Shown::Nothing,
    }
}
