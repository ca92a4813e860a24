//! How types relate: what can be compared, what fits where, and what two alternatives have in common.

use std::collections::BTreeMap;

use crate::value::{Member, Type};

/// The type in words, for "`x` is …".
pub(super) fn described(ty: &Type) -> String {
    match ty {
        Type::Null => "`null`".into(),
        Type::Bool => "true or false".into(),
        Type::Int => "a whole number".into(),
        Type::Number => "a number".into(),
        Type::Text => "text".into(),
        Type::Choice(words) if words.len() > 6 => "one of several words".into(),
        Type::Choice(words) => format!("one of the words {}", words.join(", ")),
        Type::Phone => "a phone number".into(),
        Type::Email => "an e-mail address".into(),
        Type::Date => "a date".into(),
        Type::Time => "an instant".into(),
        Type::List(of) if **of == Type::contact() => "a list of contacts".into(),
        Type::List(_) => "a list".into(),
        Type::Record(_) if *ty == Type::contact() => "a contact".into(),
        Type::Record(_) => "a record".into(),
    }
}

pub(super) fn is_numeric(ty: &Type) -> bool {
    matches!(ty, Type::Int | Type::Number)
}

/// Whether values of the two types can ever be equal.
pub(super) fn comparable(left: &Type, right: &Type) -> bool {
    match (left, right) {
        (Type::Null, _) | (_, Type::Null) => true,
        (Type::Choice(some), Type::Choice(others)) => some.iter().any(|word| others.contains(word)),
        (Type::List(some), Type::List(others)) => comparable(some, others),
        (left, right) if left.is_text() && right.is_text() => true,
        (left, right) if is_numeric(left) && is_numeric(right) => true,
        (left, right) => left == right,
    }
}

/// Whether every value of type `given` is one of type `expected`.
pub(super) fn fits(given: &Type, expected: &Type) -> bool {
    match (given, expected) {
        (Type::Null, _) | (Type::Int, Type::Number) | (Type::Choice(_) | Type::Phone | Type::Email, Type::Text) => true,
        (Type::Choice(given), Type::Choice(expected)) => given.iter().all(|word| expected.contains(word)),
        (Type::List(given), Type::List(expected)) => fits(given, expected),
        (Type::Record(given), Type::Record(expected)) => members_fit(given, expected),
        (given, expected) => given == expected,
    }
}

fn members_fit(given: &BTreeMap<String, Member>, expected: &BTreeMap<String, Member>) -> bool {
    let all_known = given.keys().all(|name| expected.contains_key(name));
    all_known
        && expected.iter().all(|(name, wanted)| match given.get(name) {
            Some(member) => fits(&member.ty, &wanted.ty) && (wanted.optional || !member.optional),
            None => wanted.optional,
        })
}

/// The narrowest type that values of both types have; none when they have nothing in common.
pub(super) fn join(left: &Type, right: &Type) -> Option<Type> {
    if fits(left, right) {
        return Some(right.clone());
    }
    if fits(right, left) {
        return Some(left.clone());
    }
    match (left, right) {
        (Type::Choice(some), Type::Choice(others)) => Some(Type::Choice(union(some, others))),
        (Type::List(some), Type::List(others)) => join(some, others).map(|of| Type::List(Box::new(of))),
        (left, right) if left.is_text() && right.is_text() => Some(Type::Text),
        _ => None,
    }
}

/// All words of both, each once.
pub(super) fn union(some: &[String], others: &[String]) -> Vec<String> {
    let mut words = some.to_vec();
    for word in others {
        if !words.contains(word) {
            words.push(word.clone());
        }
    }
    words
}
