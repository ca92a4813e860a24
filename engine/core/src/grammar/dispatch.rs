//! The sections `dispatch` and `scheduler` of the configuration: how messages are sent and cases moved.

use super::settings::TIME;
use super::{Choice, Choices, Key, Mapping, Shape, both, choice, key};

/// What a person asks for waits for the transaction that is under way: with so many cases or messages in it that is some tenths
/// of a second, and with more nothing would be gained.
const BATCH: Shape = Shape::Whole(1, 1_000);

/// What becomes of a message of which nobody can say whether it went out.
pub static ON_UNCERTAIN: Choices<[Choice; 2]> = Choices {
    title: both("What to do in doubt", "ماذا يُفعل عند الشك"),
    words: [
        choice("hold", "a person decides", "القرار لموظف"),
        choice("resend", "it is sent again; the family may get it twice", "تُرسل مرة أخرى، وقد تصل إلى الأسرة مرتين"),
    ],
};

/// How long to wait between tries.
pub static BACKOFF: Mapping<[Key; 3]> = Mapping::new(
    "backoff",
    both("Waits between tries", "المهل بين المحاولات"),
    both(
        "after the n-th try first × factor^(n-1), never more than max, with some scatter",
        "بعد المحاولة رقم n: القيمة first × factor^(n-1)، ولا تزيد على max، مع شيء من التفاوت",
    ),
    [
        key("first", Shape::Form(&TIME), "30 seconds", "the wait after the first try", "المهلة بعد المحاولة الأولى"),
        key("factor", Shape::Whole(1, 10), "2", "how much longer each wait is", "كم مرة تطول كل مهلة عن سابقتها"),
        key("max", Shape::Form(&TIME), "1 hour", "the longest wait", "أطول مهلة"),
    ],
);

/// How waiting messages are sent.
pub static DISPATCH: Mapping<[Key; 7]> = Mapping::new(
    "dispatch",
    both("How messages are sent", "كيف تُرسل الرسائل"),
    both("how waiting messages are sent", "كيف تُرسل الرسائل المنتظرة"),
    [
        key("batch", BATCH, "200", "messages taken at once", "عدد الرسائل التي تؤخذ دفعة واحدة"),
        key(
            "concurrency",
            Shape::Whole(1, 256),
            "8",
            "requests to one gateway at the same time",
            "عدد الطلبات المتزامنة إلى بوابة واحدة",
        ),
        key(
            "lease",
            Shape::Form(&TIME),
            "2 minutes",
            "a message whose sender was not heard of for so long is looked after by another",
            "الرسالة التي انقطع خبر مُرسِلها هذه المدة يتولاها غيره",
        ),
        key(
            "attempts",
            Shape::Whole(1, 100),
            "6",
            "tries after errors that pass, before a message is given up and the case is told",
            "عدد المحاولات بعد الأخطاء العابرة، قبل ترك الرسالة وإخبار الحالة",
        ),
        key(
            "backoff",
            Shape::Map(&BACKOFF),
            "{first: 30 seconds, factor: 2, max: 1 hour}",
            "how long to wait between tries",
            "كم يُنتظر بين المحاولات",
        ),
        key(
            "on_uncertain",
            Shape::OneOf(&ON_UNCERTAIN),
            "hold",
            "a crash left open whether a message went out, and the gateway cannot tell",
            "انقطاع لم يُعلم معه هل خرجت الرسالة، والبوابة لا تستطيع الجواب",
        ),
        key(
            "suspect_after",
            Shape::Whole(1, 100),
            "3",
            "after so many SMS to a number that its gateway took and none was confirmed, though others are, our sender may be \
             blocked there",
            "بعد هذا العدد من الرسائل القصيرة إلى رقم قبلتها البوابة ولم يتأكد وصول شيء منها مع تأكد غيرها، لعل مرسلنا محظور \
             عنده",
        ),
    ],
);

/// How due cases are moved.
pub static SCHEDULER: Mapping<[Key; 2]> = Mapping::new(
    "scheduler",
    both("How due cases are moved", "كيف تُحرَّك الحالات المستحقة"),
    both("how due cases are moved", "كيف تُحرَّك الحالات التي حان وقتها"),
    [
        key("batch", BATCH, "500", "cases moved in one transaction", "عدد الحالات التي تُحرَّك في معاملة واحدة"),
        key(
            "tick",
            Shape::Form(&TIME),
            "1 second",
            "how late a due case may be noticed at the most",
            "أقصى تأخر في ملاحظة حالة حان وقتها",
        ),
    ],
);
