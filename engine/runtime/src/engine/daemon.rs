//! The daemon's loops: moving cases, sending, detecting by schedule, looking at files. Each goes on
//! by itself when what stopped it ends, and says what is wrong meanwhile.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio_util::sync::CancellationToken;
use wasl_core::definition::Environment;
use wasl_core::webhook::Poster;

use super::Engine;
use super::moves::AHEAD;
use crate::store::Webhook;

/// How long a loop rests after an error before it tries again.
const REST_AFTER_ERROR: Duration = Duration::from_secs(5);
/// A loop that broke off and has gone on for so long since is well.
const WELL_AFTER: Duration = Duration::from_mins(10);

/// After a signal so long is waited for more of the same: a burst of receipts moves its cases in a few
/// transactions, and nobody notices the moment.
const GATHER: Duration = Duration::from_millis(10);

/// Where something is due already, so long is rested: what cannot be moved must not keep a processor busy.
const SHORTEST_REST: SignedDuration = SignedDuration::from_millis(1);

/// How often what has happened is counted for the reports.
const COUNTED_EVERY: SignedDuration = SignedDuration::from_secs(5);

/// How often counts that take long are looked at.
const RECOUNT_EVERY: SignedDuration = SignedDuration::from_secs(1);

/// How often cases are looked for that have been kept long enough.
const ERASED_EVERY: SignedDuration = SignedDuration::from_mins(10);
/// How often is looked whether nobody writes.
const FOLD_EVERY: SignedDuration = SignedDuration::from_secs(1);

/// How often what is too old to be told is looked for.
const FORGET_EVERY: SignedDuration = SignedDuration::from_hours(1);

/// What the daemon looks after besides the store.
pub struct Running {
    /// The folder of workflow files.
    pub workflows: PathBuf,
    /// Reads calendars, sources and queues again; the text says what is wrong with them.
    pub environment: Box<dyn Fn() -> Result<Environment, String> + Send + Sync>,
    /// Carries notices to other systems; without one nobody is told.
    pub poster: Option<Arc<dyn Poster>>,
    /// Until this, somebody else runs the detections that are due, and tells of them; without it nobody does.
    pub begun: Option<CancellationToken>,
}

/// One of the daemon's loops.
pub(crate) type Loop = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What is wrong at the moment, and when the engine last looked for work.
#[derive(Debug, Default)]
pub(super) struct Health {
    troubles: Mutex<BTreeMap<String, String>>,
    last_tick: Mutex<Option<Timestamp>>,
}

impl Health {
    /// Something does not work. Said in the log once, until it changes or is cured.
    pub(super) fn trouble(&self, what: &str, why: impl Display) {
        let why = why.to_string();
        let mut troubles = self.troubles.lock().unwrap_or_else(PoisonError::into_inner);
        if troubles.get(what) != Some(&why) {
            tracing::error!(part = what, reason = why, "does not work; tried again by itself");
            troubles.insert(what.to_owned(), why);
        }
    }

    /// It works again.
    pub(super) fn cure(&self, what: &str) {
        let mut troubles = self.troubles.lock().unwrap_or_else(PoisonError::into_inner);
        if troubles.remove(what).is_some() {
            tracing::info!(part = what, "works again");
        }
    }

    /// Of the parts whose names begin so, exactly these do not work.
    fn only(&self, begin: &str, wrong: BTreeMap<String, String>) {
        let parts: Vec<String> = {
            let troubles = self.troubles.lock().unwrap_or_else(PoisonError::into_inner);
            troubles.keys().filter(|part| part.starts_with(begin)).cloned().collect()
        };
        for part in parts.iter().filter(|part| !wrong.contains_key(&part[begin.len()..])) {
            self.cure(part);
        }
        for (part, why) in wrong {
            self.trouble(&format!("{begin}{part}"), why);
        }
    }

    /// Due cases were looked for.
    pub(super) fn ticked(&self, now: Timestamp) {
        *self.last_tick.lock().unwrap_or_else(PoisonError::into_inner) = Some(now);
    }
}

