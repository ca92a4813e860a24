//! SMS through any gateway that is spoken to over HTTP and described in YAML (`docs/gateways.md`).
//!
//! The description says how ([`description`], read by [`decode`]); this file hands the message over.
//! [`request`] makes the request, [`answer`] judges what came back, [`find`] asks after a message whose
//! answer was lost, [`hook`] reads what the gateway tells us. When to try again is the dispatcher's.

mod answer;
mod decode;
mod description;
mod find;
mod hook;
mod place;
mod preview;
mod proof;
mod request;
mod settings;
mod template;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use jiff::Timestamp;
use minijinja::Value;
use reqwest::{Client, Method, Response, Url};
use wasl_core::delivery::{
    Channel, Failure, Found, Hook, HookError, Inbound, Notifier, Outgoing, Pending, Receipt, Sent,
};
use wasl_core::message::segments;

use crate::registry::{BuildError, Site};
use crate::{http, net};
use answer::Came;
use proof::{Proof, TOKEN, TOKEN_CHARS_MIN};
use template::Values;

pub use decode::read as read_description;
pub use description::Description;
pub use preview::{Judged, Preview, judge, preview, sample};
pub use request::Request;
pub use settings::HttpGatewaySettings;

/// An answer to one message is a few kilobytes; more is not from a gateway that we know.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// Names that every text of a description may use, besides its own values and secrets.
const NAMES: [&str; 8] = ["to", "text", "from", "id", "language", "encoding", "validity_secs", "report_url"];

/// Those of them that may be absent; what names one is left out then.
const OPTIONAL: [&str; 3] = ["from", "validity_secs", "report_url"];

/// SMS through a described gateway.
pub(crate) struct HttpGateway {
    name: String,
    client: Client,
    base_url: Url,
    description: Description,
    /// Values and secrets of the description, and the sender.
    fixed: Values,
    public_url: Option<Url>,
}

impl HttpGateway {
    /// Makes the notifier, or says what is wrong with its settings or its description.
    pub(crate) fn build(site: &Site<'_>, settings: &HttpGatewaySettings) -> Result<Self, BuildError> {
        let source = site.text_file("gateway", &settings.gateway)?;
        let file = settings.gateway.display().to_string();
        let (description, report) = decode::read(&file, &source);
        let Some(description) = description.filter(|_| !report.has_errors()) else {
            return Err(BuildError::Description { notifier: site.name.to_owned(), report: Box::new(report) });
        };
        if let Some((key, problem)) = unfit(&description, settings).into_iter().next() {
            return Err(site.wrong(key, problem));
        }
        let mut secrets = BTreeMap::new();
        for (name, reference) in &settings.secrets {
            secrets.insert(name.clone(), site.secret(&format!("secrets.{name}"), reference)?.expose().to_owned());
        }
        let base_url = net::guarded_url(&settings.base_url).map_err(|problem| site.wrong("base_url", problem))?;
        let public_url = settings.public_url.as_deref().map(net::guarded_url).transpose();
        let gateway = Self {
            name: site.name.to_owned(),
            client: http::client(site, &base_url, settings.connect_timeout, settings.timeout)?,
            base_url,
            fixed: fixed(&description, settings, &secrets),
            description,
            public_url: public_url.map_err(|problem| site.wrong("public_url", problem))?,
        };
        gateway.check_tokens(site)?;
        Ok(gateway)
    }

    /// A token travels in addresses, which gateways such as Kannel fill in by `%` signs: it must need no escaping.
    fn check_tokens(&self, site: &Site<'_>) -> Result<(), BuildError> {
        let proofs = [
            self.description.receipts.as_ref().map(|receipts| &receipts.proof),
            self.description.inbound.as_ref().map(|inbound| &inbound.proof),
        ];
        for proof in proofs.into_iter().flatten() {
            let Proof::Token(token) = proof else { continue };
            let token = token.text(&self.fixed).unwrap_or_default();
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
            if token.len() < TOKEN_CHARS_MIN || !token.bytes().all(plain) {
                let problem = format!(
                    "has a token that proves nothing: use at least {TOKEN_CHARS_MIN} letters, digits, `-`, `_`, `.` or `~`, \
                     for example of `openssl rand -hex 24`"
                );
                return Err(site.wrong("secrets", problem));
            }
        }
        Ok(())
    }

    /// Everything that the description's texts may name for this message.
    fn values(&self, message: &Outgoing) -> Values {
        let mut values = self.fixed.clone();
        values.extend(of_message(message));
        let report_url = self.report_url(&message.id);
        values.extend(report_url.map(|url| ("report_url".to_owned(), Value::from(url))));
        values
    }

    /// Where reports about this message go, with the token where one proves them; none without either half.
    fn report_url(&self, id: &str) -> Option<String> {
        let receipts = self.description.receipts.as_ref()?;
        let mut url = http::report_url(self.public_url.as_ref()?, &self.name, id)?;
        if let Proof::Token(token) = &receipts.proof {
            url.query_pairs_mut().append_pair(TOKEN, &token.text(&self.fixed).ok()?);
        }
        Some(url.into())
    }

