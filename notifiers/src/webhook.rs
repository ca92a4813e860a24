//! Carries notices to other systems, signed as the Standard Webhooks specification has it
//! (<https://www.standardwebhooks.com>): `webhook-id`, `webhook-timestamp`, and `webhook-signature` over
//! `id.timestamp.body` with HMAC-SHA256. One attempt; nothing is repeated and no redirect followed.

use std::net::IpAddr;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::SignedDuration;
use reqwest::{Client, Url, redirect, retry};
use sha2::Sha256;
use wasl_core::delivery::Pending;
use wasl_core::webhook::{Post, Posted, Poster};

use crate::{http, net};

/// What marks a secret, so that it is found where it should not be.
const MARK: &str = "whsec_";
/// Who does not take a connection in this time is not there.
const CONNECT: Duration = Duration::from_secs(5);
/// A receiver takes a notice and works on it afterwards: it has so long.
const ANSWER: Duration = Duration::from_secs(15);
/// Letters of the longest address.
const URL_LETTERS_MAX: usize = 2_000;

/// Why an address may not be posted to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UrlProblem {
    /// It is no web address, or too long.
    NoAddress,
    /// It exists on one link alone.
    LinkLocal,
    /// It holds a user or a password.
    Credentials,
    /// It is not `https`.
    NoTls,
    /// It is `http` on this machine, which is not allowed unless set.
    ThisMachine,
}

/// A secret of these bytes, as both sides write it down.
pub fn secret_of(bytes: &[u8]) -> String {
    format!("{MARK}{}", STANDARD.encode(bytes))
}

/// Whether an address may be posted to: over TLS, or on this machine where that is allowed.
///
/// # Errors
/// Why not.
pub fn check_url(url: &str, this_machine: bool) -> Result<(), UrlProblem> {
    let parsed = Url::parse(url).ok().filter(|_| url.len() <= URL_LETTERS_MAX);
    let parsed = parsed.ok_or(UrlProblem::NoAddress)?;
    let host = parsed.host_str().ok_or(UrlProblem::NoAddress)?;
    if !parsed.username().is_empty() || parsed.password().is_some() {
        return Err(UrlProblem::Credentials);
    }
    match parsed.scheme() {
        "https" => Ok(()),
        "http" if net::is_loopback(host) && this_machine => Ok(()),
        "http" if net::is_loopback(host) => Err(UrlProblem::ThisMachine),
        "http" => Err(UrlProblem::NoTls),
        _ => Err(UrlProblem::NoAddress),
    }
}

/// Whether notices may go to an address: over TLS, to this machine only where that is allowed, and never to an address
/// that exists on one link alone, where clouds keep secrets of their machines. What a name resolves to is not looked at.
///
/// # Errors
/// Why not.
pub fn check_target(url: &str, this_machine: bool) -> Result<(), UrlProblem> {
    check_url(url, this_machine)?;
    let parsed = Url::parse(url).map_err(|_| UrlProblem::NoAddress)?;
    let host = parsed.host_str().unwrap_or_default().trim_end_matches('.').to_lowercase();
    let address = host.trim_matches(['[', ']']).parse::<IpAddr>().ok().map(|address| address.to_canonical());
    let link_local = match address {
        Some(IpAddr::V4(address)) => address.is_link_local(),
        Some(IpAddr::V6(address)) => address.is_unicast_link_local(),
        None => false,
    };
    let named_here = host == "localhost" || host.ends_with(".localhost");
    let here = named_here || address.is_some_and(|address| address.is_loopback() || address.is_unspecified());
    match (link_local, here && !this_machine) {
        (true, _) => Err(UrlProblem::LinkLocal),
        (false, true) => Err(UrlProblem::ThisMachine),
        (false, false) => Ok(()),
    }
}

/// The signature of a notice: `v1,` and the code in base64. `None` if the secret is none of ours.
fn signature(post: &Post) -> Option<String> {
    let key = STANDARD.decode(post.secret.strip_prefix(MARK)?).ok()?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).ok()?;
    mac.update(format!("{}.{}.{}", post.id, post.at.as_second(), post.body).as_bytes());
    Some(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
}

/// Posts notices over HTTP.
pub struct Webhooks {
    /// For the world; a proxy of the environment is for it.
    world: Client,
    /// For this machine.
    here: Client,
    this_machine: bool,
}

impl Webhooks {
    /// One that may post to this machine without TLS, or not.
    ///
    /// # Errors
    /// The machine has no certificates of authorities.
    pub fn new(this_machine: bool) -> Result<Self, reqwest::Error> {
        let builder = || {
            Client::builder()
                .user_agent(concat!("wasl/", env!("CARGO_PKG_VERSION")))
                .connect_timeout(CONNECT)
                .timeout(ANSWER)
                .redirect(redirect::Policy::none())
                .retry(retry::never())
        };
        Ok(Self { world: builder().build()?, here: builder().no_proxy().build()?, this_machine })
    }

