//! The configuration of a house: `config/wasl.yaml`. What a notifier needs beside its `kind` is read by the notifiers
//! themselves; their keys stand here so that editors know them.

use super::access::ACCESS;
use super::calendar::COUNTRY;
use super::dispatch::{DISPATCH, SCHEDULER};
use super::forms::{CAP, NAME, QUEUE, TEXT};
use super::retention::RETENTION;
use super::webhooks::WEBHOOKS;
use super::{Choice, Choices, Entries, Form, Key, Mapping, Shape, Takes, both, choice, key};

static DATABASE: Form = Form {
    name: "database",
    title: both("A database", "قاعدة بيانات"),
    about: both(
        "`sqlite://` and the path of a file, or `postgres://`, a user, a server and a database",
        "‏`sqlite://` يليها مسار ملف، أو `postgres://` يليها المستخدم والخادم وقاعدة البيانات",
    ),
    takes: Takes::Word,
    pattern: Some("^(sqlite:|postgres(ql)?://)"),
    examples: &["sqlite://var/wasl.sqlite", "postgres://wasl@db.example.bh/wasl"],
};

static LISTEN: Form = Form {
    name: "listen",
    title: both("An address with a port", "عنوان ومنفذ"),
    about: both("a number address of this machine, and a port", "عنوان رقمي لهذا الجهاز، ومنفذ"),
    takes: Takes::Word,
    pattern: Some(r"^(\d{1,3}(\.\d{1,3}){3}|\[[0-9a-fA-F:.]+\]):\d{1,5}$"),
    examples: &["127.0.0.1:8080"],
};

static PUBLIC_URL: Form = Form {
    name: "public_url",
    title: both("A public address", "عنوان عام"),
    about: both("`https://` and a host", "‏`https://` يليها اسم المضيف"),
    takes: Takes::Word,
    pattern: Some("^https?://[^?# ]+$"),
    examples: &["https://wasl.example.bh"],
};

static PATH: Form = Form {
    name: "path",
    title: both("A path", "مسار"),
    about: both("from the folder in which Wasl is started", "من المجلد الذي يُشغَّل فيه وصل"),
    takes: Takes::Word,
    pattern: None,
    examples: &["workflows"],
};

/// A length of time on a stopwatch, longer than nothing.
pub(super) static TIME: Form = Form {
    name: "time",
    title: both("A time", "مدة"),
    about: both("hours, minutes or seconds", "ساعات أو دقائق أو ثوان"),
    takes: Takes::Text,
    pattern: Some("^ *0*[1-9][0-9]* +(seconds?|minutes?|hours?) *$"),
    examples: &["30 seconds", "2 minutes"],
};

/// In which language Wasl speaks to operators.
pub static OPERATORS_LANGUAGES: Choices<[Choice; 2]> = Choices {
    title: both("A language of Wasl", "لغة وصل"),
    words: [choice("en", "English", "الإنجليزية"), choice("ar", "Arabic", "العربية")],
};

static HOUSE_TEXTS: Entries = Entries {
    name: "house_texts",
    title: both("Words for every text", "كلمات لكل النصوص"),
    about: both("names, and what stands for them in texts", "أسماء، وما يقوم مقامها في النصوص"),
    key: &NAME,
    known: &[],
    open: true,
    value: Shape::Form(&TEXT),
};

/// A queue of tasks.
pub static QUEUE_SETTINGS: Mapping<[Key; 1]> = Mapping::new(
    "queue",
    both("A queue", "قائمة عمل"),
    both("tasks for people of one section", "مهام لموظفي قسم واحد"),
    [key(
        "title",
        Shape::Texts,
        "{en: Complaints section, ar: قسم الشكاوى}",
        "what people call it, in both languages",
        "ما يسميه الناس به، باللغتين",
    )],
);

static QUEUES: Entries = Entries {
    name: "queues",
    title: both("Queues", "قوائم العمل"),
    about: both("queues of tasks, by the names that workflows use", "قوائم العمل، بالأسماء التي تستعملها مسارات العمل"),
    key: &QUEUE,
    known: &[],
    open: true,
    value: Shape::Map(&QUEUE_SETTINGS),
};

