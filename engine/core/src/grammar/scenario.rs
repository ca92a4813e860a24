//! Scenarios: what happens to a made-up case, and what must be true then.

use super::forms::{
    CASE_FIELD, CHANNELS, DURATION, EVENT_NAME, LANGUAGE, OUTCOME, QUEUE, SCRIPT, STATE_NAME, TEMPLATE, TEXT,
};
use super::{Choice, Choices, Entries, Form, Key, Mapping, PRIORITIES, Shape, Takes, both, choice, key, required};

pub(super) static MOMENT: Form = Form {
    name: "moment",
    title: both("A day and a time", "يوم ووقت"),
    about: both("in the zone of the calendar", "بتوقيت التقويم"),
    takes: Takes::Word,
    pattern: Some("^ *[0-9]{4}-[0-9]{2}-[0-9]{2}[ Tt]+[0-9]{2}:[0-9]{2}(:[0-9]{2})? *$"),
    examples: &["2024-05-12 09:30"],
};

static ADDRESS: Form = Form {
    name: "address",
    title: both("A number or an address", "رقم أو عنوان"),
    about: both(
        "a telephone number with its country code, or an e-mail address",
        "رقم هاتف مع رمز البلد، أو عنوان بريد إلكتروني",
    ),
    takes: Takes::Word,
    pattern: None,
    examples: &["\"+97336001234\""],
};

static RUNG_OUTCOME: Form = Form {
    name: "call_outcome",
    title: both("An outcome of a call", "نتيجة مكالمة"),
    about: both("what follows `call.` in the workflow", "ما يلي `call.` في مسار العمل"),
    takes: Takes::Word,
    pattern: None,
    examples: &["no_answer"],
};

static WAIT_NAME: Form = Form {
    name: "wait_name",
    title: both("A wait", "مهلة"),
    about: both("as it stands under `after` or `every`", "كما وردت تحت `after` أو `every`"),
    takes: Takes::Word,
    pattern: None,
    examples: &["21 days"],
};

static FIELD_VALUES: Entries = Entries {
    name: "field_values",
    title: both("Values of fields", "قيم الحقول"),
    about: both("fields and their values, as the workflow declares them", "حقول وقيمها، كما أعلنها مسار العمل"),
    key: &CASE_FIELD,
    known: &[],
    open: true,
    value: Shape::Any,
};

/// What a gateway may report.
pub static RECEIPTS: Choices<[Choice; 6]> = Choices {
    title: both("What the gateway reports", "ما تبلغ به البوابة"),
    words: [
        choice("accepted", "it took the message", "قبلت الرسالة"),
        choice("delivered", "the message arrived", "وصلت الرسالة"),
        choice("undelivered", "the message did not arrive", "لم تصل الرسالة"),
        choice("unconfirmed", "it reports nothing in time", "لا تبلغ بشيء في الوقت المحدد"),
        choice("uncertain", "it cannot tell whether the message has left", "لا تعلم هل خرجت الرسالة"),
        choice("failed", "the message could not be sent", "تعذر إرسال الرسالة"),
    ],
};

/// A receipt for one of several messages.
pub static RECEIPT: Mapping<[Key; 3]> = Mapping::new(
    "receipt",
    both("A receipt", "إشعار"),
    both("what the gateway reports of a message", "ما تبلغ به البوابة عن رسالة"),
    [
        required("is", Shape::OneOf(&RECEIPTS), "undelivered", "what it reports", "ما تبلغ به"),
        key(
            "template",
            Shape::Form(&TEMPLATE),
            "follow-up",
            "of which message, if it is not the last one",
            "عن أي رسالة، إن لم تكن الأخيرة",
        ),
        key(
            "bad_address",
            Shape::Flag,
            "true",
            "`true`: the number or address does not exist",
            "‏`true`: الرقم أو العنوان غير موجود",
        ),
    ],
);

/// By what somebody may answer.
pub static ANSWERED_BY: Choices<[Choice; 2]> =
    Choices { title: CHANNELS.title, words: [CHANNELS.words[1], CHANNELS.words[2]] };

/// How a case may stand.
pub static STANDINGS: Choices<[Choice; 4]> = Choices {
    title: both("How a case stands", "وضع الحالة"),
    words: [
        choice("open", "it goes on", "مستمرة"),
        choice("held", "a person holds it", "موقوفة بقرار موظف"),
        choice("incident", "something went wrong with it; a person must look", "تعثرت وتحتاج إلى نظر موظف"),
        choice("ended", "it is over", "انتهت"),
    ],
};

