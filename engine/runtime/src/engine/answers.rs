//! What agents say came of a call: judged before it is given, kept while it can be taken back, and brought to its
//! case as an event like any other.

use jiff::SignedDuration;
use wasl_core::calendar::Calendar;
use wasl_core::case::{Case, EffectId};
use wasl_core::event::{Body, Disposition, by_agent};
use wasl_core::explain::{if_answered, would_answer};
use wasl_core::lang::Texts;
use wasl_core::schema::{Reading, legible};
use wasl_core::value::Record;

use super::{Engine, EngineError, Submitted};
use crate::store::{HeldAnswer, NewEvent};

/// How long a claimed task is nobody else's: a long call with its notes, and not an afternoon.
pub const CLAIM: SignedDuration = SignedDuration::from_mins(30);
/// How long an answer can be taken back: enough to see that the wrong key was pressed.
pub const TAKE_BACK: SignedDuration = SignedDuration::from_secs(10);
/// A task stays its agent's while its answer is held, and so much longer: should the daemon rest just then, nobody
/// rings the family a second time.
const STILL_THEIRS: SignedDuration = SignedDuration::from_mins(30);
/// Who gives the ids of answers: a task has one.
const SOURCE: &str = "task";
/// How often the answer to one task may be refused before somebody has to look at it.
const REFUSALS_MAX: u32 = 100;
/// Held answers that are brought to their cases in one look.
const BATCH: u32 = 100;

/// What an agent says came of a call.
#[derive(Clone, Debug, PartialEq)]
pub struct CallAnswer {
    /// The task.
    pub task: EffectId,
    /// The agent's name.
    pub agent: String,
    /// What came of the call.
    pub outcome: String,
    /// What the outcome asks for.
    pub answers: Record,
    /// What else was noted.
    pub note: Option<String>,
}

impl From<HeldAnswer> for CallAnswer {
    fn from(held: HeldAnswer) -> Self {
        let HeldAnswer { task, agent, outcome, answers, note, .. } = held;
        Self { task, agent, outcome, answers, note }
    }
}

impl CallAnswer {
    fn body(&self) -> Body {
        let Self { task, outcome, answers, note, .. } = self.clone();
        let note = note.map(|note| legible(&note)).filter(|note| !note.is_empty());
        Body::Answer { task, outcome, answers, note }
    }
}

impl Engine {
    /// What an answer would do, or why its case would refuse it. Nothing is recorded.
    ///
    /// # Errors
    /// There is no such task, or its case cannot be used.
    pub async fn judge_answer(
        &self,
        answer: &CallAnswer,
        language: &str,
    ) -> Result<Result<String, String>, EngineError> {
        let stored = self.store.task(&answer.task).await?.ok_or_else(|| no_task(&answer.task))?;
        let case = self.store.case(stored.case).await?.ok_or(EngineError::NoCase(stored.case))?;
        let (workflow, calendar, facts) = self.surroundings(&case).await?;
        Ok(would_answer(&workflow, &case, &self.context(&calendar, &facts), answer.body(), language))
    }

    /// What each outcome would do to a case that a call concerns, in the order given.
    ///
    /// # Errors
    /// The case cannot be used.
    pub async fn leads(
        &self,
        case: &Case,
        task: &EffectId,
        outcomes: &[&str],
        language: &str,
    ) -> Result<Vec<String>, EngineError> {
        let (workflow, calendar, facts) = self.surroundings(case).await?;
        let context = self.context(&calendar, &facts);
        let lead = |outcome: &&str| if_answered(&workflow, case, &context, task, outcome, language);
        Ok(outcomes.iter().map(|outcome| lead(outcome).unwrap_or_default()).collect())
    }

    /// By what values are read that people give in this house: its region, and the day and zone of a calendar.
    pub fn reading<'a>(&'a self, calendar: &'a Calendar) -> Reading<'a> {
        Reading { region: &self.region, today: calendar.today(self.now()), zone: &calendar.zone }
    }

    /// ISO country whose phone numbers are written without a country code.
    pub fn region(&self) -> &str {
        &self.region
    }

    /// Keeps an answer for [`TAKE_BACK`]; `None` if the task is nobody's work any more or in other hands.
    ///
    /// # Errors
    /// There is no such task, or the store failed.
    pub async fn hold_answer(&self, answer: CallAnswer) -> Result<Option<HeldAnswer>, EngineError> {
        let stored = self.store.task(&answer.task).await?.ok_or_else(|| no_task(&answer.task))?;
        let held_at = self.now();
        let submit_at = held_at.saturating_add(TAKE_BACK).unwrap_or(held_at);
        let CallAnswer { task, agent, outcome, answers, note } = answer;
        let held =
            HeldAnswer { task, case: stored.case, agent, outcome, answers, note, held_at, submit_at, refused: None };
        let until = submit_at.saturating_add(STILL_THEIRS).unwrap_or(submit_at);
        Ok(self.store.hold_answer(&held, until).await?.then_some(held))
    }

    /// Brings the answers whose moment has come to their cases; returns how many there were.
    ///
    /// # Errors
    /// The store failed; what was not brought stays held.
    pub async fn submit_answers(&self) -> Result<u64, EngineError> {
        let mut count = 0;
        for held in self.store.due_answers(self.now(), BATCH).await? {
            let unreadable = held.refused.clone();
            let given = CallAnswer::from(held);
            if unreadable.is_some() {
                self.store.settle_answer(&given.task, unreadable.as_deref()).await?;
                continue;
            }
            let refused = match self.answer_call(&given).await {
                Ok(submitted) => match refusal(&submitted.disposition) {
                    None if !self.is_answer_of(&given).await? => Some(ANSWERED_MEANWHILE.0.to_owned()),
                    refused => refused.map(str::to_owned),
                },
                // It is stored, and the daemon takes it: the next look finds what became of it.
                Err(EngineError::Contended(_)) => continue,
                Err(EngineError::Store(error)) if !error.is_unreadable() => return Err(error.into()),
                // One case that cannot be used keeps back no other's answer; its agent still has the words.
                Err(error) => Some(error.to_string()),
            };
            self.store.settle_answer(&given.task, refused.as_deref()).await?;
            count += 1;
        }
        Ok(count)
    }

