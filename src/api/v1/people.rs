//! Who must not be contacted, and deaths that were registered in error.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use wasl_core::access::Permission::{ListSuppression, ReverseDeath};
use wasl_core::case::CaseId;
use wasl_core::delivery::Channel;
use wasl_runtime::engine::{OptOut, Reversed};
use wasl_runtime::store::Suppression;

use super::call::Call;
use super::messages::known;
use super::problem::{Problem, Status};
use super::route::{Answered, Nothing, Reply, Route, get, post};
use super::shown::{Page, limited};
use crate::asked::{by_case, known_deceased, masked, spelt};
use crate::failure::{Exit, Failure};

/// Entries of a list unless asked otherwise, and at the most.
const PAGE: u32 = 100;
const PAGE_MAX: u32 = 1_000;

/// The routes.
pub(super) fn routes() -> Vec<Route> {
    vec![
        get(
            "/suppressions",
            ListSuppression,
            "List who must not be contacted, the youngest first; the end of numbers only",
            list,
        ),
        post(
            "/suppressions",
            (ListSuppression, "suppression.add"),
            "Note that somebody does not want to be contacted",
            add,
        )
        .example(r#"{"who": "36001234", "channel": "sms", "source": "hotline", "reason": "asked for no more SMS"}"#),
        post(
            "/suppressions/remove",
            (ListSuppression, "suppression.remove"),
            "Note that somebody wants to hear from us again",
            remove,
        )
        .example(r#"{"who": "36001234", "reason": "asked for messages again"}"#),
        post(
            "/deaths/reverse",
            (ReverseDeath, "death.reverse"),
            "Withdraw a death that was registered in error, or say what that would do",
            reverse,
        )
        .example(r#"{"who": "KXT2P", "reason": "the register withdrew it", "dry_run": true}"#),
        post(
            "/deaths/confirm",
            (ReverseDeath, "death.confirm"),
            "Take a withdrawal back: the person is dead after all",
            confirm,
        )
        .example(r#"{"who": "KXT2P", "reason": "the hospital confirms it"}"#),
    ]
}

/// Which entries are wanted.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    /// At the most so many; 100 unless given.
    #[schemars(range(min = 1, max = 1000))]
    limit: Option<i64>,
}

/// Somebody who must not be contacted.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Suppression")]
pub(super) struct Listed {
    /// The end of their number or address.
    who: String,
    /// On which channel; `null` for all of them.
    channel: Option<&'static str>,
    /// `opted_out` or `never_to`.
    rule: String,
    /// Where we heard it.
    source: String,
    /// Who listed them.
    by: String,
    #[schemars(with = "String", extend("format" = "date-time"))]
    since: Timestamp,
}

impl From<&Suppression> for Listed {
    fn from(of: &Suppression) -> Self {
        Self {
            who: masked(&of.identity),
            channel: of.channel.map(Channel::as_str),
            rule: of.reason.clone(),
            source: of.source.clone(),
            by: of.by.clone(),
            since: of.at,
        }
    }
}

/// Somebody does not want to be contacted.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "SuppressionNew")]
pub(super) struct Adding {
    /// A telephone number, an e-mail address or a personal number.
    who: String,
    /// Only on this channel: `call`, `sms`, `email`; else on all of them.
    channel: Option<String>,
    /// `opted_out` unless given: they asked; `never_to`: the house says so, on all channels.
    #[serde(default)]
    rule: Rule,
    /// Where it was heard.
    source: Source,
    /// Why; it stays in the list.
    reason: String,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Rule {
    #[default]
    OptedOut,
    NeverTo,
}

#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Source {
    Agent,
    Hotline,
    Web,
    Sms,
}

/// Somebody wants to hear from us again.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "SuppressionRemoved")]
pub(super) struct Removing {
    /// A telephone number, an e-mail address or a personal number.
    who: String,
    /// Only on this channel; else on all of them.
    channel: Option<String>,
    /// Why; it stays in the list.
    reason: String,
}

/// What listing somebody did.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Added {
    /// Whether they were not listed already.
    new: bool,
    /// References of the cases that meant to contact them and took it back.
    cases_told: Vec<String>,
}

/// A death that is withdrawn.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Reversing {
    /// The personal number of the person, or the reference of a case about them.
    who: String,
    /// Why; it stays in the history.
    reason: String,
    /// Say what would happen and change nothing.
    #[serde(default)]
    dry_run: bool,
}

/// A death that counts after all.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Confirming {
    /// The personal number of the person, or the reference of a case about them.
    who: String,
    /// Why; it stays in the history.
    reason: String,
}

