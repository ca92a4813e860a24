//! What is said of a case: its story in Arabic, and what it waits for and what each answer would do.

use super::{check_in, workflow, world::World};

const FAMILY: &str = "
start: calling
anywhere: {on: {papers: {goto: done}}}
states:
  calling:
    title: {en: First call}
    do: [{call: {queue: desk, to: family, script: hello, due: 1 working day}}]
    on:
      call.no_answer: {again: [2 working hours], then: waiting}
      call.call_back: {again: at answer.when}
      call.agreed: {ask: heir, goto: done}
      paid: {when: 100 / parts > 1, goto: done}
    after: {3 working days: waiting}
  waiting:
    waiting_on: family
    do: [{sms: {to: family, template: hi, expires: 1 day}}]
    on: {sms.reply: {goto: calling}}
    every: {2 days: {at_most: 1, sms: {to: family, template: hi}}}
    after: {30 days: done}
  done: {end: success}
";

#[test]
fn the_history_reads_as_a_story_in_arabic_too() {
    check_in(
        World::new(workflow(FAMILY)).in_language("ar"),
        "
> 2024-05-12 09:00 open
فُتحت الحالة يدويا
انتقلت إلى «First call»: فتح الحالة
تقررت مكالمة إلى Amna في قائمة `desk` من الأحد 12 مايو 2024 09:00، قبل الاثنين 13 مايو 2024 09:00 (المحاولة 1)
do: call 7.1.1 to +97336001234
timers: after 3 working days الأربعاء 15 مايو 2024 09:00
> 2024-05-12 10:00 answer no_answer
نتيجة المكالمة: no_answer
تقررت مكالمة إلى Amna في قائمة `desk` من الأحد 12 مايو 2024 12:00، قبل الاثنين 13 مايو 2024 12:00 (المحاولة 2)
do: close 7.1.1 as no_answer, call 7.1.2 to +97336001234
> 2024-05-12 17:00 answer no_answer
نتيجة المكالمة: no_answer
انتقلت إلى «waiting»: `no_answer` في كل المحاولات
الرسالة النصية `hi` إلى Amna مقررة في الأحد 12 مايو 2024 17:00
do: close 7.1.2 as no_answer, sms 7.2.1 to +97336001234
timers: every 2 days الثلاثاء 14 مايو 2024 17:00, after 30 days الثلاثاء 11 يونيو 2024 17:00
> 2024-05-13 10:00 receipt undelivered +97336001234
الرسالة النصية تعذر توصيلها
لا يُستعمل هذا العنوان بعد الآن: الرسالة النصية
> 2024-05-15 12:00 wait
حل موعد «كل يومين» متأخرا 19 ساعة
الرسالة النصية `hi` إلى Badr مقررة في الأربعاء 15 مايو 2024 12:00
do: sms 7.2.2 to +97339005678
timers: after 30 days الثلاثاء 11 يونيو 2024 17:00
> 2024-05-15 12:30 hold العائلة مسافرة
أُوقفت مؤقتا: العائلة مسافرة
stands: held
> 2024-05-16 12:30 resume
استُؤنفت
stands: open
> 2024-05-16 13:00 event papers
سُحبت الرسالة النصية: انتهت الحالة
انتقلت إلى «done»: the papers came
انتهت الحالة: نجاح
do: withdraw 7.2.2
timers: none
stands: ended success
> 2024-05-17 13:00 event papers
ورد بعد الانتهاء: the papers came
event: late
",
    );
}

#[test]
fn a_case_says_what_it_waits_for_why_then_and_what_each_answer_would_do() {
    let told = World::new(workflow(FAMILY)).explained(&["2024-05-16 10:00 open"], "en");
    assert_eq!(told, EXPLAINED.trim(), "\n{told}");
}

const EXPLAINED: &str = "
in “First call” since Thu 16 May 2024 10:00
Tue 21 May 2024 10:00 (3 working days from Thu 16 May 2024 10:00; skipped Fri 17 and Sat 18 May): → waiting; SMS `hi` Tue 21 May 10:00
call 7.1.1, from Thu 16 May 2024 10:00
call.no_answer: call Amna from Thu 16 May 12:00
call.call_back: call Amna from Thu 16 May 10:00
call.agreed: → done
paid: → done
papers: → done
";

#[test]
fn a_case_that_stands_still_says_why_and_offers_nothing() {
    let told = World::new(workflow(FAMILY)).explained(&["2024-05-16 10:00 open", "2024-05-16 11:00 hold abroad"], "en");
    let first = told.lines().next().unwrap();
    assert_eq!(first, "on hold in “First call”: abroad; nothing is sent until it is resumed");
    assert!(!told.contains("call.no_answer"), "{told}");
}

const ASKED: &str = "
start: asking
states:
  asking:
    do: [{call: {queue: desk, to: family, script: hello, due: 1 working day}}]
    on:
      call.rated:
        - {ask: parts, when: answer.parts <= 2, goto: sorry}
        - {ask: parts, goto: done}
      call.agreed: {ask: heir, when: answer.heir.name != \"\", goto: done}
      sms.reply:
        - {when: 'reply matches \"yes\"', goto: done}
        - {goto: sorry}
    after: {9 days: done}
  sorry: {title: {en: We were sorry, ar: اعتذرنا}, end: refused}
  done:  {title: {en: All is well, ar: كل شيء بخير}, end: success}
";

#[test]
fn where_it_depends_on_an_answer_each_way_is_said_with_its_condition() {
    for (language, ways) in [
        ("en", "call.rated: if “parts” is at most 2: → We were sorry; otherwise: → All is well"),
        ("ar", "call.rated: إذا كانت قيمة «parts» لا تزيد على 2: ← اعتذرنا؛ وإلا: ← كل شيء بخير"),
        ("en", "call.agreed: → All is well"),
        ("en", "sms.reply: if no condition fits what they write: → We were sorry"),
    ] {
        let told = World::new(workflow(ASKED)).explained(&["2024-05-16 10:00 open"], language);
        assert!(told.lines().any(|line| line == ways), "{ways}\n{told}");
    }
}
