//! What pages are made of besides HTML: one style sheet, one script, one picture. Embedded, and named by their
//! content, so that browsers keep them for good and never show an old one.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use sha2::{Digest as _, Sha256};

use crate::api::Api;

const FILES: [(&str, &str, &str); 4] = [
    ("console.css", "text/css; charset=utf-8", include_str!("assets/console.css")),
    ("console.js", "text/javascript; charset=utf-8", include_str!("assets/console.js")),
    ("editor.js", "text/javascript; charset=utf-8", include_str!("assets/editor.js")),
    ("wasl.svg", "image/svg+xml", include_str!("assets/wasl.svg")),
];

/// Letters of the hash in a name: enough to tell releases apart.
const HASH_LETTERS: usize = 12;

/// A file, as browsers ask for it.
#[derive(Debug)]
struct Asset {
    kind: &'static str,
    text: &'static str,
}

/// The files by their names in pages and in addresses.
#[derive(Debug)]
pub(super) struct Assets {
    addresses: BTreeMap<&'static str, String>,
    files: BTreeMap<String, Asset>,
}

impl Assets {
    pub(super) fn new() -> Self {
        let (mut addresses, mut files) = (BTreeMap::new(), BTreeMap::new());
        for (name, kind, text) in FILES {
            let (stem, ending) = name.rsplit_once('.').unwrap_or((name, ""));
            let named = format!("{stem}.{}.{ending}", hash(text));
            addresses.insert(name, format!("/assets/{named}"));
            files.insert(named, Asset { kind, text });
        }
        Self { addresses, files }
    }

    /// Where a page finds a file.
    pub(super) fn address(&self, name: &str) -> Option<&str> {
        self.addresses.get(name).map(String::as_str)
    }
}

fn hash(text: &str) -> String {
    let hex = Sha256::digest(text).iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    });
    hex[..HASH_LETTERS].to_owned()
}

/// `GET /assets/{file}`.
pub(super) async fn serve(State(api): State<Arc<Api>>, Path(file): Path<String>) -> Response {
    let Some(asset) = api.console.assets.files.get(&file) else { return StatusCode::NOT_FOUND.into_response() };
    let headers = [(header::CONTENT_TYPE, asset.kind), (header::CACHE_CONTROL, "public, max-age=31536000, immutable")];
    (headers, asset.text).into_response()
}
