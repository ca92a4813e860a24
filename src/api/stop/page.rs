//! The words of the page, in the language in which we wrote.

use wasl_core::delivery::Channel;
use wasl_runtime::engine::StopLink;

const STYLE: &str = "body{font:1.1rem/1.6 system-ui,sans-serif;max-width:34rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a;\
background:#fff}button{font:inherit;padding:.6rem 1.2rem;border:0;border-radius:.4rem;background:#14532d;color:#fff}\
button:focus-visible{outline:3px solid #f59e0b}";

/// The page of a right code.
pub(super) fn of(link: &StopLink, code: &str) -> String {
    let ar = link.language == "ar";
    let what = match (link.channel == Channel::Email, ar) {
        (true, false) => "e-mails",
        (false, false) => "text messages",
        (true, true) => "رسائل بريد إلكتروني",
        (false, true) => "رسائل نصية",
    };
    let code: String = code.chars().filter(|letter| letter.is_ascii_alphanumeric() || *letter == '-').collect();
    let button = |path: &str, words: &str| {
        format!("<form method=\"post\" action=\"/stop/{code}{path}\"><button>{words}</button></form>")
    };
    let (title, body) = match (link.stopped, ar) {
        (false, false) => (
            "Stop our messages?",
            format!(
                "<p>If you press the button, we will send no more {what} to the place where you got this link, whatever they \
                 are about. Calls by our staff are not affected.</p>\n{}",
                button("", "Stop messages")
            ),
        ),
        (true, false) => (
            "Messages are stopped",
            format!(
                "<p>We will send you no more {what} here. Calls by our staff are not affected.</p>\n<p>Was this a \
                 mistake?</p>\n{}",
                button("/undo", "Send me messages again")
            ),
        ),
        (false, true) => (
            "هل نوقف رسائلنا؟",
            format!(
                "<p>إذا ضغطتم الزر فلن نرسل بعد الآن أي {what} إلى حيث وصلكم هذا الرابط، أيا كان موضوعها. ولا يشمل ذلك اتصال \
                 موظفينا بكم هاتفيا.</p>\n{}",
                button("", "أوقفوا الرسائل")
            ),
        ),
        (true, true) => (
            "أوقفت الرسائل",
            format!(
                "<p>لن نرسل إليكم بعد الآن أي {what} هنا. ولا يشمل ذلك اتصال موظفينا بكم هاتفيا.</p>\n<p>هل حدث هذا \
                 خطأ؟</p>\n{}",
                button("/undo", "أعيدوا إرسال الرسائل")
            ),
        ),
    };
    let (language, direction) = if ar { ("ar", "rtl") } else { ("en", "ltr") };
    html(language, direction, title, &format!("<h1>{title}</h1>\n{body}"))
}

/// A code that leads nowhere. Nobody's language is known.
pub(super) fn unknown() -> String {
    both(
        "We do not know this link",
        "لا نعرف هذا الرابط",
        "It may have been cut off on its way. Please open it once more from the message, or ring us at the number that the \
         message gives: we will stop the messages for you.",
        "ربما انقطع جزء منه في الطريق. نرجو فتحه من الرسالة مرة أخرى، أو الاتصال بنا على الرقم المذكور فيها لنوقف الرسائل عنكم.",
    )
}

/// Something of ours does not work.
pub(super) fn later() -> String {
    both(
        "This does not work at the moment",
        "هذه الخدمة متوقفة الآن",
        "Nothing was changed. Please try it again in a few minutes.",
        "لم يتغير شيء. نرجو المحاولة بعد دقائق.",
    )
}

fn both(title_en: &str, title_ar: &str, en: &str, ar: &str) -> String {
    let body = format!(
        "<h1>{title_en}</h1>\n<p>{en}</p>\n<div lang=\"ar\" dir=\"rtl\"><h1>{title_ar}</h1>\n<p>{ar}</p></div>"
    );
    html("en", "ltr", title_en, &body)
}

fn html(language: &str, direction: &str, title: &str, body: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"{language}\" dir=\"{direction}\">\n<head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>{title}</title>\
         <style>{STYLE}</style></head>\n<body>\n{body}\n</body>\n</html>\n"
    )
}
