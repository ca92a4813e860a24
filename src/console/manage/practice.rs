//! The practice at a glance: one page of figures, each with what it means, and the same as a file.

use std::collections::BTreeMap;

use axum::extract::Query;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::{Value as Json, json};
use wasl_core::access::Permission;
use wasl_core::report::Figures;
use wasl_runtime::engine::Practice;

use crate::console::address;
use crate::console::locale::Locale;
use crate::console::page::{Desk, Page, Trouble};
use crate::output::thousands;
use crate::report::{self, Amount, Line, Report, Section, csv, sections};

const MONTHS_EN: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const MONTHS_AR: [&str; 12] =
    ["يناير", "فبراير", "مارس", "أبريل", "مايو", "يونيو", "يوليو", "أغسطس", "سبتمبر", "أكتوبر", "نوفمبر", "ديسمبر"];

/// Figures that are looked at first.
const FIRST: [&str; 6] =
    ["opened", "share_transferred", "under_way", "first_call_median", "to_transfer_median", "saved_so_far"];

/// What is asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    workflow: String,
    from: String,
    to: String,
}

/// `GET /reports`.
pub(super) async fn show(desk: Desk, Query(asked): Query<Asked>) -> Response {
    let result = page(&desk, &asked, StatusCode::OK).await;
    desk.answer(result)
}

/// `GET /reports.csv`.
pub(super) async fn download(desk: Desk, Query(asked): Query<Asked>) -> Response {
    let result = async {
        let (practice, in_order) = practice(&desk, &asked).await?;
        // Other days than those that were asked for are no file to take along.
        if !in_order {
            return page(&desk, &asked, StatusCode::UNPROCESSABLE_ENTITY).await;
        }
        let environment = desk.api.engine.library.environment();
        let text = csv(&Report::new(&practice, &environment, desk.locale.language));
        let name = format!("attachment; filename=\"practice-{}-{}.csv\"", practice.from, practice.to);
        let headers =
            [(header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()), (header::CONTENT_DISPOSITION, name)];
        Ok((headers, text).into_response())
    };
    let result: Result<Response, Trouble> = result.await;
    desk.answer(result)
}

/// The practice on the days that are asked for; where they cannot be, of this year so far, and that this is so.
async fn practice(desk: &Desk, asked: &Asked) -> Result<(Practice, bool), Trouble> {
    desk.viewer.may(Permission::ViewReports)?;
    let session = desk.api.session.speaking(desk.locale.language);
    let active = desk.api.engine.library.all_active();
    let known = active.iter().find(|workflow| workflow.name == asked.workflow).or(active.first());
    let name = known
        .map(|workflow| workflow.name.as_str())
        .filter(|name| asked.workflow.is_empty() || *name == asked.workflow);
    let name = name.ok_or(Trouble::Gone)?;
    let (from, to) = (Some(asked.from.as_str()), Some(asked.to.as_str()));
    let in_order = report::days(from, to, desk.locale.today()).is_ok();
    let (from, to) = if in_order { (from, to) } else { (None, None) };
    let practice = report::practice(&session, Some(name), from, to).await;
    Ok((practice.map_err(|failure| Trouble::Failed(failure.to_string().into()))?, in_order))
}

async fn page(desk: &Desk, asked: &Asked, status: StatusCode) -> Result<Response, Trouble> {
    let (practice, in_order) = practice(desk, asked).await?;
    let locale = &desk.locale;
    let environment = desk.api.engine.library.environment();
    let report = Report::new(&practice, &environment, locale.language);
    let sections = sections(&report);
    let day = |day: Date| json!({"iso": day.to_string(), "words": locale.day(day), "hijri": locale.hijri(day)});
    let pairs = [
        ("workflow", practice.workflow.name.to_string()),
        ("from", practice.from.to_string()),
        ("to", practice.to.to_string()),
    ];
    let context = json!({
        "heading": practice.workflow.title.get(locale.code()), "workflow": practice.workflow.name,
        "workflows": workflows(desk, &practice), "from": day(practice.from), "to": day(practice.to),
        "made": locale.moment(locale.now), "in_order": in_order, "file": address::with("/reports.csv", &pairs),
        "notes": notes(&report, locale), "first": first(&sections, locale), "months": months(&practice, locale),
        "called": {
            "legend": report.pick(report.succeeded()), "transferred": report.called("transferred"),
            "share": report.called("share_transferred"), "until": report.pick(report.until_success()),
        },
        "sections": sections.iter().map(|section| section_json(section, locale)).collect::<Vec<_>>(),
        "states": states(&report), "may_open": desk.viewer.can(Permission::ViewCase),
    });
    let title = locale.pick("The practice at a glance", "العمل في لمحة").to_owned();
    desk.page(status, Page { name: "practice.html", title, context, live: None }).await
}

fn workflows(desk: &Desk, practice: &Practice) -> Json {
    let all = desk.api.engine.library.all_active();
    let one = |workflow: &std::sync::Arc<wasl_core::definition::Workflow>| {
        let title = if workflow.title.is_empty() { &workflow.name } else { workflow.title.get(desk.locale.code()) };
        json!({"name": workflow.name, "title": title, "chosen": workflow.name == practice.workflow.name})
    };
    all.iter().map(one).collect()
}

