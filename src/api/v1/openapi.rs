//! The OpenAPI document, made from the routes and the types of their functions, and a page that people can read.
//!
//! `docs/openapi.json` is the document as it was last looked at; a test says when it differs.

mod page;

use std::sync::LazyLock;

use axum::http::{Method, header};
use axum::response::{Html, IntoResponse as _, Response};
use schemars::generate::{Contract, SchemaSettings};
use schemars::{Schema, SchemaGenerator};
use serde_json::{Map, Value as Json, json};

use super::route::{BASE, Compares, Route};

/// What stands for the parts of paths that vary.
const PARTS: [(&str, &str, &str); 12] = [
    ("case", "The reference of a case, or its number", "KXT2P"),
    ("task", "The id of a task", "17.2.0"),
    ("message", "The id of a message", "17.3.1"),
    ("workflow", "The name of a workflow", "account-transfer"),
    ("user", "The name of an account", "huda"),
    ("key", "The name of a key", "billing"),
    ("session", "The number of a session", "17"),
    ("draft", "The number of a draft", "7"),
    ("row", "What the list of rejected rows names it by", "12-3f2a9c1e7b"),
    ("webhook", "The name of a webhook", "billing"),
    ("delivery", "The number of a notice", "4711"),
    ("version", "The hash of a version", "4f2c9d…"),
];

const DESCRIPTION: &str = "What Wasl knows and does, for other systems: cases, tasks, messages, workflows, detections.\n\n\
Show a key as `Authorization: Bearer KEY` (`wasl api-key create`), or the cookie of a session; then what changes something \
also sends `X-CSRF-Token`, which `GET /me` gives. What a key may do are its scopes; each route names the one it needs. Names, \
numbers, addresses and texts that hold them are `null` without `see_personal_fields`, and that they were shown is recorded.\n\n\
What is told of a case or a message carries the caller's own id as `Idempotency-Key`: the same one again changes nothing and \
gets the first answer. `If-Match` with the `ETag` of what was looked at refuses an act on something that has changed since. \
Each route names the ones that it takes.\n\n\
Mistakes are told as RFC 9457 has it, with `help`: what to do.";

static DOCUMENT: LazyLock<Json> = LazyLock::new(|| described(&super::all()));

/// The document.
pub(crate) fn document() -> Json {
    DOCUMENT.clone()
}

/// The document, as text.
pub(crate) fn text() -> String {
    serde_json::to_string_pretty(&*DOCUMENT).unwrap_or_default() + "\n"
}

/// `GET /api/v1/openapi.json`.
pub(super) async fn serve() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], text()).into_response()
}

/// `GET /api/v1/`.
pub(super) async fn read() -> Html<String> {
    Html(page::of(&DOCUMENT))
}

/// `GET /api/v1/reference.css`.
pub(super) async fn style() -> Response {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], page::STYLE).into_response()
}

fn described(routes: &[Route]) -> Json {
    // What is answered always has every member; of what is sent along some may be left out.
    let (mut answers, mut bodies) = (generator(Contract::Serialize), generator(Contract::Deserialize));
    let mut paths = Map::new();
    for route in routes {
        let path = paths.entry(route.path).or_insert_with(|| json!({}));
        path[route.method.as_str().to_lowercase()] = operation(route, &mut answers, &mut bodies);
    }
    let mut components = Map::from_iter(answers.take_definitions(true));
    components.extend(bodies.take_definitions(true));
    components.insert("Problem".into(), problem());
    json!({
        "openapi": "3.1.0",
        "info": {"title": "Wasl", "version": env!("CARGO_PKG_VERSION"), "description": DESCRIPTION,
            "license": {"name": "Apache-2.0 OR MIT", "identifier": "Apache-2.0 OR MIT"}},
        "servers": [{"url": BASE}],
        "security": [{"key": []}, {"session": []}],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer", "description": "An API key: `wasl api-key create`"},
                "session": {"type": "apiKey", "in": "cookie", "name": "wasl",
                    "description": "Of somebody who has logged in; `__Host-wasl` over https"},
            },
        },
    })
}

fn generator(contract: Contract) -> SchemaGenerator {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
        settings.contract = contract;
    });
    settings.into_generator()
}

