//! `suppression`: who must not be contacted, why, and who said so. Listed people are shown by the end of
//! their number only: whoever needs the whole of it has it already.

use clap::{Args, Subcommand};
use serde_json::{Value as Json, json};
use wasl_core::delivery::Channel;
use wasl_core::policy::Rule;
use wasl_runtime::engine::OptOut;
use wasl_runtime::store::Suppression;

use super::case::By;
use super::session::Session;
use crate::asked::{masked, spelt};
use crate::failure::{Exit, Failure};
use crate::output::{Answer, Screen};
use crate::settings::Language;
use crate::words::CASE;

/// The commands about people who must not be contacted.
#[derive(Debug, Subcommand)]
pub(crate) enum SuppressionCommand {
    /// List who must not be contacted; of one person, also what was ever changed
    List(ListArgs),
    /// Note that somebody does not want to be contacted; cases that mean to are told at once
    Add(AddArgs),
    /// Note that somebody wants to hear from us again
    Remove(RemoveArgs),
}

/// `suppression list`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  wasl suppression list
  wasl suppression list 36001234
  wasl suppression list amna@example.bh --format json")]
pub(crate) struct ListArgs {
    /// Only this telephone number, e-mail address or personal number
    #[arg(value_name = "WHO")]
    who: Option<String>,
    /// At the most so many, the youngest first
    #[arg(long, value_name = "N", default_value_t = 50, allow_negative_numbers = true, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
}

/// `suppression add`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  wasl suppression add 36001234 --source hotline --reason 'asked for no more SMS' --channel sms
  wasl suppression add 840101234 --source agent --reason 'asked not to be contacted at all'
  wasl suppression add +97317000000 --rule never_to --source agent --reason 'a school, given by mistake'")]
pub(crate) struct AddArgs {
    /// A telephone number, an e-mail address or a personal number
    #[arg(value_name = "WHO")]
    who: String,
    /// Only on this channel: call, sms, email; without it on all of them
    #[arg(long, value_name = "CHANNEL", value_parser = channel)]
    channel: Option<Channel>,
    /// Under which rule: `opted_out`, they asked; `never_to`, the house says so (on all channels)
    #[arg(long, value_name = "RULE", default_value = "opted_out", value_parser = ["opted_out", "never_to"])]
    rule: String,
    /// Where it was heard
    #[arg(long, value_name = "SOURCE", value_parser = ["agent", "hotline", "web", "sms"])]
    source: String,
    /// Why; it stays in the list and in its history
    #[arg(long, value_name = "TEXT")]
    reason: String,
    #[command(flatten)]
    by: By,
}

/// `suppression remove`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  wasl suppression remove 36001234 --reason 'rang the hotline and wants the SMS again'
  wasl suppression remove 36001234 --channel sms --reason 'listed by mistake, see note of 12 May'")]
pub(crate) struct RemoveArgs {
    /// A telephone number, an e-mail address or a personal number
    #[arg(value_name = "WHO")]
    who: String,
    /// Only on this channel: call, sms, email; without it on all of them
    #[arg(long, value_name = "CHANNEL", value_parser = channel)]
    channel: Option<Channel>,
    /// Why; it stays in the history of the list
    #[arg(long, value_name = "TEXT")]
    reason: String,
    #[command(flatten)]
    by: By,
}

fn channel(word: &str) -> Result<Channel, String> {
    Channel::parse(word).ok_or_else(|| "write `call`, `sms` or `email`".to_owned())
}

/// Runs a command.
///
/// # Errors
/// The database cannot be used, or nobody of that name is listed.
pub(crate) async fn run(command: &SuppressionCommand, session: &Session) -> Result<Answer, Failure> {
    match command {
        SuppressionCommand::List(args) => list(args, session).await,
        SuppressionCommand::Add(args) => add(args, session).await,
        SuppressionCommand::Remove(args) => remove(args, session).await,
    }
}

async fn list(args: &ListArgs, session: &Session) -> Result<Answer, Failure> {
    let who = args.who.as_deref().map(|who| spelt(who, session)).transpose()?;
    let listed = session.store().suppression_list(who.as_deref(), args.limit).await?;
    let mut changes = Vec::new();
    if let Some(who) = &who {
        changes = session.store().suppression_changes(who).await?;
    }
    let screen = session.screen;
    let json = json!({
        "listed": listed.iter().map(to_json).collect::<Vec<_>>(),
        "changes": changes.iter().map(|(change, of)| with_change(change, of)).collect::<Vec<_>>(),
    });
    if listed.is_empty() && changes.is_empty() {
        return Ok(Answer::new(screen.pick("nobody is listed", "لا أحد في القائمة"), json));
    }
    let headers = match screen.language {
        Language::En => ["who", "channel", "since", "source", "by", "rule and reason"],
        Language::Ar => ["من", "القناة", "منذ", "المصدر", "سجله", "القاعدة والسبب"],
    };
    let rows = listed.iter().map(|of| row(of, session)).collect();
    let mut parts = vec![screen.table(&headers, rows)];
    if !changes.is_empty() {
        parts.push(screen.heading(screen.pick("What was changed", "ما تغير")));
        parts.extend(changes.iter().map(|(change, of)| change_words(change, of, session)));
    }
    Ok(Answer::new(parts.join("\n"), json))
}

