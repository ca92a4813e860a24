//! Places of values: `{json: /id}`, `{query: status}`, `{form: MessageID}`, `{header: x-id}`, `{pattern: 'id=(\w+)'}`.

use regex::{Regex, RegexBuilder};
use wasl_core::diagnostic::Code;
use wasl_core::yaml::Node;

use super::Reader;
use crate::http_gateway::place::{Place, Source, Spot};

pub(super) const KEYS: [&str; 5] = ["json", "query", "form", "header", "pattern"];

/// What a compiled pattern may take; it is matched in linear time whatever it is.
const PATTERN_BYTES_MAX: usize = 256 * 1024;

/// What a place is looked for in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Within {
    /// An answer: it has no address and no form.
    Answer,
    /// A request to us.
    Hook,
}

impl Reader<'_> {
    /// One place, or several of which the first counts at which there is something.
    pub(super) fn place(&mut self, node: &Node, what: &str, within: Within) -> Option<Place> {
        let items = self.decoder.items(node);
        let spots: Vec<_> = items.iter().map(|item| self.spot(item, what, within)).collect();
        let spots: Vec<Spot> = spots.into_iter().collect::<Option<_>>()?;
        if spots.is_empty() {
            return self.decoder.expected(node, what);
        }
        Some(Place(spots))
    }

    fn spot(&mut self, node: &Node, what: &str, within: Within) -> Option<Spot> {
        let [json, query, form, header, pattern] = self.decoder.fields(node, what, KEYS, &[]);
        let pattern = pattern.map(|node| self.pattern(node));
        let mut sources = Vec::new();
        if let Some(node) = json {
            sources.push(self.pointer(node).map(Source::Json));
        }
        for (node, make) in [(query, Source::Query as fn(String) -> Source), (form, Source::Form)] {
            let Some(node) = node else { continue };
            if within == Within::Answer {
                self.decoder.error(
                    Code::BadValue,
                    node.span.clone(),
                    "an answer has no parameters, only a body and headers",
                );
            }
            sources.push(self.decoder.text(node, "a name").map(make));
        }
        if let Some(node) = header {
            sources
                .push(self.decoder.text(node, "the name of a header").map(|name| Source::Header(name.to_lowercase())));
        }
        if sources.len() > 1 || (sources.is_empty() && pattern.is_none()) {
            let help = Some("write for example `{json: /id}`, `{query: id}`, `{form: id}`, `{header: x-id}` or `{pattern: 'id=([0-9]+)'}`".into());
            self.decoder.error_with(
                Code::BadValue,
                node.span.clone(),
                format!("{what} stands in exactly one place"),
                help,
            );
            return None;
        }
        let source = sources.pop().unwrap_or(Some(Source::Body))?;
        Some(Spot { source, pattern: pattern.map_or(Some(None), |read| read.map(Some))? })
    }

    /// A JSON pointer: `/results/0/id`.
    pub(super) fn pointer(&mut self, node: &Node) -> Option<String> {
        let word = self.decoder.word(node, "a JSON pointer")?;
        if word.text.starts_with('/') {
            return Some(word.text);
        }
        let help = Some(format!(
            "write `/{}`",
            word.text.trim_start_matches(['$', '.']).replace(['.', '['], "/").replace(']', "")
        ));
        let message = format!("`{}` is not a JSON pointer, which begins with `/`", word.text);
        self.decoder.error_with(Code::BadValue, word.span, message, help);
        None
    }

    /// A regular expression.
    pub(super) fn pattern(&mut self, node: &Node) -> Option<Regex> {
        let word = self.decoder.word(node, "a pattern")?;
        match RegexBuilder::new(&word.text).size_limit(PATTERN_BYTES_MAX).nest_limit(50).build() {
            Ok(pattern) => Some(pattern),
            Err(error) => {
                let message = error.to_string();
                let reason = message.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
                self.decoder.error(Code::BadValue, word.span, format!("this is not a pattern: {reason}"));
                None
            }
        }
    }
}