fn operation(route: &Route, answers: &mut SchemaGenerator, bodies: &mut SchemaGenerator) -> Json {
    let mut parameters: Vec<Json> = parts(route.path).map(part).collect();
    parameters.extend(asked(route));
    if route.once {
        parameters.push(json!({"name": "Idempotency-Key", "in": "header", "required": false,
            "description": "The caller's own id of it; the same one again changes nothing",
            "schema": {"type": "string", "minLength": 1, "maxLength": 200}}));
    }
    if route.compares != Compares::Never {
        parameters.push(json!({"name": "If-Match", "in": "header", "required": route.compares == Compares::Always,
            "description": "The `ETag` of the version that was looked at: a later one is not overwritten",
            "schema": {"type": "string"}}));
    }
    let answer = (route.answer)(answers);
    let content = json!({"description": "It went well", "content": {"application/json": {"schema": answer}}});
    let mut operation = json!({
        "operationId": id(route),
        "tags": [tag(route)],
        "summary": route.summary,
        "parameters": parameters,
        "responses": {
            "200": content.clone(),
            "default": {"description": "Why not",
                "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}},
        },
    });
    if let Some(permission) = route.rules.permission {
        operation["description"] = format!("Needs `{}`.", permission.name()).into();
    }
    if route.makes {
        operation["responses"]["201"] = content;
    }
    if route.method != Method::GET {
        let mut body = json!({"schema": (route.body)(bodies)});
        if let Some(example) = route.example.and_then(|example| serde_json::from_str::<Json>(example).ok()) {
            body["example"] = example;
        }
        operation["requestBody"] = json!({"required": route.example.is_some(), "content": {"application/json": body}});
    }
    operation
}

/// The first part of the path: what it is about.
fn tag(route: &Route) -> &'static str {
    route.path.split('/').nth(1).unwrap_or_default()
}

/// `cases_case_hold`: from method and path.
fn id(route: &Route) -> String {
    let path = route.path.trim_start_matches('/').replace(['/', '{', '}', '-'], " ");
    let words = path.split_whitespace().collect::<Vec<_>>().join("_");
    format!("{}_{words}", route.method.as_str().to_lowercase())
}

/// The parts of a path that vary.
fn parts(path: &'static str) -> impl Iterator<Item = &'static str> {
    path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}

fn part(name: &str) -> Json {
    let known = PARTS.iter().find(|(known, ..)| *known == name);
    let (description, example) = known.map_or(("", ""), |(_, description, example)| (*description, *example));
    json!({"name": name, "in": "path", "required": true, "description": description, "example": example,
        "schema": {"type": "string", "minLength": 1}})
}

/// What may be asked in the query: the members of its type.
fn asked(route: &Route) -> Vec<Json> {
    let settings = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    let schema: Schema = (route.query)(&mut settings.into_generator());
    let members = schema.get("properties").and_then(Json::as_object).cloned().unwrap_or_default();
    let member = |(name, mut schema): (String, Json)| {
        let description = schema.as_object_mut().and_then(|schema| schema.remove("description"));
        without_null(&mut schema);
        json!({"name": name, "in": "query", "required": false, "description": description, "schema": schema})
    };
    members.into_iter().map(member).collect()
}

/// A query has no `null`: what is not asked is left out.
fn without_null(schema: &mut Json) {
    if let Some(first) = schema.get("type").and_then(Json::as_array).and_then(|types| types.first()).cloned() {
        schema["type"] = first;
    }
    if let Some(any) = schema.get("anyOf").and_then(Json::as_array)
        && let Some(first) = any.first().cloned()
    {
        *schema = first;
    }
    if let Some(words) = schema.get_mut("enum").and_then(Json::as_array_mut) {
        words.retain(|word| !word.is_null());
    }
}

fn problem() -> Json {
    json!({
        "type": "object",
        "description": "Why something was not done (RFC 9457)",
        "required": ["type", "title", "status", "detail"],
        "properties": {
            "type": {"type": "string"},
            "title": {"type": "string", "description": "The status in words"},
            "status": {"type": "integer"},
            "detail": {"type": "string", "description": "What happened and why"},
            "help": {"type": "string", "description": "What to do"},
            "findings": {"type": "array", "items": {}, "description": "Where files are to blame"},
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `wasl tool openapi > docs/openapi.json` after looking at what changed: other systems rely on it.
    #[test]
    fn the_document_is_the_one_that_was_looked_at() {
        let kept = include_str!("../../../docs/openapi.json");
        let same = kept.replace('\r', "") == text();
        assert!(same, "the API has changed: look at it, then `wasl tool openapi > docs/openapi.json`");
    }

    #[test]
    fn every_route_says_what_it_does_and_every_part_of_a_path_is_explained() {
        for route in super::super::all() {
            assert!(!route.summary.is_empty() && !route.summary.ends_with('.'), "{}", route.path);
            for name in parts(route.path) {
                assert!(PARTS.iter().any(|(known, ..)| *known == name), "{name} in {}", route.path);
            }
            let example = route.example.map(serde_json::from_str::<Json>);
            assert!(example.is_none_or(|example| example.is_ok()), "{} has an example that is no JSON", route.path);
        }
    }

    #[test]
    fn what_is_not_known_is_refused_and_what_is_personal_may_be_null() {
        let document = &*DOCUMENT;
        let schemas = &document["components"]["schemas"];
        assert_eq!(schemas["Reason"]["additionalProperties"], false);
        assert_eq!(schemas["Message"]["properties"]["to"]["type"], json!(["string", "null"]));
        let list = &document["paths"]["/cases"]["get"]["parameters"];
        let names: Vec<&str> = list.as_array().unwrap().iter().filter_map(|one| one["name"].as_str()).collect();
        assert_eq!(names, ["after", "limit", "search", "standing", "state", "workflow"]);
    }
}
