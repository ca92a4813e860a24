//! Notes on how a message is worded: what costs money by the segment and what hurts its reader.
//!
//! These are notes for the people who word, never a refusal: a note may be wrong, and a person decides.
//! Marks of the template language and `##` lines are not sent and are passed over, so a template's
//! source can be looked at as it is. Which values a message may hold is the disclosure rules' affair.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;
use serde::Serialize;

use super::markup::{self, Region};
use super::phone::is_invisible;
use super::segments::septets;

/// What a note is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WordingKind {
    /// A vowel mark: one more unit for each.
    Tashkeel,
    /// A sign that nobody sees: direction controls, zero-width signs.
    Invisible,
    /// A character that makes an English text UCS-2: 70 to the segment instead of 160.
    ForcesUcs2,
    /// A link: fraud looks like that, so we never send one.
    Link,
    /// A word that a family in mourning should not read from us.
    Tone,
}

/// Something to think over in a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WordingNote {
    /// What it is about.
    pub kind: WordingKind,
    /// Where it begins, in bytes of the text that was given.
    pub offset: usize,
    /// What was noticed.
    pub message: String,
    /// What to write instead.
    pub suggestion: String,
}

/// Looks a text or a template's source over; notes come in the order of the text.
pub fn lint_wording(text: &str, language: &str) -> Vec<WordingNote> {
    let english = language.split('-').next() == Some("en");
    let mut notes = Vec::new();
    for range in sent(text) {
        let part = &text[range.clone()];
        let mut found = marks(part);
        if english {
            found.extend(foreign_to_gsm7(part));
        }
        found.extend(links(part));
        found.extend(tone(part));
        notes.extend(found.into_iter().map(|note| WordingNote { offset: range.start + note.offset, ..note }));
    }
    notes.sort_by_key(|note| (note.offset, note.kind));
    notes
}

/// The stretches that are sent as they stand.
fn sent(text: &str) -> Vec<Range<usize>> {
    let comments: usize = text.split_inclusive('\n').take_while(|line| line.starts_with("##")).map(str::len).sum();
    let words = markup::regions(&text[comments..]).into_iter().filter(|(region, _)| *region == Region::Text);
    words.map(|(_, range)| range.start + comments..range.end + comments).collect()
}

/// One note for each run of vowel marks or invisible signs, however long.
fn marks(text: &str) -> Vec<WordingNote> {
    let mut notes: Vec<WordingNote> = Vec::new();
    let mut run_end = None;
    for (offset, sign) in text.char_indices() {
        let kind = match sign {
            _ if is_tashkeel(sign) => WordingKind::Tashkeel,
            _ if is_invisible(sign) => WordingKind::Invisible,
            _ => continue,
        };
        let continues = run_end == Some(offset) && notes.last().is_some_and(|note| note.kind == kind);
        run_end = Some(offset + sign.len_utf8());
        if continues {
            continue;
        }
        let name = format!("{} (U+{:04X})", name_of(sign), u32::from(sign));
        let (message, suggestion) = match kind {
            WordingKind::Tashkeel => (format!("{name} costs one unit of the segment"), "write without vowel marks"),
            _ => (
                format!("{name} cannot be seen, costs a unit and makes the text UCS-2"),
                "take it out; if the order of the signs looks wrong without it, put the number at the end of a sentence",
            ),
        };
        notes.push(WordingNote { kind, offset, message, suggestion: suggestion.to_owned() });
    }
    notes
}

/// Harakat, tanwin, shadda, sukun, the small alif and the marks of Quranic script.
fn is_tashkeel(sign: char) -> bool {
    matches!(sign, '\u{610}'..='\u{61A}' | '\u{64B}'..='\u{65F}' | '\u{670}' | '\u{6D6}'..='\u{6DC}')
        || matches!(sign, '\u{6DF}'..='\u{6E8}' | '\u{6EA}'..='\u{6ED}')
}

