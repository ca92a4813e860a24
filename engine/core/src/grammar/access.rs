//! The section `access` of the configuration: how people come in and stay in.

use super::oidc::OIDC;
use super::settings::TIME;
use super::{Form, Key, Mapping, Shape, Takes, both, key};

/// A proxy of ours.
static PROXY: Form = Form {
    name: "proxy",
    title: both("The address of a proxy", "عنوان وسيط"),
    about: both("a number address, without a port", "عنوان رقمي بلا منفذ"),
    takes: Takes::Word,
    pattern: Some(r"^(\d{1,3}(\.\d{1,3}){3}|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*)$"),
    examples: &["127.0.0.1"],
};

/// How people come in and stay in.
pub static ACCESS: Mapping<[Key; 4]> = Mapping::new(
    "access",
    both("How people come in", "كيف يدخل الموظفون"),
    both("for how long a session lasts, and which proxies are believed", "مدة الجلسة، والوسطاء الموثوق بهم"),
    [
        key(
            "idle",
            Shape::Form(&TIME),
            "30 minutes",
            "how long somebody may be silent before they must come in again",
            "كم يسكت الموظف قبل أن يلزمه الدخول من جديد",
        ),
        key(
            "longest",
            Shape::Form(&TIME),
            "12 hours",
            "how long a session lasts in any case",
            "أقصى مدة للجلسة على كل حال",
        ),
        key(
            "proxies",
            Shape::OneOrMore(&Shape::Form(&PROXY)),
            "[127.0.0.1]",
            "our proxies, whose word in `X-Forwarded-For` on a client's address counts",
            "وسطاؤنا الذين يُعتد بقولهم في `X-Forwarded-For` عن عنوان العميل",
        ),
        key(
            "oidc",
            Shape::Map(&OIDC),
            "{issuer: 'https://id.example.bh', client_id: wasl, client_secret: {env: OIDC_SECRET}, roles: {staff: agent}}",
            "the provider by which people come in with their work accounts, beside the accounts of Wasl",
            "المزود الذي يدخل به الموظفون بحسابات عملهم، إلى جانب حسابات وصل",
        ),
    ],
);