/// What may become of an event.
pub static DISPOSITIONS: Choices<[Choice; 7]> = Choices {
    title: both("What became of it", "ما آل إليه"),
    words: [
        choice("applied", "the case reacted to it", "تعاملت معه الحالة"),
        choice("deferred", "it waits for a state that takes it", "ينتظر مرحلة تتعامل معه"),
        choice("not_applicable", "it concerns nothing here", "لا يتعلق بشيء هنا"),
        choice("late", "it came after the end", "جاء بعد النهاية"),
        choice("given_up", "it waited too long", "طال انتظاره"),
        choice("refused", "it does not fit", "لا يصح"),
        choice("incident", "it went wrong", "تعثر"),
    ],
};

/// How messages go.
const MANY_TEXTS: Shape = Shape::OneOrMore(&Shape::Form(&TEXT));
const LANGUAGE_SHAPE: Shape = Shape::OneOrMore(&Shape::Form(&LANGUAGE));
const MOMENT_SHAPE: Shape = Shape::OneOrMore(&Shape::Form(&MOMENT));

/// What may be said of a call that waits.
pub static CALL_SEEN: Mapping<[Key; 10]> = Mapping::new(
    "call_seen",
    both("A call that waits", "مكالمة تنتظر"),
    both(
        "what must be true of one of the calls; what is not said may be anything",
        "ما يجب أن يصح في إحدى المكالمات؛ وما لم يُذكر فلا شرط فيه",
    ),
    [
        key("queue", Shape::OneOrMore(&Shape::Form(&QUEUE)), "complaints", "whose work it is", "القسم الذي عليه العمل"),
        key(
            "to",
            Shape::OneOrMore(&Shape::Form(&ADDRESS)),
            "\"+97336001234\"",
            "the number that is rung",
            "الرقم الذي يُتصل به",
        ),
        key("name", MANY_TEXTS, "Sara Khalid Ebrahim", "who is rung", "من يُتصل به"),
        key("from", MOMENT_SHAPE, "2024-05-12 09:00", "from when on it may be made", "من متى يجوز إجراؤها"),
        key("due", MOMENT_SHAPE, "2024-05-13 09:00", "by when it must be made", "متى يجب إجراؤها على الأكثر"),
        key("script", Shape::OneOrMore(&Shape::Form(&SCRIPT)), "first-call", "what is said", "ما يقال فيها"),
        key("language", LANGUAGE_SHAPE, "ar", "in which language", "بأي لغة"),
        key("attempt", MANY_TEXTS, "2", "the how manieth time it is", "رقم المحاولة"),
        key("priority", Shape::OneOrMore(&Shape::OneOf(&PRIORITIES)), "high", "how urgent it is", "مدى الإلحاح"),
        key(
            "contains",
            MANY_TEXTS,
            "subsidy",
            "a part of the script as the agent reads it",
            "جزء من النص كما يقرؤه الموظف",
        ),
    ],
);

/// What may be said of a message.
pub static MESSAGE_SEEN: Mapping<[Key; 8]> = Mapping::new(
    "message_seen",
    both("A message", "رسالة"),
    both(
        "what must be true of one of the messages; what is not said may be anything",
        "ما يجب أن يصح في إحدى الرسائل؛ وما لم يُذكر فلا شرط فيه",
    ),
    [
        key("channel", Shape::OneOrMore(&Shape::OneOf(&ANSWERED_BY)), "sms", "how it goes", "كيف تُرسل"),
        key("template", Shape::OneOrMore(&Shape::Form(&TEMPLATE)), "follow-up", "which text it has", "أي نص فيها"),
        key(
            "to",
            Shape::OneOrMore(&Shape::Form(&ADDRESS)),
            "\"+97336001234\"",
            "the number or address",
            "الرقم أو العنوان",
        ),
        key("name", MANY_TEXTS, "Sara Khalid Ebrahim", "who gets it", "من يتلقاها"),
        key("at", MOMENT_SHAPE, "2024-05-13 09:00", "when it leaves", "متى تخرج"),
        key("language", LANGUAGE_SHAPE, "ar", "in which language", "بأي لغة"),
        key("subject", MANY_TEXTS, "Your account", "the subject of an e-mail", "موضوع رسالة البريد"),
        key("contains", MANY_TEXTS, "17 000 000", "a part of its text", "جزء من نصها"),
    ],
);

