//! Every text of a version, its languages side by side: as it is written, as it reads with made-up values or for a real
//! case, and how long it is.

use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value as Json, json};
use wasl_core::access::Permission;
use wasl_core::case::Case;
use wasl_core::definition::{Action, Environment, Workflow};
use wasl_core::delivery::Channel;
use wasl_core::message::template::{Rendered, Template};
use wasl_core::policy::Disclosure;
use wasl_core::step::Personal;
use wasl_core::words::Words;
use wasl_runtime::engine::EngineError;

use super::book::{Book, Wanted, title};
use super::sizes::{self, Measured};
use crate::access;
use crate::console::page::{Desk, Page, Trouble};
use crate::console::supervise::parts;

/// Which version, and for which case its texts are tried out.
#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    version: String,
    #[serde(default)]
    case: String,
}

/// `GET /workflows/{name}/texts`.
pub(super) async fn show(desk: Desk, Path(name): Path<String>, Query(asked): Query<Asked>) -> Response {
    let result = page(&desk, &name, &asked).await;
    desk.answer(result)
}

async fn page(desk: &Desk, name: &str, asked: &Asked) -> Result<Response, Trouble> {
    let book = Book::open(desk, name, &Wanted { version: asked.version.clone() }).await?;
    let (case, problem) = wanted_case(desk, &book.workflow, &asked.case).await?;
    let is_unknown = problem.is_some();
    let environment = desk.api.engine.library.environment();
    let trial = Trial { desk, workflow: &book.workflow, environment: &environment, case: case.as_ref() };
    let mut texts = Vec::new();
    for (name, languages) in &book.workflow.templates {
        let mut columns = Vec::new();
        for template in in_order(&book.workflow, languages) {
            columns.push(trial.column(name, template, true).await?);
        }
        texts.push(json!({"name": name, "about": trial.about(name), "columns": columns}));
    }
    let script = |(name, languages): (&String, _)| {
        let columns: Vec<Json> = in_order(&book.workflow, languages).map(|template| trial.script(template)).collect();
        json!({"name": name, "columns": columns})
    };
    let context = json!({
        "head": book.head(desk, "/texts")?, "name": name, "version": asked.version, "case": asked.case,
        "problem": problem, "texts": texts, "scripts": book.workflow.scripts.iter().map(script).collect::<Vec<_>>(),
        "covered": !desk.viewer.can(Permission::SeePersonalFields),
    });
    let title = title(&book.workflow, &desk.locale);
    let status = if is_unknown { StatusCode::NOT_FOUND } else { StatusCode::OK };
    desk.page(status, Page { name: "workflow-texts.html", title, context, live: None }).await
}

/// A text's languages in the order of the workflow.
fn in_order<'w>(
    workflow: &'w Workflow,
    languages: &'w std::collections::BTreeMap<String, Template>,
) -> impl Iterator<Item = &'w Template> {
    workflow.languages.iter().filter_map(|language| languages.get(language))
}

/// The case of a reference, or why texts cannot be tried out for it. That they are is recorded.
pub(in crate::console) async fn wanted_case(
    desk: &Desk,
    workflow: &Workflow,
    reference: &str,
) -> Result<(Option<Case>, Option<String>), Trouble> {
    let (wanted, locale) = (reference.trim().to_uppercase(), &desk.locale);
    if wanted.is_empty() {
        return Ok((None, None));
    }
    desk.viewer.may(Permission::ViewCase)?;
    let store = &desk.api.engine.store;
    let Some(case) = store.case_by_reference(&wanted).await? else {
        let words = locale.pick("There is no case with this reference.", "لا حالة بهذا المرجع.");
        return Ok((None, Some(words.to_owned())));
    };
    if case.workflow != workflow.name {
        let words = locale.pick("This case is one of another workflow.", "هذه الحالة من مسار عمل آخر.");
        return Ok((None, Some(words.to_owned())));
    }
    access::record(store, locale.now, &desk.viewer, "message.preview", &[case.id.into()]).await?;
    Ok((Some(case), None))
}

/// What texts are tried out with.
pub(in crate::console) struct Trial<'t> {
    pub(in crate::console) desk: &'t Desk,
    pub(in crate::console) workflow: &'t Workflow,
    pub(in crate::console) environment: &'t Environment,
    pub(in crate::console) case: Option<&'t Case>,
}

