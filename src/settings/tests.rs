//! The settings against the shipped file, and against every kind of mistake.

use wasl_core::grammar::held::gaps;
use wasl_core::grammar::{GATE, SETTINGS, Shape};

use super::*;

const SHIPPED: &str = include_str!("../../config/wasl.yaml");

fn parse(source: &str) -> (Settings, Report) {
    Settings::parse("wasl.yaml", source)
}

fn messages(source: &str) -> Vec<String> {
    parse(source).1.findings.iter().map(|finding| finding.message.clone()).collect()
}

/// Every value as text, so that settings can be compared without asking each type for equality.
fn printed(settings: &Settings) -> String {
    format!("{:#?}", Settings { file: PathBuf::new(), ..settings.clone() })
}

#[test]
fn the_shipped_file_says_what_is_so_without_it() {
    let (shipped, report) = parse(SHIPPED);
    assert!(report.findings.is_empty(), "{}", report.render(false));
    let (empty, report) = parse("");
    assert!(report.findings.is_empty(), "{}", report.render(false));
    assert_eq!(printed(&shipped), printed(&empty));
}

#[test]
fn every_default_cap_can_be_read() {
    assert_eq!(Settings::default().at_most.len(), CAPS.len());
}

#[test]
fn every_key_stands_in_the_shipped_file() {
    let gate = Shape::Map(&GATE).mappings();
    for mapping in Shape::Map(&SETTINGS).mappings().into_iter().chain(gate) {
        for key in mapping.names() {
            let stands = |line: &str| line.contains(&format!("{key}:"));
            assert!(SHIPPED.lines().any(stands), "config/wasl.yaml does not explain `{key}` of {}", mapping.name);
        }
    }
}

#[test]
fn every_key_of_the_grammar_is_read() {
    let everything = SHIPPED
        .replace("# public_url:", "public_url:")
        .replace("# stop_secret:", "stop_secret:")
        .replace("# never_to:", "never_to:")
        .replace("# proxies:", "proxies:")
        .replace("# retention:", "retention:")
        .replace("#   texts: 90", "  texts: 90")
        .replace("#   people: 1", "  people: 1")
        .replace("#   history: 5", "  history: 5")
        .replace("#   secret: {file", "  secret: {file")
        .replace("# oidc:", "oidc:");
    let of_oidc = wasl_core::grammar::OIDC.names();
    let everything = of_oidc
        .into_iter()
        .fold(everything, |everything, key| everything.replace(&format!("  #   {key}:"), &format!("    {key}:")));
    assert_eq!(gaps(&everything, &Shape::Map(&SETTINGS), messages), [""; 0]);
}

/// What the shipped file has commented out must work when an operator takes the marks away.
#[test]
fn the_examples_in_the_comments_of_the_shipped_file_are_right() {
    let read = |begin: usize| {
        let lines = SHIPPED[begin..].lines().take_while(|line| line.starts_with("  #"));
        let example = lines.map(|line| line.get(4..).unwrap_or_default());
        let source = example.fold("notifiers:\n".to_owned(), |source, line| source + "  " + line.trim_end() + "\n");
        let (settings, report) = parse(&source);
        assert!(report.findings.is_empty(), "{source}\n{}", report.render(false));
        settings
    };
    let kinds = |settings: &Settings| -> Vec<&str> {
        settings.notifiers.values().map(|section| section.settings.kind()).collect()
    };
    let settings = read(SHIPPED.find("  # sms:").unwrap());
    assert_eq!(kinds(&settings), ["smtp", "twilio", "twilio"]);
    let chain: Vec<&str> = settings.chain(Channel::Sms).into_iter().map(|(name, _)| name).collect();
    assert_eq!(chain, ["sms", "sms-2"]);
    assert_eq!(kinds(&read(SHIPPED.rfind("  # sms:").unwrap())), ["http_gateway"]);
    let url = SHIPPED.lines().find_map(|line| line.strip_prefix("# public_url:")).unwrap();
    assert_eq!(parse(&format!("public_url:{url}")).0.public_url.as_deref(), Some("https://wasl.example.bh"));
}

