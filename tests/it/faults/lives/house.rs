//! The project that the daemon works in: the simulation's workflow, and families who come to it by and by.

use std::fmt::Write as _;
use std::net::SocketAddr;

use crate::faults::daemon::PUBLIC_URL;
use crate::support::program::Desk;

/// How many families there are in the end: new ones still come when the daemon is killed for the last time.
pub(super) const FAMILIES: usize = 72;

/// The files of the simulation that are played here by the shipped program.
macro_rules! simulation {
    ($file:literal) => {
        include_str!(concat!("../../../../engine/runtime/src/simulation/", $file))
    };
}

/// The number at which a family is reached.
pub(super) fn relative(family: usize) -> String {
    format!("+97336{family:06}")
}

/// The number of a family's deceased.
pub(super) fn deceased(family: usize) -> String {
    format!("+97338{family:06}")
}

/// Writes everything but the families.
pub(super) fn write(desk: &Desk, gateway: SocketAddr) {
    let settings = format!(
        "public_url: {PUBLIC_URL}\nqueues: {{desk: {{title: {{en: Desk, ar: مكتب}}}}}}\ninbound: {{queue: desk}}\n\
         contact_policy: {{at_most: []}}\nscheduler: {{batch: 8, tick: 1 second}}\ndispatch: {{batch: 8}}\n\
         notifiers:\n  sms: {{kind: twilio, account_sid: AC00000000000000000000000000000001, \
         auth_token: {{env: TWILIO_AUTH_TOKEN}}, from: EWA, base_url: 'http://{gateway}', \
         timeout: 250ms, connect_timeout: 200ms, settle: 4m, \
         confirm_within: 24 hours}}\n"
    );
    desk.write("config/wasl.yaml", &settings);
    desk.write("config/sources.yaml", simulation!("sources.yaml"));
    desk.write("config/calendars/house.yaml", simulation!("calendar.yaml"));
    desk.write("workflows/visit.yaml", simulation!("visit.yaml"));
    desk.write("workflows/visit/messages/please-ring.en.txt", "Please ring us.\n");
    desk.write("workflows/visit/messages/thanks.en.txt", "Thank you.\n");
    desk.write("workflows/visit/scripts/first.en.md", "Say who you are.\n");
}

/// Writes down the first so many families: the next detection finds those that are new.
pub(super) fn families(desk: &Desk, count: usize) {
    let (mut families, mut people) = ("file,deceased_mobile\n".to_owned(), "file,name,mobile,language\n".to_owned());
    for family in 0..count {
        writeln!(families, "F{family},{}", deceased(family)).unwrap();
        // The first number of every second family is that of the deceased.
        if family % 2 == 1 {
            writeln!(people, "F{family},Hidden,{},en", deceased(family)).unwrap();
        }
        writeln!(people, "F{family},Somebody,{},en", relative(family)).unwrap();
    }
    // Whoever is found has somebody to be reached at.
    desk.write("people.csv", &people);
    desk.write("families.csv", &families);
}
