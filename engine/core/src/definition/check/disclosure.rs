//! Texts that reveal more than they declare, and texts that could go to nobody.

use super::super::decode::{Library, Text, TextKind};
use super::super::{Action, Verify, Workflow};
use super::texts::place_of;
use crate::decode::Decoder;
use crate::diagnostic::{Code, Diagnostic};
use crate::message::template::Template;
use crate::policy::{Disclosure, Revealing, reveals};

/// Checks to whom each message says that it may go.
pub(in crate::definition) fn disclosure(workflow: &Workflow, library: &Library, decoder: &mut Decoder<'_>) {
    let somebody_is_verified = verifies(workflow);
    for (_, name, text) in library.iter().filter(|(kind, _, _)| *kind == TextKind::Message) {
        for (language, template) in &text.templates {
            let Some(path) = text.paths.get(language) else { continue };
            decoder.findings.extend(of_text(workflow, path, template));
        }
        if !somebody_is_verified && workflow.disclosure(name) == Disclosure::Verified && is_sent(workflow, name) {
            decoder.findings.extend(to_nobody(name, text));
        }
    }
}

fn of_text(workflow: &Workflow, path: &str, template: &Template) -> Option<Diagnostic> {
    let source = template.source();
    let level = template.header("level")?;
    if Disclosure::parse(level).is_none() {
        let message = format!("`{level}` is no level: `0` may go to anybody, `1` to verified contact points only");
        let at = source.find(level).unwrap_or_default();
        return Some(Diagnostic::error(Code::BadTemplate, path, at..at + level.len(), message));
    }
    if Disclosure::declared(template) != Some(Disclosure::Anyone) {
        return None;
    }
    let (place, message) = match reveals(template, &workflow.case.fields)? {
        Revealing::Variable(variable) => {
            let at = place_of(source, &variable).unwrap_or_default();
            (at..at + variable.len(), format!("`{variable}` is not for everybody, but the text says `level: 0`"))
        }
        Revealing::Death(place) => {
            let words = source.get(place.clone()).unwrap_or_default().trim();
            let message = format!("`{words}` tells a stranger of a death, but the text says `level: 0`");
            (place, message)
        }
    };
    let help = "say `## level: 1`, and it goes only to people with whom we have spoken; or take it out";
    Some(Diagnostic::error(Code::RevealsTooMuch, path, place, message).suggest(help))
}

/// Whether any contact point can become a verified one: on the phone, or because the source vouches for it.
fn verifies(workflow: &Workflow) -> bool {
    let on_the_phone = |verify: &[Verify]| !verify.is_empty();
    let handlers = workflow.anywhere.iter().chain(workflow.states.iter().flat_map(|state| &state.on));
    let mut lookups = workflow.detect.iter().flat_map(|detect| &detect.lookups);
    handlers.flat_map(|handler| &handler.reactions).any(|reaction| on_the_phone(&reaction.verify))
        || lookups.any(|lookup| lookup.members.iter().any(|(member, _)| member == "disclosure"))
}

fn is_sent(workflow: &Workflow, name: &str) -> bool {
    workflow.actions().any(|action| matches!(action, Action::Send(send) if send.template == name))
}

fn to_nobody(name: &str, text: &Text) -> Option<Diagnostic> {
    let path = text.paths.values().next()?;
    let message = format!("`{name}` may go to verified contact points only, and no outcome of a call verifies one");
    let help =
        "write `verify: contact` where somebody on the phone says who they are, or take out what the text reveals";
    Some(Diagnostic::warning(Code::RevealsTooMuch, path, 0..0, message).suggest(help))
}
