//! What an act would lead to, said before it is done: how many cases take it and where they come to stand, which refuse
//! it and why, what would be sent to whom and when, what would be withdrawn.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use serde_json::{Value as Json, json};
use wasl_core::access::Permission;
use wasl_core::case::{Case, Standing};
use wasl_core::effect::{CallTask, Message};
use wasl_core::explain::Prospect;
use wasl_core::history::Teller;
use wasl_core::policy::Rule;
use wasl_core::words::number::Noun;

use super::chosen::Chosen;
use super::{Meant, form, group};
use crate::access::{self, Token};
use crate::acts::{Act, Asks};
use crate::console::locale::Locale;
use crate::console::page::{Desk, Page, Trouble};
use crate::console::supervise::parts::{self, CASE};

/// Messages.
const MESSAGE: Noun = Noun {
    en: ["message", "messages"], ar: ["رسالة واحدة", "رسالتان", "رسائل", "رسالة", "رسالة"]
};
/// Calls and other work.
const TASK: Noun =
    Noun { en: ["task", "tasks"], ar: ["مهمة واحدة", "مهمتان", "مهام", "مهمة", "مهمة"] };

/// What an act is called on a button.
pub(super) fn verb(act: Act, locale: &Locale) -> &str {
    match act {
        Act::Hold => locale.pick("Hold", "أوقف"),
        Act::Resume => locale.pick("Let go on", "استأنف"),
        Act::Retry => locale.pick("Try again", "أعد المحاولة"),
        Act::Skip => locale.pick("Give up what failed and go on", "تخطَّ ما تعثر وامض"),
        Act::Move => locale.pick("Move to another state", "انقل إلى مرحلة أخرى"),
        Act::Close => locale.pick("End", "أنهِ"),
    }
}

/// `Move to “Escalation”: 12 cases`.
pub(super) async fn heading(desk: &Desk, meant: &Meant, cases: &[&Case]) -> Result<String, Trouble> {
    let locale = &desk.locale;
    let mut what = verb(meant.act, locale).to_owned();
    if let (Act::Move, Some(first)) = (meant.act, cases.first()) {
        let states = super::states_of(desk, &[first]).await?;
        let named = states.as_array().into_iter().flatten().find(|state| state["name"] == meant.said.state.as_str());
        let title = named.and_then(|state| state["title"].as_str()).unwrap_or(&meant.said.state);
        what = locale.pick("Move to “{}”", "انقل إلى «{}»").replace("{}", title);
    }
    let whom = match cases {
        [one] => one.id.reference(),
        many => locale.count(many.len() as u64, &CASE),
    };
    Ok(format!("{what}: {whom}"))
}

/// The page.
pub(super) async fn page(
    desk: &Desk,
    meant: &Meant,
    chosen: &Chosen,
    (status, problem): (StatusCode, Option<String>),
) -> Result<Response, Trouble> {
    let locale = &desk.locale;
    let cases: Vec<Case> = chosen.seen.iter().map(|seen| seen.case.clone()).collect();
    let named: Vec<&Case> = cases.iter().collect();
    let title =
        if named.is_empty() { verb(meant.act, locale).to_owned() } else { heading(desk, meant, &named).await? };
    let mut problem = problem.or_else(|| named.is_empty().then(|| nothing_chosen(locale).to_owned()));
    let mut summary = Summary::default();
    match meant.act.asked(&meant.said) {
        Err(lacking) => problem = Some(lacking.words(locale.language)),
        Ok(body) => {
            let readable: Vec<Case> =
                chosen.seen.iter().filter(|seen| !seen.unreadable).map(|seen| seen.case.clone()).collect();
            let prospects = desk.api.engine.prospects(&readable, &body, locale.code()).await?;
            for (case, prospect) in readable.iter().zip(prospects) {
                summary.add(desk, case, prospect).await?;
            }
            for seen in chosen.seen.iter().filter(|seen| seen.unreadable) {
                summary.add(desk, &seen.case, Err(super::unreadable(locale).to_owned())).await?;
            }
        }
    }
    summary.trace(desk).await?;
    let once = Token::draw().map_err(|failure| Trouble::Failed(failure.to_string().into()))?;
    let asks = |wanted: Asks| meant.act.asks().contains(&wanted);
    let context = json!({
        "heading": title, "problem": problem, "would": summary.to_json(desk), "single": cases.len() == 1,
        "none": cases.is_empty(), "more": (!chosen.rest.is_empty()).then(|| locale.count(cases.len() as u64, &CASE)),
        "asks_reason": asks(Asks::Reason), "asks_outcome": asks(Asks::Outcome), "back": meant.back,
        "meant": form(meant, once.reveal(), &chosen.seen),
    });
    desk.page(status, Page { name: "act.html", title, context, live: None }).await
}

