//! What a route is: its place, who may use it, how the trace names it, and the function that answers.
//!
//! The types of the function are the types of the document: what it takes and gives cannot be described otherwise.
//! Permission, trace, reading and refusing are done here, before it is called, so that no function can forget them.

use std::sync::Arc;

use axum::Json;
use axum::extract::{RawPathParams, Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, MethodRouter, on};
use futures_util::future::BoxFuture;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use wasl_core::access::Permission;

use super::Problem;
use super::call::{Asked, Call};
use crate::access::Viewer;
use crate::api::{Api, BODY_BYTES_MAX};

/// The folder of all routes.
pub(super) const BASE: &str = "/api/v1";

/// Makes the schema of a type.
pub(super) type Describe = fn(&mut SchemaGenerator) -> Schema;

/// A route.
pub(super) struct Route {
    /// How it is asked.
    pub(super) method: Method,
    /// Where, below [`BASE`]; `{name}` stands for a part that varies.
    pub(super) path: &'static str,
    /// What it does, in a line.
    pub(super) summary: &'static str,
    /// Who may use it, and how.
    pub(super) rules: Rules,
    /// What may be asked in the query.
    pub(super) query: Describe,
    /// What is sent along.
    pub(super) body: Describe,
    /// What is answered.
    pub(super) answer: Describe,
    /// What is sent along, for example.
    pub(super) example: Option<&'static str>,
    /// Whether something new may come of it.
    pub(super) makes: bool,
    /// Whether it must say on which version it is made, or may.
    pub(super) compares: Compares,
    /// Whether the same `Idempotency-Key` again changes nothing.
    pub(super) once: bool,
    run: Run,
}

/// Who may use a route, and how.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules {
    /// The permission that it needs; `None` for everybody who is known.
    pub(super) permission: Option<Permission>,
    /// How the trace names it before it is done; `None` for what only looks, and for what is traced with its change.
    pub(super) act: Option<&'static str>,
    /// Bytes that may be sent along.
    pub(super) bytes_max: usize,
}

/// Whether a route looks at `If-Match`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compares {
    /// It makes no difference.
    Never,
    /// An edit of something that has changed since is refused, where it is sent.
    IfSent,
    /// It must be sent.
    Always,
}

type Run = Arc<dyn Fn(Asked, Rules) -> BoxFuture<'static, Result<Response, Problem>> + Send + Sync>;

/// Nothing is asked or sent along.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Nothing {}

/// An answer that went well.
#[derive(Debug)]
pub(super) struct Reply<A> {
    /// What is answered.
    pub(super) body: A,
    /// The version of what is shown, for `If-Match`.
    pub(super) etag: Option<String>,
    /// 200, or 201 for what is new.
    pub(super) status: StatusCode,
}

impl<A> Reply<A> {
    /// An answer.
    pub(super) fn of(body: A) -> Self {
        Self { body, etag: None, status: StatusCode::OK }
    }

    /// With the version of what is shown.
    pub(super) fn etag(self, etag: String) -> Self {
        Self { etag: Some(etag), ..self }
    }

    /// Something was made.
    pub(super) fn made(self) -> Self {
        Self { status: StatusCode::CREATED, ..self }
    }
}

/// What is answered, or why not.
pub(super) type Answered<A> = Result<Reply<A>, Problem>;

/// A route that only looks.
pub(super) fn get<Q, A, F, T>(
    path: &'static str,
    permission: impl Into<Option<Permission>>,
    summary: &'static str,
    handler: F,
) -> Route
where
    Q: DeserializeOwned + JsonSchema + Send + Sync + 'static,
    A: Serialize + JsonSchema + Send + 'static,
    F: Fn(Call<Q, Nothing>) -> T + Clone + Send + Sync + 'static,
    T: Future<Output = Answered<A>> + Send + 'static,
{
    let rules = Rules { permission: permission.into(), act: None, bytes_max: BODY_BYTES_MAX };
    route(Method::GET, path, rules, summary, handler)
}

