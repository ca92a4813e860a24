//! What each figure of a report is called and what it means, in a sentence, in both languages.

/// The same in English and Arabic.
pub(super) type Both = (&'static str, &'static str);

/// What a figure is called, and what it means; by other words where nobody has died and no account is transferred.
pub(super) fn of(figure: &str, is_of_deaths: bool) -> (Both, Both) {
    let own = if is_of_deaths { &[] } else { OF_OTHERS };
    let known = own.iter().chain(TEXTS).find(|(name, ..)| *name == figure);
    known.map_or((("", ""), ("", "")), |(_, words, meaning)| (*words, *meaning))
}

/// What rows of a register are called that came to this result, and what it means; `None` where a screen kept them out.
pub(super) fn of_rows(word: &str) -> Option<(Both, Both)> {
    match word {
        "opened" => Some((("Cases opened", "فُتحت لها حالات"), ("rows that opened a case", "صفوف فتحت حالة"))),
        "updated" => Some((
            ("Of those, with other values", "منها ما جاء بقيم أخرى"),
            ("rows that brought other values for a case that was there", "صفوف جاءت بقيم أخرى لحالة قائمة"),
        )),
        "duplicate" => {
            Some((("Known already", "معروفة من قبل"), ("rows about a case that was there", "صفوف عن حالة قائمة")))
        }
        "withdrawn" => {
            Some((("Deaths withdrawn", "وفيات سُحبت"), ("rows that took back a death", "صفوف سحبت قيد وفاة")))
        }
        "rejected" => Some((
            ("Not readable", "تعذرت قراءتها"),
            ("rows that could not be read and wait for correction", "صفوف تعذرت قراءتها وتنتظر التصحيح"),
        )),
        _ => None,
    }
}

/// In practices that transfer no account.
const OF_OTHERS: &[(&str, Both, Both)] = &[
    ("transferred", ("Succeeded", "نجحت"), ("cases that ended in success", "حالات انتهت بنجاح")),
    (
        "share_transferred",
        ("Share that succeeded", "نسبة النجاح"),
        (
            "ended in success, of all cases opened; two numbers while some are under way: if all of those fail, and if all succeed",
            "ما انتهى بنجاح من كل ما فُتح؛ ويظهر رقمان ما دام بعضها جاريا: إن لم ينجح أي منها، وإن نجحت كلها",
        ),
    ),
    (
        "share_of_ended",
        ("Share of ended cases", "نسبة المنتهية"),
        (
            "ended in success, of the cases that have ended; too high or too low while many are under way, as quick cases end first",
            "ما انتهى بنجاح مما انتهى؛ وقد تكون أعلى أو أدنى من الواقع ما دام كثير منها جاريا، لأن السريع ينتهي أولا",
        ),
    ),
    (
        "reached",
        ("Reached by a call", "تم الوصول إليها هاتفيا"),
        (
            "cases in which a call reached somebody: its outcome does not have us try again after a while or ring the next contact",
            "حالات وصل فيها اتصال إلى أحد: نتيجته لا تدعونا إلى إعادة المحاولة بعد حين ولا إلى الاتصال بالتالي",
        ),
    ),
    (
        "to_transfer_median",
        ("Detection to success, half within", "من الرصد إلى النجاح، النصف خلال"),
        (
            "days of the calendar from opening to success, in half of the cases that succeeded; too short while many are under way",
            "أيام التقويم من فتح الحالة إلى النجاح، لنصف ما نجح؛ وهي أقصر من الواقع ما دام كثير منها جاريا",
        ),
    ),
    (
        "to_transfer_p90",
        ("Detection to success, nine in ten within", "من الرصد إلى النجاح، تسعة من عشرة خلال"),
        ("the same in nine of ten", "ومثله لتسعة من كل عشر"),
    ),
];

/// Figures that only cases about a death have.
pub(super) const OF_DEATHS: [&str; 8] = [
    "from_death_median",
    "from_death_p90",
    "at_risk_daily",
    "at_risk_so_far",
    "lost_until_transfer",
    "saved_daily",
    "saved_so_far",
    "priced",
];

