//! Moves cases and sends what they plan.
//!
//! The straight line: due cases are claimed, the core's step decides, one commit records; messages
//! leave only from what was committed. Everything that happens to a case comes in as an event.

mod answers;
mod calendars;
mod calls;
mod daemon;
mod detect;
mod drafts;
mod flow;
mod gateways;
mod holds;
mod inbound;
mod leased;
mod moves;
mod open;
mod options;
mod outlet;
mod policy;
mod probe;
mod prospects;
mod receipts;
mod recover;
mod report;
mod retention;
mod returned;
mod send;
mod stop;
mod submit;
mod webhooks;
mod wishes;
mod workflows;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use tokio::sync::Notify;
use wasl_core::calendar::Calendar;
use wasl_core::case::{Case, EffectId};
use wasl_core::definition::{Environment, Workflow};
use wasl_core::delivery::Channel;
use wasl_core::explain::{Explanation, explain};
use wasl_core::policy::{Facts, HousePolicy};
use wasl_core::step::Context;
use wasl_core::value::Record;

use crate::clock::Clock;
use crate::intake::IntakeError;
use crate::library::{Library, LibraryError};
use crate::store::{GatewayNote, MessageStatus, Store, StoreError};

pub use answers::{ANSWERED_MEANWHILE, ANSWERED_OTHERWISE, CLAIM, CallAnswer, MOVED_ON, TAKE_BACK};
pub use calls::NextCall;
pub use daemon::Running;
pub use detect::Progress;
pub use drafts::{Approved, DRAFT_BYTES_MAX, DraftRefusal, is_file_of};
pub use open::Opened;
pub use options::{Backoff, Options};
pub use outlet::{BreakerLimits, Gate, Outlet, Rate};
pub use policy::{OptOut, Reversed};
pub use probe::{NoProbe, Probe, Station};
pub use receipts::ReceiptError;
pub use report::{AGES, Now, Practice, REPORT_MONTHS_MAX};
pub use retention::{ErasedCases, LastErasure, Outlook};
pub use returned::ReturnedTaken;
pub use send::Dispatched;
pub use stop::StopLink;
pub use submit::Submitted;
pub use webhooks::DELIVERIES_KEPT;
pub use wishes::Wish;
pub use workflows::{Activated, Loaded, fragment_names, read_bundle, read_bundles};

/// What the engine is made of.
pub struct Parts {
    /// Where it remembers.
    pub store: Store,
    /// What tells the time.
    pub clock: Arc<dyn Clock>,
    /// Calendars, sources, queues and names of house texts.
    pub environment: Environment,
    /// The house's caps.
    pub house: HousePolicy,
    /// The house's texts that templates may use.
    pub texts: Record,
    /// ISO country whose phone numbers are written without a country code.
    pub region: String,
    /// The gateways of each channel: the first, and those that stand in for it, in their order.
    pub outlets: BTreeMap<Channel, Vec<Outlet>>,
    /// The folder that the sources' paths are relative to.
    pub base: PathBuf,
    /// Numbers that operators may set.
    pub options: Options,
    /// Told at each station of the line; tests die there.
    pub probe: Arc<dyn Probe>,
}

/// The engine. Shared by the daemon's loops, the commands and the HTTP server.
pub struct Engine {
    /// Where it remembers.
    pub store: Store,
    /// Workflow versions in use.
    pub library: Library,
    clock: Arc<dyn Clock>,
    house: HousePolicy,
    texts: Record,
    region: String,
    outlets: outlet::Outlets,
    base: PathBuf,
    options: Options,
    probe: Arc<dyn Probe>,
    /// Tells the daemon's loops that something new may be due.
    wake: Notify,
    receipts: receipts::Desk,
    health: daemon::Health,
    submitting: submit::Desk,
    /// How the gateways stood when that was last kept for others to read.
    noted_gateways: Mutex<Option<Vec<GatewayNote>>>,
    /// The versions of the workflow files when they were looked at last.
    files: Mutex<BTreeMap<String, String>>,
}

