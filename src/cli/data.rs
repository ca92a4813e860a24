//! Values on the command line: `heir.name=Ahmed contacts.0.mobile=36001234`, or JSON.
//!
//! Values stay text here; the schema that they are for gives them their type.

use std::collections::BTreeMap;

use wasl_core::value::{Record, Value};

/// Reads `name=value` pairs; a name with dots is a member, one with numbers an item of a list.
///
/// # Errors
/// What is not a pair, or says two things of the same name.
pub(crate) fn pairs(pairs: &[String]) -> Result<Record, String> {
    let mut root = BTreeMap::new();
    for pair in pairs {
        let Some((name, value)) = pair.split_once('=') else {
            return Err(format!("`{pair}` is not a value; write for example `heir.name=Ahmed`"));
        };
        let path: Vec<&str> = name.trim().split('.').collect();
        if path.iter().any(|part| part.is_empty()) {
            return Err(format!("`{name}` is not a name; write for example `heir.name=Ahmed`"));
        }
        insert(&mut root, &path, value)
            .map_err(|()| format!("`{name}` is given twice, or as a value and as a record"))?;
    }
    Ok(root.into_iter().map(|(name, tree)| (name, tree.into_value())).collect())
}

/// Reads a JSON object.
///
/// # Errors
/// It is none.
pub(super) fn json(text: &str) -> Result<Record, String> {
    let json: serde_json::Value = serde_json::from_str(text).map_err(|error| format!("this is not JSON: {error}"))?;
    match Value::from_json(&json) {
        Value::Record(record) => Ok(record),
        _ => Err("give a JSON object, such as `{\"heir_cpr\": \"801234567\"}`".into()),
    }
}

/// Pairs over a JSON object: what is in both is as the pairs say.
///
/// # Errors
/// As for each of the two.
pub(super) fn both(given: &[String], object: Option<&str>) -> Result<Record, String> {
    let mut record = object.map(json).transpose()?.unwrap_or_default();
    record.extend(pairs(given)?);
    Ok(record)
}

/// Values under construction.
enum Tree {
    Leaf(String),
    Node(BTreeMap<String, Tree>),
}

fn insert(node: &mut BTreeMap<String, Tree>, path: &[&str], value: &str) -> Result<(), ()> {
    let Some((first, rest)) = path.split_first() else { return Ok(()) };
    if rest.is_empty() {
        let leaf = Tree::Leaf(value.trim().to_owned());
        return if node.insert((*first).to_owned(), leaf).is_some() { Err(()) } else { Ok(()) };
    }
    match node.entry((*first).to_owned()).or_insert_with(|| Tree::Node(BTreeMap::new())) {
        Tree::Node(inner) => insert(inner, rest, value),
        Tree::Leaf(_) => Err(()),
    }
}

impl Tree {
    fn into_value(self) -> Value {
        let inner = match self {
            Self::Leaf(text) => return if text.is_empty() { Value::Null } else { Value::Text(text) },
            Self::Node(inner) => inner,
        };
        // `contacts.0`, `contacts.1`: a list, in the order of the numbers.
        let numbers: Option<Vec<usize>> = inner.keys().map(|name| name.parse().ok()).collect();
        match numbers {
            Some(_) => {
                let mut items: Vec<(usize, Self)> =
                    inner.into_iter().map(|(name, tree)| (name.parse().unwrap_or_default(), tree)).collect();
                items.sort_by_key(|(number, _)| *number);
                Value::List(items.into_iter().map(|(_, tree)| tree.into_value()).collect())
            }
            None => Value::Record(inner.into_iter().map(|(name, tree)| (name, tree.into_value())).collect()),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json as object;

    use super::*;

    fn read(given: &[&str]) -> Result<serde_json::Value, String> {
        let given: Vec<String> = given.iter().map(|pair| (*pair).to_owned()).collect();
        pairs(&given).map(|record| Value::Record(record).to_json())
    }

    #[test]
    fn dots_make_records_and_numbers_make_lists() {
        let given = ["heir.name=أحمد علي", "heir.mobile=36001234", "when=2024-05-14 10:00", "a.1.x=b", "a.0.x=c"];
        let expected = object!({
            "heir": {"name": "أحمد علي", "mobile": "36001234"},
            "when": "2024-05-14 10:00",
            "a": [{"x": "c"}, {"x": "b"}],
        });
        assert_eq!(read(&given).unwrap(), expected);
        assert_eq!(read(&["note=a=b", "none="]).unwrap(), object!({"note": "a=b", "none": null}));
    }

    #[test]
    fn what_is_no_value_is_refused() {
        for given in [&["heir"][..], &["=x"], &["a..b=x"], &["a=1", "a=2"], &["a=1", "a.b=2"], &["a.b=1", "a=2"]] {
            assert!(read(given).is_err(), "{given:?}");
        }
    }

    #[test]
    fn pairs_win_over_json() {
        let record = both(&["a=2".into()], Some("{\"a\": 1, \"b\": [3]}")).unwrap();
        assert_eq!(Value::Record(record).to_json(), object!({"a": "2", "b": [3]}));
        assert!(both(&[], Some("[1]")).is_err() && both(&[], Some("{")).is_err());
    }
}
