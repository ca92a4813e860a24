//! The command line: what may be asked, and how answers and failures leave the program.

mod aftermath;
mod api_key;
mod asking;
mod audit;
mod bench;
mod case;
mod check;
mod data;
mod db;
mod death;
mod detect;
mod fmt;
mod inbound;
mod incident;
mod message;
mod new;
mod outbox;
mod report;
mod retention;
mod serve;
mod suppression;
mod task;
mod test;
mod tool;
mod user;
mod webhook;
mod workflow;

pub(crate) use data::pairs;

use std::io::{IsTerminal, Write};
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::failure::{EXIT_CODES, Exit, Failure};
use crate::output::{Answer, Format, Screen};
use crate::session::{self, Session};
use crate::settings::{Language, Overrides, Settings, SettingsError};
use crate::telemetry::{self, LogFormat};

const AFTER_HELP: &str = "\
A first look:
  wasl serve                            find the cases of the sample year, open them, go on as a daemon
  wasl task next --agent NAME           the most urgent call, with its script and possible answers
  wasl task answer TASK OUTCOME         what came of it; says what happens next
  wasl case list                        all cases; `wasl case show REF` tells one as a story
  wasl case explain REF                 what a case waits for, and why

Every command has examples in its own help.";

/// Moves proactive-outreach cases through YAML workflows and speaks to families by call, SMS and e-mail.
#[derive(Debug, Parser)]
#[command(
    name = "wasl",
    version,
    arg_required_else_help = true,
    max_term_width = 100,
    after_help = AFTER_HELP,
    after_long_help = format!("{AFTER_HELP}\n\n{EXIT_CODES}"),
)]
pub(crate) struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// What every command takes.
#[derive(Debug, Args)]
#[command(next_help_heading = "Everywhere")]
struct Global {
    /// The configuration [default: config/wasl.yaml]
    #[arg(long, global = true, value_name = "PATH", env = "WASL_CONFIG", hide_env_values = true)]
    config: Option<PathBuf>,
    /// The database, in place of the configured one
    #[arg(long, global = true, value_name = "URL", env = "WASL_DATABASE", hide_env_values = true)]
    database: Option<String>,
    /// Answers for people or for programs
    #[arg(long, global = true, value_name = "FORM", default_value = "text")]
    format: Format,
    /// The language of sentences, in place of the configured one
    #[arg(long, global = true, value_name = "LANGUAGE", env = "WASL_LANG", hide_env_values = true)]
    lang: Option<Language>,
    /// What is logged to standard error, such as `info,wasl=debug`
    #[arg(long, global = true, value_name = "FILTER", env = "WASL_LOG", hide_env_values = true)]
    log: Option<String>,
    /// The form of log lines
    #[arg(
        long,
        global = true,
        value_name = "FORM",
        env = "WASL_LOG_FORMAT",
        hide_env_values = true,
        default_value = "text"
    )]
    log_format: LogFormat,
}

