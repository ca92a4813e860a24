//! What a run is about: a made-up workflow that has twenty things to say to each family, the families with
//! their traps, and the clock that the test moves and the daemon reads.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};
use wasl_core::calendar::{Calendar, Window};
use wasl_core::definition::Environment;
use wasl_core::delivery::Channel;
use wasl_core::source::decode_sources;
use wasl_runtime::clock::Clock;

use super::MESSAGES_EACH;

/// Sunday evening: the hours for texts close forty minutes later, with most of the messages unsent.
pub(super) const BEGINNING: &str = "2024-05-12T19:20";

/// The same words to every family, so that those who share a number get the same words twice: a
/// gateway's list cannot tell one from the other.
fn template(n: usize) -> String {
    format!("word-{n:02}")
}

const SOURCES: &str = "\
families:
  title: {en: Families, ar: الأسر}
  csv: families.csv
  key: [file]
  columns:
    file: {type: text}
    deceased_mobile: {type: text, personal: true}
people:
  title: {en: People, ar: الأشخاص}
  csv: people.csv
  columns:
    file: {type: text}
    name: {type: text, personal: true}
    mobile: {type: text, personal: true}
    language: {type: text}
";

fn workflow() -> String {
    let message = |n| format!("{{sms: {{to: people, template: {}, keep: true}}}}", template(n));
    let messages = (0..MESSAGES_EACH).map(message).collect::<Vec<_>>().join(", ");
    format!(
        "\
workflow: pulse
title: {{en: Many words at once, ar: كلمات كثيرة معا}}
calendar: bahrain-government
languages: [ar, en]
case:
  key: [file]
  fields:
    file: {{type: text}}
    deceased_mobile: {{type: phone, personal: true}}
    people: {{type: contacts, personal: true}}
detect:
  families:
    schedule: \"0 7 1 1 *\"
    from: families
    lookup:
      people: {{in: people, where: {{file: file}}, many: true, as: {{name: name, mobile: mobile, language: language}}}}
    case: {{file: file, deceased_mobile: deceased_mobile, people: people}}
contact_policy:
  quiet: {{sms: \"20:00-09:00\"}}
  never_to: [deceased_mobile]
start: with_them
states:
  with_them:
    title: {{en: With them, ar: معهم}}
    do: [{messages}]
    after:
      60 days: over
  over: {{end: unreached}}
"
    )
}

/// Somebody's number: mobiles of Bahrain that nobody has in these tests.
fn number(of: usize) -> String {
    format!("+973390{of:05}")
}

/// The number of a family's deceased: nobody is ever written to there.
pub(super) fn deceased(family: usize) -> String {
    number(50_000 + family)
}

/// The number at which a family is reached. Some share one: a daughter who lost both parents.
pub(super) fn relative(family: usize) -> String {
    number(person(family))
}

/// Who is spoken with about a family, in one language.
fn person(family: usize) -> usize {
    if family % 20 == 1 { family - 1 } else { family }
}

/// Writes workflow, texts and records of so many families. Every tenth family's list begins with the deceased's own number.
pub(super) fn write(folder: &Path, families_count: usize) {
    let texts = folder.join("workflows/pulse/messages");
    fs::create_dir_all(&texts).unwrap();
    fs::write(folder.join("workflows/pulse.yaml"), workflow()).unwrap();
    for n in 0..MESSAGES_EACH {
        let (en, ar) =
            (format!("We are with you ({n}): {{{{ hotline }}}}\n"), format!("نحن معكم ({n}): {{{{ hotline }}}}\n"));
        fs::write(texts.join(format!("{}.en.txt", template(n))), en).unwrap();
        fs::write(texts.join(format!("{}.ar.txt", template(n))), ar).unwrap();
    }
    let mut families = String::from("file,deceased_mobile\n");
    let mut people = String::from("file,name,mobile,language\n");
    for family in 0..families_count {
        writeln!(families, "F{family:04},{}", deceased(family)).unwrap();
        if family % 10 == 0 {
            writeln!(people, "F{family:04},Hidden,{},ar", deceased(family)).unwrap();
        }
        let language = if person(family).is_multiple_of(3) { "en" } else { "ar" };
        writeln!(people, "F{family:04},Somebody,{},{language}", relative(family)).unwrap();
    }
    fs::write(folder.join("families.csv"), families).unwrap();
    fs::write(folder.join("people.csv"), people).unwrap();
}

/// Where the run's cases lie: in a file of the folder, unless a file there names a server.
pub(super) fn store_url(folder: &Path) -> String {
    let file = || format!("sqlite://{}", folder.join("wasl.sqlite").display());
    fs::read_to_string(folder.join(SERVER)).unwrap_or_else(|_| file())
}

/// The cases of this folder's run lie on a server.
pub(super) fn lies_on(folder: &Path, url: &str) {
    fs::write(folder.join(SERVER), url).unwrap();
}

const SERVER: &str = "database-url";

/// Whether texts may be sent at an instant.
pub(super) fn is_open(at: Timestamp) -> bool {
    // Read once: a run asks at every step.
    static CALENDAR: LazyLock<Calendar> = LazyLock::new(crate::support::shipped_calendar);
    matches!(CALENDAR.contact_window(Channel::Sms, at), Window::Open { .. })
}

/// The shipped calendar and the sources above.
pub(super) fn environment() -> Environment {
    let (sources, report) = decode_sources("sources.yaml", SOURCES);
    assert!(report.findings.is_empty(), "{}", report.render(false));
    Environment { sources, ..crate::support::environment() }
}

/// The run's time: moved by the test, read by the daemon's process from a file.
#[derive(Debug)]
pub(super) struct RunClock {
    file: PathBuf,
    now_ms: AtomicI64,
}

impl RunClock {
    pub(super) fn start(folder: &Path) -> Self {
        let clock = Self { file: folder.join("clock"), now_ms: AtomicI64::new(0) };
        clock.set(crate::support::local(BEGINNING));
        clock
    }

    pub(super) fn advance(&self, by: SignedDuration) {
        self.set(self.now() + by);
    }

    /// Written beside and moved into place: no reader ever sees half of it.
    fn set(&self, now: Timestamp) {
        let beside = self.file.with_extension("new");
        fs::write(&beside, now.as_millisecond().to_string()).unwrap();
        fs::rename(beside, &self.file).unwrap();
        self.now_ms.store(now.as_millisecond(), Ordering::SeqCst);
    }
}

impl Clock for RunClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.now_ms.load(Ordering::SeqCst)).unwrap()
    }
}

/// The same time as the daemon's process sees it.
pub(super) struct FileClock(pub(super) PathBuf);

impl Clock for FileClock {
    fn now(&self) -> Timestamp {
        let text = fs::read_to_string(self.0.join("clock")).unwrap();
        Timestamp::from_millisecond(text.parse().unwrap()).unwrap()
    }
}
