//! Why a value does not fit, for readers of Arabic. Reasons are kept in English, with the rows that they are about, so that
//! what stands in a database can be read in either language.

use super::Problem;

/// What is said as it is.
const WHOLE: [(&str, &str); 13] = [
    ("is missing", "لا قيمة له"),
    ("lies in the future", "تاريخ في المستقبل"),
    ("is too small", "أصغر من المسموح"),
    ("is too large", "أكبر من المسموح"),
    ("is not a field here", "ليس حقلا هنا"),
    ("is neither true nor false", "ليس صوابا ولا خطأ"),
    ("is not a whole number", "ليس عددا صحيحا"),
    ("is not a number", "ليس عددا"),
    ("is not an e-mail address", "ليس عنوان بريد إلكتروني"),
    ("is not a date like 2024-05-31", "ليس تاريخا مثل 2024-05-31"),
    ("is not a time like 2024-05-31 10:30", "ليس وقتا مثل 2024-05-31 10:30"),
    ("is part of the case's key and missing", "جزء من مفتاح الحالة ولا قيمة له"),
    ("no phone number is given", "لم يُكتب رقم هاتف"),
];

/// What is followed by a value.
const BEFORE_VALUE: [(&str, &str); 4] = [
    ("does not match ", "لا يطابق "),
    ("is not one of ", "ليس من بين "),
    ("this is not a phone number", "ليس رقم هاتف"),
    ("no phone number has ", "لا رقم هاتف عدد أرقامه "),
];

impl Problem {
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
        whole.or_else(before).unwrap_or_else(|| self.reason.clone())
    }
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
            (field(Type::Phone), "abc", "ليس رقم هاتف"),
            (field(choice), "c", "ليس من بين a, b"),
        ];
        for (field, value, ar) in fields {
            let problem = field.fit(&Value::from(value), &reading).unwrap_err();
            assert_eq!(problem.reason_in("ar"), ar, "{}", problem.reason);
            assert_eq!(problem.reason_in("en"), problem.reason);
        }
    }
}