const TEXTS: &[(&str, Both, Both)] = &[
    (
        "opened",
        ("Cases opened", "حالات فُتحت"),
        (
            "cases that opened on these days; the figures of cases and times are of them, whenever the rest happened",
            "حالات فُتحت في هذه الأيام؛ وأرقام الحالات والمدد عنها أيا كان وقت ما تلا ذلك",
        ),
    ),
    (
        "transferred",
        ("Transferred", "حُوّلت"),
        (
            "cases that ended in success: the account is in an heir's name",
            "حالات انتهت بنجاح: صار الحساب باسم أحد الورثة",
        ),
    ),
    (
        "share_transferred",
        ("Share transferred", "نسبة التحويل"),
        (
            "transferred, of all cases opened; two numbers while some are under way: if all of those fail, and if all succeed",
            "ما حُوّل من كل ما فُتح؛ ويظهر رقمان ما دام بعضها جاريا: إن لم يكتمل أي منها، وإن اكتملت كلها",
        ),
    ),
    (
        "share_of_ended",
        ("Share of ended cases", "نسبة المنتهية"),
        (
            "transferred, of the cases that have ended; too high or too low while many are under way, as quick cases end first",
            "ما حُوّل مما انتهى؛ وقد تكون أعلى أو أدنى من الواقع ما دام كثير منها جاريا، لأن السريع ينتهي أولا",
        ),
    ),
    (
        "under_way",
        ("Under way", "جارية"),
        ("cases that have not ended yet: too young to judge", "حالات لم تنته بعد: لم يحن الحكم عليها"),
    ),
    (
        "escalated",
        ("Escalated", "صُعّدت"),
        (
            "cases for which the workflow asked for work of high priority at least once",
            "حالات طلب لها مسار العمل عملا ذا أولوية عالية مرة على الأقل",
        ),
    ),
    (
        "called",
        ("Called", "اتُّصل بها"),
        ("cases in which somebody's phone was rung at least once", "حالات رُنّ فيها هاتف أحد مرة على الأقل"),
    ),
    (
        "first_call_median",
        ("First call, half within", "الاتصال الأول، النصف خلال"),
        (
            "working time from opening to the first call, in half of the cases called at the most; hours in which the office is open, a begun one counts",
            "وقت العمل من فتح الحالة إلى أول اتصال، لنصف ما اتُّصل به على الأكثر؛ بساعات دوام المكتب وتُحسب الساعة التي بدأت",
        ),
    ),
    (
        "first_call_p90",
        ("First call, nine in ten within", "الاتصال الأول، تسعة من عشرة خلال"),
        ("the same in nine of ten cases called", "ومثله لتسعة من كل عشر حالات"),
    ),
    (
        "reached",
        ("Reached by a call", "تم الوصول إليها هاتفيا"),
        (
            "cases in which a call reached somebody of the family: its outcome does not have us try again after a while or ring the next contact",
            "حالات وصل فيها اتصال إلى أحد من الأسرة: نتيجته لا تدعونا إلى إعادة المحاولة بعد حين ولا إلى الاتصال بالتالي",
        ),
    ),
    (
        "reached_median",
        ("Reached, half within", "الوصول، النصف خلال"),
        (
            "working time from opening until then, in half of the cases reached",
            "وقت العمل من فتح الحالة إلى ذلك، لنصف ما تم الوصول إليه",
        ),
    ),
    (
        "reached_p90",
        ("Reached, nine in ten within", "الوصول، تسعة من عشرة خلال"),
        ("the same in nine of ten", "ومثله لتسعة من كل عشر"),
    ),
    (
        "to_transfer_median",
        ("Detection to transfer, half within", "من الرصد إلى التحويل، النصف خلال"),
        (
            "days of the calendar from opening to transfer, in half of the cases transferred; too short while many are under way",
            "أيام التقويم من فتح الحالة إلى التحويل، لنصف ما حُوّل؛ وهي أقصر من الواقع ما دام كثير منها جاريا",
        ),
    ),
    (
        "to_transfer_p90",
        ("Detection to transfer, nine in ten within", "من الرصد إلى التحويل، تسعة من عشرة خلال"),
        ("the same in nine of ten", "ومثله لتسعة من كل عشر"),
    ),
    (
        "from_death_median",
        ("Death to transfer, half within", "من الوفاة إلى التحويل، النصف خلال"),
        (
            "days from the death to the transfer, in half of the cases transferred that know the day of the death",
            "الأيام من الوفاة إلى التحويل، لنصف ما حُوّل وعُرف يوم وفاته",
        ),
    ),
    (
        "from_death_p90",
        ("Death to transfer, nine in ten within", "من الوفاة إلى التحويل، تسعة من عشرة خلال"),
        ("the same in nine of ten", "ومثله لتسعة من كل عشر"),
    ),
    (
        "at_risk_daily",
        ("At risk each day", "في خطر كل يوم"),
        (
            "what all cases under way today, whenever they opened, together pay more for each day without the subsidy: usual use at the full price less the subsidised one, at the prices of the day on which the case opened",
            "ما تدفعه كل الحالات الجارية اليوم، متى فُتحت، زيادة عن كل يوم بلا دعم: الاستهلاك المعتاد بالسعر الكامل ناقصا المدعوم، بأسعار يوم فتح الحالة",
        ),
    ),
    (
        "at_risk_so_far",
        ("Lost so far by those", "ما خسرته حتى الآن"),
        (
            "the same for all days from the death, or from opening where that is not known, until today",
            "ومثله لكل الأيام من الوفاة، أو من فتح الحالة إن لم يُعرف يومها، حتى اليوم",
        ),
    ),
    (
        "lost_until_transfer",
        ("Lost until transfer", "ما خُسر حتى التحويل"),
        (
            "the same for the cases that opened on these days and were transferred, from the death to the transfer",
            "ومثله لما فُتح في هذه الأيام وحُوّل، من الوفاة إلى التحويل",
        ),
    ),
    (
        "saved_daily",
        ("Saved each day", "ما يُوفَّر كل يوم"),
        (
            "what the families of these transferred cases pay less for each day, now that the subsidy goes on",
            "ما تدفعه أسر هذه الحالات المحوّلة أقل كل يوم بعد استمرار الدعم",
        ),
    ),
    (
        "saved_so_far",
        ("Saved so far", "ما وُفّر حتى الآن"),
        (
            "the same for all days from the transfer until today: unsubsidised billing avoided, not knowing when a family would have come by itself",
            "ومثله لكل الأيام من التحويل حتى اليوم: فواتير بلا دعم جرى تجنبها، دون علم بموعد مجيء الأسرة من نفسها",
        ),
    ),
    (
        "priced",
        ("Cases with known use", "حالات معلومة الاستهلاك"),
        (
            "cases that these sums are made of: under way today, or transferred of those opened on these days; others count as nothing",
            "الحالات التي تتكون منها هذه المبالغ: الجارية اليوم، وما حُوّل مما فُتح في هذه الأيام؛ وغيرها يُحسب صفرا",
        ),
    ),
    (
        "calls",
        ("Calls", "المكالمات"),
        (
            "calls to people that were answered for on these days, of whatever case",
            "مكالمات سُجلت نتائجها في هذه الأيام، لأي حالة كانت",
        ),
    ),
    (
        "segments",
        ("SMS segments", "أجزاء الرسائل النصية"),
        ("what the gateways bill of the text messages sent", "ما تحتسبه البوابات من الرسائل النصية المرسلة"),
    ),
    (
        "opted_out",
        ("Asked us to stop", "طلبوا التوقف"),
        (
            "people who asked the house on these days not to be contacted, whatever workflow it was about",
            "من طلبوا في هذه الأيام عدم التواصل معهم، أيا كان مسار العمل",
        ),
    ),
    (
        "incidents",
        ("Incidents", "حالات التعثر"),
        (
            "how often on these days the engine could not move a case without a person",
            "كم مرة في هذه الأيام تعذر على المحرك المضي بحالة دون تدخل",
        ),
    ),
    (
        "under_way_today",
        ("Under way", "جارية"),
        ("cases that have not ended, whenever they opened", "حالات لم تنته، متى فُتحت"),
    ),
    (
        "overdue_today",
        ("Overdue", "متأخرة"),
        ("cases with work that is past its due time at this moment", "حالات فيها عمل تجاوز موعده في هذه اللحظة"),
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn practices_that_transfer_nothing_say_nothing_of_transfers_and_deaths() {
        for (figure, ..) in TEXTS.iter().filter(|(figure, ..)| !OF_DEATHS.contains(figure)) {
            let (words, meaning) = of(figure, false);
            for text in [words.0, words.1, meaning.0, meaning.1] {
                for word in ["ransfer", "death", "heir", "family", "تحويل", "حُوّل", "الوفاة", "الورثة", "الأسرة"]
                {
                    assert!(!text.contains(word), "{figure}: {text}");
                }
            }
        }
        assert_eq!(of("transferred", true).0.0, "Transferred");
    }
}