/// Caps of the house.
pub static HOUSE_POLICY: Mapping<[Key; 2]> = Mapping::new(
    "house_policy",
    both("How much people hear", "كم يصل إلى الناس منّا"),
    both(
        "caps over all cases and workflows, and who is never contacted; a workflow may be stricter, never looser",
        "حدود في كل الحالات والمسارات، ومن لا يُتواصل معه أبدا؛ ويجوز لمسار العمل أن يشدد لا أن يخفف",
    ),
    [
        key(
            "at_most",
            Shape::OneOrMore(&Shape::Form(&CAP)),
            "[2 calls per person in 1 day, 7 contacts per household in 7 days]",
            "the caps; they take the place of the usual ones",
            "الحدود؛ وتحل محل الحدود المعتادة",
        ),
        key(
            "never_to",
            Shape::OneOrMore(&Shape::Form(&TEXT)),
            "[\"+973 1700 0000\", \"+97380*\", \"*@example.bh\"]",
            "numbers and addresses that no workflow may use; `*` behind the first digits stands for all numbers that begin \
             so, `*@` before a domain for all its mailboxes",
            "أرقام وعناوين لا يجوز لأي مسار استعمالها؛ و`*` بعد الأرقام الأولى تعني كل رقم يبدأ بها، و`*@` قبل النطاق تعني كل \
             صناديق بريده",
        ),
    ],
);

/// Messages to us.
pub static INBOUND: Mapping<[Key; 1]> = Mapping::new(
    "inbound",
    both("Messages to us", "الرسائل الواردة"),
    both("what becomes of messages that people write to us", "ما يصير إليه ما يكتبه الناس إلينا"),
    [key(
        "queue",
        Shape::Form(&QUEUE),
        "complaints",
        "who reads answers that the state of a case does not take",
        "من يقرأ الردود التي لا تقبلها مرحلة الحالة",
    )],
);

/// How fast a gateway is spoken to. Its decoder knows the bounds.
static RATE: Form = Form {
    name: "rate",
    title: both("A rate", "معدل"),
    about: both("a number of messages in a second, minute or hour", "عدد رسائل في الثانية أو الدقيقة أو الساعة"),
    takes: Takes::Text,
    pattern: Some("^ *0*[1-9][0-9]* +per +(second|minute|hour) *$"),
    examples: &["10 per second", "300 per minute"],
};

/// When a gateway rests.
pub static BREAKER: Mapping<[Key; 2]> = Mapping::new(
    "breaker",
    both("When a gateway rests", "متى ترتاح البوابة"),
    both(
        "after failures of the gateway itself in a row nothing is given to it for a while",
        "بعد أعطال متتالية في البوابة نفسها لا تُعطى شيئا مدة",
    ),
    [
        key("failures", Shape::Whole(1, 1_000), "5", "so many failures in a row", "عدد الأعطال المتتالية"),
        key(
            "rest",
            Shape::Form(&TIME),
            "1 minute",
            "how long it rests before one message tries it",
            "كم ترتاح قبل أن تُجرَّب برسالة واحدة",
        ),
    ],
);

const FALLBACK: Key = key(
    "fallback",
    Shape::Form(&NAME),
    "sms-2",
    "the section that stands in while this gateway rests",
    "القناة التي تنوب عنها ما دامت البوابة متوقفة",
);
const RATE_KEY: Key = key(
    "rate",
    Shape::Form(&RATE),
    "10 per second",
    "how fast it is given messages; without it, as fast as it takes them",
    "بأي سرعة تُعطى الرسائل؛ ومن دونه بقدر ما تأخذ",
);
const CONCURRENCY: Key = key(
    "concurrency",
    Shape::Whole(1, 256),
    "8",
    "requests to it at the same time; without it, as `dispatch` says",
    "عدد الطلبات المتزامنة إليها؛ ومن دونه كما في `dispatch`",
);
const BREAKER_KEY: Key =
    key("breaker", Shape::Map(&BREAKER), "{failures: 5, rest: 1 minute}", "when it rests", "متى ترتاح");
const HOSTED_IN: Key = key(
    "hosted_in",
    Shape::Form(&COUNTRY),
    "BH",
    "the country in which it handles personal data",
    "البلد الذي تُعالج فيه البيانات الشخصية",
);

const CONFIRM_WITHIN: Key = key(
    "confirm_within",
    Shape::Form(&TIME),
    "72 hours",
    "how long it may take to report what became of a message, if it does",
    "المدة التي تبلغ خلالها بما آلت إليه الرسالة، إن كانت تبلغ",
);

