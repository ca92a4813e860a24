//! HTTP/1.1 by hand, as far as the double needs it: a library would not let go of a connection in the
//! middle of an answer.

use std::collections::BTreeMap;
use std::io;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// A request as it came in.
pub(super) struct Request {
    pub(super) method: String,
    /// Path and query.
    pub(super) target: String,
    pub(super) body: String,
}

impl Request {
    /// The pairs of the form in the body.
    pub(super) fn form(&self) -> BTreeMap<String, String> {
        pairs(&self.body)
    }

    /// The pairs of the query.
    pub(super) fn query(&self) -> BTreeMap<String, String> {
        pairs(self.target.split_once('?').map_or("", |(_, query)| query))
    }
}

/// The pairs of a form or query.
pub(super) fn pairs(text: &str) -> BTreeMap<String, String> {
    reqwest::Url::parse(&format!("http://localhost/?{text}")).unwrap().query_pairs().into_owned().collect()
}

/// Reads the next request of a connection; `None` when the other side is done.
pub(super) async fn read(stream: &mut TcpStream, rest: &mut Vec<u8>) -> io::Result<Option<Request>> {
    let head_len = loop {
        if let Some(end) = rest.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
        if stream.read_buf(rest).await? == 0 {
            return Ok(None);
        }
    };
    let head = String::from_utf8_lossy(&rest[..head_len]).into_owned();
    let mut lines = head.lines();
    let mut words = lines.next().unwrap_or_default().split(' ').map(str::to_owned);
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let fields = lines.filter_map(|line| line.split_once(':'));
    let mut lengths =
        fields.filter(|(name, _)| name.eq_ignore_ascii_case("content-length")).map(|(_, value)| value.trim());
    let body_len: usize = lengths.next().map_or(0, |value| value.parse().unwrap_or(0));
    while rest.len() < head_len + body_len {
        if stream.read_buf(rest).await? == 0 {
            return Ok(None);
        }
    }
    let body = String::from_utf8_lossy(&rest[head_len..head_len + body_len]).into_owned();
    rest.drain(..head_len + body_len);
    Ok(Some(Request { method, target, body }))
}

/// An answer as bytes.
pub(super) fn answer(status: &str, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\ncontent-type: application/json\r\n{headers}content-length: {length}\r\n\r\n{body}")
        .into_bytes()
}

/// Sends bytes.
pub(super) async fn write(stream: &mut TcpStream, bytes: &[u8]) -> io::Result<()> {
    stream.write_all(bytes).await
}

/// Ends a connection with a reset, as a crashed machine or an impatient firewall does.
pub(super) fn reset(stream: TcpStream) {
    stream.set_zero_linger().ok();
    drop(stream);
}
