//! The words in which a case refuses something, where several places say them alike. They come in both languages, for
//! whoever asked may read either; why each is refused is decided where it is.

use super::machine::{Fault, Machine};
use crate::case::Standing;
use crate::diagnostic::hint;
use crate::lang::Texts;
use crate::schema::Problem;

/// Between reasons of which each is a sentence.
const BETWEEN: (&str, &str) = ("; ", "؛ ");

impl Machine<'_> {
    /// Refused for how the case stands, in English and Arabic.
    pub(super) fn standing_is(&self, (en, ar): (&str, &str)) -> Fault {
        let stands = match self.case.standing {
            Standing::Open => "مفتوحة",
            Standing::Held { .. } => "موقوفة",
            Standing::Incident(_) => "متعثرة",
            Standing::Ended { .. } => "منتهية",
        };
        Fault::refused(format!("the case is {}; {en}", self.case.standing.as_str()), format!("الحالة {stands}؛ {ar}"))
    }
}

/// Refused for all of these reasons.
pub(super) fn all_of(reasons: &[Texts]) -> Fault {
    Fault::Refused(Texts::joined(reasons, BETWEEN))
}

/// Refused for values that do not fit.
pub(super) fn unfit(problems: &[Problem]) -> Fault {
    let words = |problem: &Problem| Texts::each(|language| problem.words(language));
    all_of(&problems.iter().map(words).collect::<Vec<_>>())
}

/// What may have been meant by an unknown name, to put behind a sentence; empty if nothing comes near.
pub(super) fn meant<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Texts {
    let behind = |hint: Texts| Texts::joined(&[Texts::both("", ""), hint], BETWEEN);
    hint(name, known).map_or_else(|| Texts::both("", ""), behind)
}
