//! `message preview`: a text exactly as it would be sent, and what it would cost.

use clap::Args;
use serde_json::json;
use wasl_core::definition::Workflow;
use wasl_core::delivery::Channel;
use wasl_core::diagnostic::did_you_mean;
use wasl_core::message::template::Rendered;
use wasl_core::message::{WordingNote, lint_wording, mask};
use wasl_core::step::Previewed;

use super::size::{self, Cost};
use crate::cli::session::{Session, environment};
use crate::cli::workflow::read;
use crate::failure::{Exit, Failure};
use crate::output::{Answer, Screen, facts};
use crate::settings::Settings;

/// `message preview`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  wasl message preview account-transfer follow-up
  wasl message preview account-transfer follow-up --language en
  wasl message preview account-transfer documents-email --case KXT2P

Without a case the file as it is now is tried out with made-up values of ordinary length. With one it is the version of
the workflow that the case is on, for whom the text would reach now. Nothing is sent.")]
pub(crate) struct PreviewArgs {
    /// The workflow's name, or the path of its file
    #[arg(value_name = "WORKFLOW")]
    workflow: String,
    /// The text, as `template` names it
    #[arg(value_name = "TEMPLATE")]
    template: String,
    /// What this case knows now, in place of made-up values
    #[arg(long, value_name = "CASE")]
    case: Option<String>,
    /// The language; else that of the recipient, or the workflow's first
    #[arg(long, value_name = "LANGUAGE")]
    language: Option<String>,
}

impl PreviewArgs {
    /// Whether no case is needed, and so no database.
    pub(in crate::cli) fn is_made_up(&self) -> bool {
        self.case.is_none()
    }
}

/// Shows a text without sending it.
pub(super) async fn run(args: &PreviewArgs, session: &Session) -> Result<Answer, Failure> {
    let Some(reference) = &args.case else { return made_up(args, &session.settings, session.screen) };
    let case = session.case(reference).await?;
    let workflow = session.engine.library.version(&case.workflow_hash).await?;
    if workflow.name != args.workflow {
        let message = format!("case {} is one of `{}`", case.id.reference(), workflow.name);
        let help = format!("write `wasl message preview {} …`", workflow.name);
        return Err(Failure::new(Exit::Usage, message).help(help));
    }
    known(&workflow, args)?;
    let previewed = session.engine.preview(&case, &args.template, args.language.as_deref()).await?;
    Ok(told(&previewed, args, &session.settings, (None, session.screen)))
}

/// The text of the files with made-up values.
pub(in crate::cli) fn made_up(args: &PreviewArgs, settings: &Settings, screen: Screen) -> Result<Answer, Failure> {
    let environment = environment(settings)?;
    let workflow = read(&args.workflow, settings, &environment)?;
    let language = known(&workflow, args)?.to_owned();
    let template = workflow.templates.get(&args.template).and_then(|languages| languages.get(&language));
    let template = template.ok_or_else(|| Failure::new(Exit::NotFound, "there is no such text"))?;
    let rendered = workflow
        .rendered_sample(template, &environment)
        .map_err(|error| Failure::new(Exit::Refused, format!("`{}` ({language}): {error}", args.template)))?;
    let channel = if template.has_subject() { Channel::Email } else { Channel::Sms };
    let longest = workflow.longest_segments(template, &environment);
    let previewed = Previewed { channel: Some(channel), language, to: None, rendered };
    Ok(told(&previewed, args, settings, (Some(longest), screen)))
}

/// Whether the workflow has the text in the language, which is given back; its first where none is asked for.
fn known<'w>(workflow: &'w Workflow, args: &PreviewArgs) -> Result<&'w str, Failure> {
    let names = workflow.templates.keys().map(String::as_str);
    if !workflow.templates.contains_key(&args.template) {
        let message = format!("workflow `{}` has no text `{}`", workflow.name, args.template);
        return Err(Failure::new(Exit::NotFound, message).maybe_help(did_you_mean(&args.template, names)));
    }
    let languages = || workflow.languages.iter().map(String::as_str);
    let Some(wanted) = &args.language else { return Ok(languages().next().unwrap_or("en")) };
    languages().find(|language| language == wanted).ok_or_else(|| {
        let message = format!("workflow `{}` does not speak `{wanted}`", workflow.name);
        Failure::new(Exit::NotFound, message).maybe_help(did_you_mean(wanted, languages()))
    })
}

/// What a text says, and how it travels; beside it how many segments it may have with the longest values, where those are
/// made up.
fn told(
    previewed: &Previewed,
    args: &PreviewArgs,
    settings: &Settings,
    (longest, screen): (Option<u64>, Screen),
) -> Answer {
    let first = settings.chain(Channel::Sms).into_iter().next();
    let price = first.and_then(|(_, section)| section.price_per_segment.as_ref());
    let cost = Cost { price, billed: None };
    let Rendered { subject, text } = &previewed.rendered;
    let notes = lint_wording(text, &previewed.language);
    let is_sms = previewed.channel != Some(Channel::Email);
    let values = match (&args.case, &previewed.to) {
        (None, _) => screen.pick("made up, of usual length", "مفترضة، معتادة الطول").to_owned(),
        (Some(case), Some(to)) => format!("{case}, {}", mask_of(to)),
        (Some(case), None) => {
            format!(
                "{case}; {}",
                screen.pick("nobody of it can be reached by this text", "لا أحد فيها يمكن أن يصله هذا النص")
            )
        }
    };
    let head = facts(&[
        (screen.pick("text", "النص"), format!("`{}` ({})", args.template, previewed.language)),
        (screen.pick("values", "القيم"), values),
    ]);
    let whole = subject.as_ref().map_or(text.clone(), |subject| format!("{subject}\n\n{text}"));
    let mut parts = vec![head, screen.part("What it says", "نصها", &whole)];
    if is_sms {
        parts.push(screen.part("How it travels", "كيف تُنقل", &size::words(text, cost, screen)));
        parts.extend(longest.map(|most| at_the_longest(most, screen)));
    }
    if !notes.is_empty() {
        let lines: Vec<String> = notes.iter().map(|note| note_words(note, text)).collect();
        parts.push(screen.part("To think over", "للنظر فيها", &lines.join("\n")));
    }
    let json = json!({
        "template": args.template, "language": previewed.language, "channel": previewed.channel, "case": args.case,
        "to": previewed.to, "subject": subject, "text": text, "size": is_sms.then(|| size::json(text, cost)),
        "longest_segments": longest.filter(|_| is_sms), "notes": notes,
    });
    Answer::new(parts.join("\n\n"), json)
}

fn at_the_longest(segments: u64, screen: Screen) -> String {
    let (en, ar) = ("With the longest names and numbers, in segments", "بأطول الأسماء والأرقام، بالأجزاء");
    format!("{}: {segments}", screen.pick(en, ar))
}

/// A number with its middle hidden; of an address only its domain.
fn mask_of(to: &str) -> String {
    to.split_once('@').map_or_else(|| mask(to), |(_, domain)| format!("…@{domain}"))
}

fn note_words(note: &WordingNote, text: &str) -> String {
    let line = text.get(..note.offset).unwrap_or_default().lines().count().max(1);
    format!("  {line}: {}; {}", note.message, note.suggestion)
}
