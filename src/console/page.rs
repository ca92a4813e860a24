//! The frame of every page: who looks at it, in which language and light, what they may open, and what they have just
//! done and may still take back.

use std::sync::Arc;

use axum::Form;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use jiff::tz::TimeZone;
use minijinja::value::Serde;
use minijinja::{
    AutoEscape, Environment, Error, ErrorKind, State as Scope, UndefinedBehavior, Value, escape_formatter,
};
use serde::Deserialize;
use serde_json::{Value as Json, json};
use wasl_core::access::Permission;
use wasl_runtime::engine::EngineError;
use wasl_runtime::store::StoreError;

use super::administer;
use super::assets::Assets;
use super::call::held_notes;
use super::locale::Locale;
use super::markdown::marked;
use crate::access::{Denied, Viewer, inside};
use crate::api::Api;
use crate::settings::Language;

const PAGES: [(&str, &str); 42] = [
    ("layout.html", include_str!("templates/layout.html")),
    ("day.html", include_str!("templates/day.html")),
    ("call.html", include_str!("templates/call.html")),
    ("sorry.html", include_str!("templates/sorry.html")),
    ("cases.html", include_str!("templates/cases.html")),
    ("case.html", include_str!("templates/case.html")),
    ("incidents.html", include_str!("templates/incidents.html")),
    ("outbox.html", include_str!("templates/outbox.html")),
    ("workflows.html", include_str!("templates/workflows.html")),
    ("workflow.html", include_str!("templates/workflow.html")),
    ("workflow-head.html", include_str!("templates/workflow-head.html")),
    ("workflow-words.html", include_str!("templates/workflow-words.html")),
    ("workflow-texts.html", include_str!("templates/workflow-texts.html")),
    ("workflow-versions.html", include_str!("templates/workflow-versions.html")),
    ("workflow-changes.html", include_str!("templates/workflow-changes.html")),
    ("text-column.html", include_str!("templates/text-column.html")),
    ("changes.html", include_str!("templates/changes.html")),
    ("size.html", include_str!("templates/size.html")),
    ("drafts.html", include_str!("templates/drafts.html")),
    ("draft.html", include_str!("templates/draft.html")),
    ("draft-head.html", include_str!("templates/draft-head.html")),
    ("draft-review.html", include_str!("templates/draft-review.html")),
    ("findings.html", include_str!("templates/findings.html")),
    ("stories.html", include_str!("templates/stories.html")),
    ("practice.html", include_str!("templates/practice.html")),
    ("correction.html", include_str!("templates/correction.html")),
    ("detections.html", include_str!("templates/detections.html")),
    ("stops.html", include_str!("templates/stops.html")),
    ("act.html", include_str!("templates/act.html")),
    ("queues.html", include_str!("templates/queues.html")),
    ("acted.html", include_str!("templates/acted.html")),
    ("users.html", include_str!("templates/users.html")),
    ("user.html", include_str!("templates/user.html")),
    ("invited.html", include_str!("templates/invited.html")),
    ("keys.html", include_str!("templates/keys.html")),
    ("key.html", include_str!("templates/key.html")),
    ("sessions.html", include_str!("templates/sessions.html")),
    ("webhooks.html", include_str!("templates/webhooks.html")),
    ("webhook.html", include_str!("templates/webhook.html")),
    ("webhook_added.html", include_str!("templates/webhook_added.html")),
    ("audit.html", include_str!("templates/audit.html")),
    ("retention.html", include_str!("templates/retention.html")),
];

/// The cookie that says whether somebody wants pages light or dark; without it they are as the system is.
const THEME_COOKIE: &str = "wasl-theme";
/// One year: the choice is no secret and names nobody.
const CHOICE_LASTS: &str = "Max-Age=31536000; Path=/; SameSite=Lax";

/// What all pages share.
#[derive(Debug)]
pub(crate) struct Console {
    pub(super) assets: Assets,
    pages: Environment<'static>,
}

