//! `task answer`: what came of a call. The same task answered again changes nothing.

use clap::Args;
use wasl_core::effect::Offer;
use wasl_core::lang::Texts;
use wasl_core::value::Record;
use wasl_runtime::engine::CallAnswer;
use wasl_runtime::store::StoredTask;

use super::brief::question_words;
use super::next::taken;
use super::{Agent, find, is_waiting};
use crate::asked::{self, one_of};
use crate::cli::aftermath::tell;
use crate::cli::data;
use crate::cli::session::Session;
use crate::failure::{Exit, Failure};
use crate::output::{Answer, Screen};

/// `task answer`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  wasl task answer 17.2.0 no_answer --agent huda
  wasl task answer 17.2.0 agreed --set heir.name='Ahmed Ali' heir.mobile=36001234 --note 'prefers mornings'
  wasl task answer 17.2.0 call_back --set when='2024-05-14 10:00'")]
pub(crate) struct AnswerArgs {
    /// The task, as `task next` names it
    #[arg(value_name = "TASK")]
    task: String,
    /// What came of it: one of the outcomes that `task next` offers
    #[arg(value_name = "OUTCOME")]
    outcome: String,
    /// What the outcome asks for, such as `heir.name=Ahmed`; as often as needed
    #[arg(long = "set", value_name = "NAME=VALUE", num_args = 1..)]
    set: Vec<String>,
    /// All answers as one JSON object
    #[arg(long, value_name = "OBJECT")]
    json: Option<String>,
    /// What else should be known; it stays in the history
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    #[command(flatten)]
    agent: Agent,
}

/// Records the answer and says what happens next.
pub(super) async fn run(args: &AnswerArgs, session: &Session) -> Result<Answer, Failure> {
    let agent = args.agent.name(session.screen)?;
    let task = find(&args.task, session).await?;
    if is_waiting(&task) {
        free_for(&task, &agent, session).await?;
    }
    let offer = offer(&task, &args.outcome, session.screen)?;
    let answers = data::both(&args.set, args.json.as_deref()).map_err(|text| Failure::new(Exit::Usage, text))?;
    complete(offer, &answers, session.screen)?;
    let given = (args.outcome.as_str(), &answers);
    let misnamed = asked::misnamed(&session.engine, &task, given, session.screen.lang()).await?;
    if !misnamed.is_empty() {
        return Err(nobody_to_reach(session.screen).help(misnamed.join(session.screen.pick("; ", "؛ "))));
    }
    let (task, outcome, note) = (task.task.id, args.outcome.clone(), args.note.clone());
    let submitted = session.engine.answer_call(&CallAnswer { task, agent, outcome, answers, note }).await?;
    tell(session, &submitted).await
}

fn nobody_to_reach(screen: Screen) -> Failure {
    let (en, ar) = ("nobody can be reached by what was given", "لا يمكن الوصول إلى أحد بما أُدخل");
    Failure::new(Exit::Refused, screen.pick(en, ar))
}

async fn free_for(task: &StoredTask, agent: &str, session: &Session) -> Result<(), Failure> {
    match (&task.claimed_by, task.claim_expires) {
        (Some(by), Some(until)) if by != agent && until > session.engine.now() => {
            Err(taken(task, by, until, session).await?)
        }
        _ => Ok(()),
    }
}

fn offer<'t>(task: &'t StoredTask, outcome: &str, screen: Screen) -> Result<&'t Offer, Failure> {
    let offers = &task.task.outcomes;
    offers.iter().find(|offer| offer.outcome == outcome).ok_or_else(|| {
        let known: Vec<&str> = offers.iter().map(|offer| offer.outcome.as_str()).collect();
        let message = Texts::both(
            format!("`{outcome}` is not an outcome of task `{}`", task.task.id),
            format!("ليست `{outcome}` من نتائج المهمة `{}`", task.task.id),
        );
        Failure::new(Exit::Refused, message.get(screen.lang())).help(one_of(outcome, &known, screen.lang()))
    })
}

/// Refuses an answer that lacks what its outcome asks for, and says how to give it.
fn complete(offer: &Offer, answers: &Record, screen: Screen) -> Result<(), Failure> {
    let missing = |name: &str| answers.get(name).is_none_or(wasl_core::value::Value::is_null);
    let missing = offer.ask.iter().filter(|question| !question.optional && missing(&question.name));
    let missing: Vec<String> = missing.map(|question| question_words(question, screen)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let message = format!("`{}` {}", offer.outcome, screen.pick("asks for more", "تتطلب المزيد"));
    Err(Failure::new(Exit::Refused, message).help(missing.join(screen.pick("; ", "؛ "))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::Format;
    use crate::settings::Language;
    use wasl_core::effect::Question;

    #[test]
    fn an_answer_has_what_its_outcome_asks_for() {
        let question = |name: &str, optional| Question {
            name: name.into(),
            ty: "time".into(),
            title: wasl_core::lang::Texts::default(),
            optional,
        };
        let offer = Offer { outcome: "call_back".into(), ask: vec![question("when", false), question("where", true)] };
        let screen = Screen { format: Format::Text, color: false, width: None, language: Language::En };
        let failure = complete(&offer, &Record::new(), screen).unwrap_err();
        assert_eq!(failure.message, "`call_back` asks for more");
        assert_eq!(failure.help.as_deref(), Some("when (time): --set when='2024-05-14 10:00'"));
        assert!(complete(&offer, &Record::from([("when".into(), "2024-05-14 10:00".into())]), screen).is_ok());
    }
}
