//! What a state or a reaction does: calls, messages, fields that are set.

use super::ON_UNCERTAIN;
use super::forms::{CASE_FIELD, DURATION, EXPRESSION, QUEUE, RECIPIENT, SCRIPT, TEMPLATE};
use super::{Choice, Choices, Entries, Key, Mapping, Shape, both, choice, key, required};

/// How urgent a call is.
pub static PRIORITIES: Choices<[Choice; 3]> = Choices {
    title: both("A priority", "أولوية"),
    words: [
        choice("high", "before everything else", "قبل كل شيء"),
        choice("normal", "as usual; so if you say nothing", "كالمعتاد، وهي كذلك إن لم تُذكر"),
        choice("low", "after everything else", "بعد كل شيء"),
    ],
};

/// A call that a person has to make.
pub static CALL: Mapping<[Key; 6]> = Mapping {
    name: "call",
    title: both("A call", "مكالمة"),
    about: both(
        "a call that a person has to make: whose work it is, whom to ring, what to say, by when",
        "مكالمة على موظف أن يجريها: من يجريها، وبمن يتصل، وماذا يقول، ومتى على الأكثر",
    ),
    snippet: Some("queue: ${1:complaints}\nto: ${2:contacts}\nscript: ${3:first-call}\ndue: ${4:1 working day}"),
    keys: [
        required(
            "queue",
            Shape::Form(&QUEUE),
            "complaints",
            "whose work it is: a queue of `config/wasl.yaml`",
            "القسم الذي عليه العمل: قائمة عمل من `config/wasl.yaml`",
        ),
        required(
            "to",
            Shape::Form(&RECIPIENT),
            "contacts",
            "whom to ring; `none` makes it a task at the desk that rings nobody and is bound to no call hours",
            "من يُتصل به؛ و`none` تجعلها مهمة مكتبية لا اتصال فيها ولا تتقيد بساعات الاتصال",
        ),
        required(
            "script",
            Shape::Form(&SCRIPT),
            "first-call",
            "what to say: `first-call` is `scripts/first-call.ar.md` and `scripts/first-call.en.md`",
            "ما يقال: `first-call` هو الملفان `scripts/first-call.ar.md` و`scripts/first-call.en.md`",
        ),
        key(
            "due",
            Shape::Form(&DURATION),
            "1 working day",
            "by when, counted from the first moment at which the call may be made",
            "متى على الأكثر، محسوبا من أول لحظة يجوز فيها الاتصال",
        ),
        key(
            "priority",
            Shape::OneOf(&PRIORITIES),
            "high",
            "how urgent it is: `high`, `normal` (if you say nothing) or `low`",
            "مدى الإلحاح: `high` عالٍ، أو `normal` عادي (إن لم يُذكر)، أو `low` منخفض",
        ),
        key("keep", Shape::Flag, "true", KEEP_EN, KEEP_AR),
    ],
};

const KEEP_EN: &str = "`true`: it outlives its state, and is not withdrawn when the case leaves it";
const KEEP_AR: &str = "‏`true`: تبقى بعد خروج الحالة من المرحلة ولا تُسحب";

const TO: Key = required(
    "to",
    Shape::Form(&RECIPIENT),
    "heir ?? contacts",
    "to whom it goes: `heir ?? contacts` reads the heir, or if we know none, the contacts",
    "إلى من تُرسل: `heir ?? contacts` تعني الوريث، فإن لم يكن معروفا فجهات الاتصال",
);
const TEXT_OF: Key = required(
    "template",
    Shape::Form(&TEMPLATE),
    "follow-up",
    "which text: `follow-up` is `messages/follow-up.ar.txt` and `messages/follow-up.en.txt`",
    "أي نص: `follow-up` هو الملفان `messages/follow-up.ar.txt` و`messages/follow-up.en.txt`",
);
const EXPIRES: Key = key(
    "expires",
    Shape::Form(&DURATION),
    "3 working days",
    "how late it may leave; a message that could not leave in time is not sent late",
    "أقصى تأخير لخروجها؛ فما لم يخرج في وقته لا يُرسل متأخرا",
);
const KEEP: Key = key("keep", Shape::Flag, "true", KEEP_EN, KEEP_AR);
const LEGAL_NOTICE: Key = key(
    "legal_notice",
    Shape::Flag,
    "true",
    "`true`: it must be sent by law, and carries no link by which e-mails are stopped",
    "‏`true`: إشعار يوجبه القانون، فلا يحمل رابطا لإيقاف الرسائل",
);
const IN_DOUBT: Key = key(
    "on_uncertain",
    Shape::OneOf(&ON_UNCERTAIN),
    "resend",
    "what becomes of it when nobody can tell whether it has left; if you say nothing, as the operator has set",
    "ما يكون منها إذا لم يُعلم هل خرجت؛ فإن لم يُذكر فكما ضبطه المشغل",
);