/// The characters that GSM-7 lacks, each at its first place.
fn foreign_to_gsm7(text: &str) -> Vec<WordingNote> {
    let mut seen = Vec::new();
    let mut notes = Vec::new();
    for (offset, sign) in text.char_indices() {
        if septets(sign).is_some() || is_invisible(sign) || is_tashkeel(sign) || seen.contains(&sign) {
            continue;
        }
        seen.push(sign);
        let message = format!(
            "{} `{sign}` (U+{:04X}) makes the text UCS-2: 70 characters to the segment instead of 160",
            name_of(sign),
            u32::from(sign)
        );
        let suggestion = match plain(sign) {
            Some(plain) => format!("write `{plain}`"),
            None => "leave it out or say it in words".to_owned(),
        };
        notes.push(WordingNote { kind: WordingKind::ForcesUcs2, offset, message, suggestion });
    }
    notes
}

/// What GSM-7 has in place of a character.
fn plain(sign: char) -> Option<&'static str> {
    Some(match sign {
        '‘' | '’' | '‚' | '`' | '´' | '′' => "'",
        '“' | '”' | '„' | '«' | '»' | '″' => "\"",
        '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' | '•' | '·' => "-",
        '…' => "...",
        '\t' | '\u{A0}' | '\u{202F}' | '\u{2000}'..='\u{200A}' => " ",
        '×' => "x",
        '،' => ",",
        '؛' => ";",
        '؟' => "?",
        '™' => "TM",
        '©' => "(c)",
        'á' | 'â' | 'ã' => "à",
        'ê' | 'ë' => "é",
        'ç' => "Ç",
        '½' => "1/2",
        _ => return None,
    })
}

/// What a character is called by people who word messages.
fn name_of(sign: char) -> &'static str {
    match sign {
        '‘' | '’' | '‚' => "the curly apostrophe",
        '“' | '”' | '„' => "the curly quotation mark",
        '«' | '»' => "the angle quotation mark",
        '–' => "the en dash",
        '—' => "the em dash",
        '…' => "the one-sign ellipsis",
        '`' => "the backtick",
        '•' => "the bullet",
        '\t' => "the tab",
        '\u{A0}' | '\u{202F}' => "the no-break space",
        '\u{64B}'..='\u{64D}' => "tanwin",
        '\u{64E}' => "fatha",
        '\u{64F}' => "damma",
        '\u{650}' => "kasra",
        '\u{651}' => "shadda",
        '\u{652}' => "sukun",
        '\u{200E}' | '\u{200F}' | '\u{61C}' => "a direction mark",
        '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => "a direction control",
        '\u{200B}' => "the zero-width space",
        '\u{200C}' | '\u{200D}' => "the zero-width joiner or non-joiner",
        '\u{AD}' => "the soft hyphen",
        _ if is_tashkeel(sign) => "a vowel mark",
        _ if is_invisible(sign) => "an invisible sign",
        '\u{660}'..='\u{669}' | '\u{6F0}'..='\u{6F9}' => "the Arabic digit",
        '\u{600}'..='\u{6FF}' => "the Arabic character",
        '\u{2600}'..='\u{27BF}' | '\u{1F000}'..='\u{1FAFF}' => "the emoji",
        _ if sign.is_alphabetic() => "the letter",
        _ => "the character",
    }
}

fn links(text: &str) -> Vec<WordingNote> {
    static LINK: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(?i)\b(?:https?:|www\.)\S*").ok());
    let note = |offset| WordingNote {
        kind: WordingKind::Link,
        offset,
        message: "a link in a message looks like fraud".to_owned(),
        suggestion: "give the hotline and the reference, so that the family can check who writes".to_owned(),
    };
    LINK.iter().flat_map(|link| link.find_iter(text)).map(|link| note(link.start())).collect()
}

