//! The hours at which an address may be used: those of the calendar, read on the clock of whoever is reached.
//!
//! Whoever has a number of another country is asleep when they are, not when we are. Of a country with several
//! zones nothing tells which one somebody is in, so that what is said goes out at an hour that suits all of them.
//! A call needs an hour that is ours as well: whoever makes it sits here. Which zones a country has, `zones.tsv`
//! says with its source. Why so: `docs/adr/0019-abroad.md`.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::Rules;
use crate::calendar::{Allowed, Calendar, Quiet, moment_words, zone};
use crate::delivery::Channel;
use crate::lang::Texts;
use crate::message::phone;

/// Countries and their zones.
const ZONES: &str = include_str!("zones.tsv");

/// How often clocks may push each other on. Where an hour suits all of them it is found within a few days, two
/// pushes to a clock and day.
const PUSHES_MAX: usize = 400;

/// The hours of one address on one channel.
pub(super) struct Hours<'a> {
    home: &'a Calendar,
    channel: Channel,
    quiet: Quiet,
    abroad: Option<Abroad>,
}

/// Where somebody is who is reached in another country.
struct Abroad {
    country: String,
    /// The calendar on each clock of that country.
    clocks: Vec<Calendar>,
}

impl<'a> Hours<'a> {
    pub(super) fn of(rules: &Rules<'a>, channel: Channel, address: &str, now: Timestamp) -> Self {
        let quiet = rules.workflow.quiet.get(&channel).copied().unwrap_or_default();
        Self { home: rules.calendar, channel, quiet, abroad: abroad(rules.calendar, address, now) }
    }

    /// The first instant from `from` on at which the address may be used; `None` if no hour suits everybody.
    pub(super) fn next_allowed(&self, from: Timestamp) -> Option<Allowed> {
        let Some(abroad) = &self.abroad else { return self.home.next_allowed(self.channel, from, &self.quiet) };
        let clocks = self.clocks(abroad);
        let mut at = from;
        for _ in 0..PUSHES_MAX {
            let mut next = at;
            for (clock, quiet) in &clocks {
                next = next.max(clock.next_allowed(self.channel, at, quiet)?.at);
            }
            if next == at {
                return Some(Allowed { at, why: (at > from).then(|| self.why(abroad, from, at)) });
            }
            at = next;
        }
        None
    }

    /// The first instant after `at` at which the address may no more be used; `None` if it may not at `at`.
    pub(super) fn allowed_until(&self, at: Timestamp) -> Option<Timestamp> {
        let Some(abroad) = &self.abroad else { return self.home.allowed_until(self.channel, at, &self.quiet) };
        let until = self.clocks(abroad).into_iter().map(|(clock, quiet)| clock.allowed_until(self.channel, at, &quiet));
        until.collect::<Option<Vec<_>>>()?.into_iter().min()
    }

    /// Whose clocks count, each with the quiet hours that are read on it.
    fn clocks<'c>(&'c self, abroad: &'c Abroad) -> Vec<(&'c Calendar, Quiet)> {
        // An office's hours are those of its own clock.
        let office = self.quiet == Quiet::OutsideCalendar;
        let there = if office { Quiet::Nothing } else { self.quiet };
        let here = (office || self.channel == Channel::Call).then_some((self.home, self.quiet));
        abroad.clocks.iter().map(|clock| (clock, there)).chain(here).collect()
    }

    fn why(&self, abroad: &Abroad, from: Timestamp, at: Timestamp) -> Texts {
        let Abroad { country, clocks } = abroad;
        let words = |language: &str| {
            let moment = |clock: &Calendar, at| moment_words(clock.local(at), true, language);
            let there = clocks.first().map_or(String::new(), |clock| moment(clock, from));
            (there, moment(self.home, at))
        };
        let ((en, next_en), (ar, next_ar)) = (words("en"), words("ar"));
        let (zones_en, zones_ar) = match clocks.len() {
            1 => (format!("where it is {en}"), format!("حيث الوقت {ar}")),
            several => (format!("in all its {several} time zones"), format!("في كل مناطقه الزمنية ({several})")),
        };
        Texts::both(
            format!("outside the hours of the number's country `{country}`, {zones_en}; next {next_en} here"),
            format!("خارج أوقات التواصل في بلد الرقم `{country}`، {zones_ar}؛ الموعد التالي {next_ar} هنا"),
        )
    }
}

/// Where a number of another country is reached, if the clocks there differ from ours.
fn abroad(home: &Calendar, address: &str, now: Timestamp) -> Option<Abroad> {
    let country = phone::country(address)?;
    if home.country() == Some(country.as_str()) {
        return None;
    }
    let zones = zones_of(&country);
    let differs = |zone: &TimeZone| zone.to_datetime(now) != home.local(now);
    if !zones.iter().any(differs) {
        return None;
    }
    let clocks = zones.into_iter().map(|zone| home.in_zone(zone)).collect();
    Some(Abroad { country, clocks })
}

/// The zones of a country; none of one that the table does not know.
fn zones_of(country: &str) -> Vec<TimeZone> {
    let of_country = ZONES.lines().filter_map(|line| line.split_once('\t')).find(|(name, _)| *name == country);
    of_country.map_or_else(Vec::new, |(_, zones)| zones.split(' ').filter_map(zone).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_zone_of_the_table_is_known() {
        let countries = ZONES.lines().filter(|line| !line.starts_with('#'));
        for line in countries {
            let (country, zones) = line.split_once('\t').expect("a tab after the country");
            assert_eq!(zones_of(country).len(), zones.split(' ').count(), "{line}");
        }
    }

    #[test]
    fn a_number_belongs_to_its_country_and_a_free_one_to_none() {
        let country = |number| phone::country(number);
        for (number, of) in [
            ("+97336001234", "BH"),
            ("+966501234567", "SA"),
            ("+447400123456", "GB"),
            ("+12125550123", "US"),
            ("+14165550123", "CA"),
            ("+77011234567", "KZ"),
            ("+919812345678", "IN"),
        ] {
            assert_eq!(country(number).as_deref(), Some(of), "{number}");
        }
        assert_eq!(country("amna@example.com"), None);
        assert_eq!(country("+80012345678"), None);
    }

    #[test]
    fn rule_21_a_neighbour_on_our_clock_is_at_home() {
        let office = "calendar: office\nzone: Asia/Bahrain\nweek: {SUN-THU: '07:00-14:15'}\n";
        let home = Calendar::parse("office.yaml", office).unwrap();
        let now = home.instant("2024-05-12T10:00:00".parse().unwrap());
        for at_home in ["+97336001234", "+966501234567", "amna@example.com"] {
            assert!(abroad(&home, at_home, now).is_none(), "{at_home}");
        }
        assert_eq!(abroad(&home, "+447400123456", now).map(|abroad| abroad.clocks.len()), Some(1));
        assert!(abroad(&home, "+12125550123", now).is_some_and(|abroad| abroad.clocks.len() > 5));
    }
}
