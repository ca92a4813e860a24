//! The codes of findings. Each has a page in `docs/findings/`, without which this does not compile.
//!
//! Groups: 00 shape, 10 names, 20 expressions and texts, 30 what the whole means, 40 fragments, 50 scenarios.

use std::fmt;

macro_rules! codes {
    ($($variant:ident = $code:literal, $doc:literal, $advice:literal;)*) => {
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

            /// What to do about it where no more is known of the place.
            pub const fn advice(self) -> &'static str {
                match self { $(Self::$variant => $advice,)* }
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
    Syntax = "W001", "The file is not valid YAML or exceeds a limit.",
        "compare the place with its neighbours: indentation, quotation marks, colons and brackets";
    DuplicateKey = "W002", "A key is written twice in one mapping.",
        "keep one of the two";
    UnknownKey = "W003", "A key that the language does not have.",
        "look the key up in docs/keywords.md, or take it away";
    MissingKey = "W004", "A key that is required here is missing.",
        "add the key; docs/keywords.md says what belongs behind it";
    WrongShape = "W005", "A value of the wrong kind, such as a list where text belongs.",
        "write what belongs here; docs/keywords.md shows the form of each key";
    BadValue = "W006", "A value of the right kind that makes no sense here.",
        "write a value that this key takes; docs/keywords.md lists them";
    UnknownState = "W010", "A transition leads to a state that does not exist.",
        "write the name of a state of this file, or add the state";
    UnknownField = "W011", "A field that the case does not have.",
        "write a field that stands under `case:`, `fields:`, or add it there";
    UnknownTemplate = "W012", "A text that is not beside the workflow.",
        "write the text beside the workflow, in its folder `messages/`, once in each language";
    UnknownScript = "W013", "A call script that is not beside the workflow.",
        "write the script beside the workflow, in its folder `scripts/`, once in each language";
    UnknownCalendar = "W014", "A calendar that is not in the configuration.",
        "write the name of a file in config/calendars, or add one";
    UnknownSource = "W015", "A source that is not in the configuration.",
        "write the name of a source in config/sources.yaml, or add it there";
    UnknownQueue = "W016", "A queue that is not in the configuration.",
        "write the name of a queue in config/wasl.yaml, or add it there";
    UnknownEvent = "W017", "An event or call outcome that cannot happen in this state.",
        "write an event that can come in this state, or one that stands under `events:`";
    BadExpression = "W020", "A guard or expression that is wrong.",
        "mend the condition; `wasl check --explain W020` shows what can be written";
    BadTemplate = "W021", "A text that cannot be rendered.",
        "mend the text; `wasl check --explain W021` shows what it can say";
    MissingTranslation = "W022", "A text that lacks one of the workflow's languages.",
        "write it in each language that stands under `languages:`";
    Wording = "W023", "A text that breaks a rule of tone or costs more than it needs to.",
        "word the text otherwise, or leave it so if you mean it";
    RevealsTooMuch = "W024", "A text that reveals more than may go to those whom it is sent to.",
        "leave the value out, or say `level:` in the head of the text";
    Unreachable = "W030", "A state that no transition leads to.",
        "lead a transition to the state, or take it away";
    NoWayOut = "W031", "A state that a case could stay in for ever.",
        "give the state an `after:`, so that time leads out of it";
    Cycle = "W032", "A cycle of states that turns without waiting.",
        "have one of these states wait: for an event or for a time";
    NeverFires = "W033", "A schedule that never comes.",
        "write a schedule that comes; `wasl tool cron` shows when it does";
    BadDuration = "W034", "A duration that is not one.",
        "write a whole number and a unit: `3 working days`, `24 hours`, `2 weeks`";
    NeverWins = "W035", "A transition that another one always beats.",
        "put the narrower condition first, or take this transition away";
    CapExceeded = "W036", "A cap that the workflow's own states must exceed.",
        "allow more, or have the states ask for less";
    Unused = "W037", "A text, an event or a fragment that nothing uses.",
        "use it, or take it away";
    PromiseBroken = "W038", "A promise that the workflow does not keep in the worst case.",
        "shorten what takes so long or costs so much, or promise less";
    UnknownFragment = "W040", "A fragment that is not in the folder of fragments.",
        "write the name of a file in workflows/fragments, or add one";
    MisfitFragment = "W041", "A fragment that does not fit where it is used.",
        "give the fragment what it asks for, or use it where it fits";
    FragmentsClash = "W042", "Two fragments say the same thing in the same place.",
        "keep one of the two, or say it in the state itself";
    EndlessFragment = "W043", "A fragment that uses itself, or fragments that add up to too much.",
        "take away one of the uses";
    BadScenario = "W050", "A scenario that cannot be played.",
        "mend the scenario; `wasl check --explain W050` shows what it can say";
    ScenarioFails = "W051", "A scenario in which something else happens than it expects.",
        "mend the workflow, or what the scenario expects";
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