/// A route that does something: it is traced under its act before it is done.
pub(super) fn post<B, A, F, T>(
    path: &'static str,
    (permission, act): (Permission, &'static str),
    summary: &'static str,
    handler: F,
) -> Route
where
    B: DeserializeOwned + JsonSchema + Send + Sync + 'static,
    A: Serialize + JsonSchema + Send + 'static,
    F: Fn(Call<Nothing, B>) -> T + Clone + Send + Sync + 'static,
    T: Future<Output = Answered<A>> + Send + 'static,
{
    let rules = Rules { permission: Some(permission), act: Some(act), bytes_max: BODY_BYTES_MAX };
    route(Method::POST, path, rules, summary, handler)
}

/// A route that changes what the trace is about, so that both are written together or not at all.
pub(super) fn change<B, A, F, T>(
    path: &'static str,
    permission: impl Into<Option<Permission>>,
    summary: &'static str,
    handler: F,
) -> Route
where
    B: DeserializeOwned + JsonSchema + Send + Sync + 'static,
    A: Serialize + JsonSchema + Send + 'static,
    F: Fn(Call<Nothing, B>) -> T + Clone + Send + Sync + 'static,
    T: Future<Output = Answered<A>> + Send + 'static,
{
    let rules = Rules { permission: permission.into(), act: None, bytes_max: BODY_BYTES_MAX };
    route(Method::POST, path, rules, summary, handler)
}

/// The same for a whole thing that is put in place of another.
pub(super) fn put<B, A, F, T>(
    path: &'static str,
    permission: impl Into<Option<Permission>>,
    summary: &'static str,
    handler: F,
) -> Route
where
    B: DeserializeOwned + JsonSchema + Send + Sync + 'static,
    A: Serialize + JsonSchema + Send + 'static,
    F: Fn(Call<Nothing, B>) -> T + Clone + Send + Sync + 'static,
    T: Future<Output = Answered<A>> + Send + 'static,
{
    Route { method: Method::PUT, ..change(path, permission, summary, handler) }
}

fn route<Q, B, A, F, T>(method: Method, path: &'static str, rules: Rules, summary: &'static str, handler: F) -> Route
where
    Q: DeserializeOwned + JsonSchema + Send + Sync + 'static,
    B: DeserializeOwned + JsonSchema + Send + Sync + 'static,
    A: Serialize + JsonSchema + Send + 'static,
    F: Fn(Call<Q, B>) -> T + Clone + Send + Sync + 'static,
    T: Future<Output = Answered<A>> + Send + 'static,
{
    let run = move |asked: Asked, rules: Rules| -> BoxFuture<'static, Result<Response, Problem>> {
        let handler = handler.clone();
        Box::pin(async move {
            let call = asked.read(rules).await?;
            handler(call).await.map(Reply::into_response)
        })
    };
    Route {
        method,
        path,
        summary,
        rules,
        query: SchemaGenerator::subschema_for::<Q>,
        body: SchemaGenerator::subschema_for::<B>,
        answer: SchemaGenerator::subschema_for::<A>,
        example: None,
        makes: false,
        compares: Compares::Never,
        once: false,
        run: Arc::new(run),
    }
}

impl Route {
    /// Shows what is sent along.
    pub(super) fn example(self, example: &'static str) -> Self {
        Self { example: Some(example), ..self }
    }

    /// Says that something new may come of it.
    pub(super) fn makes(self) -> Self {
        Self { makes: true, ..self }
    }

    /// Asks for the version on which it is made: the function takes it by [`Call::expected`].
    pub(super) fn guarded(self) -> Self {
        Self { compares: Compares::Always, ..self }
    }

    /// Takes the version that was looked at: the function compares it by [`Call::unchanged`].
    pub(super) fn compared(self) -> Self {
        Self { compares: Compares::IfSent, ..self }
    }

    /// Does the same only once: the function knows it again by [`Call::told_before`].
    pub(super) fn once(self) -> Self {
        Self { once: true, ..self }
    }

    /// Lets more be sent along than a form has.
    pub(super) fn bytes(self, bytes_max: usize) -> Self {
        Self { rules: Rules { bytes_max, ..self.rules }, ..self }
    }

    /// The route for the server.
    pub(super) fn serve(self) -> (String, MethodRouter<Arc<Api>>) {
        let (run, rules) = (self.run, self.rules);
        let handler = move |State(api): State<Arc<Api>>, viewer: Viewer, params: RawPathParams, request: Request| {
            let params = params.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
            let answer = run(Asked { api, viewer, params, request }, rules);
            async move { answer.await.unwrap_or_else(IntoResponse::into_response) }
        };
        let filter = MethodFilter::try_from(self.method).unwrap_or(MethodFilter::GET);
        (format!("{BASE}{}", self.path), on(filter, handler))
    }
}

impl<A: Serialize> Reply<A> {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(self.body)).into_response();
        let etag = self.etag.and_then(|etag| HeaderValue::from_str(&format!("\"{etag}\"")).ok());
        if let Some(etag) = etag {
            response.headers_mut().insert(header::ETAG, etag);
        }
        response
    }
}