/// What an SMS segment costs. Its decoder knows the bounds.
static PRICE: Form = Form {
    name: "price",
    title: both("A price", "سعر"),
    about: both("a sum and a currency (ISO 4217)", "مبلغ وعملة بحسب المعيار ISO 4217"),
    takes: Takes::Text,
    pattern: Some(r"^ *[0-9]{1,6}(\.[0-9]{1,6})? +[A-Z]{3} *$"),
    examples: &["0.012 BHD"],
};

const PRICE_KEY: Key = key(
    "price_per_segment",
    Shape::Form(&PRICE),
    "0.012 BHD",
    "what it asks for an SMS segment: shown beside messages and previews",
    "ثمن الجزء الواحد من الرسالة النصية: يُعرض بجانب الرسائل ومعايناتها",
);

/// What every notifier may say, whatever its kind.
pub static GATE: Mapping<[Key; 7]> = Mapping::new(
    "gate",
    both("What every notifier may say", "ما يجوز لكل قناة إرسال"),
    both("what is the same for every kind", "ما هو مشترك بين كل الأنواع"),
    [FALLBACK, RATE_KEY, CONCURRENCY, BREAKER_KEY, CONFIRM_WITHIN, HOSTED_IN, PRICE_KEY],
);

const fn known(key: &Key) -> Choice {
    Choice { word: key.name, about: key.about }
}

/// A section of `notifiers`.
pub static NOTIFIER: Entries = Entries {
    name: "notifier",
    title: both("A notifier", "قناة إرسال"),
    about: both(
        "how messages leave: its `kind`, and what that kind needs; `config/wasl.yaml` shows each",
        "كيف تخرج الرسائل: النوع `kind` وما يحتاج إليه؛ وفي `config/wasl.yaml` مثال لكل نوع",
    ),
    key: &NAME,
    known: &[
        choice(
            "kind",
            "`sandbox` sends nothing and keeps what it would have sent; `twilio` sends SMS, `http_gateway` SMS through a described gateway, `smtp` e-mail",
            "‏`sandbox` لا ترسل شيئا وتحفظ ما كانت سترسله؛ و`twilio` ترسل الرسائل النصية، و`http_gateway` ترسلها عبر بوابة موصوفة في ملف، و`smtp` البريد الإلكتروني",
        ),
        known(&FALLBACK),
        known(&RATE_KEY),
        known(&CONCURRENCY),
        known(&BREAKER_KEY),
        known(&CONFIRM_WITHIN),
        known(&HOSTED_IN),
        known(&PRICE_KEY),
        // Those of the kinds; a test holds them to `wasl_notifiers::Settings`.
        choice("account_sid", "of your Twilio account; it is no secret", "رقم حسابكم لدى Twilio؛ وليس سرا"),
        choice(
            "auth_token",
            "a secret: `{env: NAME}` or `{file: PATH}`; signs delivery reports",
            "سر: `{env: NAME}` أو `{file: PATH}`؛ وبه تُوقَّع إشعارات التسليم",
        ),
        choice(
            "api_key",
            "opens the API in place of the auth token: `{sid: SK…, secret: {env: NAME}}`",
            "يفتح الواجهة بدل الرمز: `{sid: SK…, secret: {env: NAME}}`",
        ),
        choice(
            "from",
            "the sender: a number or a registered name; of e-mail an address",
            "المرسل: رقم أو اسم مسجل؛ وفي البريد عنوان",
        ),
        choice(
            "messaging_service_sid",
            "the messaging service that chooses the sender, in place of `from`",
            "خدمة الرسائل التي تختار المرسل، بدل `from`",
        ),
        choice("gateway", "the YAML file that describes the gateway", "ملف YAML الذي يصف البوابة"),
        choice("values", "what that description asks for", "ما يطلبه ذلك الوصف من قيم"),
        choice(
            "secrets",
            "the secrets that it asks for, each by where it is kept",
            "الأسرار التي يطلبها، كل منها بمكان حفظه",
        ),
        choice("base_url", "the address of the API, if it is not Twilio's own", "عنوان الواجهة إن لم يكن عنوان Twilio"),
        choice(
            "public_url",
            "where this gateway reaches Wasl, if not at the `public_url` of all",
            "أين تصل هذه البوابة إلى وصل، إن لم يكن عند `public_url` العام",
        ),
        choice(
            "signing_keys",
            "secrets of shared keys by their id, where receipts are signed with one",
            "أسرار المفاتيح المشتركة بأرقامها، إن كانت الإشعارات توقَّع بها",
        ),
        choice("error_classes", "a file that corrects the table of error codes", "ملف يصحح جدول رموز الأخطاء"),
        choice("connect_timeout", "how long to wait for a connection", "كم يُنتظر الاتصال"),
        choice("timeout", "how long to wait for the whole exchange", "كم يُنتظر التبادل كله"),
        choice(
            "settle",
            "how long after an attempt the gateway's list is believed when it shows nothing",
            "كم بعد المحاولة تُصدَّق قائمة البوابة إن لم تُظهر شيئا",
        ),
        choice(
            "host",
            "the mail server; its certificate must carry this name",
            "خادم البريد؛ ويجب أن تحمل شهادته هذا الاسم",
        ),
        choice("port", "587 unless given, or 465 with `tls: implicit`", "‏587 إن لم يُذكر، أو 465 مع `tls: implicit`"),
        choice(
            "tls",
            "`starttls`, `implicit`, or `none` on the same machine only",
            "‏`starttls` أو `implicit`، أو `none` على الجهاز نفسه فقط",
        ),
        choice("ca_file", "a PEM file of further certificate authorities", "ملف PEM لجهات تصديق أخرى"),
        choice("username", "of the account at the mail server", "اسم الحساب لدى خادم البريد"),
        choice("password", "a secret: `{env: NAME}` or `{file: PATH}`", "سر: `{env: NAME}` أو `{file: PATH}`"),
        choice("from_name", "the sender's name as people see it", "اسم المرسل كما يراه الناس"),
        choice("reply_to", "where answers go, if not to `from`", "إلى أين تذهب الردود، إن لم تكن إلى `from`"),
        choice("footer", "what stands below every text, by language", "ما يوضع أسفل كل نص، بحسب اللغة"),
        choice(
            "returned",
            "the folder in which the mail server leaves bounces and answers",
            "المجلد الذي يترك فيه خادم البريد المرتجع والردود",
        ),
        choice(
            "returned_token",
            "opens `/hooks/email/returned`: `{env: NAME}` or `{file: PATH}`",
            "يفتح `/hooks/email/returned`:‏ `{env: NAME}` أو `{file: PATH}`",
        ),
        choice(
            "file",
            "the file in which the sandbox collects what it would have sent",
            "الملف الذي تجمع فيه القناة التجريبية ما كانت سترسله",
        ),
        choice(
            "receipts",
            "what the sandbox pretends to report: `none` or `delivered`",
            "ما تدّعي القناة التجريبية التبليغ به: `none` أو `delivered`",
        ),
    ],
    open: true,
    value: Shape::Any,
};

