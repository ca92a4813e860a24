//! The words of the pages, in both languages.

use super::login_address;
use crate::access::password::{LETTERS_MIN, Weak};
use crate::settings::Language;

/// The style of both pages is that of the console.
pub(super) const STYLE: &str = include_str!("../../console/assets/console.css");

/// What stands above every page.
const BRAND: &str = "<p class=\"brand\"><svg viewBox=\"0 0 32 32\" aria-hidden=\"true\" fill=\"none\" stroke=\"currentColor\" \
stroke-width=\"2.6\" stroke-linecap=\"round\"><path d=\"M13 9h-2a7 7 0 0 0 0 14h2\"/><path d=\"M19 9h2a7 7 0 0 1 0 14h-2\"/>\
<path d=\"M11 16h10\"/></svg> Wasl · وصل</p>";

/// What a page has to say about the last try.
#[derive(Clone, Copy, Debug)]
pub(in crate::access) enum Said {
    /// Name or password are not right.
    Wrong,
    /// So many seconds.
    Wait(i64),
    /// Something of ours does not work.
    Later,
    /// The link does not count.
    NoLink,
    /// The password was written in two ways.
    Differ,
    /// The password is not good enough.
    Weak(Weak),
    /// What the provider says is not proven, or belongs to an attempt that is over.
    Unproven,
    /// The provider did not let them in.
    ProviderSaysNo,
    /// The provider does not answer.
    ProviderDown,
    /// They are nothing here.
    NoRole,
    /// Their name is somebody else's here, or can be none.
    NameTaken,
    /// They may not come in.
    LockedOut,
}

/// The page to come in.
pub(in crate::access) fn enter(language: Language, next: &str, said: Option<Said>, provider: bool) -> String {
    let w = |en, ar| pick(language, en, ar);
    let door = if provider { door(language, next) } else { String::new() };
    let body = format!(
        "{}{door}<form method=\"post\" action=\"/login\" class=\"stack\">\n<input type=\"hidden\" name=\"next\" value=\"{}\">\n\
         <label for=\"name\">{}</label>\n\
         <input id=\"name\" name=\"name\" autocomplete=\"username\" autocapitalize=\"none\" dir=\"ltr\" required autofocus>\n\
         <label for=\"password\">{}</label>\n\
         <input id=\"password\" name=\"password\" type=\"password\" autocomplete=\"current-password\" dir=\"ltr\" required>\n\
         <button class=\"main large\">{}</button>\n</form>\n<p class=\"soft small\">{}</p>",
        told(language, said),
        escaped(next),
        w("Name", "اسم المستخدم"),
        w("Password", "كلمة المرور"),
        w("Come in", "دخول"),
        w(
            "Forgotten the password? Your administrator makes a new link for you.",
            "نسيت كلمة المرور؟ يرسل إليك مدير النظام رابطا جديدا.",
        ),
    );
    page(language, w("Come in", "دخول"), &body)
}

/// The way to the house's provider.
fn door(language: Language, next: &str) -> String {
    let address = login_address(Some(next)).replacen("/login", "/login/oidc", 1);
    let (words, or) = match language {
        Language::En => ("Come in with your work account", "or with a name and password of Wasl"),
        Language::Ar => ("الدخول بحساب العمل", "أو باسم وكلمة مرور من وصل"),
    };
    format!(
        "<p><a class=\"button main large\" href=\"{}\">{words}</a></p>\n<p class=\"soft small\">{or}</p>\n",
        escaped(&address)
    )
}

/// The page to choose a password; without a name the link does not count.
pub(super) fn choose(language: Language, name: Option<&str>, said: Option<Said>) -> String {
    let w = |en, ar| pick(language, en, ar);
    let title = w("Choose your password", "اختر كلمة المرور");
    let Some(name) = name else { return page(language, title, &told(language, said)) };
    let field = |id: &str, words: &str| {
        format!(
            "<label for=\"{id}\">{words}</label>\n<input id=\"{id}\" name=\"{id}\" type=\"password\" \
             autocomplete=\"new-password\" minlength=\"{LETTERS_MIN}\" dir=\"ltr\" required>\n"
        )
    };
    let help = match language {
        Language::En => format!("At least {LETTERS_MIN} letters; a few words in a row are good. Not your name."),
        Language::Ar => format!("لا تقل عن {LETTERS_MIN} حرفا، ويحسن أن تكون بضع كلمات متتالية، وليس فيها اسمك."),
    };
    let body = format!(
        "{}<p>{} <strong dir=\"ltr\">{}</strong></p>\n<form method=\"post\" class=\"stack\">\n{}{}<button class=\"main large\">{}</button>\n</form>\n\
         <p class=\"soft small\">{help}</p>",
        told(language, said),
        w("You come in as", "تدخل باسم"),
        escaped(name),
        field("password", w("Password", "كلمة المرور")),
        field("again", w("Once more", "مرة أخرى")),
        w("Keep it", "حفظ"),
    );
    page(language, title, &body)
}

