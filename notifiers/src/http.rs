//! What every channel over HTTP shares: a client that never sends twice, what the absence of an
//! answer means, and what a status alone says.
//!
//! The line that matters is drawn here: *certainly not sent* may be tried again, *unknown* must be
//! asked after first. Where in doubt, it is unknown.

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::{Client, Url, redirect, retry};
use wasl_core::delivery::{Failure, Outgoing, Sent};

use crate::errors::Class;
use crate::net;
use crate::registry::{BuildError, Site};

/// However long a gateway asks us to wait, it is asked again after a day.
const RETRY_AFTER_MAX: Duration = Duration::from_hours(24);

/// How long a gateway is left alone that says "too many" and not how long.
pub(crate) const PRESSURE_REST: Duration = Duration::from_secs(5);

/// A connection that idled longer is not used again: the gateway may have closed it, and a message
/// written to a closed connection is one of which nobody knows.
const IDLE_MAX: Duration = Duration::from_secs(15);

/// A client that repeats nothing and follows nothing.
pub(crate) fn client(
    site: &Site<'_>,
    base_url: &Url,
    connect: SignedDuration,
    total: SignedDuration,
) -> Result<Client, BuildError> {
    let connect = net::positive(connect).map_err(|problem| site.wrong("connect_timeout", problem))?;
    let total = net::positive(total).map_err(|problem| site.wrong("timeout", problem))?;
    if connect >= total {
        // Else the total would run out while nothing was written, and count as unknown.
        return Err(site.wrong("connect_timeout", "must be shorter than `timeout`"));
    }
    let mut builder = Client::builder()
        .user_agent(concat!("wasl/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(connect)
        .timeout(total)
        .pool_idle_timeout(IDLE_MAX)
        .redirect(redirect::Policy::none())
        .retry(retry::never());
    if base_url.host_str().is_some_and(net::is_loopback) {
        // A proxy of the environment is for the world outside.
        builder = builder.no_proxy();
    }
    builder.build().map_err(|_| {
        site.wrong("base_url", "cannot be used: no TLS certificates of authorities were found on this machine")
    })
}

/// Where the gateway sends what it has to tell of a message: our id is in the address.
pub(crate) fn report_url(public_url: &Url, notifier: &str, id: &str) -> Option<Url> {
    let mut url = public_url.clone();
    url.path_segments_mut().ok()?.pop_if_empty().extend(["hooks", notifier, "status"]);
    url.query_pairs_mut().append_pair("message", id);
    Some(url)
}

/// No answer at all.
pub(crate) fn of_transport(error: &reqwest::Error) -> Sent {
    if error.is_builder() {
        return Sent::Misconfigured(Failure::new("request", "the request cannot be made from these settings"));
    }
    if net::is_tls_failure(error) {
        let message = "the gateway's TLS was refused: check `base_url` and this machine's certificates of authorities";
        return Sent::Misconfigured(Failure::new("tls", message));
    }
    // Asked before `is_timeout`: a connection that was not made in time carried nothing.
    if error.is_connect() {
        let (code, message) = if error.is_timeout() {
            ("connect_timeout", "the gateway did not take the connection in time")
        } else {
            ("connect", "no connection to the gateway")
        };
        return Sent::Unreachable(Failure::new(code, message));
    }
    let (code, message) = if error.is_timeout() {
        ("timeout", "the gateway did not answer in time")
    } else {
        ("connection_lost", "the connection broke before the gateway's answer")
    };
    Sent::Uncertain(Failure::new(code, message))
}

/// What a refusal means whose status is all that is understood of it.
pub(crate) const fn class_of_status(status: u16) -> Class {
    match status {
        // A redirect, wrong credentials, an account or path that is not there: the same for every message.
        300..=399 | 401 | 403..=405 | 407 => Class::Misconfigured,
        408 => Class::Unclear,
        400..=499 => Class::Retry,
        _ => Class::Unclear,
    }
}

/// A failure of which only the status is known.
pub(crate) fn failure_of_status(status: u16, message: &str) -> Failure {
    Failure::new(format!("http_{status}"), message)
}

/// `Retry-After`, in seconds or as a date (RFC 9110 section 10.2.3).
pub(crate) fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let asked = match text.parse::<u64>() {
        Ok(secs) => Duration::from_secs(secs),
        Err(_) => until(jiff::fmt::rfc2822::parse(text).ok()?.timestamp(), now),
    };
    Some(asked.min(RETRY_AFTER_MAX))
}

/// Nothing, if the instant is past.
fn until(instant: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(instant.duration_since(now)).unwrap_or_default()
}

/// Hands a message over, and tells the log how that went and how long it took.
pub(crate) async fn told(notifier: &str, message: &Outgoing, sending: impl Future<Output = Sent>) -> Sent {
    let begun = Instant::now();
    let sent = sending.await;
    let (outcome, duration_ms) = (outcome_word(&sent), begun.elapsed().as_millis());
    tracing::debug!(notifier, message.id = message.id, outcome, duration_ms, "handed to the gateway");
    sent
}

/// The word of an outcome, for logs.
pub(crate) const fn outcome_word(sent: &Sent) -> &'static str {
    match sent {
        Sent::Accepted { .. } => "accepted",
        Sent::Rejected(_) => "rejected",
        Sent::Retry { .. } => "retry",
        Sent::Unreachable(_) => "unreachable",
        Sent::Misconfigured(_) => "misconfigured",
        Sent::Uncertain(_) => "uncertain",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date_and_at_most_a_day() {
        let now: Timestamp = "2026-03-01T09:00:00Z".parse().unwrap();
        let read = |text: &str| {
            let headers = HeaderMap::from_iter([(RETRY_AFTER, text.parse().unwrap())]);
            retry_after(&headers, now).map(|wait| wait.as_secs())
        };
        for (text, secs) in [
            ("30", Some(30)),
            (" 0 ", Some(0)),
            ("Sun, 01 Mar 2026 09:02:00 GMT", Some(120)),
            ("Sun, 01 Mar 2026 08:00:00 GMT", Some(0)),
            ("99999999999", Some(86_400)),
            ("Sun, 01 Mar 2099 08:00:00 GMT", Some(86_400)),
            ("soon", None),
            ("-5", None),
        ] {
            assert_eq!(read(text), secs, "{text}");
        }
    }
}
