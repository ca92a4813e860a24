//! Where something stands in an answer or in a request to us, and taking it from there.

use regex::Regex;
use serde_json::Value as Json;
use wasl_core::delivery::Hook;

/// More reports in one request than any gateway sends; the rest would only cost us.
pub(crate) const ENTRIES_MAX: usize = 1_000;

/// Where a value stands: the first of these at which there is one.
#[derive(Clone, Debug)]
pub(crate) struct Place(pub(crate) Vec<Spot>);

/// One place at which a value may stand.
#[derive(Clone, Debug)]
pub(crate) struct Spot {
    pub(crate) source: Source,
    /// Takes a part of what stands there: its first group, or all that it matches.
    pub(crate) pattern: Option<Regex>,
}

/// What a value is a part of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// A JSON pointer (RFC 6901) into the body, or into the entry of a list.
    Json(String),
    /// A parameter of the address.
    Query(String),
    /// A field of a form.
    Form(String),
    /// A header, in lower case.
    Header(String),
    /// The whole body as text.
    Body,
}

/// Something that came in, read once.
#[derive(Debug, Default)]
pub(crate) struct Parts {
    query: Vec<(String, String)>,
    form: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    text: String,
    json: Json,
}

impl Parts {
    /// An answer's headers and body.
    pub(crate) fn of_answer(headers: Vec<(String, String)>, body: &[u8]) -> Self {
        Self { headers, text: String::from_utf8_lossy(body).into_owned(), json: json(body), ..Self::default() }
    }

    /// A request to us.
    pub(crate) fn of_hook(hook: &Hook<'_>) -> Self {
        let query = hook.path_and_query.split_once('?').map_or("", |(_, query)| query);
        Self {
            query: form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
            form: form_urlencoded::parse(hook.body).into_owned().collect(),
            headers: hook.headers.to_vec(),
            text: String::from_utf8_lossy(hook.body).into_owned(),
            json: json(hook.body),
        }
    }

    /// The body as JSON; null if it is none.
    pub(crate) fn json(&self) -> &Json {
        &self.json
    }

    /// The body as text.
    pub(crate) fn body(&self) -> &str {
        &self.text
    }

    /// The entries that are looked at one by one: those of a list, or the whole body. `None` if the list is not there.
    pub(crate) fn entries(&self, each: Option<&str>) -> Option<Vec<&Json>> {
        match each {
            None => Some(vec![&self.json]),
            Some(pointer) => Some(self.json.pointer(pointer)?.as_array()?.iter().take(ENTRIES_MAX).collect()),
        }
    }
}

impl Place {
    /// What stands there; nothing is not told from an empty text.
    pub(crate) fn take(&self, parts: &Parts, entry: &Json) -> Option<String> {
        self.0.iter().find_map(|spot| spot.take(parts, entry))
    }
}

impl Spot {
    fn take(&self, parts: &Parts, entry: &Json) -> Option<String> {
        let first = |pairs: &[(String, String)], name: &str| {
            pairs.iter().find(|(found, _)| found == name).map(|(_, value)| value.clone())
        };
        let found = match &self.source {
            Source::Json(pointer) => scalar(entry.pointer(pointer)?),
            Source::Query(name) => first(&parts.query, name),
            Source::Form(name) => first(&parts.form, name),
            Source::Header(name) => first(&parts.headers, name),
            Source::Body => Some(parts.text.clone()),
        }?;
        let found = match &self.pattern {
            Some(pattern) => {
                let groups = pattern.captures(&found)?;
                groups.get(1).or_else(|| groups.get(0)).map(|group| group.as_str().to_owned())?
            }
            None => found,
        };
        Some(found).filter(|found| !found.is_empty())
    }
}

/// A value that gateways write as text, number or yes and no.
pub(crate) fn scalar(value: &Json) -> Option<String> {
    match value {
        Json::String(text) => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        Json::Bool(value) => Some(value.to_string()),
        Json::Null | Json::Array(_) | Json::Object(_) => None,
    }
}

fn json(body: &[u8]) -> Json {
    serde_json::from_slice(body).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(source: Source, pattern: Option<&str>, path_and_query: &str, body: &str) -> Option<String> {
        let headers = [("x-id".to_owned(), "7".to_owned())];
        let hook = Hook { url: "", path_and_query, headers: &headers, body: body.as_bytes() };
        let parts = Parts::of_hook(&hook);
        let pattern = pattern.map(|pattern| Regex::new(pattern).unwrap());
        Place(vec![Spot { source: Source::Json("/nowhere".into()), pattern: None }, Spot { source, pattern }])
            .take(&parts, parts.json())
    }

    #[test]
    fn a_value_is_taken_from_where_it_stands() {
        let json = |pointer: &str| Source::Json(pointer.to_owned());
        for (source, pattern, body, expected) in [
            (json("/a/0/b"), None, r#"{"a": [{"b": 12}]}"#, Some("12")),
            (json("/a"), None, r#"{"a": true}"#, Some("true")),
            (json("/a"), None, r#"{"a": {}}"#, None),
            (json("/a"), None, r#"{"a": ""}"#, None),
            (json("/a"), None, "a=1", None),
            (Source::Form("a".into()), None, "a=%D8%A3+b&a=2", Some("أ b")),
            (Source::Query("status".into()), None, "", Some("8")),
            (Source::Header("x-id".into()), None, "", Some("7")),
            (Source::Body, Some("id=([0-9]+)"), "OK id=55;", Some("55")),
            (Source::Body, Some("[0-9]+"), "OK id=55;", Some("55")),
            (Source::Body, Some("id=([0-9]+)"), "ERR", None),
        ] {
            let found = take(source.clone(), pattern, "/hooks/sms/status?status=8&status=9", body);
            assert_eq!(found.as_deref(), expected, "{source:?} {body}");
        }
    }

    #[test]
    fn a_list_is_looked_at_entry_by_entry_up_to_a_limit() {
        let body = serde_json::json!({ "results": vec![1; ENTRIES_MAX + 5] }).to_string();
        let parts = Parts::of_answer(Vec::new(), body.as_bytes());
        assert_eq!(parts.entries(Some("/results")).unwrap().len(), ENTRIES_MAX);
        assert_eq!(parts.entries(Some("/other")), None);
        assert_eq!(parts.entries(None).unwrap().len(), 1);
    }
}
