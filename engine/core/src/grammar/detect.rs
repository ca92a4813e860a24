//! Where cases come from.

use super::forms::{CASE_FIELD, COLUMN, CONDITION, CRON, EXPRESSION, NAME, SOURCE};
use super::{Entries, Key, Mapping, Shape, both, key, required};

static COLUMNS_THAT_MATCH: Entries = Entries {
    name: "columns_that_match",
    title: both("Which rows", "أي الصفوف"),
    about: both("a column there, and the column here that is equal to it", "عمود هناك، والعمود المساوي له هنا"),
    key: &COLUMN,
    known: &[],
    open: true,
    value: Shape::Form(&COLUMN),
};

static MEMBERS: Entries = Entries {
    name: "members",
    title: both("Renamed columns", "أعمدة بأسماء جديدة"),
    about: both("names, and the values made from a row there", "أسماء، وقيمها المأخوذة من صف هناك"),
    key: &NAME,
    known: &[],
    open: true,
    value: Shape::Form(&EXPRESSION),
};

/// Rows of another source that belong to a row.
pub static LOOKUP: Mapping<[Key; 4]> = Mapping::new(
    "lookup",
    both("A lookup", "بحث في مصدر آخر"),
    both("rows of another source that belong to this one", "صفوف من مصدر آخر تخص هذا الصف"),
    [
        required("in", Shape::Form(&SOURCE), "subscribers", "the other source", "المصدر الآخر"),
        required(
            "where",
            Shape::Each(&COLUMNS_THAT_MATCH),
            "{holder_cpr: cpr}",
            "which rows: `{holder_cpr: cpr}` reads, whose `holder_cpr` is our `cpr`",
            "أي صفوف: `{holder_cpr: cpr}` تعني الصفوف التي يساوي `holder_cpr` فيها `cpr` عندنا",
        ),
        key(
            "many",
            Shape::Flag,
            "true",
            "`true`: all of them; without it the one row, or `null` if there is none",
            "‏`true`: جميعها؛ وبدونها الصف الواحد، أو `null` إن لم يوجد",
        ),
        key(
            "as",
            Shape::Each(&MEMBERS),
            "{name: name_ar, mobile: mobile, language: language}",
            "renames their columns; with the members of a contact it makes contacts",
            "يعيد تسمية أعمدتها؛ وبأسماء عناصر جهة الاتصال تصبح جهات اتصال",
        ),
    ],
);

static LOOKUPS: Entries = Entries {
    name: "lookups",
    title: both("Lookups", "بحث في مصادر أخرى"),
    about: both(
        "rows of other sources, by the name under which conditions know them",
        "صفوف من مصادر أخرى، بالاسم الذي تعرفها به الشروط",
    ),
    key: &NAME,
    known: &[],
    open: true,
    value: Shape::Map(&LOOKUP),
};

static SCREEN: Entries = Entries {
    name: "screen",
    title: both("Why no case opens", "أسباب عدم فتح حالة"),
    about: both("reasons and their conditions; the first that is true counts", "أسباب وشروطها؛ ويُؤخذ بأول شرط يصح"),
    key: &NAME,
    known: &[],
    open: true,
    value: Shape::Form(&CONDITION),
};

static CASE_OF_ROW: Entries = Entries {
    name: "case_of_row",
    title: both("The case of a row", "حالة من صف"),
    about: both("each field of the case, and where it comes from", "كل حقل في الحالة ومن أين يأتي"),
    key: &CASE_FIELD,
    known: &[],
    open: true,
    value: Shape::Form(&EXPRESSION),
};

/// Where cases come from.
pub static DETECTION: Mapping<[Key; 6]> = Mapping::new(
    "detection",
    both("A detection", "رصد"),
    both("where cases come from, and when we look there", "من أين تأتي الحالات، ومتى نبحث هناك"),
    [
        key(
            "schedule",
            Shape::Form(&CRON),
            "\"0 7 * * SUN-THU\"",
            "when we look: minute, hour, day, month, weekday, in the calendar's time zone; without it only by hand",
            "متى نبحث: الدقيقة والساعة واليوم والشهر ويوم الأسبوع بتوقيت التقويم؛ وبدونه يدويا فقط",
        ),
        required(
            "from",
            Shape::Form(&SOURCE),
            "death-register",
            "a source of `config/sources.yaml`; its columns can be used by name",
            "مصدر من `config/sources.yaml`؛ وتُستعمل أعمدته بأسمائها",
        ),
        key(
            "lookup",
            Shape::Each(&LOOKUPS),
            "{account: {in: subscribers, where: {holder_cpr: cpr}}}",
            "rows of other sources that belong to this one",
            "صفوف من مصادر أخرى تخص هذا الصف",
        ),
        key(
            "withdrawn",
            Shape::Form(&EXPRESSION),
            "registration_no matches \"^W\"",
            "when a record says that the death was registered in error: no case opens, and every case about this person, of \
             any workflow, does what `wasl death reverse` does",
            "متى يقول السجل إن الوفاة قُيدت خطأ: فلا تُفتح حالة، وتفعل كل حالة عن هذا الشخص، من أي مسار، ما يفعله \
             `wasl death reverse`",
        ),
        key(
            "screen",
            Shape::Each(&SCREEN),
            "{not_subscriber: account == null}",
            "why no case opens; the first that is true counts, so order matters",
            "أسباب عدم فتح حالة؛ ويُؤخذ بأول شرط يصح، فالترتيب مهم",
        ),
        required(
            "case",
            Shape::Each(&CASE_OF_ROW),
            "{cpr: cpr, date_of_death: date_of_death}",
            "each field of the case, and where it comes from",
            "كل حقل في الحالة ومن أين يأتي",
        ),
    ],
);

pub(super) static DETECTIONS: Entries = Entries {
    name: "detections",
    title: both("Where cases come from", "من أين تأتي الحالات"),
    about: both("detections by name", "عمليات الرصد بأسمائها"),
    key: &NAME,
    known: &[],
    open: true,
    value: Shape::Map(&DETECTION),
};
