//! How long what is kept of families, one case erased because somebody asks for it, and cases that are kept from it.

use wasl_core::access::Permission::{ActOnCase, ManageRetention};
use wasl_core::event::Body;

use super::call::Call;
use super::cases::{Reason, act, lacks};
use super::route::{Answered, Nothing, Reply, Route, get, post};
use super::shown::Outcome;
use crate::acts;
use crate::retention::{StateShown, state};

/// The routes.
pub(super) fn routes() -> Vec<Route> {
    vec![
        get("/retention", ManageRetention, "Show what is erased when, what is due and what was erased last", show),
        post(
            "/cases/{case}/keep",
            (ActOnCase, "case.keep"),
            "Keep a case from being erased, such as in a dispute",
            keep,
        )
        .example(r#"{"reason": "complaint 2026/7 is with the court"}"#)
        .once(),
        post(
            "/cases/{case}/keep-no-longer",
            (ActOnCase, "case.keep_no_longer"),
            "Let a case be erased again as others are",
            keep_no_longer,
        )
        .example(r#"{"reason": "the court has decided"}"#)
        .once(),
        post(
            "/cases/{case}/erase",
            (ManageRetention, "case.erase"),
            "Erase what a closed case says of people; it cannot be undone",
            erase,
        )
        .example(r#"{"reason": "request 2026/41 under article 23"}"#),
    ]
}

async fn show(call: Call<Nothing, Nothing>) -> Answered<StateShown> {
    Ok(Reply::of(StateShown::from(&state(&call.session).await?)))
}

async fn keep(call: Call<Nothing, Reason>) -> Answered<Outcome> {
    let reason = acts::reason(&call.body.reason).map_err(lacks)?;
    act(&call, Body::Keep { reason }).await
}

async fn keep_no_longer(call: Call<Nothing, Reason>) -> Answered<Outcome> {
    let reason = acts::reason(&call.body.reason).map_err(lacks)?;
    act(&call, Body::KeepNoLonger { reason }).await
}

async fn erase(call: Call<Nothing, Reason>) -> Answered<Outcome> {
    let reason = acts::reason(&call.body.reason).map_err(lacks)?;
    let case = call.case().await?;
    let submitted = call.session.engine.erase_case(case.id, (&call.viewer.who, &reason)).await?;
    Outcome::of(&call, &submitted).await
}
