//! A request as the functions of the API get it: read, permitted and traced; and what they ask of it.

use std::sync::Arc;

use axum::body::to_bytes;
use axum::extract::{Query, Request};
use axum::http::{HeaderMap, header};
use serde::de::DeserializeOwned;
use wasl_core::access::Permission;
use wasl_core::case::{Case, CaseId};
use wasl_core::event::Body;
use wasl_runtime::store::NewEvent;

use super::problem::{Problem, Status};
use super::route::Rules;
use crate::access::{On, Token, Viewer, record};
use crate::api::Api;
use crate::session::Session;

/// Letters of the longest id that another system gives to an event.
const IDEMPOTENCY_KEY_MAX: usize = 200;

/// A request that was not read yet.
pub(super) struct Asked {
    pub(super) api: Arc<Api>,
    pub(super) viewer: Viewer,
    pub(super) params: Vec<(String, String)>,
    pub(super) request: Request,
}

/// A request.
pub(super) struct Call<Q, B> {
    /// Who asks.
    pub(super) viewer: Viewer,
    /// What is worked on, in their language.
    pub(super) session: Session,
    /// What they ask.
    pub(super) query: Q,
    /// What they send along.
    pub(super) body: B,
    headers: HeaderMap,
    params: Vec<(String, String)>,
}

impl Asked {
    /// Permits, reads and traces a request.
    pub(super) async fn read<Q: DeserializeOwned + Sync, B: DeserializeOwned + Sync>(
        self,
        rules: Rules,
    ) -> Result<Call<Q, B>, Problem> {
        let Self { api, viewer, params, request } = self;
        if let Some(permission) = rules.permission {
            viewer.may(permission)?;
        }
        let (parts, body) = request.into_parts();
        let query = Query::try_from_uri(&parts.uri).map(|Query(query)| query);
        let query = query.map_err(|error| {
            let words = error.body_text();
            let why = words.strip_prefix("Failed to deserialize query string: ").unwrap_or(&words);
            Problem::of(Status::BAD_REQUEST, format!("the query cannot be read: {why}"))
        })?;
        let too_much = || {
            let limit = rules.bytes_max / 1024;
            Problem::of(Status::PAYLOAD_TOO_LARGE, format!("more than {limit} KiB cannot be sent along"))
        };
        let bytes = to_bytes(body, rules.bytes_max).await.map_err(|_| too_much())?;
        let body = read_body(&parts.headers, &bytes)?;
        let session = api.session.speaking(viewer.language);
        let call = Call { viewer, session, query, body, headers: parts.headers, params };
        if let Some(act) = rules.act {
            call.trace(act).await?;
        }
        Ok(call)
    }
}

/// Reads what is sent along; nothing at all is an empty object.
fn read_body<B: DeserializeOwned>(headers: &HeaderMap, bytes: &[u8]) -> Result<B, Problem> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let is_json = kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"));
    if !bytes.is_empty() && !is_json {
        let problem = Problem::of(Status::UNSUPPORTED_MEDIA_TYPE, "what is sent along is not called JSON");
        return Err(problem.help("add the header `Content-Type: application/json`"));
    }
    let bytes = if bytes.is_empty() { b"{}" } else { bytes };
    serde_json::from_slice(bytes).map_err(|error| {
        let status = if error.is_data() { Status::UNPROCESSABLE_ENTITY } else { Status::BAD_REQUEST };
        Problem::of(status, format!("what is sent along cannot be read: {error}"))
    })
}

