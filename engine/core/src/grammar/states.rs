//! States: what is done on entering, what may come, what repeats, and where time leads.

use super::actions::{CALL_KEY, DO_KEY, EMAIL_KEY, SET_KEY, SMS_KEY};
use super::case::FIELDS;
use super::forms::{CASE_FIELD, CONDITION, DURATION, EVENT_NAME, OUTCOME, RUNG, STATE_NAME, TEXT, WAIT};
use super::fragments::USE_KEY;
use super::{Choice, Choices, Entries, Key, Mapping, Shape, both, choice, key, required};

/// Whose move it is.
pub static WAITING_ON: Choices<[Choice; 3]> = Choices {
    title: both("Whose move it is", "من عليه الدور"),
    words: [
        choice(
            "us",
            "ours; so if you say nothing. The service-level clock runs",
            "الدور علينا، وهو كذلك إن لم يُذكر. وعندها تُحسب مدة خدمتنا",
        ),
        choice("family", "the family's", "الدور على الأسرة"),
        choice("court", "the court's", "الدور على المحكمة"),
    ],
};

const WHEN_EN: &str = "the condition under which this holds; without one it always does";
const WHEN_AR: &str = "الشرط الذي يسري به هذا؛ وبدونه يسري دائما";

const GOTO: Shape = Shape::Form(&STATE_NAME);

/// A decision taken at once.
pub static BRANCH: Mapping<[Key; 3]> = Mapping {
    name: "branch",
    title: both("A branch", "فرع"),
    about: both(
        "a decision that is taken at once: the first line that fits wins",
        "قرار يُتخذ فورا: يُؤخذ بأول سطر ينطبق",
    ),
    snippet: Some("when: ${1:reachable.call}\ngoto: ${2:first_call}"),
    keys: [
        key("when", Shape::Form(&CONDITION), "reachable.call", WHEN_EN, WHEN_AR),
        SET_KEY,
        required("goto", GOTO, "first_call", "the state that the case goes to", "المرحلة التي تنتقل إليها الحالة"),
    ],
};

static WAYS_TO_GO_ON: Choices<[Choice; 1]> = Choices {
    title: both("Who is next", "من التالي"),
    words: [choice("contact", "the next contact who can be reached", "جهة الاتصال التالية التي يمكن الوصول إليها")],
};

/// One answer to an event.
pub static REACTION: Mapping<[Key; 13]> = Mapping {
    name: "reaction",
    title: both("A reaction", "استجابة"),
    about: both(
        "what answers an event: it may do something and ask for something, and ends in at most one of `goto`, `again`, `next`, \
         `stay`",
        "ما يُستجاب به لحدث: قد يفعل شيئا ويسأل عن شيء، وينتهي بواحدة على الأكثر من `goto` و`again` و`next` و`stay`",
    ),
    snippet: Some("goto: ${1:escalation}"),
    keys: [
        key("when", Shape::Form(&CONDITION), "reachable.sms", WHEN_EN, WHEN_AR),
        key(
            "ask",
            Shape::OneOrMore(&Shape::Either(&[Shape::Form(&CASE_FIELD), Shape::Each(&FIELDS)])),
            "heir",
            "what the agent must fill in before the outcome counts: fields of the case, or `{when: time}` for what is not kept, \
             read as `answer.when`",
            "ما يجب أن يملأه الموظف قبل أن تُحتسب النتيجة: حقول من الحالة، أو `{when: time}` لما لا يُحفظ ويُقرأ `answer.when`",
        ),
        key(
            "verify",
            Shape::OneOrMore(&Shape::Form(&TEXT)),
            "[contact, heir]",
            "what the person on the phone has confirmed: `contact`, the number that was called; `email`, the address that we \
             have of them and have read out; or a field whose numbers and addresses they told us. Only to these may a text go that names the death, a person, an account or a sum",
            "ما أكده من كلمناه: ‏`contact` وهو الرقم الذي اتصلنا به، أو `email` وهو بريده الذي قرأناه عليه، أو حقل أعطانا أرقامه وعناوينه. ولا يُرسل إلا إليها نص يذكر \
             الوفاة أو شخصا أو حسابا أو مبلغا",
        ),
        DO_KEY,
        key(
            "then",
            GOTO,
            "follow_up_sms",
            "where `again` leads after its last wait, and `next: contact` when there is no other contact",
            "إلى أين بعد آخر مهلة في `again`، أو حين لا تبقى جهة اتصال أخرى في `next: contact`",
        ),
        CALL_KEY,
        SMS_KEY,
        EMAIL_KEY,
        SET_KEY,
        key("goto", GOTO, "guiding", "the state that the case goes to", "المرحلة التي تنتقل إليها الحالة"),
        key(
            "again",
            Shape::OneOrMore(&Shape::Form(&RUNG)),
            "[4 working hours, 1 working day]",
            "a ladder: the first time this outcome comes, call again after the first wait, the second time after the second, \
             and after the last one go to `then`",
            "سلّم محاولات: عند أول ورود لهذه النتيجة يُعاد الاتصال بعد المهلة الأولى، وعند الثاني بعد الثانية، وبعد الأخيرة إلى `then`",
        ),
        key(
            "next",
            Shape::OneOf(&WAYS_TO_GO_ON),
            "contact",
            "`contact`: call the next contact at once; if there is none, go to `then`",
            "‏`contact`: الاتصال فورا بجهة الاتصال التالية؛ فإن لم توجد فإلى `then`",
        ),
        key(
            "stay",
            Shape::Flag,
            "true",
            "`true`: the case stays, its waiting times run on; so if you name no other way",
            "‏`true`: تبقى الحالة في مرحلتها وتستمر مهلها؛ وهي كذلك إن لم يُذكر غيرها",
        ),
    ],
};