    /// Why the case did not take a held answer, in both languages; `None` where it has not been refused.
    ///
    /// With the answer stands the English only. What there is to it in Arabic is found where it was said first: among the
    /// house's own words, else with the event that the case refused.
    ///
    /// # Errors
    /// The store failed.
    pub async fn why_refused(&self, held: &HeldAnswer) -> Result<Option<Texts>, EngineError> {
        let Some(said) = held.refused.as_deref() else { return Ok(None) };
        let own = [ANSWERED_MEANWHILE, ANSWERED_OTHERWISE, MOVED_ON].into_iter().find(|(en, _)| *en == said);
        if let Some((en, ar)) = own {
            return Ok(Some(Texts::both(en, ar)));
        }
        for tried in 0..=REFUSALS_MAX {
            let stored = match self.store.event(SOURCE, &source_id(&held.task, tried)).await {
                Ok(Some(stored)) => stored,
                Err(error) if !error.is_unreadable() => return Err(error.into()),
                Ok(None) | Err(_) => break,
            };
            match stored.disposition {
                Some(Disposition::Refused { reason }) if reason.en() == said => return Ok(Some(reason)),
                _ => {}
            }
        }
        Ok(Some(Texts::both(said, format!("لم تصل هذه النتيجة إلى الحالة: {said}"))))
    }

    /// Whether the answer that a task has is this one. Where somebody was quicker, theirs stands.
    async fn is_answer_of(&self, given: &CallAnswer) -> Result<bool, EngineError> {
        let stored = self.store.task(&given.task).await?;
        Ok(stored.is_none_or(|stored| {
            let by = by_agent(&given.agent);
            stored.answered_by.is_none_or(|answered| answered == by)
                && stored.outcome.is_none_or(|outcome| outcome == given.outcome)
        }))
    }

    /// Brings an answer to its case at once. One that was refused changed nothing, so that the next try counts as
    /// the first. A call that was answered otherwise already stays so, and the answer is refused.
    ///
    /// # Errors
    /// There is no such task, or the store failed.
    pub async fn answer_call(&self, answer: &CallAnswer) -> Result<Submitted, EngineError> {
        let stored = self.store.task(&answer.task).await?.ok_or_else(|| no_task(&answer.task))?;
        let mut tried = 0;
        loop {
            let source_id = source_id(&answer.task, tried);
            let (at, by, body) = (self.now(), by_agent(&answer.agent), answer.body());
            let new = NewEvent { case: stored.case, source: SOURCE.into(), source_id, at, by, body };
            let submitted = self.submit(new.clone()).await?;
            if submitted.first {
                return Ok(submitted);
            }
            if !matches!(submitted.disposition, Disposition::Refused { .. }) {
                return self.unless_otherwise(&new, submitted).await;
            }
            if tried >= REFUSALS_MAX {
                return Ok(submitted);
            }
            tried += 1;
        }
    }

    /// What became of an answer that a call has already: the same again is answered as before, another one is refused.
    async fn unless_otherwise(&self, new: &NewEvent, submitted: Submitted) -> Result<Submitted, EngineError> {
        let Some(taken) = self.store.event(&new.source, &new.source_id).await? else { return Ok(submitted) };
        if taken.event.by == new.by && taken.event.body == new.body {
            return Ok(submitted);
        }
        let (en, ar) = if taken.event.by == new.by { ANSWERED_OTHERWISE } else { ANSWERED_MEANWHILE };
        let disposition = Disposition::Refused { reason: Texts::both(en, ar) };
        Ok(Submitted { first: true, disposition, entries: Vec::new(), ..submitted })
    }
}

/// Why an answer was not taken that came after somebody else's: a task has one.
pub const ANSWERED_MEANWHILE: (&str, &str) =
    ("somebody else has answered this call meanwhile", "سجل غيرك نتيجة هذه المكالمة في الأثناء");
/// Why an answer was not taken where the same person had said something else before.
pub const ANSWERED_OTHERWISE: (&str, &str) = (
    "you have answered this call already, and otherwise; nothing was changed",
    "سبق أن سجلت لهذه المكالمة نتيجة أخرى؛ ولم يتغير شيء",
);
/// Why an answer was not taken that came too late for its case.
pub const MOVED_ON: (&str, &str) = (
    "the case has moved on meanwhile; it does not wait for this answer any more",
    "تقدمت الحالة في الأثناء؛ ولم تعد تنتظر هذه النتيجة",
);

/// The id of the event by which an answer comes to its case, when it is tried for the first time and after refusals.
fn source_id(task: &EffectId, tried: u32) -> String {
    if tried == 0 { task.to_string() } else { format!("{task}#{tried}") }
}

fn no_task(task: &EffectId) -> EngineError {
    EngineError::Store(crate::store::StoreError::NoSuchTask(task.clone()))
}

/// Why a case did not take an answer, in English; `None` if it did, or keeps it for later.
fn refusal(disposition: &Disposition) -> Option<&str> {
    match disposition {
        Disposition::Refused { reason } => Some(reason.en()),
        Disposition::NotApplicable | Disposition::Late | Disposition::GivenUp => Some(MOVED_ON.0),
        Disposition::Applied | Disposition::Deferred { .. } | Disposition::Incident => None,
    }
}
