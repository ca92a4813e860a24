//! `workflow schema` and `workflow keywords`: the grammar of workflow files, for editors and for readers.

use clap::Args;
use serde_json::{Value as Json, json};
use wasl_core::grammar::{self, WORKFLOW};

use crate::output::{Answer, Screen};

/// `workflow schema`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  wasl workflow schema > workflows/workflow.schema.json
  wasl workflow schema --lang ar

Editors with YAML support read it from a comment at the top of a file:
  # yaml-language-server: $schema=./workflow.schema.json")]
pub(crate) struct SchemaArgs {}

/// `workflow keywords`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  wasl workflow keywords --lang ar | less
  wasl workflow keywords > docs/keywords.md")]
pub(crate) struct KeywordsArgs {}

/// The schema, as text to be kept in a file.
pub(super) fn schema(_args: &SchemaArgs, screen: Screen) -> Answer {
    let text = grammar::json_schema(&WORKFLOW, screen.lang());
    let json: Json = serde_json::from_str(&text).unwrap_or_default();
    Answer::new(text, json)
}

/// The page of keywords; for programs, each key with its mapping.
pub(super) fn keywords(_args: &KeywordsArgs, screen: Screen) -> Answer {
    let mappings = grammar::Mapping::with_all_below(&WORKFLOW);
    let keys = mappings.iter().flat_map(|mapping| {
        mapping.keys.iter().map(|key| {
            let meaning = screen.pick(key.about.en, key.about.ar);
            json!({
                "in": mapping.name, "key": key.name, "required": key.required, "meaning": meaning, "example": key.such_as,
            })
        })
    });
    let json = Json::Array(keys.collect());
    Answer::new(grammar::keyword_page(&WORKFLOW, screen.lang()), json)
}
