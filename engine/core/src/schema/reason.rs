//! Why a value does not fit, for readers of Arabic. Reasons are kept in English, with the rows that they are about, so that
//! what stands in a database can be read in either language.

use super::Problem;

/// What is said as it is.
const WHOLE: [(&str, &str); 30] = [
    ("is missing", "لا قيمة له"),
    ("lies in the future", "تاريخ في المستقبل"),
    ("is too small", "أصغر من المسموح"),
    ("is too large", "أكبر من المسموح"),
    ("is not a field here", "ليس حقلا هنا"),
    ("is neither true nor false", "ليس صوابا ولا خطأ"),
    ("is not a whole number", "ليس عددا صحيحا"),
    ("is not a number", "ليس عددا"),
    ("is not text", "ليس نصا"),
    ("is not a phone number", "ليس رقم هاتف"),
    ("is not a contact", "ليس جهة اتصال"),
    ("is not a list of contacts", "ليس قائمة جهات اتصال"),
    ("is not a record", "ليس سجلا"),
    ("is not a null", "لا تُكتب له قيمة"),
    ("is not an e-mail address", "ليس عنوان بريد إلكتروني"),
    ("is not a date like 2024-05-31", "ليس تاريخا مثل 2024-05-31"),
    ("is not a time like 2024-05-31 10:30", "ليس وقتا مثل 2024-05-31 10:30"),
    ("is part of the case's key and missing", "جزء من مفتاح الحالة ولا قيمة له"),
    ("no phone number is given", "لم يُكتب رقم هاتف"),
    (
        "this is not a phone number: it holds other signs than digits, `+` and separators",
        "ليس رقم هاتف: فيه غير الأرقام و`+` والفواصل",
    ),
    (
        "this is not a phone number: `+` stands only at its beginning; several numbers need a row each",
        "ليس رقم هاتف: لا تأتي `+` إلا في أوله؛ ولكل رقم صف وحده",
    ),
    (
        "a spreadsheet has turned this number into a power of ten; format the column as text and export it again",
        "حوّله جدول البيانات إلى قوة للعشرة؛ اجعل العمود نصا وصدّره من جديد",
    ),
    ("does not say whose death: there is no personal number", "لا يذكر من المتوفى: لا رقم شخصيا فيه"),
    (
        "this row withdraws a death: that is done by `wasl death reverse`, and not by a correction",
        "هذا الصف يسحب قيد وفاة: يُفعل ذلك بالأمر `wasl death reverse`، لا بتصحيح",
    ),
    (
        "somebody else has corrected this row, or has begun to with other values: look at it again",
        "صحح غيرك هذا الصف أو بدأ تصحيحه بقيم أخرى: انظر إليه من جديد",
    ),
    ("is not UTF-8 text", "ليس نصا بترميز UTF-8"),
    ("contains a NUL byte", "فيه بايت NUL"),
    ("a quote is opened and never closed", "علامة اقتباس فُتحت ولم تُغلق"),
    ("a carriage return stands in the middle of the line", "في وسط السطر رمز عودة إلى أول السطر"),
    ("no country has the code that this number begins with", "لا بلد رمزه ما يبدأ به هذا الرقم"),
];

/// What is followed by a value.
const BEFORE_VALUE: [(&str, &str); 5] = [
    ("does not match ", "لا يطابق "),
    ("is not one of ", "ليس من بين "),
    ("is not a list of ", "ليس قائمة من نوع "),
    ("this is not a phone number", "ليس رقم هاتف"),
    ("no phone number has ", "لا رقم هاتف عدد أرقامه "),
];

impl Problem {
    /// The field, and why its value does not fit.
    pub fn words(&self, language: &str) -> String {
        format!("`{}` {}", self.field, self.reason_in(language))
    }

    /// The reason in a language; what is not known here stays as it is.
    pub fn reason_in(&self, language: &str) -> String {
        if language != "ar" {
            return self.reason.clone();
        }
        let reason = self.reason.as_str();
        let whole = WHOLE.iter().find(|(en, _)| *en == reason).map(|(_, ar)| (*ar).to_owned());
        let before = || {
            let (en, ar) = BEFORE_VALUE.iter().find(|(en, _)| reason.starts_with(en))?;
            let rest = reason.get(en.len()..)?;
            // After a colon stands advice in English.
            Some(format!(
                "{ar}{}",
                rest.split(':').next().unwrap_or_default().split(" digits").next().unwrap_or_default()
            ))
        };
        whole
            .or_else(before)
            .or_else(|| of_a_number(reason))
            .or_else(|| of_a_row(reason))
            .unwrap_or_else(|| self.reason.clone())
    }
}

/// What is said of a row of a file that cannot be taken apart.
fn of_a_row(reason: &str) -> Option<String> {
    let fields = || {
        let (has, wanted) = reason.strip_prefix("has ")?.split_once(" fields instead of ")?;
        Some(format!("عدد حقوله {has} بدلا من {wanted}"))
    };
    let longest = || reason.strip_prefix("the line is longer than ")?.strip_suffix(" bytes");
    fields().or_else(|| Some(format!("السطر أطول من الحد: {} بايت", longest()?)))
}

