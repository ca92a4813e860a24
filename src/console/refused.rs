//! What is refused before a page is asked: an address that is none, a form that cannot be read, one that came from
//! elsewhere. The framework and the guard say it in a line of English; people read it as a page in their language.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse as _, Response};

use super::page::{Desk, sorry};
use crate::access::{Viewer, asked_in, is_api, stranger};
use crate::api::Api;
use crate::settings::Language;

/// Puts a page in the place of a line: for people only, programs have problem documents.
pub(crate) async fn worded(State(api): State<Arc<Api>>, request: Request, next: Next) -> Response {
    if is_api(request.uri().path()) {
        return next.run(request).await;
    }
    let (uri, headers, is_read) = (request.uri().clone(), request.headers().clone(), request.method() == Method::GET);
    let response = next.run(request).await;
    if !is_bare(&response) {
        return response;
    }
    // An address without a question that cannot be read names nothing: `/drafts/abc`.
    let names_nothing = response.status() == StatusCode::BAD_REQUEST && is_read && uri.query().is_none();
    let status = if names_nothing { StatusCode::NOT_FOUND } else { response.status() };
    let viewer = response.extensions().get::<Viewer>().cloned();
    let said = |language| words(status, response.headers(), language);
    let mut page = if let Some(viewer) = viewer {
        let (heading, words) = said(viewer.language);
        sorry(&Desk::of(api, viewer, &uri, &headers), status, &heading, &words)
    } else {
        let language = asked_in(&headers, &api);
        let (heading, words) = said(language);
        (status, Html(stranger(language, &heading, &words))).into_response()
    };
    for (name, value) in response.headers() {
        // When to come again, what is allowed instead.
        if !matches!(*name, header::CONTENT_TYPE | header::CONTENT_LENGTH) {
            page.headers_mut().append(name, value.clone());
        }
    }
    page
}

/// Whether an answer refuses without a page.
fn is_bare(response: &Response) -> bool {
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let refused = response.status().is_client_error() || response.status().is_server_error();
    refused && (kind.is_empty() || kind.starts_with("text/plain"))
}

/// What a status means to whoever sees it: a heading, and what to do.
fn words(status: StatusCode, headers: &HeaderMap, language: Language) -> (String, String) {
    let wait = headers.get(header::RETRY_AFTER).and_then(|wait| wait.to_str().ok()).unwrap_or("60");
    let arabic = language == Language::Ar;
    let (heading, words) = match status {
        StatusCode::FORBIDDEN if arabic => {
            ("لم يُقبل النموذج", "مضى عليه وقت طويل، أو جاء من موقع آخر. حمّل الصفحة من جديد وأرسله منها.")
        }
        StatusCode::FORBIDDEN => (
            "The form was not taken",
            "It is too old, or it came from another site. Load its page again and send it from there.",
        ),
        StatusCode::NOT_FOUND if arabic => ("لا شيء هنا", "العنوان غير صحيح، أو لم يعد لما يدل عليه وجود."),
        StatusCode::NOT_FOUND => ("There is nothing here", "The address is wrong, or what it named is no more."),
        StatusCode::METHOD_NOT_ALLOWED if arabic => ("لا صفحة هنا", "إلى هذا العنوان تُرسل النماذج؛ لا يُفتح بنفسه."),
        StatusCode::METHOD_NOT_ALLOWED => {
            ("There is no page here", "Forms are sent to this address; it is not opened by itself.")
        }
        StatusCode::PAYLOAD_TOO_LARGE if arabic => ("أطول مما يُقبل", "لم يُحفظ شيء. اختصر النص وأرسله ثانية."),
        StatusCode::PAYLOAD_TOO_LARGE => {
            ("Longer than is taken", "Nothing was kept. Shorten the text and send it again.")
        }
        StatusCode::TOO_MANY_REQUESTS if arabic => ("طلبات كثيرة", "انتظر {} ثانية، ثم حمّل الصفحة من جديد."),
        StatusCode::TOO_MANY_REQUESTS => ("Too many requests", "Wait {} s, then load the page again."),
        status if status.is_server_error() && arabic => {
            ("تعذر ذلك الآن", "حاول بعد دقيقة، وإن استمر الأمر فأبلغ من يرعى وصل.")
        }
        status if status.is_server_error() => (
            "This does not work at the moment",
            "Try again in a minute; if it stays so, tell whoever looks after Wasl.",
        ),
        _ if arabic => ("تعذر فهم هذا الطلب", "في العنوان أو النموذج ما لا ترسله صفحاتنا. ارجع، وحمّل الصفحة من جديد."),
        _ => (
            "This cannot be read",
            "The address or the form holds what our pages do not send. Go back, and load the page again.",
        ),
    };
    (heading.to_owned(), words.replace("{}", wait))
}
