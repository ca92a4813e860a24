//! `workflow schema`: the grammar of the files that people write, for their editors.

use clap::Args;
use serde_json::Value as Json;
use wasl_core::grammar::{self, Mapping};

use crate::output::{Answer, Screen};

/// `workflow schema`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  wasl workflow schema > workflows/workflow.schema.json
  wasl workflow schema --lang ar

Editors with YAML support read it from a comment at the top of a file:
  # yaml-language-server: $schema=./workflow.schema.json")]
pub(crate) struct SchemaArgs {}

/// The schema, as text to be kept in a file.
pub(super) fn run(_args: &SchemaArgs, screen: Screen) -> Answer {
    let root: &'static Mapping = &grammar::WORKFLOW;
    let text = grammar::json_schema(root, screen.lang());
    let json: Json = serde_json::from_str(&text).unwrap_or_default();
    Answer::new(text, json)
}
