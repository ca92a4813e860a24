//! How wide text is, estimated: the core has no fonts. Estimates are on the generous side, so that
//! what fits here fits on every screen.

/// A font size in pixels, and whether it is bold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Font {
    pub(super) size: f64,
    pub(super) bold: bool,
}

impl Font {
    /// From one line to the next.
    pub(super) fn line_height(self) -> f64 {
        (self.size * 1.35).round()
    }

    /// The width of a line.
    pub(super) fn width(self, text: &str) -> f64 {
        let ems: f64 = text.chars().map(ems).sum();
        ems * self.size * if self.bold { 1.07 } else { 1.0 }
    }

    /// Lines of at most `width`, broken between words. A word that is longer has a line of its own.
    pub(super) fn wrap(self, text: &str, width: f64) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        for word in text.split_whitespace() {
            match lines.last_mut() {
                Some(line) if self.width(line) + self.width(" ") + self.width(word) <= width => {
                    line.push(' ');
                    line.push_str(word);
                }
                _ => lines.push(word.to_owned()),
            }
        }
        lines
    }

    /// The widest of some lines.
    pub(super) fn widest(self, lines: &[String]) -> f64 {
        lines.iter().map(|line| self.width(line)).fold(0.0, f64::max)
    }
}

/// The width of a character in units of the font's size, as common sans-serif fonts have it.
fn ems(sign: char) -> f64 {
    match sign {
        // Vowel marks and direction marks take no place of their own.
        '\u{610}'..='\u{61a}'
        | '\u{64b}'..='\u{65f}'
        | '\u{670}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2066}'..='\u{2069}' => 0.0,
        'i' | 'j' | 'l' | 'I' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' | '،' => 0.30,
        ' ' | 'f' | 't' | 'r' | '(' | ')' | '[' | ']' | '-' | '/' | '`' | 'ا' | 'أ' | 'إ' | 'آ' => 0.36,
        'm' | 'w' | 'M' | 'W' | '@' | '%' | '—' | '…' => 0.92,
        'A'..='Z' => 0.70,
        'ص' | 'ض' | 'س' | 'ش' => 0.88,
        '\u{2e80}'..='\u{ffff}' | '\u{1f000}'.. => 1.05,
        _ => 0.58,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FONT: Font = Font { size: 10.0, bold: false };

    #[test]
    fn text_is_broken_between_words_and_none_is_lost() {
        let text = "after ten working days the case goes to a supervisor";
        let lines = FONT.wrap(text, 90.0);
        assert!(lines.len() > 2 && lines.iter().all(|line| FONT.width(line) <= 90.0), "{lines:?}");
        assert_eq!(lines.join(" "), text);
        assert_eq!(FONT.wrap("supercalifragilistic", 20.0), ["supercalifragilistic"]);
        assert!(FONT.wrap("  ", 20.0).is_empty());
    }

    #[test]
    fn vowel_marks_take_no_place() {
        assert!((FONT.width("كَتَبَ") - FONT.width("كتب")).abs() < 1e-9);
    }
}