impl Console {
    /// Reads the embedded pages.
    ///
    /// # Errors
    /// One of them is no template: this program was built wrong.
    pub(crate) fn new() -> Result<Self, Error> {
        let (mut pages, assets) = (Environment::empty(), Assets::new());
        // Whether something is there may be asked; to print what is not is an error.
        pages.set_undefined_behavior(UndefinedBehavior::SemiStrict);
        pages.set_auto_escape_callback(|_| AutoEscape::Html);
        // What is not known is no word: the engine would print `None`.
        pages.set_formatter(
            |out, scope, value| {
                if value.is_none() { Ok(()) } else { escape_formatter(out, scope, value) }
            },
        );
        pages.add_filter("safe", minijinja::filters::safe);
        pages.add_filter("length", minijinja::filters::length);
        pages.add_filter("join", minijinja::filters::join);
        pages.add_filter("marked", |text: &str| Value::from_safe_string(marked(text)));
        pages.add_function("t", said);
        let addresses = Assets::new();
        pages.add_function("asset", move |name: &str| {
            let missing = || Error::new(ErrorKind::InvalidOperation, format!("there is no file `{name}`"));
            addresses.address(name).map(str::to_owned).ok_or_else(missing)
        });
        for (name, source) in PAGES {
            pages.add_template(name, source)?;
        }
        Ok(Self { assets, pages })
    }

    fn render(&self, name: &str, context: Json) -> Result<String, Error> {
        self.pages.get_template(name)?.render(Value::from(Serde(context)))
    }
}

/// `t("English", "العربية")`: the text in the language of the page.
fn said(scope: &Scope<'_, '_>, en: Value, ar: Value) -> Value {
    let arabic = scope.lookup("lang").is_some_and(|lang| lang.as_str() == Some("ar"));
    if arabic { ar } else { en }
}

/// A request for a page: by whom, and how they like pages.
#[derive(Clone)]
pub(super) struct Desk {
    pub(super) api: Arc<Api>,
    pub(super) viewer: Viewer,
    pub(super) locale: Locale,
    /// The path that was asked for.
    pub(super) here: String,
    theme: Option<&'static str>,
    cookies: String,
}

impl FromRequestParts<Arc<Api>> for Desk {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, api: &Arc<Api>) -> Result<Self, Response> {
        let viewer = <Viewer as FromRequestParts<Arc<Api>>>::from_request_parts(parts, api).await;
        let viewer = viewer.map_err(IntoResponse::into_response)?;
        Ok(Self::of(Arc::clone(api), viewer, &parts.uri, &parts.headers))
    }
}

fn cookies(headers: &HeaderMap) -> String {
    let values = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    values.collect::<Vec<_>>().join("; ")
}

fn cookie<'c>(cookies: &'c str, name: &str) -> Option<&'c str> {
    let mut pairs = cookies.split(';').filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(found, _)| *found == name).map(|(_, value)| value)
}

fn known_theme(word: &str) -> Option<&'static str> {
    ["light", "dark"].into_iter().find(|theme| *theme == word)
}

/// A page inside its frame.
pub(super) struct Page {
    /// The template.
    pub(super) name: &'static str,
    /// What the browser's tab says.
    pub(super) title: String,
    /// What the template asks for, beside what every page has.
    pub(super) context: Json,
    /// Where news comes from, if the page wants any.
    pub(super) live: Option<String>,
}

impl Desk {
    /// The desk of whoever asks.
    pub(super) fn of(api: Arc<Api>, viewer: Viewer, uri: &Uri, headers: &HeaderMap) -> Self {
        let zone = api.engine.library.environment().calendars.values().next().map(|calendar| calendar.zone.clone());
        let (language, now) = (viewer.language, api.engine.now());
        let locale = Locale { language, zone: zone.unwrap_or(TimeZone::UTC), now };
        let cookies = cookies(headers);
        let theme = cookie(&cookies, THEME_COOKIE).and_then(known_theme);
        let here = uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
        Self { api, viewer, locale, here, theme, cookies }
    }

    /// A cookie of the request.
    pub(super) fn cookie(&self, name: &str) -> Option<&str> {
        cookie(&self.cookies, name)
    }

    /// What the handler came to, as an answer; a failure in the frame of every page.
    pub(super) fn answer(self, result: Result<Response, Trouble>) -> Response {
        match result {
            Ok(response) => response,
            Err(trouble) => self.sorry(&trouble),
        }
    }

    /// A page, laid into the frame.
    ///
    /// # Errors
    /// The store failed, or the page asks for what it was not given.
    pub(super) async fn page(&self, status: StatusCode, page: Page) -> Result<Response, Trouble> {
        let notes = held_notes(self).await?;
        let html = self.lay(page, &notes)?;
        Ok((status, Html(html)).into_response())
    }

    /// A part of a page, for a template that has room for it.
    ///
    /// # Errors
    /// The part asks for what it was not given.
    pub(super) fn part(&self, name: &'static str, context: Json) -> Result<String, Trouble> {
        let mut frame = json!({"lang": self.locale.code(), "csrf": self.viewer.csrf});
        merge(&mut frame, context);
        Ok(self.api.console.render(name, frame)?)
    }