/// Words and why not, in both languages. Arabic ones stand for themselves with `و ف ب ل ك ال` in front.
const TONE: [(&str, &str); 8] = [
    (r"reminder|remind(?:ed|ing)? you|تذكير(?:ا|كم)?|نذكركم", "it is an offer: say what we can do and why it helps"),
    (r"overdue|past due|late payment|متاخر(?:ه|ات)?|فات(?:كم)? الموعد", "say what is next, not what is late"),
    (
        r"(?:the )?deceased(?:'s)?(?: (?:customer|subscriber|client))?|(?:ال)?(?:عميل|مشترك|زبون) المتوف[يى]|متوف[يى]",
        "speak to the family: `your loss`, `فقيدكم`",
    ),
    (r"debts?|owe[ds]?|owing|arrears|outstanding|unpaid|amount due|balance due", "no sums and no debts in a message"),
    (
        r"ديون|مديوني(?:ه|ات)|مستحقات|(?:مبلغ|مبالغ) (?:ال)?مستحق(?:ه)?|غير مسدد(?:ه)?|ذمتكم",
        "no sums and no debts in a message",
    ),
    (
        r"disconnect(?:ed|ion)?|cut[- ]off|قطع (?:ال)?(?:تيار|خدمه|كهرباء|ماء)|فصل (?:ال)?(?:تيار|خدمه)",
        "no threats; the house keeps its supply",
    ),
    (
        r"deadline|final notice|last chance|immediately|urgent(?:ly)?|موعد نهائي|اخر موعد|موعد النهائي|فورا|عاجل(?:ا)?",
        "give the family its time",
    ),
    (
        r"penalt(?:y|ies)|legal action|warning|غرام(?:ه|ات)|انذار|اجراء(?:ات)? قانوني(?:ه)?",
        "say what we offer, not what may happen",
    ),
];

fn tone(text: &str) -> Vec<WordingNote> {
    static RULES: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
        let rule = |(words, advice): &(&str, &'static str)| Some((whole_words(words)?, *advice));
        TONE.iter().filter_map(rule).collect()
    });
    let (folded, places) = fold(text);
    let place = |at: usize| places.get(at).copied().unwrap_or(text.len());
    let mut notes: Vec<WordingNote> = Vec::new();
    for (words, advice) in RULES.iter() {
        for found in words.find_iter(&folded) {
            let range = place(found.start())..place(found.end());
            let word = text.get(range.clone()).unwrap_or("").trim();
            let message = format!("`{word}` does not belong into a message to a family in mourning");
            let suggestion = (*advice).to_owned();
            notes.push(WordingNote { kind: WordingKind::Tone, offset: range.start, message, suggestion });
        }
    }
    notes.sort_by_key(|note| note.offset);
    notes.dedup_by_key(|note| note.offset);
    notes
}

/// The pattern for whole words, in Arabic with what may be joined in front.
fn whole_words(words: &str) -> Option<Regex> {
    Regex::new(&format!(r"(?i)\b(?:[وف]?(?:[بك]?ال|لل|[بلك])?)(?:{words})\b")).ok()
}

/// Words from which a stranger learns that somebody has died.
const DEATH: &str = concat!(
    r"died|passed away|deaths?|deceased|bereave(?:d|ment)|condolences?|(?:for|about) your loss|mourning",
    r"|وفا[هت](?:ه|ها|هم|كم)?|توف[يى]|متوف[يى]|مرحوم(?:ه)?|فقيد(?:ه|كم|تكم)?|عزاء(?:كم)?|نعزيكم|تعازينا|مصابكم|حداد"
);

/// Where a text or a template's source first says that somebody has died.
pub fn names_a_death(text: &str) -> Option<Range<usize>> {
    static WORDS: LazyLock<Option<Regex>> = LazyLock::new(|| whole_words(DEATH));
    let words = WORDS.as_ref()?;
    sent(text).into_iter().find_map(|part| {
        let (folded, places) = fold(&text[part.clone()]);
        let place = |at: usize| part.start + places.get(at).copied().unwrap_or(part.len());
        words.find(&folded).map(|found| place(found.start())..place(found.end()))
    })
}

/// The text without vowel marks and stretching, with one form for each letter that is written in
/// several; and the place in the original of each byte.
fn fold(text: &str) -> (String, Vec<usize>) {
    let mut folded = String::with_capacity(text.len());
    let mut places = Vec::with_capacity(text.len());
    for (at, sign) in text.char_indices() {
        let plain = match sign {
            '\u{640}' => continue,
            _ if is_tashkeel(sign) || is_invisible(sign) => continue,
            'أ' | 'إ' | 'آ' | 'ٱ' => 'ا',
            'ة' => 'ه',
            '’' => '\'',
            _ if sign.is_whitespace() => ' ',
            _ => sign,
        };
        folded.push(plain);
        places.extend(std::iter::repeat_n(at, plain.len_utf8()));
    }
    places.push(text.len());
    (folded, places)
}

#[cfg(test)]
#[path = "wording_tests.rs"]
mod tests;
