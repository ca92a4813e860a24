//! The questions, their defaults and checks; answers come from flags, a file, or whoever is asked.

use std::collections::BTreeMap;
use std::io::{BufRead as _, Write as _};
use std::path::Path;

use wasl_core::decode::{Decoder, is_name};
use wasl_core::definition::{Environment, fragment};
use wasl_core::diagnostic::{Code, Report, did_you_mean};
use wasl_core::yaml;

use crate::failure::{Exit, Failure};
use crate::output::Screen;
use crate::settings::Settings;

/// What the answers may refer to.
pub(super) struct Around<'a> {
    pub(super) settings: &'a Settings,
    pub(super) environment: &'a Environment,
}

/// One question.
struct Question {
    key: &'static str,
    en: &'static str,
    ar: &'static str,
}

/// The questions, in their order: the default of one may come from those before it.
const QUESTIONS: [Question; 11] = [
    Question {
        key: "name",
        en: "Name of the workflow (small letters, digits, -)",
        ar: "اسم المسار (حروف لاتينية صغيرة وأرقام و-)",
    },
    Question {
        key: "template",
        en: "Begin with: call-first, message-first or minimal",
        ar: "بماذا نبدأ: call-first أو message-first أو minimal",
    },
    Question {
        key: "title_en", en: "What people call it, in English", ar: "ما يسميه الناس به بالإنجليزية"
    },
    Question {
        key: "title_ar", en: "What people call it, in Arabic", ar: "ما يسميه الناس به بالعربية"
    },
    Question {
        key: "key",
        en: "Fields that make it one case, with commas",
        ar: "الحقول التي تميز الحالة، بينها فواصل",
    },
    Question {
        key: "who", en: "Whom do we call: family or person", ar: "بمن نتصل: family (أسرة) أو person (شخص)"
    },
    Question {
        key: "queue", en: "Whose work are the calls (a queue)", ar: "على من عمل المكالمات (قائمة عمل)"
    },
    Question {
        key: "sender_en", en: "Who speaks, as people know it, in English", ar: "باسم من نتكلم، بالإنجليزية"
    },
    Question {
        key: "sender_ar", en: "Who speaks, as people know it, in Arabic", ar: "باسم من نتكلم، بالعربية"
    },
    Question {
        key: "channel", en: "How do we write: sms, email or none", ar: "كيف نكتب إليهم: sms أو email أو none"
    },
    Question { key: "days", en: "Days that we wait for an answer", ar: "كم يوما ننتظر الجواب" },
];

/// What was answered.
#[derive(Debug, Default)]
pub(super) struct Answers(BTreeMap<&'static str, String>);

impl Answers {
    /// The answer to a question; empty if it was not asked.
    pub(super) fn get(&self, key: &str) -> &str {
        self.0.get(key).map_or("", String::as_str)
    }

    /// Answers a question.
    pub(super) fn give(&mut self, key: &'static str, answer: &str) {
        self.0.insert(key, answer.trim().to_owned());
    }

    /// Takes the answers of a file.
    pub(super) fn read(&mut self, path: &Path) -> Result<(), Failure> {
        let file = path.display().to_string();
        let source = std::fs::read_to_string(path)
            .map_err(|error| Failure::new(Exit::NotFound, format!("cannot read `{file}`: {error}")))?;
        let refuse = |findings| {
            let report = Report { findings, sources: [(file.clone(), source.clone())].into() };
            Failure::findings(Exit::Refused, "these answers cannot be used", report)
        };
        let root = yaml::parse(&file, &source).map_err(|finding| refuse(vec![*finding]))?;
        let mut decoder = Decoder::new(&file, &source);
        for (key, value) in decoder.entries(&root, "the answers") {
            let Some(question) = QUESTIONS.iter().find(|question| question.key == key.text) else {
                let help = did_you_mean(&key.text, QUESTIONS.iter().map(|question| question.key));
                decoder.error_with(Code::UnknownKey, key.span, format!("nobody asks for `{}`", key.text), help);
                continue;
            };
            if let Some(answer) = decoder.text(value, "the answer") {
                self.give(question.key, &answer);
            }
        }
        if decoder.findings.is_empty() { Ok(()) } else { Err(refuse(decoder.findings)) }
    }

    /// Checks what was answered, and asks for the rest or takes its default.
    pub(super) fn complete(&mut self, around: &Around<'_>, screen: Screen, ask: bool) -> Result<(), Failure> {
        for question in &QUESTIONS {
            let default = self.default(question.key, around);
            let answer = match self.0.get(question.key) {
                Some(given) => check(question.key, given, self, around).map_err(|wrong| unfit(question, &wrong))?,
                None if ask => self.asked(question, default.as_deref(), around, screen)?,
                None => default.ok_or_else(|| unfit(question, "it has no default"))?,
            };
            self.give(question.key, &answer);
        }
        Ok(())
    }

    fn asked(
        &self,
        question: &Question,
        default: Option<&str>,
        around: &Around<'_>,
        screen: Screen,
    ) -> Result<String, Failure> {
        let shown = default.map(|default| format!(" [{default}]")).unwrap_or_default();
        loop {
            let line = ask(&format!("{}{shown}: ", screen.pick(question.en, question.ar)))?;
            let answer = if line.trim().is_empty() { default.unwrap_or_default() } else { line.trim() };
            match check(question.key, answer, self, around) {
                Ok(answer) => return Ok(answer),
                Err(wrong) => say(&format!("  {wrong}\n"))?,
            }
        }
    }

    fn default(&self, key: &str, around: &Around<'_>) -> Option<String> {
        let title = |language: &str| {
            let queue = around.environment.queues.get(self.get("queue"))?;
            queue.0.get(language).cloned()
        };
        match key {
            "template" => Some("call-first".into()),
            "title_en" => Some(sentence(self.get("name"))),
            "key" => Some("cpr".into()),
            "who" => Some("family".into()),
            "queue" => around.environment.queues.keys().next().cloned(),
            "sender_en" => title("en"),
            "sender_ar" => title("ar"),
            "channel" => Some(if self.get("template") == "minimal" { "none" } else { "sms" }.into()),
            "days" => Some("21".into()),
            _ => None,
        }
    }
}

/// `identity-card` → `Identity card`.
fn sentence(name: &str) -> String {
    let mut letters = name.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}", letters.as_str().replace('-', " "))
}

