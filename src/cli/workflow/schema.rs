//! `workflow schema` and `workflow keywords`: the grammar of the files that people write, for editors and for readers.

use clap::Args;
use clap::builder::PossibleValuesParser;
use serde_json::{Value as Json, json};
use wasl_core::grammar::{self, FILES, File};

use crate::output::{Answer, Screen};

/// `workflow schema`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  wasl workflow schema > workflows/workflow.schema.json
  wasl workflow schema --of scenario > workflows/scenario.schema.json
  wasl workflow schema --of calendar --lang ar

Editors with YAML support read it from a comment at the top of a file:
  # yaml-language-server: $schema=./workflow.schema.json")]
pub(crate) struct SchemaArgs {
    /// Which kind of file
    #[arg(long, value_name = "KIND", default_value = "workflow", value_parser = kinds())]
    of: String,
}

/// `workflow keywords`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  wasl workflow keywords --lang ar | less
  wasl workflow keywords --of calendar
  wasl workflow keywords > docs/keywords.md")]
pub(crate) struct KeywordsArgs {
    /// Only those of one kind of file
    #[arg(long, value_name = "KIND", value_parser = kinds())]
    of: Option<String>,
}

fn kinds() -> PossibleValuesParser {
    PossibleValuesParser::new(FILES.iter().map(|file| file.kind))
}

/// The schema, as text to be kept in a file.
pub(super) fn schema(args: &SchemaArgs, screen: Screen) -> Answer {
    let file = File::of(&args.of).unwrap_or(&FILES[0]);
    let text = grammar::json_schema(file, screen.lang());
    let json: Json = serde_json::from_str(&text).unwrap_or_default();
    Answer::new(text, json)
}

/// The page of keywords; for programs, each key with its mapping.
pub(super) fn keywords(args: &KeywordsArgs, screen: Screen) -> Answer {
    let one = args.of.as_deref().and_then(File::of).map(std::slice::from_ref);
    let files = one.unwrap_or(&FILES);
    let keys = files.iter().flat_map(|file| {
        file.shape.mappings().into_iter().flat_map(move |mapping| {
            mapping.keys.iter().map(move |key| {
                let meaning = screen.pick(key.about.en, key.about.ar);
                json!({
                    "file": file.kind, "in": mapping.name, "key": key.name, "required": key.required,
                    "meaning": meaning, "example": key.such_as,
                })
            })
        })
    });
    let json = Json::Array(keys.collect());
    Answer::new(grammar::keyword_page(files, screen.lang()), json)
}
