//! Reads the text of `config/wasl.yaml`: what is left out keeps its default, every mistake is found.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

use jiff::SignedDuration;
use wasl_core::decode::Decoder;
use wasl_core::definition::{Cap, parse_cap};
use wasl_core::delivery::OnUncertain;
use wasl_core::diagnostic::{Code, Report, did_you_mean};
use wasl_core::duration::Duration;
use wasl_core::grammar::{
    ACCESS, BACKOFF, DISPATCH, HOUSE_POLICY, INBOUND, Mapping, ON_UNCERTAIN, OPERATORS_LANGUAGES, QUEUE_SETTINGS,
    SCHEDULER, SETTINGS, Shape, WEBHOOKS,
};
use wasl_core::lang::Texts;
use wasl_core::message::phone::check_region;
use wasl_core::policy::NeverTo;
use wasl_core::yaml::{self, Kind, Node};
use wasl_notifiers::SecretRef;
use wasl_runtime::store::DatabaseUrl;

use super::{Access, Dispatch, Language, Scheduler, Settings, notifiers};

/// Reads the file over the defaults.
pub(super) fn settings(file: &str, source: &str) -> (Settings, Report) {
    let mut settings = Settings { file: file.into(), ..Settings::default() };
    let mut report = Report { findings: Vec::new(), sources: BTreeMap::from([(file.to_owned(), source.to_owned())]) };
    match yaml::parse(file, source) {
        Ok(node) => {
            let mut decoder = Decoder::new(file, source);
            top(&mut decoder, &node, &mut settings);
            report.findings = decoder.findings;
            let shown = report.sources.entry(file.to_owned()).or_default();
            *shown = without_values(&node, source);
        }
        Err(finding) => report.findings.push(*finding),
    }
    report.sort();
    (settings, report)
}