/// The commands.
#[derive(Debug, Subcommand)]
enum Command {
    /// Run: find cases, move them, send messages, take receipts; until Ctrl-C or SIGTERM
    Serve(serve::ServeArgs),
    /// Check workflows, calendars and configuration: every mistake with its line and what to do
    Check(check::CheckArgs),
    /// Play the scenarios beside workflows: what differs, with the whole story, and what none covers
    Test(test::TestArgs),
    /// Put YAML files in the house's form: indentation and spaces, never what they say
    Fmt(fmt::FmtArgs),
    /// Begin a workflow from a template, with its texts, scripts and a first scenario
    New(Box<new::NewArgs>),
    /// Look for cases now, whatever the schedule says
    Detect(detect::DetectArgs),
    /// Cases: where each stands and why, and what a person may do about it
    #[command(subcommand)]
    Case(case::CaseCommand),
    /// Calls and other work for people: what waits, the next one, what came of it
    #[command(subcommand)]
    Task(task::TaskCommand),
    /// Messages: what was said to whom, and what became of it
    #[command(subcommand)]
    Message(message::MessageCommand),
    /// Messages to us: what people wrote, whose it is, and those that nobody knows
    #[command(subcommand)]
    Inbound(inbound::InboundCommand),
    /// The outbox: what waits on each channel, hold it back, let it go
    #[command(subcommand)]
    Outbox(outbox::OutboxCommand),
    /// What cannot go on without a person: cases, and messages of which nobody knows whether they left
    #[command(subcommand)]
    Incident(incident::IncidentCommand),
    /// Who must not be contacted: opting out and in again, with reason and source
    #[command(subcommand)]
    Suppression(suppression::SuppressionCommand),
    /// The practice at a glance: what became of the cases, how fast, what a day of delay costs
    Report(report::ReportArgs),
    /// How long cases keep names, numbers and texts: what would be erased, and erasing it
    #[command(subcommand)]
    Retention(retention::RetentionCommand),
    /// A death that was registered in error: stop everything about the person, in every workflow
    #[command(subcommand)]
    Death(death::DeathCommand),
    /// Workflows: which are active, what each does, as a picture and in prose, what changed
    #[command(subcommand)]
    Workflow(workflow::WorkflowCommand),
    /// People who may come into the console: who they are, what they may do
    #[command(subcommand)]
    User(user::UserCommand),
    /// Keys by which other systems use the API: what each may do and until when
    #[command(subcommand, name = "api-key")]
    ApiKey(api_key::ApiKeyCommand),
    /// Other systems that are told of cases, such as billing: where, of what, and how that went
    #[command(subcommand)]
    Webhook(webhook::WebhookCommand),
    /// Who did what, and who looked at personal data
    #[command(subcommand)]
    Audit(audit::AuditCommand),
    /// The database: make it, bring it up to date
    #[command(subcommand)]
    Db(db::DbCommand),
    /// What the engine does on this machine, beside what the database could do
    Bench(bench::BenchArgs),
    /// Small tools: what a text costs, what a number is, when something is due
    #[command(subcommand)]
    Tool(tool::Tool),
}

impl Cli {
    fn overrides(&self) -> Overrides {
        let Global { config, database, lang, .. } = &self.global;
        let (listen, public_url) = match &self.command {
            Command::Serve(args) => args.overrides(),
            _ => (None, None),
        };
        Overrides { config: config.clone(), database: database.clone(), language: *lang, listen, public_url }
    }

    /// Daemons tell what they do; other commands only what is wrong.
    fn log_filter(&self) -> &str {
        let usual = if matches!(self.command, Command::Serve(_)) { "info" } else { "warn" };
        self.global.log.as_deref().unwrap_or(usual)
    }
}

/// Runs the program; failures go to standard error.
pub(crate) fn main(cli: &Cli) -> Exit {
    let language = cli.global.lang.unwrap_or_default();
    let mut screen = Screen::of_stdout(cli.global.format, language);
    let answer = telemetry::start(cli.log_filter(), cli.global.log_format).and_then(|()| run(cli, &mut screen));
    match answer {
        Ok(answer) => match screen.print(&answer) {
            Ok(()) => answer.exit,
            Err(error) => complain(screen, &Failure::new(Exit::Refused, format!("cannot write the answer: {error}"))),
        },
        Err(failure) => complain(screen, &failure),
    }
}

/// What needs no database is done here.
fn run(cli: &Cli, screen: &mut Screen) -> Result<Answer, Failure> {
    if screen.format == Format::Sarif && !matches!(&cli.command, Command::Check(args) if args.finds()) {
        return Err(Failure::new(Exit::Usage, "`--format sarif` is for the findings of `wasl check`")
            .help("write `--format json` here"));
    }
    if screen.format == Format::Csv && !matches!(&cli.command, Command::Report(_)) {
        return Err(Failure::new(Exit::Usage, "`--format csv` is for the figures of `wasl report`")
            .help("write `--format json` here"));
    }
    match &cli.command {
        Command::Check(args) => {
            // What is wrong with the configuration is among the findings.
            let settings = settings_or_default(cli)?;
            screen.language = settings.language;
            check::run(args, &settings, *screen)
        }
        Command::Test(args) if args.repro().is_none() => {
            let settings = Settings::load_or_default(&cli.overrides())?;
            screen.language = settings.language;
            test::run(args, &settings, *screen)
        }
        Command::Fmt(args) => {
            let settings = settings_or_default(cli)?;
            screen.language = settings.language;
            fmt::run(args, &settings, *screen)
        }
        Command::New(args) => {
            let settings = Settings::load_or_default(&cli.overrides())?;
            screen.language = settings.language;
            new::run(args, &settings, *screen)
        }
        Command::Tool(tool) => {
            let settings = Settings::load_or_default(&cli.overrides())?;
            screen.language = settings.language;
            tool::run(tool, &settings, *screen)
        }
        Command::Bench(args) if !args.reads_project() => {
            let server = args.server(&cli.overrides())?;
            runtime()?.block_on(bench::run(args, server, *screen))
        }
        command => {
            let settings = Settings::load(&cli.overrides())?;
            screen.language = settings.language;
            let database = settings.database.to_string();
            runtime()?.block_on(work(command, settings, *screen)).map_err(|failure| failure.of_database(&database))
        }
    }
}

fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Runtime::new().map_err(|error| Failure::new(Exit::Refused, format!("cannot start: {error}")))
}

/// The settings, or the usual ones if there are none or they are wrong.
fn settings_or_default(cli: &Cli) -> Result<Settings, SettingsError> {
    match Settings::load_or_default(&cli.overrides()) {
        Err(SettingsError::Findings(_)) => Ok(Settings::default()),
        other => other,
    }
}

async fn work(command: &Command, settings: Settings, screen: Screen) -> Result<Answer, Failure> {
    match command {
        Command::Serve(_) => serve::run(settings, screen).await,
        Command::Detect(args) => detect::run(args, &Session::create(settings, screen).await?).await,
        Command::Case(command) if case::creates(command) => {
            case::run(command, &Session::create(settings, screen).await?).await
        }
        Command::Case(command) => case::run(command, &Session::open(settings, screen).await?).await,
        Command::Report(args) => report::run(args, &Session::open(settings, screen).await?).await,
        Command::Task(command) => task::run(command, &Session::open(settings, screen).await?).await,
        Command::Message(message::MessageCommand::Preview(args)) if args.is_made_up() => {
            message::preview(args, &settings, screen)
        }
        Command::Message(command) => message::run(command, &Session::open(settings, screen).await?).await,
        Command::Inbound(command) => inbound::run(command, &Session::open(settings, screen).await?).await,
        Command::Outbox(command) => outbox::run(command, &Session::open(settings, screen).await?).await,
        Command::Incident(command) => incident::run(command, &Session::open(settings, screen).await?).await,
        Command::Suppression(command) => suppression::run(command, &Session::open(settings, screen).await?).await,
        Command::Retention(command) => retention::run(command, &Session::open(settings, screen).await?).await,
        Command::Death(command) => death::run(command, &Session::open(settings, screen).await?).await,
        Command::Workflow(command) => workflow::run(command, &settings, screen).await,
        Command::User(command) => user::run(command, &Session::create(settings, screen).await?).await,
        Command::ApiKey(command) => api_key::run(command, &Session::create(settings, screen).await?).await,
        Command::Webhook(command) => webhook::run(command, &Session::open(settings, screen).await?).await,
        Command::Audit(command) => audit::run(command, &Session::open(settings, screen).await?).await,
        Command::Db(command) => db::run(command, &settings, screen).await,
        // Done without a database.
        Command::Check(args) => check::run(args, &settings, screen),
        Command::Test(args) => match args.repro() {
            Some(case) => test::retell(case, &Session::open(settings, screen).await?).await,
            None => test::run(args, &settings, screen),
        },
        Command::Fmt(args) => fmt::run(args, &settings, screen),
        Command::New(args) => new::run(args, &settings, screen),
        Command::Tool(tool) => tool::run(tool, &settings, screen),
        Command::Bench(args) => bench::run_on(args, settings, screen).await,
    }
}

/// Says on standard error why nothing came of it.
fn complain(screen: Screen, failure: &Failure) -> Exit {
    let text = match screen.format {
        Format::Json => format!("{}\n", failure.to_json()),
        Format::Text | Format::Csv | Format::Sarif => failure.render(std::io::stderr().is_terminal()),
    };
    // Nobody is left to be told if this fails.
    std::io::stderr().lock().write_all(text.as_bytes()).ok();
    failure.exit
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_tree_is_sound() {
        Cli::command().debug_assert();
    }

    /// Each command that does something says what it does and shows how.
    #[test]
    fn every_command_teaches() {
        fn look(command: &clap::Command, path: &str) {
            let path = format!("{path} {}", command.get_name());
            assert!(command.get_about().is_some(), "{path} has no description");
            for argument in command.get_arguments() {
                assert!(argument.get_help().is_some(), "{path} does not explain {}", argument.get_id());
            }
            let leaf = command.get_subcommands().next().is_none();
            let examples = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(!leaf || examples.contains("wasl"), "{path} has no examples");
            command.get_subcommands().for_each(|command| look(command, &path));
        }
        look(&Cli::command(), "");
    }
}
