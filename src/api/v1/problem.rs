//! Why something was not done, as RFC 9457 has it, in the same words as the command line.

pub(super) use axum::http::StatusCode as Status;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value as Json, json};
use wasl_core::access::Permission;
use wasl_runtime::engine::{DraftRefusal, EngineError};
use wasl_runtime::store::StoreError;

use crate::access::{Denied, NotDone};
use crate::failure::{Exit, Failure};

/// A failure and the status that programs know it by.
#[derive(Debug)]
pub(in crate::api) struct Problem {
    status: Status,
    failure: Failure,
}

impl Problem {
    /// A problem of the request itself.
    pub(super) fn of(status: Status, words: impl Into<String>) -> Self {
        Self { status, failure: Failure::new(Exit::Refused, words) }
    }

    /// A word that is none of those that there are.
    pub(super) fn unknown(what: &str, word: &str) -> Self {
        Self::of(Status::UNPROCESSABLE_ENTITY, format!("there is no {what} `{word}`"))
    }

    /// Adds what to do.
    pub(super) fn help(self, help: impl Into<String>) -> Self {
        Self { failure: self.failure.help(help), ..self }
    }

    /// The document: `title` is the status, `detail` what happened, `help` what to do.
    fn document(&self) -> Json {
        let mut told = self.failure.to_json();
        let mut document = json!({
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
        let mut response = (self.status, kind, self.document().to_string()).into_response();
        if self.status == Status::TOO_MANY_REQUESTS {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        let status = match failure.exit {
            Exit::NotFound => Status::NOT_FOUND,
            Exit::Refused => Status::CONFLICT,
            Exit::Usage => Status::UNPROCESSABLE_ENTITY,
            Exit::Database => Status::SERVICE_UNAVAILABLE,
            Exit::Done | Exit::Configuration | Exit::Occupied => Status::INTERNAL_SERVER_ERROR,
        };
        Self { status, failure }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        Failure::from(error).into()
    }
}

impl From<EngineError> for Problem {
    fn from(error: EngineError) -> Self {
        // Values that do not fit are a mistake of the request, not of the case's moment.
        let status = match &error {
            EngineError::BadCase { .. } | EngineError::DraftRefused(DraftRefusal::Note | DraftRefusal::File { .. }) => {
                Some(Status::UNPROCESSABLE_ENTITY)
            }
            EngineError::Busy => Some(Status::TOO_MANY_REQUESTS),
            EngineError::DraftRefused(DraftRefusal::Stale { .. }) => Some(Status::PRECONDITION_FAILED),
            EngineError::DraftRefused(DraftRefusal::Own | DraftRefusal::NoPerson) => Some(Status::FORBIDDEN),
            _ => None,
        };
        let problem = Self::from(Failure::from(error));
        Self { status: status.unwrap_or(problem.status), ..problem }
    }
}

impl From<NotDone> for Problem {
    fn from(not_done: NotDone) -> Self {
        Failure::from(not_done).into()
    }
}

impl From<Denied> for Problem {
    fn from(denied: Denied) -> Self {
        let roles = denied.0.roles().iter().map(|role| role.name()).collect::<Vec<_>>().join(", ");
        let help = match denied.0 {
            Permission::ManageUsers => format!("roles that may: {roles}; a key never does"),
            scope => format!("roles that may: {roles}; for a key: `wasl api-key create NAME --scope {}`", scope.name()),
        };
        Self::of(Status::FORBIDDEN, denied.to_string()).help(help)
    }
}
