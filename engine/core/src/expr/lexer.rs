//! Cuts the source of an expression into tokens, each with its bytes.
//!
//! Slips whose meaning is plain (`=` for `==`, `“…”` for `"…"`) are reported and read as meant, so that the rest of the
//! expression is still checked. What the tokens mean together is left to [`super::parser`].

use super::Span;
use super::error::Findings;

/// A word or sign of the language.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// The size of a whole number; its sign is a token of its own.
    Int(u64),
    Number(f64),
    Text(String),
    /// A name, or a word that is special in its place only (`matches`, `in`, `true`).
    Word(String),
    /// An operator or bracket, as it is written.
    Sign(&'static str),
    End,
}

/// A token and where it stands.
pub(super) type Spanned = (Token, Span);

/// Operators and brackets as they are written, longest first, and what each means; where the two differ it is a slip.
const SIGNS: [(&str, &str); 31] = [
    ("===", "=="),
    ("!==", "!="),
    ("&&", "&&"),
    ("||", "||"),
    ("??", "??"),
    ("==", "=="),
    ("!=", "!="),
    ("<=", "<="),
    (">=", ">="),
    ("=<", "<="),
    ("=>", ">="),
    ("<>", "!="),
    ("=", "=="),
    ("<", "<"),
    (">", ">"),
    ("!", "!"),
    ("+", "+"),
    ("-", "-"),
    ("*", "*"),
    ("/", "/"),
    ("%", "%"),
    ("?", "?"),
    ("؟", "?"),
    (":", ":"),
    (".", "."),
    (",", ","),
    ("،", ","),
    ("(", "("),
    (")", ")"),
    ("[", "["),
    ("]", "]"),
];

/// Quotation marks that open a text: the straight ones, then what word processors make of them.
const QUOTES: [(char, char); 6] = [('"', '"'), ('\'', '\''), ('“', '”'), ('”', '”'), ('‘', '’'), ('«', '»')];

/// Cuts `source` into tokens; the last is [`Token::End`].
pub(super) fn tokens<'s>(source: &'s str, findings: &mut Findings<'s>) -> Vec<Spanned> {
    let mut lexer = Lexer { source, at: 0, findings };
    let mut tokens = Vec::new();
    loop {
        lexer.skip_while(char::is_whitespace);
        let start = lexer.at;
        let Some(first) = lexer.peek() else {
            tokens.push((Token::End, start..start));
            return tokens;
        };
        if let Some(token) = lexer.token(first) {
            tokens.push((token, start..lexer.at));
        }
    }
}

struct Lexer<'l, 's> {
    source: &'s str,
    at: usize,
    findings: &'l mut Findings<'s>,
}

