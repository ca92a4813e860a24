//! Facts in words, and the sentences of their differences.

use crate::words::Words;

/// A fact in words: where it holds, what it says, and the value apart, for `A instead of B`.
#[derive(Clone, Debug)]
pub(super) struct Saying {
    place: String,
    clause: String,
    value: String,
    /// For a text: how many parts an SMS has with it.
    parts: Option<String>,
    is_text: bool,
}

impl Saying {
    /// `clause value`.
    pub(super) fn new(place: &str, clause: impl Into<String>, value: impl Into<String>) -> Self {
        Self { place: place.to_owned(), clause: clause.into(), value: value.into(), parts: None, is_text: false }
    }

    /// A clause that is its own value.
    pub(super) fn alone(place: &str, clause: impl Into<String>) -> Self {
        Self::new(place, "", clause)
    }

    /// The wording of a text in a language: too long for a sentence.
    pub(super) fn text(place: &str, language: &str, parts: Option<String>) -> Self {
        Self { parts, is_text: true, ..Self::new(place, "", language) }
    }

    fn full(&self) -> String {
        if self.clause.is_empty() { self.value.clone() } else { format!("{} {}", self.clause, self.value) }
    }

    pub(super) fn added(&self, words: &Words<'_>) -> String {
        let (place, full) = (&self.place, self.full());
        if self.is_text {
            return words.pick(format!("{place}: new text in {full}"), format!("{place}: نص جديد باللغة {full}"));
        }
        words.pick(format!("{place}: new: {full}"), format!("{place}: جديد: {full}"))
    }

    pub(super) fn removed(&self, words: &Words<'_>) -> String {
        let (place, full) = (&self.place, self.full());
        if self.is_text {
            return words
                .pick(format!("{place}: no text in {full} any more"), format!("{place}: لم يعد له نص باللغة {full}"));
        }
        words.pick(format!("{place}: no longer: {full}"), format!("{place}: أُلغي: {full}"))
    }

    pub(super) fn changed(&self, before: &Self, words: &Words<'_>) -> String {
        let place = &self.place;
        if self.is_text {
            return self.reworded(before, words);
        }
        let full = self.full();
        if self.clause.is_empty() || self.clause != before.clause {
            let old = before.full();
            return words
                .pick(format!("{place}: now {full} (before: {old})"), format!("{place}: الآن {full} (وكان: {old})"));
        }
        let old = &before.value;
        words.pick(format!("{place}: now {full} instead of {old}"), format!("{place}: الآن {full} بدلا من {old}"))
    }

    fn reworded(&self, before: &Self, words: &Words<'_>) -> String {
        let (place, language) = (&self.place, &self.value);
        let other =
            words.pick(format!("{place}: other words in {language}"), format!("{place}: صياغة أخرى باللغة {language}"));
        match (&before.parts, &self.parts) {
            (Some(old), Some(new)) if old != new => {
                other + &words.pick(format!(" ({new} instead of {old})"), format!(" (الطول: {new} بدلا من {old})"))
            }
            (_, Some(parts)) => other + &words.pick(format!(" (still {parts})"), format!(" (الطول كما كان: {parts})")),
            (_, None) => other,
        }
    }
}
