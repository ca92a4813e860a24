//! What the gateway tells us and how it is asked: `receipts`, `inbound`, `find`.

use jiff::SignedDuration;
use wasl_core::diagnostic::{Code, did_you_mean};
use wasl_core::duration::Duration;
use wasl_core::yaml::Node;

use super::Reader;
use super::place::Within;
use crate::http_gateway::description::{Answer, Find, InboundPlan, Receipts};
use crate::http_gateway::place::Place;
use crate::http_gateway::proof::{Encoding, Hash, Proof, Signature};
use crate::http_gateway::template::Template;

pub(super) const RECEIPTS: [&str; 6] = ["proof", "each", "message", "id", "status", "code"];
pub(super) const INBOUND: [&str; 6] = ["proof", "each", "id", "from", "to", "text"];
pub(super) const PROOF: [&str; 7] = ["token", "hmac_sha256", "hmac_sha1", "header", "prefix", "encoding", "basic_auth"];
pub(super) const FIND: [&str; 6] = ["request", "each", "same", "id", "status", "settle"];

/// How long after an attempt a list without the message is believed, unless the description says otherwise.
const SETTLE: SignedDuration = SignedDuration::from_mins(2);

impl Reader<'_> {
    pub(super) fn receipts(&mut self, node: &Node, answer: Option<&Answer>) -> Option<Receipts> {
        let fields = self.decoder.fields(node, "`receipts`", RECEIPTS, &["proof", "status"]);
        let [proof, each, message, id, status, code] = fields;
        let proof = proof.and_then(|node| self.proof(node));
        let each = each.map_or(Some(None), |node| self.pointer(node).map(Some));
        let optional = |reader: &mut Self, node: Option<&Node>, what| {
            node.map_or(Some(None), |node| reader.place(node, what, Within::Hook).map(Some))
        };
        let has_message = message.is_some();
        if !has_message && (id.is_none() || answer.is_some_and(|answer| answer.id.is_none())) {
            let text =
                "a report is tied to its message by our id (`message`), or by the gateway's (`id`, also in `answer`)";
            self.decoder.error(Code::MissingKey, node.span.clone(), text);
        }
        let message = optional(self, message, "our id");
        let id = optional(self, id, "the gateway's id");
        let status = status.and_then(|node| self.place(node, "the status", Within::Hook));
        let code = optional(self, code, "the error code");
        Some(Receipts { proof: proof?, each: each?, message: message?, id: id?, status: status?, code: code? })
    }

    pub(super) fn inbound(&mut self, node: &Node) -> Option<InboundPlan> {
        let fields = self.decoder.fields(node, "`inbound`", INBOUND, &["proof", "id", "from", "text"]);
        let [proof, each, id, from, to, text] = fields;
        let proof = proof.and_then(|node| self.proof(node));
        let each = each.map_or(Some(None), |node| self.pointer(node).map(Some));
        let mut place = |node: Option<&Node>, what| node.map(|node| self.place(node, what, Within::Hook));
        let (id, from) = (place(id, "the gateway's id"), place(from, "the sender"));
        let (to, text) = (place(to, "the recipient"), place(text, "the text"));
        let to: Option<Place> = to.map_or(Some(None), |read| read.map(Some))?;
        Some(InboundPlan { proof: proof?, each: each?, id: id??, from: from??, to, text: text?? })
    }

    /// What proves where a request comes from: exactly one way.
    fn proof(&mut self, node: &Node) -> Option<Proof> {
        let [token, sha256, sha1, header, prefix, encoding, basic_auth] =
            self.decoder.fields(node, "`proof`", PROOF, &[]);
        let ways = [token, sha256, sha1, basic_auth].into_iter().flatten().count();
        if ways != 1 {
            let message = "a request to us proves in exactly one way where it comes from";
            let help = Some("one of `token`, `hmac_sha256`, `hmac_sha1` and `basic_auth`".into());
            self.decoder.error_with(Code::BadValue, node.span.clone(), message, help);
            return None;
        }
        let signed = sha256.map(|node| (node, Hash::Sha256)).or_else(|| sha1.map(|node| (node, Hash::Sha1)));
        if let Some(stray) = [header, prefix, encoding].into_iter().flatten().next().filter(|_| signed.is_none()) {
            let message = "`header`, `prefix` and `encoding` belong to `hmac_sha256` and `hmac_sha1`";
            self.decoder.error(Code::BadValue, stray.span.clone(), message);
        }
        match (token, signed, basic_auth) {
            (Some(node), ..) => self.secret(node).map(Proof::Token),
            (_, Some((node, hash)), _) => {
                let key = self.secret(node);
                if header.is_none() {
                    self.decoder.error(
                        Code::MissingKey,
                        node.span.clone(),
                        "a signature needs `header`, which carries it",
                    );
                }
                let header = header.and_then(|node| self.decoder.text(node, "the name of a header"));
                let prefix = prefix.map_or(Some(String::new()), |node| self.decoder.text(node, "`prefix`"));
                let encoding = encoding.map_or(Some(Encoding::Hex), |node| self.encoding(node));
                let (header, prefix) = (header?.to_lowercase(), prefix?);
                Some(Proof::Hmac(Signature { hash, key: key?, header, prefix, encoding: encoding? }))
            }
            (.., Some(node)) => self.basic_auth(node).map(|(username, password)| Proof::BasicAuth(username, password)),
            (None, None, None) => None,
        }
    }

    /// The name of one of the declared secrets.
    fn secret(&mut self, node: &Node) -> Option<Template> {
        let word = self.decoder.word(node, "the name of a secret")?;
        if !self.secrets.contains(&word.text) {
            let help = did_you_mean(&word.text, self.secrets.iter().map(String::as_str))
                .unwrap_or_else(|| "declare it under `secrets`".into());
            let message = format!("there is no secret `{}`", word.text);
            self.decoder.error_with(Code::BadValue, word.span, message, Some(help));
            return None;
        }
        self.used.insert(word.text.clone());
        Template::parse(&format!("{{{{ {} }}}}", word.text), &self.names).ok()
    }

    fn encoding(&mut self, node: &Node) -> Option<Encoding> {
        let word = self.decoder.word(node, "an encoding")?;
        match word.text.as_str() {
            "hex" => Some(Encoding::Hex),
            "base64" => Some(Encoding::Base64),
            other => {
                let help = did_you_mean(other, ["hex", "base64"]);
                self.decoder.error_with(Code::BadValue, word.span, format!("there is no encoding `{other}`"), help);
                None
            }
        }
    }

    pub(super) fn find(&mut self, node: &Node) -> Option<Find> {
        let fields = self.decoder.fields(node, "`find`", FIND, &["request", "each", "same", "id"]);
        let [request, each, same, id, status, settle] = fields;
        let request = request.and_then(|node| self.request(node, "`request`"));
        let each = each.and_then(|node| self.pointer(node));
        let same = same.and_then(|node| self.same(node));
        let id = id.and_then(|node| self.place(node, "the gateway's id", Within::Answer));
        let status = status.map_or(Some(None), |node| self.place(node, "the status", Within::Answer).map(Some));
        let settle = settle.map_or(Some(SETTLE), |node| self.settle(node));
        Some(Find { request: request?, each: each?, same: same?, id: id?, status: status?, settle: settle? })
    }

    /// `/to: '{{ to }}'`: what an entry must say. Nothing would make any entry ours.
    fn same(&mut self, node: &Node) -> Option<Vec<(String, Template)>> {
        let mut same = Vec::new();
        let entries = self.decoder.entries(node, "`same`");
        let count = entries.len();
        for (pointer, value) in entries {
            if !pointer.text.starts_with('/') {
                let message = format!("`{}` is not a JSON pointer, which begins with `/`", pointer.text);
                self.decoder.error_with(
                    Code::BadValue,
                    pointer.span,
                    message,
                    Some(format!("write `/{}`", pointer.text)),
                );
                continue;
            }
            same.extend(self.template(value, "what is looked for").map(|template| (pointer.text, template)));
        }
        if count == 0 {
            self.decoder.error(
                Code::BadValue,
                node.span.clone(),
                "`same` must say how the message is known among others",
            );
        }
        (count > 0 && same.len() == count).then_some(same)
    }

    fn settle(&mut self, node: &Node) -> Option<SignedDuration> {
        match self.decoder.duration(node, "`settle`")? {
            Duration::Elapsed(time) if !time.is_zero() => Some(time),
            _ => {
                let message = "`settle` is counted in hours, minutes or seconds, and longer than nothing";
                self.decoder.error(Code::BadDuration, node.span.clone(), message);
                None
            }
        }
    }
}
