//! `POST /hooks/{notifier}/inbound`: what somebody wrote to us, from the gateway of our number.
//!
//! Nothing is ever answered by itself. Twilio takes the body of our answer for instructions and a plain
//! text for an SMS to the sender, so that it gets the empty instruction in XML (its error 12300 is another
//! content type), and a refusal has no body. Other gateways look at the status alone.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Uri, header};
use axum::response::{IntoResponse as _, Response};

use super::{Received, refuse};
use crate::api::Api;

const SAY_NOTHING: &str = r#"<?xml version="1.0" encoding="UTF-8"?><Response/>"#;

/// Takes messages to us: 200 when they are stored, whether they were new or not.
pub(in crate::api) async fn inbound(
    State(api): State<Arc<Api>>,
    Path(name): Path<String>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let received = Received::new(&api, &uri, &headers);
    match api.engine.take_inbound(&name, &received.hook(&body)).await {
        Ok(all) => {
            for taken in all {
                let (inbound, first, matched) = (taken.id, taken.first, taken.case.is_some());
                tracing::info!(notifier = name, inbound, first, matched, "message to us");
            }
            ([(header::CONTENT_TYPE, "text/xml")], SAY_NOTHING).into_response()
        }
        Err(error) => refuse(&name, "inbound", &error).into_response(),
    }
}
