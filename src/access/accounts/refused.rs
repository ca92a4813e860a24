//! Why an administrator's wish is not done, in both languages.

use wasl_runtime::store::StoreError;

use super::{FULL_NAME_LETTERS_MAX, KEY_DAYS_MAX};
use crate::failure::{Exit, Failure};
use crate::settings::Language;

/// Why something about accounts was not done.
#[derive(Debug)]
pub(crate) enum NotDone {
    /// There is nobody of that name.
    NoUser { name: String, near: Option<String> },
    /// It cannot be a name.
    BadName(String),
    /// Nobody can be called that.
    BadFullName,
    /// They would be nothing.
    NoRole,
    /// There is somebody of that name.
    Taken(String),
    /// Nobody could let people in afterwards.
    LastAdministrator(String),
    /// They may not come in.
    LockedOut(String),
    /// There is no such session.
    NoSession(i64),
    /// It would open nothing.
    NoScope,
    /// It would open too much.
    ManagesUsers,
    /// It would be valid for too long, or not at all.
    Days,
    /// There is or was a key of that name.
    KeyTaken(String),
    /// There is no key of that name that opens anything.
    NoKey(String),
    /// Something of ours does not work.
    Broken(Failure),
}

impl NotDone {
    /// What is wrong. `None` where nobody who asked can do anything about it.
    pub(crate) fn words(&self, language: Language) -> Option<String> {
        let arabic = language == Language::Ar;
        let pick = |en: String, ar: String| Some(if arabic { ar } else { en });
        match self {
            Self::NoUser { name, .. } => {
                pick(format!("there is no user `{name}`"), format!("لا يوجد مستخدم باسم `{name}`"))
            }
            Self::BadName(name) => pick(
                format!("`{name}` cannot be a name: write small letters, digits, `.`, `-` and `_`"),
                format!("لا يصلح `{name}` اسما: استعمل حروفا لاتينية صغيرة وأرقاما و`.` و`-` و`_`"),
            ),
            Self::BadFullName => pick(
                format!("a full name has between 1 and {FULL_NAME_LETTERS_MAX} letters"),
                format!("الاسم الكامل بين حرف واحد و{FULL_NAME_LETTERS_MAX} حرف"),
            ),
            Self::NoRole => pick("choose at least one role".into(), "اختر دورا واحدا على الأقل".into()),
            Self::Taken(name) => {
                pick(format!("there is a user `{name}` already"), format!("يوجد مستخدم باسم `{name}` من قبل"))
            }
            Self::LastAdministrator(name) => pick(
                format!("`{name}` is the only administrator who can come in; make somebody else one first"),
                format!("`{name}` مدير النظام الوحيد الذي يستطيع الدخول؛ اجعل غيره مديرا أولا"),
            ),
            Self::LockedOut(name) => pick(
                format!("`{name}` is locked out; let them in again first"),
                format!("`{name}` ممنوع من الدخول؛ اسمح له بالدخول أولا"),
            ),
            Self::NoSession(id) => pick(format!("there is no session {id}"), format!("لا توجد جلسة رقمها {id}")),
            Self::NoScope => pick("choose what the key may do".into(), "اختر ما يجوز للمفتاح".into()),
            Self::ManagesUsers => pick("a key never manages users".into(), "لا يدير مفتاح المستخدمين أبدا".into()),
            Self::Days => pick(
                format!("a key is valid for 1 to {KEY_DAYS_MAX} days"),
                format!("يسري المفتاح من يوم واحد إلى {KEY_DAYS_MAX} يوم"),
            ),
            Self::KeyTaken(name) => pick(
                format!("there is or was a key `{name}`; a name stays with its key, so that the trace is clear"),
                format!("يوجد أو وجد مفتاح باسم `{name}`؛ والاسم يبقى لمفتاحه حتى يكون سجل التدقيق واضحا"),
            ),
            Self::NoKey(name) => {
                pick(format!("there is no key `{name}` that opens anything"), format!("لا يوجد مفتاح سار باسم `{name}`"))
            }
            Self::Broken(_) => None,
        }
    }

    /// What to do at the command line.
    fn help(&self) -> Option<String> {
        let help = match self {
            Self::NoUser { near, .. } => near.as_deref().unwrap_or("see `wasl user list`"),
            Self::BadName(_) => "such as `huda.ahmed`",
            Self::Taken(_) => "see `wasl user list`; roles are changed with `wasl user role`",
            Self::LastAdministrator(_) => "make somebody else one: `wasl user role NAME administrator`",
            Self::LockedOut(_) => "`wasl user enable NAME`",
            Self::NoSession(_) => "see `wasl user session`",
            Self::NoScope => "see the scopes in `wasl api-key create --help`",
            Self::KeyTaken(_) | Self::NoKey(_) => "see `wasl api-key list`",
            Self::BadFullName | Self::NoRole | Self::ManagesUsers | Self::Days | Self::Broken(_) => return None,
        };
        Some(help.to_owned())
    }

    fn exit(&self) -> Exit {
        match self {
            Self::NoUser { .. } | Self::NoSession(_) | Self::NoKey(_) => Exit::NotFound,
            Self::Taken(_) | Self::LastAdministrator(_) | Self::LockedOut(_) | Self::KeyTaken(_) => Exit::Refused,
            _ => Exit::Usage,
        }
    }
}

impl From<NotDone> for Failure {
    fn from(not_done: NotDone) -> Self {
        let (exit, help) = (not_done.exit(), not_done.help());
        match (not_done.words(Language::En), not_done) {
            (_, NotDone::Broken(failure)) => failure,
            (words, _) => Self::new(exit, words.unwrap_or_default()).maybe_help(help),
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
