//! What a person may do to a case itself, by the names that pages, the API and the command line give it.

use schemars::JsonSchema;
use serde::Deserialize;
use wasl_core::event::Body;
use wasl_core::schema::legible;

use crate::failure::{Exit, Failure};
use crate::output::thousands;
use crate::settings::Language;

/// Why a case whose row cannot be read refuses every act.
pub(crate) const UNREADABLE: (&str, &str) =
    ("this case cannot be read: its row has to be mended first", "تعذرت قراءة هذه الحالة: يجب إصلاح سجلها أولا");

/// Letters of the longest reason: it stands in a line of the history.
const REASON_LETTERS_MAX: usize = 1_000;
/// Letters of the longest outcome: it is a word by which reports count.
const OUTCOME_LETTERS_MAX: usize = 40;

/// An act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Act {
    /// Stop it until it is resumed.
    Hold,
    /// Let a held one go on.
    Resume,
    /// Try again what led to an incident.
    Retry,
    /// Give up what led to an incident, and go on.
    Skip,
    /// Take it to a state by hand.
    Move,
    /// End it by hand.
    Close,
}

/// What somebody says with an act.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Said {
    /// Why.
    pub(crate) reason: String,
    /// Where to, for a move.
    pub(crate) state: String,
    /// How it ended, for a close.
    pub(crate) outcome: String,
}

/// Something without which an act cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asks {
    /// Why; it stays in the history.
    Reason,
    /// A state.
    State,
    /// How it ended, in one word.
    Outcome,
    /// A reason that can be read in a line.
    ShorterReason,
    /// An outcome that is one word.
    OneWord,
}

impl Asks {
    /// In words for people.
    pub(crate) fn words(self, language: Language) -> String {
        let (en, ar) = match self {
            Self::Reason => ("Say why; it stays in the history.", "اذكر السبب؛ فهو يبقى في السجل."),
            Self::State => ("Choose the state to which it goes.", "اختر المرحلة التي تُنقل إليها."),
            Self::Outcome => ("Say in one word how it ended.", "اذكر بكلمة واحدة كيف انتهت."),
            Self::ShorterReason => {
                let most = thousands(REASON_LETTERS_MAX as u64);
                return match language {
                    Language::En => format!("Say why in at most {most} letters."),
                    Language::Ar => format!("اذكر السبب في {most} حرف على الأكثر."),
                };
            }
            Self::OneWord => (
                "How it ended has to be one word, such as `duplicate`: reports count by it.",
                "ما انتهت إليه كلمة واحدة، مثل `duplicate`؛ فبها تعد التقارير.",
            ),
        };
        if language == Language::Ar { ar } else { en }.to_owned()
    }
}

impl From<Asks> for Failure {
    fn from(lacking: Asks) -> Self {
        Self::new(
            Exit::Usage,
            match lacking {
                Asks::Reason => "this needs a reason: it stays in the history".to_owned(),
                Asks::State => "this needs a state".to_owned(),
                Asks::Outcome => "this needs an outcome: one word for how it ended".to_owned(),
                Asks::ShorterReason => format!("the reason has more than {REASON_LETTERS_MAX} letters"),
                Asks::OneWord => "the outcome has to be one word, such as `duplicate`: reports count by it".to_owned(),
            },
        )
    }
}

/// A reason as it is kept.
///
/// # Errors
/// It says nothing, or too much for a line of the history.
pub(crate) fn reason(given: &str) -> Result<String, Asks> {
    let reason = legible(given);
    match reason.chars().count() {
        0 => Err(Asks::Reason),
        letters if letters > REASON_LETTERS_MAX => Err(Asks::ShorterReason),
        _ => Ok(reason),
    }
}

fn is_word(outcome: &str) -> bool {
    outcome.chars().count() <= OUTCOME_LETTERS_MAX
        && !outcome.contains(|letter: char| letter.is_whitespace() || letter.is_control())
}

impl Act {
    /// All of them, in the order in which they are offered.
    pub(crate) const ALL: [Self; 6] = [Self::Hold, Self::Resume, Self::Retry, Self::Skip, Self::Move, Self::Close];

