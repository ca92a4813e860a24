//! Bounds in words, in English and Arabic.

use super::path::{By, Leg, Path};
use super::spans::DAY;
use super::{Bounds, CountBound, TimeBound};
use crate::calendar::day_words;
use crate::duration::Duration;

/// A line of the bounds: what is bounded, by how much, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// `longest silence`.
    pub name: String,
    /// `94 days`.
    pub most: String,
    /// The way that reaches it, or the cap that binds.
    pub why: String,
    /// Whether it belongs into a summary.
    pub is_main: bool,
}

/// One of two texts.
fn pick<'t>(language: &str, en: &'t str, ar: &'t str) -> &'t str {
    if language == "ar" { ar } else { en }
}

/// What the numbers of a path count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    /// Minutes, told in days.
    Time,
    /// Messages, calls or segments.
    Count,
}

/// A path: `detection → first_call (10 working days, up to 19 days from Thu 19 Mar 2026) → …`; of one that turns
/// round, the circle.
pub(super) fn path(path: &Path, unit: Unit, language: &str) -> String {
    let words = |legs: &[Leg]| legs.iter().map(|leg| leg_words(leg, unit, language)).collect::<Vec<_>>();
    let Some(first) = path.turn.first() else { return arrows(words(&path.legs)) };
    let mut parts = words(&path.turn);
    parts.push(first.state.clone());
    format!("{}{}{}", arrows(parts), pick(language, ", ", "، "), again(&path.turn, language))
}

/// More states in a row than this are not read one by one.
const STATES_TOLD_MAX: usize = 12;

/// States one after the other; of very many the first and the last.
pub(crate) fn arrows(mut states: Vec<String>) -> String {
    if states.len() > STATES_TOLD_MAX {
        let half = STATES_TOLD_MAX / 2;
        let left_out = states.len() - 2 * half;
        states.splice(half..half + left_out, [format!("… {left_out} …")]);
    }
    states.join(" → ")
}

/// What must come for a circle to be turned again.
fn again(turn: &[Leg], language: &str) -> String {
    let event = |leg: &Leg| match &leg.by {
        By::Event(event) | By::Reopen(event) => Some(event.clone()),
        By::Next | By::After { .. } | By::Ends | By::Whenever(_) | By::Stays => None,
    };
    let events: Vec<String> = turn.iter().filter_map(event).collect();
    if events.is_empty() {
        return pick(language, "again and again by time alone", "مرة بعد مرة بمرور الوقت وحده").to_owned();
    }
    whenever(&events, language)
}

fn whenever(events: &[String], language: &str) -> String {
    let events: Vec<String> = events.iter().map(|event| format!("`{event}`")).collect();
    match (events.as_slice(), language == "ar") {
        ([only], false) => format!("again whenever {only} comes"),
        (events, false) => format!("again whenever {} come", events.join(" and ")),
        (events, true) => format!("من جديد كلما ورد {}", events.join(" و")),
    }
}

fn leg_words(leg: &Leg, unit: Unit, language: &str) -> String {
    let reason = match &leg.by {
        By::Next | By::Ends => None,
        By::After { wait, field } => Some(wait_words(*wait, field.as_deref(), language)),
        By::Event(event) | By::Reopen(event) => Some(format!("`{event}`")),
        By::Whenever(event) => Some(whenever(std::slice::from_ref(event), language)),
        By::Stays => Some(pick(language, "no time is sure to lead out", "لا مخرج مؤكد بمرور الوقت").to_owned()),
    };
    let adds = if unit == Unit::Time { time_words(leg, language) } else { count_words(leg, language) };
    let said: Vec<String> = reason.into_iter().chain(adds).collect();
    if said.is_empty() {
        return leg.state.clone();
    }
    format!("{} ({})", leg.state, said.join(pick(language, ", ", "، ")))
}

fn wait_words(wait: Duration, field: Option<&str>, language: &str) -> String {
    let words = wait.words(language);
    match (field, language == "ar") {
        (None, _) => words,
        (Some(field), false) => format!("{words} after `{field}`"),
        (Some(field), true) => format!("{words} من `{field}`"),
    }
}

/// How long a leg lasts, where its wait does not say so itself.
fn time_words(leg: &Leg, language: &str) -> Option<String> {
    let minutes = leg.adds.filter(|minutes| *minutes > 0)?;
    let days = days_words(minutes.div_ceil(DAY), language);
    let whole = Duration::Days(i32::try_from(minutes / DAY).unwrap_or(i32::MAX));
    if leg.by == (By::After { wait: whole, field: None }) {
        return None;
    }
    if leg.since_the_last_word {
        let words = match language {
            "ar" => format!("{days} منذ آخر تواصل مع الأسرة"),
            _ => format!("{days} since the last word to the family"),
        };
        return Some(words);
    }
    let up_to = pick(language, "up to", "بحد أقصى");
    let from = leg.from.map(|from| format!(" {} {}", pick(language, "from", "من"), day_words(from, true, language)));
    Some(format!("{up_to} {days}{}", from.unwrap_or_default()))
}

