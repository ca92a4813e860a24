//! Texts that only put values between words, as most do: they are put together here, at a tenth of the engine's work.
//!
//! It says what the engine would, or nothing: what asks for more, and values that have no one reading, are the engine's,
//! which also says what is wrong.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::markup::{Region, regions};
use crate::expr::Env;
use crate::value::Value;

/// Words and names of values, in turn.
pub(super) struct Plain(Vec<Piece>);

enum Piece {
    Words(String),
    /// The names that lead to a value.
    Value(Vec<String>),
}

impl Plain {
    /// A part of a template that asks for nothing but values among `variables` (dotted paths).
    pub(super) fn read(source: &str, variables: &BTreeSet<String>) -> Option<Self> {
        let pieces = regions(source).into_iter().map(|(region, range)| match region {
            Region::Text => Some(Piece::Words(source[range].to_owned())),
            Region::Expression => {
                let path = source[range].strip_prefix("{{")?.strip_suffix("}}")?.trim();
                variables.contains(path).then(|| Piece::Value(path.split('.').map(str::to_owned).collect()))
            }
            Region::Tag | Region::Comment => None,
        });
        pieces.collect::<Option<_>>().map(Self)
    }

    /// The words with the values in their places; nothing where one is absent or has no one reading, or where it becomes larger.
    pub(super) fn render(&self, vars: &dyn Env, bytes_max: usize) -> Option<String> {
        let mut text = String::with_capacity(256);
        for piece in &self.0 {
            match piece {
                Piece::Words(words) => text.push_str(words),
                Piece::Value(path) => {
                    let (root, members) = path.split_first()?;
                    let root = vars.get(root)?;
                    write(&mut text, members.iter().fold(&*root, |value, name| value.member(name)))?;
                }
            }
            if text.len() > bytes_max {
                return None;
            }
        }
        Some(text)
    }
}

fn write(text: &mut String, value: &Value) -> Option<()> {
    match value {
        Value::Text(words) => text.push_str(words),
        Value::Int(number) => text.push_str(itoa::Buffer::new().format(*number)),
        Value::Date(day) => write!(text, "{day}").ok()?,
        // A number with a fraction is the engine's to spell, an instant is shown in a zone, and the rest is no text.
        Value::Number(_) | Value::Time(_) | Value::Null | Value::Bool(_) | Value::List(_) | Value::Record(_) => {
            return None;
        }
    }
    Some(())
}
