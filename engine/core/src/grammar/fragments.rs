//! Fragments: what several workflows share, and `use`, by which they do.

use super::forms::{FIELD_NAME, FRAGMENT_NAME, TEXT};
use super::states::STATE;
use super::workflow::WORKFLOW;
use super::{Entries, Key, Mapping, Shape, both, key, required};

static FILLED_IN: Entries = Entries {
    name: "filled_in",
    title: both("What is filled in", "ما يُملأ"),
    about: both(
        "the words that the fragment leaves open, and their values here",
        "الكلمات التي يتركها الجزء المشترك مفتوحة، وقيمها هنا",
    ),
    key: &FIELD_NAME,
    known: &[],
    open: true,
    // Whatever fits where the fragment says `$word`.
    value: Shape::Any,
};

static USES: Entries = Entries {
    name: "uses",
    title: both("Fragments", "أجزاء مشتركة"),
    about: both(
        "fragments by name, each with what it leaves open",
        "الأجزاء المشتركة بأسمائها، ومع كل منها ما يتركه مفتوحا",
    ),
    key: &FRAGMENT_NAME,
    known: &[],
    open: true,
    value: Shape::Each(&FILLED_IN),
};

static NAME_OR_USES: Shape = Shape::Either(&[Shape::Form(&FRAGMENT_NAME), Shape::Each(&USES)]);

pub(super) const USE_KEY: Key = key(
    "use",
    Shape::OneOrMore(&NAME_OR_USES),
    "{email-instead: {to: contacts, template: follow-up-email}}",
    "pieces that several workflows share: files of `workflows/fragments/`; what is said here itself wins over them",
    "أجزاء تشترك فيها عدة مسارات: ملفات من `workflows/fragments/`؛ وما يُذكر هنا صراحة يغلب ما فيها",
);

/// The key of a name as it stands elsewhere, but never required; that it does is seen when this is compiled.
#[expect(clippy::panic, reason = "seen by the compiler, never by a reader of files")]
const fn same(keys: &[Key], name: &str) -> Key {
    let mut at = 0;
    while at < keys.len() {
        if is_same(keys[at].name.as_bytes(), name.as_bytes()) {
            return Key { required: false, ..keys[at] };
        }
        at += 1;
    }
    panic!("there is no such key")
}

const fn is_same(a: &[u8], b: &[u8]) -> bool {
    let mut at = 0;
    while at < a.len() && at < b.len() && a[at] == b[at] {
        at += 1;
    }
    at == a.len() && at == b.len()
}

/// A fragment's file: its head, and then keys of a state or keys of a workflow.
pub static FRAGMENT: Mapping<[Key; 15]> = Mapping::new(
    "fragment",
    both("A fragment", "جزء مشترك"),
    both(
        "a piece that several workflows share: what a state says, or what a workflow says at its top",
        "جزء تشترك فيه عدة مسارات: ما تقوله مرحلة، أو ما يقوله المسار في أعلاه",
    ),
    [
        required(
            "fragment",
            Shape::Form(&TEXT),
            "email-instead",
            "its name: that of the file, and of the folder with its texts if it has some",
            "اسمه: وهو اسم الملف، واسم المجلد الذي فيه نصوصه إن كانت له نصوص",
        ),
        key(
            "title",
            Shape::Texts,
            "{en: The same words by e-mail, ar: النص نفسه بالبريد الإلكتروني}",
            "what people call it, in each language",
            "ما يسميه الناس به، بكل لغة",
        ),
        key(
            "with",
            Shape::OneOrMore(&Shape::Form(&FIELD_NAME)),
            "[to, template]",
            "words that it leaves open: `$to` stands for what is filled in where it is used",
            "كلمات يتركها مفتوحة: وتقوم `$to` مقام ما يُملأ حيث يُستعمل",
        ),
        USE_KEY,
        same(&STATE.keys, "waiting_on"),
        same(&STATE.keys, "do"),
        same(&STATE.keys, "next"),
        same(&STATE.keys, "on"),
        same(&STATE.keys, "every"),
        same(&STATE.keys, "after"),
        same(&STATE.keys, "reopen"),
        same(&WORKFLOW.keys, "events"),
        same(&WORKFLOW.keys, "contact_policy"),
        same(&WORKFLOW.keys, "anywhere"),
        same(&WORKFLOW.keys, "states"),
    ],
);
