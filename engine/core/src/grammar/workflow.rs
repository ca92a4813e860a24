//! The head of a workflow file, and how much people may hear from us.

use super::case::{CASE, EVENTS};
use super::detect::DETECTIONS;
use super::forms::{
    CALENDAR_NAME, CAP, CASE_FIELD, CHANNELS, DURATION, LANGUAGE, QUIET_HOURS, STATE_NAME, TEXT, WAIT_AFTER,
    WORKFLOW_NAME,
};
use super::fragments::USE_KEY;
use super::states::{ANYWHERE, STATES};
use super::{Entries, Key, Mapping, Shape, both, key, required};

static QUIET: Entries = Entries {
    name: "quiet",
    title: both("Quiet hours", "ساعات الهدوء"),
    about: both("hours in which a channel is silent", "ساعات لا تُستعمل فيها القناة"),
    key: &TEXT,
    known: &CHANNELS.words,
    open: false,
    value: Shape::Form(&QUIET_HOURS),
};

/// How much a family hears.
pub static CONTACT_POLICY: Mapping<[Key; 6]> = Mapping::new(
    "contact_policy",
    both("How much a family hears", "كم يصل إلى الأسرة منّا"),
    both(
        "limits that hold whatever a state asks for; a stricter one of the calendar or the house wins",
        "حدود تسري مهما طلبت المراحل؛ وإن كان في التقويم أو إعدادات الجهة حد أشد فهو الغالب",
    ),
    [
        key(
            "quiet",
            Shape::Each(&QUIET),
            "{sms: \"20:00-09:00\", email: \"20:00-09:00\"}",
            "hours in which a channel is silent; what falls into them waits for their end",
            "ساعات لا تُستعمل فيها القناة؛ وما يقع فيها ينتظر نهايتها",
        ),
        key(
            "not_before",
            Shape::Form(&WAIT_AFTER),
            "3 days after date_of_death",
            "nothing reaches the family before this",
            "لا يصل إلى الأسرة شيء قبل ذلك",
        ),
        key(
            "at_most",
            Shape::OneOrMore(&Shape::Form(&CAP)),
            "[1 sms per person in 3 days, 6 messages per case]",
            "caps: a limit with a time makes the next contact wait, one without a time stops it for good",
            "حدود قصوى: الحد المقرون بمدة يؤخر التواصل التالي، والحد بلا مدة يمنعه نهائيا",
        ),
        key(
            "household",
            Shape::Form(&CASE_FIELD),
            "cpr",
            "the field that says which family it is: cases of any workflow in which it says the same are one household for \
             the caps; without it the personal number of the deceased says so",
            "الحقل الذي يدل على الأسرة: الحالات التي تتفق فيه، من أي مسار، أسرة واحدة في الحدود القصوى؛ وإن لم يُذكر دل عليها \
             الرقم الشخصي للمتوفى",
        ),
        key(
            "deceased",
            Shape::OneOrMore(&Shape::Form(&CASE_FIELD)),
            "[cpr, holder_mobile]",
            "fields that say who has died: the personal number, and the numbers and addresses that were theirs. Nobody is \
             contacted there, by any case of any workflow, not even if they are listed again as a relative's",
            "حقول تبين من المتوفى: رقمه الشخصي وأرقامه وعناوينه. لا يُتواصل مع أحد عليها في أي حالة من أي مسار، ولو وردت مرة أخرى \
             على أنها لأحد الأقارب",
        ),
        key(
            "never_to",
            Shape::OneOrMore(&Shape::Form(&CASE_FIELD)),
            "[holder_mobile]",
            "fields whose persons, numbers and addresses are never used for another reason, by any case of any workflow",
            "حقول لا يُتواصل أبدا مع أشخاصها ولا على أرقامها وعناوينها لسبب آخر، في أي حالة من أي مسار",
        ),
    ],
);

/// A number of messages or calls that can be promised.
const COUNT: Shape = Shape::Whole(0, 10_000);