/// A text message.
pub static SMS: Mapping<[Key; 5]> = Mapping {
    name: "sms",
    title: both("An SMS", "رسالة نصية قصيرة"),
    about: both("a text message to a mobile phone", "رسالة نصية إلى هاتف متنقل"),
    snippet: Some("to: ${1:heir ?? contacts}\ntemplate: ${2:follow-up}\nexpires: ${3:3 working days}"),
    keys: [TO, TEXT_OF, EXPIRES, KEEP, IN_DOUBT],
};

/// An e-mail.
pub static EMAIL: Mapping<[Key; 6]> = Mapping {
    name: "email",
    title: both("An e-mail", "رسالة بريد إلكتروني"),
    about: both("an e-mail; its text begins with a subject", "رسالة بريد إلكتروني؛ يبدأ نصها بالموضوع"),
    snippet: Some("to: ${1:contacts}\ntemplate: ${2:first-contact-email}\nexpires: ${3:3 working days}"),
    keys: [TO, TEXT_OF, EXPIRES, KEEP, IN_DOUBT, LEGAL_NOTICE],
};

static ASSIGNMENTS: Entries = Entries {
    name: "assignments",
    title: both("What is set", "ما يُسجَّل"),
    about: both("fields of the case and their new values", "حقول الحالة وقيمها الجديدة"),
    key: &CASE_FIELD,
    known: &[],
    open: true,
    value: Shape::Form(&EXPRESSION),
};

pub(super) const CALL_KEY: Key = key(
    "call",
    Shape::Map(&CALL),
    "{queue: complaints, to: contacts, script: first-call, due: 1 working day}",
    "a call that a person has to make",
    "مكالمة على موظف أن يجريها",
);
pub(super) const SMS_KEY: Key = key(
    "sms",
    Shape::Map(&SMS),
    "{to: contacts, template: follow-up, expires: 3 working days}",
    "a text message",
    "رسالة نصية قصيرة",
);
pub(super) const EMAIL_KEY: Key = key(
    "email",
    Shape::Map(&EMAIL),
    "{to: contacts, template: follow-up-email, expires: 3 working days}",
    "an e-mail",
    "رسالة بريد إلكتروني",
);
pub(super) const SET_KEY: Key = key(
    "set",
    Shape::Each(&ASSIGNMENTS),
    "{heir: 'contacts[0]'}",
    "fields of the case that get a new value",
    "حقول في الحالة تأخذ قيمة جديدة",
);
const ACTIONS: Shape = Shape::OneOrMore(&Shape::Map(&ACTION));

pub(super) const DO_KEY: Key = key(
    "do",
    ACTIONS,
    "[sms: {to: contacts, template: follow-up}]",
    "what is done, in order: `call`, `sms`, `email`, `set`",
    "ما يُفعل، بالترتيب: `call` مكالمة، `sms` رسالة نصية، `email` بريد، `set` تسجيل قيمة",
);

/// One thing to do.
pub static ACTION: Mapping<[Key; 4]> = Mapping {
    name: "action",
    title: both("An action", "إجراء"),
    about: both(
        "one thing to do: a call, a message, a field that is set",
        "شيء واحد يُفعل: مكالمة أو رسالة أو تسجيل قيمة",
    ),
    snippet: None,
    keys: [CALL_KEY, SMS_KEY, EMAIL_KEY, SET_KEY],
};
