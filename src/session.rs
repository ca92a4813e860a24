//! What commands and requests work on: the settings, the engine over the database, and the screen.
//!
//! Every command works on the same file whether or not the daemon runs; only the daemon sends, so
//! that a command has no notifiers.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use wasl_core::calendar::{Calendar, moment_words};
use wasl_core::case::Case;
use wasl_core::definition::{Environment, Workflow};
use wasl_core::delivery::Channel;
use wasl_core::diagnostic::nearest;
use wasl_core::history::Teller;
use wasl_core::message::StopLinks;
use wasl_core::policy::HousePolicy;
use wasl_core::retention::Pseudonyms;
use wasl_core::search::sought;
use wasl_notifiers::ProcessSecrets;
use wasl_runtime::clock::{Clock, SystemClock};
use wasl_runtime::engine::{self, DraftRefusal, Engine, EngineError, NoProbe, Options, Outlet, Parts};
use wasl_runtime::library::LibraryError;
use wasl_runtime::store::{CaseFilter, Store, StoreError};

use crate::failure::{Exit, Failure};
use crate::output::Screen;
use crate::settings::{Language, Settings, surroundings};

/// How many cases are looked at for one that was meant.
const SIMILAR_MAX: u32 = 200;

/// What a command or a request works on.
#[derive(Clone)]
pub(crate) struct Session {
    /// What is set.
    pub(crate) settings: Arc<Settings>,
    /// The engine.
    pub(crate) engine: Arc<Engine>,
    /// Where the answer goes.
    pub(crate) screen: Screen,
    /// Of moments that belong to no case.
    zone: TimeZone,
}

/// What tells of a case in words.
pub(crate) struct Told {
    /// The version that the case stays on.
    pub(crate) workflow: Arc<Workflow>,
    /// Its calendar.
    pub(crate) calendar: Arc<Calendar>,
    language: &'static str,
}

impl Told {
    /// The teller.
    pub(crate) fn teller(&self) -> Teller<'_> {
        Teller { workflow: &self.workflow, calendar: &self.calendar, language: self.language }
    }
}

impl Session {
    /// Opens the database that is there.
    ///
    /// # Errors
    /// There is none, it is of another release, or the configuration has mistakes.
    pub(crate) async fn open(settings: Settings, screen: Screen) -> Result<Self, Failure> {
        let file = settings.database.file();
        if file.as_ref().is_some_and(|file| !file.exists()) {
            let file = file.unwrap_or_default();
            return Err(Failure::new(Exit::Database, format!("there is no database `{}` yet", file.display()))
                .help("start `wasl serve`, or make it with `wasl db migrate` and fill it with `wasl detect`"));
        }
        let store = Store::open_at(&settings.database).await?;
        let missing = store.migrations().await?.into_iter().filter(|step| step.applied_at.is_none()).count();
        if missing > 0 {
            return Err(Failure::new(Exit::Database, "the database is of an earlier release")
                .help("bring it up to date with `wasl db migrate`, or start `wasl serve`, which does so"));
        }
        Self::over(store, settings, screen).await
    }

    /// Opens the database, makes it where there is none and brings it up to date.
    ///
    /// # Errors
    /// It cannot be made, or the configuration has mistakes.
    pub(crate) async fn create(settings: Settings, screen: Screen) -> Result<Self, Failure> {
        let store = Store::open_at(&settings.database).await?;
        store.migrate(SystemClock.now()).await?;
        Self::over(store, settings, screen).await
    }

    async fn over(store: Store, settings: Settings, screen: Screen) -> Result<Self, Failure> {
        let environment = environment(&settings)?;
        let zone = zone_of(&environment);
        let engine = Engine::new(parts(&settings, store, environment, BTreeMap::new())?);
        engine.knows_whom_it_erased().await.map_err(|error| crate::retention::failure(error, screen))?;
        Ok(Self::on(engine, Arc::new(settings), screen, zone))
    }

    /// Works on an engine that runs already.
    pub(crate) fn on(engine: Arc<Engine>, settings: Arc<Settings>, screen: Screen, zone: TimeZone) -> Self {
        Self { settings, engine, screen, zone }
    }

