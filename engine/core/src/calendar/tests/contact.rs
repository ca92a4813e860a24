//! Rule 21, its hours: when each channel may be used.

use super::{at, bahrain, parse};
use crate::calendar::{Quiet, Window};
use crate::delivery::Channel;

/// A channel, when it is wanted, the workflow's quiet hours, when it is allowed, and why only then.
type Row = (Channel, &'static str, &'static str, &'static str, &'static str);

#[track_caller]
fn check(rows: &[Row]) {
    let calendar = bahrain();
    for (channel, wanted, quiet, allowed, why) in rows {
        let quiet = if quiet.is_empty() { Quiet::Nothing } else { Quiet::parse(quiet).unwrap() };
        let found = calendar.next_allowed(*channel, at(&calendar, wanted), &quiet).unwrap();
        assert_eq!(&calendar.local(found.at).strftime("%a %Y-%m-%d %H:%M").to_string(), allowed, "{channel} {wanted}");
        assert_eq!(&found.why.map(|why| why.en().to_owned()).unwrap_or_default(), why);
    }
}

#[test]
fn each_channel_keeps_its_hours_and_the_quiet_hours_of_the_workflow() {
    check(&[
        (Channel::Sms, "2024-05-12 10:00", "", "Sun 2024-05-12 10:00", ""),
        (
            Channel::Sms,
            "2024-05-12 08:59",
            "",
            "Sun 2024-05-12 09:00",
            "outside the sms hours; next Sun 12 May 2024 09:00",
        ),
        (
            Channel::Sms,
            "2024-05-16 21:00",
            "20:00-09:00",
            "Sun 2024-05-19 09:00",
            "outside the sms hours; skipped Fri 17 and Sat 18 May; next Sun 19 May 2024 09:00",
        ),
        (
            Channel::Sms,
            "2024-05-17 12:00",
            "",
            "Sun 2024-05-19 09:00",
            "skipped Fri 17 and Sat 18 May; next Sun 19 May 2024 09:00",
        ),
        (
            Channel::Call,
            "2024-05-12 13:00",
            "",
            "Sun 2024-05-12 16:00",
            "outside the call hours; next Sun 12 May 2024 16:00",
        ),
        (
            Channel::Call,
            "2024-05-12 16:30",
            "outside calendar",
            "Mon 2024-05-13 09:00",
            "outside the working hours; next Mon 13 May 2024 09:00",
        ),
        (
            Channel::Sms,
            "2024-05-12 18:30",
            "18:00-10:30",
            "Mon 2024-05-13 10:30",
            "quiet hours 18:00-10:30; next Mon 13 May 2024 10:30",
        ),
    ]);
}

#[test]
fn in_ramadan_messages_come_later_and_nobody_calls_in_the_afternoon_or_on_eid() {
    check(&[
        (
            Channel::Sms,
            "2024-03-11 09:00",
            "",
            "Mon 2024-03-11 10:00",
            "outside the sms hours; next Mon 11 Mar 2024 10:00",
        ),
        (
            Channel::Call,
            "2024-03-11 16:00",
            "",
            "Tue 2024-03-12 09:30",
            "outside the call hours; next Tue 12 Mar 2024 09:30",
        ),
        (
            Channel::Email,
            "2024-04-11 12:00",
            "",
            "Mon 2024-04-15 09:00",
            "skipped Eid al-Fitr Thu 11 and Fri 12 Apr, Sat 13 Apr, Eid al-Fitr (in lieu, provisional) Sun 14 Apr; next Mon 15 Apr 2024 09:00",
        ),
    ]);
}

#[test]
fn why_a_contact_waits_is_said_in_arabic_too() {
    let calendar = bahrain();
    let found = calendar.next_allowed(Channel::Sms, at(&calendar, "2024-05-16 21:00"), &Quiet::Nothing).unwrap();
    assert_eq!(
        found.why.unwrap().get("ar"),
        "خارج أوقات الرسائل النصية؛ دون احتساب الجمعة 17 والسبت 18 مايو؛ الموعد التالي الأحد 19 مايو 2024 09:00"
    );
}

#[test]
fn a_window_ends_when_it_closes_and_runs_on_over_midnight() {
    let calendar = bahrain();
    let until = |channel, asked: &str, quiet: &Quiet| {
        calendar.allowed_until(channel, at(&calendar, asked), quiet).map(|at| calendar.local(at).to_string())
    };
    assert_eq!(until(Channel::Sms, "2024-05-12 10:00", &Quiet::Nothing), Some("2024-05-12T20:00:00".into()));
    assert_eq!(until(Channel::Sms, "2024-05-12 20:00", &Quiet::Nothing), None);
    let quiet = Quiet::parse("18:00-10:00").unwrap();
    assert_eq!(until(Channel::Sms, "2024-05-12 10:00", &quiet), Some("2024-05-12T18:00:00".into()));

    let source =
        "{calendar: n, zone: Asia/Bahrain, week: {SUN-SAT: '00:00-24:00'}, contact: {sms: {SUN-TUE: '00:00-24:00'}}}";
    let nights = parse(source);
    let until = nights.allowed_until(Channel::Sms, at(&nights, "2024-05-12 23:00"), &Quiet::Nothing).unwrap();
    assert_eq!(nights.local(until).to_string(), "2024-05-15T00:00:00");
}

#[test]
fn a_contact_window_is_open_or_says_when_it_opens() {
    let calendar = bahrain();
    assert_eq!(
        calendar.contact_window(Channel::Call, at(&calendar, "2024-05-12 12:00")),
        Window::Open { until: at(&calendar, "2024-05-12 13:00") }
    );
    let Window::Closed { opens, why } = calendar.contact_window(Channel::Call, at(&calendar, "2024-05-01 12:00"))
    else {
        panic!("Labour Day");
    };
    assert_eq!(opens, at(&calendar, "2024-05-02 09:00"));
    assert_eq!(why.en(), "skipped Labour Day Wed 1 May; next Thu 2 May 2024 09:00");
}

#[test]
fn quiet_hours_that_leave_nothing_allow_nothing() {
    let calendar = bahrain();
    let always = Quiet::parse("09:00-20:00").unwrap();
    assert_eq!(calendar.next_allowed(Channel::Sms, at(&calendar, "2024-05-12 10:00"), &always), None);
}