static DEADLINES: Entries = Entries {
    name: "deadlines",
    title: both("Deadlines", "مواعيد"),
    about: both("waits of the state, and when each is over", "مهل المرحلة، ومتى تنتهي كل منها"),
    key: &WAIT_NAME,
    known: &[],
    open: true,
    value: Shape::Form(&MOMENT),
};

/// What must be true after a step.
pub static EXPECT: Mapping<[Key; 7]> = Mapping::new(
    "expect",
    both("What must be true", "ما يجب أن يصح"),
    both(
        "what must be true after a step; what is not said is not looked at",
        "ما يجب أن يصح بعد الخطوة؛ وما لم يُذكر لا يُنظر فيه",
    ),
    [
        key("state", Shape::Form(&STATE_NAME), "first_call", "where the case stands", "المرحلة التي فيها الحالة"),
        key(
            "ended",
            Shape::Either(&[Shape::Flag, Shape::Form(&OUTCOME)]),
            "success",
            "the outcome with which it ended; `false` if it is open",
            "النتيجة التي انتهت بها؛ و`false` إن كانت مفتوحة",
        ),
        key("standing", Shape::OneOf(&STANDINGS), "held", "how the case stands", "وضع الحالة"),
        key(
            "became",
            Shape::OneOf(&DISPOSITIONS),
            "deferred",
            "what became of the event of this step",
            "ما آل إليه حدث هذه الخطوة",
        ),
        key(
            "calls",
            Shape::OneOrMore(&Shape::Map(&CALL_SEEN)),
            "[{queue: complaints, script: first-call}]",
            "exactly these calls wait; `[]` for none",
            "هذه المكالمات وحدها تنتظر؛ و`[]` إن لم تكن مكالمات",
        ),
        key(
            "messages",
            Shape::OneOrMore(&Shape::Map(&MESSAGE_SEEN)),
            "[{channel: sms, template: follow-up}]",
            "exactly these messages were planned in this step; `[]` for none",
            "هذه الرسائل وحدها أُعدت في هذه الخطوة؛ و`[]` إن لم تكن رسائل",
        ),
        key(
            "deadlines",
            Shape::Each(&DEADLINES),
            "{21 days: 2024-06-03 09:00}",
            "when the waits of the state are over",
            "متى تنتهي مهل المرحلة",
        ),
    ],
);

