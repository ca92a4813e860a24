//! Texts in several languages.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The same text in each language, by BCP 47 code.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Texts(pub BTreeMap<String, String>);

impl Texts {
    /// English and Arabic, as everything that Wasl itself says comes in both.
    pub fn both(en: impl Into<String>, ar: impl Into<String>) -> Self {
        Self(BTreeMap::from([("en".into(), en.into()), ("ar".into(), ar.into())]))
    }

    /// Both languages of something that says itself in either.
    pub fn each(words: impl Fn(&str) -> String) -> Self {
        Self::both(words("en"), words("ar"))
    }

    /// Several texts one after the other, with `en` between them in English and `ar` in Arabic.
    pub fn joined(texts: &[Self], (en, ar): (&str, &str)) -> Self {
        let join = |language, between| texts.iter().map(|text| text.get(language)).collect::<Vec<_>>().join(between);
        Self::both(join("en", en), join("ar", ar))
    }

    /// The text in `language`, else in English, else in any.
    pub fn get(&self, language: &str) -> &str {
        self.0.get(language).or_else(|| self.0.get("en")).or_else(|| self.0.values().next()).map_or("", String::as_str)
    }

    /// The English text.
    pub fn en(&self) -> &str {
        self.get("en")
    }

    /// Whether there is no text at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