async fn add(args: &AddArgs, session: &Session) -> Result<Answer, Failure> {
    let screen = session.screen;
    if args.rule == "never_to" && args.channel.is_some() {
        return Err(Failure::new(Exit::Usage, "`never_to` is for all channels").help("leave out `--channel`"));
    }
    let asked = OptOut {
        subject: spelt(&args.who, session)?,
        channel: args.channel,
        source: args.source.clone(),
        reason: Some(args.reason.clone()),
        by: args.by.name(),
    };
    let change = session.engine.suppress(&args.rule, &asked).await?;
    let told: Vec<String> = change.told.iter().map(|case| case.reference()).collect();
    let json = json!({"new": change.changed > 0, "cases_told": told});
    if change.changed == 0 {
        let text = screen.pick("listed already; nothing changed", "مدرج من قبل، ولم يتغير شيء");
        return Ok(Answer::new(text, json));
    }
    let first =
        screen.pick("listed; no case contacts them there any more", "أُدرج، ولن تتواصل معه أي حالة هناك بعد الآن");
    let count = u64::try_from(told.len()).unwrap_or(u64::MAX);
    let text = match told.as_slice() {
        [] => first.to_owned(),
        told => {
            let cases = screen.count(count, &CASE);
            let had = screen.pick("had planned to, and took it back:", "كانت تنوي ذلك وسحبته:");
            format!("{first}\n{cases} {had} {}", told.join(", "))
        }
    };
    Ok(Answer::new(text, json))
}

async fn remove(args: &RemoveArgs, session: &Session) -> Result<Answer, Failure> {
    let who = spelt(&args.who, session)?;
    let removed = session.engine.opt_in(&who, args.channel, (&args.by.name(), &args.reason)).await?;
    if removed.is_empty() {
        let failure = Failure::new(Exit::NotFound, "nobody of that number or address is listed");
        return Err(failure.help("see `wasl suppression list`; the deceased are taken back with `wasl death reverse`"));
    }
    let screen = session.screen;
    let lines: Vec<String> = removed.iter().map(|of| format!("  - {}", row(of, session).join(" · "))).collect();
    let first = screen.pick("taken off the list:", "شُطب من القائمة:");
    let json = removed.iter().map(to_json).collect();
    Ok(Answer::new(format!("{first}\n{}", lines.join("\n")), json))
}

fn rule_words(of: &Suppression, screen: Screen) -> String {
    let rule = if of.reason == "opted_out" { Rule::OptedOut } else { Rule::NeverTo };
    let note = of.note.as_ref().map_or(String::new(), |note| format!(": {note}"));
    format!("{}{note}", rule.words(screen.lang()))
}

fn channel_word(of: &Suppression, screen: Screen) -> String {
    of.channel.map_or_else(|| screen.pick("all", "الكل").to_owned(), |channel| channel.as_str().to_owned())
}

fn row(of: &Suppression, session: &Session) -> Vec<String> {
    let (screen, since, who) = (session.screen, session.moment(of.at), masked(&of.identity));
    vec![who, channel_word(of, screen), since, of.source.clone(), of.by.clone(), rule_words(of, screen)]
}

fn change_words(change: &str, of: &Suppression, session: &Session) -> String {
    let screen = session.screen;
    let change =
        if change == "added" { screen.pick("listed", "أُدرج") } else { screen.pick("taken off", "شُطب") };
    let (since, channel) = (session.moment(of.at), channel_word(of, screen));
    let note = of.note.as_deref().unwrap_or_default();
    format!("  {since}  {change} ({channel}) · {} · {note}", of.by)
}

fn to_json(of: &Suppression) -> Json {
    json!({
        "who": masked(&of.identity),
        "channel": of.channel.map(Channel::as_str),
        "rule": of.reason,
        "source": of.source,
        "reason": of.note,
        "by": of.by,
        "at": of.at.to_string(),
    })
}

fn with_change(change: &str, of: &Suppression) -> Json {
    let mut json = to_json(of);
    json["change"] = change.into();
    json
}

#[cfg(test)]
mod tests {
    use super::masked;

    #[test]
    fn no_more_is_shown_of_somebody_than_the_end() {
        assert_eq!(masked("+97336001234"), "•••••••••234");
        assert_eq!(masked("840101234"), "••••••234");
        assert_eq!(masked("amna@example.bh"), "a•••@example.bh");
        assert_eq!(masked("x1"), "x1");
    }
}
