//! Promises that the workflow does not keep, and caps that its own states must exceed.
//!
//! What can happen in the worst case is [`crate::bounds`]'s.

use std::ops::Range;

use super::super::{Environment, Workflow};
use crate::bounds;
use crate::decode::Decoder;
use crate::diagnostic::{Code, Severity};

/// Checks the workflow's worst case, if it is sound enough to have one.
pub(in crate::definition) fn bounds(
    workflow: &Workflow,
    outside: &Environment,
    cap_places: &[Range<usize>],
    decoder: &mut Decoder<'_>,
) {
    let has_errors = decoder.findings.iter().any(|finding| finding.severity == Severity::Error);
    let Some(calendar) = outside.calendars.get(&workflow.calendar).filter(|_| !has_errors) else { return };
    let proof = bounds::prove(workflow, calendar, &outside.texts);
    for exceeded in proof.exceeded {
        let cap = workflow.policy.at_most.get(exceeded.cap).zip(cap_places.get(exceeded.cap));
        let Some((cap, place)) = cap else { continue };
        let message = format!(
            "the states must exceed `{}`: though nothing comes, {} asked for: {}",
            cap.text,
            if exceeded.asked == 1 { "1 is".to_owned() } else { format!("{} are", exceeded.asked) },
            bounds::arrows(exceeded.states)
        );
        let help = Some("raise the cap, or ask for less".into());
        decoder.warn(Code::CapExceeded, place.clone(), message, help);
    }
    for broken in proof.broken {
        decoder.error_with(Code::PromiseBroken, broken.promise.span, broken.message, Some(broken.help));
    }
}