fn nothing_chosen(locale: &Locale) -> &str {
    locale.pick(
        "Tick cases first: nothing is chosen, so that nothing would be done.",
        "اختر الحالات أولا: لم يُختر شيء، فلن يُفعل شيء.",
    )
}

/// What an act on many cases comes to.
#[derive(Default)]
struct Summary {
    /// Where cases would come to stand: references.
    leads: BTreeMap<Way, Vec<String>>,
    /// Cases that would refuse it, by why.
    refused: BTreeMap<String, Vec<String>>,
    /// Cases that would stop over it, by why.
    stops: BTreeMap<String, Vec<String>>,
    /// By channel and text.
    sends: BTreeMap<(String, String), Sends>,
    /// Work by queue: how much, and from when.
    calls: BTreeMap<String, (u64, Timestamp)>,
    /// What a rule would stop, by what and which.
    kept_back: BTreeMap<(String, String), u64>,
    /// What would be withdrawn.
    withdrawn: BTreeMap<String, u64>,
    /// What the last of the cases would wait for: shown if there is one only.
    deadlines: Vec<Json>,
}

/// From where to where cases come, and how they would stand there: the word and its tone.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Way {
    from: String,
    to: String,
    stands: (String, &'static str),
}

/// Messages with one text.
struct Sends {
    count: u64,
    first: Timestamp,
    last: Timestamp,
    /// Whether the case of one of them stays held: then it waits longer than its time says.
    held: bool,
    /// One of them, for its words.
    example: (Case, Message),
}

impl Summary {
    async fn add(&mut self, desk: &Desk, case: &Case, prospect: Result<Prospect, String>) -> Result<(), Trouble> {
        let (locale, reference) = (&desk.locale, case.id.reference());
        let prospect = match prospect {
            Ok(prospect) => prospect,
            Err(why) => {
                self.refused.entry(why).or_default().push(reference);
                return Ok(());
            }
        };
        let workflow = desk.api.engine.library.version(&case.workflow_hash).await?;
        let calendar = desk.api.engine.library.calendar(&workflow.calendar)?;
        let teller = Teller { workflow: &workflow, calendar: &calendar, language: locale.code() };
        let stands = parts::standing(&prospect.case, locale);
        let way = Way { from: teller.state(&case.state), to: teller.state(&prospect.case.state), stands };
        self.leads.entry(way).or_default().push(reference.clone());
        if let Some(why) = prospect.stops() {
            self.stops.entry(why).or_default().push(reference);
        }
        for message in &prospect.messages {
            self.send(desk, case, message, matches!(prospect.case.standing, Standing::Held { .. }));
        }
        for call in &prospect.calls {
            self.ring(desk, call);
        }
        for lost in &prospect.withdrawn {
            *self.withdrawn.entry(lost.words.clone()).or_default() += 1;
        }
        // What a deadline leads to may name whom it rings.
        let personal = desk.viewer.can(Permission::SeePersonalFields);
        let due = |due: &wasl_core::explain::Deadline| {
            let leads = if personal { due.leads_to.as_str() } else { "" };
            json!({"due": locale.moment(due.due), "leads": leads, "why": due.why})
        };
        self.deadlines = prospect.deadlines.iter().map(due).collect();
        Ok(())
    }

