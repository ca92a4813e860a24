//! The section `access.oidc` of the configuration: the provider of the house's own accounts.

use super::forms::NAME;
use super::{Choice, Choices, Entries, Form, Key, Mapping, Shape, Takes, both, choice, key, required};

/// Who provides the accounts.
static ISSUER: Form = Form {
    name: "issuer",
    title: both("An OpenID Connect issuer", "مصدر هوية OpenID Connect"),
    about: both(
        "an `https://` address exactly as the provider writes it; `http://` on this machine only",
        "عنوان `https://` كما يكتبه المزود حرفا بحرف؛ و`http://` على هذا الجهاز فقط",
    ),
    takes: Takes::Word,
    pattern: Some("^https?://"),
    examples: &["https://id.example.bh/realms/ewa"],
};

/// The roles that somebody may have here.
pub static ROLE_NAMES: Choices<[Choice; 5]> = Choices {
    title: both("A role", "دور"),
    words: [
        choice("viewer", "numbers and cases, without names", "الأعداد والحالات دون أسماء"),
        choice("agent", "calls", "المكالمات"),
        choice("supervisor", "every case, the outbox", "كل حالة، وصندوق الإرسال"),
        choice("editor", "workflows and texts", "مسارات العمل والنصوص"),
        choice("administrator", "users and keys, no family's data", "المستخدمون والمفاتيح، دون بيانات الأسر"),
    ],
};

/// Which group is which role.
static ROLES: Entries = Entries {
    name: "oidc_roles",
    title: both("Roles of groups", "أدوار المجموعات"),
    about: both("which group of the provider is which role here", "أي مجموعة لدى المزود هي أي دور هنا"),
    key: &NAME,
    known: &[],
    open: true,
    value: Shape::OneOf(&ROLE_NAMES),
};

/// The provider of the house's accounts.
pub static OIDC: Mapping<[Key; 6]> = Mapping::new(
    "oidc",
    both("Work accounts", "حسابات العمل"),
    both("the OpenID Connect provider by which people come in", "مزود OpenID Connect الذي يدخل به الموظفون"),
    [
        required(
            "issuer",
            Shape::Form(&ISSUER),
            "https://id.example.bh/realms/ewa",
            "who the provider is",
            "من هو المزود",
        ),
        required("client_id", Shape::Form(&NAME), "wasl", "what the provider calls us", "اسمنا لدى المزود"),
        required(
            "client_secret",
            Shape::Any,
            "{env: OIDC_SECRET}",
            "where the secret is that we share with the provider",
            "أين السر المشترك بيننا وبين المزود",
        ),
        required(
            "roles",
            Shape::Each(&ROLES),
            "{wasl-agents: agent}",
            "which group is which role; who has none does not come in",
            "أي مجموعة هي أي دور؛ ومن لا دور له لا يدخل",
        ),
        key(
            "roles_from",
            Shape::Form(&NAME),
            "groups",
            "the claim that names somebody's groups; dots lead into others, as in `realm_access.roles`",
            "البيان الذي يسمي مجموعات الموظف؛ والنقاط تدخل في غيره، كما في `realm_access.roles`",
        ),
        key(
            "name_from",
            Shape::Form(&NAME),
            "preferred_username",
            "the claim that names a new account; of an address what stands before the `@`",
            "البيان الذي يسمي الحساب الجديد؛ ومن العنوان ما قبل `@`",
        ),
    ],
);
