//! A house for one test: its own folder, database, clock and gateways, with the shipped files.

pub(crate) mod disk;
pub(crate) mod postgres;
pub(crate) mod program;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::DateTime;
use tempfile::TempDir;
use wasl_core::calendar::Calendar;
use wasl_core::definition::{Environment, parse_cap};
use wasl_core::delivery::{Channel, Notifier};
use wasl_core::lang::Texts;
use wasl_core::policy::{HousePolicy, NeverTo};
use wasl_core::retention::{Pseudonyms, Retention};
use wasl_core::source::decode_sources;
use wasl_core::tariff::Tariff;
use wasl_core::value::{Record, Value};
use wasl_core::yaml::{self, Kind, Node};
use wasl_notifiers::Sandbox;
use wasl_runtime::clock::ManualClock;
use wasl_runtime::engine::{Engine, NoProbe, Options, Outlet, Parts, Probe};
use wasl_runtime::store::Store;

/// The caps that `config/wasl.yaml` ships for one person over all cases.
pub(crate) const HOUSE_CAPS: [&str; 5] = [
    "2 calls per person in 1 day",
    "6 calls per person in 21 days",
    "2 sms per person in 1 day",
    "5 sms per person in 30 days",
    "3 emails per person in 7 days",
];

/// The repository's root.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Builds a [`House`].
pub(crate) struct Builder {
    now: Timestamp,
    outlets: Option<BTreeMap<Channel, Vec<Outlet>>>,
    options: Options,
    probe: Arc<dyn Probe>,
    folder: Option<PathBuf>,
    caps: Vec<&'static str>,
    never_to: Vec<&'static str>,
    secret: &'static str,
}

/// A house of its own for one test.
pub(crate) struct House {
    /// Removed with the house; `None` where the test keeps the folder itself.
    _dir: Option<TempDir>,
    /// The folder in which everything lies.
    pub(crate) folder: PathBuf,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) engine: Arc<Engine>,
    pub(crate) sms: Arc<Sandbox>,
    pub(crate) email: Arc<Sandbox>,
    pub(crate) calendar: Calendar,
}

/// A local time in Bahrain.
pub(crate) fn local(text: &str) -> Timestamp {
    let local: DateTime = text.parse().expect("a local time");
    shipped_calendar().instant(local)
}

pub(crate) fn shipped_calendar() -> Calendar {
    let file = root().join("config/calendars/bahrain-government.yaml");
    let source = fs::read_to_string(&file).expect("the shipped calendar");
    Calendar::parse("bahrain-government.yaml", &source).unwrap_or_else(|report| panic!("{}", report.render(false)))
}

fn shipped_tariff() -> Tariff {
    let source = fs::read_to_string(root().join("config/tariffs/bahrain-household.yaml")).expect("the shipped tariff");
    Tariff::parse("bahrain-household.yaml", &source).unwrap_or_else(|report| panic!("{}", report.render(false)))
}

/// The surroundings that the shipped configuration describes.
pub(crate) fn environment() -> Environment {
    let source = fs::read_to_string(root().join("config/sources.yaml")).expect("the shipped sources");
    let (sources, report) = decode_sources("sources.yaml", &source);
    assert!(report.findings.is_empty(), "{}", report.render(false));
    let (calendar, tariff) = (shipped_calendar(), shipped_tariff());
    Environment {
        calendars: BTreeMap::from([(calendar.name.clone(), calendar)]),
        tariffs: BTreeMap::from([(tariff.name.clone(), tariff)]),
        sources,
        queues: shipped_queues().map(|name| (name.clone(), Texts::both(&name, &name))).collect(),
        texts: ["hotline".to_owned()].into(),
        ..Environment::default()
    }
}

/// The names under `queues:` of `config/wasl.yaml`.
fn shipped_queues() -> impl Iterator<Item = String> {
    let source = fs::read_to_string(root().join("config/wasl.yaml")).expect("the shipped settings");
    let settings = yaml::parse("wasl.yaml", &source).expect("the shipped settings are YAML");
    let entries = |node: Node| match node.kind {
        Kind::Map(entries) => entries.into_iter().filter_map(|(key, value)| match key.kind {
            Kind::Text(name) => Some((name, value)),
            _ => None,
        }),
        other => panic!("{other:?} is no mapping"),
    };
    let (_, queues) = entries(settings).find(|(name, _)| name == "queues").expect("the settings name queues");
    entries(queues).map(|(name, _)| name)
}

