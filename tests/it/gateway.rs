//! A fake Twilio over real HTTP: keeps what it is sent, lists it, and can lose its replies.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value as Json_, json};

/// A request as it came in.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) account: String,
    pub(crate) authorization: String,
    pub(crate) content_type: String,
    pub(crate) raw: String,
    pub(crate) form: BTreeMap<String, String>,
}

#[derive(Default)]
struct Kept {
    requests: Vec<Request>,
    /// The parameters of each list that was asked for.
    lists: Vec<BTreeMap<String, String>>,
    messages: Vec<Json_>,
    /// Whether the next message is taken and its reply replaced by an error of the server.
    lose_replies: bool,
    /// Statuses to answer with instead, one for each request.
    refuse: Vec<(StatusCode, Json_)>,
}

/// The gateway. It stops with the test's runtime.
#[derive(Clone)]
pub(crate) struct FakeTwilio {
    pub(crate) address: SocketAddr,
    kept: Arc<Mutex<Kept>>,
}

impl FakeTwilio {
    pub(crate) async fn start() -> Self {
        Self::start_at(SocketAddr::from(([127, 0, 0, 1], 0))).await
    }

    pub(crate) async fn start_at(address: SocketAddr) -> Self {
        let listener = tokio::net::TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let kept = Arc::new(Mutex::new(Kept::default()));
        let path = "/2010-04-01/Accounts/{account}/Messages.json";
        let app = Router::new().route(path, post(create).get(list)).with_state(Arc::clone(&kept));
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { address, kept }
    }

    pub(crate) fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.kept.lock().unwrap().requests.clone()
    }

    pub(crate) fn lists(&self) -> Vec<BTreeMap<String, String>> {
        self.kept.lock().unwrap().lists.clone()
    }

    pub(crate) fn messages(&self) -> Vec<Json_> {
        self.kept.lock().unwrap().messages.clone()
    }

    pub(crate) fn lose_replies(&self, lose: bool) {
        self.kept.lock().unwrap().lose_replies = lose;
    }

    pub(crate) fn refuse_next(&self, status: StatusCode, body: Json_) {
        self.kept.lock().unwrap().refuse.push((status, body));
    }
}

async fn create(
    State(kept): State<Arc<Mutex<Kept>>>,
    Path(account): Path<String>,
    headers: HeaderMap,
    raw: String,
) -> axum::response::Response {
    let header = |name: &str| headers.get(name).map_or(String::new(), |value| value.to_str().unwrap().to_owned());
    let form: BTreeMap<String, String> = serde_urlencoded_pairs(&raw);
    let mut kept = kept.lock().unwrap();
    kept.requests.push(Request {
        account: account.clone(),
        authorization: header("authorization"),
        content_type: header("content-type"),
        raw,
        form: form.clone(),
    });
    if !kept.refuse.is_empty() {
        let (status, body) = kept.refuse.remove(0);
        return (status, Json(body)).into_response();
    }
    let sid = format!("SM{:032x}", kept.messages.len() + 1);
    let message = json!({
        "sid": sid, "account_sid": account, "to": form["To"], "from": form.get("From"), "body": form["Body"],
        "status": "queued", "num_segments": "2", "num_media": "0", "price": null, "error_code": null,
        "error_message": null, "date_created": jiff::fmt::rfc2822::to_string(&jiff::Timestamp::now().to_zoned_datetime(jiff::tz::TimeZone::UTC)).unwrap(),
        "date_sent": null, "uri": format!("/2010-04-01/Accounts/{account}/Messages/{sid}.json"),
    });
    kept.messages.push(message.clone());
    if kept.lose_replies {
        return (StatusCode::BAD_GATEWAY, "upstream went away").into_response();
    }
    (StatusCode::CREATED, Json(message)).into_response()
}

async fn list(State(kept): State<Arc<Mutex<Kept>>>, Query(query): Query<BTreeMap<String, String>>) -> Json<Json_> {
    let mut kept = kept.lock().unwrap();
    kept.lists.push(query.clone());
    let to = query.get("To");
    let found: Vec<&Json_> =
        kept.messages.iter().filter(|message| to.is_none_or(|to| message["to"].as_str() == Some(to))).collect();
    Json(json!({"messages": found, "next_page_uri": null, "page": 0, "page_size": 50}))
}

/// Decodes a form as a gateway does: `+` is a space, `%2B` a plus.
fn serde_urlencoded_pairs(raw: &str) -> BTreeMap<String, String> {
    let decode = |text: &str| {
        let bytes = text.replace('+', " ").into_bytes();
        let mut plain = Vec::new();
        let mut rest = bytes.as_slice();
        while let [first, tail @ ..] = rest {
            if let (b'%', [high, low, after @ ..]) = (*first, tail) {
                let digits = [*high, *low];
                plain.push(u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap());
                rest = after;
            } else {
                plain.push(*first);
                rest = tail;
            }
        }
        String::from_utf8(plain).unwrap()
    };
    raw.split('&').filter_map(|pair| pair.split_once('=')).map(|(name, value)| (decode(name), decode(value))).collect()
}