#[test]
fn every_mistake_of_a_file_is_found_in_one_run() {
    let source = "
databas: sqlite://a
listen: localhost
public_url: wasl.example.bh
region: Bahrain
language: fr
texts: [a]
queues: {complaints: {titel: x}}
contact_policy: {at_most: [2 pigeons per person], never_to: [17*, '*@', school]}
notifiers: {pager: {kind: sandbox}, sms: {kind: smtp}, email: {kind: sandboks}}
dispatch: {batch: 0, lease: 2 days, backoff: {first: 2 hours, max: 1 hour}, on_uncertain: pray}
scheduler: {tick: soon}
reload: 0 seconds
";
    let (_, report) = parse(source);
    let rendered = report.render(false);
    let found = |text: &str| assert!(rendered.contains(text), "{text} not in:\n{rendered}");
    for text in [
        "2:1: error[W003]: the configuration has no key `databas`",
        "did you mean `database`?",
        "3:9: error[W006]: `localhost` is not an address with a port",
        "`wasl.example.bh` is not an address that a gateway can call",
        "`Bahrain` is not a country",
        "Wasl does not speak `fr`",
        "`texts` (a mapping) belongs here",
        "did you mean `title`?",
        "a cap counts calls, sms, emails, messages or contacts",
        "numbers that begin alike are written `+`, their digits and `*`",
        "the mailboxes of a domain are written `*@`, and the domain",
        "this is not a phone number",
        "`pager` is neither a channel that messages leave by nor the `fallback` of one",
        "a notifier of the kind `smtp` cannot send by `sms`",
        "did you mean `sandbox`?",
        "`batch` must be between 1 and 1000",
        "`lease` is counted in hours, minutes or seconds",
        "the longest wait is shorter than the first one",
        "`on_uncertain` cannot be `pray`",
        "`reload` must be longer than nothing",
    ] {
        found(text);
    }
    assert_eq!(report.findings.len(), 20, "{rendered}");
}

#[test]
fn a_notifier_s_mistakes_have_their_line_and_never_show_a_value() {
    let source = "notifiers:
  sms:
    kind: twilio
    account_sid: AC00000000000000000000000000000000
    auth_token: hunter2hunter2
    form: EWA
    timeout: [hunter3]
  email:
    kind: smtp
    port: hunter4
";
    let (settings, report) = parse(source);
    let rendered = report.render(false);
    let lines: Vec<&str> = rendered.lines().filter(|line| line.starts_with("wasl.yaml:")).collect();
    assert_eq!(
        lines,
        [
            "wasl.yaml:5:17: error[W006]: `auth_token` is a secret: a secret is never written into the configuration: \
             say where it is kept, with `{env: NAME}` or `{file: PATH}`, and change the secret if it was ever written here",
            "wasl.yaml:6:5: error[W003]: the notifier `sms` has no key `form`",
            "wasl.yaml:7:14: error[W006]: `timeout` must be a signed duration string",
            "wasl.yaml:8:3: error[W004]: the notifier `email` needs `host`",
            "wasl.yaml:10:11: error[W006]: `port` must be a whole number",
        ]
    );
    assert!(settings.notifiers.is_empty());
    assert!(!rendered.contains("hunter"), "{rendered}");
    assert_eq!(messages("notifiers: {email: {kind: smtp, host: a.bh}}"), ["the notifier `email` needs `from`"]);
    assert_eq!(
        messages("notifiers: {sms: {kind: twilio, account_sid: AC1, auth_token: {env: A}, api_key: {sid: SK1}}}"),
        ["`api_key` needs `secret`"]
    );
    assert_eq!(messages("notifiers: {email: {}}"), ["the notifier `email` needs `kind`"]);
}

#[test]
fn a_batch_for_which_people_would_wait_is_refused_with_its_reason() {
    let (settings, report) = parse("\nscheduler: {batch: 1000}\ndispatch: {batch: 1000}\n");
    assert!(report.findings.is_empty(), "{}", report.render(false));
    assert_eq!((settings.scheduler.batch, settings.dispatch.batch), (1_000, 1_000));
    for section in ["scheduler", "dispatch"] {
        let (settings, report) = parse(&format!("\n{section}: {{batch: 1001}}\n"));
        let rendered = report.render(false);
        let place = format!("2:{}: error[W006]: `batch` must be between 1 and 1000", section.len() + 11);
        assert!(rendered.contains(&place), "{place} not in:\n{rendered}");
        assert!(rendered.contains("^^^^") && rendered.contains("write `1000` or less"), "{rendered}");
        assert_eq!(
            (settings.scheduler.batch, settings.dispatch.batch),
            (500, 200),
            "what was not read stays as it was"
        );
    }
}

