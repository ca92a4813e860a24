//! `tool gateway`: the door of whoever describes a gateway. Nothing is sent and no secret is read.

use std::path::PathBuf;

use clap::Args;
use serde_json::{Value as Json, json};
use wasl_core::delivery::{Failure as Why, Sent};
use wasl_notifiers::Settings as NotifierSettings;
use wasl_notifiers::http_gateway::{
    Description, HttpGatewaySettings, Judged, Request, judge, preview, read_description, sample,
};
use wasl_runtime::clock::{Clock, SystemClock};
use wasl_runtime::text::read_text;

use crate::failure::{Exit, Failure};
use crate::output::{Answer, Screen, facts};
use crate::settings::Settings;

/// What stands in for an address that nobody gave.
const NOWHERE: &str = "https://gateway.example";

/// `tool gateway`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  wasl tool gateway config/gateways/kannel.yaml --to +97336001234 --text 'Good day'
  wasl tool gateway config/gateways/kannel.yaml --value username=wasl --base-url http://127.0.0.1:13013
  wasl tool gateway config/gateways/kannel.yaml --answer '202 3: Queued for later delivery'
  wasl tool gateway config/gateways/infobip.yaml --text 'مرحبا' --format json

Where the settings have a notifier with this description, its address, sender and values are used.
Secrets are never read: *** stands in their place. docs/gateways.md explains every key.")]
pub(crate) struct GatewayArgs {
    /// The description
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// To whom
    #[arg(long, value_name = "NUMBER", default_value = "+97336001234")]
    to: String,
    /// The text
    #[arg(long, value_name = "TEXT", default_value = "نحن معكم متى شئتم")]
    text: String,
    /// The sender, in place of the configured one
    #[arg(long, value_name = "SENDER")]
    from: Option<String>,
    /// The gateway's address, in place of the configured one
    #[arg(long, value_name = "URL")]
    base_url: Option<String>,
    /// A value that the description asks for, in place of the configured one
    #[arg(long, value_name = "NAME=VALUE")]
    value: Vec<String>,
    /// Instead of the request: what this answer would mean, as HTTP status and body
    #[arg(long, value_name = "STATUS BODY", conflicts_with_all = ["to", "text", "from", "base_url", "value"])]
    answer: Option<String>,
}

/// Shows the request, or judges an answer.
///
/// # Errors
/// The description cannot be read or has mistakes, or the request cannot be put together.
pub(super) fn run(args: &GatewayArgs, settings: &Settings, screen: Screen) -> Result<Answer, Failure> {
    let description = description(args)?;
    if let Some(answer) = &args.answer {
        return judged(&description, answer, screen);
    }
    let (name, mut section) = configured(args, settings);
    let made_up = complete(&mut section, &description, args)?;
    let message = sample(&args.to, &args.text, SystemClock.now());
    let shown = preview(&description, &section, &name, &message)
        .map_err(|why| Failure::new(Exit::Refused, format!("the request cannot be made: {why}")))?;
    let request = &shown.request;
    let headers: Vec<[&str; 2]> = request.headers.iter().map(|(name, value)| [name.as_str(), value.as_str()]).collect();
    let json = json!({
        "method": request.method, "url": shown.url, "headers": headers, "body": request.body, "made_up": made_up,
    });
    Ok(Answer::new(told(request, &made_up, screen), json))
}

fn description(args: &GatewayArgs) -> Result<Description, Failure> {
    let file = args.file.display().to_string();
    let source = read_text(&args.file).map_err(|cause| {
        Failure::new(Exit::NotFound, format!("cannot read `{file}`: {cause}"))
            .help("name the description of a gateway, such as `config/gateways/kannel.yaml`")
    })?;
    let (description, report) = read_description(&file, &source);
    match description {
        Some(description) if !report.has_errors() => Ok(description),
        _ => Err(Failure::findings(Exit::Refused, "the description has mistakes", report)),
    }
}

/// The notifier that uses this description, or an empty one.
fn configured(args: &GatewayArgs, settings: &Settings) -> (String, HttpGatewaySettings) {
    let same = |path: &PathBuf| *path == args.file || path.canonicalize().ok() == args.file.canonicalize().ok();
    for (name, section) in &settings.notifiers {
        let mut section = section.settings.clone();
        section.reached_at(settings.public_url.as_deref());
        if let NotifierSettings::HttpGateway(section) = section
            && same(&section.gateway)
        {
            return (name.clone(), *section);
        }
    }
    ("sms".to_owned(), HttpGatewaySettings::new(args.file.clone(), NOWHERE))
}

