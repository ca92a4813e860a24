//! The codes of findings. Each has a page in `docs/findings/`, without which this does not compile.
//!
//! Groups: 00 shape, 10 names, 20 expressions and texts, 30 what the whole means, 40 fragments, 50 scenarios.

use std::fmt;

macro_rules! codes {
    ($($variant:ident = $code:literal, $doc:literal;)*) => {
        /// The stable code of a kind of finding.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Code { $(#[doc = $doc] $variant,)* }

        impl Code {
            /// Every code, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// `W001` and so on.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// What it stands for, in a sentence.
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $doc,)* }
            }

            /// Its page of the reference, `docs/findings/W0xx.md`, as written.
            pub(super) const fn markdown(self) -> &'static str {
                match self {
                    $(Self::$variant => include_str!(concat!("../../../../docs/findings/", $code, ".md")),)*
                }
            }
        }
    };
}

codes! {
    Syntax = "W001", "The file is not valid YAML or exceeds a limit.";
    DuplicateKey = "W002", "A key is written twice in one mapping.";
    UnknownKey = "W003", "A key that the language does not have.";
    MissingKey = "W004", "A key that is required here is missing.";
    WrongShape = "W005", "A value of the wrong kind, such as a list where text belongs.";
    BadValue = "W006", "A value of the right kind that makes no sense here.";
    UnknownState = "W010", "A transition leads to a state that does not exist.";
    UnknownField = "W011", "A field that the case does not have.";
    UnknownTemplate = "W012", "A text that is not beside the workflow.";
    UnknownScript = "W013", "A call script that is not beside the workflow.";
    UnknownCalendar = "W014", "A calendar that is not in the configuration.";
    UnknownSource = "W015", "A source that is not in the configuration.";
    UnknownQueue = "W016", "A queue that is not in the configuration.";
    UnknownEvent = "W017", "An event or call outcome that cannot happen in this state.";
    BadExpression = "W020", "A guard or expression that is wrong.";
    BadTemplate = "W021", "A text that cannot be rendered.";
    MissingTranslation = "W022", "A text that lacks one of the workflow's languages.";
    Wording = "W023", "A text that breaks a rule of tone or costs more than it needs to.";
    RevealsTooMuch = "W024", "A text that reveals more than may go to those whom it is sent to.";
    Unreachable = "W030", "A state that no transition leads to.";
    NoWayOut = "W031", "A state that a case could stay in for ever.";
    Cycle = "W032", "A cycle of states that turns without waiting.";
    NeverFires = "W033", "A schedule that never comes.";
    BadDuration = "W034", "A duration that is not one.";
    NeverWins = "W035", "A transition that another one always beats.";
    CapExceeded = "W036", "A cap that the workflow's own states must exceed.";
    Unused = "W037", "A text, an event or a fragment that nothing uses.";
    PromiseBroken = "W038", "A promise that the workflow does not keep in the worst case.";
    UnknownFragment = "W040", "A fragment that is not in the folder of fragments.";
    MisfitFragment = "W041", "A fragment that does not fit where it is used.";
    FragmentsClash = "W042", "Two fragments say the same thing in the same place.";
    EndlessFragment = "W043", "A fragment that uses itself, or fragments that add up to too much.";
    BadScenario = "W050", "A scenario that cannot be played.";
    ScenarioFails = "W051", "A scenario in which something else happens than it expects.";
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