#[test]
fn the_gates_of_the_gateways_are_read() {
    let (settings, report) = parse(
        "
notifiers:
  sms: {kind: sandbox, fallback: spare, rate: 10 per second, concurrency: 2, hosted_in: BH, price_per_segment: 0.012 BHD}
  spare: {kind: sandbox, fallback: last, breaker: {failures: 3, rest: 30 seconds}}
  last: {kind: sandbox}
",
    );
    assert!(report.findings.is_empty(), "{}", report.render(false));
    let chain = settings.chain(Channel::Sms);
    assert_eq!(chain.iter().map(|(name, _)| *name).collect::<Vec<_>>(), ["sms", "spare", "last"]);
    let (sms, spare) = (chain[0].1, chain[1].1);
    assert_eq!(sms.gate.rate.map(|rate| (rate.messages, rate.per.as_secs())), Some((10, 1)));
    assert_eq!((sms.gate.concurrency, sms.hosted_in.as_deref()), (Some(2), Some("BH")));
    assert_eq!(sms.price_per_segment.as_ref().map(|price| price.times(2).to_string()).as_deref(), Some("0.024 BHD"));
    assert_eq!((spare.gate.breaker.failures, spare.gate.breaker.rest.as_secs()), (3, 30));
}

#[test]
fn every_mistake_about_gateways_has_its_place() {
    for (sections, findings) in [
        ("sms: {kind: sandbox, fallback: spar}", &["2:34 there is no notifier `spar`"][..]),
        (
            "sms: {kind: sandbox, fallback: a}, a: {kind: sandbox, fallback: sms}",
            &["2:67 the notifiers of `sms` go round in a circle: `sms` has its turn already"],
        ),
        (
            "sms: {kind: sandbox, fallback: sms}",
            &["2:34 the notifiers of `sms` go round in a circle: `sms` has its turn already"],
        ),
        (
            "sms: {kind: sandbox, fallback: a}, a: {kind: smtp, host: b, from: c@d.bh}",
            &["2:34 a notifier of the kind `smtp` cannot send by `sms`"],
        ),
        (
            "sms: {kind: sandbox, fallback: email}, email: {kind: sandbox}",
            &["2:34 `email` is a channel of its own and cannot stand in for `sms`"],
        ),
        (
            "sms: {kind: sandbox, fallback: a}, email: {kind: sandbox, fallback: a}, a: {kind: sandbox}",
            &["2:71 the notifier `a` stands in for `sms` already"],
        ),
        (
            "a: {kind: sandbox, fallback: b}, b: {kind: sandbox, fallback: a}",
            &[
                "2:3 no channel comes to the notifier `a`: it stands in only for others that none comes to",
                "2:36 no channel comes to the notifier `b`: it stands in only for others that none comes to",
            ],
        ),
        (
            "sms: {kind: sandbox, rate: hunter2}",
            &["2:30 `rate` is a number of messages up to 10000 in a second, minute or hour"],
        ),
        (
            "sms: {kind: sandbox, price_per_segment: hunter2}",
            &["2:43 `price_per_segment` is a sum with up to six digits after the point, and a currency (ISO 4217)"],
        ),
        (
            "sms: {kind: sandbox, hosted_in: hunter2}",
            &["2:35 `hosted_in` must be a country's two capital letters (ISO 3166-1)"],
        ),
        ("sms: {kind: sandbox, breaker: {failures: 0}}", &["2:44 `failures` must be between 1 and 1000"]),
        (
            "sms: {kind: sandbox, breaker: {rest: 2 days}}",
            &["2:40 `rest` is counted in hours, minutes or seconds, not by a calendar"],
        ),
        (
            "SMS: {kind: sandbox}",
            &[
                "2:3 `SMS` is neither a channel that messages leave by nor the `fallback` of one",
                "2:3 the name of a notifier has a-z, 0-9, `-` and `_`, as it becomes part of `/hooks/…/status`",
            ],
        ),
    ] {
        let (_, report) = parse(&format!("notifiers:\n {{{sections}}}\n"));
        let found: Vec<String> = report
            .render(false)
            .lines()
            .filter_map(|line| line.strip_prefix("wasl.yaml:"))
            .filter_map(|line| {
                line.split_once(": error[")
                    .map(|(place, rest)| format!("{place} {}", rest.split_once("]: ").unwrap().1))
            })
            .collect();
        assert_eq!(found, findings, "{sections}");
    }
}

