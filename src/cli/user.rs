//! `user`: people who may come into the console.

use std::collections::BTreeSet;

use clap::{Args, Subcommand};
use serde_json::{Value as Json, json};
use wasl_core::access::Role;
use wasl_core::diagnostic::did_you_mean;
use wasl_runtime::store::{StoredSession, User};

use super::case::By;
use super::session::Session;
use crate::access::{Accounts, Invited};
use crate::failure::Failure;
use crate::output::{Answer, Screen};

/// The commands about people who may come in.
#[derive(Debug, Subcommand)]
pub(crate) enum UserCommand {
    /// Add somebody; they choose a password by the link that this prints
    Add(AddArgs),
    /// List everybody with their roles
    List(ListArgs),
    /// Make somebody something else; it counts from their next click
    Role(RoleArgs),
    /// Lock somebody out: they leave at once and cannot come in again
    Disable(OneArgs),
    /// Let somebody in again who was locked out
    Enable(OneArgs),
    /// Print a link by which somebody chooses a new password, once and within a day; sessions end with it
    PasswordLink(OneArgs),
    /// List who is in, or end a session
    Session(SessionArgs),
}

/// `user add`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  wasl user add huda --full-name 'Huda Ahmed' --role agent
  wasl user add sami --full-name 'Sami Ali' --role supervisor --role editor