/// The text that findings are shown in, with stars for what may be a secret; every place stays.
fn without_values(node: &Node, source: &str) -> String {
    let Kind::Map(entries) = &node.kind else { return source.to_owned() };
    let named = |entries: &[(Node, Node)], names: &[&str]| -> Vec<Node> {
        let is_named = |key: &Node| matches!(&key.kind, Kind::Text(key) if names.contains(&key.as_str()));
        entries.iter().filter(|(key, _)| is_named(key)).map(|(_, section)| section.clone()).collect()
    };
    let mut sections = named(entries, &["notifiers", "stop_secret"]);
    for retention in named(entries, &["retention"]) {
        if let Kind::Map(entries) = &retention.kind {
            sections.extend(named(entries, &["secret"]));
        }
    }
    let mut bytes = source.as_bytes().to_vec();
    for span in sections.iter().flat_map(notifiers::values) {
        for byte in bytes.get_mut(span).into_iter().flatten().filter(|byte| **byte != b'\n') {
            *byte = b'*';
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn top(decoder: &mut Decoder<'_>, node: &Node, settings: &mut Settings) {
    let fields = decoder.mapping(node, "the configuration", &SETTINGS);
    let [database, listen, public_url, workflows, calendars, tariffs, sources, region, language, rest @ ..] = fields;
    let [texts, queues, policy, inbound, stop_secret, notifiers, access, webhooks, retention, rest @ ..] = rest;
    let [dispatch, scheduler, reload, grace] = rest;
    keep(&mut settings.database, database.and_then(|node| read_database(decoder, node)));
    keep(&mut settings.listen, listen.and_then(|node| read_listen(decoder, node)));
    settings.public_url = public_url.and_then(|node| read_public_url(decoder, node));
    keep(&mut settings.workflows, workflows.and_then(|node| read_path(decoder, node, "the folder of workflows")));
    keep(&mut settings.calendars, calendars.and_then(|node| read_path(decoder, node, "the folder of calendars")));
    keep(&mut settings.tariffs, tariffs.and_then(|node| read_path(decoder, node, "the folder of tariffs")));
    keep(&mut settings.sources, sources.and_then(|node| read_path(decoder, node, "the file of sources")));
    keep(&mut settings.region, region.and_then(|node| read_region(decoder, node)));
    keep(&mut settings.language, language.and_then(|node| read_language(decoder, node)));
    keep(&mut settings.texts, texts.map(|node| read_texts(decoder, node)));
    keep(&mut settings.queues, queues.map(|node| read_queues(decoder, node)));
    if let Some(node) = policy {
        let [at_most, never_to] = decoder.mapping(node, "`contact_policy`", &HOUSE_POLICY);
        keep(&mut settings.at_most, at_most.map(|node| read_caps(decoder, node)));
        let region = &settings.region;
        keep(&mut settings.never_to, never_to.map(|node| read_never(decoder, node, region)));
    }
    read_inbound(decoder, inbound, settings);
    settings.stop_secret = stop_secret.and_then(|node| read_secret(decoder, node, "stop_secret"));
    keep(&mut settings.notifiers, notifiers.map(|node| notifiers::read(decoder, node)));
    if let Some(node) = access {
        read_access(decoder, node, &mut settings.access);
    }
    if let Some(node) = webhooks {
        let [this_machine] = decoder.mapping(node, "`webhooks`", &WEBHOOKS);
        let this_machine = this_machine.and_then(|node| decoder.bool(node, "`this_machine`"));
        keep(&mut settings.webhooks_to_this_machine, this_machine);
    }
    if let Some(node) = retention {
        super::retention::read(decoder, node, settings);
    }
    if let Some(node) = dispatch {
        read_dispatch(decoder, node, &mut settings.dispatch);
    }
    if let Some(node) = scheduler {
        read_scheduler(decoder, node, &mut settings.scheduler);
    }
    keep(&mut settings.reload, reload.and_then(|node| read_time(decoder, node, "`reload`")));
    keep(&mut settings.shutdown_grace, grace.and_then(|node| read_time(decoder, node, "`shutdown_grace`")));
}

/// Puts a value in the place of its default, if there is one.
fn keep<T>(place: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *place = value;
    }
}

fn read_database(decoder: &mut Decoder<'_>, node: &Node) -> Option<DatabaseUrl> {
    let word = decoder.word(node, "the address of the database")?;
    let url = DatabaseUrl::from(word.text.as_str());
    // The address may hold a password: it is not repeated.
    if !url.is_known() {
        let message = "a database is `sqlite://` with the path of a file, or `postgres://` with a server";
        let help = "write for example `sqlite://var/wasl.sqlite` or `postgres://wasl@db.example.bh/wasl`";
        decoder.error_with(Code::BadValue, word.span, message, Some(help.into()));
        return None;
    }
    if url.has_password() {
        let help = "leave it out and set PGPASSWORD or PGPASSFILE, or give the whole address in WASL_DATABASE";
        decoder.error_with(Code::BadValue, word.span, "a password does not belong into this file", Some(help.into()));
        return None;
    }
    Some(url)
}

fn read_listen(decoder: &mut Decoder<'_>, node: &Node) -> Option<SocketAddr> {
    let word = decoder.word(node, "an address and port")?;
    if let Ok(listen) = word.text.parse() {
        return Some(listen);
    }
    let message = format!("`{}` is not an address with a port", word.text);
    let help = Some("write for example `127.0.0.1:8080`".into());
    decoder.error_with(Code::BadValue, word.span, message, help);
    None
}

fn read_public_url(decoder: &mut Decoder<'_>, node: &Node) -> Option<String> {
    let word = decoder.word(node, "the public address")?;
    let host = word.text.strip_prefix("https://").or_else(|| word.text.strip_prefix("http://"));
    if host.is_some_and(|host| !host.is_empty() && !host.contains(['?', '#', ' '])) {
        return Some(word.text.trim_end_matches('/').to_owned());
    }
    let message = format!("`{}` is not an address that a gateway can call", word.text);
    let help = Some("write for example `https://wasl.example.bh`".into());
    decoder.error_with(Code::BadValue, word.span, message, help);
    None
}

fn read_path(decoder: &mut Decoder<'_>, node: &Node, what: &str) -> Option<PathBuf> {
    decoder.text(node, what).map(PathBuf::from)
}

fn read_region(decoder: &mut Decoder<'_>, node: &Node) -> Option<String> {
    let word = decoder.word(node, "a country (two letters)")?;
    if let Err(error) = check_region(&word.text) {
        decoder.error(Code::BadValue, word.span, error.to_string());
        return None;
    }
    Some(word.text)
}

fn read_language(decoder: &mut Decoder<'_>, node: &Node) -> Option<Language> {
    let word = decoder.word(node, "a language")?;
    let known = OPERATORS_LANGUAGES.pair([Language::En, Language::Ar]);
    let language = known.into_iter().find(|(code, _)| *code == word.text).map(|(_, language)| language);
    if language.is_none() {
        let message = format!("Wasl does not speak `{}`", word.text);
        decoder.error_with(Code::BadValue, word.span, message, Some("write `en` or `ar`".into()));
    }
    language
}

fn read_texts(decoder: &mut Decoder<'_>, node: &Node) -> BTreeMap<String, String> {
    let entries = decoder.entries(node, "`texts`");
    let mut texts = BTreeMap::new();
    for (name, value) in entries {
        if let Some(text) = decoder.text(value, "a text") {
            texts.insert(name.text, text);
        }
    }
    texts
}

fn read_queues(decoder: &mut Decoder<'_>, node: &Node) -> BTreeMap<String, Texts> {
    let languages = ["en".to_owned(), "ar".to_owned()];
    let mut queues = BTreeMap::new();
    for (name, value) in decoder.entries(node, "`queues`") {
        let [title] = decoder.mapping(value, &format!("the queue `{}`", name.text), &QUEUE_SETTINGS);
        let title = title.and_then(|node| decoder.texts(node, "the title", &languages));
        let title = title.unwrap_or_else(|| Texts::both(name.text.clone(), name.text.clone()));
        queues.insert(name.text, title);
    }
    queues
}

fn read_caps(decoder: &mut Decoder<'_>, node: &Node) -> Vec<Cap> {
    let mut caps = Vec::new();
    for item in decoder.items(node) {
        let Some(word) = decoder.word(item, "a cap") else { continue };
        match parse_cap(&word.text) {
            Ok(cap) => caps.push(cap),
            Err(message) => {
                let help = Some("write for example `2 calls per person in 1 day`".into());
                decoder.error_with(Code::BadValue, word.span, message, help);
            }
        }
    }
    caps
}

/// Numbers and addresses that no workflow may use.
fn read_never(decoder: &mut Decoder<'_>, node: &Node, region: &str) -> Vec<NeverTo> {
    let mut never = Vec::new();
    for item in decoder.items(node) {
        let Some(word) = decoder.word(item, "a number or an address") else { continue };
        match NeverTo::parse(&word.text, region) {
            Ok(one) => never.push(one),
            Err(message) => {
                let help = "write for example \"+973 1700 0000\", \"+97380*\", school@example.bh or \"*@example.bh\"";
                decoder.error_with(Code::BadValue, word.span, message, Some(help.into()));
            }
        }
    }
    never
}

/// Whose queue reads answers. The usual one counts only where the house has it.
fn read_inbound(decoder: &mut Decoder<'_>, node: Option<&Node>, settings: &mut Settings) {
    let queues = &settings.queues;
    let [queue] = node.map_or([None], |node| decoder.mapping(node, "`inbound`", &INBOUND));
    let Some(word) = queue.and_then(|node| decoder.word(node, "a queue")) else {
        settings.answers_to = settings.answers_to.take().filter(|queue| queues.contains_key(queue));
        return;
    };
    if !queues.contains_key(&word.text) {
        let message = format!("there is no queue `{}`", word.text);
        let help = did_you_mean(&word.text, queues.keys().map(String::as_str));
        decoder.error_with(Code::UnknownQueue, word.span, message, help);
    }
    settings.answers_to = Some(word.text);
}

/// Where a secret is kept. One that stands here itself is not repeated.
pub(super) fn read_secret(decoder: &mut Decoder<'_>, node: &Node, key: &str) -> Option<SecretRef> {
    let refuse = |decoder: &mut Decoder<'_>| {
        let help = Some("write `{env: NAME}` or `{file: PATH}`, and put the secret there".into());
        let message = format!("`{key}` says where the secret is kept");
        decoder.error_with(Code::WrongShape, node.span.clone(), message, help);
    };
    if !matches!(node.kind, Kind::Map(_)) {
        refuse(decoder);
        return None;
    }
    let [env, file] = decoder.fields(node, &format!("`{key}`"), ["env", "file"], &[]);
    match (env, file) {
        (Some(env), None) => decoder.text(env, "a name").map(SecretRef::Env),
        (None, Some(file)) => decoder.text(file, "a path").map(|path| SecretRef::File(path.into())),
        _ => {
            refuse(decoder);
            None
        }
    }
}

fn read_access(decoder: &mut Decoder<'_>, node: &Node, access: &mut Access) {
    let [idle, longest, proxies, provider] = decoder.mapping(node, "`access`", &ACCESS);
    access.oidc = provider.and_then(|node| super::oidc::read(decoder, node));
    keep(&mut access.idle, idle.and_then(|node| read_time(decoder, node, "`idle`")));
    keep(&mut access.longest, longest.and_then(|node| read_time(decoder, node, "`longest`")));
    for item in proxies.map(|node| decoder.items(node)).into_iter().flatten() {
        let Some(word) = decoder.word(item, "the address of a proxy") else { continue };
        if let Ok(proxy) = word.text.parse() {
            access.proxies.push(proxy);
            continue;
        }
        let message = format!("`{}` is not an address", word.text);
        let help = Some("write its number, such as `127.0.0.1`, without a port".into());
        decoder.error_with(Code::BadValue, word.span, message, help);
    }
}

fn read_dispatch(decoder: &mut Decoder<'_>, node: &Node, dispatch: &mut Dispatch) {
    let fields = decoder.mapping(node, "`dispatch`", &DISPATCH);
    let [batch, concurrency, lease, attempts, backoff, on_uncertain, suspect_after] = fields;
    keep(&mut dispatch.batch, batch.and_then(|node| read_batch(decoder, node, &DISPATCH)));
    let concurrency = concurrency.and_then(|node| read_count(decoder, node, "concurrency", &DISPATCH));
    keep(&mut dispatch.concurrency, concurrency);
    keep(&mut dispatch.lease, lease.and_then(|node| read_time(decoder, node, "`lease`")));
    keep(&mut dispatch.attempts, attempts.and_then(|node| read_count(decoder, node, "attempts", &DISPATCH)));
    if let Some(node) = backoff {
        let [first, factor, max] = decoder.mapping(node, "`backoff`", &BACKOFF);
        keep(&mut dispatch.backoff_first, first.and_then(|node| read_time(decoder, node, "`first`")));
        let factor = factor.and_then(|node| read_count(decoder, node, "factor", &BACKOFF));
        keep(&mut dispatch.backoff_factor, factor);
        keep(&mut dispatch.backoff_max, max.and_then(|node| read_time(decoder, node, "`max`")));
        if dispatch.backoff_max < dispatch.backoff_first {
            let message = "the longest wait is shorter than the first one";
            decoder.error_with(Code::BadValue, node.span.clone(), message, Some("raise `max`".into()));
        }
    }
    let suspect_after = suspect_after.and_then(|node| read_count(decoder, node, "suspect_after", &DISPATCH));
    keep(&mut dispatch.suspect_after, suspect_after);
    keep(&mut dispatch.on_uncertain, on_uncertain.and_then(|node| read_on_uncertain(decoder, node)));
}

fn read_on_uncertain(decoder: &mut Decoder<'_>, node: &Node) -> Option<OnUncertain> {
    let word = decoder.word(node, "`on_uncertain`")?;
    let known = ON_UNCERTAIN.pair(OnUncertain::ALL);
    let found = known.into_iter().find(|(name, _)| *name == word.text).map(|(_, meaning)| meaning);
    if found.is_none() {
        let message = format!("`on_uncertain` cannot be `{}`", word.text);
        decoder.error_with(Code::BadValue, word.span, message, did_you_mean(&word.text, ON_UNCERTAIN.names()));
    }
    found
}

fn read_scheduler(decoder: &mut Decoder<'_>, node: &Node, scheduler: &mut Scheduler) {
    let [batch, tick] = decoder.mapping(node, "`scheduler`", &SCHEDULER);
    keep(&mut scheduler.batch, batch.and_then(|node| read_batch(decoder, node, &SCHEDULER)));
    keep(&mut scheduler.tick, tick.and_then(|node| read_time(decoder, node, "`tick`")));
}

/// How much is done in one transaction: who wants too much of it is told why.
fn read_batch(decoder: &mut Decoder<'_>, node: &Node, mapping: &Mapping) -> Option<u32> {
    let Some(Shape::Whole(_, max)) = mapping.key("batch").map(|key| key.shape) else { return None };
    if !matches!(node.kind, Kind::Int(wanted) if wanted > max) {
        return read_count(decoder, node, "batch", mapping);
    }
    let message = format!("`batch` must be between 1 and {max}");
    let help = format!(
        "write `{max}` or less: what a person asks for waits for the whole batch, and a larger one gains nothing"
    );
    decoder.error_with(Code::BadValue, node.span.clone(), message, Some(help));
    None
}

/// A whole number within the bounds that the grammar gives to a key.
pub(super) fn read_count(decoder: &mut Decoder<'_>, node: &Node, name: &str, mapping: &Mapping) -> Option<u32> {
    let Some(Shape::Whole(min, max)) = mapping.key(name).map(|key| key.shape) else { return None };
    decoder.int(node, &format!("`{name}`"), min..=max).and_then(|count| u32::try_from(count).ok())
}

/// A length of time on a stopwatch, longer than nothing.
pub(super) fn read_time(decoder: &mut Decoder<'_>, node: &Node, what: &str) -> Option<SignedDuration> {
    let word = decoder.word(node, what)?;
    let (message, help) = match Duration::parse(&word.text) {
        Ok(Duration::Elapsed(time)) if !time.is_zero() => return Some(time),
        Ok(Duration::Elapsed(_)) => (format!("{what} must be longer than nothing"), None),
        Ok(_) => (format!("{what} is counted in hours, minutes or seconds, not by a calendar"), None),
        Err(error) => (error.message, error.suggestion),
    };
    let help = help.or_else(|| Some("write for example `30 seconds`".into()));
    decoder.error_with(Code::BadDuration, word.span, message, help);
    None
}
