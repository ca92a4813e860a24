//! What the daemon says when it starts: what it did, what waits for a person, where to look.

use std::collections::BTreeSet;

use wasl_core::delivery::Channel;
use wasl_notifiers::Settings as NotifierSettings;
use wasl_runtime::engine::Engine;
use wasl_runtime::intake::RunSummary;
use wasl_runtime::store::{InboundFilter, MessageStatus};

use super::Began;
use crate::access::Token;
use crate::cli::detect::bad_files;
use crate::cli::message::hosted_in;
use crate::failure::Failure;
use crate::output::{Screen, thousands};
use crate::settings::{CHANNELS, Language, NotifierSection, Settings};
use crate::words::{CASE, MESSAGE, ROW, TASK};

/// More messages from strangers than this are not counted.
const UNMATCHED_MAX: u32 = 1_000;

/// The lines.
pub(super) async fn words(
    engine: &Engine,
    settings: &Settings,
    screen: Screen,
    began: &Began,
) -> Result<String, Failure> {
    let made = if began.is_new { screen.pick(", made just now", "، أنشئت الآن") } else { "" };
    let version = env!("CARGO_PKG_VERSION");
    let on = screen.pick("on", "على");
    let first = format!("{} {version} {on} {}{made}", screen.heading("Wasl"), settings.database);
    let head = std::iter::once(first).chain(did(began, screen)).collect::<Vec<_>>().join("\n");
    let parts = [
        head,
        first_run(began.first.as_ref(), settings, screen),
        screen.part("What waits for a person", "ما ينتظر شخصا", &waits(engine, settings, screen).await?.join("\n")),
        screen.part("Messages", "الرسائل", &messages(engine, settings, screen).await?.join("\n")),
        screen.part("Where to look", "أين تنظر", &where_to_look(settings, &program(), screen).join("\n")),
    ];
    let apart = if began.spoke { "\n" } else { "" };
    Ok(format!("{apart}{}", parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n\n")))
}

/// What can be said while detections take long.
pub(super) fn meanwhile(first: Option<&Token>, settings: &Settings, screen: Screen) -> String {
    let lines = [
        format!("  http://{}/", settings.listen),
        screen
            .pick(
                "  the console works meanwhile; what they found is said when they are through",
                "  الواجهة تعمل في هذه الأثناء، ويُذكر ما وجده الرصد حين يكتمل",
            )
            .to_owned(),
    ];
    let parts =
        [first_run(first, settings, screen), screen.part("Detections are under way", "الرصد جار", &lines.join("\n"))];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n\n")
}

/// Where the first administrator chooses a password, while nobody can come in.
fn first_run(link: Option<&Token>, settings: &Settings, screen: Screen) -> String {
    let Some(link) = link else { return String::new() };
    let lines = [
        format!("  {}", settings.reached_at(&format!("/password/{}", link.reveal()))),
        screen
            .pick(
                "  choose the password of `admin`; once, within a day; more people: `wasl user add`",
                "  اختر كلمة مرور `admin` مرة واحدة خلال يوم؛ ولإضافة غيره: `wasl user add`",
            )
            .to_owned(),
    ];
    screen.part("Nobody can come in yet", "لا يستطيع أحد الدخول بعد", &lines.join("\n"))
}

/// What the start did.
fn did(began: &Began, screen: Screen) -> Vec<String> {
    let workflow = screen.pick("workflow", "مسار العمل");
    let mut lines = Vec::new();
    for activated in &began.loaded.activated {
        let staying = match activated.staying {
            0 => String::new(),
            n => {
                let cases = screen.count(n, &CASE);
                format!("{} {cases}", screen.pick("; staying on earlier versions:", "؛ تبقى على نسخ سابقة:"))
            }
        };
        let active = screen.pick("new version active", "نسخة جديدة سارية");
        lines.push(format!("  {workflow} {}: {active}{staying}", activated.workflow));
    }
    let as_before = screen.pick("as before", "كما كان");
    lines.extend(began.loaded.unchanged.iter().map(|name| format!("  {workflow} {name}: {as_before}")));
    lines.extend(began.loaded.refused.iter().map(|(name, _)| format!("  {}", bad_files(name, screen))));
    lines.extend(began.detected.iter().map(|summary| format!("  {}", found(summary, screen))));
    let again = screen.pick("it is tried again", "سيعاد");
    lines.extend(began.failed.iter().map(|failed| format!("  {failed}; {again}")));
    lines
}

/// A detection in a line.
fn found(summary: &RunSummary, screen: Screen) -> String {
    if summary.files.is_empty() {
        return match screen.language {
            Language::En => format!("detection {}: no files yet in {}", summary.detection, summary.csv),
            Language::Ar => format!("الرصد {}: لا ملفات بعد في {}", summary.detection, summary.csv),
        };
    }
    let screened: u64 = summary.screened.values().sum();
    let part = |n: u64, en, ar| (n > 0).then(|| format!("{} {}", thousands(n), screen.pick(en, ar)));
    let opened = match screen.language {
        Language::En => format!("{} opened", screen.count(summary.opened, &CASE)),
        Language::Ar => format!("فتحت {}", screen.count(summary.opened, &CASE)),
    };
    let parts = [
        Some(opened),
        part(summary.duplicates, "known already", "معروفة من قبل"),
        part(screened, "not for us", "لا تخصنا"),
        part(summary.rejected, "that cannot be read", "تعذرت قراءتها"),
    ];
    let parts = parts.into_iter().flatten().collect::<Vec<_>>().join(screen.pick(", ", "، "));
    let rows = screen.count(summary.rows(), &ROW);
    match screen.language {
        Language::En => format!("detection {}: {rows} read: {parts}", summary.detection),
        Language::Ar => format!("الرصد {}: قرئت {rows}: {parts}", summary.detection),
    }
}

async fn waits(engine: &Engine, settings: &Settings, screen: Screen) -> Result<Vec<String>, Failure> {
    let mut lines = Vec::new();
    for (queue, tasks) in engine.store.open_tasks_by_queue(engine.now()).await? {
        let title = settings.queues.get(&queue).map_or("", |title| title.get(screen.lang()));
        let waiting = screen.count(tasks.waiting, &TASK);
        let ready = format!("{} {}", thousands(tasks.ready), screen.pick("may be done now", "يمكن أداؤها الآن"));
        let overdue = match tasks.overdue {
            0 => String::new(),
            n => format!("{}{} {}", screen.pick(", ", "، "), thousands(n), screen.pick("overdue", "متأخرة")),
        };
        lines.push(match screen.language {
            Language::En => format!("  {waiting} in `{queue}`, {ready}{overdue}  {title}"),
            Language::Ar => format!("  {waiting} في `{queue}`، {ready}{overdue}  {title}"),
        });
    }
    match engine.store.incidents().await? {
        0 => {}
        n => lines.push(format!(
            "  {} {}",
            screen.count(n, &CASE),
            screen.pick("that cannot go on without a person", "لا تمضي دون تدخل شخص")
        )),
    }
    let unmatched = InboundFilter { unmatched: true, limit: UNMATCHED_MAX, ..InboundFilter::default() };
    match u64::try_from(engine.store.inbound_messages(&unmatched).await?.len()).unwrap_or(u64::MAX) {
        0 => {}
        n => lines.push(format!(
            "  {} {}: wasl inbound list --unmatched",
            screen.count(n, &MESSAGE),
            screen.pick("to us that match no case", "واردة لا تخص أي حالة معروفة")
        )),
    }
    match engine.store.undecided_count().await? {
        0 => {}
        n => lines.push(format!(
            "  {} {}",
            screen.count(n, &MESSAGE),
            screen.pick("in doubt: nobody can tell whether it was sent", "لا يُعلم هل أرسلت، والقرار لشخص")
        )),
    }
    if lines.is_empty() {
        lines.push(format!("  {}", screen.pick("nothing yet", "لا شيء بعد")));
    }
    Ok(lines)
}

async fn messages(engine: &Engine, settings: &Settings, screen: Screen) -> Result<Vec<String>, Failure> {
    let by_status = engine.store.messages_by_status().await?;
    let of = |status| by_status.get(&status).copied().unwrap_or(0);
    let waiting = thousands(of(MessageStatus::Queued));
    let left = [
        MessageStatus::Sending,
        MessageStatus::Accepted,
        MessageStatus::Sent,
        MessageStatus::Unconfirmed,
        MessageStatus::Delivered,
    ];
    let left = thousands(left.into_iter().map(of).sum());
    let mut lines = vec![match screen.language {
        Language::En => format!("  {waiting} waiting for their moment, {left} under way or sent"),
        Language::Ar => format!("  {waiting} تنتظر وقتها، {left} في الطريق أو أرسلت"),
    }];
    if of(MessageStatus::Uncertain) > 0 {
        let uncertain = screen.count(of(MessageStatus::Uncertain), &MESSAGE);
        let nobody = screen.pick("of which nobody knows whether it was sent", "لا يعلم أحد هل أرسلت");
        lines.push(format!("  {uncertain} {nobody}"));
    }
    lines.extend(what_leaves(settings, screen));
    Ok(lines)
}

/// Whether anything leaves this machine, and what is missing for it.
fn what_leaves(settings: &Settings, screen: Screen) -> Vec<String> {
    let mut lines = Vec::new();
    let sandbox = |section: &NotifierSection| match &section.settings {
        NotifierSettings::Sandbox(sandbox) => Some(sandbox.file.as_ref().map(|file| file.display().to_string())),
        _ => None,
    };
    let kept: Vec<_> = settings.notifiers.values().filter_map(sandbox).collect();
    if !kept.is_empty() && kept.len() == settings.notifiers.len() {
        let files: BTreeSet<String> = kept.into_iter().flatten().collect();
        let files = files.into_iter().collect::<Vec<_>>().join(", ");
        let nothing = screen.pick(
            "nothing leaves this machine: what would be sent is written to",
            "لا شيء يخرج من هذا الجهاز: ما كان سيرسل يكتب في",
        );
        lines.push(format!("  {nothing} {files}"));
    }
    lines.extend(CHANNELS.into_iter().filter_map(|channel| by_which(settings, channel, screen)));
    for channel in CHANNELS {
        if !settings.notifiers.contains_key(channel.as_str()) {
            lines.push(match screen.language {
                Language::En => format!("  no notifier is configured for `{channel}`: its messages stay in the queue"),
                Language::Ar => format!("  لا قناة إرسال معدة لـ `{channel}`: تبقى رسائلها في القائمة"),
            });
        }
    }
    if settings.sends_sample_hotline() {
        let warning = screen.pick(
            "WARNING: families would be given the made-up hotline of the sample; set `texts: hotline`",
            "تنبيه: ستعطى الأسر رقم الاتصال المختلق في العينة؛ اضبط `texts: hotline`",
        );
        lines.push(format!("  {warning}"));
    }
    lines
}

/// The gateways of a channel, in the order in which they stand in for one another, and where they are;
/// nothing where the first one is a sandbox.
fn by_which(settings: &Settings, channel: Channel, screen: Screen) -> Option<String> {
    let chain = settings.chain(channel);
    chain.first().filter(|(_, section)| !matches!(section.settings, NotifierSettings::Sandbox(_)))?;
    let named = chain.iter().map(|(name, section)| {
        let hosted = section.hosted_in.as_ref().map(|country| format!(", {}", hosted_in(country, screen)));
        format!("`{name}` ({}{})", section.settings.kind(), hosted.unwrap_or_default())
    });
    let named = named.collect::<Vec<_>>().join(screen.pick("; while it rests by ", "؛ وعند توقفها عن طريق "));
    Some(format!("  {channel} {} {named}", screen.pick("leaves by", "ترسل عن طريق")))
}

fn where_to_look(settings: &Settings, program: &str, screen: Screen) -> Vec<String> {
    let lines = [
        (
            format!("http://{}/", settings.listen),
            screen.pick("the console: calls, cases, the outbox", "الواجهة: المكالمات والحالات وصندوق الإرسال"),
        ),
        (format!("http://{}/readyz", settings.listen), screen.pick("is everything well", "هل كل شيء بخير")),
        (format!("{program} task next --agent NAME"), screen.pick("the most urgent call", "المكالمة الأعجل")),
        (format!("{program} case list"), screen.pick("all cases", "كل الحالات")),
        (format!("{program} --help"), screen.pick("everything else", "كل ما سوى ذلك")),
        ("Ctrl-C".to_owned(), screen.pick("stops it", "يوقفه")),
    ];
    let widest = lines.iter().map(|(what, _)| what.chars().count()).max().unwrap_or(0);
    lines.iter().map(|(what, why)| format!("  {what:widest$}  {why}")).collect()
}

/// How this program was started, so that the next command can be copied.
fn program() -> String {
    std::env::args().next().filter(|name| !name.contains(' ')).unwrap_or_else(|| "wasl".into())
}
