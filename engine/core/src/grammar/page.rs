//! The grammar as a page: every keyword with its meaning and an example, in either language.

use std::fmt::Write as _;

use super::{Both, Choice, Entries, File, Form, Key, Mapping, Shape, both};
use crate::words::sentence;

/// Every keyword of these kinds of files as Markdown, in `ar` or else in English; what several kinds share is told once.
pub fn keyword_page(files: &'static [File], language: &str) -> String {
    let mut page = Page { arabic: language == "ar", text: String::new(), forms: Vec::new() };
    page.head();
    let mut told: Vec<&Mapping> = Vec::new();
    for file in files {
        page.file(file);
        for mapping in file.shape.mappings() {
            if !told.iter().any(|other| std::ptr::eq(*other, mapping)) {
                page.mapping(mapping);
                told.push(mapping);
            }
        }
    }
    page.values();
    if page.arabic {
        page.text.push_str("\n</div>\n");
    }
    page.text
}

struct Page {
    arabic: bool,
    text: String,
    /// Forms of values that the keys named, in the order in which they were first named.
    forms: Vec<&'static Form>,
}

impl Page {
    fn words(&self, words: Both) -> &'static str {
        if self.arabic { words.ar } else { words.en }
    }

    fn head(&mut self) {
        if self.arabic {
            self.text.push_str("<div dir=\"rtl\">\n\n");
        }
        let title =
            self.words(both("Every keyword of the files that people write", "كل كلمات الملفات التي يكتبها الناس"));
        let about = self.words(both(
            "Made from the table by which the parser reads: `wasl workflow keywords`. How they work together is told in [the \
             language](language.md).",
            "مستخرجة من الجدول الذي يقرأ به البرنامج هذه الملفات: `wasl workflow keywords --lang ar`. أما كيف تعمل معا \
             فمشروح في [اللغة](language.md) بالإنجليزية.",
        ));
        let _ = writeln!(self.text, "# {title}\n\n{about}");
    }

    fn file(&mut self, file: &'static File) {
        let _ = writeln!(self.text, "\n## {}", self.words(file.title));
        if let Shape::Each(entries) = file.shape {
            let _ = writeln!(self.text, "\n{}", sentence(self.words(entries.about)));
            self.remember(file.shape);
        }
    }

    fn mapping(&mut self, mapping: &'static Mapping) {
        let (title, about) = (self.words(mapping.title), sentence(self.words(mapping.about)));
        let _ = writeln!(self.text, "\n### {title}\n\n{about}\n");
        self.columns([both("key", "المفتاح"), both("meaning", "المعنى"), both("example", "مثال")]);
        for key in &mapping.keys {
            self.key(key);
        }
        for key in &mapping.keys {
            self.choices_of(key);
        }
    }

    fn columns(&mut self, titles: [Both; 3]) {
        let titles = titles.map(|title| self.words(title)).join(" | ");
        let _ = writeln!(self.text, "| {titles} |\n|---|---|---|");
    }

    fn key(&mut self, key: &'static Key) {
        let needed = if key.required { self.words(both(" (needed)", " (مطلوب)")) } else { "" };
        let about = cell(self.words(key.about));
        let _ = writeln!(self.text, "| `{}`{needed} | {about} | {} |", key.name, code(key.such_as));
        self.remember(key.shape);
    }

    /// Notes the forms of values, to be told at the end.
    fn remember(&mut self, shape: Shape) {
        match shape {
            Shape::Form(form) if !self.forms.iter().any(|known| known.name == form.name) => self.forms.push(form),
            Shape::Each(entries) => {
                self.remember(Shape::Form(entries.key));
                self.remember(entries.value);
            }
            Shape::OneOrMore(of) => self.remember(*of),
            Shape::Either(shapes) => shapes.iter().for_each(|shape| self.remember(*shape)),
            _ => {}
        }
    }

    /// The words between which a key's value chooses, or which stand below it.
    fn choices_of(&mut self, key: &Key) {
        let mut shape = key.shape;
        while let Shape::OneOrMore(of) = shape {
            shape = *of;
        }
        let words: &[Choice] = match shape {
            Shape::OneOf(choices) => &choices.words,
            Shape::Each(Entries { known, .. }) => known,
            _ => &[],
        };
        if !words.is_empty() {
            let under = self.words(both("Words of", "كلمات"));
            let _ = writeln!(self.text, "\n{under} `{}`:\n", key.name);
        }
        for choice in words {
            let _ = writeln!(self.text, "- `{}`: {}", choice.word, self.words(choice.about));
        }
    }

    fn values(&mut self) {
        let title = self.words(both("What values look like", "كيف تُكتب القيم"));
        let _ = writeln!(self.text, "\n## {title}\n");
        self.columns([both("value", "القيمة"), both("meaning", "المعنى"), both("for example", "أمثلة")]);
        for form in std::mem::take(&mut self.forms) {
            let examples: Vec<String> = form.examples.iter().map(|example| code(example)).collect();
            let (title, about) = (self.words(form.title), cell(self.words(form.about)));
            let _ = writeln!(self.text, "| {title} | {about} | {} |", examples.join(", "));
        }
    }
}

/// Text within a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

/// YAML within a table.
fn code(yaml: &str) -> String {
    format!("`{}`", cell(yaml))
}
