//! What is said about an edit of a workflow, and that nothing changes unsaid.

mod sample;

use proptest::prelude::*;

use super::*;
use crate::definition::Bundle;
use crate::definition::tests::{bundle, house};
use sample::{SAMPLE, TEXTS};

fn load(bundle: &Bundle) -> Option<Workflow> {
    Workflow::load(bundle, &house()).0
}

fn sample() -> Bundle {
    bundle(SAMPLE, &TEXTS)
}

/// The sample with `from` replaced by `to` in whichever file has it.
#[track_caller]
fn edited(from: &str, to: &str) -> Workflow {
    let mut bundle = sample();
    let text = bundle.files.values_mut().find(|text| text.contains(from));
    let text = text.unwrap_or_else(|| panic!("no file has `{from}`"));
    *text = text.replace(from, to);
    let (workflow, report) = Workflow::load(&bundle, &house());
    workflow.unwrap_or_else(|| panic!("{}", report.render(false)))
}

fn between(old: &Workflow, new: &Workflow, language: &str) -> Vec<Change> {
    diff(old, new, &house(), language)
}

#[track_caller]
fn check(from: &str, to: &str, en: &[&str], ar: &[&str]) {
    let (old, new) = (load(&sample()).unwrap(), edited(from, to));
    for (language, expected) in [("en", en), ("ar", ar)] {
        let changes = between(&old, &new, language);
        let said: Vec<&str> = changes.iter().map(|change| change.words.as_str()).collect();
        assert_eq!(said, expected, "{from} → {to}");
    }
}

#[test]
fn promises_are_compared_in_words() {
    check(
        "segments: 40",
        "segments: 41",
        &["what we promise: now in one case at most 41 SMS parts instead of 40 SMS parts"],
        &["ما نعد به: الآن أجزاء الرسائل النصية في الحالة الواحدة على الأكثر 41 جزءا بدلا من 40 جزءا"],
    );
    check(
        "messages: 12, segments: 40",
        "segments: 40, silence: 2 years",
        &[
            "what we promise: no longer: in one case at most 12 messages (SMS and e-mail together)",
            "what we promise: new: the family never goes without a word from us for longer than 2 years",
        ],
        &[
            "ما نعد به: أُلغي: في الحالة الواحدة على الأكثر 12 رسالة (نصية وبريدية معا)",
            "ما نعد به: جديد: لا تبقى الأسرة من غير خبر منا أكثر من سنتين",
        ],
    );
}

#[test]
fn waits_are_compared_in_words() {
    check(
        "again: [3 working days, 1 day]",
        "again: [2 working days, 1 day]",
        &[
            "“First call”, if the answer is “Nobody answers, or the line is busy” (time 1): now we call again after 2 working days instead of 3 working days",
        ],
        &[
            "«الاتصال الأول»، إذا كانت النتيجة «لا أحد يجيب، أو الخط مشغول» (المرة 1): الآن نعاود الاتصال بعد يومي عمل بدلا من 3 أيام عمل",
        ],
    );
    check(
        "again: [3 working days, 1 day]",
        "again: [3 working days]",
        &[
            "“First call”, if the answer is “Nobody answers, or the line is busy” (time 2): no longer: we call again after 1 day",
        ],
        &["«الاتصال الأول»، إذا كانت النتيجة «لا أحد يجيب، أو الخط مشغول» (المرة 2): أُلغي: نعاود الاتصال بعد يوم واحد"],
    );
    check(
        "30 days: closed",
        "11 days: closed",
        &["“First call”: now the case goes on to “Closed” after 11 days instead of 30 days"],
        &["«الاتصال الأول»: الآن تنتقل الحالة إلى «أُغلقت» بعد 11 يوما بدلا من 30 يوما"],
    );
    check(
        "due: 1 working day",
        "due: 2 working days",
        &["“First call”: now the call is due within 2 working days instead of 1 working day"],
        &["«الاتصال الأول»: الآن تُجرى المكالمة خلال يومي عمل بدلا من يوم عمل واحد"],
    );
    check(
        "10 days: {at_most: 2",
        "10 days: {at_most: 3",
        &["“Papers”: now it is repeated at most 3 times instead of 2 times"],
        &["«الوثائق»: الآن يتكرر على الأكثر 3 مرات بدلا من مرتين"],
    );
}

