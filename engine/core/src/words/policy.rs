//! Limits of contact in words.

use super::Words;
use super::number::Noun;
use crate::calendar::Quiet;
use crate::definition::{Cap, CapPer, Limit, Promise, Promised};
use crate::delivery::Channel;

const CALLS: Noun = Noun {
    en: ["call", "calls"], ar: ["مكالمة واحدة", "مكالمتان", "مكالمات", "مكالمة", "مكالمة"]
};
const SMS: Noun = Noun {
    en: ["SMS", "SMS"],
    ar: ["رسالة نصية واحدة", "رسالتان نصيتان", "رسائل نصية", "رسالة نصية", "رسالة نصية"],
};
const EMAILS: Noun = Noun {
    en: ["e-mail", "e-mails"],
    ar: [
        "رسالة بريد إلكتروني واحدة",
        "رسالتا بريد إلكتروني",
        "رسائل بريد إلكتروني",
        "رسالة بريد إلكتروني",
        "رسالة بريد إلكتروني",
    ],
};
const MESSAGES: Noun = Noun {
    en: ["message (SMS or e-mail)", "messages (SMS and e-mail together)"],
    ar: [
        "رسالة واحدة (نصية أو بريدية)",
        "رسالتان (نصية وبريدية معا)",
        "رسائل (نصية وبريدية معا)",
        "رسالة (نصية وبريدية معا)",
        "رسالة (نصية وبريدية معا)",
    ],
};

const CONTACTS: Noun = Noun {
    en: ["contact (call, SMS or e-mail)", "contacts (calls, SMS and e-mail together)"],
    ar: [
        "تواصل واحد (مكالمة أو رسالة)",
        "تواصلان (مكالمات ورسائل معا)",
        "مرات تواصل (مكالمات ورسائل معا)",
        "مرة تواصل (مكالمات ورسائل معا)",
        "مرة تواصل (مكالمات ورسائل معا)",
    ],
};
const CALLS_AND_SMS: Noun = Noun {
    en: ["contact (call or SMS)", "contacts (calls and SMS together)"],
    ar: [
        "تواصل واحد (مكالمة أو رسالة نصية)",
        "تواصلان (مكالمات ورسائل نصية معا)",
        "مرات تواصل (مكالمات ورسائل نصية معا)",
        "مرة تواصل (مكالمات ورسائل نصية معا)",
        "مرة تواصل (مكالمات ورسائل نصية معا)",
    ],
};
const CALLS_AND_EMAILS: Noun = Noun {
    en: ["contact (call or e-mail)", "contacts (calls and e-mail together)"],
    ar: [
        "تواصل واحد (مكالمة أو رسالة بريدية)",
        "تواصلان (مكالمات ورسائل بريدية معا)",
        "مرات تواصل (مكالمات ورسائل بريدية معا)",
        "مرة تواصل (مكالمات ورسائل بريدية معا)",
        "مرة تواصل (مكالمات ورسائل بريدية معا)",
    ],
};
const PARTS: Noun =
    Noun { en: ["SMS part", "SMS parts"], ar: ["جزء واحد", "جزءان", "أجزاء", "جزءا", "جزء"] };

impl Words<'_> {
    /// In how many parts an SMS travels: `2 SMS parts`.
    pub fn sms_parts(&self, parts: u32) -> String {
        PARTS.as_subject(parts.into(), self.language)
    }

    /// `at most 2 calls to one person within 1 day`.
    pub fn cap(&self, cap: &Cap) -> String {
        let count = self.cap_count(cap);
        let to = match cap.per {
            CapPer::Person => self.pick("to one person", "للشخص الواحد"),
            CapPer::Household => self.pick("to one household", "للأسرة الواحدة"),
            CapPer::Case => self.pick("in one case", "في الحالة الواحدة"),
        };
        let within = cap.within.map(|within| within.words_after(self.language));
        let within =
            within.map_or(String::new(), |within| self.pick(format!(" within {within}"), format!(" خلال {within}")));
        self.pick(format!("at most {count} {to}{within}"), format!("{count} {to}{within} على الأكثر"))
    }

    /// `2 calls`.
    pub fn cap_count(&self, cap: &Cap) -> String {
        let noun = match cap.of.iter().collect::<Vec<_>>().as_slice() {
            [Channel::Call] => &CALLS,
            [Channel::Sms] => &SMS,
            [Channel::Email] => &EMAILS,
            [Channel::Sms, Channel::Email] => &MESSAGES,
            [Channel::Call, Channel::Sms] => &CALLS_AND_SMS,
            [Channel::Call, Channel::Email] => &CALLS_AND_EMAILS,
            _ => &CONTACTS,
        };
        noun.as_subject(cap.limit.into(), self.language)
    }

    /// A promise as what it limits and how far: `a case that is left alone ends within`, `95 days`.
    pub fn promise(&self, promise: &Promise) -> (String, String) {
        let what = match promise.of {
            Promised::Duration => {
                self.pick("a case that nobody works on ends within", "الحالة التي لا يتدخل فيها أحد تنتهي خلال")
            }
            Promised::Silence => self.pick(
                "the family never goes without a word from us for longer than",
                "لا تبقى الأسرة من غير خبر منا أكثر من",
            ),
            Promised::Segments => self.pick("in one case at most", "أجزاء الرسائل النصية في الحالة الواحدة على الأكثر"),
            _ => self.pick("in one case at most", "في الحالة الواحدة على الأكثر"),
        };
        let noun = match promise.of {
            Promised::Sms => &SMS,
            Promised::Emails => &EMAILS,
            Promised::Calls => &CALLS,
            Promised::Segments => &PARTS,
            Promised::Messages | Promised::Duration | Promised::Silence => &MESSAGES,
        };
        let most = match promise.limit {
            Limit::Time(time) => time.words_after(self.language),
            Limit::Count(count) => noun.as_subject(count.into(), self.language),
        };
        (what, most)
    }

    /// When a channel is silent: `no SMS between 20:00 and 09:00`.
    pub fn quiet(&self, channel: Channel, quiet: Quiet) -> String {
        let what = match channel {
            Channel::Call => self.pick("no call", "لا مكالمات"),
            Channel::Sms => self.pick("no SMS", "لا رسائل نصية"),
            Channel::Email => self.pick("no e-mail", "لا رسائل بريد إلكتروني"),
        };
        let when = match quiet {
            Quiet::Nothing => return self.pick("no quiet hours", "لا ساعات هدوء"),
            Quiet::OutsideCalendar => self.pick("outside the working hours", "خارج ساعات العمل"),
            Quiet::Hours(hours) => {
                let hours = hours.to_string();
                let (from, to) = hours.split_once('-').unwrap_or((&hours, ""));
                self.pick(format!("between {from} and {to}"), format!("بين {from} و{to}"))
            }
        };
        format!("{what} {when}")
    }
}