    fn lay(&self, page: Page, notes: &Json) -> Result<String, Error> {
        let mut frame = self.common(&page.title, page.live.as_deref());
        let mut inner = frame.clone();
        merge(&mut inner, page.context);
        let body = self.api.console.render(page.name, inner)?;
        merge(&mut frame, json!({"body": body, "notes": notes}));
        self.api.console.render("layout.html", frame)
    }

    /// What every page has.
    fn common(&self, title: &str, live: Option<&str>) -> Json {
        let (viewer, locale) = (&self.viewer, &self.locale);
        let today = locale.today();
        let (other, other_words) = match locale.language {
            Language::En => ("ar", "العربية"),
            Language::Ar => ("en", "English"),
        };
        json!({
            "lang": locale.code(), "dir": locale.pick("ltr", "rtl"), "theme": self.theme, "title": title,
            "csrf": viewer.csrf, "here": self.here, "who": viewer.user, "name": viewer.name, "live": live,
            "other_lang": other, "other_language": other_words,
            "next_theme": match self.theme { None => "dark", Some("dark") => "light", Some(_) => "system" },
            "nav": self.nav(), "tabs": administer::tabs(&self.here, locale), "today": locale.day(today), "today_hijri": locale.hijri(today),
        })
    }

    fn nav(&self) -> Json {
        let (day, day_ar) =
            if self.viewer.can(Permission::AnswerTask) { ("My day", "يومي") } else { ("Home", "البداية") };
        let pages = [
            ("/", day, day_ar, Permission::ViewCase),
            ("/cases", "Cases", "الحالات", Permission::ViewCase),
            ("/incidents", "Incidents", "المتعثرة", Permission::ActOnCase),
            ("/queues", "Queues", "قوائم العمل", Permission::ActOnCase),
            ("/outbox", "Outbox", "صندوق الإرسال", Permission::ReleaseOutbox),
            ("/workflows", "Workflows", "مسارات العمل", Permission::ViewWorkflow),
            ("/reports", "Report", "التقرير", Permission::ViewReports),
            ("/detections", "Detection", "الرصد", Permission::RunDetection),
            ("/stops", "Not contacted", "من لا نتواصل معه", Permission::ListSuppression),
            ("/admin", "Administration", "الإدارة", Permission::ManageUsers),
        ];
        let open = pages.into_iter().filter(|(.., permission)| self.viewer.can(*permission));
        let item = |(href, en, ar, _): (&str, &str, &str, _)| {
            let path = self.here.split('?').next().unwrap_or_default();
            let here =
                path == href || (href != "/" && path.strip_prefix(href).is_some_and(|rest| rest.starts_with('/')));
            json!({"href": href, "words": self.locale.pick(en, ar), "here": here})
        };
        open.map(item).collect()
    }

    fn sorry(&self, trouble: &Trouble) -> Response {
        if let Trouble::Failed(error) = trouble {
            tracing::error!(%error, "a page could not be made");
        }
        let (status, heading, words) = trouble.words(&self.locale);
        sorry(self, status, &heading, &words)
    }
}

/// The page of what cannot be.
pub(super) fn sorry(desk: &Desk, status: StatusCode, heading: &str, words: &str) -> Response {
    let context = json!({"heading": heading, "words": words});
    let page = Page { name: "sorry.html", title: heading.to_owned(), context, live: None };
    match desk.lay(page, &json!([])) {
        Ok(html) => (status, Html(html)).into_response(),
        Err(error) => {
            tracing::error!(%error, "the page of a failure could not be made");
            (status, format!("{words}\n")).into_response()
        }
    }
}

fn merge(into: &mut Json, from: Json) {
    if let (Json::Object(into), Json::Object(from)) = (into, from) {
        into.extend(from);
    }
}

/// Why a page cannot be shown, or an act not done.
#[derive(Debug)]
pub(super) enum Trouble {
    /// They may not.
    Denied(Denied),
    /// There is no such thing.
    Gone,
    /// Something of ours does not work.
    Failed(Box<dyn std::error::Error + Send + Sync>),
}

