//! Every request of our Twilio notifier, and every answer of the fake Twilio, held against Twilio's own
//! public OpenAPI description (`tests/twilio/`).
//!
//! The validator knows what that part of the description uses: types, patterns, lengths, enumerations,
//! bounds, references, nullable, required, and that a name must be a known one.

use std::collections::BTreeMap;
use std::fs;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value as Json, json};
use wasl_core::delivery::{Channel, Found, Outgoing, Sent};

use crate::gateway::FakeTwilio;
use crate::support::{root, twilio_from};

const MESSAGES: &str = "/2010-04-01/Accounts/{AccountSid}/Messages.json";
const ACCOUNT: &str = "AC00000000000000000000000000000001";

/// Twilio's description.
struct Description(Json);

impl Description {
    fn read() -> Self {
        let text = fs::read_to_string(root().join("tests/twilio/messages.openapi.json")).unwrap();
        Self(serde_json::from_str(&text).unwrap())
    }

    fn operation(&self, method: &str) -> &Json {
        &self.0["paths"][MESSAGES][method]
    }

    /// What is wrong with a form that creates a message.
    fn create_faults(&self, form: &BTreeMap<String, String>) -> Vec<String> {
        let schema = &self.operation("post")["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"];
        let mut faults = self.faults(&self.typed(schema, form), schema, "");
        // What only the pages of the API say.
        let sender = ["From", "MessagingServiceSid"].iter().filter(|name| form.contains_key(**name)).count();
        if sender != 1 {
            faults.push("one of From and MessagingServiceSid".into());
        }
        match form.get("Body").map(|body| body.chars().count()) {
            Some(1..=1_600) => {}
            _ => faults.push("Body has 1 to 1600 characters".into()),
        }
        let validity = form.get("ValidityPeriod").map(|secs| secs.parse::<u32>().unwrap_or_default());
        if validity.is_some_and(|secs| !(1..=36_000).contains(&secs)) {
            faults.push("ValidityPeriod is 1 to 36000".into());
        }
        faults
    }

    /// What is wrong with the parameters of a list.
    fn list_faults(&self, query: &BTreeMap<String, String>) -> Vec<String> {
        let mut properties = Map::new();
        for parameter in self.operation("get")["parameters"].as_array().unwrap() {
            if parameter["in"] == "query" {
                properties.insert(parameter["name"].as_str().unwrap().to_owned(), parameter["schema"].clone());
            }
        }
        let schema = json!({"type": "object", "properties": properties});
        self.faults(&self.typed(&schema, query), &schema, "")
    }

    /// What is wrong with an answer.
    fn answer_faults(&self, method: &str, status: &str, answer: &Json) -> Vec<String> {
        let schema = &self.operation(method)["responses"][status]["content"]["application/json"]["schema"];
        assert!(schema.is_object(), "{method} has no answer {status}");
        self.faults(answer, schema, "")
    }

    /// The texts of a form as the values that they are meant for.
    fn typed(&self, schema: &Json, form: &BTreeMap<String, String>) -> Json {
        let value = |(name, text): (&String, &String)| {
            let kind = self.resolved(&schema["properties"][name])["type"].as_str().unwrap_or("string");
            let value = match kind {
                "string" => Json::from(text.as_str()),
                // A text that is no such value stays one, and is found by its type.
                _ => serde_json::from_str(text).unwrap_or_else(|_| Json::from(text.as_str())),
            };
            (name.clone(), value)
        };
        Json::Object(form.iter().map(value).collect())
    }

    fn resolved<'a>(&'a self, schema: &'a Json) -> &'a Json {
        let Some(reference) = schema["$ref"].as_str() else { return schema };
        self.0.pointer(reference.trim_start_matches('#')).unwrap_or_else(|| panic!("{reference} leads nowhere"))
    }

