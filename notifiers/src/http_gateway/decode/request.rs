//! Requests: `send`, and the `request` of `find`.

use reqwest::header::HeaderName;
use serde_json::Value as Json;
use wasl_core::diagnostic::{Code, did_you_mean};
use wasl_core::yaml::{Kind, Node};

use super::Reader;
use crate::http_gateway::OPTIONAL;
use crate::http_gateway::request::{Body, Method, Plan, Tree};
use crate::http_gateway::template::Template;

pub(super) const KEYS: [&str; 8] = ["method", "path", "query", "headers", "basic_auth", "form", "json", "text"];
pub(super) const BASIC_AUTH: [&str; 2] = ["username", "password"];

/// Headers that the HTTP client writes itself.
const OURS: [&str; 5] = ["host", "content-length", "transfer-encoding", "connection", "user-agent"];

impl Reader<'_> {
    pub(super) fn request(&mut self, node: &Node, what: &str) -> Option<Plan> {
        let [method, path, query, headers, basic_auth, form, json, text] = self.decoder.fields(node, what, KEYS, &[]);
        let bodies: Vec<&Node> = [form, json, text].into_iter().flatten().collect();
        if let Some(second) = bodies.get(1) {
            self.decoder.error(Code::BadValue, second.span.clone(), "a request has one body: `form`, `json` or `text`");
        }
        let usual = if bodies.is_empty() { Method::Get } else { Method::Post };
        let method = method.map_or(Some(usual), |node| self.method(node, !bodies.is_empty()));
        let path = path.map_or(Some(Vec::new()), |node| self.path(node));
        let query = query.map_or(Some(Vec::new()), |node| self.pairs(node, "`query`"));
        let headers = headers.map_or(Some(Vec::new()), |node| self.headers(node));
        let basic_auth = basic_auth.map_or(Some(None), |node| self.basic_auth(node).map(Some));
        let body = match (form, json, text) {
            (Some(node), ..) => self.pairs(node, "`form`").map(Body::Form),
            (_, Some(node), _) => self.tree(node).map(Body::Json),
            (.., Some(node)) => self.whole(node, "`text`").map(Body::Text),
            (None, None, None) => Some(Body::None),
        };
        Some(Plan {
            method: method?,
            path: path?,
            query: query?,
            headers: headers?,
            basic_auth: basic_auth?,
            body: body?,
        })
    }

    fn method(&mut self, node: &Node, has_body: bool) -> Option<Method> {
        let word = self.decoder.word(node, "a method")?;
        let known = Method::ALL.into_iter().find(|method| method.as_str() == word.text);
        match known {
            None => {
                let help = did_you_mean(&word.text, Method::ALL.map(Method::as_str));
                let message = format!("there is no method `{}` here", word.text);
                self.decoder.error_with(Code::BadValue, word.span, message, help);
            }
            Some(Method::Get) if has_body => {
                self.decoder.error(Code::BadValue, word.span, "a `GET` has no body: use `query`, or another method");
                return None;
            }
            Some(_) => {}
        }
        known
    }

    /// The segments of a path; each is escaped by itself, so that no value can add one.
    fn path(&mut self, node: &Node) -> Option<Vec<Template>> {
        let word = self.decoder.word(node, "a path")?;
        if !word.text.starts_with('/') || word.text.contains(['?', '#']) {
            let help = Some("write for example `/sms/send`, and parameters under `query`".into());
            self.decoder.error_with(Code::BadValue, word.span, "a path begins with `/` and ends before `?`", help);
            return None;
        }
        self.whole(node, "`path`")?;
        let mut segments = Vec::new();
        for segment in segments_of(word.text.trim_start_matches('/')) {
            let Ok(template) = Template::parse(segment, &self.names) else {
                // A tag that goes over several segments.
                let message = "each part of a path between two `/` is a text of its own";
                self.decoder.error(Code::BadTemplate, word.span, message);
                return None;
            };
            segments.push(template);
        }
        Some(segments)
    }

    /// A text that cannot be left out.
    fn whole(&mut self, node: &Node, what: &str) -> Option<Template> {
        let template = self.template(node, what)?;
        let absent = OPTIONAL.into_iter().find(|name| template.names().contains(*name));
        if let Some(name) = absent {
            let message = format!("`{name}` is not there for every message, and {what} cannot be left out");
            let help = Some("use it in `query`, `headers`, `form` or `json`, where what names it is left out".into());
            self.decoder.error_with(Code::BadTemplate, node.span.clone(), message, help);
            return None;
        }
        Some(template)
    }

    fn pairs(&mut self, node: &Node, what: &str) -> Option<Vec<(String, Template)>> {
        let entries = self.decoder.entries(node, what);
        let count = entries.len();
        let mut pairs = Vec::new();
        for (name, value) in entries {
            let template = self.template(value, &format!("`{}`", name.text));
            pairs.extend(template.map(|template| (name.text, template)));
        }
        (pairs.len() == count).then_some(pairs)
    }

    fn headers(&mut self, node: &Node) -> Option<Vec<(String, Template)>> {
        for (name, _) in self.decoder.entries(node, "`headers`") {
            let lower = name.text.to_lowercase();
            if HeaderName::from_bytes(name.text.as_bytes()).is_err() {
                self.decoder.error(
                    Code::BadValue,
                    name.span,
                    format!("`{}` cannot be the name of a header", name.text),
                );
            } else if OURS.contains(&lower.as_str()) {
                self.decoder.error(Code::BadValue, name.span, format!("Wasl writes the header `{lower}` itself"));
            }
        }
        let pairs = self.pairs(node, "`headers`")?;
        Some(pairs.into_iter().map(|(name, template)| (name.to_lowercase(), template)).collect())
    }

    pub(super) fn basic_auth(&mut self, node: &Node) -> Option<(Template, Template)> {
        let [username, password] = self.decoder.fields(node, "`basic_auth`", BASIC_AUTH, &BASIC_AUTH);
        let username = username.and_then(|node| self.whole(node, "`username`"));
        let password = password.and_then(|node| self.whole(node, "`password`"));
        Some((username?, password?))
    }

    /// JSON whose texts are templates.
    fn tree(&mut self, node: &Node) -> Option<Tree> {
        Some(match &node.kind {
            Kind::Null => Tree::Literal(Json::Null),
            Kind::Bool(value) => Tree::Literal(Json::from(*value)),
            Kind::Int(value) => Tree::Literal(Json::from(*value)),
            Kind::Float(value) => Tree::Literal(Json::from(*value)),
            Kind::Text(_) => Tree::Text(self.template(node, "this text")?),
            Kind::List(items) => {
                let read: Vec<_> = items.iter().map(|item| self.tree(item)).collect();
                Tree::List(read.into_iter().collect::<Option<_>>()?)
            }
            Kind::Map(_) => {
                let mut entries = Vec::new();
                for (name, value) in self.decoder.entries(node, "an object") {
                    entries.push(self.tree(value).map(|tree| (name.text, tree)));
                }
                Tree::Map(entries.into_iter().collect::<Option<_>>()?)
            }
        })
    }
}

/// The parts between slashes that stand outside of braces.
fn segments_of(path: &str) -> Vec<&str> {
    let (mut segments, mut from, mut inside) = (Vec::new(), 0, false);
    for (at, byte) in path.bytes().enumerate() {
        match (byte, path.as_bytes().get(at + 1)) {
            (b'{', Some(b'{' | b'%')) => inside = true,
            (b'}' | b'%', Some(b'}')) => inside = false,
            (b'/', _) if !inside => {
                segments.push(&path[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    segments.push(&path[from..]);
    segments.into_iter().filter(|segment| !segment.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slash_inside_braces_parts_nothing() {
        assert_eq!(segments_of("a/{{ 6 // 2 }}/b{{ x }}c/"), ["a", "{{ 6 // 2 }}", "b{{ x }}c"]);
        assert!(segments_of("").is_empty());
    }
}
