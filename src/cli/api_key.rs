//! `api-key`: keys by which other systems use the API. The key itself is shown once, when it is made.

use std::collections::BTreeSet;

use clap::{Args, Subcommand};
use serde_json::json;
use wasl_core::access::{Permission, Role};
use wasl_core::diagnostic::did_you_mean;
use wasl_runtime::store::ApiKey;

use super::case::By;
use super::session::Session;
use crate::access::{Accounts, KEY_DAYS, KEY_DAYS_MAX};
use crate::failure::Failure;
use crate::output::Answer;

/// The commands about keys.
#[derive(Debug, Subcommand)]
pub(crate) enum ApiKeyCommand {
    /// Make a key; it is shown now and never again
    Create(CreateArgs),
    /// List keys: what each may do, until when, when it was used last
    List(ListArgs),
    /// Revoke a key at once
    Revoke(RevokeArgs),
}

/// `api-key create`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  wasl api-key create billing --scope submit_event --scope view_case
  wasl api-key create reports --like viewer --days 30
  curl -H \"Authorization: Bearer $KEY\" http://127.0.0.1:8080/api/v1/cases

Scopes are permissions: view_case, see_personal_fields, answer_task, open_case, act_on_case, submit_event,
release_outbox, run_detection, correct_records, list_suppression, reverse_death, view_workflow, edit_workflow,
activate_workflow, view_metrics, view_reports, view_audit, manage_webhooks, manage_retention. A key never manages users.")]
pub(crate) struct CreateArgs {
    /// The system that will have it
    #[arg(value_name = "NAME")]
    name: String,
    /// What it may do; as often as needed
    #[arg(long = "scope", value_name = "SCOPE", value_parser = scope, required_unless_present = "like")]
    scopes: Vec<Permission>,
    /// Everything that a role may do
    #[arg(long, value_name = "ROLE", value_parser = like)]
    like: Option<Role>,
    /// For so many days
    #[arg(long, value_name = "N", default_value_t = KEY_DAYS, value_parser = clap::value_parser!(u16).range(1..=i64::from(KEY_DAYS_MAX)))]
    days: u16,
    #[command(flatten)]
    by: By,
}

/// `api-key list`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  wasl api-key list
  wasl api-key list --format json")]
pub(crate) struct ListArgs {}

/// `api-key revoke`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  wasl api-key revoke billing")]
pub(crate) struct RevokeArgs {
    /// The key's name
    #[arg(value_name = "NAME")]
    name: String,
    #[command(flatten)]
    by: By,
}

/// Runs a command.
///
/// # Errors
/// There is no such key, its name is taken, or the database failed.
pub(crate) async fn run(command: &ApiKeyCommand, session: &Session) -> Result<Answer, Failure> {
    match command {
        ApiKeyCommand::Create(args) => create(args, session).await,
        ApiKeyCommand::List(_) => list(session).await,
        ApiKeyCommand::Revoke(args) => revoke(args, session).await,
    }
}

async fn create(args: &CreateArgs, session: &Session) -> Result<Answer, Failure> {
    let mut scopes: BTreeSet<Permission> = args.scopes.iter().copied().collect();
    scopes.extend(args.like.into_iter().flat_map(Role::permissions));
    scopes.remove(&Permission::ManageUsers);
    let made = Accounts::of(session, args.by.name()).make_key(&args.name, scopes, args.days).await?;
    let once = session.screen.pick("shown now and never again", "يعرض الآن ولن يعرض مرة أخرى");
    let (key, scopes) = (made.key.reveal(), names(&made.scopes));
    let label = session.screen.pick("key", "المفتاح");
    let text = format!("{label}: {key}\n  ({once}: {})", scopes.join(", "));
    Ok(Answer::new(text, json!({"name": made.name, "key": key, "scopes": scopes, "expires_at": made.expires_at})))
}

async fn list(session: &Session) -> Result<Answer, Failure> {
    let keys = session.store().api_keys().await?;
    let (now, screen) = (session.engine.now(), session.screen);
    let json = keys.iter().map(|key| {
        json!({"name": key.name, "scopes": names(&key.scopes), "created_by": key.created_by,
            "created_at": key.created_at, "expires_at": key.expires_at, "used_at": key.used_at,
            "revoked_at": key.revoked_at})
    });
    let json = json.collect();
    if keys.is_empty() {
        return Ok(Answer::new(screen.pick("there are no keys", "لا مفاتيح"), json));
    }
    let headers = [
        screen.pick("key", "المفتاح"),
        screen.pick("until", "حتى"),
        screen.pick("last used", "آخر استعمال"),
        screen.pick("state", "الحال"),
        screen.pick("may", "يجوز له"),
    ];
    let row = |key: &ApiKey| {
        let state = match key.revoked_at {
            Some(_) => screen.pick("revoked", "ملغى"),
            None if key.expires_at <= now => screen.pick("expired", "منته"),
            None => screen.pick("opens", "سار"),
        };
        let used = key.used_at.map_or_else(|| screen.pick("never", "لم يستعمل").to_owned(), |at| session.moment(at));
        vec![key.name.clone(), session.moment(key.expires_at), used, state.to_owned(), names(&key.scopes).join(", ")]
    };
    Ok(Answer::new(screen.table(&headers, keys.iter().map(row).collect()), json))
}

async fn revoke(args: &RevokeArgs, session: &Session) -> Result<Answer, Failure> {
    Accounts::of(session, args.by.name()).revoke_key(&args.name).await?;
    let text = session.screen.pick("revoked; it opens nothing any more", "ألغي ولم يعد يفتح شيئا");
    Ok(Answer::new(text, json!({"revoked": args.name})))
}

fn names(scopes: &BTreeSet<Permission>) -> Vec<&'static str> {
    scopes.iter().map(|scope| scope.name()).collect()
}

fn scope(name: &str) -> Result<Permission, String> {
    match Permission::parse(name) {
        Some(Permission::ManageUsers) => Err("a key never manages users".into()),
        Some(permission) => Ok(permission),
        None => Err(did_you_mean(name, Permission::all().map(Permission::name))
            .unwrap_or_else(|| "see the scopes in `wasl api-key create --help`".into())),
    }
}

fn like(name: &str) -> Result<Role, String> {
    Role::parse(name).ok_or_else(|| format!("the roles are {}", Role::ALL.map(Role::name).join(", ")))
}

#[cfg(test)]
mod tests {
    use clap::Args as _;

    use super::*;

    #[test]
    fn help_names_every_scope_that_a_key_may_have() {
        let help = CreateArgs::augment_args(clap::Command::new("create")).get_after_help().unwrap().to_string();
        for permission in Permission::all() {
            let named = help.split([' ', ',', '.', '\n']).any(|word| word == permission.name());
            assert_eq!(named, permission != Permission::ManageUsers, "{}", permission.name());
        }
    }
}
