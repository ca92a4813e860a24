//! Small network helpers that several notifiers share: what counts as this machine, which addresses
//! are acceptable, and reading an answer without trusting its size.

use std::error::Error;
use std::io;
use std::iter::successors;
use std::net::IpAddr;
use std::time::Duration;

use jiff::SignedDuration;
use reqwest::{Response, Url};

/// Whether a host name means this machine, so that nothing said to it crosses a network.
pub(crate) fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost") || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Reads an address that must be protected by TLS unless it is on this machine.
///
/// # Errors
/// What is wrong with it, as the end of a sentence that names the key.
pub(crate) fn guarded_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| format!("is not a web address: {error}"))?;
    let Some(host) = url.host_str() else {
        return Err("names no host".to_owned());
    };
    if !url.username().is_empty() || url.password().is_some() {
        return Err("carries credentials: leave them out of the address".to_owned());
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("must end before `?` and `#`".to_owned());
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_loopback(host) => Ok(url),
        _ => Err("must begin with `https://`; `http://` is for this machine only, as personal data would travel in the clear".to_owned()),
    }
}

/// A time limit as the standard library wants it.
///
/// # Errors
/// When it is not positive.
pub(crate) fn positive(limit: SignedDuration) -> Result<Duration, String> {
    Duration::try_from(limit)
        .ok()
        .filter(|limit| !limit.is_zero())
        .ok_or_else(|| "must be longer than zero, for example `10s`".to_owned())
}

/// Whether a connection failed in its TLS handshake, as opposed to not being made: trying again is
/// no use before a person looked at names and certificates.
pub(crate) fn is_tls_failure(error: &(dyn Error + 'static)) -> bool {
    successors(Some(error), |&cause| cause.source()).filter_map(|cause| cause.downcast_ref()).any(wraps_tls_error)
}

/// An IO error hides what it wraps from `source`, and may wrap another one.
fn wraps_tls_error(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|inner| match inner.downcast_ref() {
        Some(nested) => wraps_tls_error(nested),
        None => inner.is::<rustls::Error>(),
    })
}

/// Why an answer's body could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BodyError {
    /// The connection broke or the time ran out.
    Lost,
    /// It is larger than we accept.
    TooLarge,
}

/// Reads an answer's body up to `limit_bytes`, so that a confused gateway cannot fill our memory.
pub(crate) async fn read_body(mut response: Response, limit_bytes: usize) -> Result<Vec<u8>, BodyError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|_| BodyError::Lost)? {
        if body.len() + chunk.len() > limit_bytes {
            return Err(BodyError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_counts_as_loopback() {
        for host in ["localhost", "LOCALHOST", "127.0.0.1", "127.8.9.1", "::1", "[::1]"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in ["example.bh", "10.0.0.1", "0.0.0.0", "127.0.0.1.example.bh", "localhost.example.bh", "::"] {
            assert!(!is_loopback(host), "{host}");
        }
    }

    #[test]
    fn addresses_need_tls_unless_they_stay_here() {
        for good in ["https://api.twilio.com", "http://127.0.0.1:8080", "http://[::1]:80/x", "http://localhost"] {
            assert!(guarded_url(good).is_ok(), "{good}");
        }
        for (bad, part) in [
            ("http://api.twilio.com", "https://"),
            ("ftp://localhost", "https://"),
            ("api.twilio.com", "not a web address"),
            ("https://user:pw@api.twilio.com", "credentials"),
            ("https://api.twilio.com?x=1", "before `?`"),
        ] {
            let error = guarded_url(bad).unwrap_err();
            assert!(error.contains(part), "{bad}: {error}");
        }
    }

    #[test]
    fn a_limit_is_longer_than_zero() {
        assert_eq!(positive(SignedDuration::from_secs(2)).unwrap(), Duration::from_secs(2));
        assert!(positive(SignedDuration::ZERO).is_err());
        assert!(positive(SignedDuration::from_secs(-1)).is_err());
    }
}
