//! The figures of a report one by one: what each is called, what it means, what it comes to.

use wasl_core::report::{Figures, tells_of_death};
use wasl_runtime::engine::Practice;
use wasl_runtime::store::MessageStatus;

use super::texts::{self, Both};
use super::{Amount, Report};

/// Figures that belong together.
pub(crate) struct Section {
    /// The word by which pages know it.
    pub(crate) name: &'static str,
    /// Its heading.
    pub(crate) title: String,
    /// The figures.
    pub(crate) lines: Vec<Line>,
}

/// A figure.
#[derive(Debug)]
pub(crate) struct Line {
    /// The word by which programs know it.
    pub(crate) figure: &'static str,
    /// Which part of it: an outcome, a channel and a status.
    pub(crate) part: String,
    /// What it is called.
    pub(crate) words: String,
    /// What it means, in a sentence.
    pub(crate) meaning: String,
    /// What it comes to.
    pub(crate) amount: Amount,
}

/// Every figure of a report.
pub(crate) fn sections(report: &Report<'_>) -> Vec<Section> {
    let total = &report.practice.total;
    let section = |name, title: Both, mut lines: Vec<Line>| {
        lines.retain(|line| report.is_of_deaths() || !texts::OF_DEATHS.contains(&line.figure));
        Section { name, title: report.pick(title).to_owned(), lines }
    };
    let reached = if report.is_of_deaths() {
        ("How fast the family was reached", "سرعة الوصول إلى الأسرة")
    } else {
        ("How fast people were reached", "سرعة الوصول إلى الناس")
    };
    vec![
        section("came", ("What the registers brought", "ما جاءت به السجلات"), came(report)),
        section("cases", ("What became of the cases", "ما آلت إليه الحالات"), cases(report, total)),
        section("reach", reached, reach(report, total)),
        section("money", ("What a day of delay costs", "كلفة كل يوم تأخير"), money(report)),
        section("calls", ("Calls", "المكالمات"), calls(report, total)),
        section("messages", ("Messages", "الرسائل"), messages(report, total)),
        section("trouble", ("Wishes and trouble", "الرغبات والتعثر"), trouble(report)),
        section("now", ("Where it stands today", "الوضع اليوم"), now(report)),
    ]
}

/// The figures of a month, or of any other time, that are counted for each month.
pub(crate) fn of_months(report: &Report<'_>, figures: &Figures) -> Vec<Line> {
    let mut lines = cases(report, figures);
    lines.extend(reach(report, figures));
    lines.extend(calls(report, figures));
    lines.extend(messages(report, figures));
    lines.retain(|line| report.is_of_deaths() || !texts::OF_DEATHS.contains(&line.figure));
    lines
}

impl Report<'_> {
    /// Whether its cases tell of a death: then an account is transferred, else a case comes to what it is for.
    fn is_of_deaths(&self) -> bool {
        tells_of_death(&self.practice.workflow)
    }

    /// What a case has done that came to what it is for, as the head of a column.
    pub(crate) fn succeeded(&self) -> Both {
        if self.is_of_deaths() { ("transferred", "حُوّلت") } else { ("succeeded", "نجحت") }
    }

    /// How long that took, as the head of a column of halves and nine in tens.
    pub(crate) fn until_success(&self) -> Both {
        if self.is_of_deaths() {
            ("To transfer: half, nine in ten", "إلى التحويل: النصف، تسعة من عشرة")
        } else {
            ("To success: half, nine in ten", "إلى النجاح: النصف، تسعة من عشرة")
        }
    }

    /// How long half of them took, as the head of a column.
    pub(crate) fn until_success_median(&self) -> Both {
        if self.is_of_deaths() {
            ("to transfer (median)", "إلى التحويل (الوسيط)")
        } else {
            ("to success (median)", "إلى النجاح (الوسيط)")
        }
    }

    /// What a figure is called.
    pub(crate) fn called(&self, figure: &str) -> &'static str {
        self.pick(texts::of(figure, self.is_of_deaths()).0)
    }

    fn line(&self, figure: &'static str, amount: Amount) -> Line {
        let (words, meaning) = texts::of(figure, self.is_of_deaths());
        let (words, meaning) = (self.pick(words).to_owned(), self.pick(meaning).to_owned());
        Line { figure, part: String::new(), words, meaning, amount }
    }

    fn part(&self, figure: &'static str, part: &str, words: String, meaning: Both, count: u64) -> Line {
        let meaning = self.pick(meaning).to_owned();
        Line { figure, part: part.to_owned(), words, meaning, amount: Amount::Count(count) }
    }
}

