//! The reference as a page: everything of the document that a person needs, without scripts and from nowhere else.

use std::fmt::Write as _;

use serde_json::Value as Json;

use crate::api::v1::route::BASE;

/// Its style.
pub(super) const STYLE: &str = ":root{color-scheme:light dark}body{font:1rem/1.55 system-ui,sans-serif;max-width:60rem;\
margin:2rem auto;padding:0 1rem}code,pre{font:.9em ui-monospace,monospace}pre{overflow:auto;padding:.7rem 1rem;\
border:1px solid #8886;border-radius:.4rem}table{border-collapse:collapse;margin-block:.6rem}\
td,th{text-align:start;vertical-align:top;padding:.2rem 1rem .2rem 0}h2{margin-block-start:3rem;border-block-end:1px solid #8886}\
h3 code:first-child{color:#14733d}@media(prefers-color-scheme:dark){h3 code:first-child{color:#7fd69e}}nav a{margin-inline-end:1rem}\
.needs{opacity:.8}\n";

/// The page of a document.
pub(super) fn of(document: &Json) -> String {
    let (mut body, mut nav, mut last) = (String::new(), String::new(), String::new());
    for (path, methods) in document["paths"].as_object().into_iter().flatten() {
        for (method, operation) in methods.as_object().into_iter().flatten() {
            let tag = operation["tags"][0].as_str().unwrap_or_default();
            if tag != last {
                let _ = write!(nav, "<a href=\"#{tag}\">{tag}</a>");
                let _ = writeln!(body, "<h2 id=\"{tag}\">{tag}</h2>");
                tag.clone_into(&mut last);
            }
            body += &route(method, path, operation, document);
        }
    }
    let info = &document["info"];
    let about = text(&info["description"]);
    let about = about.split("\n\n").map(|part| format!("<p>{}</p>\n", inline(part))).collect::<Vec<_>>().concat();
    let version = text(&info["version"]);
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width, initial-scale=1\"><title>Wasl API</title><link rel=\"stylesheet\" \
         href=\"{BASE}/reference.css\"></head>\n<body><main>\n<h1>Wasl API {}</h1>\n{about}<p>As a document for programs: \
         <a href=\"{BASE}/openapi.json\">openapi.json</a></p>\n<nav>{nav}</nav>\n{body}</main></body>\n</html>\n",
        escaped(&version),
    )
}

fn route(method: &str, path: &str, operation: &Json, document: &Json) -> String {
    let method = method.to_uppercase();
    let mut part = format!(
        "<h3 id=\"{}\"><code>{method}</code> <code>{BASE}{}</code></h3>\n<p>{}. <span class=\"needs\">{}</span></p>\n",
        escaped(&text(&operation["operationId"])),
        escaped(path),
        inline(&text(&operation["summary"])),
        inline(&text(&operation["description"])),
    );
    let rows: String = operation["parameters"].as_array().into_iter().flatten().map(row).collect();
    if !rows.is_empty() {
        let _ = writeln!(part, "<table>{rows}</table>");
    }
    let body = &operation["requestBody"]["content"]["application/json"];
    if body.is_object() {
        part += &members("Sent along", &body["schema"], document);
    }
    if body["example"].is_object() {
        let example = serde_json::to_string(&body["example"]).unwrap_or_default();
        let curl = format!(
            "curl -H \"Authorization: Bearer $KEY\" -H 'Content-Type: application/json' \\\n  -d '{example}' \
             \"$WASL{BASE}{path}\""
        );
        let _ = writeln!(part, "<pre>{}</pre>", escaped(&curl));
    }
    part += &members("Answered", &operation["responses"]["200"]["content"]["application/json"]["schema"], document);
    part
}

fn row(parameter: &Json) -> String {
    let place = text(&parameter["in"]);
    format!(
        "<tr><td><code>{}</code></td><td>{}</td><td>{}</td></tr>",
        escaped(&text(&parameter["name"])),
        escaped(&place),
        inline(&text(&parameter["description"])),
    )
}

/// The members of a type, one a line, as deep as the eye needs it.
fn members(title: &str, schema: &Json, document: &Json) -> String {
    let schema = resolved(schema, document);
    let Some(members) = schema["properties"].as_object().filter(|members| !members.is_empty()) else {
        return String::new();
    };
    let needed = |name: &str| schema["required"].as_array().is_some_and(|all| all.iter().any(|one| one == name));
    let row = |(name, member): (&String, &Json)| {
        let star = if needed(name) { "" } else { ", may be left out" };
        let kind = kind(member, document) + star;
        format!(
            "<tr><td><code>{}</code></td><td>{}</td><td>{}</td></tr>",
            escaped(name),
            escaped(&kind),
            inline(&text(&member["description"])),
        )
    };
    let rows: String = members.iter().map(row).collect();
    format!("<details><summary>{title}</summary><table>{rows}</table></details>\n")
}

fn resolved<'d>(schema: &'d Json, document: &'d Json) -> &'d Json {
    let name = schema["$ref"].as_str().and_then(|name| name.rsplit('/').next());
    name.map_or(schema, |name| &document["components"]["schemas"][name])
}

/// A type in a few words.
fn kind(schema: &Json, document: &Json) -> String {
    if let Some(name) = schema["$ref"].as_str().and_then(|name| name.rsplit('/').next()) {
        let members = resolved(schema, document)["properties"].as_object();
        let names = members.map(|members| members.keys().cloned().collect::<Vec<_>>().join(", "));
        return names.map_or_else(|| name.to_owned(), |names| format!("{name} {{{names}}}"));
    }
    if let Some(any) = schema["anyOf"].as_array() {
        return any.iter().map(|one| kind(one, document)).collect::<Vec<_>>().join(" or ");
    }
    let of = |word: &str| match word {
        "array" => format!("list of {}", kind(&schema["items"], document)),
        "string" if schema["format"] == "date-time" => "moment".to_owned(),
        other => other.to_owned(),
    };
    match &schema["type"] {
        Json::String(word) => of(word),
        Json::Array(words) => words.iter().filter_map(Json::as_str).map(of).collect::<Vec<_>>().join(" or "),
        _ => "anything".to_owned(),
    }
}

fn text(value: &Json) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Text with `code` in it.
fn inline(text: &str) -> String {
    let piece = |(at, part): (usize, &str)| {
        if at % 2 == 1 { format!("<code>{}</code>", escaped(part)) } else { escaped(part) }
    };
    text.split('`').enumerate().map(piece).collect()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
