//! What administrators do about the systems that are told of cases. One set of rules for the command line, the API and
//! the pages; each change is traced with it.

mod refused;

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use wasl_core::definition::Workflow;
use wasl_core::value::Type;
use wasl_core::webhook::{Topic, Wanted};
use wasl_notifiers::{check_target, secret_of};
use wasl_runtime::store::{NewAudit, NewWebhook, Webhook};

use crate::access::{Token, trace};
use crate::session::Session;

pub(crate) use refused::NotDone;

/// Systems that may be told at the most: each is looked at whenever a case moves.
const WEBHOOKS_MAX: u64 = 50;
/// Letters of the longest name.
const NAME_LETTERS_MAX: usize = 64;

/// Somebody's hand on the webhooks of the house.
pub(crate) struct Webhooks<'s> {
    session: &'s Session,
    by: String,
    now: Timestamp,
}

/// What is asked for a new one, as it was written.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asked {
    /// What it is to be called.
    pub(crate) name: String,
    /// Where it is told.
    pub(crate) url: String,
    /// The names of topics; all of them if none is given.
    pub(crate) topics: Vec<String>,
    /// The names of workflows; all of them if none is given.
    pub(crate) workflows: Vec<String>,
    /// The names of fields that go along.
    pub(crate) fields: Vec<String>,
}

impl<'s> Webhooks<'s> {
    /// The hand of `by`, as the trace names them.
    pub(crate) fn of(session: &'s Session, by: impl Into<String>) -> Self {
        Self { session, by: by.into(), now: session.engine.now() }
    }

    /// Adds one. Its secret is in the answer and never shown again.
    ///
    /// # Errors
    /// The name is none or taken, the address is not allowed, or there is no such topic, workflow or field.
    pub(crate) async fn add(&self, asked: &Asked) -> Result<NewWebhook, NotDone> {
        let name = plain(&asked.name)?;
        let url = asked.url.trim().to_owned();
        check_target(&url, self.session.settings.webhooks_to_this_machine).map_err(NotDone::BadUrl)?;
        let wanted = self.wanted(asked).await?;
        if self.session.store().count_webhooks().await? >= WEBHOOKS_MAX {
            return Err(NotDone::TooMany(WEBHOOKS_MAX));
        }
        let secret = secret_of(Token::draw()?.reveal().as_bytes());
        let new = NewWebhook { name, url, secret, wanted };
        if !self.session.store().add_webhook(&new, self.trace("webhook.add", &new.name)).await? {
            return Err(NotDone::Taken(new.name));
        }
        Ok(new)
    }

    async fn wanted(&self, asked: &Asked) -> Result<Wanted, NotDone> {
        let topic = |name: &String| Topic::parse(name).ok_or_else(|| NotDone::NoTopic(name.clone()));
        let mut topics = asked.topics.iter().map(topic).collect::<Result<BTreeSet<_>, _>>()?;
        if topics.is_empty() {
            topics.extend(Topic::ALL);
        }
        let active = self.active().await?;
        let workflows = trimmed(&asked.workflows);
        if let Some(none) = workflows.iter().find(|name| !active.iter().any(|workflow| workflow.name == **name)) {
            return Err(NotDone::NoWorkflow(none.clone()));
        }
        let told =
            |workflow: &&Arc<Workflow>| workflows.is_empty() || workflows.iter().any(|name| workflow.name == *name);
        let known = |name: &String| active.iter().filter(told).any(|workflow| may_go_along(workflow, name));
        let fields = trimmed(&asked.fields);
        match fields.iter().find(|field| !known(field)) {
            Some(none) => Err(NotDone::NoField(none.clone())),
            None => Ok(Wanted { topics, workflows, fields }),
        }
    }