/// Lays the arguments over the section and makes up what is still missing; gives the names of that.
fn complete(
    section: &mut HttpGatewaySettings,
    description: &Description,
    args: &GatewayArgs,
) -> Result<Vec<String>, Failure> {
    for pair in &args.value {
        let (name, value) = pair.split_once('=').ok_or_else(|| {
            Failure::new(Exit::Usage, format!("`{pair}` is not a name with a value"))
                .help("write `--value username=wasl`")
        })?;
        section.values.insert(name.to_owned(), value.to_owned());
    }
    section.from = args.from.clone().or(section.from.take());
    if let Some(base_url) = &args.base_url {
        section.base_url.clone_from(base_url);
    }
    let mut made_up = Vec::new();
    if section.base_url == NOWHERE {
        made_up.push("base_url".to_owned());
    }
    let mut fill = |place: &mut Option<String>, name: &str, value: &str| {
        if place.is_none() {
            *place = Some(value.to_owned());
            made_up.push(name.to_owned());
        }
    };
    fill(&mut section.from, "from", "SENDER");
    fill(&mut section.public_url, "public_url", "https://wasl.example");
    for name in description.values_asked_for().filter(|name| !section.values.contains_key(*name)).collect::<Vec<_>>() {
        section.values.insert(name.to_owned(), name.to_uppercase());
        made_up.push(name.to_owned());
    }
    Ok(made_up)
}

/// The request as it would travel, and its parameters as people read them.
fn told(request: &Request, made_up: &[String], screen: Screen) -> String {
    let mut lines = vec![format!("{} {}", request.method, request.url)];
    lines.extend(request.headers.iter().map(|(name, value)| format!("{name}: {value}")));
    let mut parts = vec![lines.join("\n")];
    parts.extend(request.body.as_deref().map(pretty));
    let parameters = request.parameters();
    if !parameters.is_empty() {
        let rows: Vec<(&str, String)> = parameters.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
        parts.push(screen.part("In words:", "بالكلمات:", &facts(&rows)));
    }
    if !made_up.is_empty() {
        let names = made_up.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        parts.push(format!("{} {names}", screen.pick("Made up, as nobody gave it:", "من عندنا لأن أحدا لم يعطه:")));
    }
    let masked = screen.pick("Nothing was sent. *** stands for a secret.", "لم يرسل شيء. ‏*** مكان كل سر.");
    parts.push(masked.to_owned());
    parts.join("\n\n")
}

/// JSON with line breaks; any other body as it is.
fn pretty(body: &str) -> String {
    let json = serde_json::from_str::<Json>(body).ok().filter(Json::is_object);
    json.and_then(|json| serde_json::to_string_pretty(&json).ok()).unwrap_or_else(|| body.to_owned())
}

fn judged(description: &Description, answer: &str, screen: Screen) -> Result<Answer, Failure> {
    let (status, body) = answer.split_once(' ').unwrap_or((answer, ""));
    let status = status.parse().ok().filter(|status| (100..=599).contains(status)).ok_or_else(|| {
        Failure::new(Exit::Usage, format!("`{status}` is not an HTTP status"))
            .help("write for example `--answer '202 0: Accepted for delivery'`")
    })?;
    let Judged { outcome, sent } = judge(description, status, body);
    let (mut json, mut rows) = (json!({"outcome": outcome}), vec![("outcome", meaning(outcome, screen).to_owned())]);
    match &sent {
        Sent::Accepted { provider_id, status, segments } => {
            json["id"] = json!(provider_id);
            json["status"] = json!(status.as_str());
            json["segments"] = json!(segments);
            rows.push(("id", provider_id.clone().unwrap_or_else(|| "-".to_owned())));
            rows.push(("status", status.as_str().to_owned()));
            rows.extend(segments.map(|count| ("segments", count.to_string())));
        }
        Sent::Rejected(why)
        | Sent::Retry { failure: why, .. }
        | Sent::Unreachable(why)
        | Sent::Misconfigured(why)
        | Sent::Uncertain(why) => {
            let Why { code, message, bad_address, opted_out } = why;
            json["code"] = json!(code);
            json["message"] = json!(message);
            json["bad_address"] = json!(bad_address);
            json["opted_out"] = json!(opted_out);
            rows.extend([("code", code.clone()), ("message", message.clone())]);
        }
    }
    Ok(Answer::new(facts(&rows), json))
}

