//! The page of a code: what it is, why it hurts, an example and how to mend it.
//!
//! The pages are `docs/findings/W0xx.md`, the reference that people read on the web and `wasl check --explain` prints. Their
//! sections are fixed; a test runs the example and the mended example of each.

use super::Code;

/// What is known about one kind of finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// The kind.
    pub code: Code,
    text: &'static str,
}

/// A run of a section: words, or a file of the example.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Block {
    /// Markdown, without the space around it.
    Words(&'static str),
    /// What stands in a file; changed entries only if it is YAML.
    File {
        /// The path as the example names it; none for the workflow itself.
        path: Option<&'static str>,
        /// What stands in it.
        text: &'static str,
    },
}

impl Code {
    /// Its page.
    pub const fn page(self) -> Page {
        Page { code: self, text: self.markdown() }
    }
}

impl Page {
    /// Where the page lies in the project: `docs/findings/W010.md`.
    pub fn address(self) -> String {
        format!("docs/findings/{}.md", self.code)
    }

    /// The whole page as written (Markdown).
    pub fn markdown(self) -> &'static str {
        self.text
    }

    /// What the code means, without a final stop.
    pub fn title(self) -> &'static str {
        self.code.meaning().trim_end_matches('.')
    }

    /// What the code means, in Arabic.
    pub fn title_ar(self) -> &'static str {
        let bold = self.section("بالعربية").strip_prefix("**").and_then(|text| text.split_once("**"));
        bold.map_or("", |(title, _)| title.trim_end_matches('.'))
    }

    /// What it is.
    pub fn what(self) -> &'static str {
        self.section("What it is")
    }

    /// Why it hurts a family or an agent.
    pub fn why(self) -> &'static str {
        self.section("Why it hurts")
    }

    /// A mistake that shows it.
    pub fn example(self) -> Vec<Block> {
        blocks(self.section("Example"))
    }

    /// How to mend it, and the example mended.
    pub fn mend(self) -> Vec<Block> {
        blocks(self.section("Mend"))
    }

    /// What it is, why it hurts and how to mend it, in Arabic.
    pub fn arabic(self) -> &'static str {
        let section = self.section("بالعربية");
        section.strip_prefix("**").and_then(|text| text.split_once("**")).map_or(section, |(_, text)| text.trim())
    }

    /// What stands below a heading.
    fn section(self, heading: &str) -> &'static str {
        let mut headings = headings(self.text).skip_while(|(_, title)| *title != heading);
        let Some((at, title)) = headings.next() else { return "" };
        let start = at + "## ".len() + title.len();
        let end = headings.next().map_or(self.text.len(), |(at, _)| at);
        self.text.get(start..end).unwrap_or_default().trim()
    }
}

/// The headings of the second order with their places; what stands between fences is none.
fn headings(text: &'static str) -> impl Iterator<Item = (usize, &'static str)> {
    let mut at = 0;
    let mut fenced = false;
    text.split_inclusive('\n').filter_map(move |line| {
        let start = at;
        at += line.len();
        fenced ^= line.starts_with("```");
        Some((start, line.trim_end().strip_prefix("## ").filter(|_| !fenced)?))
    })
}

/// Words and fenced files, in their order.
fn blocks(section: &'static str) -> Vec<Block> {
    let mut blocks = Vec::new();
    for (index, part) in section.split("```").enumerate() {
        if index % 2 == 0 {
            blocks.extend(Some(part.trim()).filter(|words| !words.is_empty()).map(Block::Words));
            continue;
        }
        let (fence, text) = part.split_once('\n').unwrap_or((part, ""));
        blocks.push(Block::File { path: fence.split_once(' ').map(|(_, path)| path.trim()), text });
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_says_everything_in_its_order() {
        let parts = ["What it is", "Why it hurts", "Example", "Mend", "بالعربية"];
        for code in Code::ALL {
            let page = code.page();
            let first = format!("# {code} · {}\n", page.title());
            assert!(page.markdown().starts_with(&first), "{} begins with {first}", page.address());
            let headings: Vec<&str> = headings(page.markdown()).map(|(_, title)| title).collect();
            assert_eq!(headings, parts, "{}", page.address());
            for text in [page.what(), page.why(), page.title_ar(), page.arabic()] {
                assert!(!text.is_empty(), "{} has an empty section", page.address());
            }
        }
    }

    #[test]
    fn files_and_words_of_a_section_are_told_apart() {
        let section = "Look:\n\n```yaml\nstates: {}\n```\n\nand\n\n```text messages/a.en.txt\nHello\n```";
        let file = |path, text| Block::File { path, text };
        let parts = [
            Block::Words("Look:"),
            file(None, "states: {}\n"),
            Block::Words("and"),
            file(Some("messages/a.en.txt"), "Hello\n"),
        ];
        assert_eq!(blocks(section), parts);
    }
}
