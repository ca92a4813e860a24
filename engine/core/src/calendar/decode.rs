//! Reads a calendar file and reports everything that is wrong with it.
//!
//! What the parts of the file mean is said in [`super`]; this is their shape.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use jiff::Span;
use jiff::civil::{Date, date};

use super::hours::{WEEKDAYS, Week, parse_days, parse_hours};
use super::{CLOSED_DAYS_MAX, Calendar, Holiday, Rules, Season, ZONES, days_from, sha256_hex, zone};
use crate::decode::Decoder;
use crate::delivery::Channel;
use crate::diagnostic::{Code, Diagnostic, Report, did_you_mean};
use crate::grammar::{CALENDAR, HOLIDAY, SEASON, STRETCH};
use crate::lang::Texts;
use crate::yaml::{self, Kind, Node};

/// Dates of a calendar lie between these; others are typing mistakes.
const FIRST_DAY: Date = date(2000, 1, 1);
const LAST_DAY: Date = date(2100, 12, 31);
/// A season is part of a year.
const SEASON_DAYS_MAX: i32 = 366;

type Contact = BTreeMap<Channel, Week>;

pub(super) fn calendar(file: &str, source: &str) -> Result<Calendar, Report> {
    let mut decoder = Decoder::new(file, source);
    let node = yaml::parse(file, source).map_err(|finding| report(file, source, vec![*finding]))?;
    let calendar = Reader { decoder: &mut decoder, names: BTreeMap::new() }.calendar(&node);
    match calendar {
        Some(calendar) if decoder.findings.is_empty() => Ok(calendar),
        _ => Err(report(file, source, decoder.findings)),
    }
}

fn report(file: &str, source: &str, findings: Vec<Diagnostic>) -> Report {
    let mut report = Report { findings, sources: BTreeMap::from([(file.to_owned(), source.to_owned())]) };
    report.sort();
    report
}

/// The dates of a season or a holiday.
struct Dates {
    from: Date,
    to: Date,
    span: Range<usize>,
}

struct Reader<'d, 's> {
    decoder: &'d mut Decoder<'s>,
    /// The holidays' names by the word that stands for them.
    names: BTreeMap<String, Texts>,
}

impl Reader<'_, '_> {
    fn calendar(&mut self, node: &Node) -> Option<Calendar> {
        let [name, title, zone_node, country, week, contact, seasons, names, holidays] =
            self.decoder.mapping(node, "a calendar", &CALENDAR);
        let name = name.and_then(|node| self.name(node));
        let title = title.and_then(|node| self.both(node, "the title"));
        let zone = zone_node.and_then(|node| self.zone(node));
        let country = country.and_then(|node| self.country(node));
        let week = week.and_then(|node| self.week(node, "the week"));
        let contact = contact.map(|node| self.contact(node)).unwrap_or_default();
        let seasons = seasons.map(|node| self.seasons(node)).unwrap_or_default();
        self.names = names.map(|node| self.names(node)).unwrap_or_default();
        let holidays_found = holidays.map(|node| self.holidays(node)).unwrap_or_default();

        let title = title.unwrap_or_default();
        let hash = sha256_hex(self.decoder.source);
        let rules = Rules { title, country, hash, week: week?, contact, seasons, holidays: holidays_found };
        let calendar = Calendar { name: name?, zone: zone?, rules: Arc::new(rules) };
        let place = holidays.map_or(0..0, |node| node.span.clone());
        self.never_closed_for_long(&calendar, &place);
        Some(calendar)
    }