    fn faults(&self, value: &Json, schema: &Json, path: &str) -> Vec<String> {
        let schema = self.resolved(schema);
        if value.is_null() {
            let nullable = schema["nullable"] == true;
            return if nullable { Vec::new() } else { vec![format!("{path} is null")] };
        }
        let kind = schema["type"].as_str().unwrap_or_else(|| panic!("{path} has no type: {schema}"));
        let fits = match kind {
            "string" => value.is_string(),
            "integer" => value.is_i64() || value.is_u64(),
            "number" => value.is_number(),
            "boolean" => value.is_boolean(),
            "array" => value.is_array(),
            "object" => value.is_object(),
            other => panic!("{path} is of the unknown type {other}"),
        };
        if !fits {
            return vec![format!("{path} is no {kind}: {value}")];
        }
        match value {
            Json::String(text) => text_faults(text, schema, path),
            Json::Number(number) => number_faults(number.as_f64().unwrap(), schema, path),
            Json::Array(items) => items
                .iter()
                .enumerate()
                .flat_map(|(at, item)| self.faults(item, &schema["items"], &format!("{path}/{at}")))
                .collect(),
            Json::Object(entries) => self.object_faults(entries, schema, path),
            Json::Null | Json::Bool(_) => Vec::new(),
        }
    }

    fn object_faults(&self, entries: &Map<String, Json>, schema: &Json, path: &str) -> Vec<String> {
        let required = schema["required"].as_array().into_iter().flatten().filter_map(Json::as_str);
        let missing =
            required.filter(|name| !entries.contains_key(*name)).map(|name| format!("{path}/{name} is missing"));
        let mut faults: Vec<String> = missing.collect();
        let Some(known) = schema["properties"].as_object() else { return faults };
        for (name, value) in entries {
            match known.get(name) {
                Some(schema) => faults.extend(self.faults(value, schema, &format!("{path}/{name}"))),
                None => faults.push(format!("{path}/{name} is not known")),
            }
        }
        faults
    }
}

fn text_faults(text: &str, schema: &Json, path: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let length = text.chars().count() as u64;
    let too_short = schema["minLength"].as_u64().is_some_and(|min| length < min);
    let too_long = schema["maxLength"].as_u64().is_some_and(|max| length > max);
    let strange = schema["enum"].as_array().is_some_and(|words| !words.iter().any(|word| word == text));
    let unlike = schema["pattern"].as_str().is_some_and(|pattern| !matches_sid(text, pattern));
    let ill_formed = match schema["format"].as_str() {
        // A registered name may stand for the sender's number.
        Some("phone-number") if path.ends_with("rom") => text.is_empty(),
        Some("phone-number") => !(text.starts_with('+') && text[1..].bytes().all(|byte| byte.is_ascii_digit())),
        Some("date-time-rfc-2822") => jiff::fmt::rfc2822::parse(text).is_err(),
        Some("uri") if path.ends_with("Callback") => !text.starts_with("https://"),
        _ => false,
    };
    for (wrong, what) in [
        (too_short, "too short"),
        (too_long, "too long"),
        (strange, "none of the words"),
        (unlike, "unlike the pattern"),
        (ill_formed, "ill-formed"),
    ] {
        faults.extend(wrong.then(|| format!("{path} is {what}: {text}")));
    }
    faults
}

