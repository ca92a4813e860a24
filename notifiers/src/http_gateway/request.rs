//! From a message to the request that hands it over: exact, and made without sending anything, so
//! that an editor of descriptions can look at it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Url;
use serde_json::{Map, Value as Json};

use super::template::{Template, Values};

/// How a request is made.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) method: Method,
    /// The segments of the path below `base_url`.
    pub(crate) path: Vec<Template>,
    pub(crate) query: Vec<(String, Template)>,
    pub(crate) headers: Vec<(String, Template)>,
    /// User and password.
    pub(crate) basic_auth: Option<(Template, Template)>,
    pub(crate) body: Body,
}

/// The methods that gateways use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    Get,
    Post,
    Put,
}

impl Method {
    pub(crate) const ALL: [Self; 3] = [Self::Get, Self::Post, Self::Put];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
        }
    }
}

/// What a request carries.
#[derive(Clone, Debug)]
pub(crate) enum Body {
    None,
    Form(Vec<(String, Template)>),
    Json(Tree),
    Text(Template),
}

/// JSON whose texts are templates.
#[derive(Clone, Debug)]
pub(crate) enum Tree {
    /// A number, a truth or nothing, as it is.
    Literal(Json),
    Text(Template),
    List(Vec<Self>),
    Map(Vec<(String, Self)>),
}

/// A request as it would be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// `GET`, `POST` or `PUT`.
    pub method: &'static str,
    /// The address with its query.
    pub url: Url,
    /// Headers in the order of the description, names in lower case.
    pub headers: Vec<(String, String)>,
    /// What it carries.
    pub body: Option<String>,
}

impl Request {
    /// The parameters of its address and the fields of its form, as people read them.
    pub fn parameters(&self) -> Vec<(String, String)> {
        let is_form =
            self.headers.iter().any(|(name, value)| name == "content-type" && value.contains("form-urlencoded"));
        let form = self.body.as_deref().filter(|_| is_form).unwrap_or_default();
        self.url
            .query_pairs()
            .chain(form_urlencoded::parse(form.as_bytes()))
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .collect()
    }
}

impl Plan {
    /// The request for these values. What names something that is not there is left out.
    ///
    /// # Errors
    /// Where a text could not be put together and why, without any value.
    pub(crate) fn request(&self, base_url: &Url, values: &Values) -> Result<Request, String> {
        let mut url = base_url.clone();
        let mut segments = Vec::new();
        for segment in &self.path {
            segments.push(segment.text(values).map_err(|why| format!("`path`: {why}"))?);
        }
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(&segments);
        }
        let query = pairs(&self.query, values, "query")?;
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(&query);
        }
        let mut headers = pairs(&self.headers, values, "headers")?;
        if let Some((username, password)) = &self.basic_auth {
            let part = |template: &Template| template.text(values).map_err(|why| format!("`basic_auth`: {why}"));
            let credentials = format!("{}:{}", part(username)?, part(password)?);
            headers.push(("authorization".to_owned(), format!("Basic {}", STANDARD.encode(credentials))));
        }
        let (kind, body) = match self.body.made(values)? {
            Some((kind, body)) => (Some(kind), Some(body)),
            None => (None, None),
        };
        if let Some(kind) = kind.filter(|_| headers.iter().all(|(name, _)| name != "content-type")) {
            headers.push(("content-type".to_owned(), kind.to_owned()));
        }
        Ok(Request { method: self.method.as_str(), url, headers, body })
    }

    /// Every text of it, with where it stands.
    pub(crate) fn templates(&self) -> impl Iterator<Item = &Template> {
        let body = match &self.body {
            Body::None => Vec::new(),
            Body::Form(fields) => fields.iter().map(|(_, template)| template).collect(),
            Body::Json(tree) => tree.templates(),
            Body::Text(template) => vec![template],
        };
        let auth = self.basic_auth.iter().flat_map(|(username, password)| [username, password]);
        let pairs = self.query.iter().chain(&self.headers).map(|(_, template)| template);
        self.path.iter().chain(pairs).chain(auth).chain(body)
    }
}

/// Names with their values; what names something that is not there is left out.
fn pairs(plan: &[(String, Template)], values: &Values, place: &str) -> Result<Vec<(String, String)>, String> {
    let there = plan.iter().filter(|(_, template)| template.is_there(values));
    let pair = |(name, template): &(String, Template)| match template.text(values) {
        Ok(text) => Ok((name.clone(), text)),
        Err(why) => Err(format!("`{place}`, `{name}`: {why}")),
    };
    there.map(pair).collect()
}

impl Body {
    /// Its content type and text.
    fn made(&self, values: &Values) -> Result<Option<(&'static str, String)>, String> {
        Ok(match self {
            Self::None => None,
            Self::Form(fields) => {
                let fields = pairs(fields, values, "form")?;
                let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
                Some(("application/x-www-form-urlencoded", form))
            }
            Self::Json(tree) => {
                let json = tree.made(values)?.unwrap_or_default();
                Some(("application/json", json.to_string()))
            }
            Self::Text(template) => {
                Some(("text/plain; charset=utf-8", template.text(values).map_err(|why| format!("`text`: {why}"))?))
            }
        })
    }
}

impl Tree {
    /// The value; nothing for a text that names something that is not there.
    fn made(&self, values: &Values) -> Result<Option<Json>, String> {
        Ok(match self {
            Self::Literal(value) => Some(value.clone()),
            Self::Text(template) if !template.is_there(values) => None,
            Self::Text(template) => Some(template.json(values).map_err(|why| format!("`json`: {why}"))?),
            Self::List(items) => {
                let made: Result<Vec<_>, _> = items.iter().map(|item| item.made(values)).collect();
                Some(made?.into_iter().flatten().collect())
            }
            Self::Map(entries) => {
                let mut map = Map::new();
                for (name, tree) in entries {
                    if let Some(value) = tree.made(values)? {
                        map.insert(name.clone(), value);
                    }
                }
                Some(Json::Object(map))
            }
        })
    }

    fn templates(&self) -> Vec<&Template> {
        match self {
            Self::Literal(_) => Vec::new(),
            Self::Text(template) => vec![template],
            Self::List(items) => items.iter().flat_map(Self::templates).collect(),
            Self::Map(entries) => entries.iter().flat_map(|(_, tree)| tree.templates()).collect(),
        }
    }
}
