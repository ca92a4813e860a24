//! `check --explain`: the page of a code, or all codes.

use serde_json::{Value as Json, json};
use wasl_core::diagnostic::{Block, Code, Page, nearest};

use crate::failure::{Exit, Failure};
use crate::output::{Answer, Screen};
use crate::settings::Language;

/// The page of a code; without one the list of all.
///
/// # Errors
/// There is no such code.
pub(super) fn run(code: &str, screen: Screen) -> Result<Answer, Failure> {
    if code.is_empty() {
        return Ok(list(screen));
    }
    let page = find(code)?.page();
    Ok(Answer::new(text(page, screen), json(page)))
}

/// The code that somebody wrote: `W010`, `w010` or `10`.
fn find(written: &str) -> Result<Code, Failure> {
    let bare = written.trim().trim_start_matches(['w', 'W']);
    let name = format!("W{bare:0>3}");
    let found = Code::ALL.iter().copied().find(|code| code.as_str() == name);
    found.ok_or_else(|| {
        Failure::new(Exit::NotFound, format!("there is no finding `{written}`"))
            .help(format!("{}`wasl check --explain` lists them all", meant(written, &name)))
    })
}

/// What somebody may have meant: the nearest number, or the titles with that word.
fn meant(written: &str, name: &str) -> String {
    let has_number = written.contains(|c: char| c.is_ascii_digit());
    let near = has_number.then(|| nearest(name, Code::ALL.iter().map(|code| code.as_str()))).flatten();
    let word = written.trim().to_lowercase();
    let is_meant = |code: &&Code| {
        near == Some(code.as_str()) || !has_number && !word.is_empty() && code.meaning().to_lowercase().contains(&word)
    };
    let meant: Vec<String> =
        Code::ALL.iter().filter(is_meant).map(|code| format!("`{code}` ({})", code.page().title())).collect();
    if meant.is_empty() { String::new() } else { format!("did you mean {}? ", meant.join(" or ")) }
}

fn list(screen: Screen) -> Answer {
    let pages: Vec<Page> = Code::ALL.iter().map(|code| code.page()).collect();
    let title = |page: &Page| if is_arabic(screen) { page.title_ar() } else { page.title() };
    let lines: Vec<String> = pages.iter().map(|page| format!("{}  {}", page.code, title(page))).collect();
    let json: Vec<Json> = pages
        .iter()
        .map(|page| json!({"code": page.code.as_str(), "title": titles(*page), "page": page.address()}))
        .collect();
    Answer::new(lines.join("\n"), json.into())
}

fn is_arabic(screen: Screen) -> bool {
    screen.language == Language::Ar
}

fn titles(page: Page) -> Json {
    json!({"en": page.title(), "ar": page.title_ar()})
}

fn json(page: Page) -> Json {
    json!({
        "code": page.code.as_str(),
        "title": titles(page),
        "what": page.what(),
        "why": page.why(),
        "example": page.example().iter().map(block_json).collect::<Vec<_>>(),
        "mend": page.mend().iter().map(block_json).collect::<Vec<_>>(),
        "ar": page.arabic(),
        "page": page.address(),
    })
}

fn block_json(block: &Block) -> Json {
    match block {
        Block::Words(words) => json!({"words": words}),
        Block::File { path, text } => json!({"file": path, "text": text}),
    }
}

fn text(page: Page, screen: Screen) -> String {
    let title = if is_arabic(screen) { page.title_ar() } else { page.title() };
    let heading = screen.heading(&format!("{} · {title}", page.code));
    let named = |name: &str, text: String| format!("{}\n{text}", screen.heading(name));
    let sections = if is_arabic(screen) {
        let files =
            |blocks: Vec<Block>| blocks.into_iter().filter(|block| matches!(block, Block::File { .. })).collect();
        let (example, mended) = (files(page.example()), files(page.mend()));
        vec![plain(page.arabic()), named("مثال", blocks(example)), named("بعد الإصلاح", blocks(mended))]
    } else {
        vec![
            plain(page.what()),
            named("Why it hurts", plain(page.why())),
            named("Example", blocks(page.example())),
            named("Mend", blocks(page.mend())),
        ]
    };
    format!("{heading}\n\n{}", sections.join("\n\n"))
}

/// Words as they are, files set in.
fn blocks(blocks: Vec<Block>) -> String {
    let one = |block: Block| match block {
        Block::Words(words) => plain(words),
        Block::File { path, text } => {
            let name = path.map(|path| format!("{path}:\n")).unwrap_or_default();
            name + &text.lines().map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n")
        }
    };
    blocks.into_iter().map(one).collect::<Vec<_>>().join("\n\n")
}

/// Markdown as a terminal shows it: of a link, what it says.
fn plain(markdown: &str) -> String {
    let mut text = String::new();
    let mut rest = markdown;
    while let Some((before, link)) = rest.split_once('[') {
        text.push_str(before);
        match link.split_once("](").and_then(|(said, after)| Some((said, after.split_once(')')?.1))) {
            Some((said, after)) if !said.contains('\n') => {
                text.push_str(said);
                rest = after;
            }
            _ => {
                text.push('[');
                rest = link;
            }
        }
    }
    text + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::Format;

    fn screen(language: Language) -> Screen {
        Screen { format: Format::Text, color: false, width: None, language }
    }

    #[test]
    fn a_page_is_found_however_its_code_is_written() {
        for written in ["W010", "w010", "10", "010", " W10"] {
            assert_eq!(find(written).unwrap(), Code::UnknownState, "{written}");
        }
        assert!(find("queue").unwrap_err().help.unwrap().contains("did you mean `W016` (A queue"));
        assert!(find("W038x").unwrap_err().help.unwrap().contains("did you mean `W0"));
        for written in ["W999", "", "state", "W01O"] {
            let failure = find(written).unwrap_err();
            assert_eq!(failure.exit, Exit::NotFound, "{written}");
            assert!(failure.help.unwrap().contains("--explain` lists"), "{written}");
        }
    }

    #[test]
    fn a_page_reads_in_both_languages_without_markdown() {
        let english = run("W010", screen(Language::En)).unwrap();
        assert!(english.text.starts_with("W010 · A transition leads to a state that does not exist\n\n"));
        assert!(english.text.contains("\nWhy it hurts\n"), "{}", english.text);
        assert!(english.text.contains("\n    states:\n"), "{}", english.text);
        let arabic = run("W010", screen(Language::Ar)).unwrap();
        assert!(arabic.text.contains(Code::UnknownState.page().title_ar()), "{}", arabic.text);
        for code in Code::ALL {
            for language in [Language::En, Language::Ar] {
                let text = run(code.as_str(), screen(language)).unwrap().text;
                assert!(!text.contains("](") && !text.contains("```"), "{text}");
            }
        }
    }

    #[test]
    fn without_a_code_all_are_listed_and_programs_get_everything() {
        let all = run("", screen(Language::En)).unwrap();
        assert_eq!(all.text.lines().count(), Code::ALL.len());
        assert_eq!(all.json.as_array().unwrap().len(), Code::ALL.len());
        let page = run("W012", screen(Language::En)).unwrap().json;
        assert_eq!(page["page"], "docs/findings/W012.md");
        assert!(page["mend"].as_array().unwrap().iter().any(|block| block["text"].is_string()), "{page}");
    }
}