impl<Q, B> Call<Q, B> {
    /// A part of the path that varies.
    pub(super) fn param(&self, name: &str) -> &str {
        self.params.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// The case that the path names.
    pub(super) async fn case(&self) -> Result<Case, Problem> {
        Ok(self.session.case(self.param("case")).await?)
    }

    /// Refuses an edit of something that is not as it was when the editor saw it.
    pub(super) fn unchanged(&self, etag: &str) -> Result<(), Problem> {
        let Some(wanted) = self.headers.get(header::IF_MATCH) else { return Ok(()) };
        let mut wanted = wanted.to_str().unwrap_or_default().split(',').map(str::trim);
        if wanted.any(|one| one == "*" || one.trim_matches('"') == etag) {
            return Ok(());
        }
        Err(Self::changed(etag))
    }

    /// Whether the sender says which version they saw.
    pub(super) fn compares(&self) -> bool {
        self.headers.get(header::IF_MATCH).is_some_and(|wanted| wanted.as_bytes().trim_ascii() != b"*")
    }

    /// What is answered where something is not as it was seen.
    pub(super) fn changed(etag: &str) -> Problem {
        let problem = Problem::of(Status::PRECONDITION_FAILED, "this has changed since you looked at it");
        problem.help(format!("look again; it is at version \"{etag}\" now"))
    }

    /// The version on which a change is made: it must be said, so that nobody is overwritten unseen.
    pub(super) fn expected(&self) -> Result<u64, Problem> {
        let Some(given) = self.headers.get(header::IF_MATCH) else {
            let problem = Problem::of(Status::PRECONDITION_REQUIRED, "on which version is this change made?");
            return Err(problem.help("send the `ETag` of what you looked at as `If-Match`"));
        };
        let given = given.to_str().unwrap_or_default().trim().trim_matches('"');
        given.parse().map_err(|_| Problem::of(Status::PRECONDITION_FAILED, "`If-Match` names no version of this"))
    }

    /// Whose ids events of this caller have.
    pub(super) fn source(&self) -> String {
        format!("api:{}", self.viewer.who)
    }

    /// The caller's own id of what they report: the same one again is the same event. A new one where none is given.
    pub(super) fn source_id(&self) -> Result<String, Problem> {
        self.own_id()?.map_or_else(|| Ok(Token::draw()?.reveal().to_owned()), Ok)
    }

    /// The event that the caller has told of this case under the same id before: it gets the first answer, whatever
    /// has changed since.
    pub(super) async fn told_before(
        &self,
        case: CaseId,
        is_same: impl Fn(&Body) -> bool,
    ) -> Result<Option<NewEvent>, Problem> {
        let Some(source_id) = self.own_id()? else { return Ok(None) };
        let source = self.source();
        let Some(told) = self.session.store().event(&source, &source_id).await? else { return Ok(None) };
        if told.case != case || !is_same(&told.event.body) {
            let words = "this `Idempotency-Key` has been used for something else";
            return Err(Problem::of(Status::UNPROCESSABLE_ENTITY, words).help("give each request an id of its own"));
        }
        let (at, by, body) = (told.event.at, told.event.by, told.event.body);
        Ok(Some(NewEvent { case, source, source_id, at, by: by.to_string(), body }))
    }

    fn own_id(&self) -> Result<Option<String>, Problem> {
        let Some(given) = self.headers.get("idempotency-key") else { return Ok(None) };
        let given = given.to_str().unwrap_or_default().trim().trim_matches('"');
        if given.is_empty() || given.len() > IDEMPOTENCY_KEY_MAX {
            let words = format!("`Idempotency-Key` has between 1 and {IDEMPOTENCY_KEY_MAX} letters");
            return Err(Problem::of(Status::BAD_REQUEST, words));
        }
        Ok(Some(given.to_owned()))
    }

    /// Whether the personal fields of these cases are shown. That they are is recorded first.
    pub(super) async fn sees(&self, cases: impl IntoIterator<Item = CaseId>) -> Result<bool, Problem> {
        if !self.viewer.can(Permission::SeePersonalFields) {
            return Ok(false);
        }
        let mut cases: Vec<CaseId> = cases.into_iter().collect();
        cases.sort_unstable();
        cases.dedup();
        let on: Vec<On<'_>> = cases.into_iter().map(On::from).collect();
        let (store, now) = (self.session.store(), self.session.engine.now());
        record(store, now, &self.viewer, "case.see_personal", &on).await?;
        Ok(true)
    }

    /// Records what is about to be done, on what the path names.
    async fn trace(&self, act: &str) -> Result<(), Problem> {
        let other = self.params.iter().find(|(name, _)| name != "case");
        let case = match (self.param("case"), other) {
            ("", other) => other.and_then(|(_, id)| case_of(id)),
            (reference, _) => Some(self.session.case(reference).await?.id),
        };
        let on = On { case, subject: other.map(|(_, value)| value.as_str()) };
        let (store, now) = (self.session.store(), self.session.engine.now());
        Ok(record(store, now, &self.viewer, act, &[on]).await?)
    }
}

/// The case of a task or message: its id begins with the case's number.
fn case_of(effect: &str) -> Option<CaseId> {
    effect.split_once('.')?.0.parse().ok().map(CaseId)
}
