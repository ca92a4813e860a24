//! Sources of records as the configuration declares them; reading them is the runtime's work.

use std::collections::BTreeMap;

use crate::decode::{Decoder, Word};
use crate::diagnostic::{Code, Report, did_you_mean};
use crate::grammar::RECORDS;
use crate::lang::Texts;
use crate::schema::Schema;
use crate::yaml::{self, Kind, Node};

/// A source in `config/sources.yaml`.
#[derive(Clone, Debug)]
pub struct Source {
    /// Its name.
    pub name: String,
    /// What people call it.
    pub title: Texts,
    /// CSV files: a path, or a folder with a pattern such as `data/death-register/*.csv`.
    pub csv: String,
    /// Columns that together tell records apart; a row that comes again with the same values is a
    /// repeat. Without any, each row is a record of its own.
    pub key: Vec<String>,
    /// Typed columns; a row that does not fit is rejected with its reason.
    pub columns: Schema,
}

/// All sources by name.
pub type Sources = BTreeMap<String, Source>;

/// Reads `config/sources.yaml`: `name: {title, csv, key, columns}` for each source. A source with a
/// mistake is left out; the report says why.
pub fn decode_sources(file: &str, source: &str) -> (Sources, Report) {
    let mut report = Report { findings: Vec::new(), sources: BTreeMap::from([(file.to_owned(), source.to_owned())]) };
    let mut sources = Sources::new();
    match yaml::parse(file, source) {
        Ok(node) => {
            let mut decoder = Decoder::new(file, source);
            for (name, value) in decoder.entries(&node, "the sources") {
                sources.extend(decode_source(&mut decoder, &name, value).map(|source| (name.text, source)));
            }
            report.findings = decoder.findings;
        }
        Err(finding) => report.findings.push(*finding),
    }
    report.sort();
    (sources, report)
}

fn decode_source(decoder: &mut Decoder<'_>, name: &Word, node: &Node) -> Option<Source> {
    let both = ["en".to_owned(), "ar".to_owned()];
    let found_before = decoder.findings.len();
    let what = format!("the source `{}`", name.text);
    let [title, csv, key, columns] = decoder.mapping(node, &what, &RECORDS);
    let title = title.and_then(|node| decoder.texts(node, "the title", &both)).unwrap_or_default();
    let csv = csv.and_then(|node| decoder.text(node, "the path of CSV files"));
    let columns_read = columns.map(|node| decoder.typed_fields(node, "the columns", &both)).unwrap_or_default();
    let nothing_read = columns_read.schema.fields.is_empty() && columns_read.broken.is_empty();
    let is_empty = |node: &&Node| nothing_read && matches!(&node.kind, Kind::Null | Kind::Map(_));
    if let Some(node) = columns.filter(is_empty) {
        decoder.error(Code::BadValue, node.span.clone(), "a source needs at least one column");
    }
    let mut names = Vec::new();
    for item in key.map(|node| decoder.items(node)).unwrap_or_default() {
        let Some(word) = decoder.word(item, "a column of the key") else { continue };
        if columns_read.schema.get(&word.text).is_none() && !columns_read.broken.contains(&word.text) {
            let message = format!("the source `{}` has no column `{}`", name.text, word.text);
            let help = did_you_mean(&word.text, columns_read.schema.names());
            decoder.error_with(Code::UnknownField, word.span.clone(), message, help);
        }
        names.push(word.text);
    }
    if decoder.findings.len() > found_before {
        return None;
    }
    Some(Source { name: name.text.clone(), title, csv: csv?, key: names, columns: columns_read.schema })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_has_a_path_a_key_and_typed_columns() {
        let text = "people:
  title: {en: People, ar: الناس}
  csv: people/*.csv
  key: [cpr]
  columns:
    cpr: {type: text, pattern: '[0-9]{9}', personal: true}
    born: date
";
        let (sources, report) = decode_sources("sources.yaml", text);
        assert!(report.findings.is_empty(), "{}", report.render(false));
        let people = &sources["people"];
        assert_eq!((people.csv.as_str(), people.key.as_slice()), ("people/*.csv", ["cpr".to_owned()].as_slice()));
        assert_eq!(people.columns.names().collect::<Vec<_>>(), ["cpr", "born"]);
        assert!(people.columns.get("cpr").is_some_and(|column| column.personal));
    }

    #[test]
    fn a_source_with_a_mistake_is_left_out_and_the_others_are_kept() {
        let text = "people: {csv: a.csv, key: [crp], columns: {cpr: txt, born: date}}
none: {csv: b.csv, columns: {}}
good: {csv: c.csv, columns: {a: text}}
";
        let (sources, report) = decode_sources("sources.yaml", text);
        assert_eq!(sources.keys().collect::<Vec<_>>(), ["good"]);
        let found: Vec<_> = report.findings.iter().map(|f| (f.code, f.position(text), f.message.as_str())).collect();
        let expected = [
            (Code::UnknownField, (1, 28), "the source `people` has no column `crp`"),
            (Code::BadValue, (1, 49), "there is no type `txt`"),
            (Code::BadValue, (2, 29), "a source needs at least one column"),
        ];
        assert_eq!(found, expected);
    }
}