/// What a withdrawn death does to a case.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "DeathReversed")]
pub(super) struct Turned {
    /// Its reference.
    case: String,
    workflow: String,
    /// Whether it was withdrawn before.
    already: bool,
    /// Messages that do not leave.
    messages_stopped: usize,
    /// Calls and other work that nobody does any more.
    calls_stopped: usize,
    /// The state before and after, and how the case stands.
    was: Place,
    is: Place,
}

/// Where a case stands.
#[derive(Debug, Serialize, JsonSchema)]
struct Place {
    state: String,
    standing: &'static str,
}

/// The cases whose deceased are dead again.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Confirmed {
    confirmed: Vec<String>,
}

async fn list(call: Call<Wanted, Nothing>) -> Answered<Page<Listed>> {
    let limit = limited(call.query.limit, PAGE, PAGE_MAX)?;
    let listed = call.session.store().suppression_list(None, limit).await?;
    Ok(Reply::of(Page::whole(listed.iter().map(Listed::from).collect())))
}

async fn add(call: Call<Nothing, Adding>) -> Answered<Added> {
    let asked = &call.body;
    let channel = known(asked.channel.as_deref(), "channel", Channel::parse)?;
    if asked.rule == Rule::NeverTo && channel.is_some() {
        return Err(
            Problem::of(Status::UNPROCESSABLE_ENTITY, "`never_to` is for all channels").help("leave out `channel`")
        );
    }
    let rule = if asked.rule == Rule::NeverTo { "never_to" } else { "opted_out" };
    let out = OptOut {
        subject: spelt(&asked.who, &call.session)?,
        channel,
        source: format!("{:?}", asked.source).to_lowercase(),
        reason: Some(asked.reason.clone()),
        by: call.viewer.who.clone(),
    };
    let change = call.session.engine.suppress(rule, &out).await?;
    let cases_told = change.told.iter().map(|case| case.reference()).collect();
    Ok(Reply::of(Added { new: change.changed > 0, cases_told }))
}

async fn remove(call: Call<Nothing, Removing>) -> Answered<Page<Listed>> {
    let asked = &call.body;
    let who = spelt(&asked.who, &call.session)?;
    let channel = known(asked.channel.as_deref(), "channel", Channel::parse)?;
    let removed = call.session.engine.opt_in(&who, channel, (&call.viewer.who, &asked.reason)).await?;
    if removed.is_empty() {
        return Err(Failure::new(Exit::NotFound, "nobody of that number or address is listed").into());
    }
    Ok(Reply::of(Page::whole(removed.iter().map(Listed::from).collect())))
}

async fn reverse(call: Call<Nothing, Reversing>) -> Answered<Page<Turned>> {
    let Reversing { who, reason, dry_run } = &call.body;
    let engine = &call.session.engine;
    let cases = by_case(&known_deceased(who, &call.session).await?);
    let mut reversed = engine.reversal(&cases, reason).await?;
    let open: Vec<CaseId> = cases.iter().filter(|(_, already)| !already).map(|(case, _)| *case).collect();
    if !open.is_empty() && !dry_run {
        engine.withdraw_death(&open, (&call.viewer.who, reason)).await?;
        for of in &mut reversed {
            if let Some(after) = call.session.store().case(of.before.id).await? {
                of.after = after;
            }
        }
    }
    Ok(Reply::of(Page::whole(reversed.iter().map(Turned::from).collect())))
}

impl From<&Reversed> for Turned {
    fn from(of: &Reversed) -> Self {
        let place =
            |case: &wasl_core::case::Case| Place { state: case.state.to_string(), standing: case.standing.as_str() };
        Self {
            case: of.before.id.reference(),
            workflow: of.before.workflow.to_string(),
            already: of.already,
            messages_stopped: of.messages,
            calls_stopped: of.calls,
            was: place(&of.before),
            is: place(&of.after),
        }
    }
}

async fn confirm(call: Call<Nothing, Confirming>) -> Answered<Confirmed> {
    let cases = by_case(&known_deceased(&call.body.who, &call.session).await?);
    let withdrawn: Vec<CaseId> = cases.iter().filter(|(_, already)| *already).map(|(case, _)| *case).collect();
    if !withdrawn.is_empty() {
        call.session.engine.confirm_death(&withdrawn, (&call.viewer.who, &call.body.reason)).await?;
    }
    Ok(Reply::of(Confirmed { confirmed: withdrawn.iter().map(|case| case.reference()).collect() }))
}