    /// Its name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Hold => "hold",
            Self::Resume => "resume",
            Self::Retry => "retry",
            Self::Skip => "skip",
            Self::Move => "move",
            Self::Close => "close",
        }
    }

    /// The act of a name.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|act| act.name() == name)
    }

    /// What it cannot be without.
    pub(crate) const fn asks(self) -> &'static [Asks] {
        match self {
            Self::Hold | Self::Skip => &[Asks::Reason],
            Self::Resume | Self::Retry => &[],
            Self::Move => &[Asks::State, Asks::Reason],
            Self::Close => &[Asks::Outcome, Asks::Reason],
        }
    }

    /// The event that it is.
    ///
    /// # Errors
    /// What it lacks.
    pub(crate) fn body(self, said: &Said) -> Result<Body, Asks> {
        let Said { reason, state, outcome } = said.trimmed();
        let lacking = self.asks().iter().find_map(|asks| match asks {
            Asks::Reason => self::reason(&reason).err(),
            Asks::Outcome if !outcome.is_empty() && !is_word(&outcome) => Some(Asks::OneWord),
            Asks::Outcome => outcome.is_empty().then_some(Asks::Outcome),
            asks => state.is_empty().then_some(*asks),
        });
        match (lacking, self) {
            (Some(asks), _) => Err(asks),
            (None, Self::Hold) => Ok(Body::Hold { reason }),
            (None, Self::Resume) => Ok(Body::Resume),
            (None, Self::Retry) => Ok(Body::Retry),
            (None, Self::Skip) => Ok(Body::Skip { reason }),
            (None, Self::Move) => Ok(Body::Move { state, reason }),
            (None, Self::Close) => Ok(Body::Close { outcome, reason }),
        }
    }

    /// The event that it would be, for asking what it leads to before anybody has said why.
    pub(crate) fn asked(self, said: &Said) -> Result<Body, Asks> {
        let or = |given: String| if given.is_empty() { "…".to_owned() } else { given };
        let Said { reason, state, outcome } = said.trimmed();
        self.body(&Said { reason: or(reason), state, outcome: or(outcome) })
    }
}

impl Said {
    fn trimmed(&self) -> Self {
        Self { reason: legible(&self.reason), state: legible(&self.state), outcome: legible(&self.outcome) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_kept_without_what_nobody_can_see() {
        assert_eq!(reason(" the bank\u{202e} is\0 shut\u{1b}\n"), Ok("the bank is shut".to_owned()));
        assert_eq!(reason("\u{2066}\0 \u{2069}"), Err(Asks::Reason), "an empty one is none");
        assert_eq!(reason(&"x".repeat(REASON_LETTERS_MAX + 1)), Err(Asks::ShorterReason));
        assert_eq!(Asks::ShorterReason.words(Language::En), "Say why in at most 1,000 letters.");
    }

    #[test]
    fn an_act_without_what_it_asks_for_is_none() {
        let said = |reason: &str, state: &str, outcome: &str| Said {
            reason: reason.into(),
            state: state.into(),
            outcome: outcome.into(),
        };
        for act in Act::ALL {
            assert_eq!(Act::parse(act.name()), Some(act));
            assert!(act.body(&said(" so ", "escalation", "error")).is_ok(), "{act:?}");
            assert_eq!(act.body(&Said::default()).is_ok(), act.asks().is_empty(), "{act:?}");
        }
        assert_eq!(Act::Move.body(&said("so", " ", "")), Err(Asks::State));
        assert_eq!(Act::Close.body(&said(" ", "", "error")), Err(Asks::Reason));
        assert_eq!(Act::Close.body(&said("so", "", " ")), Err(Asks::Outcome));
        assert_eq!(Act::Close.body(&said("so", "", "two words")), Err(Asks::OneWord));
        assert_eq!(Act::Hold.body(&said(&"x".repeat(1_001), "", "")), Err(Asks::ShorterReason));
        assert_eq!(Act::Hold.body(&said(" so ", "", "")), Ok(Body::Hold { reason: "so".into() }));
        assert_eq!(
            Act::Move.asked(&said("", "first_call", "")),
            Ok(Body::Move { state: "first_call".into(), reason: "…".into() })
        );
    }
}