impl Trouble {
    fn words(&self, locale: &Locale) -> (StatusCode, String, String) {
        let (status, heading, words) = match self {
            Self::Denied(Denied(permission)) => {
                let heading = locale.pick("This is not yours to open", "هذه الصفحة ليست من صلاحياتك").to_owned();
                let words = match locale.language {
                    Language::En => {
                        format!("It needs `{}`. Ask your administrator if your work does.", permission.name())
                    }
                    Language::Ar => {
                        format!("يلزمها `{}`. راجع مدير النظام إن كان عملك يحتاج إليها.", permission.name())
                    }
                };
                return (StatusCode::FORBIDDEN, heading, words);
            }
            Self::Gone => (
                StatusCode::NOT_FOUND,
                ("There is nothing here", "لا شيء هنا"),
                (
                    "The address is wrong, or what it named is no more.",
                    "العنوان غير صحيح، أو لم يعد لما يدل عليه وجود.",
                ),
            ),
            Self::Failed(_) => (
                StatusCode::SERVICE_UNAVAILABLE,
                ("This does not work at the moment", "تعذر ذلك الآن"),
                (
                    "Nothing was changed. Try again in a minute; if it stays so, tell whoever looks after Wasl.",
                    "لم يتغير شيء. حاول بعد دقيقة، وإن استمر الأمر فأبلغ من يرعى وصل.",
                ),
            ),
        };
        (status, locale.pick(heading.0, heading.1).to_owned(), locale.pick(words.0, words.1).to_owned())
    }
}

impl From<Denied> for Trouble {
    fn from(denied: Denied) -> Self {
        Self::Denied(denied)
    }
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NoSuchCase(_) | StoreError::NoSuchTask(_) | StoreError::NoSuchVersion { .. } => Self::Gone,
            error => Self::Failed(Box::new(error)),
        }
    }
}

impl From<EngineError> for Trouble {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::Store(error) => error.into(),
            EngineError::NoDraft(_)
            | EngineError::NoCase(_)
            | EngineError::NoMessage(_)
            | EngineError::NoWorkflow { .. } => Self::Gone,
            error => Self::Failed(Box::new(error)),
        }
    }
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Self::Failed(Box::new(error))
    }
}

impl From<wasl_runtime::library::LibraryError> for Trouble {
    fn from(error: wasl_runtime::library::LibraryError) -> Self {
        EngineError::Library(error).into()
    }
}

/// A choice of light or dark.
#[derive(Deserialize)]
pub(super) struct ThemeChoice {
    theme: String,
    next: Option<String>,
}

/// `POST /theme`.
pub(super) async fn choose_theme(State(_): State<Arc<Api>>, _: Viewer, Form(choice): Form<ThemeChoice>) -> Response {
    let cookie = match known_theme(&choice.theme) {
        Some(theme) => format!("{THEME_COOKIE}={theme}; {CHOICE_LASTS}"),
        None => format!("{THEME_COOKIE}=; Max-Age=0; Path=/; SameSite=Lax"),
    };
    ([(header::SET_COOKIE, cookie)], Redirect::to(inside(choice.next.as_deref()))).into_response()
}

/// A cookie that keeps a choice on this machine.
pub(super) fn kept(name: &str, value: &str) -> String {
    format!("{name}={value}; {CHOICE_LASTS}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Text of a template that stands neither in a tag nor between the template's own brackets.
    fn bare(source: &str) -> String {
        let without = |source: &str, open: &str, close: &str| {
            let mut rest = source;
            let mut out = String::new();
            while let Some((before, after)) = rest.split_once(open) {
                out.push_str(before);
                rest = after.split_once(close).map_or("", |(_, rest)| rest);
            }
            out + rest
        };
        let keys = without(&without(&without(source, "{%", "%}"), "{{", "}}"), "<kbd>", "</kbd>");
        without(&keys, "<", ">").split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn no_page_says_anything_in_one_language_only() {
        for (name, source) in PAGES {
            let said: String = bare(source).chars().filter(|letter| letter.is_alphabetic()).collect();
            assert_eq!(said, "", "{name}: put these words into t(…, …)");
            for attribute in ["title=\"", "aria-label=\"", "placeholder=\""] {
                let plain = source.split(attribute).skip(1).filter(|rest| !rest.starts_with("{{"));
                assert_eq!(plain.count(), 0, "{name}: {attribute}");
            }
        }
    }

    #[test]
    fn nothing_in_a_page_needs_what_the_policy_forbids() {
        for (name, source) in PAGES {
            for forbidden in [" style=", "<style", "onclick", "javascript:", "http://", "https://"] {
                assert!(!source.contains(forbidden), "{name}: {forbidden}");
            }
        }
    }
}
