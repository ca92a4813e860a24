//! The rules that stop a contact, and what they say of themselves.

use serde::{Deserialize, Serialize};

use crate::lang::Texts;

/// The rule that stopped a contact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "rule")]
pub enum Rule {
    /// A person, number or address that is known to be a deceased's, in whichever case.
    Deceased,
    /// A person, number or address that must never be used.
    NeverTo,
    /// A cap, as written.
    Cap {
        /// `6 messages per case`.
        cap: String,
        /// What has used it up: `SMS on Sun 12 May 2024 10:00`.
        #[serde(default, skip_serializing_if = "Texts::is_empty")]
        used: Texts,
    },
    /// There is no allowed moment before the message expires.
    NoTimeLeft,
    /// No hour is allowed by our clock and by that of the recipient's country.
    NoCommonHour,
    /// The recipient asked us to stop.
    OptedOut,
    /// The text names the death, a person, an account or a sum, and nobody has confirmed whose address it is.
    Disclosure,
}

impl Rule {
    /// The word used in codes and logs.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Deceased => "deceased",
            Self::NeverTo => "never_to",
            Self::Cap { .. } => "cap",
            Self::NoTimeLeft => "no_time_left",
            Self::NoCommonHour => "no_common_hour",
            Self::OptedOut => "opted_out",
            Self::Disclosure => "disclosure",
        }
    }

    /// The rule in words.
    pub fn words(&self, language: &str) -> String {
        let texts = match self {
            Self::Deceased => Texts::both(
                "this person, number or address is known to be a deceased's",
                "هذا الشخص أو الرقم أو العنوان معروف أنه لمتوفى",
            ),
            Self::NeverTo => Texts::both(
                "this address belongs to someone who must never be contacted",
                "هذا العنوان لمن لا يجوز الاتصال به أبدا",
            ),
            Self::Cap { cap, used } => {
                let by = |language| if used.is_empty() { String::new() } else { format!(": {}", used.get(language)) };
                let (en, ar) = (by("en"), by("ar"));
                Texts::both(format!("the cap `{cap}` is reached{en}"), format!("بلغ الحد `{cap}`{ar}"))
            }
            Self::NoTimeLeft => {
                Texts::both("no allowed moment is left before it expires", "لا يوجد وقت مسموح قبل انتهاء صلاحيتها")
            }
            Self::NoCommonHour => Texts::both(
                "no hour suits both us and the country of the number",
                "لا توجد ساعة مسموح بها عندنا وفي بلد الرقم معا",
            ),
            Self::OptedOut => Texts::both("the recipient asked us to stop", "طلب المستلم إيقاف الرسائل"),
            Self::Disclosure => Texts::both(
                "the text reveals more than may go to an address that nobody has confirmed",
                "في النص ما لا يجوز إرساله إلى عنوان لم يتأكد أحد من صاحبه",
            ),
        };
        texts.get(language).to_owned()
    }
}
