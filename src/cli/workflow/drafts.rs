//! `workflow drafts`: what is being written in the console, and what waits for a second person.

use clap::Args;
use serde_json::{Value as Json, json};
use wasl_runtime::store::DraftStatus;

use crate::failure::Failure;
use crate::output::{Answer, Screen};
use crate::session::Session;
use crate::settings::Settings;
use crate::versions::short;

/// Drafts that are listed.
const LISTED_MAX: u32 = 200;

/// `workflow drafts`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  wasl workflow drafts
  wasl workflow drafts account-transfer --all
  wasl workflow drafts --format json

Drafts are written and approved in the console, under Workflows, or over the API: by one, approved by another.")]
pub(crate) struct DraftsArgs {
    /// Only those of this workflow
    #[arg(value_name = "WORKFLOW")]
    workflow: Option<String>,
    /// Those that were approved or given up as well
    #[arg(long)]
    all: bool,
}

/// Lists drafts.
///
/// # Errors
/// There is no database yet, or it cannot be read.
pub(super) async fn run(args: &DraftsArgs, settings: &Settings, screen: Screen) -> Result<Answer, Failure> {
    let session = Session::open(settings.clone(), screen).await?;
    let wanted = DraftStatus::ALL.into_iter().filter(|status| args.all || !status.is_over());
    let drafts = session.store().drafts(args.workflow.as_deref(), &wanted.collect::<Vec<_>>(), LISTED_MAX).await?;
    if drafts.is_empty() {
        let nothing = screen.pick("there is no draft", "لا توجد مسودة");
        return Ok(Answer::new(nothing, Json::Array(Vec::new())));
    }
    let rows = drafts.iter().map(|draft| {
        let note = draft.submitted.as_ref().and_then(|act| act.note.clone()).unwrap_or_default();
        let became = draft.hash.as_deref().map_or("—", short).to_owned();
        let (status, by) = (draft.status.as_str().to_owned(), draft.changed.by.clone());
        vec![draft.id.to_string(), draft.workflow.clone(), status, session.moment(draft.changed.at), by, became, note]
    });
    let headers = ["draft", "workflow", "status", "changed", "by", "version", "note"];
    let text = screen.table(&headers, rows.collect());
    let json = drafts.iter().map(|draft| {
        json!({
            "id": draft.id, "workflow": draft.workflow, "status": draft.status.as_str(), "version": draft.version,
            "authors": draft.authors, "changed_by": draft.changed.by, "changed_at": draft.changed.at,
            "note": draft.submitted.as_ref().and_then(|act| act.note.clone()), "became_version": draft.hash,
        })
    });
    Ok(Answer::new(text, json.collect()))
}