const REACTIONS: Shape = Shape::OneOrMore(&Shape::Map(&REACTION));

/// The events that the engine knows itself, except the outcomes of calls, which the author names.
const ENGINE_EVENTS: [Choice; 23] = [
    choice(
        "case.updated",
        "the source brought the same case again with other values",
        "جاء المصدر بالحالة نفسها بقيم أخرى",
    ),
    choice("call.no_contact", "there is nobody whom we could ring", "لا أحد يمكننا الاتصال به"),
    choice("call.suppressed", "a limit stopped the call", "منع حدٌّ أقصى المكالمة"),
    choice("sms.accepted", "the gateway has taken our SMS", "استلمت البوابة رسالتنا القصيرة"),
    choice("sms.delivered", "our SMS has arrived", "وصلت رسالتنا القصيرة"),
    choice("sms.undelivered", "our SMS did not arrive", "لم تصل رسالتنا القصيرة"),
    choice(
        "sms.unconfirmed",
        "nobody reported in time whether our SMS arrived",
        "لم يبلغنا أحد في الوقت المحدد هل وصلت رسالتنا القصيرة",
    ),
    choice(
        "sms.uncertain",
        "the gateway cannot tell whether our SMS has left",
        "لا تعلم البوابة هل خرجت رسالتنا القصيرة",
    ),
    choice("sms.failed", "our SMS could not be sent", "تعذر إرسال رسالتنا القصيرة"),
    choice("sms.expired", "our SMS could not leave in time", "لم تخرج رسالتنا القصيرة في وقتها"),
    choice("sms.suppressed", "a limit stopped our SMS", "منع حدٌّ أقصى رسالتنا القصيرة"),
    choice("sms.reply", "somebody answered our SMS", "ردّ أحدهم على رسالتنا القصيرة"),
    choice("sms.no_contact", "there is nobody whom we could reach by SMS", "لا أحد يمكننا الوصول إليه برسالة قصيرة"),
    choice("email.accepted", "the mail server has taken our e-mail", "استلم خادم البريد رسالتنا"),
    choice("email.delivered", "our e-mail has arrived", "وصل بريدنا"),
    choice("email.undelivered", "our e-mail did not arrive", "لم يصل بريدنا"),
    choice(
        "email.unconfirmed",
        "nobody reported in time whether our e-mail arrived",
        "لم يبلغنا أحد في الوقت المحدد هل وصل بريدنا",
    ),
    choice("email.uncertain", "nobody can tell whether our e-mail has left", "لا يُعلم هل خرج بريدنا"),
    choice("email.failed", "our e-mail could not be sent", "تعذر إرسال بريدنا"),
    choice("email.expired", "our e-mail could not leave in time", "لم يخرج بريدنا في وقته"),
    choice("email.suppressed", "a limit stopped our e-mail", "منع حدٌّ أقصى بريدنا"),
    choice("email.reply", "somebody answered our e-mail", "ردّ أحدهم على بريدنا"),
    choice("email.no_contact", "there is nobody whom we could reach by e-mail", "لا أحد يمكننا الوصول إليه بالبريد"),
];