/// All patterns of this part are `^AC[0-9a-fA-F]{32}$`, with the letters of the kind of thing, or `(SM|MM)`.
fn matches_sid(text: &str, pattern: &str) -> bool {
    let kinds = pattern.strip_prefix('^').and_then(|rest| rest.strip_suffix("[0-9a-fA-F]{32}$"));
    let kinds = kinds.unwrap_or_else(|| panic!("a pattern of another form: {pattern}"));
    let mut kinds = kinds.trim_matches(['(', ')']).split('|');
    let rest = kinds.find_map(|kind| text.strip_prefix(kind));
    rest.is_some_and(|rest| rest.len() == 32 && rest.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

fn number_faults(number: f64, schema: &Json, path: &str) -> Vec<String> {
    let below = schema["minimum"].as_f64().is_some_and(|min| number < min);
    let above = schema["maximum"].as_f64().is_some_and(|max| number > max);
    if below || above { vec![format!("{path} is out of bounds: {number}")] } else { Vec::new() }
}

fn message(text: &str, now: Timestamp, validity: Option<SignedDuration>) -> Outgoing {
    Outgoing {
        id: "7.3.1".into(),
        channel: Channel::Sms,
        to: "+97336001234".into(),
        to_name: Some("أمينة".into()),
        language: "ar".into(),
        subject: None,
        text: text.into(),
        unsubscribe: None,
        expires: validity.map(|left| now + left),
        now,
        attempt: 1,
    }
}

#[tokio::test]
async fn every_request_and_every_answer_of_the_fake_is_as_twilio_describes_it() {
    wasl_notifiers::init_tls();
    let description = Description::read();
    let now = Timestamp::now();
    for (key, sender) in
        [("from", "EWA"), ("from", "+97317000000"), ("messaging_service_sid", "MG0123456789abcdef0123456789abcdef")]
    {
        let gateway = FakeTwilio::start().await;
        let notifier = twilio_from("sms", &gateway.base_url(), (key, sender));
        let day = SignedDuration::from_hours(24);
        for message in [
            message("عظّم الله أجركم. 1 + 1 & 80001234", now, Some(SignedDuration::from_mins(30))),
            message("Good day", now, Some(day)),
            message(&"م".repeat(1_600), now, Some(SignedDuration::ZERO)),
            message("Good day", now, None),
        ] {
            assert!(matches!(notifier.send(&message).await, Sent::Accepted { .. }));
        }
        let lost = message("another text", now + day, None);
        assert_eq!(notifier.find(&lost, now).await, Found::No);

        assert_eq!((gateway.requests().len(), gateway.lists().len()), (4, 1));
        for request in gateway.requests() {
            assert_eq!(request.account, ACCOUNT);
            assert_eq!(description.create_faults(&request.form), [""; 0], "{:?}", request.form);
        }
        for query in gateway.lists() {
            assert_eq!(description.list_faults(&query), [""; 0], "{query:?}");
        }
        for answer in gateway.messages() {
            assert_eq!(description.answer_faults("post", "201", &answer), [""; 0], "{answer}");
        }
        let url = format!("{}{}", gateway.base_url(), MESSAGES.replace("{AccountSid}", ACCOUNT));
        let page: Json = reqwest::get(url).await.unwrap().json().await.unwrap();
        assert_eq!(page["messages"].as_array().unwrap().len(), 4);
        assert_eq!(description.answer_faults("get", "200", &page), [""; 0], "{page}");
    }
}

#[test]
fn what_twilio_would_refuse_is_found() {
    let description = Description::read();
    let good = [("To", "+97336001234"), ("From", "EWA"), ("Body", "Good day"), ("ValidityPeriod", "60")];
    let form = |name: &str, value: Option<&str>| {
        let mut form = BTreeMap::from(good.map(|(name, value)| (name.to_owned(), value.to_owned())));
        form.remove(name);
        form.extend(value.map(|value| (name.to_owned(), value.to_owned())));
        description.create_faults(&form)
    };
    assert_eq!(form("Attempt", None), [""; 0]);
    for (name, value, fault) in [
        ("To", None, "/To is missing"),
        ("To", Some("97336001234"), "/To is ill-formed: 97336001234"),
        ("From", None, "one of From and MessagingServiceSid"),
        ("Body", None, "Body has 1 to 1600 characters"),
        ("ValidityPeriod", Some("soon"), "/ValidityPeriod is no integer: \"soon\""),
        ("ValidityPeriod", Some("36001"), "ValidityPeriod is 1 to 36000"),
        ("Messages", Some("x"), "/Messages is not known"),
        ("ContentRetention", Some("keep"), "/ContentRetention is none of the words: keep"),
        ("ContentSid", Some("HX12"), "/ContentSid is too short: HX12"),
        ("StatusCallback", Some("wasl.test"), "/StatusCallback is ill-formed: wasl.test"),
    ] {
        assert!(form(name, value).contains(&fault.to_owned()), "{name}: {:?}", form(name, value));
    }
    let list =
        |name: &str, value: &str| description.list_faults(&BTreeMap::from([(name.to_owned(), value.to_owned())]));
    assert_eq!(list("PageSize", "200"), [""; 0]);
    assert_eq!(list("PageSize", "1001"), ["/PageSize is out of bounds: 1001"]);
    assert_eq!(list("Receiver", "+973"), ["/Receiver is not known"]);
    let sid = json!({"sid": "SMx", "status": "gone", "error_code": "21211", "date_created": "yesterday"});
    assert_eq!(description.answer_faults("post", "201", &sid).len(), 5);
}