impl Engine {
    /// What does not work at the moment, by part: `sms`, `scheduler`, `workflow account-transfer`.
    pub fn troubles(&self) -> BTreeMap<String, String> {
        self.health.troubles.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// When the daemon last looked for due cases.
    pub fn last_tick(&self) -> Option<Timestamp> {
        *self.health.last_tick.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs the daemon until `stop` is cancelled, then finishes what is in flight.
    pub async fn run(self: Arc<Self>, running: Running, stop: CancellationToken) {
        let running = Arc::new(running);
        let (mut loops, mut names) = (tokio::task::JoinSet::new(), BTreeMap::new());
        let all = || Arc::clone(&self).loops(&running, &stop);
        for (name, one) in all() {
            names.insert(loops.spawn(one).id(), name);
        }
        while let Some(ended) = loops.join_next_with_id().await {
            let Err(error) = ended else { continue };
            let Some(name) = names.remove(&error.id()) else { continue };
            let part = format!("loop {name}");
            self.health
                .trouble(&part, "it broke off by a fault of this program, which the log tells, and is begun again");
            // The others are not begun: a future that nobody waits for does nothing.
            if let Some((_, one)) = all().into_iter().find(|(known, _)| *known == name) {
                let begun_again = Arc::clone(&self).begun_again(part, one, stop.clone());
                names.insert(loops.spawn(begun_again).id(), name);
            }
        }
    }

    /// A loop that broke off, a moment later. When it has gone on for long enough it is well again.
    async fn begun_again(self: Arc<Self>, part: String, mut one: Loop, stop: CancellationToken) {
        tokio::select! {
            () = self.clock.sleep(REST_AFTER_ERROR) => {}
            () = stop.cancelled() => return,
        }
        tokio::select! {
            () = &mut one => return,
            () = self.clock.sleep(WELL_AFTER) => self.health.cure(&part),
        }
        one.await;
    }

    /// The daemon's loops by name, each of which ends soon after `stop` is cancelled.
    pub(crate) fn loops(
        self: Arc<Self>,
        running: &Arc<Running>,
        stop: &CancellationToken,
    ) -> Vec<(&'static str, Loop)> {
        let mut loops: Vec<(&'static str, Loop)> = vec![
            ("cases", Box::pin(Arc::clone(&self).move_cases(stop.clone()))),
            ("answers", Box::pin(Arc::clone(&self).bring_answers(stop.clone()))),
            ("messages", Box::pin(Arc::clone(&self).send_messages(stop.clone()))),
            ("detections", Box::pin(Arc::clone(&self).detect_by_schedule(Arc::clone(running), stop.clone()))),
            ("returned mail", Box::pin(Arc::clone(&self).read_returned_mail(stop.clone()))),
            ("other processes", Box::pin(Arc::clone(&self).hear_others(stop.clone()))),
            ("reports", Box::pin(Arc::clone(&self).keep_counts(stop.clone()))),
            ("counts", Box::pin(Arc::clone(&self).renew_counts(stop.clone()))),
            ("write-ahead log", Box::pin(Arc::clone(&self).fold_log(stop.clone()))),
        ];
        if self.options.retention.is_set() {
            loops.push(("retention", Box::pin(Arc::clone(&self).keep_to_retention(stop.clone()))));
        }
        if let Some(poster) = &running.poster {
            loops.push(("webhooks", Box::pin(Arc::clone(&self).tell_others(Arc::clone(poster), stop.clone()))));
        }
        loops.push(("files", Box::pin(self.look_at_files(Arc::clone(running), stop.clone()))));
        loops
    }

    async fn move_cases(self: Arc<Self>, stop: CancellationToken) {
        let mut shortest = SHORTEST_REST;
        loop {
            let next = self.store.next_wake().await.ok().flatten();
            if !self.rest(self.until_due(next, shortest), &stop).await {
                return;
            }
            let moved = self.tick_at(self.soon(next)).await;
            // What is due and cannot be moved is in the hands of another daemon, which needs the database more.
            shortest = if matches!(moved, Ok(0)) { (shortest * 2).min(self.options.tick) } else { SHORTEST_REST };
            match moved {
                Ok(0) => self.health.cure("scheduler"),
                Ok(moved) => {
                    self.health.cure("scheduler");
                    tracing::info!(moved, "moved cases");
                    self.wake();
                }
                Err(error) => self.stumble("scheduler", &error, &stop).await,
            }
        }
    }

    /// How long to rest where the next case is due then, as far as is known: until shortly before, and a tick at the most, for what
    /// others write; and so long if something is due already.
    fn until_due(&self, next: Option<Timestamp>, shortest: SignedDuration) -> SignedDuration {
        let wait = next.map_or(self.options.tick, |at| self.clock.until(at));
        let wait = if wait.is_positive() { (wait - AHEAD).max(SignedDuration::ZERO) } else { shortest };
        wait.min(self.options.tick.max(SHORTEST_REST))
    }

    /// The moment at which the next case is due, if it is worth waiting for with everything decided; otherwise now.
    fn soon(&self, next: Option<Timestamp>) -> Timestamp {
        next.filter(|at| self.clock.until(*at) <= AHEAD).unwrap_or_else(|| self.now())
    }

    async fn bring_answers(self: Arc<Self>, stop: CancellationToken) {
        while self.rest_quietly(self.options.tick, &stop).await {
            match self.submit_answers().await {
                Ok(_) => self.health.cure("answers"),
                Err(error) => self.stumble("answers", &error, &stop).await,
            }
        }
    }

    async fn send_messages(self: Arc<Self>, stop: CancellationToken) {
        while self.rest(self.options.tick, &stop).await {
            match self.dispatch_until(&stop).await {
                Ok(dispatched) => {
                    self.health.cure("dispatcher");
                    if dispatched != super::Dispatched::default() {
                        let super::Dispatched { accepted, waiting, given_up, uncertain, unconfirmed } = dispatched;
                        tracing::info!(accepted, waiting, given_up, uncertain, unconfirmed, "looked at the outbox");
                    }
                }
                Err(error) => self.stumble("dispatcher", &error, &stop).await,
            }
        }
    }

    /// Nobody who looks at a page waits for a count over very many rows.
    async fn renew_counts(self: Arc<Self>, stop: CancellationToken) {
        while self.rest_quietly(RECOUNT_EVERY, &stop).await {
            match self.store.renew_counts(self.now()).await {
                Ok(()) => self.health.cure("counts"),
                Err(error) => self.stumble("counts", &error.into(), &stop).await,
            }
        }
    }

    /// While nobody writes, the log is folded into the file, so that those who write later need not.
    async fn fold_log(self: Arc<Self>, stop: CancellationToken) {
        while self.rest_quietly(FOLD_EVERY, &stop).await {
            match self.store.fold_log().await {
                Ok(Some(_)) => self.health.cure("write-ahead log"),
                Ok(None) => return,
                Err(error) => self.stumble("write-ahead log", &error.into(), &stop).await,
            }
        }
    }

    async fn read_returned_mail(self: Arc<Self>, stop: CancellationToken) {
        while self.rest_quietly(self.options.reload, &stop).await {
            match self.read_maildrops().await {
                Ok(_) => self.health.cure("returned mail"),
                Err(error) => self.stumble("returned mail", &error, &stop).await,
            }
        }
    }

    async fn keep_counts(self: Arc<Self>, stop: CancellationToken) {
        while self.rest_quietly(COUNTED_EVERY, &stop).await {
            match self.count_for_reports(&stop).await {
                Ok(_) => self.health.cure("reports"),
                Err(error) => self.stumble("reports", &error, &stop).await,
            }
        }
    }

    async fn keep_to_retention(self: Arc<Self>, stop: CancellationToken) {
        while self.rest_quietly(ERASED_EVERY, &stop).await {
            match self.erase_due(&stop, &|_| ()).await {
                Ok(erased) if erased.failed > 0 => {
                    let why = format!(
                        "{} cases that are due could not be erased; `wasl retention run` names them",
                        erased.failed
                    );
                    self.health.trouble("retention", why);
                }
                Ok(_) => self.health.cure("retention"),
                Err(error) => self.stumble("retention", &error, &stop).await,
            }
        }
    }

    async fn detect_by_schedule(self: Arc<Self>, running: Arc<Running>, stop: CancellationToken) {
        if let Some(begun) = &running.begun {
            tokio::select! {
                () = begun.cancelled() => {}
                () = stop.cancelled() => return,
            }
        }
        while self.rest(self.options.tick, &stop).await {
            match self.due_detections().await {
                Ok(due) => {
                    for (workflow, detection) in due {
                        self.detect_one(&workflow, &detection, &stop).await;
                    }
                }
                Err(error) => self.stumble("detection", &error, &stop).await,
            }
        }
    }

    async fn detect_one(&self, workflow: &str, detection: &str, stop: &CancellationToken) {
        let part = format!("detection {workflow}/{detection}");
        // A long feed stops between two batches and goes on after the next start.
        let run = Box::pin(async {
            tokio::select! {
                ran = self.detect(workflow, Some(detection), false, &|_| ()) => Some(ran),
                () = stop.cancelled() => None,
            }
        });
        let ran = match self.alone(workflow, detection, run).await {
            // Another process runs it, or it is time to stop.
            Ok(None | Some(None)) => return,
            Ok(Some(Some(ran))) => ran,
            Err(error) => Err(error),
        };
        match ran {
            Ok(summaries) => {
                self.health.cure(&part);
                for summary in summaries {
                    let opened = summary.opened;
                    tracing::info!(detection = part, opened, rejected = summary.rejected, "detection ran");
                }
            }
            Err(error) => self.stumble(&part, &error, stop).await,
        }
    }

    /// Other processes on the same database say when they have made something due.
    async fn hear_others(self: Arc<Self>, stop: CancellationToken) {
        const PART: &str = "signals of other processes";
        while !stop.is_cancelled() {
            let mut signals = match self.store.listen().await {
                Ok(Some(signals)) => signals,
                Ok(None) => return,
                Err(error) => {
                    self.stumble(PART, &error.into(), &stop).await;
                    continue;
                }
            };
            self.health.cure(PART);
            let failed = loop {
                tokio::select! {
                    heard = signals.next() => match heard {
                        Ok(()) => self.wake(),
                        Err(error) => break error,
                    },
                    () = stop.cancelled() => return,
                }
            };
            self.stumble(PART, &failed.into(), &stop).await;
        }
    }

    /// Each other system is told by a task of its own, so that a slow one keeps no other waiting.
    async fn tell_others(self: Arc<Self>, poster: Arc<dyn Poster>, stop: CancellationToken) {
        let mut lines: BTreeMap<i64, tokio::task::JoinHandle<()>> = BTreeMap::new();
        let mut forget_at = self.now();
        while self.rest(self.options.tick, &stop).await {
            lines.retain(|_, line| !line.is_finished());
            match self.webhooks_to_tell(&mut forget_at).await {
                Ok(due) => {
                    self.health.cure("webhooks");
                    for webhook in due {
                        let line = Arc::clone(&self).tell_one(webhook.clone(), Arc::clone(&poster), stop.clone());
                        lines.entry(webhook.id).or_insert_with(|| tokio::spawn(line));
                    }
                }
                Err(error) => self.stumble("webhooks", &error, &stop).await,
            }
        }
        // What is being told is told to its end: else it would be told twice.
        for (_, line) in lines {
            line.await.ok();
        }
    }

    async fn tell_one(self: Arc<Self>, webhook: Webhook, poster: Arc<dyn Poster>, stop: CancellationToken) {
        if let Err(error) = self.deliver_to(&webhook, poster.as_ref(), &stop).await {
            self.stumble("webhooks", &error, &stop).await;
        }
    }

    async fn webhooks_to_tell(&self, forget_at: &mut Timestamp) -> Result<Vec<Webhook>, super::EngineError> {
        if *forget_at <= self.now() && self.forget_old_deliveries().await? == 0 {
            *forget_at = self.now().saturating_add(FORGET_EVERY).unwrap_or(*forget_at);
        }
        let (due, wrong) = self.due_webhooks().await?;
        self.health.only("webhook ", wrong);
        Ok(due)
    }

    async fn look_at_files(self: Arc<Self>, running: Arc<Running>, stop: CancellationToken) {
        while self.rest_quietly(self.options.reload, &stop).await {
            match (running.environment)() {
                Ok(environment) => {
                    self.health.cure("configuration");
                    self.library.set_environment(environment);
                }
                Err(findings) => self.health.trouble("configuration", findings),
            }
            // Where nothing is due nothing else would find it out.
            match self.store.may_write().await {
                Ok(()) => self.health.cure("database"),
                Err(error) => self.stumble("database", &error.into(), &stop).await,
            }
            match self.apply_calendars().await {
                Ok(changed) if changed.is_empty() => {}
                Ok(changed) => {
                    tracing::info!(calendars = changed.join(", "), "calendar changed; due times counted again");
                }
                Err(error) => self.stumble("calendars", &error, &stop).await,
            }
            match self.load_workflows(&running.workflows, "files").await {
                Ok(loaded) => self.report_loaded(&loaded),
                Err(error) => self.stumble("workflows", &error, &stop).await,
            }
        }
    }

    /// Says in the log and on the health page what loading workflow files came to.
    pub fn report_loaded(&self, loaded: &super::Loaded) {
        self.health.cure("workflows");
        for activated in &loaded.activated {
            let (hash, staying) = (short(&activated.hash), activated.staying);
            tracing::info!(
                workflow = activated.workflow,
                version = hash,
                staying,
                "new version active; running cases stay on theirs"
            );
        }
        for name in loaded.unchanged.iter().chain(loaded.activated.iter().map(|activated| &activated.workflow)) {
            self.health.cure(&format!("workflow {name}"));
        }
        for (name, report) in &loaded.refused {
            let first = report.findings.first().map_or("", |finding| finding.message.as_str());
            let findings = match report.findings.len() {
                1 => "1 finding".to_owned(),
                several => format!("{several} findings"),
            };
            let words = format!("its files have {findings} and are not used; the last good version goes on: {first}");
            self.health.trouble(&format!("workflow {name}"), words);
        }
    }

    async fn stumble(&self, part: &str, error: &super::EngineError, stop: &CancellationToken) {
        self.health.trouble(part, chain(error));
        tokio::select! {
            () = self.clock.sleep(REST_AFTER_ERROR) => {}
            () = stop.cancelled() => {}
        }
    }

    /// Waits for a signal that something is due, or the time; false when it is time to stop.
    async fn rest(&self, at_most: SignedDuration, stop: &CancellationToken) -> bool {
        tokio::select! {
            biased;
            () = stop.cancelled() => false,
            () = self.wake.notified() => {
                self.clock.sleep(GATHER).await;
                true
            }
            () = self.clock.sleep(at_most.unsigned_abs()) => true,
        }
    }

    async fn rest_quietly(&self, time: SignedDuration, stop: &CancellationToken) -> bool {
        tokio::select! {
            biased;
            () = stop.cancelled() => false,
            () = self.clock.sleep(time.unsigned_abs()) => true,
        }
    }
}

/// The first digits of a version, as people compare them.
fn short(hash: &str) -> &str {
    hash.get(..12).unwrap_or(hash)
}

/// An error with its causes, on one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests;