    /// The active version of every workflow.
    ///
    /// # Errors
    /// The database failed.
    pub(crate) async fn active(&self) -> Result<Vec<Arc<Workflow>>, NotDone> {
        let versions = self.session.store().versions().await?;
        let names: BTreeSet<String> = versions.into_iter().map(|version| version.workflow).collect();
        let mut active = Vec::new();
        for name in names {
            active.extend(self.session.engine.active_workflow(&name).await.ok());
        }
        Ok(active)
    }

    /// One of a name.
    ///
    /// # Errors
    /// There is none.
    pub(crate) async fn known(&self, name: &str) -> Result<Webhook, NotDone> {
        let found = self.session.store().webhook(&name.trim().to_lowercase()).await?;
        found.ok_or_else(|| NotDone::NoWebhook(name.to_owned()))
    }

    /// Tells one nothing more until it is started; what happens meanwhile waits.
    ///
    /// # Errors
    /// There is none of that name.
    pub(crate) async fn stop(&self, name: &str) -> Result<Webhook, NotDone> {
        let webhook = self.known(name).await?;
        self.session.store().stop_webhook(webhook.id, None, self.trace("webhook.stop", &webhook.name)).await?;
        self.known(name).await
    }

    /// Tells one again, beginning with what waits.
    ///
    /// # Errors
    /// There is none of that name.
    pub(crate) async fn start(&self, name: &str) -> Result<Webhook, NotDone> {
        let webhook = self.known(name).await?;
        self.session.store().start_webhook(webhook.id, self.trace("webhook.start", &webhook.name)).await?;
        self.session.engine.wake();
        self.known(name).await
    }

    /// Takes one away with its log and what waits for it.
    ///
    /// # Errors
    /// There is none of that name.
    pub(crate) async fn remove(&self, name: &str) -> Result<(), NotDone> {
        let webhook = self.known(name).await?;
        Ok(self.session.store().remove_webhook(webhook.id, self.trace("webhook.remove", &webhook.name)).await?)
    }

    /// Has something told once more, under its id.
    ///
    /// # Errors
    /// There is no such webhook or delivery.
    pub(crate) async fn redeliver(&self, name: &str, delivery: i64) -> Result<(), NotDone> {
        let webhook = self.known(name).await?;
        let trace = self.trace("webhook.redeliver", &format!("{}/{delivery}", webhook.name));
        if !self.session.store().redeliver((webhook.id, delivery), trace).await? {
            return Err(NotDone::NoDelivery(delivery));
        }
        self.session.engine.wake();
        Ok(())
    }

    /// Leaves something out that the other system does not take.
    ///
    /// # Errors
    /// There is no such webhook, or no such delivery waits.
    pub(crate) async fn skip(&self, name: &str, delivery: i64) -> Result<(), NotDone> {
        let webhook = self.known(name).await?;
        let trace = self.trace("webhook.skip", &format!("{}/{delivery}", webhook.name));
        if !self.session.store().skip_delivery((webhook.id, delivery), trace).await? {
            return Err(NotDone::NoDelivery(delivery));
        }
        self.session.engine.wake();
        Ok(())
    }

    fn trace(&self, act: &str, on: &str) -> NewAudit {
        trace(self.now, &self.by, act, Some(format!("webhook:{on}")))
    }
}

/// Whether cases of a workflow have a field of one value. Whom we speak to has many parts: it goes nowhere as a whole.
fn may_go_along(workflow: &Workflow, name: &str) -> bool {
    let field = workflow.case.fields.get(name);
    field.is_some_and(|field| !matches!(field.ty, Type::List(_) | Type::Record(_)))
}

fn trimmed(names: &[String]) -> BTreeSet<String> {
    names.iter().map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect()
}

/// A name, in its one spelling.
fn plain(name: &str) -> Result<String, NotDone> {
    let small = name.trim().to_lowercase();
    let plain = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || "._-".contains(letter);
    if small.is_empty() || small.len() > NAME_LETTERS_MAX || !small.chars().all(plain) {
        return Err(NotDone::BadName(name.to_owned()));
    }
    Ok(small)
}
