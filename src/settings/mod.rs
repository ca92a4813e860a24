//! What an operator may set: every key of `config/wasl.yaml` with its default.
//!
//! Layers, the later ones win: the defaults here, the file, the environment (`WASL_DATABASE` and so
//! on), the command line. [`decode`] reads the file and reports every mistake of it at once,
//! [`notifiers`] its gateways, [`mod@surroundings`] the files that it names.

mod decode;
mod notifiers;
mod oidc;
mod retention;
mod surroundings;

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use jiff::SignedDuration;
use wasl_core::definition::{Cap, parse_cap};
use wasl_core::delivery::{Channel, OnUncertain};
use wasl_core::diagnostic::Report;
use wasl_core::lang::Texts;
use wasl_core::message::StopLinks;
use wasl_core::policy::{HousePolicy, NeverTo};
use wasl_core::retention::Retention;
use wasl_core::value::{Record, Value};
use wasl_notifiers::{SandboxSettings, SecretRef, Settings as NotifierSettings};
use wasl_runtime::store::DatabaseUrl;

pub(crate) use notifiers::{CHANNELS, NotifierSection, Price};
pub(crate) use oidc::OidcSettings;
pub(crate) use surroundings::{read_calendar, surroundings, unreadable};

/// Where the settings are looked for unless told otherwise.
pub(crate) const DEFAULT_FILE: &str = "config/wasl.yaml";

/// The number that the shipped file gives as `hotline`; it is nobody's.
const SAMPLE_HOTLINE: &str = "17 000 000";

/// The house's caps where the file names none.
const CAPS: [&str; 6] = [
    "2 calls per person in 1 day",
    "6 calls per person in 21 days",
    "2 sms per person in 1 day",
    "5 sms per person in 30 days",
    "3 emails per person in 7 days",
    "7 contacts per household in 7 days",
];

/// Everything that is set.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// The file that they were read from.
    pub(crate) file: PathBuf,
    /// `sqlite://var/wasl.sqlite`, or a PostgreSQL server.
    pub(crate) database: DatabaseUrl,
    /// Where receipts and health checks are taken.
    pub(crate) listen: SocketAddr,
    /// The address under which gateways see `listen`; without it they are not asked for receipts.
    pub(crate) public_url: Option<String>,
    /// The folder of workflows.
    pub(crate) workflows: PathBuf,
    /// The folder of calendars.
    pub(crate) calendars: PathBuf,
    /// The folder of tariffs.
    pub(crate) tariffs: PathBuf,
    /// The file that describes the sources.
    pub(crate) sources: PathBuf,
    /// ISO 3166: whose numbers are written without a country code.
    pub(crate) region: String,
    /// In which Wasl itself speaks to operators.
    pub(crate) language: Language,
    /// Words that every text may use.
    pub(crate) texts: BTreeMap<String, String>,
    /// Queues of tasks for people.
    pub(crate) queues: BTreeMap<String, Texts>,
    /// Caps over all cases and workflows.
    pub(crate) at_most: Vec<Cap>,
    /// Numbers and addresses that no workflow may use.
    pub(crate) never_to: Vec<NeverTo>,
    /// Whose queue reads answers that no state takes.
    pub(crate) answers_to: Option<String>,
    /// What makes the links by which people stop messages.
    pub(crate) stop_secret: Option<SecretRef>,
    /// The gateways by which messages leave, by name; the first of a channel has the channel's name.
    pub(crate) notifiers: BTreeMap<String, NotifierSection>,
    /// How people come in and stay in.
    pub(crate) access: Access,
    /// Whether webhooks may go to this machine without TLS.
    pub(crate) webhooks_to_this_machine: bool,
    /// How long after its end a case keeps what it says of people.
    pub(crate) retention: Retention,
    /// What makes what stands for erased identities.
    pub(crate) retention_secret: Option<SecretRef>,
    /// How waiting messages are sent.
    pub(crate) dispatch: Dispatch,
    /// How due cases are moved.
    pub(crate) scheduler: Scheduler,
    /// How often files are looked at for changes.
    pub(crate) reload: SignedDuration,
    /// How long a stopping daemon may take.
    pub(crate) shutdown_grace: SignedDuration,
}

/// How people come in and stay in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Access {
    /// How long somebody may be silent before they must come in again.
    pub(crate) idle: SignedDuration,
    /// How long a session lasts in any case.
    pub(crate) longest: SignedDuration,
    /// Proxies of ours, whose word on a client's address counts.
    pub(crate) proxies: Vec<IpAddr>,
    /// The provider of the house's own accounts.
    pub(crate) oidc: Option<OidcSettings>,
}