/// What somebody should know before they read the figures.
fn notes(report: &Report<'_>, locale: &Locale) -> Vec<String> {
    let practice = report.practice;
    let mut notes = Vec::new();
    let mut note = |is_so: bool, en: &str, ar: &str| {
        if is_so {
            notes.push(locale.pick(en, ar).to_owned());
        }
    };
    let recounting = practice.progress.is_none_or(|progress| progress.recounting);
    note(
        recounting,
        "All cases are being counted; until that is done figures are of those that have been. Look again in some minutes.",
        "يجري عد كل الحالات؛ وإلى أن ينتهي ذلك فالأرقام لما تم عده. عد بعد دقائق.",
    );
    let behind = practice.progress.is_some_and(|progress| progress.behind && !progress.recounting);
    note(behind, "What has happened in the last moments is not counted yet.", "لم يُحسب بعد ما حدث في اللحظات الأخيرة.");
    note(
        Practice::is_young(&practice.total),
        "More than one in ten cases of these days are under way: the share lies between two numbers, and times are those of the quick cases.",
        "أكثر من عُشر حالات هذه الأيام ما زال جاريا: النسبة بين رقمين، والمدد هي مدد الحالات السريعة.",
    );
    note(
        report.has_few(),
        "In some of these months few cases opened: figures of so few may point to people whom somebody knows. Hand them on with care.",
        "فُتح في بعض هذه الأشهر عدد قليل من الحالات: وأرقام القليل قد تدل على ناس يعرفهم أحد. فتداولوها بحذر.",
    );
    notes
}

fn first(sections: &[Section], locale: &Locale) -> Vec<Json> {
    let all = || sections.iter().flat_map(|section| &section.lines);
    let found = FIRST.into_iter().filter_map(|wanted| all().find(|line| line.figure == wanted));
    found.map(|line| json!({"words": line.words, "value": line.amount.words(locale.language)})).collect()
}

fn section_json(section: &Section, locale: &Locale) -> Json {
    let count = |line: &Line| if let Amount::Count(count) = line.amount { count } else { 0 };
    let most = section.lines.iter().map(count).max().unwrap_or(0);
    // Numbers of one kind are compared by bars; times and money are not.
    let bars = ["came", "cases", "calls", "messages"].contains(&section.name);
    let line = |line: &Line| {
        let bar = (bars && matches!(line.amount, Amount::Count(_))).then(|| width(count(line), most));
        json!({"words": line.words, "meaning": line.meaning, "value": line.amount.words(locale.language), "bar": bar})
    };
    json!({"name": section.name, "title": section.title, "bars": bars, "lines": section.lines.iter().map(line).collect::<Vec<_>>()})
}

/// So many of the most, of a hundred, as pictures take it.
#[expect(clippy::cast_precision_loss, reason = "a bar has no more pixels than that")]
fn width(count: u64, most: u64) -> String {
    format!("{:.1}", if most == 0 { 0.0 } else { count as f64 * 100.0 / most as f64 })
}

fn months(practice: &Practice, locale: &Locale) -> Vec<Json> {
    let most = practice.months.values().map(|figures| figures.opened).max().unwrap_or(0);
    let month = |(first, figures): (&Date, &Figures)| {
        let otherwise = figures.all_ended() - figures.transferred();
        let part = |count| width(count, most);
        let (transferred, ended) = (part(figures.transferred()), part(figures.transferred() + otherwise));
        json!({
            "name": month_name(*first, locale), "few": figures.opened > 0 && figures.opened < report::FEW,
            "opened": thousands(figures.opened), "transferred": thousands(figures.transferred()),
            "otherwise": thousands(otherwise), "under_way": thousands(figures.all_waiting()),
            "share": Amount::Share(figures.share_transferred()).words(locale.language),
            "young": Practice::is_young(figures),
            "first_call": Amount::WorkingHours(figures.first_call.median()).words(locale.language),
            "first_call_p90": Amount::WorkingHours(figures.first_call.p90()).words(locale.language),
            "to_transfer": Amount::Days(figures.to_transfer.median()).words(locale.language),
            "to_transfer_p90": Amount::Days(figures.to_transfer.p90()).words(locale.language),
            "bars": {"transferred": transferred, "otherwise_at": part(figures.transferred()), "otherwise": part(otherwise), "under_way_at": ended, "under_way": part(figures.all_waiting())},
        })
    };
    practice.months.iter().map(month).collect()
}

fn month_name(first: Date, locale: &Locale) -> String {
    let names = if locale.code() == "ar" { MONTHS_AR } else { MONTHS_EN };
    let at = usize::try_from(first.month() - 1).unwrap_or(0);
    format!("{} {}", names.get(at).copied().unwrap_or_default(), first.year())
}

fn states(report: &Report<'_>) -> Vec<Json> {
    let now = &report.practice.now;
    let late = |state: &String| now.late.overdue.get(state).copied().unwrap_or(0);
    // In the order of the file; what an older version called otherwise comes last.
    let order: BTreeMap<&str, usize> =
        report.practice.workflow.states.iter().enumerate().map(|(at, state)| (state.name.as_str(), at)).collect();
    let mut waiting: Vec<_> = now.waiting.iter().filter(|(_, ages)| ages.iter().sum::<u64>() > 0).collect();
    waiting.sort_by_key(|(state, _)| order.get(state.as_str()).copied().unwrap_or(usize::MAX));
    let state = |(name, ages): (&String, &[u64; 4])| {
        let all: u64 = ages.iter().sum();
        let shown = |count: u64| if count == 0 { "—".to_owned() } else { thousands(count) };
        json!({"name": name, "title": report.state(name), "ages": ages.map(shown), "all": thousands(all),
            "overdue": late(name), "overdue_words": shown(late(name))})
    };
    waiting.into_iter().map(state).collect()
}
