//! `workflow describe`: a workflow as plain prose.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use wasl_core::definition::{Environment, Workflow};
use wasl_core::describe::describe;

use super::put;
use crate::failure::Failure;
use crate::output::{Answer, Screen};

/// `workflow describe`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  wasl workflow describe account-transfer
  wasl workflow describe account-transfer --lang ar --output account-transfer.ar.md

For the people who approve what families are told: what each state does, how much a family can hear, and
every text and call script in every language. The answer is Markdown.")]
pub(crate) struct DescribeArgs {
    /// The workflow's name, or the path of its file
    #[arg(value_name = "WORKFLOW")]
    pub(super) workflow: String,
    /// Write it to this file instead of the screen
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Describes a workflow.
///
/// # Errors
/// The file cannot be written.
pub(super) fn run(
    args: &DescribeArgs,
    workflow: &Workflow,
    environment: &Environment,
    screen: Screen,
) -> Result<Answer, Failure> {
    let text = describe(workflow, environment, screen.lang());
    let json = json!({"workflow": workflow.name, "version": workflow.hash, "markdown": text});
    put(args.output.as_deref(), text, json, screen)
}