#[test]
fn ways_and_outcomes_are_compared_in_words() {
    check(
        "call.refused: {goto: closed}",
        "call.refused: {goto: papers}",
        &["“First call”, if the answer is “We do not want this”: now the case goes on to “Papers” instead of “Closed”"],
        &["«الاتصال الأول»، إذا كانت النتيجة «لا نريد ذلك»: الآن تنتقل الحالة إلى «الوثائق» بدلا من «أُغلقت»"],
    );
    check(
        "call.refused: {goto: closed}",
        "call.refused: {goto: closed}\n      call.busy: {again: 1 day, then: closed}",
        &[
            "“First call”: new: if the answer is `busy`: we call again after 1 day; if it comes once more, the case goes on to “Closed”",
        ],
        &[
            "«الاتصال الأول»: جديد: إذا كانت النتيجة `busy`: نعاود الاتصال بعد يوم واحد، فإن تكرر ذلك بعدها تنتقل الحالة إلى «أُغلقت»",
        ],
    );
    check(
        "      call.refused: {goto: closed}\n",
        "",
        &["“First call”: no longer: if the answer is “We do not want this”: the case goes on to “Closed”"],
        &["«الاتصال الأول»: أُلغي: إذا كانت النتيجة «لا نريد ذلك»: تنتقل الحالة إلى «أُغلقت»"],
    );
    check(
        "queue: desk, to: heir ?? family",
        "queue: desk, to: family",
        &["“First call”: now it is meant for the family instead of the heir, else the family"],
        &["«الاتصال الأول»: الآن المقصود بها «family» بدلا من «heir»، وإلا «family»"],
    );
    check(
        "waiting_on: family",
        "waiting_on: court",
        &["“Papers”: now we wait for the court (before: we wait for the family)"],
        &["«الوثائق»: الآن ننتظر المحكمة (وكان: ننتظر الأسرة)"],
    );
    check(
        "reopen: {paid: first}",
        "reopen: {paid: papers}",
        &[
            "“Closed”: now if afterwards `paid` is reported, the case is opened again in “Papers” instead of “First call”",
        ],
        &["«أُغلقت»: الآن بعد الإغلاق، إذا ورد البلاغ `paid` تُفتح الحالة من جديد في «الوثائق» بدلا من «الاتصال الأول»"],
    );
}

#[test]
fn limits_and_sources_are_compared_in_words() {
    check(
        "2 sms per person in 3 days",
        "1 sms per person in 3 days",
        &[
            "how much a family hears: now at most 1 SMS to one person within 3 days (before: at most 2 SMS to one person within 3 days)",
        ],
        &[
            "كم تسمع الأسرة منا: الآن رسالة نصية واحدة للشخص الواحد خلال 3 أيام على الأكثر (وكان: رسالتان نصيتان للشخص الواحد خلال 3 أيام على الأكثر)",
        ],
    );
    check(
        "not_before: 3 days after died",
        "not_before: 5 days after died",
        &[
            "how much a family hears: now nothing reaches it earlier than 5 days after the died instead of 3 days after the died",
        ],
        &["كم تسمع الأسرة منا: الآن لا يصلها شيء قبل مضي 5 أيام على «died» بدلا من 3 أيام على «died»"],
    );
    check(
        "0 7 * * SUN-THU",
        "30 8 * * SUN-THU",
        &["the detection `register`: now we look at 08:30, Sunday to Thursday instead of at 07:00, Sunday to Thursday"],
        &["الرصد `register`: الآن ننظر الساعة 08:30، من الأحد إلى الخميس بدلا من الساعة 07:00، من الأحد إلى الخميس"],
    );
    check(
        "unknown: first == null, second: first.rank != 1",
        "unknown: first == null",
        &["the detection `register`: no longer: no case opens (`second`) if “rank” of the first is not 1"],
        &["الرصد `register`: أُلغي: لا تُفتح حالة (`second`) إذا كانت قيمة «rank» في «first» غير 1"],
    );
}

#[test]
fn fields_are_compared_in_words() {
    check(
        "heir: {type: contact, optional: true}",
        "heir: {type: contact, optional: true}\n    flat: {type: integer, optional: true}",
        &["what a case knows: new: the field `flat`"],
        &["ما تعرفه الحالة: جديد: الحقل `flat`"],
    );
    check(
        "died: {type: date, past: true}",
        "died: {type: date}",
        &["the field `died`: now it may lie in the future (before: it cannot lie in the future)"],
        &["الحقل `died`: الآن قد يكون في المستقبل (وكان: لا يكون في المستقبل)"],
    );
}

#[test]
fn texts_are_compared_with_their_length() {
    check(
        "Hello, we will ring",
        "Hello, we shall ring",
        &["the message `nudge`: other words in English (still 1 SMS part)"],
        &["الرسالة `nudge`: صياغة أخرى باللغة الإنجليزية (الطول كما كان: جزء واحد)"],
    );
    check(
        "سنتصل بكم",
        "سنتصل بكم في الوقت الذي يناسبكم من أيام الأسبوع القادم إن شاء الله فلا تقلقوا أبدا",
        &["the message `nudge`: other words in Arabic (2 SMS parts instead of 1 SMS part)"],
        &["الرسالة `nudge`: صياغة أخرى باللغة العربية (الطول: جزءان بدلا من جزء واحد)"],
    );
    let changes = between(&load(&sample()).unwrap(), &edited("Hello, we will ring", "Hello, we shall ring"), "en");
    assert_eq!(changes[0].path, "messages.nudge.en");
    assert_eq!(changes[0].old.as_deref(), Some("Hello, we will ring"));
    assert_eq!(changes[0].new.as_deref(), Some("Hello, we shall ring"));
}