impl Builder {
    pub(crate) fn at(now: &str) -> Self {
        let (now, options, probe) = (local(now), Options::default(), Arc::new(NoProbe));
        Self {
            now,
            outlets: None,
            options,
            probe,
            folder: None,
            caps: HOUSE_CAPS.to_vec(),
            never_to: vec![],
            secret: "of this house",
        }
    }

    /// A number is suspected to block our sender after so many texts that nobody confirmed.
    pub(crate) fn suspect_after(mut self, most: u32) -> Self {
        self.options.suspect_after = most;
        self
    }

    /// With one more cap of the house.
    pub(crate) fn cap(mut self, cap: &'static str) -> Self {
        self.caps.push(cap);
        self
    }

    /// With a number that the house never contacts.
    pub(crate) fn never_to(mut self, number: &'static str) -> Self {
        self.never_to.push(number);
        self
    }

    /// Erases what was kept so long.
    pub(crate) fn retention(mut self, retention: Retention) -> Self {
        self.options.retention = retention;
        self
    }

    /// Knows whom it has erased by another secret.
    pub(crate) fn secret(self, secret: &'static str) -> Self {
        Self { secret, ..self }
    }

    /// Speaks through these instead of the sandbox.
    pub(crate) fn outlets(self, outlets: BTreeMap<Channel, Arc<dyn Notifier>>) -> Self {
        let outlets = outlets.into_iter().map(|(channel, notifier)| (channel, vec![notifier.into()]));
        Self { outlets: Some(outlets.collect()), ..self }
    }

    /// Sends SMS through these, each standing in for the one before it; e-mail through the sandbox.
    pub(crate) fn sms_chain(self, chain: Vec<Outlet>) -> Self {
        let email: Arc<dyn Notifier> = Arc::new(Sandbox::memory("email"));
        Self { outlets: Some([(Channel::Sms, chain), (Channel::Email, vec![email.into()])].into()), ..self }
    }

    pub(crate) fn probe(self, probe: Arc<dyn Probe>) -> Self {
        Self { probe, ..self }
    }

    /// Lives in a folder that outlasts the house.
    pub(crate) fn folder(self, folder: &Path) -> Self {
        Self { folder: Some(folder.to_owned()), ..self }
    }

    /// Opens the database, brings it up to date and activates the shipped workflows.
    pub(crate) async fn build(self) -> House {
        let dir = self.folder.is_none().then(|| TempDir::new().expect("a temporary folder"));
        let folder = self.folder.or_else(|| dir.as_ref().map(|dir| dir.path().to_owned())).expect("a folder");
        let store = Store::open(&format!("sqlite://{}", folder.join("wasl.sqlite").display())).await.unwrap();
        store.migrate(self.now).await.unwrap();
        let clock = Arc::new(ManualClock::new(self.now));
        let (sms, email) = (Arc::new(Sandbox::memory("sms")), Arc::new(Sandbox::memory("email")));
        let sandboxes = BTreeMap::from([
            (Channel::Sms, vec![(Arc::clone(&sms) as Arc<dyn Notifier>).into()]),
            (Channel::Email, vec![(Arc::clone(&email) as Arc<dyn Notifier>).into()]),
        ]);
        let at_most = self.caps.iter().map(|cap| parse_cap(cap).expect("a cap")).collect();
        let never_to = self.never_to.iter().map(|number| NeverTo::parse(number, "BH").expect("a number")).collect();
        let engine = Engine::new(Parts {
            store,
            clock: Arc::clone(&clock) as _,
            environment: environment(),
            house: HousePolicy {
                at_most,
                never_to,
                pseudonyms: Some(Pseudonyms::new(self.secret)),
                ..HousePolicy::default()
            },
            texts: Record::from([("hotline".into(), Value::from("17 000 000"))]),
            region: "BH".into(),
            outlets: self.outlets.unwrap_or(sandboxes),
            base: folder.clone(),
            options: self.options,
            probe: self.probe,
        });
        let loaded = engine.load_workflows(&root().join("workflows"), "test").await.unwrap();
        let refused = loaded.refused.iter().map(|(name, report)| format!("{name}:\n{}", report.render(false)));
        assert!(loaded.refused.is_empty(), "{}", refused.collect::<String>());
        House { _dir: dir, folder, clock, engine, sms, email, calendar: shipped_calendar() }
    }
}

