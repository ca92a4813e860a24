//! Other systems that are told of cases: the list, a new one, whose secret is shown once, and what each was told.

use axum::Form;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Deserialize;
use serde_json::{Value as Json, json};
use wasl_core::access::Permission;
use wasl_core::webhook::Topic;
use wasl_core::words::sentence;
use wasl_runtime::store::{Delivery, Webhook};

use crate::console::address;
use crate::console::locale::Locale;
use crate::console::page::{Desk, Page, Trouble};
use crate::console::sent::Sent;
use crate::webhooks::{Asked, NotDone, Webhooks};

/// Notices of a page.
const PAGE: u32 = 50;

/// What was just done, and which notices are wanted.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct After {
    done: Option<String>,
    before: Option<i64>,
}

fn webhooks(desk: &Desk) -> Webhooks<'_> {
    Webhooks::of(&desk.api.session, desk.viewer.who.clone())
}

/// `GET /admin/webhooks`.
pub(super) async fn list(desk: Desk, Query(after): Query<After>) -> Response {
    let removed = desk.locale.pick("It is told nothing any more.", "لن يُبلَّغ بشيء بعد الآن.");
    let result = listed(&desk, StatusCode::OK, json!({"done": after.done.map(|_| removed)})).await;
    desk.answer(result)
}

async fn listed(desk: &Desk, status: StatusCode, about: Json) -> Result<Response, Trouble> {
    desk.viewer.may(Permission::ManageWebhooks)?;
    let (locale, all) = (&desk.locale, desk.api.engine.store.webhooks().await?);
    let ticked = |list: &str, name: &str| about[list].as_array().is_some_and(|list| list.iter().any(|one| one == name));
    let topic = |topic: Topic| json!({"name": topic.name(), "words": topic.words(locale.code()), "has": ticked("topics", topic.name())});
    let workflows = webhooks(desk).active().await?;
    let workflow = |name: &str| json!({"name": name, "has": ticked("workflows", name)});
    let context = json!({
        "webhooks": all.iter().map(|webhook| row(webhook, locale)).collect::<Vec<_>>(),
        "topics": Topic::ALL.map(topic), "workflows": workflows.iter().map(|of| workflow(&of.name)).collect::<Vec<_>>(),
        "new_name": about["name"], "url": about["url"], "fields": about["fields"],
        "problem": about["problem"], "done": about["done"],
    });
    let title = locale.pick("Webhooks", "الربط مع الأنظمة").to_owned();
    desk.page(status, Page { name: "webhooks.html", title, context, live: None }).await
}

fn row(webhook: &Webhook, locale: &Locale) -> Json {
    let (state, tone) = match &webhook.stopped {
        None => (locale.pick("is told", "يُبلَّغ"), "good"),
        Some((_, None)) => (locale.pick("stopped", "موقوف"), "warn"),
        Some((_, Some(_))) => (locale.pick("stopped: does not take it", "موقوف: لا يقبل"), "bad"),
    };
    let topics: Vec<&str> = webhook.wanted.topics.iter().map(|topic| topic.name()).collect();
    let why = webhook.stopped.as_ref().and_then(|(_, why)| why.clone());
    json!({
        "name": webhook.name, "url": webhook.url, "state": state, "tone": tone, "why": why, "topics": topics,
        "everything": topics.len() == Topic::ALL.len(), "stopped": webhook.stopped.is_some(),
        "since": webhook.stopped.as_ref().map(|(at, _)| locale.moment(*at)),
        "workflows": webhook.wanted.workflows, "fields": webhook.wanted.fields, "by": webhook.created_by,
        "created": locale.moment(webhook.created_at),
    })
}

/// `POST /admin/webhooks`: adds one and shows its secret, once.
pub(super) async fn add(desk: Desk, Form(sent): Form<Sent>) -> Response {
    let result = async {
        desk.viewer.may(Permission::ManageWebhooks)?;
        let all = |name: &str| sent.all(name).map(str::to_owned).collect::<Vec<_>>();
        let fields = sent.one("fields").split([',', ' ', '،']).map(str::to_owned).collect();
        let (name, url) = (sent.one("name").to_owned(), sent.one("url").to_owned());
        let asked = Asked { name, url, topics: all("topic"), workflows: all("workflow"), fields };
        match webhooks(&desk).add(&asked).await {
            Ok(new) => {
                let title = desk.locale.pick("A new webhook", "ربط جديد").to_owned();
                let context = json!({"name": new.name, "url": new.url, "secret": new.secret});
                desk.page(StatusCode::OK, Page { name: "webhook_added.html", title, context, live: None }).await
            }
            Err(not_done) => {
                let about = json!({"problem": said(not_done, &desk.locale)?, "name": asked.name, "url": asked.url,
                    "topics": asked.topics, "workflows": asked.workflows, "fields": sent.one("fields")});
                listed(&desk, StatusCode::UNPROCESSABLE_ENTITY, about).await
            }
        }
    };
    let result = result.await;
    desk.answer(result)
}

/// `GET /admin/webhooks/{webhook}`.
pub(super) async fn show(desk: Desk, Path(name): Path<String>, Query(after): Query<After>) -> Response {
    let result = one(&desk, &name, &after).await;
    desk.answer(result)
}