    fn name(&mut self, node: &Node) -> Option<String> {
        let word = self.decoder.word(node, "the calendar's name")?;
        if word.text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-') {
            return Some(word.text);
        }
        let message = format!("`{}` cannot name a calendar", word.text);
        let help = Some("use small letters, digits and hyphens, as in `bahrain-government`".into());
        self.decoder.error_with(Code::BadValue, word.span, message, help);
        None
    }

    fn both(&mut self, node: &Node, what: &str) -> Option<Texts> {
        self.decoder.texts(node, what, &["en".into(), "ar".into()])
    }

    fn zone(&mut self, node: &Node) -> Option<jiff::tz::TimeZone> {
        let word = self.decoder.word(node, "the time zone")?;
        let found = zone(&word.text).filter(|zone| zone.iana_name().is_some());
        if found.is_none() {
            let known: Vec<String> = ZONES.available().map(|name| name.to_string()).collect();
            let help = did_you_mean(&word.text, known.iter().map(String::as_str));
            self.decoder.error_with(Code::BadValue, word.span, format!("there is no time zone `{}`", word.text), help);
        }
        found
    }

    fn country(&mut self, node: &Node) -> Option<String> {
        let word = self.decoder.word(node, "the country")?;
        if word.text.len() == 2 && word.text.bytes().all(|byte| byte.is_ascii_uppercase()) {
            return Some(word.text);
        }
        let message = format!("`{}` is not a country's two letters, such as `BH`", word.text);
        self.decoder.error(Code::BadValue, word.span, message);
        None
    }

    /// `{SUN-THU: "07:00-14:15"}`.
    fn week(&mut self, node: &Node, what: &str) -> Option<Week> {
        let mut week = Week::default();
        let mut seen = Vec::new();
        let before = self.decoder.findings.len();
        for (days, hours_node) in self.decoder.entries(node, what) {
            let weekdays = parse_days(&days.text).unwrap_or_else(|wrong| {
                let help = did_you_mean(&wrong.to_uppercase(), WEEKDAYS.map(|(name, _)| name));
                let message = format!("`{wrong}` is not a day of the week");
                self.decoder.error_with(Code::BadValue, days.span.clone(), message, help);
                Vec::new()
            });
            if let Some((name, _)) = WEEKDAYS.iter().find(|(_, day)| weekdays.contains(day) && seen.contains(day)) {
                self.decoder.error(Code::BadValue, days.span, format!("{name} has hours in two places"));
            }
            let Some(word) = self.decoder.word(hours_node, "the hours") else { continue };
            match parse_hours(&word.text) {
                Ok(hours) => weekdays.iter().for_each(|day| week.set(*day, hours.clone())),
                Err(message) => self.decoder.error(Code::BadValue, word.span, message),
            }
            seen.extend(weekdays);
        }
        let sound = self.decoder.findings.len() == before;
        if sound && week.is_closed() {
            self.decoder.error(Code::BadValue, node.span.clone(), "no day has hours here");
        }
        (sound && !week.is_closed()).then_some(week)
    }

    /// `{sms: {SUN-THU: "09:00-20:00"}}`.
    fn contact(&mut self, node: &Node) -> Contact {
        let mut contact = Contact::new();
        for (channel, week) in self.decoder.entries(node, "the contact hours") {
            let Some(known) = Channel::parse(&channel.text) else {
                let help = did_you_mean(&channel.text, Channel::ALL.map(Channel::as_str));
                let message = format!("there is no channel `{}`", channel.text);
                self.decoder.error_with(Code::UnknownKey, channel.span, message, help);
                continue;
            };
            if let Some(week) = self.week(week, &format!("the {known} hours")) {
                contact.insert(known, week);
            }
        }
        contact
    }

    /// `{ramadan: {name: …, week: …, contact: …, dates: […]}}`.
    fn seasons(&mut self, node: &Node) -> Vec<Season> {
        let mut seasons: Vec<(Season, Range<usize>)> = Vec::new();
        for (_, season) in self.decoder.entries(node, "the seasons") {
            let [name, week, contact, dates] = self.decoder.mapping(season, "a season", &SEASON);
            let name = name.and_then(|node| self.both(node, "the season's name"));
            let week = week.and_then(|node| self.week(node, "the season's week")).map(Arc::new);
            let contact = Arc::new(contact.map(|node| self.contact(node)).unwrap_or_default());
            let (Some(name), Some(dates)) = (name, dates) else { continue };
            for item in self.decoder.items(dates) {
                let [from, to, provisional] = self.decoder.mapping(item, "a stretch of a season", &STRETCH);
                let provisional = self.flag(provisional, "provisional");
                let Some(dates) = self.range(item, from, to, SEASON_DAYS_MAX) else { continue };
                let (name, week, contact) = (name.clone(), week.clone(), contact.clone());
                seasons.push((Season { name, from: dates.from, to: dates.to, provisional, week, contact }, dates.span));
            }
        }
        seasons.sort_by_key(|(season, _)| season.from);
        for pair in seasons.windows(2) {
            let [(first, _), (second, span)] = pair else { continue };
            if second.from <= first.to {
                let message = format!("these dates begin before {} that began {} is over", first.name.en(), first.from);
                self.decoder.error(Code::BadValue, span.clone(), message);
            }
        }
        seasons.into_iter().map(|(season, _)| season).collect()
    }

    /// `{eid-al-fitr: {en: …, ar: …}}`.
    fn names(&mut self, node: &Node) -> BTreeMap<String, Texts> {
        let mut names = BTreeMap::new();
        for (word, texts) in self.decoder.entries(node, "the names") {
            let texts = self.both(texts, &format!("the name `{}`", word.text)).unwrap_or_default();
            names.insert(word.text, texts);
        }
        names
    }

    /// `[{date: 2023-01-01, name: new-year}, …]`.
    fn holidays(&mut self, node: &Node) -> BTreeMap<Date, Holiday> {
        let mut holidays: BTreeMap<Date, Holiday> = BTreeMap::new();
        for item in self.decoder.items(node) {
            let Some((dates, holiday)) = self.holiday(item) else { continue };
            let slip = days_from(dates.from)
                .take_while(|day| *day <= dates.to)
                .find(|day| holidays.get(day).is_some_and(|first| first.name == holiday.name));
            if let Some(day) = slip {
                let message = format!("{} on {day} is listed twice", holiday.name.en());
                self.decoder.error(Code::BadValue, dates.span, message);
                continue;
            }
            // Two different holidays may fall on one day: the day goes by the one that is listed first.
            for day in days_from(dates.from).take_while(|day| *day <= dates.to) {
                holidays.entry(day).or_insert_with(|| holiday.clone());
            }
        }
        holidays
    }

    fn holiday(&mut self, node: &Node) -> Option<(Dates, Holiday)> {
        let [date, from, to, name, provisional, compensates, circular] =
            self.decoder.mapping(node, "a holiday", &HOLIDAY);
        let name = name.and_then(|node| self.holiday_name(node));
        let provisional = self.flag(provisional, "provisional");
        let compensates = self.flag(compensates, "compensates");
        let circular = circular.and_then(|node| self.decoder.text(node, "the circular"));
        let dates = match (date, from, to) {
            (Some(date), None, None) => self.range(node, Some(date), Some(date), CLOSED_DAYS_MAX),
            (None, Some(from), Some(to)) => self.range(node, Some(from), Some(to), CLOSED_DAYS_MAX),
            _ => {
                let help = Some("write either `date: 2024-05-01` or `from: 2024-04-10, to: 2024-04-12`".into());
                self.decoder.error_with(Code::MissingKey, node.span.clone(), "a holiday needs its date", help);
                None
            }
        };
        Some((dates?, Holiday { name: name?, provisional, compensates, circular }))
    }

    /// A word of `names`, or the name itself in both languages.
    fn holiday_name(&mut self, node: &Node) -> Option<Texts> {
        if matches!(node.kind, Kind::Map(_)) {
            return self.both(node, "the holiday's name");
        }
        let word = self.decoder.word(node, "the holiday's name")?;
        if let Some(texts) = self.names.get(&word.text) {
            return Some(texts.clone());
        }
        let help = did_you_mean(&word.text, self.names.keys().map(String::as_str));
        let message = format!("`{}` is not among this calendar's `names`", word.text);
        self.decoder.error_with(Code::BadValue, word.span, message, help);
        None
    }

    fn flag(&mut self, node: Option<&Node>, what: &str) -> bool {
        node.and_then(|node| self.decoder.bool(node, what)).unwrap_or(false)
    }

    fn range(&mut self, item: &Node, from: Option<&Node>, to: Option<&Node>, days_max: i32) -> Option<Dates> {
        let (from_date, to_date) = (self.date(from?), self.date(to?));
        let (from_date, to_date) = (from_date?, to_date?);
        let span = to?.span.clone();
        if to_date < from_date {
            self.decoder.error(Code::BadValue, span, format!("`{to_date}` is before `{from_date}`"));
            return None;
        }
        let days = from_date.until(to_date).map_or(i32::MAX, |span| span.get_days()) + 1;
        if days > days_max {
            let message = format!("these are {days} days; {days_max} are the most");
            self.decoder.error(Code::BadValue, span, message);
            return None;
        }
        Some(Dates { from: from_date, to: to_date, span: item.span.clone() })
    }

    fn date(&mut self, node: &Node) -> Option<Date> {
        let word = self.decoder.word(node, "a date")?;
        let found = word.text.parse::<Date>().ok().filter(|_| word.text.len() == "2024-05-01".len());
        match found {
            Some(date) if (FIRST_DAY..=LAST_DAY).contains(&date) => Some(date),
            _ => {
                let message = format!("`{}` is not a date between {FIRST_DAY} and {LAST_DAY}", word.text);
                let help = Some("write year, month and day, as in `2024-05-01`".into());
                self.decoder.error_with(Code::BadValue, word.span, message, help);
                None
            }
        }
    }

    /// Every search for the next opening ends because of this.
    fn never_closed_for_long(&mut self, calendar: &Calendar, place: &Range<usize>) {
        let rules = &calendar.rules;
        let firsts = rules.holidays.keys().copied().chain(rules.seasons.iter().map(|season| season.from));
        let lasts = rules.holidays.keys().copied().chain(rules.seasons.iter().map(|season| season.to));
        let (Some(first), Some(last)) = (firsts.min(), lasts.max()) else { return };
        // Where no date is special any more, the week opens within seven days.
        let week = Span::new().days(7);
        let (first, last) = (first.saturating_sub(week), last.saturating_add(week));
        self.open_often(first, last, place, "working day", |day| calendar.is_working_day(day));
        for channel in Channel::ALL {
            let what = format!("day with {channel} hours");
            self.open_often(first, last, place, &what, |day| !calendar.contact_hours(channel, day).is_empty());
        }
    }

    fn open_often(
        &mut self,
        first: Date,
        last: Date,
        place: &Range<usize>,
        what: &str,
        is_open: impl Fn(Date) -> bool,
    ) {
        let (mut closed, mut since) = (0, first);
        for day in days_from(first).take_while(|day| *day <= last) {
            if is_open(day) {
                closed = 0;
                continue;
            }
            since = if closed == 0 { day } else { since };
            closed += 1;
            if closed > CLOSED_DAYS_MAX {
                let message = format!("there is no {what} in the {CLOSED_DAYS_MAX} days from {since}");
                let help = Some("shorten the holidays or give the season hours".into());
                self.decoder.error_with(Code::BadValue, place.clone(), message, help);
                return;
            }
        }
    }
}
