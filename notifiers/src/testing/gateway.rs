//! A gateway on this machine, over real HTTP: keeps what it is asked, answers as it is told.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde_json::Value;
use tokio::net::TcpListener;

/// A request as the gateway saw it.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) method: String,
    pub(crate) path_and_query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Seen {
    pub(crate) fn query(&self) -> BTreeMap<String, String> {
        let query = self.path_and_query.split_once('?').map_or("", |(_, query)| query);
        form_urlencoded::parse(query.as_bytes()).into_owned().collect()
    }

    pub(crate) fn fields(&self) -> BTreeMap<String, String> {
        form_urlencoded::parse(self.body.as_bytes()).into_owned().collect()
    }
}

/// A gateway that gives its answers in order, the last one again and again.
#[derive(Clone, Default)]
pub(crate) struct Gateway {
    seen: Arc<Mutex<Vec<Seen>>>,
    answers: Arc<Mutex<Vec<(u16, HeaderMap, String)>>>,
}

impl Gateway {
    pub(crate) fn answering(answers: &[(u16, Value)]) -> Self {
        Self::saying(answers.iter().map(|(status, body)| (*status, body.to_string())))
    }

    pub(crate) fn saying(answers: impl IntoIterator<Item = (u16, String)>) -> Self {
        let mut answers: Vec<_> = answers.into_iter().map(|(status, body)| (status, HeaderMap::new(), body)).collect();
        answers.reverse();
        Self { answers: Arc::new(Mutex::new(answers)), ..Self::default() }
    }

    pub(crate) fn with_header(self, name: &'static str, value: &str) -> Self {
        for (_, headers, _) in self.answers.lock().unwrap().iter_mut() {
            headers.insert(name, value.parse().unwrap());
        }
        self
    }

    pub(crate) async fn serve(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().fallback(answer).with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        format!("http://{address}")
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

async fn answer(State(gateway): State<Gateway>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let body: Bytes = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    gateway.seen.lock().unwrap().push(Seen {
        method: head.method.to_string(),
        path_and_query: head.uri.to_string(),
        headers: head.headers,
        body: String::from_utf8(body.to_vec()).unwrap(),
    });
    let mut answers = gateway.answers.lock().unwrap();
    let (status, headers, body) = if answers.len() > 1 { answers.pop() } else { answers.last().cloned() }.unwrap();
    (StatusCode::from_u16(status).unwrap(), headers, body).into_response()
}