/// What an outcome does to the message.
fn meaning(outcome: &'static str, screen: Screen) -> &'static str {
    match outcome {
        "accepted" => screen.pick("accepted: the gateway has it", "accepted: الرسالة عند البوابة"),
        "rejected" => screen.pick("rejected: it will never work", "rejected: لن تنجح أبدا"),
        "retry" => screen.pick("retry: not sent, it is tried again", "retry: لم ترسل، ويعاد إرسالها لاحقا"),
        "unreachable" => screen.pick(
            "unreachable: not sent; the gateway rests, another one may stand in",
            "unreachable: لم ترسل؛ تستريح البوابة وقد تنوب عنها أخرى",
        ),
        "misconfigured" => screen.pick(
            "misconfigured: the channel stops until a person mends it",
            "misconfigured: تتوقف القناة حتى يصلح أحد الإعداد",
        ),
        _ => screen.pick(
            "uncertain: nobody knows whether it was sent; it is looked up, never sent blindly again",
            "uncertain: لا يعلم أحد هل أرسلت؛ يسأل عنها ولا يعاد إرسالها دون تحقق",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::Format;
    use crate::settings::Language;

    fn ask(more: &[&str], settings: &Settings, language: Language) -> Result<Answer, Failure> {
        #[derive(clap::Parser)]
        struct Line {
            #[command(flatten)]
            args: GatewayArgs,
        }
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/config/gateways/kannel.yaml");
        let line = <Line as clap::Parser>::try_parse_from([&["gateway", file], more].concat()).unwrap();
        run(&line.args, settings, Screen { format: Format::Text, color: false, width: None, language })
    }

    #[test]
    fn the_request_is_shown_with_its_secrets_masked() {
        let settings = Settings::default();
        let answer = ask(&["--text", "مرحبا", "--value", "username=wasl"], &settings, Language::En).unwrap();
        for part in [
            "GET https://gateway.example/cgi-bin/sendsms?username=wasl&password=***&from=SENDER&to=%2B97336001234&",
            "dlr-url   https://wasl.example/hooks/sms/status?message=1.1.1&token=***&status=%d",
            "text      مرحبا",
            "Made up, as nobody gave it: `base_url`, `from`, `public_url`",
        ] {
            assert!(answer.text.contains(part), "{part} is not in\n{}", answer.text);
        }
        assert_eq!(answer.json["method"], "GET");
        let arabic = ask(&[], &settings, Language::Ar).unwrap();
        assert!(arabic.text.contains("لم يرسل شيء") && arabic.text.contains("username  USERNAME"), "{}", arabic.text);
    }

    #[test]
    fn the_configured_section_is_used() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/config/gateways/kannel.yaml");
        let source = format!(
            "public_url: https://wasl.bh\nnotifiers:\n  sms: {{kind: http_gateway, gateway: {file}, base_url: 'http://127.0.0.1:13013', \
             from: EWA, values: {{username: wasl}}, secrets: {{password: {{env: NONE}}, token: {{env: NONE}}}}}}\n"
        );
        let (settings, report) = Settings::parse("wasl.yaml", &source);
        assert!(report.findings.is_empty(), "{}", report.render(false));
        let answer = ask(&[], &settings, Language::En).unwrap();
        let url = answer.json["url"].as_str().unwrap();
        assert!(
            url.starts_with("http://127.0.0.1:13013/cgi-bin/sendsms?username=wasl&password=***&from=EWA&"),
            "{url}"
        );
        assert!(url.contains("wasl.bh") && answer.json["made_up"] == json!([]), "{url}");
    }

    #[test]
    fn an_answer_is_judged_as_it_would_be() {
        let settings = Settings::default();
        for (answer, outcome) in [
            ("202 0: Accepted for delivery", "accepted"),
            ("202 3: Queued for later delivery", "accepted"),
            ("503 Temporal failure, try again later.", "unreachable"),
            ("403 Authorization failed for sendsms", "misconfigured"),
            ("502", "uncertain"),
        ] {
            assert_eq!(
                ask(&["--answer", answer], &settings, Language::En).unwrap().json["outcome"],
                outcome,
                "{answer}"
            );
        }
        assert_eq!(ask(&["--answer", "ok"], &settings, Language::En).unwrap_err().exit, Exit::Usage);
    }
}
