//! `promise`: what the workflow promises a family in the worst case.

use super::reader::Reader;
use crate::definition::{Limit, Promise, Promised};
use crate::grammar::{PROMISE, Shape};
use crate::yaml::Node;

impl Reader<'_> {
    /// `{silence: 35 days, messages: 6}`.
    pub(super) fn promises(&mut self, node: &Node) -> Vec<Promise> {
        let entries = self.decoder.known_entries(node, "`promise`", &PROMISE);
        let mut promises = Vec::new();
        for (key, value) in entries {
            let of = Promised::ALL.into_iter().find(|of| of.name() == key.text);
            let limit = self.limit(&key.text, value);
            promises.extend(of.zip(limit).map(|(of, limit)| Promise { of, limit, span: value.span.clone() }));
        }
        promises
    }

    fn limit(&mut self, name: &str, node: &Node) -> Option<Limit> {
        let what = format!("`{name}`");
        match PROMISE.key(name)?.shape {
            Shape::Whole(least, most) => {
                let count = self.decoder.int(node, &what, least..=most)?;
                u32::try_from(count).ok().map(Limit::Count)
            }
            _ => self.decoder.duration(node, &what).map(Limit::Time),
        }
    }
}