impl House {
    /// Copies files of the sample year to where the shipped sources look for them.
    pub(crate) fn place(&self, names: &[&str]) {
        for name in names {
            let to = self.folder.join("examples/bahrain-year").join(name);
            fs::create_dir_all(to.parent().expect("a folder")).unwrap();
            fs::copy(root().join("examples/bahrain-year").join(name), to).unwrap();
        }
    }

    /// The whole sample year at once.
    pub(crate) fn place_year(&self) {
        self.place(&["subscribers.csv", "contacts.csv"]);
        let register = root().join("examples/bahrain-year/death-register");
        for entry in fs::read_dir(register).unwrap() {
            let name = entry.unwrap().file_name();
            self.place(&[&format!("death-register/{}", name.to_string_lossy())]);
        }
    }

    /// Moves cases and sends messages until nothing is due any more.
    pub(crate) async fn settle(&self) {
        loop {
            let moved = self.engine.tick().await.unwrap();
            let sent = self.engine.dispatch().await.unwrap();
            if moved == 0 && sent == wasl_runtime::engine::Dispatched::default() {
                return;
            }
        }
    }
}

/// The secrets of these tests: none that opens anything.
struct TestSecrets;

impl wasl_notifiers::SecretSource for TestSecrets {
    fn env(&self, name: &str) -> Option<String> {
        (name == "TWILIO_AUTH_TOKEN").then(|| "secret-for-tests".to_owned())
    }

    fn file(&self, path: &Path) -> std::io::Result<String> {
        fs::read_to_string(path)
    }
}

/// The Twilio notifier of the channel, speaking to a gateway on this machine.
pub(crate) fn twilio(base_url: &str) -> Arc<dyn Notifier> {
    twilio_named("sms", base_url)
}

/// A Twilio notifier, speaking to a gateway on this machine.
pub(crate) fn twilio_named(name: &str, base_url: &str) -> Arc<dyn Notifier> {
    twilio_from(name, base_url, ("from", "EWA"))
}

/// The same with another sender: `from` or `messaging_service_sid`.
pub(crate) fn twilio_from(name: &str, base_url: &str, (key, sender): (&str, &str)) -> Arc<dyn Notifier> {
    let mut settings = serde_json::json!({
        "kind": "twilio",
        "account_sid": "AC00000000000000000000000000000001",
        "auth_token": {"env": "TWILIO_AUTH_TOKEN"},
        "base_url": base_url,
        "public_url": "https://wasl.test",
    });
    settings[key] = sender.into();
    notifier(name, settings)
}

/// The notifier that settings describe.
pub(crate) fn notifier(name: &str, settings: serde_json::Value) -> Arc<dyn Notifier> {
    let settings = serde_json::from_value(settings).expect("settings");
    wasl_notifiers::build(name, &settings, &TestSecrets).expect("a notifier")
}

/// A contact who can be reached on a number.
pub(crate) fn contact(mobile: &str) -> Value {
    Value::Record(Record::from([
        ("name".into(), "أمينة".into()),
        ("relation".into(), "daughter".into()),
        ("mobile".into(), mobile.into()),
        ("email".into(), "amina@example.bh".into()),
        ("language".into(), "ar".into()),
    ]))
}

/// The fields of a case of the shipped workflow: a made-up family with one contact.
pub(crate) fn family(cpr: &str) -> Record {
    Record::from([
        ("cpr".into(), cpr.into()),
        ("account_no".into(), Value::from(format!("2{cpr}").as_str())),
        ("deceased_name_ar".into(), "محمد عبدالله".into()),
        ("deceased_name_en".into(), "Mohamed Abdulla".into()),
        ("date_of_death".into(), "2024-05-01".into()),
        ("registered_on".into(), "2024-05-02".into()),
        ("governorate".into(), "capital".into()),
        ("holder_mobile".into(), "+97338000000".into()),
        ("monthly_kwh".into(), Value::Int(3000)),
        ("monthly_m3".into(), Value::Int(50)),
        ("contacts".into(), Value::List(vec![contact("+97336001234")])),
    ])
}