    async fn submit(&self, message: &Outgoing) -> Sent {
        if message.channel != Channel::Sms {
            return Sent::Misconfigured(Failure::new("channel", "an HTTP gateway sends SMS only: check its use"));
        }
        let request = match self.description.send.request(&self.base_url, &self.values(message)) {
            Ok(request) => request,
            Err(why) => {
                return Sent::Misconfigured(Failure::new("request", format!("the request cannot be made: {why}")));
            }
        };
        let response = match fetch(&self.client, request).await {
            Ok(response) => response,
            Err(error) => return http::of_transport(&error),
        };
        let (status, after) = (response.status().as_u16(), http::retry_after(response.headers(), message.now));
        let text = |value: &reqwest::header::HeaderValue| value.to_str().ok().map(str::to_owned);
        let headers =
            response.headers().iter().filter_map(|(name, value)| Some((name.to_string(), text(value)?))).collect();
        let body = net::read_body(response, ANSWER_BYTES_MAX).await;
        answer::judge(&self.description, Came { http: status, headers, body: body.as_deref().ok(), after })
    }
}

/// What does not fit between a description and a section of the settings: the key there, and what is wrong with it.
pub fn unfit(description: &Description, settings: &HttpGatewaySettings) -> Vec<(&'static str, String)> {
    let mut unfit = Vec::new();
    let name = &description.name;
    for wanted in description.values_asked_for() {
        if !settings.values.contains_key(wanted) {
            unfit.push(("values", format!("lacks `{wanted}`, which the description of `{name}` asks for")));
        }
    }
    for wanted in description.secrets.iter().filter(|wanted| !settings.secrets.contains_key(*wanted)) {
        unfit.push(("secrets", format!("lacks `{wanted}`, which the description of `{name}` asks for")));
    }
    for given in settings.values.keys().filter(|given| !description.values.contains_key(*given)) {
        unfit.push(("values", format!("has `{given}`, which the description of `{name}` does not know")));
    }
    for given in settings.secrets.keys().filter(|given| !description.secrets.contains(*given)) {
        unfit.push(("secrets", format!("has `{given}`, which the description of `{name}` does not know")));
    }
    unfit
}

/// What holds for every message.
fn fixed(description: &Description, settings: &HttpGatewaySettings, secrets: &BTreeMap<String, String>) -> Values {
    let value = |(name, default): (&String, &Option<String>)| {
        let given = settings.values.get(name).or(default.as_ref())?;
        Some((name.clone(), Value::from(given.as_str())))
    };
    let values = description.values.iter().filter_map(value);
    let secrets = secrets.iter().map(|(name, secret)| (name.clone(), Value::from(secret.as_str())));
    let from = settings.from.iter().map(|from| ("from".to_owned(), Value::from(from.as_str())));
    values.chain(secrets).chain(from).collect()
}

/// What a message itself says.
fn of_message(message: &Outgoing) -> Values {
    let texts = [
        ("to", message.to.as_str()),
        ("text", &message.text),
        ("id", &message.id),
        ("language", &message.language),
        ("encoding", segments(&message.text).encoding.as_str()),
    ];
    let left = message.expires.map(|expires| expires.duration_since(message.now).as_secs().max(1));
    let left = left.map(|secs| ("validity_secs".to_owned(), Value::from(secs)));
    texts.into_iter().map(|(name, text)| (name.to_owned(), Value::from(text))).chain(left).collect()
}

/// Makes a request once.
async fn fetch(client: &Client, request: Request) -> Result<Response, reqwest::Error> {
    let method = match request.method {
        "GET" => Method::GET,
        "PUT" => Method::PUT,
        _ => Method::POST,
    };
    let mut builder = client.request(method, request.url);
    for (name, value) in request.headers {
        builder = builder.header(name, value);
    }
    if let Some(body) = request.body {
        builder = builder.body(body);
    }
    builder.send().await
}

impl Notifier for HttpGateway {
    fn name(&self) -> &str {
        &self.name
    }

    fn send<'a>(&'a self, message: &'a Outgoing) -> Pending<'a, Sent> {
        Box::pin(http::told(&self.name, message, self.submit(message)))
    }

    fn find<'a>(&'a self, message: &'a Outgoing, since: Timestamp) -> Pending<'a, Found> {
        Box::pin(async move {
            find::find(self, message, since).await.unwrap_or_else(|find::Unclear(reason, found)| {
                tracing::warn!(
                    notifier = self.name,
                    message.id = message.id,
                    reason,
                    "cannot tell whether it was sent"
                );
                found
            })
        })
    }

    fn reports_delivery(&self) -> bool {
        self.description.receipts.is_some() && self.public_url.is_some()
    }

    fn receipts(&self, hook: &Hook<'_>) -> Result<Vec<Receipt>, HookError> {
        hook::receipts(&self.description, hook, &self.fixed)
    }

    fn inbound(&self, hook: &Hook<'_>) -> Result<Vec<Inbound>, HookError> {
        hook::inbound(&self.description, hook, &self.fixed)
    }

    fn explain(&self, code: &str) -> Option<Failure> {
        let class = self.description.errors.classes.known(code)?;
        Some(class.failure(code, class.meaning()))
    }
}