/// The answer as it is used, or why it cannot be.
fn check(key: &str, answer: &str, given: &Answers, around: &Around<'_>) -> Result<String, String> {
    let one_of = |words: &[&str]| {
        let help = || did_you_mean(answer, words.iter().copied()).unwrap_or_default();
        if words.contains(&answer) {
            Ok(answer.to_owned())
        } else {
            Err(format!("`{answer}` is none of them; {}", help()))
        }
    };
    match key {
        "name" => name(answer, &around.settings.workflows),
        "template" => one_of(&["call-first", "message-first", "minimal"]),
        "who" => one_of(&["family", "person"]),
        "channel" if given.get("template") == "message-first" => one_of(&["sms", "email"]),
        "channel" => one_of(&["sms", "email", "none"]),
        "queue" => one_of(&around.environment.queues.keys().map(String::as_str).collect::<Vec<_>>()),
        "key" => fields(answer),
        "days" => match answer.parse::<u32>() {
            Ok(days @ 1..=365) => Ok(days.to_string()),
            _ => Err(format!("`{answer}` is not a number of days from 1 to 365")),
        },
        _ if answer.is_empty() => Err("this cannot be empty".into()),
        _ if answer.contains(['{', '}', '@', '\n']) => Err("write it without `{`, `}` and `@`".into()),
        _ => Ok(answer.to_owned()),
    }
}

fn name(answer: &str, workflows: &Path) -> Result<String, String> {
    let fits = |sign: char| sign.is_ascii_lowercase() || sign.is_ascii_digit() || sign == '-';
    if !answer.chars().all(fits) || !answer.starts_with(|first: char| first.is_ascii_lowercase()) {
        return Err(format!("`{answer}` is not a name: write small letters, digits and `-`, as in `identity-card`"));
    }
    let file = workflows.join(format!("{answer}.yaml"));
    if answer == fragment::FOLDER || file.exists() || workflows.join(answer).exists() {
        return Err(format!("`{}` is there already; nothing is overwritten", file.display()));
    }
    Ok(answer.to_owned())
}

fn fields(answer: &str) -> Result<String, String> {
    let names: Vec<&str> = answer.split([',', ' ']).filter(|name| !name.is_empty()).collect();
    match names.iter().find(|name| !is_name(name)) {
        Some(name) => Err(format!("`{name}` cannot name a field: use letters, digits and `_`")),
        None if names.is_empty() => Err("name at least one field".into()),
        None => Ok(names.join(", ")),
    }
}

fn unfit(question: &Question, wrong: &str) -> Failure {
    let flag = if question.key == "name" { "NAME".to_owned() } else { format!("--{}", question.key.replace('_', "-")) };
    Failure::new(Exit::Refused, format!("{flag}: {wrong}")).help("see `wasl new --help`; without `--yes` it asks")
}

/// Questions go to standard error, so that the answer of the command can be piped.
fn say(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stderr().lock();
    out.write_all(text.as_bytes())
        .and_then(|()| out.flush())
        .map_err(|error| Failure::new(Exit::Refused, format!("cannot ask: {error}")))
}

fn ask(question: &str) -> Result<String, Failure> {
    say(question)?;
    let mut line = String::new();
    let read = std::io::stdin().lock().read_line(&mut line);
    match read {
        Ok(0) => Err(Failure::new(Exit::Refused, "the answers ended before the questions; nothing is written")
            .help("use `--yes` for the defaults, or `--answers FILE`")),
        Ok(_) => Ok(line),
        Err(error) => Err(Failure::new(Exit::Refused, format!("cannot read the answer: {error}"))),
    }
}