    async fn attempt(&self, post: &Post) -> Posted {
        // What is allowed may have changed since it was asked for.
        if check_target(&post.url, self.this_machine).is_err() {
            return Posted::Lost("address_not_allowed");
        }
        let Some(signature) = signature(post) else { return Posted::Lost("secret_unreadable") };
        let local = Url::parse(&post.url).ok().is_some_and(|url| url.host_str().is_some_and(net::is_loopback));
        let client = if local { &self.here } else { &self.world };
        let request = client
            .post(&post.url)
            .header("content-type", "application/json")
            .header("webhook-id", &post.id)
            .header("webhook-timestamp", post.at.as_second().to_string())
            .header("webhook-signature", signature)
            .body(post.body.clone());
        match request.send().await {
            Ok(answer) if answer.status().is_success() => Posted::Taken(answer.status().as_u16()),
            Ok(answer) => {
                let wait = http::retry_after(answer.headers(), post.at);
                let wait = wait.and_then(|wait| SignedDuration::try_from(wait).ok());
                Posted::Refused { status: answer.status().as_u16(), wait }
            }
            Err(error) => Posted::Lost(word(&error)),
        }
    }
}

/// What the absence of an answer is called. The error's own text is not passed on: it holds the address.
fn word(error: &reqwest::Error) -> &'static str {
    if net::is_tls_failure(error) {
        return "tls";
    }
    match (error.is_connect(), error.is_timeout()) {
        (true, _) => "no_connection",
        (false, true) => "no_answer_in_time",
        (false, false) => "connection_lost",
    }
}

impl Poster for Webhooks {
    fn post<'a>(&'a self, post: &'a Post) -> Pending<'a, Posted> {
        Box::pin(self.attempt(post))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification's own libraries.
    #[test]
    fn a_signature_is_the_one_that_the_libraries_of_the_specification_check() {
        let at = |second| Post {
            url: String::new(),
            secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".into(),
            id: "msg_p5jXN8AQM9LWM0D4loKWxJek".into(),
            at: jiff::Timestamp::from_second(second).unwrap(),
            body: r#"{"test": 2432232314}"#.into(),
        };
        let expected = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        assert_eq!(signature(&at(1_614_265_330)).as_deref(), Some(expected));
        assert_ne!(signature(&at(1_614_265_331)).as_deref(), Some(expected));
        assert_eq!(signature(&Post { secret: "nonsense".into(), ..at(0) }), None);
        assert_eq!(secret_of(b"abc"), "whsec_YWJj");
    }

    #[test]
    fn an_address_is_over_tls_or_on_this_machine_where_that_is_allowed() {
        for (url, strict, loose) in [
            ("https://billing.example.bh/hooks?tenant=7", Ok(()), Ok(())),
            ("http://billing.example.bh/hooks", Err(UrlProblem::NoTls), Err(UrlProblem::NoTls)),
            ("http://127.0.0.1:9000/", Err(UrlProblem::ThisMachine), Ok(())),
            ("http://localhost/", Err(UrlProblem::ThisMachine), Ok(())),
            ("http://127.0.0.1.evil.example/", Err(UrlProblem::NoTls), Err(UrlProblem::NoTls)),
            ("https://user:secret@billing.example.bh/", Err(UrlProblem::Credentials), Err(UrlProblem::Credentials)),
            ("file:///etc/passwd", Err(UrlProblem::NoAddress), Err(UrlProblem::NoAddress)),
            ("billing", Err(UrlProblem::NoAddress), Err(UrlProblem::NoAddress)),
        ] {
            assert_eq!((check_url(url, false), check_url(url, true)), (strict, loose), "{url}");
        }
        for (url, strict, loose) in [
            ("https://billing.example.bh/hooks", Ok(()), Ok(())),
            ("https://10.1.2.3/hooks", Ok(()), Ok(())),
            ("https://127.0.0.1:8443/", Err(UrlProblem::ThisMachine), Ok(())),
            ("https://localhost./", Err(UrlProblem::ThisMachine), Ok(())),
            ("https://[::ffff:127.0.0.1]/", Err(UrlProblem::ThisMachine), Ok(())),
            ("https://0.0.0.0/", Err(UrlProblem::ThisMachine), Ok(())),
            ("https://169.254.169.254/latest", Err(UrlProblem::LinkLocal), Err(UrlProblem::LinkLocal)),
            ("https://[fe80::1]/", Err(UrlProblem::LinkLocal), Err(UrlProblem::LinkLocal)),
        ] {
            assert_eq!((check_target(url, false), check_target(url, true)), (strict, loose), "{url}");
        }
        let long = format!("https://a.example/{}", "x".repeat(2_000));
        assert_eq!(check_url(&long, true), Err(UrlProblem::NoAddress));
    }
}
