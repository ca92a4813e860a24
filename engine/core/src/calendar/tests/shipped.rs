//! What the shipped calendar says.

use jiff::civil::{Date, date};

use super::{SOURCE, bahrain, parse};

#[test]
fn the_shipped_calendar_has_every_year_from_2023_to_2027() {
    let calendar = bahrain();
    assert_eq!(
        (calendar.name.as_str(), calendar.country(), calendar.title().en()),
        ("bahrain-government", Some("BH"), "Government of Bahrain")
    );
    let names = [
        "New Year's Day",
        "Eid al-Fitr",
        "Labour Day",
        "Arafat Day",
        "Eid al-Adha",
        "Hijri New Year",
        "Ashura",
        "the Prophet's Birthday",
        "National Day",
    ];
    for year in 2023..=2027 {
        for name in names {
            let of = |compensates| {
                calendar.holidays().filter(move |(day, holiday)| {
                    day.year() == year && holiday.name.en() == name && holiday.compensates == compensates
                })
            };
            let days = match name {
                "Eid al-Fitr" | "Eid al-Adha" => 3,
                "Ashura" | "National Day" => 2,
                _ => 1,
            };
            assert_eq!(of(false).count(), days, "{name} {year}");
            assert!(of(true).all(|(day, _)| matches!(day.weekday().to_sunday_zero_offset(), 0..=4)), "{name} {year}");
        }
        let in_lieu = |day: Date| calendar.holiday(day).is_some_and(|holiday| holiday.compensates);
        let on_weekend = calendar.holidays().filter(|(day, _)| day.year() == year);
        let on_weekend = on_weekend.filter(|(day, _)| day.weekday().to_sunday_zero_offset() >= 5).count();
        let given = calendar.holidays().filter(|(day, _)| day.year() == year && in_lieu(*day)).count();
        assert_eq!(given, on_weekend, "each holiday on a weekend of {year} has its day in lieu");
    }
}

#[test]
fn ramadan_has_hours_of_its_own() {
    let calendar = bahrain();
    for (day, hours) in [
        (date(2024, 3, 10), "07:00-14:15"),
        (date(2024, 3, 11), "08:00-13:30"),
        (date(2024, 3, 15), ""),
        (date(2024, 4, 9), "08:00-13:30"),
        (date(2024, 4, 10), ""),
        (date(2024, 4, 15), "07:00-14:15"),
        (date(2026, 3, 25), "07:00-14:15"),
        (date(2027, 2, 8), "08:00-13:30"),
    ] {
        let found: Vec<String> = calendar.working_windows(day).iter().map(ToString::to_string).collect();
        assert_eq!(found.join(", "), hours, "{day}");
        assert_eq!(calendar.is_working_day(day), !hours.is_empty(), "{day}");
    }
    assert!(calendar.season(date(2027, 3, 9)).is_some_and(|season| season.provisional));
    assert!(calendar.season(date(2027, 3, 10)).is_none());
}

#[test]
fn the_hash_follows_the_text() {
    let calendar = bahrain();
    assert_eq!(calendar.hash(), bahrain().hash());
    assert_eq!(calendar.hash().len(), 64);
    let edited = parse(&SOURCE.replace("07:00-14:15", "07:00-14:30"));
    assert_ne!(calendar.hash(), edited.hash());
}
