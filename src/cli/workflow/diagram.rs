//! `workflow diagram`: a workflow as a picture, to the screen or into a file.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use wasl_core::definition::{Environment, Workflow};
use wasl_core::diagram::{Diagram, dot, mermaid, svg};

use super::put;
use crate::failure::Failure;
use crate::output::{Answer, Screen};

/// `workflow diagram`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  wasl workflow diagram account-transfer --as svg --output account-transfer.svg
  wasl workflow diagram account-transfer --as svg --lang ar --output account-transfer.ar.svg
  wasl workflow diagram account-transfer > account-transfer.mmd
  wasl workflow diagram account-transfer --as dot | dot -Tpdf > account-transfer.pdf

An SVG opens in every browser and needs nothing else. Mermaid is drawn by GitHub, GitLab, many editors,
and https://mermaid.live; DOT by Graphviz.")]
pub(crate) struct DiagramArgs {
    /// The workflow's name, or the path of its file
    #[arg(value_name = "WORKFLOW")]
    pub(super) workflow: String,
    /// In which form
    #[arg(long = "as", value_name = "FORM", default_value = "mermaid")]
    form: Form,
    /// Write it to this file instead of the screen
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// The forms of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Form {
    /// Text that GitHub, GitLab and many editors draw
    Mermaid,
    /// The language of Graphviz
    Dot,
    /// A picture that every browser shows
    Svg,
}

/// Draws a workflow.
///
/// # Errors
/// The file cannot be written.
pub(super) fn run(
    args: &DiagramArgs,
    workflow: &Workflow,
    environment: &Environment,
    screen: Screen,
) -> Result<Answer, Failure> {
    let diagram = Diagram::of(workflow, environment, screen.lang());
    let (form, text) = match args.form {
        Form::Mermaid => ("mermaid", mermaid(&diagram)),
        Form::Dot => ("dot", dot(&diagram)),
        Form::Svg => ("svg", svg(&diagram)),
    };
    let json = json!({"workflow": workflow.name, "as": form, form: text});
    put(args.output.as_deref(), text, json, screen)
}
