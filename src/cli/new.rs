//! `new`: a workflow to begin with, made from a template and a few answers.

mod answers;
mod place;
mod template;

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;
use wasl_core::definition::{Bundle, Workflow};

use crate::failure::{Exit, Failure};
use crate::output::{Answer, Screen};
use crate::settings::{Settings, surroundings};
use answers::{Answers, Around};

/// `new`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  wasl new                                         asks what it needs, with defaults to accept by Enter
  wasl new identity-card --template message-first  asks for the rest
  wasl new identity-card --title-ar 'تجديد بطاقة الهوية' --yes
  wasl new identity-card --answers answers.yaml    answers from a file: `title_ar: …`, `channel: email`, …

Writes workflows/NAME.yaml with its texts and call scripts in both languages and a first scenario; `wasl check` and
`wasl test` are content with them at once. Nothing is ever overwritten, and nothing is written before every question is answered.")]
pub(crate) struct NewArgs {
    /// The workflow's name: small letters, digits and `-`
    #[arg(value_name = "NAME")]
    name: Option<String>,
    /// What it begins with: call-first, message-first or minimal
    #[arg(long, value_name = "TEMPLATE")]
    template: Option<String>,
    /// What people call it, in English
    #[arg(long, value_name = "TEXT")]
    title_en: Option<String>,
    /// What people call it, in Arabic
    #[arg(long, value_name = "TEXT")]
    title_ar: Option<String>,
    /// The fields that make it one case, with commas between them
    #[arg(long, value_name = "FIELDS")]
    key: Option<String>,
    /// Whom we call: family (several contacts, in order) or person
    #[arg(long, value_name = "WHO")]
    who: Option<String>,
    /// Whose work the calls are: a queue of the configuration
    #[arg(long, value_name = "QUEUE")]
    queue: Option<String>,
    /// Who speaks, as people know it, in English
    #[arg(long, value_name = "TEXT")]
    sender_en: Option<String>,
    /// Who speaks, as people know it, in Arabic
    #[arg(long, value_name = "TEXT")]
    sender_ar: Option<String>,
    /// How we write: sms, email or none
    #[arg(long, value_name = "CHANNEL")]
    channel: Option<String>,
    /// Days that we wait for an answer
    #[arg(long, value_name = "NUMBER")]
    days: Option<String>,
    /// Answers from a YAML file, named as these options with `_`; a flag wins
    #[arg(long, value_name = "FILE")]
    answers: Option<PathBuf>,
    /// Ask nothing: take the default of what is not said
    #[arg(long)]
    yes: bool,
}

impl NewArgs {
    fn given(&self) -> Vec<(&'static str, &Option<String>)> {
        vec![
            ("name", &self.name),
            ("template", &self.template),
            ("title_en", &self.title_en),
            ("title_ar", &self.title_ar),
            ("key", &self.key),
            ("who", &self.who),
            ("queue", &self.queue),
            ("sender_en", &self.sender_en),
            ("sender_ar", &self.sender_ar),
            ("channel", &self.channel),
            ("days", &self.days),
        ]
    }
}

/// Makes a workflow.
///
/// # Errors
/// An answer is missing or wrong, the workflow is there already, or it cannot be written.
pub(crate) fn run(args: &NewArgs, settings: &Settings, screen: Screen) -> Result<Answer, Failure> {
    let (environment, _) = surroundings(settings);
    let around = Around { settings, environment: &environment };
    let mut answers = Answers::default();
    if let Some(path) = &args.answers {
        answers.read(path)?;
    }
    for (key, value) in args.given() {
        if let Some(value) = value {
            answers.give(key, value);
        }
    }
    answers.complete(&around, screen, !args.yes && args.answers.is_none())?;
    let bundle = template::bundle(&answers, &around);
    let (_, report) = Workflow::load(&bundle, &environment);
    if report.has_errors() {
        let message = "the workflow that these answers make has mistakes, so nothing is written";
        return Err(Failure::findings(Exit::Refused, message, report));
    }
    place::write(&settings.workflows, &bundle)?;
    Ok(told(&bundle, &settings.workflows, screen))
}

/// What was written, and what to do next.
fn told(bundle: &Bundle, folder: &Path, screen: Screen) -> Answer {
    let files: Vec<String> = bundle.files.keys().map(|path| folder.join(path).display().to_string()).collect();
    let name = &bundle.name;
    let next = screen.pick(
        "Next:
  read the YAML aloud, and the texts and scripts beside it; change what does not fit
  wasl check           is it right?
  wasl test            does the first story end as it says?
  wasl serve           takes it over; then open a case: wasl case open",
        "الخطوات التالية:
  اقرأ ملف المسار ونصوصه وأدلة المكالمات بصوت مسموع، وغيّر ما لا يناسب
  wasl check           للتحقق من صحته
  wasl test            لتجربة القصة الأولى
  wasl serve           لتشغيله؛ ثم تُفتح الحالات بالأمر: wasl case open",
    );
    let written = screen.pick("Written:", "كُتبت الملفات:");
    let text = format!("{written}\n  {}\n\n{next} {name} --data …", files.join("\n  "));
    Answer::new(text, json!({"workflow": name, "files": files}))
}