/// A step: when it is, what happens, what must be true then.
pub static STEP: Mapping<[Key; 18]> = Mapping {
    name: "step",
    title: both("A step", "خطوة"),
    about: both(
        "when it is (`at` or `after`), the one thing that happens, and what must be true then",
        "متى تكون (`at` أو `after`)، والشيء الواحد الذي يحدث، وما يجب أن يصح بعده",
    ),
    snippet: Some("after: ${1:30 minutes}\nanswer: ${2:no_answer}\nexpect:\n  state: ${3:first_call}"),
    keys: [
        key("at", Shape::Form(&MOMENT), "2024-05-14 10:00", "the time of the step", "وقت الخطوة"),
        key("after", Shape::Form(&DURATION), "30 minutes", "how long after the step before", "كم بعد الخطوة السابقة"),
        key(
            "answer",
            Shape::Form(&RUNG_OUTCOME),
            "no_answer",
            "an agent says what came of the call",
            "الموظف يسجل نتيجة المكالمة",
        ),
        key(
            "event",
            Shape::Form(&EVENT_NAME),
            "account.transferred",
            "another system or a person reports this",
            "نظام آخر أو شخص يبلغ بهذا",
        ),
        key(
            "receipt",
            Shape::Either(&[Shape::OneOf(&RECEIPTS), Shape::Map(&RECEIPT)]),
            "undelivered",
            "the gateway reports this of the last message, or of that with a certain text",
            "البوابة تبلغ بهذا عن آخر رسالة، أو عن رسالة بنص معين",
        ),
        key("reply", Shape::Form(&TEXT), "STOP", "somebody answers with these words", "أحدهم يرد بهذه الكلمات"),
        key(
            "update",
            Shape::Each(&FIELD_VALUES),
            "{governorate: capital}",
            "the source brings other values",
            "المصدر يأتي بقيم أخرى",
        ),
        key(
            "hold",
            Shape::Form(&TEXT),
            "the family asked for time",
            "a person holds the case, with the reason",
            "موظف يوقف الحالة، مع السبب",
        ),
        key("resume", Shape::Flag, "true", "`true`: a person lets it go on", "‏`true`: موظف يستأنفها"),
        key("close", Shape::Form(&OUTCOME), "error", "a person ends it with this outcome", "موظف يغلقها بهذه النتيجة"),
        key(
            "retry",
            Shape::Flag,
            "true",
            "`true`: a person lets the case that stopped try again",
            "‏`true`: موظف يعيد محاولة ما تعثر",
        ),
        key(
            "skip",
            Shape::Form(&TEXT),
            "the address is being mended",
            "a person leaves out what went wrong, with the reason",
            "موظف يتجاوز ما تعثر، مع السبب",
        ),
        key(
            "move",
            Shape::Form(&STATE_NAME),
            "first_call",
            "a person moves the case to this state",
            "موظف ينقل الحالة إلى هذه المرحلة",
        ),
        key(
            "with",
            Shape::Each(&FIELD_VALUES),
            "{when: 2024-05-15 10:00}",
            "what `answer` asks the agent for",
            "ما يسأل عنه `answer` الموظف",
        ),
        key(
            "queue",
            Shape::Form(&QUEUE),
            "supervisors",
            "whose call `answer` is about, if several wait",
            "مكالمة أي قسم يعنيها `answer`، إن انتظرت عدة مكالمات",
        ),
        key(
            "data",
            Shape::Each(&FIELD_VALUES),
            "{heir_cpr: '850101234'}",
            "what comes with `event`",
            "ما يأتي مع `event`",
        ),
        key("channel", Shape::OneOf(&ANSWERED_BY), "sms", "by what `reply` comes", "القناة التي يأتي بها `reply`"),
        key("expect", Shape::Map(&EXPECT), "{state: follow_up_sms}", "what must be true then", "ما يجب أن يصح بعدها"),
    ],
};

const START_KEY: Key = key("start", Shape::Form(&MOMENT), "2024-05-12 09:00", "when the case opens", "متى تُفتح الحالة");
const GIVEN_KEY: Key = key(
    "given",
    Shape::Each(&FIELD_VALUES),
    "{cpr: '530445233', contacts: [{name: Sara, mobile: '36001234'}]}",
    "what the case knows when it opens",
    "ما تعرفه الحالة حين تُفتح",
);

/// One scenario.
pub static SCENARIO: Mapping<[Key; 5]> = Mapping {
    name: "scenario",
    title: both("A scenario", "سيناريو"),
    about: both("the story of a made-up case", "قصة حالة مفترضة"),
    snippet: Some(
        "name: ${1:nobody answers}\nstart: ${2:2024-05-12 09:00}\nsteps:\n  - answer: ${3:no_answer}\n    expect: {state: ${4:first_call}}",
    ),
    keys: [
        required("name", Shape::Form(&TEXT), "nobody answers three times", "what is proven", "ما يُثبته"),
        START_KEY,
        GIVEN_KEY,
        key(
            "opted_out",
            Shape::OneOrMore(&Shape::Form(&ADDRESS)),
            "[\"+97336001234\"]",
            "numbers and addresses that asked to hear no more",
            "أرقام وعناوين طلب أصحابها ألا يصلهم شيء",
        ),
        required(
            "steps",
            Shape::OneOrMore(&Shape::Map(&STEP)),
            "[{answer: no_answer, expect: {state: first_call}}]",
            "what happens, in order",
            "ما يحدث، بالترتيب",
        ),
    ],
};

/// A file of scenarios.
pub static SCENARIOS: Mapping<[Key; 3]> = Mapping::new(
    "scenarios",
    both("Scenarios of a workflow", "سيناريوهات مسار عمل"),
    both(
        "stories that `wasl test` plays; what they share stands at the top",
        "قصص يجريها `wasl test`؛ وما تشترك فيه يُكتب في الأعلى",
    ),
    [
        START_KEY,
        GIVEN_KEY,
        required(
            "scenarios",
            Shape::OneOrMore(&Shape::Map(&SCENARIO)),
            "[{name: nobody answers, steps: []}]",
            "the stories",
            "القصص",
        ),
    ],
);
