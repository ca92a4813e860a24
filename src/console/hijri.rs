//! Days by the Hijri calendar, as Umm al-Qura counts them: shown beside the civil date, never counted with.

use icu_calendar::Date as IcuDate;
use icu_calendar::cal::Hijri;
use jiff::civil::Date;

use crate::settings::Language;

const MONTHS_EN: [&str; 12] = [
    "Muharram",
    "Safar",
    "Rabi I",
    "Rabi II",
    "Jumada I",
    "Jumada II",
    "Rajab",
    "Shaban",
    "Ramadan",
    "Shawwal",
    "Dhu al-Qadah",
    "Dhu al-Hijjah",
];
const MONTHS_AR: [&str; 12] = [
    "محرم",
    "صفر",
    "ربيع الأول",
    "ربيع الآخر",
    "جمادى الأولى",
    "جمادى الآخرة",
    "رجب",
    "شعبان",
    "رمضان",
    "شوال",
    "ذو القعدة",
    "ذو الحجة",
];

/// `18 Jumada II 1448 AH`; `None` for years that are far away.
pub(super) fn words(day: Date, language: Language) -> Option<String> {
    let month = u8::try_from(day.month()).ok()?;
    let of_month = u8::try_from(day.day()).ok()?;
    let civil = IcuDate::try_new_iso(i32::from(day.year()), month, of_month).ok()?;
    let hijri = civil.to_calendar(Hijri::new_umm_al_qura());
    let (year, month, day) = (hijri.era_year().year, hijri.month().ordinal, hijri.day_of_month().0);
    let month = usize::from(month).checked_sub(1)?;
    Some(match language {
        Language::En => format!("{day} {} {year} AH", MONTHS_EN.get(month)?),
        Language::Ar => format!("{day} {} {year} هـ", MONTHS_AR.get(month)?),
    })
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn days_are_those_of_umm_al_qura() {
        for (day, en, ar) in [
            (date(2026, 2, 18), "1 Ramadan 1447 AH", "1 رمضان 1447 هـ"),
            (date(2026, 3, 20), "1 Shawwal 1447 AH", "1 شوال 1447 هـ"),
            (date(2024, 7, 7), "1 Muharram 1446 AH", "1 محرم 1446 هـ"),
        ] {
            assert_eq!(words(day, Language::En).as_deref(), Some(en));
            assert_eq!(words(day, Language::Ar).as_deref(), Some(ar));
        }
    }
}