fn count_words(leg: &Leg, language: &str) -> Option<String> {
    match leg.adds {
        None if matches!(leg.by, By::Whenever(_)) => None,
        None => Some(pick(language, "without end", "بلا حد").to_owned()),
        Some(0) => None,
        Some(count) => Some(format!("+{count}")),
    }
}

fn days_words(days: u64, language: &str) -> String {
    Duration::Days(i32::try_from(days).unwrap_or(i32::MAX)).words(language)
}

impl Bounds {
    /// What the bounds are about, as a heading.
    pub fn heading(&self, language: &str) -> String {
        let (first, last) = self.years;
        match language {
            "ar" => format!("{}: أسوأ الأحوال (العطل الرسمية للأعوام {first} إلى {last})", self.workflow),
            _ => format!("{}, in the worst case (with the holidays of {first} to {last})", self.workflow),
        }
    }

    /// The bounds in one line, for where many are told.
    pub fn summary(&self, language: &str) -> String {
        let pair = |line: &Line| format!("{} {}", line.name, line.most);
        let lines = self.lines(language);
        let told = lines.iter().filter(|line| line.is_main).map(pair).collect::<Vec<_>>();
        format!("{}: {}", self.workflow, told.join(pick(language, ", ", "، ")))
    }

    /// The bounds line by line.
    pub fn lines(&self, language: &str) -> Vec<Line> {
        let name = |en, ar| pick(language, en, ar).to_owned();
        let mut lines = vec![
            self.duration.line(name("to an end, left alone", "إلى النهاية دون تدخل"), true, language),
            self.duration_whatever_comes.line(
                name("to an end, whatever comes", "إلى النهاية مهما ورد"),
                false,
                language,
            ),
            self.silence.line(name("silence towards the family", "صمت تجاه الأسرة"), true, language),
            self.messages.line(name("messages", "رسائل"), true, language),
            self.sms.line(name("SMS", "رسائل نصية"), false, language),
            self.emails.line(name("e-mails", "رسائل بريد إلكتروني"), false, language),
            self.calls.line(name("call attempts", "محاولات اتصال"), true, language),
        ];
        for (code, bound) in &self.segments {
            let name = format!("{} ({code})", pick(language, "SMS segments", "أجزاء الرسائل النصية"));
            lines.push(bound.line(name, false, language));
        }
        // Families of one language are the rule; of several, one text may be dearer in one and the next in another.
        if self.segments.values().all(|bound| bound.most != self.segments_in_any.most) {
            let name = name("SMS segments (mixed)", "أجزاء الرسائل النصية (بلغات)");
            lines.push(self.segments_in_any.line(name, false, language));
        }
        for unwatched in &self.unwatched {
            let most = unwatched.days.map_or_else(|| unbounded(language), |days| days_words(days, language));
            let name = name("nobody is told", "انتظار دون إبلاغ أحد");
            lines.push(Line { name, most, why: unwatched.state.clone(), is_main: false });
        }
        lines
    }
}

fn unbounded(language: &str) -> String {
    pick(language, "unbounded", "بلا حد").to_owned()
}

impl TimeBound {
    fn line(&self, name: String, is_main: bool, language: &str) -> Line {
        let most = self.days.map_or_else(|| unbounded(language), |days| days_words(days, language));
        Line { name, most, why: path(&self.path, Unit::Time, language), is_main }
    }
}

impl CountBound {
    fn line(&self, name: String, is_main: bool, language: &str) -> Line {
        let most = self.most.map_or_else(|| unbounded(language), |most| most.to_string());
        let mut why: Vec<String> = Vec::new();
        if let Some(cap) = &self.cap {
            let asked = match (self.asked, language == "ar") {
                (Some(asked), false) => format!("the states ask for {asked}"),
                (Some(asked), true) => format!("تطلب المراحل {asked}"),
                (None, false) => "the states ask without end".into(),
                (None, true) => "تطلب المراحل بلا حد".into(),
            };
            why.push(format!("{} `{cap}`", pick(language, "the cap", "الحد")));
            why.push(asked);
        }
        let spread = self.over_time.iter().map(|cap| format!("{} `{cap}`", pick(language, "spread by", "يوزعها")));
        why.extend(spread.filter(|_| self.most.is_none()));
        // One line with the way is enough where a cap binds everything alike.
        if self.most != Some(0) && (is_main || self.cap.is_none()) {
            why.push(path(&self.path, Unit::Count, language));
        }
        Line { name, most, why: why.join(pick(language, "; ", "؛ ")), is_main }
    }
}