impl Trial<'_> {
    /// By what a text goes, to whom it may, and where it is used.
    pub(in crate::console) fn about(&self, name: &str) -> Json {
        let (workflow, locale) = (self.workflow, &self.desk.locale);
        let words = Words::new(workflow, self.environment, locale.code());
        let uses = |action: &Action| matches!(action, Action::Send(send) if send.template == name);
        let using = workflow.states.iter().filter(|state| state.actions().any(uses));
        let level = match workflow.disclosure(name) {
            Disclosure::Anyone => locale.pick("may reach anybody", "يجوز أن تصل إلى أي أحد"),
            Disclosure::Verified => locale.pick("only to who is verified", "لا تصل إلا إلى من تأكدنا منه"),
        };
        json!({
            "channel": self.channel(name).map(|channel| parts::channel(channel, locale)), "level": level,
            "states": using.map(|state| words.title(state)).collect::<Vec<_>>(),
        })
    }

    /// By what a text goes.
    fn channel(&self, name: &str) -> Option<Channel> {
        self.workflow.actions().find_map(|action| match action {
            Action::Send(send) if send.template == name => Some(send.channel),
            _ => None,
        })
    }

    /// A text in one language as HTML: as it is `written`, unless that stands elsewhere, as it reads, how long it is, and what to think over.
    pub(in crate::console) async fn column(
        &self,
        name: &str,
        template: &Template,
        written: bool,
    ) -> Result<String, Trouble> {
        let (rendered, to) = self.reads(name, template).await?;
        let is_sms = !template.has_subject() && self.channel(name) != Some(Channel::Email);
        let (read, problem) = match rendered {
            Ok(rendered) => (Some(rendered), None),
            Err(problem) => (None, Some(problem)),
        };
        let longest = self.workflow.longest_segments(template, self.environment);
        let measured = if self.case.is_some() { Measured::OfCase(longest) } else { Measured::Usual(longest) };
        let size = read
            .as_ref()
            .filter(|_| is_sms)
            .map(|read| sizes::size(&read.text, template.language(), measured, &self.desk.locale));
        let size = size.map(|size| self.desk.part("size.html", json!({"size": size}))).transpose()?;
        let column = json!({
            "lang": template.language(), "dir": dir(template.language()), "language": self.language_name(template),
            "written": template.wording(), "problem": problem, "to": to,
            "read": read.map(|read| json!({"subject": read.subject, "text": read.text})),
            "notes": sizes::notes(template.source(), template.language()),
        });
        self.desk.part("text-column.html", json!({"column": column, "size": size, "written": written}))
    }

    /// A text with values: those of the case, or made-up ones. Beside it whom it would reach, masked.
    async fn reads(
        &self,
        name: &str,
        template: &Template,
    ) -> Result<(Result<Rendered, String>, Option<String>), Trouble> {
        let Some(case) = self.case else {
            let rendered = self.workflow.rendered_sample(template, self.environment);
            return Ok((rendered.map_err(|error| error.to_string()), None));
        };
        let sees = self.desk.viewer.can(Permission::SeePersonalFields);
        let own = self.desk.api.engine.library.version(&case.workflow_hash).await?;
        let personal = if sees { Personal::Shown } else { Personal::Covered(&own) };
        let asked = (name, Some(template.language()));
        match self.desk.api.engine.preview_in(self.workflow, case, asked, personal).await {
            Ok(previewed) => Ok((Ok(previewed.rendered), previewed.to)),
            Err(EngineError::NoPreview(why)) => Ok((Err(why), None)),
            Err(error) => Err(error.into()),
        }
    }

    /// A call script in one language, as it is written.
    fn script(&self, template: &Template) -> Json {
        json!({
            "lang": template.language(), "dir": dir(template.language()), "language": self.language_name(template),
            "written": crate::console::markdown::html(&template.wording().lines().collect::<Vec<_>>(), 3),
        })
    }

    fn language_name(&self, template: &Template) -> String {
        let words = Words::new(self.workflow, self.environment, self.desk.locale.code());
        words.language_name(template.language())
    }
}

/// In which direction a language is read.
pub(in crate::console) fn dir(language: &str) -> &'static str {
    if language.split('-').next() == Some("ar") { "rtl" } else { "ltr" }
}