static ON: Entries = Entries {
    name: "on",
    title: both("What may come", "ما قد يأتي"),
    about: both(
        "events and what answers them: `call.` and an outcome, news of a message, or an event that is declared under `events`",
        "أحداث وما يُستجاب به لها: `call.` تليها نتيجة اتصال، أو خبر عن رسالة، أو حدث معلن تحت `events`",
    ),
    key: &EVENT_NAME,
    known: &ENGINE_EVENTS,
    open: true,
    value: REACTIONS,
};

const ON_EN: &str =
    "what may come, and what answers it; where it depends, a list of which the first line that fits wins";
const ON_AR: &str = "ما قد يأتي وما يُستجاب به له؛ فإن اختلف الجواب فقائمة يُؤخذ بأول سطر ينطبق منها";

/// What holds in every state.
pub static ANYWHERE: Mapping<[Key; 1]> = Mapping::new(
    "anywhere",
    both("Anywhere", "في أي مرحلة"),
    both(
        "holds in every state that is not an end and that does not speak of the event itself",
        "يسري في كل مرحلة ليست نهاية ولا تذكر الحدث بنفسها",
    ),
    [required("on", Shape::Each(&ON), "{death.withdrawn: {goto: reported_in_error}}", ON_EN, ON_AR)],
);

/// Something that repeats.
pub static EVERY: Mapping<[Key; 7]> = Mapping {
    name: "every",
    title: both("A repetition", "تكرار"),
    about: both(
        "something that is done again and again while the case stays",
        "شيء يُفعل مرة بعد مرة ما دامت الحالة في المرحلة",
    ),
    snippet: Some(
        "at_most: ${1:1}\nsms: {to: ${2:heir ?? contacts}, template: ${3:gentle-word}, expires: 3 working days}",
    ),
    keys: [
        key(
            "at_most",
            Shape::Whole(1, 1_000),
            "4",
            "how often at the most; worth writing always",
            "كم مرة على الأكثر؛ ويحسن ذكره دائما",
        ),
        key("when", Shape::Form(&CONDITION), "reachable.sms", WHEN_EN, WHEN_AR),
        CALL_KEY,
        SMS_KEY,
        EMAIL_KEY,
        SET_KEY,
        DO_KEY,
    ],
};

static REPETITIONS: Entries = Entries {
    name: "repetitions",
    title: both("What repeats", "ما يتكرر"),
    about: both(
        "how often, counted from entering the state, and what is done; the first one comes after the first time, not at once",
        "كل كم يتكرر محسوبا من دخول المرحلة، وما يُفعل؛ وأول مرة بعد انقضاء المدة الأولى لا فورا",
    ),
    key: &DURATION,
    known: &[],
    open: true,
    value: Shape::Map(&EVERY),
};

/// What happens when nothing came.
pub static AFTER: Mapping<[Key; 7]> = Mapping {
    name: "after",
    title: both("A way out by time", "خروج بانقضاء المدة"),
    about: both(
        "what happens when the wait is over: where the case goes, and what is done on the way",
        "ما يحدث بانقضاء المهلة: إلى أين تنتقل الحالة وما يُفعل في الطريق",
    ),
    snippet: Some("goto: ${1:escalation}"),
    keys: [
        key("goto", GOTO, "escalation", "the state that the case goes to", "المرحلة التي تنتقل إليها الحالة"),
        key("when", Shape::Form(&CONDITION), "heir == null", WHEN_EN, WHEN_AR),
        SET_KEY,
        DO_KEY,
        CALL_KEY,
        SMS_KEY,
        EMAIL_KEY,
    ],
};

static WAYS_OUT: Entries = Entries {
    name: "ways_out",
    title: both("When nothing came", "حين لا يأتي شيء"),
    about: both(
        "how long, and the state that the case then goes to; it can count from a date of the case: `3 days after date_of_death`",
        "المدة، والمرحلة التي تنتقل إليها الحالة بعدها؛ ويجوز أن تُحسب من تاريخ في الحالة: `3 days after date_of_death`",
    ),
    key: &WAIT,
    known: &[],
    open: true,
    value: Shape::Either(&[GOTO, Shape::Map(&AFTER)]),
};

