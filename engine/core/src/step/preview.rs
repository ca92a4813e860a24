//! A text as a certain case would send it now, without sending it.

use super::Context;
use super::env::{TextEnv, language};
use super::machine::{Fault, Machine};
use super::recipient::{NOTHING, Search, search};
use crate::case::Case;
use crate::definition::{Action, Workflow};
use crate::delivery::Channel;
use crate::message::covered;
use crate::message::template::Rendered;
use crate::value::{Record, Value};

/// A text that was tried out.
#[derive(Clone, Debug, PartialEq)]
pub struct Previewed {
    /// How the workflow sends it; `None` if it does not.
    pub channel: Option<Channel>,
    /// The language that it is in.
    pub language: String,
    /// Whom it would reach; `None` if nobody of the case can be reached by it, or that is covered.
    pub to: Option<String>,
    /// What it says.
    pub rendered: Rendered,
}

/// Whether a text that is tried out may say who it is about.
#[derive(Clone, Copy, Debug)]
pub enum Personal<'w> {
    /// As the family would read it.
    Shown,
    /// Each letter of what is personal stands for a letter: as long, and about nobody. What is personal is said by the
    /// case's own version, which two people or the house stand for, and not by the one that is tried out.
    Covered(&'w Workflow),
}

/// A text of a case's workflow with what the case knows now, for whom it would reach; in that person's language unless
/// another is asked for. The workflow may be another version than the case's own: then it is what that would say.
///
/// # Errors
/// There is no such text, or it needs something that the case does not know: where and what, without personal data.
pub fn preview(
    workflow: &Workflow,
    case: &Case,
    context: &Context<'_>,
    template: &str,
    wanted: Option<&str>,
    personal: Personal<'_>,
) -> Result<Previewed, String> {
    let machine = Machine::new(workflow, case, context);
    let send = workflow.actions().find_map(|action| match action {
        Action::Send(send) if send.template == template => Some(send),
        _ => None,
    });
    let found = send.map(|send| {
        let saying = (send.channel, workflow.disclosure(template));
        search((case, &case.data), &machine.rules(), saying, &send.to)
    });
    let recipient = match found {
        Some(Search::Found(recipient)) => Some(recipient),
        _ => None,
    };
    let contact = recipient.as_ref().map_or(&NOTHING, |recipient| recipient.contact);
    let spoken = recipient.as_ref().and_then(|recipient| recipient.text("language"));
    let language = wanted.unwrap_or_else(|| language(workflow, spoken)).to_owned();
    let channel = send.map(|send| send.channel);
    let address = recipient.as_ref().map_or("", |recipient| recipient.address);
    let stop_url = machine.stop_url(channel.unwrap_or(Channel::Sms), address);
    let variables =
        machine.variables(&TextEnv { machine: &machine, recipient: contact, stop_url: stop_url.as_deref() });
    let variables = match personal {
        Personal::Shown => variables,
        Personal::Covered(own) => covered_by(own, case, &variables),
    };
    let rendered =
        machine.render((&workflow.templates, template), &language, &variables).map_err(|fault| match fault {
            Fault::Refused(reason) => reason.en().to_owned(),
            Fault::Broken { place, reason } => format!("{place}: {reason}"),
        })?;
    let to = recipient.map(|recipient| recipient.address.to_owned()).filter(|_| matches!(personal, Personal::Shown));
    Ok(Previewed { channel, language, to, rendered })
}

/// Fields that the case's own version does not describe are not shown at all.
fn covered_by(own: &Workflow, case: &Case, variables: &Record) -> Record {
    let known = own.personal_variables();
    let mut shown = covered(variables, &known);
    for name in case.data.keys().filter(|name| !known.contains_key(*name)) {
        shown.insert(name.clone(), Value::Null);
    }
    shown
}
