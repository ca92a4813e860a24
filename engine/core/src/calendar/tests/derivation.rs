//! Rule 8: deadlines explain themselves.

use super::{add, bahrain, berlin};
use crate::calendar::Derivation;

#[test]
fn a_due_time_explains_itself_in_both_languages() {
    let calendar = bahrain();
    for (start, duration, en, ar) in [
        (
            "2024-05-12 10:20",
            "24 hours",
            "24 hours from Sun 12 May 2024 10:20",
            "24 ساعة ابتداء من الأحد 12 مايو 2024 10:20",
        ),
        (
            "2024-05-14 10:20",
            "3 working days",
            "3 working days from Tue 14 May 2024 10:20; skipped Fri 17 and Sat 18 May",
            "3 أيام عمل ابتداء من الثلاثاء 14 مايو 2024 10:20؛ دون احتساب الجمعة 17 والسبت 18 مايو",
        ),
        (
            "2024-05-16 16:00",
            "1 working day",
            "1 working day from Thu 16 May 2024 16:00; counted from the opening Sun 19 May 07:00; skipped Fri 17 and Sat 18 May",
            "يوم عمل واحد ابتداء من الخميس 16 مايو 2024 16:00؛ يبدأ العد عند بدء الدوام الأحد 19 مايو 07:00؛ دون احتساب الجمعة 17 والسبت 18 مايو",
        ),
        (
            "2024-04-09 08:00",
            "2 working days",
            "2 working days from Tue 9 Apr 2024 08:00; skipped Eid al-Fitr Wed 10 to Fri 12 Apr, Sat 13 Apr, Eid al-Fitr (in lieu, provisional) Sun 14 Apr",
            "يوما عمل ابتداء من الثلاثاء 9 أبريل 2024 08:00؛ دون احتساب عيد الفطر من الأربعاء 10 إلى الجمعة 12 أبريل، والسبت 13 أبريل، وعيد الفطر (تعويض، غير مؤكد) الأحد 14 أبريل",
        ),
        (
            "2026-12-30 09:00",
            "2 working days",
            "2 working days from Wed 30 Dec 2026 09:00; skipped New Year's Day Fri 1 Jan 2027, Sat 2 Jan 2027, New Year's Day (in lieu, provisional) Sun 3 Jan 2027",
            "يوما عمل ابتداء من الأربعاء 30 ديسمبر 2026 09:00؛ دون احتساب رأس السنة الميلادية الجمعة 1 يناير 2027، والسبت 2 يناير 2027، ورأس السنة الميلادية (تعويض، غير مؤكد) الأحد 3 يناير 2027",
        ),
        (
            "2024-09-01 10:00",
            "20 working days",
            "20 working days from Sun 1 Sep 2024 10:00; skipped 4 weekends, the Prophet's Birthday Sun 15 Sep",
            "20 يوم عمل ابتداء من الأحد 1 سبتمبر 2024 10:00؛ دون احتساب 4 عطل أسبوعية، والمولد النبوي الشريف الأحد 15 سبتمبر",
        ),
        (
            "2024-03-10 07:10",
            "1 working day",
            "1 working day from Sun 10 Mar 2024 07:10; opens 08:00",
            "يوم عمل واحد ابتداء من الأحد 10 مارس 2024 07:10؛ يبدأ الدوام 08:00",
        ),
        (
            "2024-03-10 14:00",
            "1 working day",
            "1 working day from Sun 10 Mar 2024 14:00; closes 13:30",
            "يوم عمل واحد ابتداء من الأحد 10 مارس 2024 14:00؛ ينتهي الدوام 13:30",
        ),
        (
            "2024-01-31 10:00",
            "1 month",
            "1 month from Wed 31 Jan 2024 10:00; 29 Feb is the month's last day",
            "شهر واحد ابتداء من الأربعاء 31 يناير 2024 10:00؛ 29 فبراير آخر أيام الشهر",
        ),
    ] {
        let why = add(&calendar, start, duration).why;
        assert_eq!(why.words("en"), en);
        assert_eq!(why.words("ar"), ar);
        let stored = serde_json::to_string(&why).unwrap();
        assert_eq!(serde_json::from_str::<Derivation>(&stored).unwrap(), why);
    }
    let gap = add(&berlin(), "2026-03-28 02:30", "1 day").why;
    assert_eq!(gap.words("en"), "1 day from Sat 28 Mar 2026 02:30; the clocks go forward over 02:30");
    assert_eq!(gap.words("ar"), "يوم واحد ابتداء من السبت 28 مارس 2026 02:30؛ تُقدَّم الساعة فلا توجد 02:30 في ذلك اليوم");
}

#[test]
fn a_derivation_is_stored_as_data() {
    let why = add(&bahrain(), "2024-05-16 16:00", "1 working day").why;
    let expected = serde_json::json!({
        "start": "2024-05-16T13:00:00Z",
        "duration": "1 working day",
        "at": "2024-05-20T04:00:00Z",
        "zone": "Asia/Bahrain",
        "skipped": [{"from": "2024-05-17", "to": "2024-05-18", "reason": "weekend"}],
        "moved": [{"opening": {"at": "2024-05-19T04:00:00Z"}}],
    });
    assert_eq!(serde_json::to_value(&why).unwrap(), expected);
}
