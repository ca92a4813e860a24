//! A row that could not be read: its columns in a form, what is wrong beside each, and what came of the correction.

use std::collections::BTreeMap;

use axum::Form;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use serde_json::{Value as Json, json};
use wasl_core::access::Permission;
use wasl_core::case::CaseId;
use wasl_core::schema::Problem;
use wasl_runtime::intake::Corrected;

use super::detections::result;
use crate::access::{On, record};
use crate::console::page::{Desk, Page, Trouble};
use crate::console::workflows::by;
use crate::corrections::{Sheet, find, sheet};
use crate::failure::{Exit, Failure};

/// What the names of a form's fields begin with that are columns.
const COLUMN: &str = "column.";

/// `GET /detections/rejected/{row}`.
pub(super) async fn show(desk: Desk, Path(row): Path<String>) -> Response {
    let result = async {
        let sheet = opened(&desk, &row).await?;
        page(&desk, &row, &sheet, None).await
    };
    let result = result.await;
    desk.answer(result)
}

/// `POST /detections/rejected/{row}`.
pub(super) async fn correct(desk: Desk, Path(row): Path<String>, Form(sent): Form<Vec<(String, String)>>) -> Response {
    let result = take(&desk, &row, sent).await;
    desk.answer(result)
}

/// The row; that its personal values are looked at is recorded first.
async fn opened(desk: &Desk, row: &str) -> Result<Sheet, Trouble> {
    desk.viewer.may(Permission::CorrectRecords)?;
    let session = desk.api.session.speaking(desk.locale.language);
    let found = find(&session, row).await.map_err(|failure| missing(&failure))?;
    let sheet = sheet(&session, found).await.map_err(|failure| missing(&failure))?;
    if desk.viewer.can(Permission::SeePersonalFields) {
        trace(desk, "rejected.see_personal", row).await?;
    }
    Ok(sheet)
}

fn missing(failure: &Failure) -> Trouble {
    match failure.exit {
        Exit::NotFound | Exit::Refused | Exit::Usage => Trouble::Gone,
        _ => Trouble::Failed(failure.to_string().into()),
    }
}

async fn trace(desk: &Desk, act: &str, row: &str) -> Result<(), Trouble> {
    let on = On { case: None, subject: Some(row) };
    Ok(record(&desk.api.engine.store, desk.locale.now, &desk.viewer, act, &[on]).await?)
}

async fn take(desk: &Desk, row: &str, sent: Vec<(String, String)>) -> Result<Response, Trouble> {
    let sheet = opened(desk, row).await?;
    let columns = sent.into_iter().filter_map(|(name, value)| Some((name.strip_prefix(COLUMN)?.to_owned(), value)));
    let typed: BTreeMap<String, String> = columns.collect();
    let given = sheet.with(typed).map_err(|failure| missing(&failure))?;
    trace(desk, "rejected.correct", row).await?;
    let corrected = desk.api.engine.correct_rejected(&sheet.rejected, &given, &desk.viewer.who).await?;
    match corrected {
        Some(Corrected::Taken { .. }) => Ok(Redirect::to(&format!("/detections/rejected/{row}")).into_response()),
        Some(Corrected::Refused(problems)) => page(desk, row, &sheet, Some((&given, &problems))).await,
        None => Err(Trouble::Gone),
    }
}

/// What was typed, and what is wrong with it.
type Typed<'t> = (&'t BTreeMap<String, String>, &'t [Problem]);

async fn page(desk: &Desk, row: &str, sheet: &Sheet, typed: Option<Typed<'_>>) -> Result<Response, Trouble> {
    let (locale, rejected) = (&desk.locale, &sheet.rejected);
    let problems = typed.map_or(rejected.problems.as_slice(), |(_, problems)| problems);
    let sees = desk.viewer.can(Permission::SeePersonalFields);
    let whole = rejected.given.as_ref().and_then(|given| given.whole.as_ref()).filter(|_| sees);
    let done = rejected.corrected.as_ref().map(|done| {
        json!({"result": result(&done.result, locale), "by": by(&done.by, locale), "at": locale.moment(done.at),
            "case": done.case.map(CaseId::reference)})
    });
    let context = json!({
        "row": row, "file": rejected.file, "line": rejected.line, "detection": rejected.detection,
        "columns": columns(sheet, typed, problems, (sees, locale.code())), "whole": whole, "done": done, "again": typed.is_some(),
        "kept": rejected.given.is_some(), "problems": sheet.wrong_as_a_whole(problems, locale.code()),
    });
    let title = locale.pick("A row that could not be read", "صف تعذرت قراءته").to_owned();
    let status = if typed.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    desk.page(status, Page { name: "correction.html", title, context, live: None }).await
}

fn columns(sheet: &Sheet, typed: Option<Typed<'_>>, problems: &[Problem], (sees, language): (bool, &str)) -> Vec<Json> {
    let column = |column: &crate::corrections::Column| {
        let shown = sees || sheet.is_open(column) || typed.is_some();
        let value = if shown { sheet.value(column, typed.map(|(values, _)| values)) } else { String::new() };
        json!({"name": column.name, "title": column.title, "optional": column.optional, "value": value,
            "wrong": Sheet::wrong(column, problems, language)})
    };
    sheet.columns.iter().map(column).collect()
}