/// What a workflow keeps in the worst case.
pub static PROMISE: Mapping<[Key; 7]> = Mapping::new(
    "promise",
    both("What we promise", "ما نعد به"),
    both(
        "limits that the workflow keeps even in the worst case; `wasl check` proves it, or shows the way on which they break",
        "حدود يفي بها المسار حتى في أسوأ الأحوال؛ ويثبت ذلك `wasl check` أو يبين الطريق الذي يخل بها",
    ),
    [
        key(
            "duration",
            Shape::Form(&DURATION),
            "95 days",
            "a case that is left alone comes to an end within this time",
            "الحالة التي لا يتدخل فيها أحد تنتهي خلال هذه المدة",
        ),
        key(
            "silence",
            Shape::Form(&DURATION),
            "35 days",
            "a family whose case is left alone never hears nothing for longer",
            "لا تنقطع أخبارنا عن أسرة لم يتدخل أحد في حالتها أطول من هذه المدة",
        ),
        key(
            "messages",
            COUNT,
            "12",
            "one family gets no more SMS and e-mails together in a case",
            "لا يصل إلى الأسرة في الحالة الواحدة أكثر من ذلك من الرسائل النصية والبريدية معا",
        ),
        key(
            "sms",
            COUNT,
            "8",
            "one family gets no more SMS in a case",
            "لا يصل إلى الأسرة في الحالة الواحدة أكثر من ذلك من الرسائل النصية",
        ),
        key(
            "emails",
            COUNT,
            "4",
            "one family gets no more e-mails in a case",
            "لا يصل إلى الأسرة في الحالة الواحدة أكثر من ذلك من الرسائل البريدية",
        ),
        key(
            "calls",
            COUNT,
            "12",
            "one family is rung no more often in a case",
            "لا يُتصل بالأسرة في الحالة الواحدة أكثر من ذلك",
        ),
        key(
            "segments",
            COUNT,
            "36",
            "all SMS of a case have no more parts, in the language that needs most",
            "لا تزيد أجزاء الرسائل النصية كلها في الحالة الواحدة على ذلك، باللغة الأكثر أجزاء",
        ),
    ],
);

/// A workflow file.
pub static WORKFLOW: Mapping<[Key; 13]> = Mapping::new(
    "workflow",
    both("A workflow", "مسار عمل"),
    both(
        "how cases of one kind proceed: on entering a state we do things, then wait for something to come on, and after a \
         time without it we go elsewhere",
        "كيف تسير الحالات من نوع واحد: عند دخول المرحلة نفعل أشياء، ثم ننتظر ما قد يأتي، وبعد مدة دون أن يأتي ننتقل إلى غيرها",
    ),
    [
        required(
            "workflow",
            Shape::Form(&WORKFLOW_NAME),
            "account-transfer",
            "its name: that of the file, and of the folder with its texts",
            "اسمه: وهو اسم الملف واسم المجلد الذي فيه نصوصه",
        ),
        key(
            "title",
            Shape::Texts,
            "{en: Transfer of an account, ar: تحويل حساب}",
            "what people call it, in each language",
            "ما يسميه الناس به، بكل لغة",
        ),
        required(
            "calendar",
            Shape::Form(&CALENDAR_NAME),
            "bahrain-government",
            "a file in `config/calendars/`: working hours, holidays, hours in which families may be contacted",
            "ملف في `config/calendars/`: ساعات الدوام والعطل والساعات التي يجوز فيها التواصل مع الأسر",
        ),
        required(
            "languages",
            Shape::OneOrMore(&Shape::Form(&LANGUAGE)),
            "[ar, en]",
            "every text must exist in each; the first is used for people whose language we do not know",
            "يجب أن يوجد كل نص بكل لغة منها؛ والأولى لمن لا نعرف لغته",
        ),
        required(
            "case",
            Shape::Map(&CASE),
            "{key: [cpr], fields: {cpr: {type: text, personal: true}}}",
            "what a case knows",
            "ما تعرفه الحالة",
        ),
        key(
            "events",
            Shape::Each(&EVENTS),
            "{account.transferred: {keep: 90 days}}",
            "what other systems and people may report; only what is declared here can be used under `on`",
            "ما قد تبلغ به الأنظمة الأخرى والناس؛ ولا يُستعمل تحت `on` إلا ما أُعلن هنا",
        ),
        key(
            "detect",
            Shape::Each(&DETECTIONS),
            "{death-register: {from: death-register, case: {cpr: cpr}}}",
            "where cases come from",
            "من أين تأتي الحالات",
        ),
        key(
            "contact_policy",
            Shape::Map(&CONTACT_POLICY),
            "{never_to: [holder_mobile]}",
            "how much a family hears from us at most, and when",
            "كم يصل إلى الأسرة منّا على الأكثر، ومتى",
        ),
        key(
            "promise",
            Shape::Map(&PROMISE),
            "{silence: 35 days, messages: 12}",
            "what the workflow keeps even in the worst case; `wasl check` proves it",
            "ما يفي به المسار حتى في أسوأ الأحوال، ويثبته `wasl check`",
        ),
        USE_KEY,
        required(
            "start",
            Shape::Form(&STATE_NAME),
            "detection",
            "the state in which a case opens",
            "المرحلة التي تُفتح فيها الحالة",
        ),
        key(
            "anywhere",
            Shape::Map(&ANYWHERE),
            "{on: {account.transferred: {goto: transfer_done}}}",
            "what holds in every state that is not an end and does not speak of the event itself",
            "ما يسري في كل مرحلة ليست نهاية ولا تذكر الحدث بنفسها",
        ),
        required(
            "states",
            Shape::Each(&STATES),
            "{closed_refused: {title: {en: The family declined, ar: اعتذرت الأسرة}, end: refused}}",
            "where a case can stand, and what it waits for there",
            "المراحل التي قد تكون فيها الحالة، وما تنتظره في كل منها",
        ),
    ],
);