fn came(report: &Report<'_>) -> Vec<Line> {
    let Practice { detected, workflow, .. } = report.practice;
    let words = report.words();
    let screens = || workflow.detect.iter().flat_map(|detect| &detect.screen);
    let lines = detected.iter().filter(|(word, rows)| word.as_str() != "unchanged" && **rows > 0);
    let mut lines: Vec<Line> = lines
        .map(|(word, rows)| {
            if let Some((name, meaning)) = texts::of_rows(word) {
                return report.part("detected", word, report.pick(name).to_owned(), meaning, *rows);
            }
            let screen = screens().find(|(name, _)| name == word);
            let meaning = screen.map(|(_, program)| words.when(program)).unwrap_or_default();
            let lead = report.pick(("no case opens, and nobody is contacted: ", "لا تُفتح حالة ولا نتواصل مع أحد: "));
            let name = word.replace('_', " ");
            Line { meaning: format!("{lead}{meaning}"), ..report.part("detected", word, name, ("", ""), *rows) }
        })
        .collect();
    lines.sort_by_key(|line| std::cmp::Reverse(line.part == "opened"));
    lines
}

fn cases(report: &Report<'_>, figures: &Figures) -> Vec<Line> {
    let words = report.words();
    let mut lines = vec![
        report.line("opened", Amount::Count(figures.opened)),
        report.line("transferred", Amount::Count(figures.transferred())),
        report.line("share_transferred", Amount::Share(figures.share_transferred())),
        report.line("share_of_ended", Amount::Share(figures.share_of_ended().map(|share| (share, share)))),
    ];
    for (outcome, count) in figures.ended.iter().filter(|(outcome, _)| outcome.as_str() != "success") {
        let name = format!("{}: {}", report.pick(("Ended", "انتهت")), words.ending(outcome));
        lines.push(report.part("ended", outcome, name, ("cases that ended so", "حالات انتهت هكذا"), *count));
    }
    lines.push(report.line("under_way", Amount::Count(figures.all_waiting())));
    lines.push(report.line("escalated", Amount::Count(figures.escalated)));
    lines
}

fn reach(report: &Report<'_>, figures: &Figures) -> Vec<Line> {
    let hours = |figure, value| report.line(figure, Amount::WorkingHours(value));
    let days = |figure, value| report.line(figure, Amount::Days(value));
    vec![
        report.line("called", Amount::Count(figures.first_call.count())),
        hours("first_call_median", figures.first_call.median()),
        hours("first_call_p90", figures.first_call.p90()),
        report.line("reached", Amount::Count(figures.reached.count())),
        hours("reached_median", figures.reached.median()),
        hours("reached_p90", figures.reached.p90()),
        days("to_transfer_median", figures.to_transfer.median()),
        days("to_transfer_p90", figures.to_transfer.p90()),
        days("from_death_median", figures.from_death.median()),
        days("from_death_p90", figures.from_death.p90()),
    ]
}