#[test]
fn the_command_line_wins_over_the_file() {
    let over = Overrides {
        database: Some("sqlite://other".into()),
        listen: Some(([127, 0, 0, 1], 9).into()),
        public_url: Some("https://x".into()),
        language: Some(Language::Ar),
        config: None,
    };
    let settings = parse(SHIPPED).0.overlaid(&over);
    assert_eq!((settings.database.to_string().as_str(), settings.listen.port()), ("sqlite://other", 9));
    assert_eq!((settings.public_url.as_deref(), settings.language), (Some("https://x"), Language::Ar));
    assert_eq!(settings.database.file(), Some(PathBuf::from("other")));
}

#[test]
fn a_server_is_an_address_and_its_password_stands_elsewhere() {
    let url = "postgres://wasl@db.example.bh/wasl";
    assert_eq!(parse(&format!("database: {url}")).0.database.to_string(), url);
    for (url, found) in [
        ("postgres://wasl:secret@db/wasl", "a password does not belong into this file"),
        ("mysql://wasl:secret@db/wasl", "a database is `sqlite://` with the path of a file, or `postgres://`"),
    ] {
        let rendered = parse(&format!("database: {url}")).1.render(false).replace(url, "");
        assert!(rendered.contains(found) && !rendered.contains("secret"), "{rendered}");
    }
}

#[test]
fn a_real_gateway_with_the_sample_s_hotline_is_noticed() {
    let smtp = "notifiers: {email: {kind: smtp, host: mail.example.bh, from: a@example.bh}}";
    assert!(parse(smtp).0.sends_sample_hotline());
    assert!(!parse(&format!("{smtp}\ntexts: {{hotline: 17 123 456}}")).0.sends_sample_hotline());
    assert!(!Settings::default().sends_sample_hotline());
}

#[test]
fn the_shipped_calendars_and_sources_are_read() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let settings = Settings {
        calendars: root.join("config/calendars"),
        sources: root.join("config/sources.yaml"),
        ..Settings::default()
    };
    let (environment, report) = surroundings(&settings);
    assert!(report.findings.is_empty(), "{}", report.render(false));
    assert!(environment.calendars.contains_key("bahrain-government"));
    for source in ["contacts", "death-register", "subscribers"] {
        assert!(environment.sources.contains_key(source), "{source}");
    }
    assert!(environment.queues.contains_key("complaints") && environment.texts.contains("hotline"));
}

#[test]
fn missing_folders_are_findings() {
    let settings = Settings { calendars: "no/such".into(), sources: "no/such.yaml".into(), ..Settings::default() };
    let (_, report) = surroundings(&settings);
    let files: Vec<&str> = report.findings.iter().map(|finding| finding.file.as_str()).collect();
    assert_eq!(files, ["no/such", "no/such.yaml"]);
}

#[test]
fn a_provider_of_accounts_has_an_address_a_secret_elsewhere_and_roles_that_there_are() {
    let read = |oidc: &str| {
        let (settings, report) = parse(&format!("access: {{oidc: {{{oidc}}}}}\n"));
        let messages = report.findings.iter().map(|finding| finding.message.clone()).collect::<Vec<_>>().join("; ");
        (settings.access.oidc, messages)
    };
    let whole =
        "issuer: https://id.example.bh/realms/ewa, client_id: wasl, client_secret: {env: X}, roles: {staff: agent}";
    let (oidc, messages) = read(whole);
    let oidc = oidc.unwrap();
    assert_eq!(messages, "");
    assert_eq!((oidc.roles_from.as_str(), oidc.name_from.as_str()), ("groups", "preferred_username"));
    for (from, to, expected) in [
        ("https://id", "http://id", "is not an address of a provider"),
        ("https://id.example.bh/realms/ewa", "'https://u:p@id.example.bh'", "is not an address of a provider"),
        ("{env: X}", "hunter2", "`client_secret` says where the secret is kept"),
        ("staff: agent", "staff: agnt", "there is no role `agnt`"),
        ("client_id: wasl, ", "", "client_id"),
        ("roles: {staff: agent}", "rolls: {staff: agent}", "rolls"),
    ] {
        let (_, messages) = read(&whole.replace(from, to));
        assert!(messages.contains(expected) && !messages.contains("hunter2"), "{to}: {messages}");
    }
}
