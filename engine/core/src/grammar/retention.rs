//! The section `retention` of the configuration: how long a closed case keeps what it says of people.

use super::{Form, Key, Mapping, Shape, Takes, both, key};

/// How long something is kept. Its decoder knows the bounds.
static KEPT: Form = Form {
    name: "kept",
    title: both("How long something is kept", "مدة احتفاظ"),
    about: both(
        "days, weeks, months or years, counted from the end of a case",
        "أيام أو أسابيع أو أشهر أو سنوات من انتهاء الحالة",
    ),
    takes: Takes::Text,
    pattern: Some("^ *0*[1-9][0-9]* +(seconds?|minutes?|hours?|days?|weeks?|months?|years?) *$"),
    examples: &["90 days", "1 year"],
};

/// How long a closed case keeps what it says of people.
pub static RETENTION: Mapping<[Key; 4]> = Mapping::new(
    "retention",
    both("What is kept how long", "مدد الاحتفاظ بالبيانات"),
    both(
        "how long after its end a case keeps what it says of people; what is not said here is never erased",
        "كم تحتفظ الحالة بعد انتهائها بما تقوله عن الناس؛ وما لم يُذكر هنا لا يُمحى أبدًا",
    ),
    [
        key(
            "texts",
            Shape::Form(&KEPT),
            "90 days",
            "how long texts of messages, notes, answers and reasons are kept",
            "مدة الاحتفاظ بنصوص الرسائل والملاحظات والإجابات والأسباب",
        ),
        key(
            "people",
            Shape::Form(&KEPT),
            "1 year",
            "how long names, numbers, addresses and personal fields are kept; texts go with them at the latest",
            "مدة الاحتفاظ بالأسماء والأرقام والعناوين والحقول الشخصية؛ وتُمحى النصوص معها على الأكثر",
        ),
        key(
            "history",
            Shape::Form(&KEPT),
            "5 years",
            "how long the lines of histories are kept, at least as long as `people`; they go in blocks of neighbouring cases",
            "مدة الاحتفاظ بأسطر سجلات الحالات، ولا تقل عن مدة `people`؛ وتُحذف دفعة واحدة لكل مجموعة حالات متجاورة",
        ),
        key(
            "secret",
            Shape::Any,
            "{file: /etc/wasl/retention-secret}",
            "makes what stands for erased personal numbers, so that a death which is reported again is known again; `people` \
             needs it, and it must stay the same",
            "به يُصنع ما يحل محل الأرقام الشخصية الممحوة لتُعرف الوفاة إن أُبلغ عنها ثانية؛ يحتاج إليه `people` ويجب ألا يتغير",
        ),
    ],
);
