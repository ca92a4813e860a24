//! How an answer is read: `answer`.

use std::collections::BTreeSet;

use wasl_core::decode::Word;
use wasl_core::diagnostic::{Code, did_you_mean};
use wasl_core::yaml::Node;

use super::Reader;
use super::place::Within;
use crate::errors::Class;
use crate::http_gateway::description::{Answer, Meaning, Outcome};

pub(super) const KEYS: [&str; 5] = ["outcomes", "id", "code", "status", "segments"];
pub(super) const OUTCOME: [&str; 5] = ["http", "body", "json", "is", "means"];

impl Reader<'_> {
    pub(super) fn answer(&mut self, node: &Node) -> Answer {
        let [outcomes, id, code, status, segments] = self.decoder.fields(node, "`answer`", KEYS, &["outcomes"]);
        let mut place = |node: Option<&Node>, what| node.and_then(|node| self.place(node, what, Within::Answer));
        let (id, code) = (place(id, "the gateway's id"), place(code, "the error code"));
        let (status, segments) = (place(status, "the status"), place(segments, "the number of segments"));
        let mut read = Vec::new();
        for item in outcomes.map_or(&[][..], |node| self.decoder.items(node)) {
            read.extend(self.outcome(item));
        }
        if let Some(node) = outcomes.filter(|_| read.iter().all(|outcome| outcome.means != Meaning::Accepted)) {
            let help = Some("add for example `{http: 2xx, means: accepted}`".into());
            self.decoder.error_with(Code::MissingKey, node.span.clone(), "no outcome means `accepted`", help);
        }
        Answer { outcomes: read, id, code, status, segments }
    }

    fn outcome(&mut self, node: &Node) -> Option<Outcome> {
        let [http, body, json, is, means] = self.decoder.fields(node, "an outcome", OUTCOME, &["means"]);
        if http.is_none() && body.is_none() && json.is_none() {
            let message = "an outcome says what the answer must be: `http`, `body` or `json`";
            self.decoder.error(Code::MissingKey, node.span.clone(), message);
        }
        let statuses = http.map_or(Some(Vec::new()), |node| self.statuses_of_http(node));
        let body = body.map_or(Some(None), |node| self.pattern(node).map(Some));
        let pointer = json.map(|node| self.pointer(node));
        let words: BTreeSet<String> =
            is.map(|node| self.words(node, "a value")).unwrap_or_default().into_iter().map(|word| word.text).collect();
        if pointer.is_some() == words.is_empty() {
            let help = Some("write for example `json: /success, is: true`".into());
            self.decoder.error_with(Code::MissingKey, node.span.clone(), "`json` and `is` belong together", help);
            return None;
        }
        let means = means.and_then(|node| self.meaning(node));
        let json = match pointer {
            Some(pointer) => Some((pointer?, words)),
            None => None,
        };
        Some(Outcome { http: statuses?, body: body?, json, means: means? })
    }

    /// `202`, `4xx`, or a list of them.
    fn statuses_of_http(&mut self, node: &Node) -> Option<Vec<(u16, u16)>> {
        let words = self.words(node, "an HTTP status");
        let count = words.len();
        let ranges: Vec<(u16, u16)> = words.into_iter().filter_map(|word| self.status_of_http(&word)).collect();
        (ranges.len() == count).then_some(ranges)
    }

    fn status_of_http(&mut self, word: &Word) -> Option<(u16, u16)> {
        let class = word.text.strip_suffix("xx").and_then(|class| class.parse::<u16>().ok());
        let range = match class {
            Some(class @ 1..=5) => Some((class * 100, class * 100 + 99)),
            _ => word.text.parse().ok().filter(|status| (100..=599).contains(status)).map(|status| (status, status)),
        };
        if range.is_none() {
            let help = Some("write for example `202` or `4xx`".into());
            let message = format!("`{}` is not an HTTP status", word.text);
            self.decoder.error_with(Code::BadValue, word.span.clone(), message, help);
        }
        range
    }

    fn meaning(&mut self, node: &Node) -> Option<Meaning> {
        let word = self.decoder.word(node, "what it means")?;
        let meaning = match word.text.as_str() {
            "accepted" => Some(Meaning::Accepted),
            "by_code" => Some(Meaning::ByCode),
            "unreachable" => Some(Meaning::Unreachable),
            other => Class::parse(other).map(Meaning::Refused),
        };
        if meaning.is_none() {
            let known = Class::ALL.map(Class::as_str).into_iter().chain(["accepted", "by_code", "unreachable"]);
            let help = did_you_mean(&word.text, known);
            self.decoder.error_with(Code::BadValue, word.span, format!("an answer cannot mean `{}`", word.text), help);
        }
        meaning
    }
}