Roles: viewer (numbers and cases without names), agent (calls), supervisor (every case, the outbox),
editor (workflows and texts), administrator (users and keys, no family's data).")]
pub(crate) struct AddArgs {
    /// By which they come in: small letters, digits, `.`, `-` and `_`
    #[arg(value_name = "NAME")]
    name: String,
    /// What colleagues call them
    #[arg(long, value_name = "NAME")]
    full_name: String,
    /// What they are: viewer, agent, supervisor, editor, administrator; as often as needed
    #[arg(long = "role", value_name = "ROLE", required = true, value_parser = role)]
    roles: Vec<Role>,
    #[command(flatten)]
    by: By,
}

/// `user list`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  wasl user list
  wasl user list --format json")]
pub(crate) struct ListArgs {}

/// `user role`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  wasl user role huda supervisor
  wasl user role admin administrator        # the first user was everything; now others are")]
pub(crate) struct RoleArgs {
    /// Who
    #[arg(value_name = "NAME")]
    name: String,
    /// All that they are from now on
    #[arg(value_name = "ROLE", required = true, value_parser = role)]
    roles: Vec<Role>,
    #[command(flatten)]
    by: By,
}

/// One person.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  wasl user password-link huda
  wasl user disable huda
  wasl user enable huda")]
pub(crate) struct OneArgs {
    /// Who
    #[arg(value_name = "NAME")]
    name: String,
    #[command(flatten)]
    by: By,
}

/// `user session`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  wasl user session
  wasl user session --end 17")]
pub(crate) struct SessionArgs {
    /// The number of a session to end
    #[arg(long, value_name = "NUMBER")]
    end: Option<i64>,
    #[command(flatten)]
    by: By,
}

/// Runs a command.
///
/// # Errors
/// There is nobody of that name, or the database failed.
pub(crate) async fn run(command: &UserCommand, session: &Session) -> Result<Answer, Failure> {
    match command {
        UserCommand::Add(args) => add(args, session).await,
        UserCommand::List(_) => list(session).await,
        UserCommand::Role(args) => set_roles(args, session).await,
        UserCommand::Disable(args) => set_disabled(args, true, session).await,
        UserCommand::Enable(args) => set_disabled(args, false, session).await,
        UserCommand::PasswordLink(args) => link(args, session).await,
        UserCommand::Session(args) => sessions(args, session).await,
    }
}

async fn add(args: &AddArgs, session: &Session) -> Result<Answer, Failure> {
    let roles = args.roles.iter().copied().collect();
    let invited = Accounts::of(session, args.by.name()).add(&args.name, &args.full_name, roles).await?;
    Ok(invitation(
        &invited,
        session.screen.pick("added; the password is chosen here", "أضيف، وتختار كلمة المرور هنا"),
        session,
    ))
}

async fn link(args: &OneArgs, session: &Session) -> Result<Answer, Failure> {
    let invited = Accounts::of(session, args.by.name()).link(&args.name).await?;
    Ok(invitation(&invited, session.screen.pick("choose the password here", "اختر كلمة المرور هنا"), session))
}

/// Prints a new link to a password.
fn invitation(Invited { user, link }: &Invited, text: &str, session: &Session) -> Answer {
    let once = session.screen.pick("once, within a day", "مرة واحدة خلال يوم");
    let json = json!({"user": to_json(user), "password_link": link});
    Answer::new(format!("{}: {text} ({once})\n  {link}", user.name), json)
}

async fn list(session: &Session) -> Result<Answer, Failure> {
    let users = session.store().users().await?;
    let json = users.iter().map(to_json).collect();
    let screen = session.screen;
    if users.is_empty() {
        let text = screen.pick("there is nobody yet: `wasl user add`", "لا أحد بعد: `wasl user add`");
        return Ok(Answer::new(text, json));
    }
    let headers = [
        screen.pick("name", "الاسم"),
        screen.pick("roles", "الأدوار"),
        screen.pick("state", "الحال"),
        screen.pick("full name", "الاسم الكامل"),
    ];
    let row = |user: &User| {
        let state = match (user.disabled_at, user.has_password) {
            (None, false) if user.by_provider => screen.pick("by the provider", "بحساب العمل"),
            (Some(_), _) => screen.pick("locked out", "ممنوع"),
            (None, false) => screen.pick("no password yet", "بلا كلمة مرور بعد"),
            (None, true) => screen.pick("may come in", "يدخل"),
        };
        let roles = role_words(&user.roles, screen);
        vec![user.name.clone(), roles, state.to_owned(), user.full_name.clone()]
    };
    Ok(Answer::new(screen.table(&headers, users.iter().map(row).collect()), json))
}

async fn set_roles(args: &RoleArgs, session: &Session) -> Result<Answer, Failure> {
    let roles = args.roles.iter().copied().collect();
    let user = Accounts::of(session, args.by.name()).set_roles(&args.name, roles).await?;
    let words = role_words(&user.roles, session.screen);
    Ok(Answer::new(format!("{}: {words}", user.name), to_json(&user)))
}

async fn set_disabled(args: &OneArgs, disabled: bool, session: &Session) -> Result<Answer, Failure> {
    let user = Accounts::of(session, args.by.name()).set_disabled(&args.name, disabled).await?;
    let text = if disabled {
        session.screen.pick("locked out; every session has ended", "منع، وانتهت كل جلساته")
    } else {
        session.screen.pick("may come in again", "يمكنه الدخول من جديد")
    };
    Ok(Answer::new(format!("{}: {text}", user.name), to_json(&user)))
}

async fn sessions(args: &SessionArgs, session: &Session) -> Result<Answer, Failure> {
    let accounts = Accounts::of(session, args.by.name());
    if let Some(id) = args.end {
        accounts.end_session(id, None).await?;
        return Ok(Answer::new(session.screen.pick("ended", "انتهت"), json!({"ended": id})));
    }
    let all = accounts.sessions(None).await?;
    let json = all.iter().map(|one| {
        json!({"id": one.id, "user": one.user.name, "address": one.address, "created_at": one.created_at,
            "seen_at": one.seen_at, "expires_at": one.expires_at})
    });
    let json = json.collect();
    if all.is_empty() {
        return Ok(Answer::new(session.screen.pick("nobody is in", "لا أحد في الداخل"), json));
    }
    let screen = session.screen;
    let headers = [
        screen.pick("session", "الجلسة"),
        screen.pick("user", "المستخدم"),
        screen.pick("from", "من"),
        screen.pick("since", "منذ"),
        screen.pick("last seen", "آخر ظهور"),
    ];
    let row = |one: &StoredSession| {
        let (since, seen) = (session.moment(one.created_at), session.moment(one.seen_at));
        vec![one.id.to_string(), one.user.name.clone(), one.address.clone(), since, seen]
    };
    Ok(Answer::new(screen.table(&headers, all.iter().map(row).collect()), json))
}

fn role_words(roles: &BTreeSet<Role>, screen: Screen) -> String {
    let words: Vec<&str> = roles.iter().map(|role| role.words(screen.lang())).collect();
    words.join(screen.pick(", ", "، "))
}

fn role(name: &str) -> Result<Role, String> {
    let help = || did_you_mean(name, Role::ALL.into_iter().map(Role::name));
    Role::parse(name).ok_or_else(|| {
        let names = Role::ALL.map(Role::name).join(", ");
        help().unwrap_or_else(|| format!("the roles are {names}"))
    })
}

fn to_json(user: &User) -> Json {
    json!({
        "name": user.name,
        "full_name": user.full_name,
        "roles": user.roles.iter().map(|role| role.name()).collect::<Vec<_>>(),
        "has_password": user.has_password,
        "by_provider": user.by_provider,
        "created_at": user.created_at,
        "disabled_at": user.disabled_at,
    })
}