    fn send(&mut self, desk: &Desk, case: &Case, message: &Message, held: bool) {
        let channel = parts::channel(message.channel, &desk.locale).to_owned();
        if let Some(rule) = &message.suppressed {
            return self.keep_back(desk, format!("{channel} `{}`", message.template), rule);
        }
        let at = message.not_before;
        let first = || Sends { count: 0, first: at, last: at, held: false, example: (case.clone(), message.clone()) };
        let sends = self.sends.entry((channel, message.template.to_string())).or_insert_with(first);
        sends.count += 1;
        sends.held |= held;
        (sends.first, sends.last) = (sends.first.min(at), sends.last.max(at));
    }

    fn ring(&mut self, desk: &Desk, call: &CallTask) {
        let queues = &desk.api.engine.library.environment().queues;
        let queue = queues
            .get(call.queue.as_str())
            .map_or(call.queue.as_str(), |title| title.get(desk.locale.code()))
            .to_owned();
        if let Some(rule) = &call.suppressed {
            return self.keep_back(desk, queue, rule);
        }
        let (count, first) = self.calls.entry(queue).or_insert((0, call.not_before));
        (*count, *first) = (*count + 1, call.not_before.min(*first));
    }

    fn keep_back(&mut self, desk: &Desk, what: String, rule: &Rule) {
        *self.kept_back.entry((what, rule.words(desk.locale.code()))).or_default() += 1;
    }

    /// Notes whose texts are shown, before they are.
    async fn trace(&self, desk: &Desk) -> Result<(), Trouble> {
        if desk.viewer.can(Permission::SeePersonalFields) {
            let on: Vec<access::On<'_>> = self.sends.values().map(|sends| sends.example.0.id.into()).collect();
            access::record(&desk.api.engine.store, desk.locale.now, &desk.viewer, "case.preview", &on).await?;
        }
        Ok(())
    }

    fn to_json(&self, desk: &Desk) -> Json {
        let locale = &desk.locale;
        let taken: usize = self.leads.values().map(Vec::len).sum();
        let groups = |groups: &BTreeMap<String, Vec<String>>| -> Json {
            groups.iter().map(|(why, cases)| group(locale, why, cases)).collect()
        };
        let lead = |(way, cases): (&Way, &Vec<String>)| {
            let mut lead = group(locale, "", cases);
            (lead["from"], lead["to"], lead["stays"]) = (json!(way.from), json!(way.to), json!(way.from == way.to));
            (lead["stands"], lead["tone"]) = (json!(way.stands.0), json!(way.stands.1));
            lead
        };
        let counted = |(what, count): (&String, &u64)| json!({"what": what, "count": count});
        json!({
            "taken": (taken > 0).then(|| locale.count(taken as u64, &CASE)),
            "leads": self.leads.iter().map(lead).collect::<Vec<_>>(),
            "refused": groups(&self.refused), "stops": groups(&self.stops),
            "sends": self.sends.iter().map(|sends| sends_json(desk, sends)).collect::<Vec<_>>(),
            "calls": self.calls.iter().map(|(queue, (count, first))| {
                json!({"queue": queue, "count": locale.count(*count, &TASK), "first": locale.moment(*first)})
            }).collect::<Vec<_>>(),
            "kept_back": self.kept_back.iter().map(|((what, rule), count)| json!({"what": what, "rule": rule, "count": count})).collect::<Vec<_>>(),
            "withdrawn": self.withdrawn.iter().map(counted).collect::<Vec<_>>(),
            "deadlines": self.deadlines,
        })
    }
}

fn sends_json(desk: &Desk, ((channel, template), sends): (&(String, String), &Sends)) -> Json {
    let (locale, (_, message)) = (&desk.locale, &sends.example);
    let personal = desk.viewer.can(Permission::SeePersonalFields);
    let to = message.to_name.clone().unwrap_or_else(|| message.to.clone());
    let text = match &message.subject {
        Some(subject) => format!("{subject}\n\n{}", message.text),
        None => message.text.clone(),
    };
    json!({
        "channel": channel, "template": template, "count": locale.count(sends.count, &MESSAGE), "many": sends.count > 1,
        "first": locale.moment(sends.first), "last": (sends.last > sends.first).then(|| locale.moment(sends.last)),
        "held": sends.held, "to": personal.then_some(to), "language": message.language,
        "dir": if message.language == "ar" { "rtl" } else { "ltr" }, "text": personal.then_some(text),
    })
}