fn told(language: Language, said: Option<Said>) -> String {
    let Some(said) = said else { return String::new() };
    let words = match (said, language) {
        (Said::Wrong, Language::En) => "Name or password are not right.".to_owned(),
        (Said::Wrong, Language::Ar) => "اسم المستخدم أو كلمة المرور غير صحيحة.".to_owned(),
        (Said::Wait(seconds), Language::En) => format!("Too many mistakes. Try again in {seconds} s."),
        (Said::Wait(seconds), Language::Ar) => format!("محاولات خاطئة كثيرة. حاول بعد {seconds} ث."),
        (Said::Later, Language::En) => "This does not work at the moment. Try again in a minute.".to_owned(),
        (Said::Later, Language::Ar) => "تعذر ذلك الآن. حاول بعد دقيقة.".to_owned(),
        (Said::NoLink, Language::En) => {
            "This link does not count any more: it was used, or is older than a day. Ask for a new one.".to_owned()
        }
        (Said::NoLink, Language::Ar) => {
            "لم يعد هذا الرابط صالحا: استعمل من قبل أو مضى عليه يوم. اطلب رابطا جديدا.".to_owned()
        }
        (Said::Differ, Language::En) => "The two are not the same.".to_owned(),
        (Said::Differ, Language::Ar) => "الكلمتان غير متطابقتين.".to_owned(),
        (Said::Unproven, Language::En) => "This took too long or was not begun here. Try again.".to_owned(),
        (Said::Unproven, Language::Ar) => "استغرق ذلك وقتا طويلا أو لم يبدأ من هنا. حاول من جديد.".to_owned(),
        (Said::ProviderSaysNo, Language::En) => "Your work account did not let you in.".to_owned(),
        (Said::ProviderSaysNo, Language::Ar) => "لم يُقبل دخولك بحساب العمل.".to_owned(),
        (Said::ProviderDown, Language::En) => {
            "Coming in with the work account does not work at the moment. Try again in a minute.".to_owned()
        }
        (Said::ProviderDown, Language::Ar) => "تعذر الدخول بحساب العمل الآن. حاول بعد دقيقة.".to_owned(),
        (Said::NoRole, Language::En) => {
            "You are known, but your work account has no role in Wasl. Ask your administrator for one.".to_owned()
        }
        (Said::NoRole, Language::Ar) => "عرفناك، لكن ليس لحساب عملك دور في وصل. اطلبه من مدير النظام.".to_owned(),
        (Said::NameTaken, Language::En) => {
            "The name of your work account cannot be used here, or somebody has it already. Ask your administrator."
                .to_owned()
        }
        (Said::NameTaken, Language::Ar) => "لا يصلح اسم حساب عملك هنا، أو هو لغيرك. راجع مدير النظام.".to_owned(),
        (Said::LockedOut, Language::En) => "Your account here is locked. Ask your administrator.".to_owned(),
        (Said::LockedOut, Language::Ar) => "حسابك هنا موقوف. راجع مدير النظام.".to_owned(),
        (Said::Weak(Weak::Short), Language::En) => format!("It has fewer than {LETTERS_MIN} letters."),
        (Said::Weak(Weak::Short), Language::Ar) => format!("فيها أقل من {LETTERS_MIN} حرفا."),
        (Said::Weak(Weak::Long), Language::En) => "It is too long.".to_owned(),
        (Said::Weak(Weak::Long), Language::Ar) => "كلمة المرور أطول مما يقبل.".to_owned(),
        (Said::Weak(Weak::Name), Language::En) => "It contains your name.".to_owned(),
        (Said::Weak(Weak::Name), Language::Ar) => "فيها اسم المستخدم.".to_owned(),
        (Said::Weak(Weak::Common), Language::En) => {
            "It is among the first that anybody would try. Take a few words that only you put together.".to_owned()
        }
        (Said::Weak(Weak::Common), Language::Ar) => {
            "هي من أول ما يجربه أي أحد. اختر بضع كلمات لا يجمعها غيرك.".to_owned()
        }
    };
    format!("<p class=\"note bad\" role=\"alert\">{words}</p>\n")
}

/// A page for somebody who is not in, about what cannot be.
pub(crate) fn stranger(language: Language, heading: &str, words: &str) -> String {
    page(language, heading, &format!("<p>{words}</p>"))
}

fn page(language: Language, title: &str, body: &str) -> String {
    let (code, direction) = (language.code(), pick(language, "ltr", "rtl"));
    format!(
        "<!doctype html>\n<html lang=\"{code}\" dir=\"{direction}\">\n<head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>{title}</title>\
         <link rel=\"stylesheet\" href=\"/access.css\"></head>\n<body>\n<main><section class=\"card login stack\">{BRAND}<h1>{title}</h1>\n{body}\n</section></main></body>\n</html>\n"
    )
}

fn pick(language: Language, en: &'static str, ar: &'static str) -> &'static str {
    if language == Language::Ar { ar } else { en }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
