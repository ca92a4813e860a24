//! Workflow versions in use: the active one of each workflow, and every version a case stays on.
//!
//! A version is compiled once and then shared. What it refers to outside its own files, calendars
//! above all, is looked up when it is used, so that a corrected holiday holds for running cases too.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use wasl_core::calendar::Calendar;
use wasl_core::definition::{Environment, Workflow};

use crate::store::{Store, StoreError, Version};

/// Why a workflow version cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LibraryError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A case stays on a version that is not stored.
    #[error("workflow version `{hash}` is not in the database")]
    NoVersion {
        /// The version's content hash.
        hash: String,
    },
    /// A stored version cannot be read by this program.
    #[error("workflow version `{hash}` cannot be read by this program: {reason}")]
    Unreadable {
        /// The version's content hash.
        hash: String,
        /// The first finding.
        reason: String,
    },
    /// A workflow names a calendar that the configuration does not have.
    #[error("calendar `{name}` is not in the configuration")]
    NoCalendar {
        /// Its name.
        name: String,
    },
}

impl LibraryError {
    /// What is wrong, for whoever wanted something of a case.
    pub(crate) fn words(&self, language: &str) -> String {
        match self {
            Self::NoVersion { hash } if language == "ar" => format!("إصدار المسار `{hash}` ليس في قاعدة البيانات"),
            Self::Unreadable { hash, reason } if language == "ar" => {
                format!("لا يستطيع هذا البرنامج قراءة إصدار المسار `{hash}`: {reason}")
            }
            Self::NoCalendar { name } if language == "ar" => format!("التقويم `{name}` ليس في الإعدادات"),
            _ => self.to_string(),
        }
    }
}

/// The versions in use.
pub struct Library {
    store: Store,
    configured: RwLock<Configured>,
    versions: RwLock<BTreeMap<String, Arc<Workflow>>>,
    /// The active version of each workflow, as read from its files: with its detections.
    active: RwLock<BTreeMap<String, Arc<Workflow>>>,
}

/// The configuration, and its calendars to be shared: every case that moves looks at one.
struct Configured {
    environment: Arc<Environment>,
    calendars: BTreeMap<String, Arc<Calendar>>,
}

impl From<Environment> for Configured {
    fn from(environment: Environment) -> Self {
        let shared = |(name, calendar): (&String, &Calendar)| (name.clone(), Arc::new(calendar.clone()));
        Self { calendars: environment.calendars.iter().map(shared).collect(), environment: Arc::new(environment) }
    }
}

impl Library {
    /// A library over a store and the present configuration.
    pub fn new(store: Store, environment: Environment) -> Self {
        Self {
            store,
            configured: RwLock::new(environment.into()),
            versions: RwLock::default(),
            active: RwLock::default(),
        }
    }

    /// The present configuration.
    pub fn environment(&self) -> Arc<Environment> {
        Arc::clone(&self.configured.read().unwrap_or_else(PoisonError::into_inner).environment)
    }

    /// Replaces the configuration, after an edit.
    pub fn set_environment(&self, environment: Environment) {
        *self.configured.write().unwrap_or_else(PoisonError::into_inner) = environment.into();
    }

    /// A calendar of the present configuration.
    ///
    /// # Errors
    /// [`LibraryError::NoCalendar`].
    pub fn calendar(&self, name: &str) -> Result<Arc<Calendar>, LibraryError> {
        let configured = self.configured.read().unwrap_or_else(PoisonError::into_inner);
        let calendar = configured.calendars.get(name).map(Arc::clone);
        calendar.ok_or_else(|| LibraryError::NoCalendar { name: name.to_owned() })
    }

    /// The version of a hash.
    ///
    /// # Errors
    /// If it is not stored, or this program cannot read it.
    pub async fn version(&self, hash: &str) -> Result<Arc<Workflow>, LibraryError> {
        if let Some(workflow) = self.versions.read().unwrap_or_else(PoisonError::into_inner).get(hash) {
            return Ok(Arc::clone(workflow));
        }
        // One that is damaged stops the cases that stay on it, and no others.
        let unreadable =
            |error: &StoreError| LibraryError::Unreadable { hash: hash.to_owned(), reason: error.to_string() };
        let stored = self
            .store
            .version(hash)
            .await
            .map_err(|error| if error.is_unreadable() { unreadable(&error) } else { error.into() })?;
        let stored = stored.ok_or_else(|| LibraryError::NoVersion { hash: hash.to_owned() })?;
        // What people call the queues is the house's, not the version's.
        let queues = self.environment().queues.clone();
        let workflow = Arc::new(Workflow { queues, ..Self::pinned(&stored)? });
        self.keep(&workflow);
        Ok(workflow)
    }

    /// What a stored version says, without what it refers to outside its files.
    ///
    /// # Errors
    /// This program cannot read it.
    pub(crate) fn pinned(stored: &Version) -> Result<Workflow, LibraryError> {
        let (workflow, report) = Workflow::load_pinned(&stored.bundle);
        workflow.ok_or_else(|| {
            let reason = report.findings.first().map(|finding| finding.message.clone()).unwrap_or_default();
            LibraryError::Unreadable { hash: stored.hash.clone(), reason }
        })
    }

    /// The active version of a workflow, if this process has read its files.
    pub fn active(&self, name: &str) -> Option<Arc<Workflow>> {
        self.active.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    /// The active version of every workflow, in the order of names.
    pub fn all_active(&self) -> Vec<Arc<Workflow>> {
        self.active.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    /// Makes a version that was just read from files the active one of its workflow.
    pub(crate) fn set_active(&self, workflow: impl Into<Arc<Workflow>>) {
        let workflow = workflow.into();
        self.keep(&workflow);
        let mut active = self.active.write().unwrap_or_else(PoisonError::into_inner);
        active.insert(workflow.name.to_string(), workflow);
    }

    fn keep(&self, workflow: &Arc<Workflow>) {
        let mut versions = self.versions.write().unwrap_or_else(PoisonError::into_inner);
        versions.insert(workflow.hash.to_string(), Arc::clone(workflow));
    }
}
