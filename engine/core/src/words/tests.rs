//! What workflows say in words, in both languages.

use std::sync::LazyLock;

use super::*;
use crate::definition::Workflow;
use crate::definition::tests::shipped::{shipped_bundle, shipped_house};
use crate::definition::tests::{house, model};
use crate::expr::{Program, Scope};
use crate::value::{Member, Type};

/// The shipped workflow with the queues that `config/wasl.yaml` ships.
pub(crate) fn shipped() -> &'static (Workflow, Environment) {
    static SHIPPED: LazyLock<(Workflow, Environment)> = LazyLock::new(load_shipped);
    &SHIPPED
}

fn load_shipped() -> (Workflow, Environment) {
    let mut environment = shipped_house();
    for (name, en, ar) in [
        ("complaints", "Complaints section", "قسم الشكاوى"),
        ("supervisors", "Supervisors", "المشرفون"),
        ("data", "Data section", "قسم البيانات"),
        ("billing", "Billing and collection", "الفواتير والتحصيل"),
    ] {
        environment.queues.insert(name.into(), Texts::both(en, ar));
    }
    let (workflow, report) = Workflow::load(&shipped_bundle("account-transfer"), &environment);
    assert!(report.findings.is_empty(), "{}", report.render(false));
    (workflow.unwrap(), environment)
}

#[track_caller]
fn check(source: &str, en: &str, ar: &str) {
    let (workflow, environment) = shipped();
    let answers = Type::Record([("urgent".to_owned(), Member { ty: Type::Bool, optional: false })].into());
    let scope: Scope = workflow
        .scope_of("sms.reply", &[])
        .with("answer", Member { ty: answers, optional: false })
        .with("rank", Member { ty: Type::Int, optional: false });
    let program = Program::compile_as(source, &scope, &Type::Bool).unwrap_or_else(|errors| panic!("{errors:?}"));
    let words = |language| Words::new(workflow, environment, language).when(&program);
    assert_eq!((words("en"), words("ar")), (en.into(), ar.into()), "{source}");
}

#[test]
fn conditions_about_contact_and_time_read_as_sentences() {
    check("reachable.call", "if someone can be reached by phone", "إذا أمكن الوصول إلى أحد هاتفيا");
    check(
        "!reachable.call && !reachable.email",
        "if nobody can be reached by phone and nobody can be reached by e-mail",
        "إذا تعذر الوصول إلى أي أحد هاتفيا وتعذر الوصول إلى أي أحد بالبريد الإلكتروني",
    );
    check(
        "days_between(date_of_death, today) < 3",
        "if fewer than 3 days have passed since the date of death",
        "إذا مضى على تاريخ الوفاة أقل من 3 أيام",
    );
    check(
        "2 <= days_between(date_of_death, today)",
        "if at least 2 days have passed since the date of death",
        "إذا مضى على تاريخ الوفاة يومان على الأقل",
    );
    check("attempts >= 2", "if we have rung at least 2 times", "إذا اتصلنا مرتين على الأقل");
    check("visits > 11", "if the case has come here more than 11 times", "إذا دخلت الحالة هذه المرحلة أكثر من 11 مرة");
    check("date_of_death < today", "if the date of death is before today", "إذا كان تاريخ الوفاة قبل اليوم");
}

#[test]
fn conditions_about_fields_use_their_titles() {
    check("has(heir)", "if the heir who takes the account is known", "إذا كنا نعرف الوريث الذي يؤول إليه الحساب");
    check(
        "heir == null",
        "if the heir who takes the account is not known",
        "إذا كنا لا نعرف الوريث الذي يؤول إليه الحساب",
    );
    check("contacts.size() == 0", "if the family contacts are empty", "إذا خلت جهات اتصال الأسرة");
    check(
        "contacts.size() > 1",
        "if the family contacts have more than 1 entry",
        "إذا كان في جهات اتصال الأسرة أكثر من عنصر واحد",
    );
    check("governorate == 'capital'", "if the governorate is “capital”", "إذا كانت قيمة المحافظة هي «capital»");
    check(
        "governorate in ['capital', 'northern']",
        "if the governorate is “capital” or “northern”",
        "إذا كانت قيمة المحافظة إحدى القيم: «capital»، «northern»",
    );
    check(
        "monthly_kwh > 100",
        "if the electricity a month (kWh) is more than 100",
        "إذا كانت قيمة الكهرباء شهريا (ك.و.س) أكثر من 100",
    );
    check("answer.urgent", "if “urgent” is “yes”", "إذا كانت قيمة «urgent» «نعم»");
    check(
        "heir.language != 'ar'",
        "if the language of the heir who takes the account is not “ar”",
        "إذا كانت قيمة اللغة في الوريث الذي يؤول إليه الحساب غير «ar»",
    );
}

