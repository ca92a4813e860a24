//! Why a wish about webhooks is not done, in both languages.

use wasl_core::webhook::Topic;
use wasl_notifiers::UrlProblem;
use wasl_runtime::store::StoreError;

use crate::failure::{Exit, Failure};
use crate::settings::Language;

/// Why something about webhooks was not done.
#[derive(Debug)]
pub(crate) enum NotDone {
    /// There is none of that name.
    NoWebhook(String),
    /// It cannot be a name.
    BadName(String),
    /// There is one of that name.
    Taken(String),
    /// There are as many as there may be.
    TooMany(u64),
    /// It may not be told there.
    BadUrl(UrlProblem),
    /// There is no such topic.
    NoTopic(String),
    /// No workflow of that name is active.
    NoWorkflow(String),
    /// No such workflow has such a field that may go along.
    NoField(String),
    /// There is no such delivery, or it does not wait.
    NoDelivery(i64),
    /// Something of ours does not work.
    Broken(Failure),
}

impl NotDone {
    /// What is wrong. `None` where nobody who asked can do anything about it.
    pub(crate) fn words(&self, language: Language) -> Option<String> {
        let (en, ar) = match self {
            Self::NoWebhook(name) => (format!("there is no webhook `{name}`"), format!("لا يوجد ربط باسم `{name}`")),
            Self::BadName(name) => (
                format!("`{name}` cannot be a name: write small letters, digits, `.`, `-` and `_`"),
                format!("لا يصلح `{name}` اسما: استعمل حروفا لاتينية صغيرة وأرقاما و`.` و`-` و`_`"),
            ),
            Self::Taken(name) => {
                (format!("there is a webhook `{name}` already"), format!("يوجد ربط باسم `{name}` من قبل"))
            }
            Self::TooMany(most) => {
                (format!("there are {most} webhooks, and no more are told"), format!("يوجد {most} ربطا ولا يُبلَّغ أكثر"))
            }
            Self::BadUrl(problem) => return Some(url_words(*problem, language).to_owned()),
            Self::NoTopic(name) => {
                let all = Topic::ALL.map(Topic::name).join(", ");
                (format!("nothing is told of `{name}`; there are {all}"), format!("لا يُبلَّغ عن `{name}`؛ المتاح: {all}"))
            }
            Self::NoWorkflow(name) => {
                (format!("no workflow `{name}` is active"), format!("لا يوجد مسار عمل مفعل باسم `{name}`"))
            }
            Self::NoField(name) => (
                format!("cases have no field `{name}` that may go along: names of single values, not of contacts"),
                format!("لا يوجد في الحالات حقل `{name}` يمكن إرفاقه: القيم المفردة فقط، لا جهات الاتصال"),
            ),
            Self::NoDelivery(id) => (
                format!("there is no notice {id} of which that can be done"),
                format!("لا يوجد إبلاغ رقمه {id} يمكن فيه ذلك"),
            ),
            Self::Broken(_) => return None,
        };
        Some(if language == Language::Ar { ar } else { en })
    }

    fn exit(&self) -> Exit {
        match self {
            Self::NoWebhook(_) | Self::NoDelivery(_) => Exit::NotFound,
            Self::Taken(_) | Self::TooMany(_) => Exit::Refused,
            _ => Exit::Usage,
        }
    }
}

fn url_words(problem: UrlProblem, language: Language) -> &'static str {
    let (en, ar) = match problem {
        UrlProblem::LinkLocal => (
            "that address exists on one link alone, where clouds keep secrets of their machines: nothing is sent there",
            "هذا عنوان على وصلة واحدة فقط، حيث تحفظ السحابات أسرار أجهزتها، فلا يُرسل إليه شيء",
        ),
        UrlProblem::NoAddress => ("that is no web address: write `https://…`", "ليس هذا عنوانا: اكتب `https://…`"),
        UrlProblem::Credentials => (
            "the address carries credentials: leave them out, the signature proves who we are",
            "في العنوان بيانات دخول: احذفها، فالتوقيع يثبت من نحن",
        ),
        UrlProblem::NoTls => (
            "the address must begin with `https://`: what is told would travel in the clear",
            "يجب أن يبدأ العنوان بـ`https://`، وإلا انتقل الإبلاغ مكشوفا",
        ),
        UrlProblem::ThisMachine => (
            "an address of this machine is allowed only with `webhooks: {this_machine: true}` in the configuration",
            "لا يُسمح بعنوان على هذا الجهاز إلا مع `webhooks: {this_machine: true}` في الإعدادات",
        ),
    };
    if language == Language::Ar { ar } else { en }
}

impl From<NotDone> for Failure {
    fn from(not_done: NotDone) -> Self {
        let exit = not_done.exit();
        match (not_done.words(Language::En), not_done) {
            (_, NotDone::Broken(failure)) => failure,
            (words, NotDone::NoWebhook(_)) => {
                Self::new(exit, words.unwrap_or_default()).help("see `wasl webhook list`")
            }
            (words, NotDone::NoDelivery(_)) => {
                Self::new(exit, words.unwrap_or_default()).help("see `wasl webhook show NAME`")
            }
            (words, _) => Self::new(exit, words.unwrap_or_default()),
        }
    }
}

impl From<StoreError> for NotDone {
    fn from(error: StoreError) -> Self {
        Self::Broken(error.into())
    }
}

impl From<Failure> for NotDone {
    fn from(failure: Failure) -> Self {
        Self::Broken(failure)
    }
}