static NOTIFIERS: Entries = Entries {
    name: "notifiers",
    title: both("Notifiers", "قنوات الإرسال"),
    about: both(
        "gateways by which messages leave: the first of each channel, and those that a `fallback` names",
        "بوابات تخرج منها الرسائل: الأولى لكل قناة، وما يسميه `fallback` لينوب عنها",
    ),
    key: &NAME,
    known: &[choice("sms", "text messages", "الرسائل النصية"), choice("email", "e-mails", "رسائل البريد الإلكتروني")],
    open: true,
    value: Shape::Each(&NOTIFIER),
};

/// The configuration.
pub static SETTINGS: Mapping<[Key; 22]> = Mapping::new(
    "settings",
    both("The configuration of Wasl", "إعدادات وصل"),
    both(
        "where things lie, who works on what, how messages leave; what is left out has its usual value",
        "أين الملفات، ومن يعمل على ماذا، وكيف تخرج الرسائل؛ وما لا يُذكر فله قيمته المعتادة",
    ),
    [
        key(
            "database",
            Shape::Form(&DATABASE),
            "sqlite://var/wasl.sqlite",
            "where cases are remembered",
            "أين تُحفظ الحالات",
        ),
        key(
            "listen",
            Shape::Form(&LISTEN),
            "127.0.0.1:8080",
            "where Wasl listens: receipts of gateways, `/healthz`, `/readyz`",
            "أين يستمع وصل: إشعارات البوابات و`/healthz` و`/readyz`",
        ),
        key(
            "public_url",
            Shape::Form(&PUBLIC_URL),
            "https://wasl.example.bh",
            "the address under which gateways see `listen`; without it they are not asked for receipts",
            "العنوان الذي ترى به البوابات `listen`؛ وبدونه لا تُطلب منها إشعارات",
        ),
        key("workflows", Shape::Form(&PATH), "workflows", "the folder of the workflows", "مجلد مسارات العمل"),
        key("calendars", Shape::Form(&PATH), "config/calendars", "the folder of the calendars", "مجلد التقاويم"),
        key(
            "tariffs",
            Shape::Form(&PATH),
            "config/tariffs",
            "the folder of the tariffs, by which the calls of a day are ordered; one that is not there has none",
            "مجلد التعرفات التي تُرتب بها مكالمات اليوم؛ والمجلد الذي لم يوجد لا تعرفات فيه",
        ),
        key(
            "sources",
            Shape::Form(&PATH),
            "config/sources.yaml",
            "the file that describes the sources of records",
            "الملف الذي يصف مصادر السجلات",
        ),
        key(
            "region",
            Shape::Form(&COUNTRY),
            "BH",
            "the country whose phone numbers are written without a country code",
            "البلد الذي تُكتب أرقام هواتفه بلا رمز البلد",
        ),
        key(
            "language",
            Shape::OneOf(&OPERATORS_LANGUAGES),
            "ar",
            "the language in which Wasl speaks to operators; families are addressed in their own",
            "اللغة التي يخاطب بها وصل المشغلين؛ أما الأسر فتُخاطب بلغتها",
        ),
        key(
            "texts",
            Shape::Each(&HOUSE_TEXTS),
            "{hotline: \"17 000 000\"}",
            "words that every text may use, as `{{ hotline }}`",
            "كلمات يجوز لكل نص استعمالها، مثل `{{ hotline }}`",
        ),
        key(
            "queues",
            Shape::Each(&QUEUES),
            "{complaints: {title: {en: Complaints section, ar: قسم الشكاوى}}}",
            "the queues of tasks for people; a workflow may name only these",
            "قوائم عمل الموظفين؛ ولا يذكر مسار العمل غيرها",
        ),
        key(
            "contact_policy",
            Shape::Map(&HOUSE_POLICY),
            "{at_most: [2 calls per person in 1 day]}",
            "caps of the house over all cases and workflows, and who is never contacted",
            "حدود الجهة في كل الحالات والمسارات، ومن لا يُتواصل معه أبدا",
        ),
        key(
            "inbound",
            Shape::Map(&INBOUND),
            "{queue: complaints}",
            "what becomes of messages that people write to us",
            "ما يصير إليه ما يكتبه الناس إلينا",
        ),
        key(
            "stop_secret",
            Shape::Any,
            "{env: STOP_SECRET}",
            "makes the links by which people stop messages; without it there are none",
            "به تُصنع روابط إيقاف الرسائل؛ ومن دونه لا روابط",
        ),
        key(
            "notifiers",
            Shape::Each(&NOTIFIERS),
            "{sms: {kind: sandbox, file: var/sandbox.jsonl}}",
            "how messages leave",
            "كيف تخرج الرسائل",
        ),
        key(
            "access",
            Shape::Map(&ACCESS),
            "{idle: 30 minutes}",
            "how people come into the console and stay in",
            "كيف يدخل الموظفون إلى لوحة العمل ويبقون فيها",
        ),
        key(
            "webhooks",
            Shape::Map(&WEBHOOKS),
            "{this_machine: false}",
            "where other systems may be told of cases",
            "أين يجوز إبلاغ الأنظمة الأخرى بالحالات",
        ),
        key(
            "retention",
            Shape::Map(&RETENTION),
            "{texts: 90 days, people: 1 year, secret: {file: /etc/wasl/retention-secret}}",
            "how long after its end a case keeps what it says of people",
            "كم تحتفظ الحالة بعد انتهائها بما تقوله عن الناس",
        ),
        key(
            "dispatch",
            Shape::Map(&DISPATCH),
            "{batch: 200}",
            "how waiting messages are sent",
            "كيف تُرسل الرسائل المنتظرة",
        ),
        key(
            "scheduler",
            Shape::Map(&SCHEDULER),
            "{tick: 1 second}",
            "how due cases are moved",
            "كيف تُحرَّك الحالات المستحقة",
        ),
        key(
            "reload",
            Shape::Form(&TIME),
            "10 seconds",
            "how often the files of workflows, calendars and sources are looked at for changes",
            "كل كم يُنظر في ملفات مسارات العمل والتقاويم والمصادر هل تغيرت",
        ),
        key(
            "shutdown_grace",
            Shape::Form(&TIME),
            "20 seconds",
            "how long a stopping daemon may take to finish what is in flight",
            "المهلة التي يُتم فيها البرنامج ما بدأه قبل توقفه",
        ),
    ],
);
