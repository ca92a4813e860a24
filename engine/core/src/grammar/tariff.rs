//! Tariffs: what a household pays with the subsidy and without it.

use super::calendar::DATE;
use super::forms::{FIELD_NAME, NAME, TEXT};
use super::{Entries, Key, Mapping, Shape, both, key, required};

/// A step of a price that rises with use.
pub static PRICE_STEP: Mapping<[Key; 2]> = Mapping::new(
    "price_step",
    both("A step of a price", "شريحة سعر"),
    both("what each unit within it costs", "ثمن كل وحدة ضمن الشريحة"),
    [
        key(
            "up_to",
            Shape::Number,
            "3000",
            "up to so many units a month; the last step has none",
            "حتى هذا القدر من الوحدات شهريا؛ والشريحة الأخيرة بلا حد",
        ),
        required("fils", Shape::Number, "3", "fils for each unit", "سعر الوحدة بالفلس"),
    ],
);

/// Something that is supplied.
pub static SERVICE: Mapping<[Key; 3]> = Mapping::new(
    "service",
    both("A service", "خدمة"),
    both("something that a household is supplied with, and its price", "ما تُزود به الأسرة وسعره"),
    [
        required(
            "usage",
            Shape::Form(&FIELD_NAME),
            "monthly_kwh",
            "the case field that tells how many units the household uses in a month; a case without it has no value at risk",
            "حقل الحالة الذي يبين كم وحدة تستهلك الأسرة في الشهر؛ والحالة التي ليس فيها لا قيمة معرضة للضياع لها",
        ),
        required(
            "subsidised",
            Shape::OneOrMore(&Shape::Map(&PRICE_STEP)),
            "[{up_to: 3000, fils: 3}, {fils: 9}]",
            "the price with the subsidy, in steps that rise with use",
            "السعر مع الدعم، في شرائح تتصاعد مع الاستهلاك",
        ),
        required("full", Shape::Number, "32", "fils for each unit without the subsidy", "سعر الوحدة بالفلس دون الدعم"),
    ],
);

static SERVICES: Entries = Entries {
    name: "services",
    title: both("Services", "خدمات"),
    about: both("what is supplied, by names that you choose", "ما يُزود به، بأسماء تختارها"),
    key: &NAME,
    known: &[],
    open: true,
    value: Shape::Map(&SERVICE),
};

/// Prices that hold from a day on.
pub static TARIFF_PERIOD: Mapping<[Key; 3]> = Mapping::new(
    "tariff_period",
    both("A period of a tariff", "فترة من التعرفة"),
    both("prices that hold from one day until the next period begins", "أسعار تسري من يوم حتى تبدأ الفترة التالية"),
    [
        required("from", Shape::Form(&DATE), "2026-01-01", "its first day", "أول أيامها"),
        key("source", Shape::Form(&TEXT), "Decision 12 of 2025", "where the prices were published", "أين نُشرت الأسعار"),
        required(
            "services",
            Shape::Each(&SERVICES),
            "{water: {usage: monthly_m3, subsidised: [{fils: 25}], full: 775}}",
            "what is supplied, and its price",
            "ما يُزود به وسعره",
        ),
    ],
);

/// The file of a tariff.
pub static TARIFF: Mapping<[Key; 3]> = Mapping::new(
    "tariff",
    both("A tariff", "تعرفة"),
    both(
        "what households pay with the subsidy and without it: the difference orders the calls, and no family is ever told it",
        "ما تدفعه الأسر مع الدعم ودونه: الفرق يرتب المكالمات، ولا يُذكر لأي أسرة أبدا",
    ),
    [
        required("tariff", Shape::Form(&NAME), "bahrain-household", "its name", "اسمها"),
        key(
            "title",
            Shape::Texts,
            "{en: Household tariff, ar: التعرفة المنزلية}",
            "what people call it, in both languages",
            "ما يسميها الناس به، باللغتين",
        ),
        required(
            "periods",
            Shape::OneOrMore(&Shape::Map(&TARIFF_PERIOD)),
            "[{from: 2026-01-01, services: {}}]",
            "the prices, period by period, the earliest first",
            "الأسعار فترة بعد فترة، الأقدم أولا",
        ),
    ],
);