fn money(report: &Report<'_>) -> Vec<Line> {
    let practice = report.practice;
    let total = &practice.total;
    vec![
        report.line("at_risk_daily", Amount::Fils(practice.now.at_risk.daily_fils)),
        report.line("at_risk_so_far", Amount::Fils(practice.at_risk_until_today())),
        report.line("lost_until_transfer", Amount::Fils(total.lost)),
        report.line("saved_daily", Amount::Fils(total.saved.daily_fils)),
        report.line("saved_so_far", Amount::Fils(practice.saved_until_today())),
        report
            .line("priced", Amount::Count(u64::try_from(practice.now.at_risk.cases + total.saved.cases).unwrap_or(0))),
    ]
}

fn calls(report: &Report<'_>, figures: &Figures) -> Vec<Line> {
    let words = report.words();
    let mut lines = vec![report.line("calls", Amount::Count(figures.calls.values().sum()))];
    let mut outcomes: Vec<_> = figures.calls.iter().collect();
    outcomes.sort_by_key(|(outcome, count)| (std::cmp::Reverse(**count), (*outcome).clone()));
    lines.extend(outcomes.into_iter().map(|(outcome, count)| {
        let name = words.heard(None, outcome).unwrap_or_else(|| outcome.replace('_', " "));
        report.part("call", outcome, name, ("", ""), *count)
    }));
    lines
}

/// What became of messages: the word for programs, what it is called, what it means, which statuses it is.
type Fate = (&'static str, Both, Both, fn(MessageStatus) -> bool);

fn messages(report: &Report<'_>, figures: &Figures) -> Vec<Line> {
    const FATES: [Fate; 4] = [
        (
            "sent",
            ("sent", "أُرسلت"),
            (
                "messages that the gateway took on these days, whatever became of them",
                "رسائل قبلتها البوابة في هذه الأيام، أيا كان مصيرها",
            ),
            MessageStatus::left,
        ),
        (
            "delivered",
            ("delivered", "وصلت"),
            ("of those, confirmed to have reached the handset or mailbox", "منها ما تأكد وصوله إلى الهاتف أو البريد"),
            |status| matches!(status, MessageStatus::Delivered),
        ),
        (
            "failed",
            ("not delivered or failed", "لم تصل أو فشلت"),
            ("could not be delivered, or were given up", "تعذر تسليمها أو تُركت"),
            |status| matches!(status, MessageStatus::Undelivered | MessageStatus::Failed),
        ),
        (
            "not_sent",
            ("not sent", "لم تُرسل"),
            (
                "withdrawn, expired or stopped by a rule before they left",
                "سُحبت أو انتهت صلاحيتها أو منعتها قاعدة قبل إرسالها",
            ),
            |status| matches!(status, MessageStatus::Expired | MessageStatus::Withdrawn | MessageStatus::Suppressed),
        ),
    ];
    let mut lines = Vec::new();
    for (channel, name) in [("sms", ("SMS", "الرسائل النصية")), ("email", ("E-mail", "البريد الإلكتروني"))]
    {
        for (fate, fate_name, meaning, is_so) in FATES {
            let of = figures
                .messages
                .iter()
                .filter(|((of, status), _)| of == channel && MessageStatus::parse(status).is_some_and(is_so));
            let words = format!("{}{}{}", report.pick(name), report.pick((", ", "، ")), report.pick(fate_name));
            lines.push(report.part(
                "messages",
                &format!("{channel} {fate}"),
                words,
                meaning,
                of.map(|(_, count)| count).sum(),
            ));
        }
    }
    lines.push(report.line("segments", Amount::Count(figures.segments)));
    lines
}

fn trouble(report: &Report<'_>) -> Vec<Line> {
    let practice = report.practice;
    vec![
        report.line("opted_out", Amount::Count(practice.opted_out)),
        report.line("incidents", Amount::Count(practice.total.incidents)),
    ]
}

fn now(report: &Report<'_>) -> Vec<Line> {
    let now = &report.practice.now;
    vec![
        report.line("under_way_today", Amount::Count(now.waiting.values().flatten().sum())),
        report.line("overdue_today", Amount::Count(now.late.overdue.values().sum())),
    ]
}
