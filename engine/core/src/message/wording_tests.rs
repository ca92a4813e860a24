//! Each rule with a text that breaks it, and the shipped tone, which breaks none.

use proptest::prelude::*;

use super::*;

#[track_caller]
fn kinds(language: &str, text: &str) -> Vec<(WordingKind, usize)> {
    lint_wording(text, language).into_iter().map(|note| (note.kind, note.offset)).collect()
}

#[test]
fn every_pattern_is_read() {
    for (words, _) in TONE {
        assert!(Regex::new(words).is_ok(), "{words}");
    }
    assert_eq!(kinds("en", "www.ewa.bh"), [(WordingKind::Link, 0)]);
}

#[test]
fn the_tone_that_we_ship_raises_no_note() {
    for (language, text) in [
        (
            "ar",
            "السلام عليكم. معكم هيئة الكهرباء والماء. سنتصل بكم بشأن خدمة تخص الأسرة ولا يلزمكم أي إجراء الآن. للتحقق منا: {{ hotline }} مرجع {{ ref }}",
        ),
        ("ar", "السلام عليكم. حاولت هيئة الكهرباء والماء الاتصال بكم بشأن خدمة تخص الأسرة. يسعدنا اتصالكم متى ناسبكم."),
        (
            "ar",
            "{{ name }}، أحسن الله عزاءكم. لنقل الحساب المنتهي بـ {{ acct4 }} نحتاج: {{ docs }}. نساعدكم خطوة بخطوة",
        ),
        ("ar", "تم نقل الحساب إلى {{ heir }} اعتبارا من {{ date }}. الدعم الحكومي: {{ subsidy }}. نشكر لكم تعاونكم."),
        ("ar", "احتراما لرغبتكم لن نعاود الاتصال بشأن هذا الموضوع. إن احتجتم إلينا فنحن في خدمتكم"),
        (
            "ar",
            "أحسن الله عزاءكم وغفر لفقيدكم. نتصل لنعينكم على إبقاء الدعم على حساب المنزل، ولن نطلب منكم رقم البطاقة المصرفية.",
        ),
        (
            "en",
            "EWA here. We would like to call you about a household service. You need do nothing now. To check it is us, call {{ hotline }}, ref {{ ref }}.",
        ),
        (
            "en",
            "{{ name }}, we are sorry for your loss and thank you for your time. To move the account ending {{ acct4 }} we need: {{ docs }}.",
        ),
        (
            "en",
            "As you asked, we will not contact you again about this. If you ever need us: {{ hotline }}, ref {{ ref }}.",
        ),
        (
            "en",
            "Please, when it suits you: we find the forms, refine them and show you how. All is fine. Tell us in advance.",
        ),
    ] {
        assert_eq!(lint_wording(text, language), [], "{text}");
    }
}

#[test]
fn words_that_hurt_are_noted() {
    for text in [
        "A friendly Reminder",
        "we remind you",
        "overdue",
        "the deceased customer",
        "the deceased’s account",
        "your debts",
        "what you owe",
        "the arrears",
        "the outstanding amount",
        "risk of disconnection",
        "be cut off",
        "the deadline",
        "FINAL NOTICE",
        "legal action",
        "رسالة تذكير",
        "تَذْكِير",
        "تذكــير",
        "نذكّركم بأن",
        "حساب المتوفى",
        "المشترك المتوفي",
        "للمتوفى",
        "سداد الديون",
        "والمديونية",
        "المستحقات",
        "المبلغ المستحق",
        "مبالغ مستحقة",
        "المتأخرات",
        "قطع التيار",
        "قطع الخدمة",
        "آخر موعد",
        "الموعد النهائي",
        "غرامة",
        "إنذار أخير",
        "إجراءات قانونية",
    ] {
        for language in ["en", "ar"] {
            let noted = lint_wording(text, language).iter().filter(|note| note.kind == WordingKind::Tone).count();
            assert_eq!(noted, 1, "{text}: {:?}", lint_wording(text, language));
        }
    }
}

#[test]
fn a_note_on_tone_shows_the_word_as_it_was_written() {
    let note = lint_wording("هذا تَذْكِيرٌ لكم", "ar").into_iter().find(|note| note.kind == WordingKind::Tone).unwrap();
    assert_eq!(note.offset, "هذا ".len());
    assert!(note.message.starts_with("`تَذْكِيرٌ`"), "{}", note.message);
}

#[test]
fn vowel_marks_and_invisible_signs_are_noted_once_for_each_run() {
    assert_eq!(kinds("ar", "مرحباً بكم"), [(WordingKind::Tashkeel, 10)]);
    assert_eq!(kinds("ar", "الله\u{651}\u{64E} و\u{64F}"), [(WordingKind::Tashkeel, 8), (WordingKind::Tashkeel, 15)]);
    assert_eq!(kinds("ar", "ا\u{200F}\u{202A}ب"), [(WordingKind::Invisible, 2)]);
    assert_eq!(kinds("en", "a\u{200B}b"), [(WordingKind::Invisible, 1)]);
    let note = &lint_wording("\u{200F}a", "en")[0];
    assert!(note.message.starts_with("a direction mark (U+200F)"), "{}", note.message);
}

#[test]
fn what_makes_an_english_text_costly_is_named_with_its_replacement() {
    for (text, message, suggestion) in [
        ("it’s", "the curly apostrophe `’` (U+2019) makes the text UCS-2", "write `'`"),
        ("a – b", "the en dash `–` (U+2013)", "write `-`"),
        ("wait…", "the one-sign ellipsis", "write `...`"),
        ("ok 😀", "the emoji `😀` (U+1F600)", "leave it out"),
        ("at ٩", "the Arabic digit `٩` (U+0669)", "leave it out"),
        ("a\u{a0}b", "the no-break space", "write ` `"),
    ] {
        let notes = lint_wording(text, "en-GB");
        assert_eq!(notes.len(), 1, "{text}: {notes:?}");
        assert!(notes[0].message.starts_with(message) && notes[0].suggestion.starts_with(suggestion), "{:?}", notes[0]);
    }
    assert_eq!(kinds("en", "“a” and “b”").len(), 2, "each character once");
    assert_eq!(kinds("ar", "السلام – عليكم"), []);
    assert_eq!(kinds("en", "£5 [é] @Ñ"), []);
}

#[test]
fn a_link_is_noted_once() {
    for text in ["see https://www.ewa.bh/x", "see http://x", "see WWW.ewa.bh"] {
        assert_eq!(kinds("en", text), [(WordingKind::Link, 4)], "{text}");
    }
    assert_eq!(kinds("en", "http://a www.b").len(), 2);
    assert_eq!(kinds("en", "awww. so kind"), []);
}

#[test]
fn what_is_not_sent_is_not_noted() {
    let source =
        "## reminder: https://wiki\n{# overdue #}{% if debt %}{{ deceased_name | default('’') }}{% endif %} owed";
    assert_eq!(kinds("en", source), [(WordingKind::Tone, source.len() - 4)]);
}

proptest! {
    #[test]
    fn any_text_is_looked_over_and_each_place_is_in_it(text in "(debt|تذكير|ديون|http:|www\\.|\\{\\{|\\}\\}|’|\u{64B}|\u{200F}| |\n|\\PC){0,30}") {
        for language in ["ar", "en"] {
            for note in lint_wording(&text, language) {
                prop_assert!(text.is_char_boundary(note.offset) && note.offset < text.len());
            }
        }
    }
}