async fn one(desk: &Desk, name: &str, after: &After) -> Result<Response, Trouble> {
    desk.viewer.may(Permission::ManageWebhooks)?;
    let webhook = webhooks(desk).known(name).await?;
    let deliveries = desk.api.engine.store.deliveries(webhook.id, after.before, PAGE).await?;
    let full = u32::try_from(deliveries.len()).is_ok_and(|count| count >= PAGE);
    let older = deliveries
        .last()
        .filter(|_| full)
        .map(|last| address::with(&format!("/admin/webhooks/{}", webhook.name), &[("before", last.id.to_string())]));
    let context = json!({
        "webhook": row(&webhook, &desk.locale), "name": webhook.name, "older": older,
        "deliveries": deliveries.iter().map(|one| delivery(one, &desk.locale)).collect::<Vec<_>>(),
        "done": after.done.as_deref().and_then(|act| done_words(act, &desk.locale)),
    });
    desk.page(StatusCode::OK, Page { name: "webhook.html", title: webhook.name, context, live: None }).await
}

fn done_words<'l>(act: &str, locale: &'l Locale) -> Option<&'l str> {
    let (en, ar) = match act {
        "stop" => ("Stopped. What happens waits for it for 30 days.", "أُوقف. وما يحدث ينتظره 30 يوما."),
        "start" => ("It is told again, beginning with what waits.", "يُبلَّغ من جديد، بدءا بما ينتظر."),
        "redeliver" => ("It is told that once more.", "يُبلَّغ بذلك مرة أخرى."),
        "skip" => ("Left out; it goes on with the next.", "تُرك، ويمضي إلى ما بعده."),
        _ => return None,
    };
    Some(locale.pick(en, ar))
}

fn delivery(delivery: &Delivery, locale: &Locale) -> Json {
    let (state, tone) = match (delivery.settled_at, &delivery.skipped_by) {
        (Some(_), Some(_)) => (locale.pick("left out", "تُرك"), ""),
        (Some(_), None) => (locale.pick("taken", "قُبل"), "good"),
        (None, _) if delivery.attempts > 0 => (locale.pick("not taken yet", "لم يُقبل بعد"), "warn"),
        (None, _) => (locale.pick("waits", "ينتظر"), "accent"),
    };
    let attempt = |one: &wasl_runtime::store::PostAttempt| {
        let answer = one.status.map(|status| status.to_string()).or_else(|| one.problem.clone());
        json!({"at": locale.moment(one.at), "answer": answer, "took_ms": one.took_ms})
    };
    let waits = delivery.settled_at.is_none();
    json!({
        "id": delivery.id, "topic": delivery.topic, "case": delivery.case.reference(), "state": state, "tone": tone,
        "planned": locale.moment(delivery.planned_at), "waits": waits,
        "next": waits.then(|| locale.moment(delivery.next_at)), "body": without_values(&delivery.body),
        "log": delivery.log.iter().map(attempt).collect::<Vec<_>>(),
    })
}

/// What was told, without the values of the case: who says which systems are told need not see them.
fn without_values(body: &str) -> String {
    let mut told: Json = serde_json::from_str(body).unwrap_or_default();
    let fields = told.pointer_mut("/data/fields").and_then(Json::as_object_mut);
    for value in fields.into_iter().flat_map(|fields| fields.values_mut()) {
        *value = "…".into();
    }
    told.to_string()
}

/// `POST /admin/webhooks/{webhook}`: what an administrator does about one.
pub(super) async fn act(desk: Desk, Path(name): Path<String>, Form(sent): Form<Sent>) -> Response {
    let result = async {
        desk.viewer.may(Permission::ManageWebhooks)?;
        let (webhooks, act) = (webhooks(&desk), sent.one("act"));
        let number = sent.one("delivery").parse().unwrap_or_default();
        match act {
            "stop" => drop(webhooks.stop(&name).await?),
            "start" => drop(webhooks.start(&name).await?),
            "redeliver" => webhooks.redeliver(&name, number).await?,
            "skip" => match webhooks.skip(&name, number).await {
                // It was taken meanwhile, which is better still.
                Ok(()) | Err(NotDone::NoDelivery(_)) => {}
                Err(not_done) => return Err(not_done.into()),
            },
            "remove" => {
                webhooks.remove(&name).await?;
                return Ok(Redirect::to("/admin/webhooks?done=remove").into_response());
            }
            _ => return Err(Trouble::Gone),
        }
        Ok(Redirect::to(&format!("/admin/webhooks/{name}?done={act}")).into_response())
    };
    let result = result.await;
    desk.answer(result)
}

fn said(not_done: NotDone, locale: &Locale) -> Result<String, Trouble> {
    match not_done.words(locale.language) {
        Some(words) => Ok(sentence(&words)),
        None => Err(not_done.into()),
    }
}

impl From<NotDone> for Trouble {
    fn from(not_done: NotDone) -> Self {
        match not_done {
            NotDone::NoWebhook(_) | NotDone::NoDelivery(_) => Self::Gone,
            other => Self::Failed(crate::failure::Failure::from(other).to_string().into()),
        }
    }
}