impl<'s> Lexer<'_, 's> {
    fn rest(&self) -> &'s str {
        self.source.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        Some(next)
    }

    /// Skips and returns the longest run of characters that `holds`.
    fn skip_while(&mut self, holds: impl Fn(char) -> bool) -> &'s str {
        let rest = self.rest();
        let end = rest.find(|c| !holds(c)).unwrap_or(rest.len());
        self.at += end;
        rest.get(..end).unwrap_or_default()
    }

    /// The token that begins with `first`; none where no token begins (reported).
    fn token(&mut self, first: char) -> Option<Token> {
        if first.is_ascii_digit() {
            return self.number();
        }
        if let Some(quote) = QUOTES.iter().find(|(open, _)| *open == first) {
            return self.text(*quote, false);
        }
        if starts_word(first) {
            return self.word(first);
        }
        self.sign(first)
    }

    fn word(&mut self, first: char) -> Option<Token> {
        if matches!(first, 'r' | 'R') {
            let after = self.rest().chars().nth(1);
            if let Some(quote) = QUOTES.iter().take(2).find(|(open, _)| Some(*open) == after) {
                self.next();
                return self.text(*quote, true);
            }
        }
        Some(Token::Word(self.skip_while(continues_word).to_owned()))
    }

    fn sign(&mut self, first: char) -> Option<Token> {
        let start = self.at;
        if let Some((written, meant)) = SIGNS.iter().find(|(written, _)| self.rest().starts_with(written)) {
            self.at += written.len();
            if written != meant {
                let message = format!("`{written}` is not an operator here");
                self.findings.add(start..self.at, message, Some(format!("write `{meant}`")));
            }
            return Some(Token::Sign(meant));
        }
        self.next();
        let (message, suggestion) = stray(first);
        self.findings.halt(start..self.at, message, suggestion);
        None
    }

    fn number(&mut self) -> Option<Token> {
        let start = self.at;
        self.skip_while(|c| c.is_ascii_digit());
        let mut whole = true;
        let mut ahead = self.rest().chars();
        if ahead.next() == Some('.') && ahead.next().is_some_and(|c| c.is_ascii_digit()) {
            whole = false;
            self.next();
            self.skip_while(|c| c.is_ascii_digit());
        }
        if let Some(exponent_len) = exponent_len(self.rest()) {
            whole = false;
            self.at += exponent_len;
        }
        let digits = self.source.get(start..self.at).unwrap_or_default();
        let unit = self.skip_while(continues_word);
        if !unit.is_empty() {
            let message = format!("`{digits}{unit}` is neither a number nor a name");
            let suggestion = format!("write the number alone, as in `{digits}`");
            self.findings.halt(start..self.at, message, Some(suggestion));
            return None;
        }
        if whole && let Ok(size) = digits.parse() {
            return Some(Token::Int(size));
        }
        match digits.parse::<f64>() {
            Ok(number) if !whole && number.is_finite() => Some(Token::Number(number)),
            _ => {
                self.findings.halt(start..self.at, format!("`{digits}` is too large a number"), None);
                None
            }
        }
    }

    /// A text between `open` and `close`; `raw` text knows no escapes.
    fn text(&mut self, (open, close): (char, char), raw: bool) -> Option<Token> {
        let start = self.at;
        self.next();
        let mut text = String::new();
        loop {
            let here = self.at;
            match self.next() {
                None | Some('\n') => {
                    let opened = self.source.get(start..start + open.len_utf8()).unwrap_or_default();
                    let message = format!("this text is not closed: {opened} opens it");
                    self.findings.halt(start..here, message, Some(format!("close it with {close}")));
                    return None;
                }
                Some(c) if c == close => break,
                Some('\\') if !raw => text.extend(self.escape(here)),
                Some(c) => text.push(c),
            }
        }
        if !open.is_ascii() {
            let message = format!("{open}…{close} are not the quotation marks of a text");
            self.findings.add(start..self.at, message, Some("write straight ones: \"…\" or '…'".into()));
        }
        Some(Token::Text(text))
    }

    /// What stands for the escape whose backslash is at `start`.
    fn escape(&mut self, start: usize) -> Option<char> {
        let letter = self.next();
        let plain = match letter {
            Some('n') => Some('\n'),
            Some('t') => Some('\t'),
            Some('r') => Some('\r'),
            Some('a') => Some('\u{7}'),
            Some('b') => Some('\u{8}'),
            Some('f') => Some('\u{c}'),
            Some('v') => Some('\u{b}'),
            Some(c @ ('\\' | '\'' | '"' | '`' | '?')) => Some(c),
            Some('x' | 'X') => self.code_point(2),
            Some('u') => self.code_point(4),
            Some('U') => self.code_point(8),
            _ => None,
        };
        if plain.is_none() {
            let escape = self.source.get(start..self.at).unwrap_or_default();
            let suggestion = "write `\\\\` for a backslash; a pattern is easier to read as r\"…\"".into();
            self.findings.add(start..self.at, format!("`{escape}` is not an escape"), Some(suggestion));
        }
        plain
    }

    /// The character with the code of the next `digits` hexadecimal digits.
    fn code_point(&mut self, digits: usize) -> Option<char> {
        let code = self.rest().get(..digits).filter(|code| code.bytes().all(|b| b.is_ascii_hexdigit()))?;
        self.at += digits;
        char::from_u32(u32::from_str_radix(code, 16).ok()?)
    }
}

fn starts_word(c: char) -> bool {
    c == '_' || c.is_alphabetic()
}

fn continues_word(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

/// The length of `e10`, `E-3` at the start of `rest`.
fn exponent_len(rest: &str) -> Option<usize> {
    let digits = rest.strip_prefix(['e', 'E'])?;
    let unsigned = digits.strip_prefix(['+', '-']).unwrap_or(digits);
    let after = unsigned.trim_start_matches(|c: char| c.is_ascii_digit());
    (after.len() < unsigned.len()).then(|| rest.len() - after.len())
}

/// What is wrong with a character that begins nothing.
fn stray(c: char) -> (String, Option<String>) {
    match c {
        '&' => ("`&` is not an operator".into(), Some("write `&&` for \"and\"".into())),
        '|' => ("`|` is not an operator".into(), Some("write `||` for \"or\"".into())),
        '{' | '}' => (format!("`{c}` has no meaning here: there are no record literals"), None),
        '$' | '@' | '#' => {
            (format!("`{c}` has no meaning here"), Some("write names plainly, as in `heir.mobile`".into()))
        }
        c if c.is_numeric() => {
            (format!("`{c}` is not a digit here"), Some("write numbers with the digits 0 to 9".into()))
        }
        c if is_visible(c) => (format!("`{c}` has no meaning here"), None),
        c => (format!("an invisible character, U+{:04X}, stands here", u32::from(c)), Some("remove it".into())),
    }
}

/// Whether a message can show `c` as it is: neither a control character nor one that turns the direction of writing.
fn is_visible(c: char) -> bool {
    !c.is_control()
        && !matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}
