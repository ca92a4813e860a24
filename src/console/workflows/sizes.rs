//! How long a text is as an SMS, and what is to be thought over in its wording, as pages say it.

use serde_json::{Value as Json, json};
use wasl_core::message::{Encoding, dear, lint_wording, segments};
use wasl_core::words::number::Noun;

use crate::console::locale::Locale;

/// Parts of an SMS.
pub(in crate::console) const PART: Noun =
    Noun { en: ["SMS part", "SMS parts"], ar: ["جزء واحد", "جزءان", "أجزاء", "جزءا", "جزء"] };

/// With what values a text is measured.
#[derive(Clone, Copy)]
pub(in crate::console) enum Measured {
    /// As it is written: its workflow has mistakes.
    Written,
    /// Those of a case; beside it how many parts it may have at its longest.
    OfCase(u64),
    /// Made-up ones of usual length; beside it how many parts it may have at its longest.
    Usual(u64),
}

impl Measured {
    fn words(self, locale: &Locale) -> String {
        let (values, longest) = match self {
            Self::Written => return locale.pick("as it is written", "كما هو مكتوب").to_owned(),
            Self::OfCase(longest) => (locale.pick("with the values of this case", "بقيم هذه الحالة"), longest),
            Self::Usual(longest) => (locale.pick("with values of usual length", "بقيم معتادة الطول"), longest),
        };
        let longest = locale.count(longest, &PART);
        let at_most = locale.pick("at the longest", "وعلى الأكثر");
        format!("{values}{}{at_most} {longest}", locale.pick("; ", "، "))
    }
}

/// How a text travels: parts, encoding, what is left, and what makes it dear.
pub(in crate::console) fn size(text: &str, language: &str, measured: Measured, locale: &Locale) -> Json {
    let size = segments(text);
    let fits = size.units + size.left;
    let encoding = match size.encoding {
        Encoding::Gsm7 => "GSM-7",
        Encoding::Ucs2 => "UCS-2",
    };
    let twice: Vec<String> = dear(text).iter().map(|(sign, times)| format!("{sign} ×{times}")).collect();
    json!({
        "parts": locale.count(size.segments.into(), &PART), "tone": if size.segments > 2 { "warn" } else { "" },
        "encoding": encoding, "units": size.units, "of": fits, "left": size.left,
        "measured": measured.words(locale),
        // That Arabic is written in Arabic letters is no news.
        "forced": size.forces_ucs2.filter(|_| language == "en").map(String::from), "twice": twice.join(", "),
    })
}

/// What is noticed in the wording of a text, with its line.
pub(in crate::console) fn notes(text: &str, language: &str) -> Json {
    let line = |offset: usize| text.get(..offset).unwrap_or_default().matches('\n').count() + 1;
    let notes = lint_wording(text, language);
    notes
        .into_iter()
        .map(|note| json!({"line": line(note.offset), "words": note.message, "help": note.suggestion}))
        .collect()
}
