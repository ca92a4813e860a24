//! Calendars: when the authority works, and when families may be contacted.

use super::forms::{CHANNELS, NAME, TEXT};
use super::{Entries, Form, Key, Mapping, Shape, Takes, both, key, required};

static CALENDAR_FILE: Form = Form {
    name: "calendar_file",
    title: both("A calendar's name", "اسم تقويم"),
    about: both("small letters, digits and hyphens", "حروف لاتينية صغيرة وأرقام وشرطات"),
    takes: Takes::Word,
    pattern: Some("^[a-z0-9-]+$"),
    examples: &["bahrain-government"],
};

static ZONE: Form = Form {
    name: "zone",
    title: both("A time zone", "منطقة زمنية"),
    about: both("its name in the time zone database", "اسمها في قاعدة بيانات المناطق الزمنية"),
    takes: Takes::Word,
    pattern: None,
    examples: &["Asia/Bahrain"],
};

pub(super) static COUNTRY: Form = Form {
    name: "country",
    title: both("A country", "بلد"),
    about: both("its two letters (ISO 3166)", "حرفاه بحسب المعيار ISO 3166"),
    takes: Takes::Word,
    pattern: Some("^[A-Z]{2}$"),
    examples: &["BH"],
};

static HOLIDAY_WORD: Form = Form {
    name: "holiday_word",
    title: both("A holiday's word", "كلمة عطلة"),
    about: both("a word that stands for a holiday in this file", "كلمة تدل على العطلة في هذا الملف"),
    takes: Takes::Word,
    pattern: None,
    examples: &["eid-al-fitr"],
};

/// A day of the week.
macro_rules! day {
    () => {
        " *([Ss][Uu][Nn]|[Mm][Oo][Nn]|[Tt][Uu][Ee]|[Ww][Ee][Dd]|[Tt][Hh][Uu]|[Ff][Rr][Ii]|[Ss][Aa][Tt]) *"
    };
}

/// A day or a stretch of days.
macro_rules! days {
    () => {
        concat!(day!(), "(-", day!(), ")?")
    };
}

pub(super) static DAYS: Form = Form {
    name: "days",
    title: both("A day of the week", "يوم من الأسبوع"),
    about: both("a day, a stretch of days, or several", "يوم، أو مدة من يوم إلى يوم، أو عدة أيام"),
    takes: Takes::Word,
    pattern: Some(concat!("^", days!(), "(,", days!(), ")*$")),
    examples: &["SUN-THU", "SAT"],
};

/// A stretch of hours.
macro_rules! hours {
    () => {
        " *[0-9]{2}:[0-9]{2} *[-–] *[0-9]{2}:[0-9]{2} *"
    };
}

pub(super) static HOURS: Form = Form {
    name: "hours",
    title: both("A stretch of hours", "مدة من الساعات"),
    about: both(
        "from when to when, one stretch or several, in quotes; or `closed`",
        "من متى إلى متى، مدة واحدة أو أكثر، بين علامتي تنصيص؛ أو `closed` أي مغلق",
    ),
    takes: Takes::Word,
    pattern: Some(concat!("^( *closed *|", hours!(), "(,", hours!(), ")*)$")),
    examples: &["\"07:00-14:15\"", "\"09:00-13:00, 16:00-19:00\"", "closed"],
};

pub(super) static DATE: Form = Form {
    name: "date",
    title: both("A date", "تاريخ"),
    about: both("year, month and day", "السنة والشهر واليوم"),
    takes: Takes::Word,
    pattern: Some("^[0-9]{4}-[0-9]{2}-[0-9]{2}$"),
    examples: &["2024-05-01"],
};

static WEEK: Entries = Entries {
    name: "week",
    title: both("Hours of a week", "ساعات الأسبوع"),
    about: both(
        "days and their hours; days that are not named are closed",
        "الأيام وساعاتها؛ وما لم يُذكر من الأيام فهو مغلق",
    ),
    key: &DAYS,
    known: &[],
    open: true,
    value: Shape::Form(&HOURS),
};

static CONTACT: Entries = Entries {
    name: "contact_hours",
    title: both("Hours of contact", "ساعات التواصل"),
    about: both("when each channel may be used", "متى يجوز استعمال كل قناة"),
    key: &TEXT,
    known: &CHANNELS.words,
    open: false,
    value: Shape::Each(&WEEK),
};

const WEEK_KEY: Key = key(
    "week",
    Shape::Each(&WEEK),
    "{SUN-THU: \"07:00-14:15\"}",
    "the working hours; days that are not named are the weekend",
    "ساعات العمل؛ والأيام التي لا تُذكر هي عطلة نهاية الأسبوع",
);
const CONTACT_KEY: Key = key(
    "contact",
    Shape::Each(&CONTACT),
    "{sms: {SUN-THU: \"09:00-20:00\"}}",
    "when each channel may be used, whatever a workflow asks for; never on a day without work",
    "متى يجوز استعمال كل قناة مهما طلب مسار العمل؛ ولا تُستعمل أبدا في يوم لا عمل فيه",
);
const PROVISIONAL_KEY: Key = key(
    "provisional",
    Shape::Flag,
    "true",
    "`true`: the date may still move; it is marked so wherever it moves a due time",
    "‏`true`: قد يتغير التاريخ؛ ويُبيَّن ذلك حيثما أثّر في موعد",
);

