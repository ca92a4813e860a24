//! Sources of records: where the rows come from that detection looks at.

use super::case::FIELDS;
use super::forms::{COLUMN, SOURCE};
use super::{Entries, Form, Key, Mapping, Shape, Takes, both, key, required};

static FILES: Form = Form {
    name: "files",
    title: both("Files", "ملفات"),
    about: both(
        "a file, or a pattern that files match; a folder that is not there yet has none",
        "ملف، أو نمط تطابقه ملفات؛ والمجلد الذي لم يوجد بعد لا ملفات فيه",
    ),
    takes: Takes::Word,
    pattern: None,
    examples: &["var/inbox/deaths/*.csv"],
};

/// A source of records.
pub static RECORDS: Mapping<[Key; 4]> = Mapping::new(
    "source",
    both("A source", "مصدر"),
    both(
        "records from CSV files: where they lie and what their columns hold",
        "سجلات من ملفات CSV: أين هي وماذا في أعمدتها",
    ),
    [
        key(
            "title",
            Shape::Texts,
            "{en: Monthly extracts of the civil registry, ar: المستخرج الشهري من السجل المدني}",
            "what people call it, in both languages",
            "ما يسميه الناس به، باللغتين",
        ),
        required(
            "csv",
            Shape::Form(&FILES),
            "var/inbox/deaths/*.csv",
            "its files; each is read once, by its content, whenever it appears",
            "ملفاته؛ ويُقرأ كل منها مرة واحدة، بحسب محتواه، متى ظهر",
        ),
        key(
            "key",
            Shape::OneOrMore(&Shape::Form(&COLUMN)),
            "[cpr]",
            "the columns that make two rows the same record: a row whose key was read before is a repeat",
            "الأعمدة التي تجعل الصفين سجلا واحدا: فالصف الذي قُرئ مفتاحه من قبل مكرر",
        ),
        required(
            "columns",
            Shape::Each(&FIELDS),
            "{cpr: {type: text, pattern: '[0-9]{9}', personal: true}}",
            "the columns and their types; a row that does not fit is rejected with its reason, other columns are ignored",
            "الأعمدة وأنواعها؛ والصف الذي لا يوافقها يُرفض مع بيان السبب، وما سواها من الأعمدة يُتجاهل",
        ),
    ],
);

/// The file of the sources.
pub static SOURCES: Entries = Entries {
    name: "sources",
    title: both("Sources", "مصادر"),
    about: both(
        "where records come from, by the names that workflows use",
        "من أين تأتي السجلات، بالأسماء التي تستعملها مسارات العمل",
    ),
    key: &SOURCE,
    known: &[],
    open: true,
    value: Shape::Map(&RECORDS),
};