#[test]
fn what_is_reported_again_is_told_apart_from_what_is_known() {
    let (workflow, environment) = shipped();
    let program = Program::compile("event.contacts ?? contacts", &workflow.scope_of("case.updated", &[])).unwrap();
    let say = |language| Words::new(workflow, environment, language).value(&program);
    assert_eq!(say("en"), "the family contacts as reported (else the family contacts)");
    assert_eq!(say("ar"), "جهات اتصال الأسرة بحسب البلاغ (وإلا جهات اتصال الأسرة)");
}

#[test]
fn replies_are_told_by_the_words_that_they_contain() {
    check(
        "reply matches '(?i)stop|إيقاف'",
        "if the reply contains “stop” or “إيقاف”",
        "إذا تضمن الرد «stop» أو «إيقاف»",
    );
    check("reply matches '^[0-9]+$'", "if the reply fits the pattern `^[0-9]+$`", "إذا طابق الرد النمط `^[0-9]+$`");
}

#[test]
fn the_opposite_of_a_condition_reads_straight() {
    check(
        "!(reachable.call && rank > 1)",
        "if nobody can be reached by phone or the rank is at most 1",
        "إذا تعذر الوصول إلى أي أحد هاتفيا أو كانت قيمة «rank» لا تزيد على 1",
    );
}

#[test]
fn what_has_no_words_is_quoted() {
    check("rank * 2 > 3", "if `rank * 2 > 3` holds", "إذا تحقق `rank * 2 > 3`");
    check(
        "rank % 2 == 0 || reachable.sms",
        "if `rank % 2 == 0` holds or someone can be reached by SMS",
        "إذا تحقق `rank % 2 == 0` أو أمكن الوصول إلى أحد برسالة نصية",
    );
}

#[test]
fn outcomes_are_told_in_the_words_of_their_script() {
    let (workflow, environment) = shipped();
    let (_, state) = workflow.state_named("first_call").unwrap();
    for (language, clause, label) in [
        ("en", "the answer is “Nobody answers, the line is busy or off”", "Nobody answers"),
        ("ar", "كانت النتيجة «لا أحد يجيب، أو الخط مشغول أو مغلق»", "لا أحد يجيب"),
    ] {
        let words = Words::new(workflow, environment, language);
        assert_eq!(words.event(Some(state), "call.no_answer"), clause);
        assert_eq!(words.event_label(Some(state), "call.no_answer"), label);
    }
    let small = model::small();
    let around = house();
    let words = Words::new(&small, &around, "en");
    assert_eq!(words.event(None, "call.wrong"), "the answer is `wrong`", "a script without a table");
}

#[test]
fn every_event_and_schedule_has_words_in_both_languages() {
    let (workflow, environment) = shipped();
    let is_arabic = |text: &str| text.chars().any(|c| ('\u{600}'..='\u{6ff}').contains(&c));
    for event in workflow.states.iter().flat_map(|state| &state.on).map(|handler| handler.event.as_str()) {
        let [en, ar] =
            ["en", "ar"].map(|language| Words::new(workflow, environment, language).event_label(None, event));
        assert!(!is_arabic(&en) && is_arabic(&ar), "{event}: {en} | {ar}");
    }
    for (source, en, ar) in [
        ("0 7 * * SUN-THU", "at 07:00, Sunday to Thursday", "الساعة 07:00، من الأحد إلى الخميس"),
        ("30 16 * * *", "at 16:30, every day", "الساعة 16:30، كل يوم"),
        ("0 9 * * 1,WED", "at 09:00, on Monday and Wednesday", "الساعة 09:00، أيام الاثنين والأربعاء"),
        ("0 0 1 * *", "at 00:00, on day 1", "وفق الجدول `0 0 1 * *`"),
    ] {
        let schedule = crate::schedule::Schedule::parse(source).unwrap();
        let say = |language| Words::new(workflow, environment, language).schedule(&schedule);
        assert_eq!((say("en"), say("ar")), (en.into(), ar.into()), "{source}");
    }
}
