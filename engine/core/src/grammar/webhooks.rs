//! The section `webhooks` of the configuration: where other systems may be told of cases.

use super::{Key, Mapping, Shape, both, key};

/// Where other systems may be told of cases.
pub static WEBHOOKS: Mapping<[Key; 1]> = Mapping::new(
    "webhooks",
    both("Telling other systems", "إبلاغ الأنظمة الأخرى"),
    both("where other systems may be told of cases", "أين يجوز إبلاغ الأنظمة الأخرى بالحالات"),
    [key(
        "this_machine",
        Shape::Flag,
        "false",
        "whether `http://` addresses of this machine are allowed; others are `https://` in any case",
        "هل يُسمح بعناوين `http://` على هذا الجهاز؛ وغيرها `https://` على كل حال",
    )],
);
