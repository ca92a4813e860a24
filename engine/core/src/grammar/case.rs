//! What a case knows, and what others may report to it.

use super::forms::{CASE_FIELD, DURATION, EVENT_NAME, FIELD_NAME, PATTERN, TEXT};
use super::{Choice, Choices, Entries, Key, Mapping, Shape, both, choice, key, required};

/// The types of fields.
pub static TYPES: Choices<[Choice; 11]> = Choices {
    title: both("A type", "نوع"),
    words: [
        choice("text", "any text", "أي نص"),
        choice("integer", "a whole number", "عدد صحيح"),
        choice("number", "any number", "أي عدد"),
        choice("boolean", "yes or no", "نعم أو لا"),
        choice("date", "a day", "يوم"),
        choice("time", "a moment", "لحظة محددة"),
        choice("phone", "a telephone number in any usual spelling", "رقم هاتف بأي كتابة معتادة"),
        choice("email", "an e-mail address", "عنوان بريد إلكتروني"),
        choice("choice", "one of the words under `values`", "إحدى الكلمات المذكورة تحت `values`"),
        choice(
            "contact",
            "one person: name, relation, cpr, mobile, email, language, and how well we know the number: source, class, \
             confidence, disclosure, last_outcome; any may be unknown",
            "شخص واحد: الاسم وصلة القرابة والرقم الشخصي والهاتف والبريد واللغة، ومدى معرفتنا بالرقم: source وclass وconfidence \
             وdisclosure وlast_outcome، وقد يُجهل أيٌّ منها",
        ),
        choice(
            "contacts",
            "several persons, in the order in which we try them",
            "عدة أشخاص، بالترتيب الذي نحاول به التواصل معهم",
        ),
    ],
};

/// One field.
pub static FIELD: Mapping<[Key; 10]> = Mapping {
    name: "field",
    title: both("A field", "حقل"),
    about: both(
        "one thing that is known: its type, and what it must look like",
        "معلومة واحدة: نوعها، وما يجب أن تكون عليه",
    ),
    snippet: Some(
        "type: ${1|text,integer,number,boolean,date,time,phone,email,contact,contacts|}\noptional: ${2|true,false|}",
    ),
    keys: [
        required("type", Shape::OneOf(&TYPES), "date", "what it holds", "ما يحمله الحقل"),
        key(
            "optional",
            Shape::Flag,
            "true",
            "`true`: it may be unknown. Without this, no case opens without it",
            "‏`true`: يجوز أن يكون مجهولا. وبدونها لا تُفتح حالة من غيره",
        ),
        key(
            "personal",
            Shape::Flag,
            "true",
            "`true`: personal data, kept out of logs and masked in reports",
            "‏`true`: بيانات شخصية، لا تظهر في السجلات وتُحجب في التقارير",
        ),
        key(
            "discloses",
            Shape::Flag,
            "true",
            "`true`: a message that uses it goes only to a number or address that somebody has confirmed, as with every \
             personal field; `false` lifts that for a personal field that reveals nothing",
            "‏`true`: لا تُرسل الرسالة التي تستعمله إلا إلى رقم أو عنوان تأكدنا من صاحبه، وكذلك كل حقل شخصي؛ و`false` ترفع ذلك \
             عن حقل شخصي لا يكشف شيئا",
        ),
        key(
            "pattern",
            Shape::Form(&PATTERN),
            "'[0-9]{9}'",
            "what the whole text must look like (a regular expression)",
            "ما يجب أن يكون عليه النص كله (تعبير نمطي)",
        ),
        key(
            "past",
            Shape::Flag,
            "true",
            "`true`: a date that must not lie in the future",
            "‏`true`: تاريخ لا يجوز أن يكون في المستقبل",
        ),
        key("min", Shape::Number, "0", "the least that a number may be", "أقل ما يجوز أن يكون عليه العدد"),
        key("max", Shape::Number, "120", "the most that a number may be", "أكثر ما يجوز أن يكون عليه العدد"),
        key(
            "values",
            Shape::OneOrMore(&Shape::Form(&TEXT)),
            "[capital, muharraq, northern, southern]",
            "the words of a `choice`",
            "كلمات الاختيار في النوع `choice`",
        ),
        key(
            "title",
            Shape::Texts,
            "{en: The heir, ar: الوريث}",
            "what an agent reads beside it",
            "ما يقرؤه الموظف بجانبه",
        ),
    ],
};

pub(super) static FIELDS: Entries = Entries {
    name: "fields",
    title: both("Fields", "حقول"),
    about: both(
        "fields by name; `name: type` is enough where nothing else is said",
        "حقول بأسمائها؛ ويكفي `name: type` إن لم يكن غير ذلك",
    ),
    key: &FIELD_NAME,
    known: &[],
    open: true,
    value: Shape::Either(&[Shape::OneOf(&TYPES), Shape::Map(&FIELD)]),
};

/// What a case knows.
pub static CASE: Mapping<[Key; 2]> = Mapping::new(
    "case",
    both("What a case knows", "ما تعرفه الحالة"),
    both("the fields of a case, and which of them make it one", "حقول الحالة، وأيها يميزها عن غيرها"),
    [
        required(
            "key",
            Shape::OneOrMore(&Shape::Form(&CASE_FIELD)),
            "[cpr, account_no]",
            "the fields that make it one case: there is never a second open case with the same key",
            "الحقول التي تميز الحالة: لا تُفتح أبدا حالة ثانية بالمفتاح نفسه ما دامت الأولى مفتوحة",
        ),
        required(
            "fields",
            Shape::Each(&FIELDS),
            "{cpr: {type: text, personal: true}, date_of_death: date}",
            "every field, with its type",
            "كل الحقول بأنواعها",
        ),
    ],
);

/// An event that others report.
pub static EVENT: Mapping<[Key; 3]> = Mapping::new(
    "event",
    both("An event", "حدث"),
    both("something that another system or a person reports to a case", "شيء يبلغ به نظام آخر أو شخص عن حالة"),
    [
        key(
            "title",
            Shape::Texts,
            "{en: The account is in the heir's name, ar: تم تحويل الحساب إلى اسم الوريث}",
            "what people call it, in each language",
            "ما يسميه الناس به، بكل لغة",
        ),
        key(
            "fields",
            Shape::Each(&FIELDS),
            "{heir_cpr: {type: text, optional: true, personal: true}}",
            "what comes with it",
            "ما يأتي معه من معلومات",
        ),
        key(
            "keep",
            Shape::Form(&DURATION),
            "90 days",
            "how long it waits for a state that takes it, if the present one does not; 90 days if you say nothing",
            "كم ينتظر مرحلة تتعامل معه إن لم تتعامل معه المرحلة الحالية؛ 90 يوما إن لم يُذكر",
        ),
    ],
);

pub(super) static EVENTS: Entries = Entries {
    name: "events",
    title: both("Events", "أحداث"),
    about: both(
        "what others may report; only what is declared here can be used under `on`",
        "ما قد يبلغ به الآخرون؛ ولا يُستعمل تحت `on` إلا ما أُعلن هنا",
    ),
    key: &EVENT_NAME,
    known: &[],
    open: true,
    value: Shape::Map(&EVENT),
};