#[test]
fn a_renamed_state_is_known_by_what_it_says() {
    check(
        "papers",
        "documents",
        &["the state `papers` is now called `documents`"],
        &["المرحلة `papers` صار اسمها `documents`"],
    );
    let changes = between(&load(&sample()).unwrap(), &edited("papers", "documents"), "en");
    assert_eq!(changes[0].kind, ChangeKind::Renamed);
}

#[test]
fn a_state_that_is_new_is_one_difference_beside_the_way_to_it() {
    let old = load(&sample()).unwrap();
    let text = SAMPLE.replace("call.refused: {goto: closed}", "call.refused: {goto: rest}").replace(
        "  closed:\n",
        "  rest:\n    title: {en: Rest, ar: راحة}\n    after: {2 working days: closed}\n  closed:\n",
    );
    let new = load(&bundle(&text, &TEXTS)).unwrap();
    for (language, expected) in [
        (
            "en",
            [
                "“First call”, if the answer is “We do not want this”: now the case goes on to “Rest” instead of “Closed”",
                "the states: new: the state “Rest”",
            ],
        ),
        (
            "ar",
            [
                "«الاتصال الأول»، إذا كانت النتيجة «لا نريد ذلك»: الآن تنتقل الحالة إلى «راحة» بدلا من «أُغلقت»",
                "المراحل: جديد: المرحلة «راحة»",
            ],
        ),
    ] {
        let said: Vec<String> = between(&old, &new, language).into_iter().map(|change| change.words).collect();
        assert_eq!(said, expected);
    }
    assert_eq!(between(&new, &old, "en").len(), 2);
}

#[test]
fn comments_and_order_make_no_difference() {
    let old = load(&sample()).unwrap();
    for (from, to) in [
        ("start: pause", "# Here it begins.\nstart: pause"),
        (
            "{goto: closed}\n      call.wrong: {next: contact, then: closed}",
            "{goto: closed}   # no\n      call.wrong: {then: closed, next: contact}",
        ),
        ("## level: 1\n", "## level: 1\n## said after the call\n"),
        ("due: 1 working day, priority: high", "priority: high, due: 1 working day"),
        (
            "    died: {type: date, past: true}\n    heir: {type: contact, optional: true}\n",
            "    heir: {optional: true, type: contact}\n    died: {past: true, type: date}\n",
        ),
    ] {
        assert_eq!(between(&old, &edited(from, to), "en"), [], "{from} → {to}");
    }
}

#[test]
fn the_order_of_decisions_makes_a_difference() {
    check(
        "      - {when: reachable.call, goto: first}\n      - {when: reachable.sms, goto: papers}\n",
        "      - {when: reachable.sms, goto: papers}\n      - {when: reachable.call, goto: first}\n",
        &[
            "“Pause”: now the order is reachable.sms | reachable.call | else instead of reachable.call | reachable.sms | else",
        ],
        &["«وقفة»: الآن الترتيب هو reachable.sms | reachable.call | else بدلا من reachable.call | reachable.sms | else"],
    );
}

/// One small edit of a line: another number, another state, the line left out.
fn mutate(text: &str, at: usize, how: usize) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let at = at % lines.len();
    let line = lines[at].clone();
    match how {
        0 => drop(lines.remove(at)),
        1 => lines[at] = line.replacen("3 ", "4 ", 1).replacen("1 ", "5 ", 1).replacen("10 ", "12 ", 1),
        2 => lines[at] = line.replacen("goto: closed", "goto: papers", 1).replacen("then: closed", "then: papers", 1),
        3 => lines[at] = line.replacen("true", "false", 1),
        _ => lines[at] = line.replacen("optional: true", "optional: true, personal: true", 1),
    }
    lines.join("\n") + "\n"
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn no_edit_stays_unsaid(at in 0_usize..200, how in 0_usize..5) {
        let mut bundle = sample();
        let mutated = mutate(SAMPLE, at, how);
        bundle.files.insert("w.yaml".into(), mutated.clone());
        let old = load(&sample()).unwrap();
        prop_assert_eq!(between(&old, &old, "en"), Vec::<Change>::new());
        if mutated != SAMPLE && let Some(new) = load(&bundle) {
            let changes = between(&old, &new, "en");
            prop_assert!(!changes.is_empty(), "{mutated}");
            prop_assert!(changes.iter().all(|change| change.old != change.new && !change.words.is_empty()));
            prop_assert_eq!(between(&new, &old, "ar").is_empty(), false);
        }
    }
}