/// How waiting messages are sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Dispatch {
    /// Messages taken at once.
    pub(crate) batch: u32,
    /// Requests to one gateway at the same time.
    pub(crate) concurrency: u32,
    /// After so long without a word from its sender a message is looked after by another.
    pub(crate) lease: SignedDuration,
    /// Tries after errors that pass.
    pub(crate) attempts: u32,
    /// The wait after the first try.
    pub(crate) backoff_first: SignedDuration,
    /// How much longer each further wait is.
    pub(crate) backoff_factor: u32,
    /// The longest wait.
    pub(crate) backoff_max: SignedDuration,
    /// What becomes of a message of which nobody can tell whether it went out.
    pub(crate) on_uncertain: OnUncertain,
    /// After so many messages that nobody confirmed a number is suspected to block our sender.
    pub(crate) suspect_after: u32,
}

/// How due cases are moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Scheduler {
    /// Cases moved in one transaction.
    pub(crate) batch: u32,
    /// How late a due case may be noticed.
    pub(crate) tick: SignedDuration,
}

/// A language in which Wasl speaks to operators.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Language {
    /// English.
    #[default]
    En,
    /// Arabic.
    Ar,
}

impl Language {
    /// The language of a code.
    pub(crate) fn parse(code: &str) -> Option<Self> {
        [Self::En, Self::Ar].into_iter().find(|language| language.code() == code)
    }

    /// Its BCP 47 code.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Ar => "ar",
        }
    }
}

/// What the environment or the command line says in place of the file.
#[derive(Clone, Debug, Default)]
pub(crate) struct Overrides {
    /// `--config` or `WASL_CONFIG`.
    pub(crate) config: Option<PathBuf>,
    /// `--database` or `WASL_DATABASE`.
    pub(crate) database: Option<String>,
    /// `--listen` or `WASL_LISTEN`.
    pub(crate) listen: Option<SocketAddr>,
    /// `--public-url` or `WASL_PUBLIC_URL`.
    pub(crate) public_url: Option<String>,
    /// `--lang` or `WASL_LANG`.
    pub(crate) language: Option<Language>,
}

/// Why there are no settings.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SettingsError {
    /// The file cannot be read.
    #[error("cannot read the configuration `{}`: {cause}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// The file or one that it names has mistakes.
    #[error("the configuration has mistakes")]
    Findings(Box<Report>),
}

impl Settings {
    /// Reads the file and lays environment and command line over it.
    ///
    /// # Errors
    /// The file cannot be read, or has mistakes.
    pub(crate) fn load(overrides: &Overrides) -> Result<Self, SettingsError> {
        let path = overrides.config.clone().unwrap_or_else(|| PathBuf::from(DEFAULT_FILE));
        let unreadable = |cause| SettingsError::Unreadable { path: path.clone(), cause };
        let source = wasl_runtime::text::read_text(&path).map_err(unreadable)?;
        let (settings, report) = Self::parse(&path.display().to_string(), &source);
        if report.has_errors() {
            return Err(SettingsError::Findings(Box::new(report)));
        }
        Ok(Self { file: path, ..settings }.overlaid(overrides))
    }

    /// The settings of [`Settings::load`]; the defaults where nobody named a file and there is none,
    /// for commands that hardly need any.
    ///
    /// # Errors
    /// As for [`Settings::load`].
    pub(crate) fn load_or_default(overrides: &Overrides) -> Result<Self, SettingsError> {
        if overrides.config.is_none() && !Path::new(DEFAULT_FILE).exists() {
            return Ok(Self::default().overlaid(overrides));
        }
        Self::load(overrides)
    }

    /// Reads the text of a file over the defaults; what is wrong is reported and has its default.
    pub(crate) fn parse(file: &str, source: &str) -> (Self, Report) {
        decode::settings(file, source)
    }

    fn overlaid(mut self, over: &Overrides) -> Self {
        self.database = over.database.as_deref().map_or(self.database, DatabaseUrl::from);
        self.listen = over.listen.unwrap_or(self.listen);
        self.public_url = over.public_url.clone().or(self.public_url);
        self.language = over.language.unwrap_or(self.language);
        self
    }

    /// The house's rules over all workflows, with links that lead nowhere: the secret is not read here.
    pub(crate) fn house(&self) -> HousePolicy {
        HousePolicy {
            at_most: self.at_most.clone(),
            never_to: self.never_to.clone(),
            answers_to: self.answers_to.clone(),
            stop_links: self.stop_links("made up"),
            pseudonyms: None,
        }
    }

