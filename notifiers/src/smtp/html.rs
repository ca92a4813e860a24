//! The text of an e-mail as HTML: the same words, in their direction, readable in every mail program.
//!
//! Nothing is loaded from elsewhere and no style sheet is needed: mail programs drop them. The direction stands on
//! the block that holds the text, because Outlook ignores it on the page.

/// The text as a page: an empty line parts paragraphs, a line break stays one, addresses become links.
pub(super) fn html(title: &str, text: &str, foot: &str, language: &str) -> String {
    let (direction, side) = if is_right_to_left(language) { ("rtl", "right") } else { ("ltr", "left") };
    let title = escape(title);
    let (body, foot) = (paragraphs(text, ""), paragraphs(foot, " style=\"font-size:13px;color:#555555\""));
    let rule = if foot.is_empty() { "" } else { "<hr style=\"border:0;border-top:1px solid #cccccc\">\n" };
    format!(
        "<!DOCTYPE html>\n<html lang=\"{language}\" dir=\"{direction}\">\n\
         <head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title></head>\n\
         <body style=\"margin:0;padding:16px\">\n\
         <div lang=\"{language}\" dir=\"{direction}\" style=\"max-width:600px;font-family:Tahoma,Arial,sans-serif;\
         font-size:16px;line-height:1.6;text-align:{side}\">\n{body}{rule}{foot}</div>\n</body>\n</html>\n"
    )
}

fn paragraphs(text: &str, style: &str) -> String {
    let text = text.replace("\r\n", "\n");
    let parts = text.split("\n\n").map(|part| part.trim_matches('\n')).filter(|part| !part.trim().is_empty());
    let lines = |part: &str| part.split('\n').map(linked).collect::<Vec<_>>().join("<br>\n");
    let paragraphs: Vec<String> = parts.map(|part| format!("<p{style}>{}</p>\n", lines(part))).collect();
    paragraphs.concat()
}

/// A line, escaped, with its web addresses as links.
fn linked(line: &str) -> String {
    let mut html = String::new();
    for word in line.split_inclusive(char::is_whitespace) {
        let bare = word.trim_end();
        let address = bare.trim_end_matches(|sign: char| ".,;:!?)]}»\"'،؛؟".contains(sign));
        if address.starts_with("https://") || address.starts_with("http://") {
            let shown = escape(address);
            html.extend(["<a dir=\"ltr\" href=\"", &shown, "\">", &shown, "</a>"]);
            html.push_str(&escape(word.get(address.len()..).unwrap_or_default()));
        } else {
            html.push_str(&escape(word));
        }
    }
    html
}

/// Whether a language is written from right to left, by its script or its usual one.
pub(super) fn is_right_to_left(language: &str) -> bool {
    let mut subtags = language.split('-');
    let primary = subtags.next().unwrap_or_default().to_ascii_lowercase();
    match subtags.find(|subtag| subtag.len() == 4) {
        Some(script) => matches!(script.to_ascii_lowercase().as_str(), "arab" | "hebr" | "syrc" | "thaa" | "nkoo"),
        None => matches!(primary.as_str(), "ar" | "fa" | "ur" | "he" | "ps" | "sd" | "ug" | "ckb" | "dv" | "yi"),
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_has_the_direction_of_its_language_and_escapes_the_text() {
        let page = html("a<b", "one & <two>\nthree\n\n\n\"four\"", "", "ar");
        assert!(page.contains("<html lang=\"ar\" dir=\"rtl\">") && page.contains("text-align:right"), "{page}");
        assert!(page.contains("<div lang=\"ar\" dir=\"rtl\""), "Outlook reads it here: {page}");
        assert!(page.contains("<title>a&lt;b</title>"), "{page}");
        assert!(page.contains("<p>one &amp; &lt;two&gt;<br>\nthree</p>\n<p>&quot;four&quot;</p>\n</div>"), "{page}");
        for (language, right_to_left) in [
            ("ar-BH", true),
            ("fa", true),
            ("ur", true),
            ("en", false),
            ("ar-Latn", false),
            ("az-Arab", true),
            ("", false),
        ] {
            assert_eq!(is_right_to_left(language), right_to_left, "{language}");
        }
    }

    #[test]
    fn addresses_become_links_and_nothing_else_does() {
        let page = html("", "على https://wasl.example.bh/a?b=1&c='x'، أو javascript:alert(1)", "", "ar");
        let link = "<a dir=\"ltr\" href=\"https://wasl.example.bh/a?b=1&amp;c=&#39;x\">https://wasl.example.bh/a?b=1&amp;c=&#39;x</a>&#39;،";
        assert!(page.contains(link), "{page}");
        assert_eq!(page.matches("<a ").count(), 1, "{page}");
        assert!(!page.contains("<img") && !page.contains("<link") && !page.contains("<script"), "{page}");
    }

    #[test]
    fn the_foot_stands_apart() {
        let page = html("", "text", "Subscriber Services", "en");
        assert!(page.contains("<p>text</p>\n<hr"), "{page}");
        assert!(page.contains("Subscriber Services</p>\n</div>"), "{page}");
        assert!(!html("", "text", "", "en").contains("<hr"));
    }
}
