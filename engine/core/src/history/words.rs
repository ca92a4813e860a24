//! History as sentences, in English and Arabic.

use jiff::{SignedDuration, Timestamp};

use super::{Because, Entry, What};
use crate::calendar::{Calendar, moment_words};
use crate::definition::Workflow;
use crate::delivery::Channel;
use crate::duration::Duration;
use crate::effect::Withdrawn;
use crate::event::News;
use crate::message::{Keyword, keyword};
use crate::retention::Stage;
use crate::words::{ending, heard_in_short};

/// Tells a case's history to people.
#[derive(Clone, Copy, Debug)]
pub struct Teller<'a> {
    /// For the titles of states and events.
    pub workflow: &'a Workflow,
    /// For local times.
    pub calendar: &'a Calendar,
    /// `en` or `ar`.
    pub language: &'a str,
}

impl Teller<'_> {
    fn ar(&self) -> bool {
        self.language == "ar"
    }

    fn pick(&self, en: impl Into<String>, ar: impl Into<String>) -> String {
        if self.ar() { ar.into() } else { en.into() }
    }

    /// A local time.
    pub fn moment(&self, at: Timestamp) -> String {
        moment_words(self.calendar.local(at), true, self.language)
    }

    /// A local time, the year only where it is not the present one.
    pub fn moment_near(&self, at: Timestamp, now: Timestamp) -> String {
        let (local, year) = (self.calendar.local(at), self.calendar.local(now).year());
        moment_words(local, local.year() != year, self.language)
    }

    /// A state's title, else its name.
    pub fn state(&self, name: &str) -> String {
        let state = self.workflow.state_named(name).map(|(_, state)| state);
        state.filter(|state| !state.title.is_empty()).map_or(name, |state| state.title.get(self.language)).to_owned()
    }

    /// A queue's title in quotation marks, else its name.
    pub fn queue(&self, name: &str) -> String {
        let title = self.workflow.queues.get(name).filter(|title| !title.is_empty());
        title.map_or_else(|| format!("`{name}`"), |title| self.quote(title.get(self.language)))
    }

    /// What was heard, in the words of the script of the state in which it was; else the outcome's name.
    pub fn outcome(&self, state: &str, outcome: &str) -> String {
        let state = self.workflow.state_named(state).map(|(_, state)| state);
        let here = state.and_then(|state| heard_in_short(self.workflow, self.language, Some(state), outcome));
        let heard = here.or_else(|| heard_in_short(self.workflow, self.language, None, outcome));
        heard.map_or_else(|| outcome.to_owned(), |heard| self.quote(&heard))
    }

    /// Case fields by their titles.
    fn fields(&self, names: &[String]) -> String {
        let title = |name: &String| {
            let field = self.workflow.case.fields.get(name).filter(|field| !field.title.is_empty());
            field.map_or(name.as_str(), |field| field.title.get(self.language)).to_owned()
        };
        names.iter().map(title).collect::<Vec<_>>().join(self.pick(", ", "، ").as_str())
    }

    /// A timer: in English as the file has it, which reads as English.
    fn timer(&self, name: &str) -> String {
        let words = [("after ", "بعد"), ("every ", "كل")].into_iter().find_map(|(prefix, ar)| {
            let time = Duration::parse(name.strip_prefix(prefix)?).ok()?;
            Some(format!("«{ar} {}»", time.words_after("ar")))
        });
        words.filter(|_| self.ar()).unwrap_or_else(|| format!("`{name}`"))
    }

    fn quote(&self, text: &str) -> String {
        self.pick(format!("“{text}”"), format!("«{text}»"))
    }

    fn event(&self, name: &str) -> String {
        let declared = self.workflow.events.get(name).filter(|declared| !declared.title.is_empty());
        declared.map_or_else(|| format!("`{name}`"), |declared| declared.title.get(self.language).to_owned())
    }

    /// The word for a channel.
    pub fn channel(&self, channel: Channel) -> String {
        match channel {
            Channel::Call => self.pick("call", "المكالمة"),
            Channel::Sms => self.pick("SMS", "الرسالة النصية"),
            Channel::Email => self.pick("e-mail", "رسالة البريد الإلكتروني"),
        }
    }

    /// One entry as a sentence.
    pub fn sentence(&self, entry: &Entry) -> String {
        let sentence = match &entry.what {
            What::CallPlanned { .. }
            | What::CallAnswered { .. }
            | What::MessagePlanned { .. }
            | What::MessageNews { .. }
            | What::Replied { .. }
            | What::Suppressed { .. }
            | What::NoContact { .. }
            | What::Unheard { .. }
            | What::Withdrawn { .. }
            | What::NextContact { .. }
            | What::BadAddress { .. }
            | What::SenderBlock { .. }
            | What::Verified => self.contact(&entry.what, &entry.state),
            What::Held { .. }
            | What::DeathWithdrawn { .. }
            | What::DeathConfirmed { .. }
            | What::Resumed
            | What::Closed { .. }
            | What::Incident { .. }
            | What::Retried
            | What::Skipped { .. }
            | What::Erased { .. }
            | What::Kept { .. }
            | What::KeptNoLonger { .. } => self.operation(&entry.what),
            What::MessageHurried { .. }
            | What::MessageCancelled { .. }
            | What::MessageResent { .. }
            | What::MessageResolved { .. } => self.operation_on_message(&entry.what),
            what => self.movement(what),
        };
        match &entry.by {
            Some(by) if by != "engine" => format!("{sentence} ({by})"),
            _ => sentence,
        }
    }

    /// Where the case went, and what came to it.
    fn movement(&self, what: &What) -> String {
        match what {
            What::Opened { detection: Some(name) } => {
                self.pick(format!("case opened by detection `{name}`"), format!("فُتحت الحالة من الرصد `{name}`"))
            }
            What::Opened { detection: None } => self.pick("case opened by hand", "فُتحت الحالة يدويا"),
            What::Entered { state, because, .. } => {
                let (state, because) = (self.state(state), self.because(because));
                self.pick(format!("entered “{state}”: {because}"), format!("انتقلت إلى «{state}»: {because}"))
            }
            What::Ended { outcome } => {
                let outcome = ending(outcome, self.language);
                self.pick(format!("the case ended: {outcome}"), format!("انتهت الحالة: {outcome}"))
            }
            What::TimerFired { name, late_ms, .. } => self.fired(name, *late_ms),
            What::TimerPassed { name } => {
                let name = self.timer(name);
                self.pick(
                    format!("{name} came, but its condition did not hold"),
                    format!("حل موعد {name} ولم يتحقق شرطه"),
                )
            }
            What::TimerOvertaken { name } => {
                let name = self.timer(name);
                self.pick(
                    format!("{name} was due too, but something came before it"),
                    format!("حل موعد {name} أيضا لكن أمرا آخر سبقه"),
                )
            }
            What::Set { fields } => {
                let fields = self.fields(fields);
                self.pick(format!("noted: {fields}"), format!("سُجل: {fields}"))
            }
            What::Updated { fields } => {
                let fields = self.fields(fields);
                self.pick(
                    format!("reported again with other values: {fields}"),
                    format!("ورد السجل ثانية بقيم أخرى: {fields}"),
                )
            }
            What::Reprojected { timer, from, to } => {
                let (timer, from, to) = (self.timer(timer), self.moment(*from), self.moment(*to));
                self.pick(
                    format!("the calendar changed: {timer} moved from {from} to {to}"),
                    format!("تغير التقويم: نُقل موعد {timer} من {from} إلى {to}"),
                )
            }
            other => self.arrival(other),
        }
    }

    /// What became of an event.
    fn arrival(&self, what: &What) -> String {
        match what {
            What::Took { name } => {
                let name = self.event(name);
                self.pick(format!("noted: {name}"), format!("أُخذ العلم: {name}"))
            }
            What::Deferred { name, until } => {
                let (name, until) = (self.event(name), self.moment(*until));
                self.pick(
                    format!("{name} came early and waits, until {until} at the latest"),
                    format!("ورد مبكرا وينتظر: {name}، حتى {until} على الأكثر"),
                )
            }
            What::Recalled { name } => {
                let name = self.event(name);
                self.pick(format!("what had waited is taken up: {name}"), format!("استُؤنف ما كان ينتظر: {name}"))
            }
            What::GivenUp { name } => {
                let name = self.event(name);
                self.pick(format!("{name} waited in vain"), format!("انتظر دون جدوى: {name}"))
            }
            What::NotApplicable { name } => {
                let name = self.event(name);
                self.pick(format!("{name} does not apply here"), format!("لا ينطبق هنا: {name}"))
            }
            What::Late { name } => {
                let name = self.event(name);
                self.pick(format!("{name} came after the end"), format!("ورد بعد الانتهاء: {name}"))
            }
            _ => String::new(),
        }
    }

    fn fired(&self, name: &str, late_ms: i64) -> String {
        let (name, minutes) = (self.timer(name), late_ms / 60_000);
        if minutes == 0 {
            return self.pick(format!("{name} is over"), format!("حل موعد {name}"));
        }
        let late = roughly(minutes).words(self.language);
        self.pick(format!("{name} is over, {late} late"), format!("حل موعد {name} متأخرا {late}"))
    }

    /// Why a state was entered.
    pub fn because(&self, because: &Because) -> String {
        match because {
            Because::Opened => self.pick("the case opened", "فتح الحالة"),
            Because::Decided => self.pick("decided at once", "بقرار فوري"),
            Because::Event { name } => self.event(name),
            Because::LadderUsedUp { outcome } => {
                let outcome = match heard_in_short(self.workflow, self.language, None, outcome) {
                    Some(heard) => self.quote(&heard),
                    None => format!("`{outcome}`"),
                };
                self.pick(format!("{outcome} on every attempt"), format!("{outcome} في كل المحاولات"))
            }
            Because::NoContactLeft => self.pick("no further contact to call", "لم تبق جهة اتصال أخرى"),
            Because::Timer { name } => self.timer(name),
            Because::Reopened { name } => {
                let name = self.event(name);
                self.pick(format!("opened again by {name}"), format!("أُعيد فتحها بسبب {name}"))
            }
            Because::Moved { reason } => {
                self.pick(format!("moved by hand: {reason}"), format!("نقلها موظف بيده: {reason}"))
            }
        }
    }

    /// Calls and messages.
    fn contact(&self, what: &What, state: &str) -> String {
        match what {
            What::CallPlanned { queue, to_name, attempt, not_before, due, .. } => {
                self.call_planned(queue, to_name.as_deref(), *attempt, *not_before, *due)
            }
            What::CallAnswered { outcome, note, .. } => {
                let note = note.as_ref().map_or(String::new(), |note| format!(" — {note}"));
                let outcome = self.outcome(state, outcome);
                self.pick(format!("call: {outcome}{note}"), format!("نتيجة المكالمة: {outcome}{note}"))
            }
            What::MessagePlanned { channel, template, to_name, not_before, .. } => {
                let (channel, at) = (self.channel(*channel), self.moment(*not_before));
                let to = self.to(to_name.as_deref());
                self.pick(
                    format!("{channel} `{template}`{to} planned for {at}"),
                    format!("{channel} `{template}`{to} مقررة في {at}"),
                )
            }
            What::MessageNews { channel, news, code, .. } => {
                let (channel, news) = (self.channel(*channel), self.news(*news));
                let code = code.as_ref().map_or(String::new(), |code| format!(" ({code})"));
                format!("{channel} {news}{code}")
            }
            What::Replied { channel, from_name, text } => self.replied(*channel, from_name.as_deref(), text),
            What::Suppressed { channel, name, rule, .. } => {
                let (channel, rule) = (self.channel(*channel), rule.words(self.language));
                self.pick(format!("{channel} `{name}` stopped: {rule}"), format!("مُنعت {channel} `{name}`: {rule}"))
            }
            What::NoContact { channel, name } => {
                let channel = self.channel(*channel);
                self.pick(
                    format!("nobody can be reached by {channel} for `{name}`"),
                    format!("لا أحد يمكن أن تصل إليه {channel} `{name}`"),
                )
            }
            What::Unheard { name, .. } => self.pick(
                format!("nobody hears `{name}`: it can go by no other way, and the workflow names none"),
                format!("لا يصل `{name}` إلى أحد: لا طريق آخر له، ولا يذكر المسار طريقا"),
            ),
            What::Withdrawn { channel, why, .. } => self.withdrawn(*channel, *why),
            What::NextContact { to_name } => {
                let name = to_name.as_deref().unwrap_or("—");
                self.pick(format!("next contact: {name}"), format!("جهة الاتصال التالية: {name}"))
            }
            What::BadAddress { channel } => {
                let channel = self.channel(*channel);
                self.pick(
                    format!("the address for {channel} is not used again"),
                    format!("لا يُستعمل هذا العنوان بعد الآن: {channel}"),
                )
            }
            What::SenderBlock { .. } => self.pick(
                "no message to this number is ever confirmed, those to others are: our sender may be blocked there",
                "لم يتأكد وصول أي رسالة إلى هذا الرقم مع تأكد وصول غيرها: لعل مرسلنا محظور عنده",
            ),
            What::Verified => self.pick("the person on the phone confirmed who they are", "تأكدنا من هوية من كلمناه"),
            _ => String::new(),
        }
    }

    fn to(&self, name: Option<&str>) -> String {
        name.map_or(String::new(), |name| self.pick(format!(" to {name}"), format!(" إلى {name}")))
    }

    /// What somebody wrote, word for word, and what the engine makes of it by itself.
    fn replied(&self, channel: Channel, from_name: Option<&str>, text: &str) -> String {
        let said = match from_name {
            Some(name) => self.pick(format!("{name} answered: “{text}”"), format!("رد {name}: «{text}»")),
            None => self.pick(format!("an answer came: “{text}”"), format!("ورد رد: «{text}»")),
        };
        let channel = self.channel(channel);
        let asks = match keyword(text) {
            Some(Keyword::Stop) => self.pick("; asks us to stop writing", "؛ يطلب وقف الرسائل"),
            Some(Keyword::Start) => self.pick("; wants to hear from us again", "؛ يريد الرسائل من جديد"),
            None => String::new(),
        };
        self.pick(format!("{channel}: {said}{asks}"), format!("{channel}: {said}{asks}"))
    }

    fn call_planned(
        &self,
        queue: &str,
        name: Option<&str>,
        attempt: u32,
        not_before: Timestamp,
        due: Option<Timestamp>,
    ) -> String {
        let (queue, from) = (self.queue(queue), self.moment(not_before));
        let by_when = |by: Timestamp| self.moment(by);
        let Some(name) = name else {
            let en = due.map_or(String::new(), |due| format!(", by {}", by_when(due)));
            let ar = due.map_or(String::new(), |due| format!("، قبل {}", by_when(due)));
            return self.pick(format!("task in queue {queue} planned{en}"), format!("تقررت مهمة في قائمة {queue}{ar}"));
        };
        let to = self.to(Some(name));
        let by = due.map(|due| self.moment(due));
        let by_en = by.as_ref().map_or(String::new(), |by| format!(", by {by}"));
        let by_ar = by.as_ref().map_or(String::new(), |by| format!("، قبل {by}"));
        self.pick(
            format!("call{to} planned in queue {queue} from {from}{by_en} (attempt {attempt})"),
            format!("تقررت مكالمة{to} في قائمة {queue} من {from}{by_ar} (المحاولة {attempt})"),
        )
    }

    /// What became of the last try at a number or address: an outcome of a call, or news of a message.
    pub fn point_news(&self, channel: Channel, word: &str) -> String {
        match News::parse(word) {
            Some(news) if channel != Channel::Call => self.news(news),
            _ => self.outcome("", word),
        }
    }

    /// Why something was withdrawn, from the word that is stored; what else is stored there is a reason already.
    pub fn why_withdrawn(&self, reason: &str) -> String {
        Withdrawn::parse(reason).map_or_else(|| reason.to_owned(), |why| self.because_withdrawn(why))
    }

    fn news(&self, news: News) -> String {
        match news {
            News::Accepted => self.pick("sent", "أُرسلت"),
            News::Delivered => self.pick("delivered", "وصلت"),
            News::Undelivered => self.pick("could not be delivered", "تعذر توصيلها"),
            News::Unconfirmed => self.pick(
                "sent; nobody reported in time whether it arrived",
                "أُرسلت، ولم يبلغنا أحد في الوقت المحدد هل وصلت",
            ),
            News::Uncertain => {
                self.pick("may or may not have left: nobody can tell", "لا يُعلم هل خرجت: لا أحد يستطيع الجواب")
            }
            News::Failed => self.pick("failed", "فشلت"),
            News::Expired => self.pick("expired before it could be sent", "انتهت صلاحيتها قبل إرسالها"),
            News::Suppressed => self.pick("stopped by the contact policy", "أوقفتها سياسة التواصل"),
            News::Withdrawn => self.pick("withdrawn before it left", "سُحبت قبل إرسالها"),
        }
    }

    fn withdrawn(&self, channel: Channel, why: Withdrawn) -> String {
        let (channel, why) = (self.channel(channel), self.because_withdrawn(why));
        self.pick(format!("{channel} withdrawn: {why}"), format!("سُحبت {channel}: {why}"))
    }

    fn because_withdrawn(&self, why: Withdrawn) -> String {
        match why {
            Withdrawn::LeftState => self.pick("the case has moved on", "تقدمت الحالة"),
            Withdrawn::Ended => self.pick("the case has ended", "انتهت الحالة"),
            Withdrawn::BadAddress => self.pick("the address proved wrong", "تبين أن العنوان غير صحيح"),
            Withdrawn::Operator => self.pick("an operator cancelled it", "ألغاها موظف"),
            Withdrawn::NotAllowed => {
                self.pick("this person may not be contacted any more", "لم يعد يجوز التواصل مع هذا الشخص")
            }
            Withdrawn::DeathWithdrawn => self.pick("the death is withdrawn", "سُحب قيد الوفاة"),
            Withdrawn::Erased => self.pick("the case was erased", "مُحيت بيانات الحالة"),
        }
    }

    /// What operators did.
    fn operation(&self, what: &What) -> String {
        match what {
            What::Held { reason } => self.pick(format!("put on hold: {reason}"), format!("أُوقفت مؤقتا: {reason}")),
            What::DeathWithdrawn { reason } => {
                self.pick(format!("the death is withdrawn: {reason}"), format!("سُحب قيد الوفاة: {reason}"))
            }
            What::DeathConfirmed { reason } => self.pick(
                format!("the death is confirmed after all: {reason}"),
                format!("تأكدت الوفاة بعد سحب قيدها: {reason}"),
            ),
            What::Resumed => self.pick("resumed", "استُؤنفت"),
            What::Closed { outcome, reason } => {
                let outcome = ending(outcome, self.language);
                self.pick(format!("closed as {outcome}: {reason}"), format!("أُغلقت ({outcome}): {reason}"))
            }
            What::Incident { place, reason } => {
                self.pick(format!("incident in {place}: {reason}"), format!("حالة متعثرة في {place}: {reason}"))
            }
            What::Retried => self.pick("tried again", "أُعيدت المحاولة"),
            What::Skipped { reason } => self.pick(format!("skipped: {reason}"), format!("تُخطيت: {reason}")),
            What::Erased { stage, reason } => self.erased(*stage, reason.as_deref()),
            What::Kept { reason } => {
                self.pick(format!("kept from being erased: {reason}"), format!("استُبقيت بياناتها فلا تُمحى: {reason}"))
            }
            What::KeptNoLonger { reason } => {
                self.pick(format!("kept no longer than others: {reason}"), format!("انتهى استبقاء بياناتها: {reason}"))
            }
            _ => String::new(),
        }
    }

    fn erased(&self, stage: Stage, reason: Option<&str>) -> String {
        let what = stage.words(self.language);
        match reason {
            Some(reason) => self.pick(format!("{what} erased: {reason}"), format!("مُحيت {what}: {reason}")),
            None => {
                self.pick(format!("{what} erased under the retention rules"), format!("مُحيت {what} وفق قواعد الاحتفاظ"))
            }
        }
    }

    /// What operators did about a message.
    fn operation_on_message(&self, what: &What) -> String {
        match what {
            What::MessageHurried { channel, not_before, .. } => {
                let (channel, at) = (self.channel(*channel), self.moment(*not_before));
                self.pick(format!("{channel} is tried again from {at}"), format!("تُعاد محاولة إرسال {channel} من {at}"))
            }
            What::MessageCancelled { channel, reason, .. } => {
                let channel = self.channel(*channel);
                self.pick(format!("{channel} cancelled: {reason}"), format!("أُلغيت {channel}: {reason}"))
            }
            What::MessageResent { original, channel, reason, .. } => {
                let channel = self.channel(*channel);
                self.pick(
                    format!("{channel} `{original}` is sent once more: {reason}"),
                    format!("تُرسل {channel} `{original}` مرة أخرى: {reason}"),
                )
            }
            What::MessageResolved { channel, sent: true, reason, .. } => {
                let channel = self.channel(*channel);
                self.pick(
                    format!("{channel} had been sent, as a person found out: {reason}"),
                    format!("تبين لموظف أن {channel} قد أُرسلت: {reason}"),
                )
            }
            What::MessageResolved { channel, sent: false, reason, .. } => {
                let channel = self.channel(*channel);
                self.pick(
                    format!("{channel} had not been sent, as a person found out: {reason}"),
                    format!("تبين لموظف أن {channel} لم تُرسل: {reason}"),
                )
            }
            _ => String::new(),
        }
    }
}

/// A delay as people say it: minutes up to two hours, hours up to two days, then days.
fn roughly(minutes: i64) -> Duration {
    match minutes {
        ..120 => Duration::Elapsed(SignedDuration::from_mins(minutes)),
        120..2_880 => Duration::Elapsed(SignedDuration::from_hours(minutes / 60)),
        _ => Duration::Days(i32::try_from(minutes / 1_440).unwrap_or(i32::MAX)),
    }
}
