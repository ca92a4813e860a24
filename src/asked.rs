//! What people and other systems ask for, turned into what the engine takes: one way for the command line, the API and
//! pages, in the same words where it cannot be.

use wasl_core::case::{Case, CaseId};
use wasl_core::definition::{Handler, Workflow};
use wasl_core::delivery::Channel;
use wasl_core::diagnostic::{hint, nearest};
use wasl_core::event::Body;
use wasl_core::lang::Texts;
use wasl_core::message::read_phone;
use wasl_core::policy::identity;
use wasl_core::schema::{Field, Problem, Reading};
use wasl_core::value::Record;
use wasl_runtime::engine::{Engine, EngineError};
use wasl_runtime::store::{Deceased, NewEvent, Scope, StoredTask};

use crate::failure::{Exit, Failure};
use crate::output::Screen;
use crate::session::Session;
use crate::settings::CHANNELS;

/// Letters and digits that are shown of somebody who is listed.
const SHOWN: usize = 3;

/// An event that the workflow of a case declares, with values that fit it.
///
/// # Errors
/// The workflow has no such event, or the values do not fit.
pub(crate) async fn external(session: &Session, case: &Case, name: &str, data: &Record) -> Result<Body, Failure> {
    let (told, language) = (session.told(case).await?, session.screen.lang());
    let Some(declared) = told.workflow.events.get(name) else {
        let known = told.workflow.events.keys().map(String::as_str);
        let message = Texts::both(
            format!("workflow `{}` has no event `{name}`", case.workflow),
            format!("لا حدث باسم `{name}` في المسار `{}`", case.workflow),
        );
        let help = hint(name, known).map(|hint| hint.get(language).to_owned());
        return Err(Failure::new(Exit::NotFound, message.get(language)).maybe_help(help));
    };
    let (today, zone) = (told.calendar.today(session.engine.now()), &told.calendar.zone);
    let reading = Reading { region: &session.settings.region, today, zone };
    let data = declared.fields.fit(data, &reading).map_err(|problems| misfit(name, &problems, session.screen))?;
    Ok(Body::External { name: name.to_owned(), data })
}

/// What somebody is asked who says that a call of this case ended so: everything that any reaction to it wants to know,
/// where the case stands, else where the call was planned.
pub(crate) fn questions<'w>(workflow: &'w Workflow, states: [&str; 2], outcome: &str) -> Vec<&'w Field> {
    let mut asks: Vec<&Field> = Vec::new();
    let reactions = handler(workflow, states, outcome).into_iter().flat_map(|handler| &handler.reactions);
    for ask in reactions.flat_map(|reaction| &reaction.ask) {
        if asks.iter().all(|known| known.name != ask.field.name) {
            asks.push(&ask.field);
        }
    }
    asks
}

/// The handler of an outcome where the case stands, else where the call was planned.
pub(crate) fn handler<'w>(workflow: &'w Workflow, states: [&str; 2], outcome: &str) -> Option<&'w Handler> {
    let event = format!("call.{outcome}");
    states.into_iter().find_map(|name| workflow.handler(workflow.state_named(name)?.1, &event))
}

/// What is wrong with the contacts among the answers to a call, one line for each, in the reader's language.
///
/// # Errors
/// The case, its version or its calendar cannot be used.
pub(crate) async fn misnamed(
    engine: &Engine,
    task: &StoredTask,
    (outcome, answers): (&str, &Record),
    language: &str,
) -> Result<Vec<String>, EngineError> {
    let case = engine.store.case(task.case).await?.ok_or(EngineError::NoCase(task.case))?;
    let workflow = engine.library.version(&case.workflow_hash).await?;
    let calendar = engine.library.calendar(&workflow.calendar)?;
    let reading = engine.reading(&calendar);
    let asks = questions(&workflow, [&case.state, &task.task.state], outcome);
    let given = asks.into_iter().filter_map(|field| Some((field, answers.get(&field.name)?)));
    let wrong = given.flat_map(|(field, given)| field.misnamed(given, &reading, &workflow.languages));
    Ok(wrong.map(|wrong| format!("`{}`: {}", wrong.place, wrong.why.words(language))).collect())
}

fn misfit(event: &str, problems: &[Problem], screen: Screen) -> Failure {
    let message = format!("{} `{event}`", screen.pick("these values do not fit", "لا تصلح هذه القيم للحدث"));
    let words: Vec<String> = problems.iter().map(|problem| problem.words(screen.lang())).collect();
    Failure::new(Exit::Refused, message).help(words.join(screen.pick("; ", "؛ ")))
}

