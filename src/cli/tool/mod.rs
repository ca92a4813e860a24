//! Small tools for operators and testers: what a text costs, what a number is, when something is due.
//!
//! With arguments they answer one question for a person. Without, they read one JSON value a line
//! from standard input and write one JSON object a line ([`lines`]), so that other programs can check
//! themselves against Wasl.

mod cron;
mod duration;
mod gateway;
mod lines;
mod moment;
mod phone;
mod segments;
mod worktime;

use clap::{Args, Subcommand};
use serde_json::Value as Json;

use crate::api::v1::openapi;
use crate::failure::Failure;
use crate::output::{Answer, Screen};
use crate::settings::Settings;

/// The tools.
#[derive(Debug, Subcommand)]
pub(crate) enum Tool {
    /// What a text costs as an SMS: encoding, units, segments
    Segments(TextArgs),
    /// What a spelling of a telephone number means: E.164, kind of line
    Phone(phone::PhoneArgs),
    /// When a schedule comes next
    Cron(cron::CronArgs),
    /// What a duration means
    Duration(DurationArgs),
    /// The request that a described SMS gateway would get, without sending it, and what an answer would mean
    Gateway(gateway::GatewayArgs),
    /// The document of the API for other programs (OpenAPI 3.1), as `/api/v1/openapi.json` serves it
    Openapi(OpenapiArgs),
    /// When a duration ends in a calendar, and why then
    Worktime(worktime::WorktimeArgs),
}

/// `tool segments`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  wasl tool segments 'We are here whenever you wish'
  printf '%s\\n' '\"مرحبا\"' '{\"text\": \"hello\"}' | wasl tool segments")]
pub(crate) struct TextArgs {
    /// The text; without it one JSON string or {\"text\"} a line is read
    #[arg(value_name = "TEXT")]
    text: Option<String>,
}

/// `tool duration`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  wasl tool duration '3 working days'
  printf '%s\\n' '\"24 hours\"' '\"1 day\"' | wasl tool duration")]
pub(crate) struct DurationArgs {
    /// `24 hours`, `1 day`, `1 working day`, `8 working hours`; without it one JSON string a line is read
    #[arg(value_name = "DURATION", num_args = 1..)]
    text: Vec<String>,
}

/// `tool openapi`.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  wasl tool openapi > openapi.json")]
pub(crate) struct OpenapiArgs {}

/// One answer of a tool.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    /// For a person.
    text: String,
    /// For a program.
    json: Json,
}

/// Runs a tool.
///
/// # Errors
/// The question cannot be answered, or there is none.
pub(crate) fn run(tool: &Tool, settings: &Settings, screen: Screen) -> Result<Answer, Failure> {
    match tool {
        Tool::Segments(args) => {
            let question = args.text.as_deref().map(Json::from);
            lines::answer(question, segments::answer)
        }
        Tool::Phone(args) => lines::answer(args.question(), |question| phone::answer(question, &settings.region)),
        Tool::Cron(args) => {
            let zone = cron::default_zone(settings);
            lines::answer(args.question(), |question| cron::answer(question, &zone, screen.lang()))
        }
        Tool::Duration(args) => {
            let question = (!args.text.is_empty()).then(|| Json::from(args.text.join(" ")));
            lines::answer(question, duration::answer)
        }
        Tool::Openapi(_) => Ok(Answer::new(openapi::text(), openapi::document())),
        Tool::Gateway(args) => gateway::run(args, settings, screen),
        Tool::Worktime(args) => {
            let mut calendars = worktime::Calendars::new(settings);
            lines::answer(args.question(), |question| calendars.answer(question, screen.lang()))
        }
    }
}
