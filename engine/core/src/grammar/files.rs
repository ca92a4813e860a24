//! The kinds of files that people write, each with its grammar.

use super::{Both, CALENDAR, FRAGMENT, Mapping, SCENARIOS, SETTINGS, SOURCES, Shape, TARIFF, WORKFLOW, both};
use crate::yaml::{Kind, Node};

/// A kind of file.
#[derive(Debug)]
pub struct File {
    /// The word for it, as in `wasl workflow schema --of calendar`.
    pub kind: &'static str,
    /// As a heading says it.
    pub title: Both,
    /// What stands in it.
    pub shape: Shape,
    /// Whether any value may be a `$word` that is filled in where the file is used.
    pub has_open_words: bool,
    /// Where its schema is kept, from the folder of the project on.
    pub schema: &'static str,
}

/// Every kind of file, the workflow first.
pub static FILES: [File; 7] = [
    File {
        kind: "workflow",
        title: both("Workflows", "مسارات العمل"),
        shape: Shape::Map(&WORKFLOW),
        has_open_words: false,
        schema: "workflows/workflow.schema.json",
    },
    File {
        kind: "fragment",
        title: both("Fragments", "الأجزاء المشتركة"),
        shape: Shape::Map(&FRAGMENT),
        has_open_words: true,
        schema: "workflows/fragment.schema.json",
    },
    File {
        kind: "scenario",
        title: both("Scenarios", "السيناريوهات"),
        shape: Shape::Map(&SCENARIOS),
        has_open_words: false,
        schema: "workflows/scenario.schema.json",
    },
    File {
        kind: "calendar",
        title: both("Calendars", "التقاويم"),
        shape: Shape::Map(&CALENDAR),
        has_open_words: false,
        schema: "config/calendar.schema.json",
    },
    File {
        kind: "sources",
        title: both("Sources of records", "مصادر السجلات"),
        shape: Shape::Each(&SOURCES),
        has_open_words: false,
        schema: "config/sources.schema.json",
    },
    File {
        kind: "tariff",
        title: both("Tariffs", "التعرفات"),
        shape: Shape::Map(&TARIFF),
        has_open_words: false,
        schema: "config/tariff.schema.json",
    },
    File {
        kind: "settings",
        title: both("The configuration", "الإعدادات"),
        shape: Shape::Map(&SETTINGS),
        has_open_words: false,
        schema: "config/settings.schema.json",
    },
];

impl File {
    /// The kind that a word stands for.
    pub fn of(kind: &str) -> Option<&'static Self> {
        FILES.iter().find(|file| file.kind == kind)
    }
}

/// A key of the grammar that stands in a file: the mapping's name, the key, and its value there.
pub type SeenKey<'n> = (&'static str, &'static str, &'n Node);

/// Every key of the grammar that stands in a tree of a shape: what is checked when decoders are held to the grammar.
pub fn keys_in<'n>(node: &'n Node, shape: &Shape) -> Vec<SeenKey<'n>> {
    let mut found = Vec::new();
    see(node, shape, &mut found);
    found
}

fn see<'n>(node: &'n Node, shape: &Shape, found: &mut Vec<SeenKey<'n>>) {
    match (shape, &node.kind) {
        (Shape::Map(mapping), Kind::Map(entries)) => {
            for (key, value) in entries {
                let Some(known) = key.text().and_then(|name| Mapping::key(*mapping, name)) else { continue };
                found.push((mapping.name, known.name, value));
                see(value, &known.shape, found);
            }
        }
        (Shape::Each(entries), Kind::Map(values)) => values.iter().for_each(|(_, v)| see(v, &entries.value, found)),
        (Shape::OneOrMore(of), Kind::List(items)) => items.iter().for_each(|item| see(item, of, found)),
        (Shape::OneOrMore(of), _) => see(node, of, found),
        (Shape::Either(shapes), _) => shapes.iter().for_each(|shape| see(node, shape, found)),
        _ => {}
    }
}