/// Something that happens to a case now, under the reporter's own id.
pub(crate) fn event(
    session: &Session,
    case: &Case,
    (source, source_id): (&str, &str),
    by: &str,
    body: Body,
) -> NewEvent {
    let at = session.engine.now();
    NewEvent { case: case.id, source: source.to_owned(), source_id: source_id.to_owned(), at, by: by.to_owned(), body }
}

/// The one spelling under which somebody is listed: a telephone number as people write it here, or anything
/// else as it identifies them.
///
/// # Errors
/// It names nobody.
pub(crate) fn spelt(who: &str, session: &Session) -> Result<String, Failure> {
    let phone = read_phone(who, &session.settings.region).ok().filter(|phone| phone.valid && !who.contains('@'));
    let spelt = phone.map(|phone| phone.e164).or_else(|| identity(who));
    spelt.ok_or_else(|| {
        Failure::new(Exit::Usage, "this names nobody")
            .help("write a telephone number, an e-mail address or a personal number")
    })
}

/// The end of a number or name, for those who know the rest.
pub(crate) fn masked(identity: &str) -> String {
    let hidden = |text: &str| {
        let count = text.chars().count();
        text.chars().enumerate().map(|(at, sign)| if at + SHOWN < count { '•' } else { sign }).collect::<String>()
    };
    match identity.split_once('@') {
        // The end of a short name would be the name.
        Some((name, domain)) => {
            let first: String = name.chars().take(usize::from(name.chars().count() > 1)).collect();
            format!("{first}{}@{domain}", "•".repeat(name.chars().count() - first.chars().count()))
        }
        None => hidden(identity),
    }
}

/// What is known of the deceased by their personal number, or by a case about them.
///
/// # Errors
/// No case knows of such a death.
pub(crate) async fn known_deceased(who: &str, session: &Session) -> Result<Vec<Deceased>, Failure> {
    let person = identity(who).unwrap_or_default();
    let by_person = session.store().deceased(Some(&person), None).await?;
    if !by_person.is_empty() {
        return Ok(by_person);
    }
    let case = session.case(who).await.map_err(|failure| {
        let help = "write the personal number of the deceased, or the reference of a case about them";
        if failure.exit == Exit::NotFound {
            Failure::new(Exit::NotFound, "no case knows of such a death").help(help)
        } else {
            failure
        }
    })?;
    let by_case = session.store().deceased(None, Some(case.id)).await?;
    if by_case.is_empty() {
        let message = format!("case {} does not say who has died", case.id.reference());
        let help = "its workflow has to name them: `contact_policy: {deceased: [cpr]}`";
        return Err(Failure::new(Exit::Refused, message).help(help));
    }
    Ok(by_case)
}

/// The cases, each with whether all that it says is withdrawn.
pub(crate) fn by_case(known: &[Deceased]) -> Vec<(CaseId, bool)> {
    let mut cases: Vec<(CaseId, bool)> = Vec::new();
    for of in known {
        match cases.iter_mut().find(|(case, _)| *case == of.case) {
            Some((_, already)) => *already &= of.withdrawn_at.is_some(),
            None => cases.push((of.case, of.withdrawn_at.is_some())),
        }
    }
    cases
}

/// The word that was meant, or all that there are: whoever writes an outcome has to know them.
pub(crate) fn one_of(word: &str, known: &[&str], language: &str) -> String {
    let ar = language == "ar";
    match nearest(word, known.iter().copied()) {
        Some(near) if ar => format!("هل تقصد `{near}`؟"),
        Some(near) => format!("did you mean `{near}`?"),
        None if ar => format!("المعروف هنا: `{}`", known.join("`، `")),
        None => format!("known here: `{}`", known.join("`, `")),
    }
}

/// What an operator means by a word: everything, a channel or a gateway.
///
/// # Errors
/// There is no such channel or gateway.
pub(crate) fn scope(word: &str, gateway: bool, session: &Session) -> Result<Scope, Failure> {
    let gateways = || session.settings.notifiers.keys().map(String::as_str);
    let is_gateway = gateways().any(|name| name == word);
    match Channel::parse(word).filter(|channel| *channel != Channel::Call) {
        _ if word == "all" && !gateway => Ok(Scope::All),
        Some(channel) if !gateway => Ok(Scope::Channel(channel)),
        _ if is_gateway => Ok(Scope::Gateway(word.to_owned())),
        _ => {
            let channels = CHANNELS.map(Channel::as_str);
            // A gateway may be called as its channel is.
            let others = gateways().filter(|name| !channels.contains(name));
            let known = ["all"].into_iter().chain(channels).chain(others);
            let none = session.screen.pick("there is no channel and no gateway", "لا قناة ولا بوابة باسم");
            let failure = Failure::new(Exit::NotFound, format!("{none} `{word}`"));
            let help = hint(word, known).map(|hint| hint.get(session.screen.lang()).to_owned());
            Err(failure.maybe_help(help))
        }
    }
}
