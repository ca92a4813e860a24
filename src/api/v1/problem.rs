//! Why something was not done, as RFC 9457 has it, in the same words as the command line.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value as Json;
use wasl_runtime::store::StoreError;

use crate::access::Denied;
use crate::failure::{Exit, Failure};

/// A failure and the status that programs know it by.
#[derive(Debug)]
pub(super) struct Problem {
    status: StatusCode,
    failure: Failure,
}

impl Problem {
    /// The document: `title` is the status, `detail` what happened, `help` what to do.
    fn document(&self) -> Json {
        let mut told = self.failure.to_json();
        let mut document = serde_json::json!({
            "type": "about:blank",
            "title": self.status.canonical_reason().unwrap_or_default(),
            "status": self.status.as_u16(),
            "detail": told["error"].take(),
        });
        for extra in ["help", "findings"] {
            if let Some(value) = told.get_mut(extra) {
                document[extra] = value.take();
            }
        }
        document
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        if self.status.is_server_error() {
            tracing::error!(error = %self.failure, "a request of the API failed");
        }
        let kind = [(header::CONTENT_TYPE, "application/problem+json")];
        (self.status, kind, self.document().to_string()).into_response()
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        let status = match failure.exit {
            Exit::NotFound => StatusCode::NOT_FOUND,
            Exit::Refused => StatusCode::CONFLICT,
            Exit::Usage => StatusCode::UNPROCESSABLE_ENTITY,
            Exit::Database => StatusCode::SERVICE_UNAVAILABLE,
            Exit::Done | Exit::Configuration | Exit::Occupied => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self { status, failure }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        Failure::from(error).into()
    }
}

impl From<Denied> for Problem {
    fn from(denied: Denied) -> Self {
        let roles = denied.0.roles().iter().map(|role| role.name()).collect::<Vec<_>>().join(", ");
        let failure = Failure::new(Exit::Refused, denied.to_string()).help(format!(
            "roles that may: {roles}; for a key: `wasl api-key create NAME --scope {}`",
            denied.0.name()
        ));
        Self { status: StatusCode::FORBIDDEN, failure }
    }
}