/// Dates of a season in one year.
pub static STRETCH: Mapping<[Key; 3]> = Mapping::new(
    "stretch",
    both("Dates of a season", "تواريخ موسم"),
    both("when a season begins and ends in one year", "متى يبدأ الموسم وينتهي في سنة من السنين"),
    [
        required("from", Shape::Form(&DATE), "2026-02-18", "its first day", "أول يوم فيه"),
        required("to", Shape::Form(&DATE), "2026-03-19", "its last day", "آخر يوم فيه"),
        PROVISIONAL_KEY,
    ],
);

/// A stretch of days with other hours.
pub static SEASON: Mapping<[Key; 4]> = Mapping::new(
    "season",
    both("A season", "موسم"),
    both(
        "days with other hours, such as Ramadan; what it does not name stays as it is",
        "أيام لها ساعات أخرى، كشهر رمضان؛ وما لا يُذكر فيه يبقى على حاله",
    ),
    [
        required(
            "name",
            Shape::Texts,
            "{en: Ramadan, ar: شهر رمضان}",
            "what it is called, in both languages",
            "اسمه باللغتين",
        ),
        WEEK_KEY,
        CONTACT_KEY,
        required(
            "dates",
            Shape::OneOrMore(&Shape::Map(&STRETCH)),
            "[{from: 2026-02-18, to: 2026-03-19}]",
            "when it is, year by year",
            "متى يكون، سنة بعد سنة",
        ),
    ],
);

static SEASONS: Entries = Entries {
    name: "seasons",
    title: both("Seasons", "مواسم"),
    about: both("days with other hours, by a name for this file", "أيام لها ساعات أخرى، باسم لهذا الملف"),
    key: &NAME,
    known: &[],
    open: true,
    value: Shape::Map(&SEASON),
};

static NAMES: Entries = Entries {
    name: "holiday_names",
    title: both("Names of holidays", "أسماء العطل"),
    about: both("a word for this file, and the name in both languages", "كلمة لهذا الملف، والاسم باللغتين"),
    key: &HOLIDAY_WORD,
    known: &[],
    open: true,
    value: Shape::Texts,
};

/// A day without work.
pub static HOLIDAY: Mapping<[Key; 7]> = Mapping::new(
    "holiday",
    both("A holiday", "عطلة"),
    both(
        "a day without work, as `date`, or several, as `from` and `to`",
        "يوم لا عمل فيه يُكتب `date`، أو عدة أيام تُكتب `from` و`to`",
    ),
    [
        key("date", Shape::Form(&DATE), "2024-05-01", "its day", "يومها"),
        key(
            "from",
            Shape::Form(&DATE),
            "2024-04-10",
            "its first day, if it has several",
            "أول أيامها إن كانت عدة أيام",
        ),
        key("to", Shape::Form(&DATE), "2024-04-12", "its last day", "آخر أيامها"),
        required(
            "name",
            Shape::Either(&[Shape::Texts, Shape::Form(&HOLIDAY_WORD)]),
            "eid-al-fitr",
            "a word of `names`, or the name itself in both languages",
            "كلمة من `names`، أو الاسم نفسه باللغتين",
        ),
        PROVISIONAL_KEY,
        key(
            "compensates",
            Shape::Flag,
            "true",
            "`true`: a day in lieu of a holiday that fell on a weekend",
            "‏`true`: يوم بدل عطلة وافقت نهاية الأسبوع",
        ),
        key("circular", Shape::Form(&TEXT), "12/2024", "the circular that announced it", "التعميم الذي أُعلنت فيه"),
    ],
);

/// A calendar file.
pub static CALENDAR: Mapping<[Key; 9]> = Mapping::new(
    "calendar",
    both("A calendar", "تقويم"),
    both(
        "working hours, holidays and hours of contact of an authority",
        "ساعات العمل والعطل وساعات التواصل لدى جهة من الجهات",
    ),
    [
        required(
            "calendar",
            Shape::Form(&CALENDAR_FILE),
            "bahrain-government",
            "its name, by which workflows name it",
            "اسمه الذي تذكره به مسارات العمل",
        ),
        key(
            "title",
            Shape::Texts,
            "{en: Government of Bahrain, ar: حكومة مملكة البحرين}",
            "what people call it, in both languages",
            "ما يسميه الناس به، باللغتين",
        ),
        required("zone", Shape::Form(&ZONE), "Asia/Bahrain", "the zone of all its times", "المنطقة الزمنية لكل أوقاته"),
        key("country", Shape::Form(&COUNTRY), "BH", "whose calendar it is", "بلد هذا التقويم"),
        Key { required: true, ..WEEK_KEY },
        CONTACT_KEY,
        key(
            "seasons",
            Shape::Each(&SEASONS),
            "{ramadan: {name: {en: Ramadan, ar: شهر رمضان}, dates: [{from: 2026-02-18, to: 2026-03-19}]}}",
            "stretches of days with other hours",
            "أيام لها ساعات أخرى",
        ),
        key(
            "names",
            Shape::Each(&NAMES),
            "{labour-day: {en: Labour Day, ar: عيد العمال}}",
            "what the holidays are called, once for all years",
            "أسماء العطل، تُكتب مرة واحدة لكل السنين",
        ),
        key(
            "holidays",
            Shape::OneOrMore(&Shape::Map(&HOLIDAY)),
            "[{date: 2024-05-01, name: labour-day}]",
            "days without work besides the weekends",
            "أيام لا عمل فيها غير نهايات الأسبوع",
        ),
    ],
);
