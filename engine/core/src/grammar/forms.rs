//! The values that stand behind keys: what each looks like. Readers elsewhere turn them into durations, conditions
//! and names; a test holds the patterns here to them.

use super::{Both, Choice, Choices, Form, Takes, both, choice};

/// Units of time, as a pattern.
macro_rules! units {
    () => {
        "(seconds?|minutes?|hours?|days?|weeks?|months?|years?|working +(minutes?|hours?|days?))"
    };
}

/// A name, of which nothing more is said than what it names.
const fn name(name: &'static str, title: Both, about: Both, examples: &'static [&'static str]) -> Form {
    Form { name, title, about, takes: Takes::Word, pattern: None, examples }
}

pub(super) static TEXT: Form = name("text", both("A text", "نص"), both("any text", "أي نص"), &["capital"]);

pub(super) static WORKFLOW_NAME: Form = name(
    "workflow_name",
    both("A workflow's name", "اسم مسار العمل"),
    both("that of the file", "وهو اسم الملف"),
    &["account-transfer"],
);

/// A length of time.
pub static DURATION: Form = Form {
    name: "duration",
    title: both("A duration", "مدة"),
    about: both(
        "a whole number and a unit: `24 hours` by the stopwatch, `1 day` at the same time of day, `1 working day` and \
         `4 working hours` by the calendar",
        "عدد صحيح ووحدة: `24 hours` بساعة التوقيت، و`1 day` في الوقت نفسه من اليوم، و`1 working day` و`4 working hours` \
         بحسب تقويم الدوام",
    ),
    takes: Takes::Text,
    pattern: Some(concat!("^ *[0-9]+ +", units!(), " *$")),
    examples: &["3 working days", "24 hours", "2 weeks"],
};

pub(super) static WAIT: Form = Form {
    name: "wait",
    title: both("A wait", "مهلة"),
    about: both(
        "a duration from entering the state, or so long after a date of the case",
        "مدة تُحسب من دخول المرحلة، أو من تاريخ معروف في الحالة",
    ),
    takes: Takes::Text,
    pattern: Some(concat!("^ *[0-9]+ +", units!(), "( +after +[^ ]+)? *$")),
    examples: &["21 days", "5 working days", "3 days after date_of_death"],
};

pub(super) static WAIT_AFTER: Form = Form {
    name: "wait_after",
    title: both("A wait after a date", "مهلة بعد تاريخ"),
    about: both("so long after a date of the case", "مدة تُحسب من تاريخ معروف في الحالة"),
    takes: Takes::Text,
    pattern: Some(concat!("^ *[0-9]+ +", units!(), " +after +[^ ]+ *$")),
    examples: &["3 days after date_of_death"],
};

pub(super) static RUNG: Form = Form {
    name: "rung",
    title: both("When to call again", "موعد معاودة الاتصال"),
    about: both(
        "so long from now, or `at` a time: `at answer.when` asks the agent for the time that the family named",
        "بعد مدة من الآن، أو في موعد يُكتب بعد `at`: فالعبارة `at answer.when` تسأل الموظف عن الموعد الذي ذكرته الأسرة",
    ),
    takes: Takes::Text,
    pattern: Some(concat!("^( *[0-9]+ +", units!(), " *|at .+)$")),
    examples: &["4 working hours", "1 working day", "at answer.when"],
};

pub(super) static CONDITION: Form = Form {
    name: "condition",
    title: both("A condition", "شرط"),
    about: both(
        "something that is true or false, in the words that the reference lists under Conditions",
        "عبارة تكون صحيحة أو غير صحيحة، بالكلمات المذكورة في المرجع تحت عنوان الشروط",
    ),
    takes: Takes::Scalar,
    pattern: None,
    examples: &["reachable.sms", "contacts.size() == 0", "days_between(date_of_death, today) < 3"],
};

pub(super) static EXPRESSION: Form = Form {
    name: "expression",
    title: both("An expression", "عبارة"),
    about: both(
        "a value worked out from what is known; text in it stands in quotes of its own",
        "قيمة تُحسب مما هو معروف؛ والنص داخلها يوضع بين علامتي تنصيص",
    ),
    takes: Takes::Scalar,
    pattern: None,
    examples: &["account.account_no", "'language == \"en\" ? name_en : name_ar'"],
};

pub(super) static CRON: Form = Form {
    name: "schedule",
    title: both("A schedule", "جدول زمني"),
    about: both(
        "minute, hour, day, month, weekday, in the calendar's time zone",
        "الدقيقة والساعة واليوم والشهر ويوم الأسبوع، بتوقيت التقويم",
    ),
    takes: Takes::Text,
    pattern: None,
    examples: &["0 7 * * SUN-THU"],
};

/// What a cap counts, as a pattern.
macro_rules! counted {
    () => {
        "(calls?|call +attempts?|sms|emails?|messages?|contacts?)"
    };
}

pub(super) static CAP: Form = Form {
    name: "cap",
    title: both("A cap", "حد أقصى"),
    about: both(
        "a number, what it counts (`calls`, `call attempts`, `sms`, `emails`, `messages` for SMS and e-mail together, \
         `contacts` for all of them, or several with `and`), `per person`, `per household` or `per case`, and if you like \
         `in` a time",
        "عدد، ثم ما يُعَدّ (`calls` أو `call attempts` أو `sms` أو `emails` أو `messages` للرسائل القصيرة والبريد معا أو \
         `contacts` لكل تواصل، أو عدة منها بينها `and`)، ثم `per person` لكل شخص أو `per household` لكل أسرة أو `per case` \
         لكل حالة، وإن شئت مدة بعد `in`",
    ),
    takes: Takes::Text,
    pattern: Some(concat!(
        "^ *[0-9]+ +",
        counted!(),
        "(( *, *| +and +)",
        counted!(),
        ")* +per +(person|household|case) *( in +[0-9]+ +",
        units!(),
        " *)?$"
    )),
    examples: &[
        "1 sms per person in 3 days",
        "6 messages per case",
        "5 call attempts per case in 21 days",
        "5 contacts per household in 7 days",
    ],
};

pub(super) static QUIET_HOURS: Form = Form {
    name: "quiet_hours",
    title: both("Quiet hours", "ساعات الهدوء"),
    about: both(
        "hours in which the channel is silent; `outside calendar` means everything outside the working hours",
        "ساعات لا تُستعمل فيها القناة؛ و`outside calendar` تعني كل ما هو خارج ساعات الدوام",
    ),
    takes: Takes::Text,
    pattern: Some("^ *([0-9]{1,2}:[0-9]{2} *- *[0-9]{1,2}:[0-9]{2}|outside +calendar) *$"),
    examples: &["20:00-09:00", "outside calendar"],
};

pub(super) static RECIPIENT: Form = Form {
    name: "recipient",
    title: both("To whom", "المرسل إليه"),
    about: both(
        "a field of the case with a person, a number or an address; `heir ?? contacts` is the heir, or if we know none, the \
         contact whose turn it is; an address may be written out",
        "حقل في الحالة فيه شخص أو رقم أو عنوان؛ والعبارة `heir ?? contacts` تعني الوريث، فإن لم يكن معروفا فجهة الاتصال \
         التي حان دورها؛ ويجوز كتابة العنوان نفسه",
    ),
    takes: Takes::Word,
    pattern: None,
    examples: &["contacts", "heir ?? contacts", "office@example.bh"],
};

pub(super) static LANGUAGE: Form = Form {
    name: "language",
    title: both("A language", "لغة"),
    about: both("the code of a language", "رمز لغة"),
    takes: Takes::Text,
    pattern: Some("^[a-z]{2,3}$"),
    examples: &["ar", "en"],
};

pub(super) static PATTERN: Form = Form {
    name: "pattern",
    title: both("A pattern", "نمط"),
    about: both("a regular expression that the whole text must match", "تعبير نمطي يجب أن يطابقه النص كله"),
    takes: Takes::Word,
    pattern: None,
    examples: &["'[0-9]{9}'"],
};

pub(super) static OUTCOME: Form = Form {
    name: "outcome",
    title: both("An outcome", "نتيجة"),
    about: both(
        "`success`, `refused`, `unreached`, `error`, `not_applicable`, or a word of yours; the study counts by it",
        "`success` أو `refused` أو `unreached` أو `error` أو `not_applicable`، أو كلمة من عندكم؛ وبها تُعَدّ الحالات في الدراسة",
    ),
    takes: Takes::Word,
    pattern: Some(IDENTIFIER),
    examples: &["success", "refused"],
};

/// Letters of any script, digits and `_`, as expressions take them.
const IDENTIFIER: &str = r"^[\p{L}_][\p{L}\p{N}_]*$";

pub(super) static NAME: Form =
    name("name", both("A name", "اسم"), both("a name that you give", "اسم تختارونه"), &["not_subscriber"]);

pub(super) static FIELD_NAME: Form = Form {
    name: "field_name",
    title: both("A field's name", "اسم حقل"),
    about: both("letters, digits and `_`", "حروف وأرقام وشرطة سفلية `_`"),
    takes: Takes::Word,
    pattern: Some(IDENTIFIER),
    examples: &["date_of_death"],
};

pub(super) static CASE_FIELD: Form =
    name("case_field", both("A field", "حقل"), both("a field of the case", "حقل من حقول الحالة"), &["heir"]);

pub(super) static FRAGMENT_NAME: Form = name(
    "fragment_name",
    both("A fragment", "جزء مشترك"),
    both("a file of `workflows/fragments/`, without `.yaml`", "ملف من `workflows/fragments/` بدون `.yaml`"),
    &["email-instead"],
);

pub(super) static STATE_NAME: Form =
    name("state_name", both("A state", "مرحلة"), both("the name of a state", "اسم مرحلة"), &["escalation"]);

pub(super) static EVENT_NAME: Form = name(
    "event_name",
    both("An event", "حدث"),
    both(
        "`call.` and an outcome, news of a message, or an event that is declared under `events`",
        "‏`call.` تليها نتيجة اتصال، أو خبر عن رسالة، أو حدث معلن تحت `events`",
    ),
    &["call.no_answer", "sms.reply", "account.transferred"],
);

pub(super) static COLUMN: Form =
    name("column", both("A column", "عمود"), both("a column of a source", "عمود في مصدر البيانات"), &["holder_cpr"]);

pub(super) static SOURCE: Form = name(
    "source_name",
    both("A source", "مصدر"),
    both("a source of `config/sources.yaml`", "مصدر من مصادر `config/sources.yaml`"),
    &["death-register"],
);

pub(super) static CALENDAR_NAME: Form = name(
    "calendar_name",
    both("A calendar", "تقويم"),
    both("a file in `config/calendars/`", "ملف في `config/calendars/`"),
    &["bahrain-government"],
);

pub(super) static QUEUE: Form = name(
    "queue",
    both("A queue", "قائمة عمل"),
    both("a queue of `config/wasl.yaml`", "قائمة عمل من `config/wasl.yaml`"),
    &["complaints"],
);

pub(super) static TEMPLATE: Form = name(
    "template",
    both("A text", "نص رسالة"),
    both("a text under `messages/`, without language and ending", "نص تحت `messages/` بلا رمز اللغة ولا الامتداد"),
    &["follow-up"],
);

pub(super) static SCRIPT: Form = name(
    "script",
    both("A call script", "نص مكالمة"),
    both("a script under `scripts/`, without language and ending", "نص مكالمة تحت `scripts/` بلا رمز اللغة ولا الامتداد"),
    &["first-call"],
);

/// The channels, as words.
pub static CHANNELS: Choices<[Choice; 3]> = Choices {
    title: both("A channel", "قناة"),
    words: [
        choice("call", "a call that a person makes", "مكالمة يجريها موظف"),
        choice("sms", "a text message", "رسالة نصية قصيرة"),
        choice("email", "an e-mail", "رسالة بريد إلكتروني"),
    ],
};