    /// Links by which people stop messages, under a secret; none where none is set, or no address to lead to.
    pub(crate) fn stop_links(&self, secret: &str) -> Option<StopLinks> {
        self.stop_secret.as_ref()?;
        Some(StopLinks::new(self.public_url.as_deref()?, secret))
    }

    /// The house's texts as templates see them.
    pub(crate) fn texts_record(&self) -> Record {
        self.texts.iter().map(|(name, text)| (name.clone(), Value::Text(text.clone()))).collect()
    }

    /// A page of ours as people reach it.
    pub(crate) fn reached_at(&self, path: &str) -> String {
        let base = self.public_url.clone().unwrap_or_else(|| format!("http://{}", self.listen));
        format!("{base}{path}")
    }

    /// The gateways of a channel: the first, and those that stand in for it, in their order.
    pub(crate) fn chain(&self, channel: Channel) -> Vec<(&str, &NotifierSection)> {
        let named = |name: &str| self.notifiers.get_key_value(name).map(|(name, section)| (name.as_str(), section));
        let next = |(_, section): &(&str, &NotifierSection)| section.fallback.as_deref().and_then(named);
        std::iter::successors(named(channel.as_str()), next).take(self.notifiers.len()).collect()
    }

    /// Whether families would be given the example's telephone number by a real gateway.
    pub(crate) fn sends_sample_hotline(&self) -> bool {
        let real = |section: &NotifierSection| !matches!(section.settings, NotifierSettings::Sandbox(_));
        let sample = self.texts.get("hotline").is_some_and(|hotline| hotline == SAMPLE_HOTLINE);
        sample && self.notifiers.values().any(real)
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            file: DEFAULT_FILE.into(),
            database: DatabaseUrl::from("sqlite://var/wasl.sqlite"),
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            public_url: None,
            workflows: "workflows".into(),
            calendars: "config/calendars".into(),
            tariffs: "config/tariffs".into(),
            sources: "config/sources.yaml".into(),
            region: "BH".into(),
            language: Language::En,
            texts: BTreeMap::from([("hotline".into(), SAMPLE_HOTLINE.into())]),
            queues: default_queues(),
            at_most: CAPS.iter().filter_map(|cap| parse_cap(cap).ok()).collect(),
            never_to: Vec::new(),
            answers_to: Some("complaints".into()),
            stop_secret: None,
            notifiers: ["sms", "email"].map(|channel| (channel.to_owned(), default_notifier())).into(),
            access: Access::default(),
            webhooks_to_this_machine: false,
            retention: Retention::default(),
            retention_secret: None,
            dispatch: Dispatch::default(),
            scheduler: Scheduler::default(),
            reload: SignedDuration::from_secs(10),
            shutdown_grace: SignedDuration::from_secs(20),
        }
    }
}

impl Default for Access {
    fn default() -> Self {
        Self {
            idle: SignedDuration::from_mins(30),
            longest: SignedDuration::from_hours(12),
            proxies: Vec::new(),
            oidc: None,
        }
    }
}

impl Default for Dispatch {
    fn default() -> Self {
        Self {
            batch: 200,
            concurrency: 8,
            lease: SignedDuration::from_mins(2),
            attempts: 6,
            backoff_first: SignedDuration::from_secs(30),
            backoff_factor: 2,
            backoff_max: SignedDuration::from_hours(1),
            on_uncertain: OnUncertain::Hold,
            suspect_after: 3,
        }
    }
}

impl Default for Scheduler {
    fn default() -> Self {
        Self { batch: 500, tick: SignedDuration::from_secs(1) }
    }
}

fn default_queues() -> BTreeMap<String, Texts> {
    let queue = |name: &str, en: &str, ar: &str| (name.to_owned(), Texts::both(en, ar));
    BTreeMap::from([
        queue("complaints", "Complaints section", "قسم الشكاوى"),
        queue("supervisors", "Supervisors", "المشرفون"),
        queue("data", "Data section", "قسم البيانات"),
        queue("billing", "Billing and collection", "الفواتير والتحصيل"),
        queue("identity", "Identity card services", "خدمات بطاقة الهوية"),
        queue("home-service", "Service at home", "الخدمة المنزلية"),
        queue("housing", "Housing applications", "الطلبات الإسكانية"),
        queue("benefits", "Social support", "الدعم الاجتماعي"),
        queue("social-workers", "Social workers", "الباحثون الاجتماعيون"),
        queue("communications", "Communications", "الاتصال وقياس الرضا"),
    ])
}

fn default_notifier() -> NotifierSection {
    let file = Some("var/sandbox.jsonl".into());
    NotifierSettings::Sandbox(SandboxSettings { file, ..SandboxSettings::default() }).into()
}

#[cfg(test)]
mod tests;