static REOPEN: Entries = Entries {
    name: "reopen",
    title: both("What opens it again", "ما يعيد فتحها"),
    about: both(
        "events that open the case again, and the state that it goes to",
        "أحداث تعيد فتح الحالة، والمرحلة التي تنتقل إليها",
    ),
    key: &EVENT_NAME,
    known: &[],
    open: true,
    value: GOTO,
};

const STATE_SNIPPET: &str = "title:
  en: ${1:First call}
  ar: ${2:الاتصال الأول}
waiting_on: ${3|us,family,court|}
do:
  - sms:
      to: ${4:heir ?? contacts}
      template: ${5:follow-up}
      expires: ${6:3 working days}
on:
  ${7:sms.reply}:
    goto: ${8:first_call}
after:
  ${9:21 days}: ${10:escalation}
";

/// A state.
pub static STATE: Mapping<[Key; 10]> = Mapping {
    name: "state",
    title: both("A state", "مرحلة"),
    about: both(
        "where a case stands: on entering we do things, then wait for something to come on, and after a time without it we go \
         elsewhere",
        "موضع تقف فيه الحالة: عند دخوله نفعل أشياء، ثم ننتظر ما قد يأتي، وبعد مدة دون أن يأتي ننتقل إلى غيره",
    ),
    snippet: Some(STATE_SNIPPET),
    keys: [
        key(
            "title",
            Shape::Texts,
            "{en: First call, ar: الاتصال الأول}",
            "what people call it, in each language",
            "ما يسميه الناس به، بكل لغة",
        ),
        key(
            "waiting_on",
            Shape::OneOf(&WAITING_ON),
            "family",
            "whose move it is: `us` (if you say nothing), `family` or `court`; the clock by which we measure our service runs only \
             on `us`",
            "من عليه الدور: `us` نحن (إن لم يُذكر)، أو `family` الأسرة، أو `court` المحكمة؛ ولا تُحسب مدة خدمتنا إلا ما دام الدور علينا",
        ),
        USE_KEY,
        DO_KEY,
        key(
            "next",
            Shape::OneOrMore(&Shape::Map(&BRANCH)),
            "[{when: reachable.call, goto: first_call}, {goto: email_first}]",
            "decided at once after `do`; the first line that fits wins, the last one has no `when`",
            "يُقرَّر فورا بعد `do`؛ ويُؤخذ بأول سطر ينطبق، والأخير بلا `when`",
        ),
        key("on", Shape::Each(&ON), "{call.agreed: {ask: heir, goto: guiding}}", ON_EN, ON_AR),
        key(
            "every",
            Shape::Each(&REPETITIONS),
            "{30 days: {at_most: 4, sms: {to: contacts, template: we-are-here}}}",
            "what repeats while the case stays",
            "ما يتكرر ما دامت الحالة في المرحلة",
        ),
        key(
            "after",
            Shape::Each(&WAYS_OUT),
            "{21 days: escalation}",
            "where the case goes when nothing came; every state that is not an end needs one, or a `next`",
            "إلى أين تنتقل الحالة إن لم يأتِ شيء؛ وكل مرحلة ليست نهاية تحتاج إلى واحدة، أو إلى `next`",
        ),
        key(
            "end",
            Shape::Form(&OUTCOME),
            "success",
            "closes the case and names its outcome: `success`, `refused`, `unreached`, `error`, `not_applicable`, or a word of yours",
            "يغلق الحالة ويسمي نتيجتها: `success` أو `refused` أو `unreached` أو `error` أو `not_applicable`، أو كلمة من عندكم",
        ),
        key(
            "reopen",
            Shape::Each(&REOPEN),
            "{death.withdrawn: reported_in_error}",
            "events that open an ended case again, and where it then goes",
            "أحداث تعيد فتح حالة مغلقة، وإلى أين تنتقل حينئذ",
        ),
    ],
};

pub(super) static STATES: Entries = Entries {
    name: "states",
    title: both("The states", "المراحل"),
    about: both("states by name", "المراحل بأسمائها"),
    key: &STATE_NAME,
    known: &[],
    open: true,
    value: Shape::Map(&STATE),
};