/// Why the engine could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A workflow version or calendar cannot be used.
    #[error(transparent)]
    Library(#[from] LibraryError),
    /// A detection failed as a whole.
    #[error(transparent)]
    Intake(#[from] IntakeError),
    /// No workflow of that name is active.
    #[error("no workflow `{name}` is active")]
    NoWorkflow {
        /// The name asked for.
        name: String,
        /// The names that there are.
        known: Vec<String>,
    },
    /// The workflow has no such detection.
    #[error("workflow `{workflow}` has no detection `{name}`")]
    NoDetection {
        /// The workflow.
        workflow: String,
        /// The name asked for.
        name: String,
        /// The names that there are.
        known: Vec<String>,
    },
    /// A case cannot be opened with these values.
    #[error("a case of `{workflow}` cannot be opened with these values")]
    BadCase {
        /// The workflow.
        workflow: String,
        /// Every reason.
        problems: Vec<wasl_core::schema::Problem>,
    },
    /// There is no such draft.
    #[error("there is no draft {0}")]
    NoDraft(i64),
    /// A draft was not changed.
    #[error(transparent)]
    DraftRefused(#[from] DraftRefusal),
    /// There is no such message to us.
    #[error("there is no message {0} to us")]
    NoInbound(i64),
    /// There is no such case.
    #[error("there is no case {0}")]
    NoCase(wasl_core::case::CaseId),
    /// There is no such message.
    #[error("there is no message `{0}`")]
    NoMessage(EffectId),
    /// Something is wanted of a message that cannot be as it stands.
    #[error("message `{id}` is {}: {why}", .status.as_str())]
    MessageStands {
        /// The message.
        id: EffectId,
        /// Where it stands.
        status: MessageStatus,
        /// Why it cannot be, and what to do instead.
        why: &'static str,
    },
    /// A text cannot be tried out with a case.
    #[error("{0}")]
    NoPreview(String),
    /// A case kept changing while it was to be moved.
    #[error("case {0} kept changing; try again")]
    Contended(wasl_core::case::CaseId),
    /// More is told at once than can be taken; nothing of it was stored.
    #[error(
        "more is told at once than can be taken, and this was not stored; send it again in a second, under the same id"
    )]
    Busy,
    /// People cannot be erased without what stands for them.
    #[error("people are not erased without `retention.secret`: they could come again unknown")]
    NoRetentionSecret,
    /// Other pseudonyms would be made than those that there are.
    #[error(
        "`retention.secret` is another one than that under which cases were erased: whoever is erased would come again \
         unknown; put the earlier one back"
    )]
    OtherRetentionSecret,
    /// Pseudonyms cannot be made any more.
    #[error(
        "cases were erased under a `retention.secret`, and none is set: whoever is erased would come again unknown, and \
         numbers of the dead would be contacted; put it back"
    )]
    LostRetentionSecret,
    /// What a case counts would be lost with its days.
    #[error("cases are still being counted for the reports, and nobody is erased before that; try again in a minute")]
    NotCounted,
    /// A folder of workflows cannot be read.
    #[error("cannot read `{path}`")]
    Files {
        /// The path.
        path: std::path::PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

impl Engine {
    /// An engine of these parts. Nothing runs until it is told to.
    pub fn new(parts: Parts) -> Arc<Self> {
        Arc::new(Self {
            library: Library::new(parts.store.clone(), parts.environment),
            store: parts.store.knowing(parts.house.pseudonyms.clone()),
            clock: parts.clock,
            house: parts.house,
            texts: parts.texts,
            region: parts.region,
            outlets: outlet::Outlets::new(parts.outlets, &parts.options),
            base: parts.base,
            options: parts.options,
            probe: parts.probe,
            wake: Notify::new(),
            receipts: receipts::Desk::default(),
            health: daemon::Health::default(),
            submitting: submit::Desk::default(),
            noted_gateways: Mutex::default(),
            files: Mutex::default(),
        })
    }

    /// The present instant.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Tells the daemon's loops that something new may be due.
    pub fn wake(&self) {
        self.wake.notify_waiters();
    }

    /// Why a case stands where it stands, and what each thing that may happen would do.
    ///
    /// # Errors
    /// The case's workflow version or calendar cannot be used.
    pub async fn explain(&self, case: &Case, language: &str) -> Result<Explanation, EngineError> {
        let (workflow, calendar, facts) = self.surroundings(case).await?;
        Ok(explain(&workflow, case, &self.context(&calendar, &facts), language))
    }

    pub(super) async fn surroundings(&self, case: &Case) -> Result<(Arc<Workflow>, Arc<Calendar>, Facts), EngineError> {
        let workflow = self.library.version(&case.workflow_hash).await?;
        let calendar = self.library.calendar(&workflow.calendar)?;
        let facts = self.facts_about(case).await?;
        Ok((workflow, calendar, facts))
    }

    /// What the people of a case got from any case, and who of them may not be contacted.
    pub(super) async fn facts_about(&self, case: &Case) -> Result<Facts, EngineError> {
        let known = self.known_contacts(std::iter::once(case)).await?;
        known.facts_of(case.id).ok_or(EngineError::NoCase(case.id))
    }

    fn context<'a>(&'a self, calendar: &'a Calendar, facts: &'a Facts) -> Context<'a> {
        Context { now: self.now(), calendar, house: &self.house, texts: &self.texts, facts, region: &self.region }
    }
}