    /// The same in another language.
    pub(crate) fn speaking(&self, language: Language) -> Self {
        Self { screen: Screen { language, ..self.screen }, ..self.clone() }
    }

    /// A moment that belongs to no case: in the zone of the house's first calendar.
    pub(crate) fn moment(&self, at: Timestamp) -> String {
        moment_words(self.zone.to_datetime(at), true, self.screen.lang())
    }

    /// The store.
    pub(crate) fn store(&self) -> &Store {
        &self.engine.store
    }

    /// What tells of a case.
    ///
    /// # Errors
    /// Its workflow version or calendar cannot be used.
    pub(crate) async fn told(&self, case: &Case) -> Result<Told, Failure> {
        let workflow = self.engine.library.version(&case.workflow_hash).await?;
        let calendar = self.engine.library.calendar(&workflow.calendar)?;
        Ok(Told { workflow, calendar, language: self.screen.lang() })
    }

    /// The case of a reference or number, however its letters are written.
    ///
    /// # Errors
    /// There is none; the failure names one that may have been meant.
    pub(crate) async fn case(&self, reference: &str) -> Result<Case, Failure> {
        let wanted = reference.trim().to_uppercase();
        if let Some(case) = self.store().case_by_reference(&wanted).await? {
            return Ok(case);
        }
        if let Ok(id) = wanted.parse()
            && let Some(case) = self.store().case(wasl_core::case::CaseId(id)).await?
        {
            return Ok(case);
        }
        let help = self.similar(&wanted).await?.map(|near| format!("did you mean `{near}`?"));
        let failure = Failure::new(Exit::NotFound, format!("there is no case `{reference}`"));
        Err(failure.help(help.unwrap_or_else(|| "see `wasl case list`, or `wasl case list --search TEXT`".into())))
    }

    async fn similar(&self, wanted: &str) -> Result<Option<String>, Failure> {
        let start: String = wanted.chars().take(2).collect();
        if start.is_empty() {
            return Ok(None);
        }
        let filter = CaseFilter { words: sought(&start), limit: SIMILAR_MAX, ..CaseFilter::default() };
        let references: Vec<String> =
            self.store().cases(&filter).await?.iter().map(|case| case.id.reference()).collect();
        Ok(nearest(wanted, references.iter().map(String::as_str)).map(str::to_owned))
    }
}

/// The zone of the house's first calendar, for moments that belong to no case.
pub(crate) fn zone_of(environment: &Environment) -> TimeZone {
    environment.calendars.values().next().map_or(TimeZone::UTC, |calendar| calendar.zone.clone())
}

/// Calendars, sources and queues.
///
/// # Errors
/// Every mistake in them.
pub(crate) fn environment(settings: &Settings) -> Result<Environment, Failure> {
    let (environment, report) = surroundings(settings);
    if report.has_errors() {
        return Err(Failure::findings(Exit::Configuration, "calendars or sources have mistakes", report));
    }
    Ok(environment)
}

/// The parts of an engine as they are set.
///
/// # Errors
/// The secret of the links that stop messages cannot be read.
pub(crate) fn parts(
    settings: &Settings,
    store: Store,
    environment: Environment,
    outlets: BTreeMap<Channel, Vec<Outlet>>,
) -> Result<Parts, Failure> {
    Ok(Parts {
        store,
        clock: Arc::new(SystemClock),
        environment,
        house: HousePolicy { stop_links: stop_links(settings)?, pseudonyms: pseudonyms(settings)?, ..settings.house() },
        texts: settings.texts_record(),
        region: settings.region.clone(),
        outlets,
        base: ".".into(),
        options: options(settings),
        probe: Arc::new(NoProbe),
    })
}

/// Commands plan messages as the daemon does, so that they need the secret too.
fn stop_links(settings: &Settings) -> Result<Option<StopLinks>, Failure> {
    let Some(reference) = &settings.stop_secret else { return Ok(None) };
    let secret = reference.resolve(&ProcessSecrets::default()).map_err(|error| {
        let message = format!("`stop_secret` cannot be read: {error}");
        Failure::new(Exit::Configuration, message)
            .help("give it to every command that works on cases, best by `{file: PATH}`, or leave the key out")
    })?;
    Ok(settings.stop_links(secret.expose()))
}

