//! From which address a request comes: the one that connected, unless that is a proxy of ours, which says for whom.

use std::net::{IpAddr, SocketAddr};

use axum::extract::ConnectInfo;
use axum::http::request::Parts;

/// The address of whoever asks. Of `X-Forwarded-For` only what our own proxies added counts: read from its end, the
/// first address that is none of them.
pub(super) fn of(parts: &Parts, proxies: &[IpAddr]) -> IpAddr {
    let connected = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(address)| address.ip());
    let connected = connected.unwrap_or(IpAddr::from([0, 0, 0, 0])).to_canonical();
    if !proxies.contains(&connected) {
        return connected;
    }
    let values = parts.headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
    let hops: Vec<&str> = values.flat_map(|value| value.split(',')).map(str::trim).collect();
    let known = hops.iter().rev().map_while(|hop| hop.parse::<IpAddr>().ok()).map(|hop| hop.to_canonical());
    known.into_iter().find(|hop| !proxies.contains(hop)).unwrap_or(connected)
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    fn seen(connected: &str, forwarded: &[&str], proxies: &[&str]) -> String {
        let mut request = Request::builder();
        for value in forwarded {
            request = request.header("x-forwarded-for", *value);
        }
        let (mut parts, ()) = request.body(()).unwrap().into_parts();
        parts.extensions.insert(ConnectInfo(SocketAddr::new(connected.parse().unwrap(), 4711)));
        let proxies: Vec<IpAddr> = proxies.iter().map(|proxy| proxy.parse().unwrap()).collect();
        of(&parts, &proxies).to_string()
    }

    #[test]
    fn only_a_proxy_of_ours_is_believed_and_only_what_it_added_itself() {
        for (connected, forwarded, proxies, expected) in [
            ("192.0.2.7", &["10.9.9.9"][..], &[][..], "192.0.2.7"),
            ("192.0.2.7", &["10.9.9.9"], &["127.0.0.1"], "192.0.2.7"),
            ("127.0.0.1", &["192.0.2.7"], &["127.0.0.1"], "192.0.2.7"),
            ("127.0.0.1", &["1.1.1.1, 192.0.2.7"], &["127.0.0.1"], "192.0.2.7"),
            ("127.0.0.1", &["1.1.1.1", "192.0.2.7, 10.0.0.1"], &["127.0.0.1", "10.0.0.1"], "192.0.2.7"),
            ("127.0.0.1", &["1.1.1.1, nonsense"], &["127.0.0.1"], "127.0.0.1"),
            ("127.0.0.1", &[], &["127.0.0.1"], "127.0.0.1"),
            ("::ffff:127.0.0.1", &["2001:db8::1"], &["127.0.0.1"], "2001:db8::1"),
        ] {
            assert_eq!(seen(connected, forwarded, proxies), expected, "{connected} {forwarded:?} {proxies:?}");
        }
    }
}