/// What is said of a telephone number with values between the words.
fn of_a_number(reason: &str) -> Option<String> {
    let country = || {
        let country = reason.strip_prefix('`')?.split_once("` is not a country")?.0;
        Some(format!("ليس `{country}` بلدا له خطة ترقيم؛ اكتب حرفيه مثل `BH`"))
    };
    let length = || {
        let (region, rest) = reason.strip_prefix("a number of `")?.split_once("` has ")?;
        let (expected, digits) = rest.split_once(" digits after the country code; this one has ")?;
        let expected = expected.replace(" to ", " إلى ").replace("other", "غير ذلك");
        Some(format!("عدد أرقام الهاتف في `{region}` بعد رمز البلد {expected}، وفي هذا {digits}"))
    };
    country().or_else(length)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use jiff::tz::TimeZone;

    use super::super::{Field, Reading};
    use crate::value::{Type, Value};

    #[test]
    fn every_reason_for_which_a_value_does_not_fit_is_said_in_arabic() {
        let reading = Reading { region: "BH", today: date(2026, 1, 5), zone: &TimeZone::UTC };
        let pattern = Some(super::super::whole_pattern("[0-9]{9}").unwrap());
        let field = |ty| Field { past: true, min: Some(2.0), max: Some(3.0), ..Field::new("x", ty) };
        let choice = Type::Choice(vec!["a".into(), "b".into()]);
        let fields = [
            (Field { pattern, ..Field::new("x", Type::Text) }, "12", "لا يطابق `[0-9]{9}`"),
            (field(Type::Text), " ", "لا قيمة له"),
            (field(Type::Date), "soon", "ليس تاريخا مثل 2024-05-31"),
            (field(Type::Date), "2026-01-06", "تاريخ في المستقبل"),
            (field(Type::Time), "soon", "ليس وقتا مثل 2024-05-31 10:30"),
            (field(Type::Int), "x", "ليس عددا صحيحا"),
            (field(Type::Int), "1", "أصغر من المسموح"),
            (field(Type::Number), "4.5", "أكبر من المسموح"),
            (field(Type::Number), "x", "ليس عددا"),
            (field(Type::Bool), "perhaps", "ليس صوابا ولا خطأ"),
            (field(Type::Email), "x", "ليس عنوان بريد إلكتروني"),
            (field(Type::Phone), "abc", "ليس رقم هاتف: فيه غير الأرقام و`+` والفواصل"),
            (field(Type::Phone), "36001", "عدد أرقام الهاتف في `BH` بعد رمز البلد 8، وفي هذا 5"),
            (field(Type::List(Box::new(Type::contact()))), "x", "ليس قائمة جهات اتصال"),
            (field(Type::List(Box::new(Type::Text))), "x", "ليس قائمة من نوع text"),
            (field(choice), "c", "ليس من بين a, b"),
        ];
        for (field, value, ar) in fields {
            let problem = field.fit(&Value::from(value), &reading).unwrap_err();
            assert_eq!(problem.reason_in("ar"), ar, "{}", problem.reason);
            assert_eq!(problem.reason_in("en"), problem.reason);
        }
    }

    #[test]
    fn whatever_comes_for_whatever_type_the_reason_is_said_in_arabic() {
        let reading = Reading { region: "BH", today: date(2026, 1, 5), zone: &TimeZone::UTC };
        let choice = Type::Choice(vec!["a".into(), "b".into()]);
        let types =
            [Type::Bool, Type::Int, Type::Number, Type::Text, choice, Type::Phone, Type::Email, Type::Date, Type::Time];
        let types = types.into_iter().chain([Type::contact(), Type::Record([].into())]);
        let types: Vec<Type> = types.flat_map(|ty| [Type::List(Box::new(ty.clone())), ty]).collect();
        let texts = ["x", "+", "1", "1.5", "12+34", "3.6E+7", "+999123456", "123456789012345678", "2026-01-05"];
        let others = [Value::Bool(true), Value::Int(7), Value::Number(1.5), Value::List(vec![Value::Bool(true)])];
        let values: Vec<Value> = texts.map(Value::from).into_iter().chain(others).chain([Value::Null]).collect();
        let regions = [Reading { region: "XX", ..reading.clone() }, reading];
        for (reading, ty) in regions.iter().flat_map(|reading| types.iter().map(move |ty| (reading, ty))) {
            for value in &values {
                let Err(problem) = Field::new("x", ty.clone()).fit(value, reading) else { continue };
                let ar = problem.reason_in("ar");
                let begins = ar.starts_with(|c| ('\u{620}'..='\u{64a}').contains(&c));
                assert!(begins, "{ty}, {value:?}: {} is {ar}", problem.reason);
            }
        }
    }
}