/// What stands for erased people. Commands that open cases look for them as the daemon does.
fn pseudonyms(settings: &Settings) -> Result<Option<Pseudonyms>, Failure> {
    let Some(reference) = &settings.retention_secret else { return Ok(None) };
    let secret = reference.resolve(&ProcessSecrets::default()).map_err(|error| {
        let message = format!("`retention.secret` cannot be read: {error}");
        Failure::new(Exit::Configuration, message).help(
            "give it to every command that works on cases, best by `{file: PATH}`: whoever was erased is known by it",
        )
    })?;
    Ok(Some(Pseudonyms::new(secret.expose())))
}

/// The engine's numbers as they are set.
fn options(settings: &Settings) -> Options {
    let dispatch = &settings.dispatch;
    Options {
        case_batch: settings.scheduler.batch,
        tick: settings.scheduler.tick,
        message_batch: dispatch.batch,
        concurrency: usize::try_from(dispatch.concurrency).unwrap_or(usize::MAX),
        lease: dispatch.lease,
        attempts: dispatch.attempts,
        backoff: engine::Backoff {
            first: dispatch.backoff_first,
            factor: f64::from(dispatch.backoff_factor),
            max: dispatch.backoff_max,
        },
        on_uncertain: dispatch.on_uncertain,
        suspect_after: dispatch.suspect_after,
        reload: settings.reload,
        retention: settings.retention,
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let exit = match error {
            StoreError::NoSuchCase(_) | StoreError::NoSuchTask(_) | StoreError::NoSuchVersion { .. } => Exit::NotFound,
            _ => Exit::Database,
        };
        Self::new(exit, error.to_string())
    }
}

impl From<LibraryError> for Failure {
    fn from(error: LibraryError) -> Self {
        match error {
            LibraryError::Store(error) => error.into(),
            LibraryError::NoVersion { .. } | LibraryError::Unreadable { .. } => {
                Self::new(Exit::Database, error.to_string())
            }
            LibraryError::NoCalendar { .. } => Self::new(Exit::Configuration, error.to_string())
                .help("put its file back into the folder of calendars; running cases need it"),
        }
    }
}

impl From<EngineError> for Failure {
    fn from(error: EngineError) -> Self {
        let message = error.to_string();
        match error {
            EngineError::Store(error) => error.into(),
            EngineError::Library(error) => error.into(),
            EngineError::Intake(error) => Self::new(Exit::Configuration, error.to_string()),
            EngineError::NoWorkflow { name, known } | EngineError::NoDetection { name, known, .. } => {
                unknown(message, &name, &known)
            }
            EngineError::BadCase { problems, .. } => {
                let words = problems.iter().map(|problem| format!("`{}` {}", problem.field, problem.reason));
                Self::new(Exit::Refused, message).help(words.collect::<Vec<_>>().join("; "))
            }
            EngineError::NoCase(_) | EngineError::NoInbound(_) => Self::new(Exit::NotFound, message),
            EngineError::NoDraft(_) => Self::new(Exit::NotFound, message).help("see `wasl workflow drafts --all`"),
            EngineError::DraftRefused(DraftRefusal::Errs { report }) => Self::findings(Exit::Refused, message, *report),
            EngineError::NoMessage(_) => Self::new(Exit::NotFound, message).help("see `wasl message list`"),
            EngineError::DraftRefused(_)
            | EngineError::Busy
            | EngineError::Contended(_)
            | EngineError::NotCounted
            | EngineError::MessageStands { .. }
            | EngineError::NoPreview(_) => Self::new(Exit::Refused, message),
            EngineError::NoRetentionSecret | EngineError::OtherRetentionSecret | EngineError::LostRetentionSecret => {
                Self::new(Exit::Configuration, message).help("`retention` in config/wasl.yaml says what it is for")
            }
            EngineError::Files { source, .. } => Self::new(Exit::Configuration, format!("{message}: {source}")),
        }
    }
}

fn unknown(message: String, name: &str, known: &[String]) -> Failure {
    let help = wasl_core::diagnostic::did_you_mean(name, known.iter().map(String::as_str));
    Failure::new(Exit::NotFound, message).maybe_help(help)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_engine_s_defaults_are_those_of_the_settings() {
        assert_eq!(options(&Settings::default()), Options::default());
    }
}
