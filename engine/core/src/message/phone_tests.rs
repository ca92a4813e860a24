//! The spellings of the sample year, the plan of Bahrain, and what other registers hold.

use proptest::prelude::*;

use super::*;

#[track_caller]
fn read(spelling: &str) -> Phone {
    read_phone(spelling, "BH").unwrap_or_else(|error| panic!("{spelling:?}: {error}"))
}

#[track_caller]
fn refused(spelling: &str) -> PhoneError {
    read_phone(spelling, "BH").expect_err(spelling)
}

/// What is wrong with so many digits in Bahrain.
fn length(digits: usize) -> PhoneError {
    PhoneError::WrongLength { region: "BH".into(), digits, expected: "8".into() }
}

#[test]
fn each_spelling_of_the_sample_year_is_read() {
    for (spelling, e164) in [
        ("0097334330865", "+97334330865"),
        ("973-33458880", "+97333458880"),
        ("+97366923578", "+97366923578"),
        ("34604314", "+97334604314"),
        ("+973 3702 3014", "+97337023014"),
    ] {
        let phone = read(spelling);
        assert_eq!((phone.e164.as_str(), phone.valid, phone.kind), (e164, true, LineKind::Mobile), "{spelling}");
    }
}

#[test]
fn each_broken_spelling_of_the_sample_year_is_refused() {
    for (spelling, error) in [
        ("", PhoneError::Empty),
        ("غير متوفر", PhoneError::NotANumber),
        ("3686099", length(7)),
        ("00973 0000", length(4)),
    ] {
        assert_eq!(refused(spelling), error, "{spelling}");
    }
}

#[test]
fn what_clerks_and_spreadsheets_write_is_read() {
    for spelling in [
        "36123456",
        " 36123456\u{a0}",
        "٣٦١٢٣٤٥٦",
        "۳۶۱۲۳۴۵۶",
        "３６１２３４５６",
        "＋９７３ ３６１２ ３４５６",
        "'36123456",
        "’36123456",
        "tel:+97336123456",
        "TEL: 36123456",
        "00973 36123456",
        "٠٠٩٧٣٣٦١٢٣٤٥٦",
        "97336123456",
        "973-36123456",
        "(+973) 36123456",
        "+973 (0) 36123456",
        "+973-3612-3456",
        "+973.3612.3456",
        "3612–3456",
        "36/12/34/56",
        "\u{200f}+973 3612 3456\u{200e}",
        "\u{202a}36123456\u{202c}",
        "3612\u{200b}3456\u{feff}",
    ] {
        let phone = read(spelling);
        assert_eq!((phone.e164.as_str(), phone.valid, phone.mended), ("+97336123456", true, false), "{spelling:?}");
    }
}

#[test]
fn exactly_point_zero_after_digits_is_mended() {
    for spelling in ["36123456.0", "97336123456.0", "٣٦١٢٣٤٥٦.٠", "'36123456.0"] {
        let phone = read(spelling);
        assert_eq!((phone.e164.as_str(), phone.mended), ("+97336123456", true), "{spelling}");
    }
    for spelling in ["36123456.00", "36123456.5", "3612 3456.0", ".0"] {
        assert!(read_phone(spelling, "BH").is_err(), "{spelling}");
    }
}

#[test]
fn what_is_no_number_is_refused_with_its_reason() {
    for (spelling, error) in [
        ("   ", PhoneError::Empty),
        ("'", PhoneError::Empty),
        ("\u{200f}\u{200e}", PhoneError::Empty),
        ("-", PhoneError::NotANumber),
        ("n/a", PhoneError::NotANumber),
        ("36123456 (son)", PhoneError::NotANumber),
        ("36123456, 36123457", PhoneError::NotANumber),
        ("+97336123456+97336123457", PhoneError::PlusInside),
        ("++97336123456", PhoneError::PlusInside),
        ("9.7336123456E10", PhoneError::Scientific),
        ("3.6E+7", PhoneError::Scientific),
        ("36123456/36123457", length(16)),
        ("1", length(1)),
        ("999", length(3)),
        ("036123456", length(9)),
        ("841234567", length(9)),
        ("+973", length(0)),
        ("+9733612345", length(7)),
        ("+97336123456789012345", length(17)),
        ("361234563612345636123456", PhoneError::TooLong { digits: 24 }),
        ("+999 3612 3456", PhoneError::UnknownCountryCode),
    ] {
        assert_eq!(refused(spelling), error, "{spelling:?}");
    }
    assert_eq!(read_phone("36123456", "Bahrain"), Err(PhoneError::UnknownRegion("Bahrain".into())));
    assert_eq!(check_region("Bahrain"), Err(PhoneError::UnknownRegion("Bahrain".into())));
    for region in ["BH", "SA", "IN", "GB", "US"] {
        assert_eq!(check_region(region), Ok(()));
        assert!(!matches!(read_phone("36123456", region), Err(PhoneError::UnknownRegion(_))), "{region}");
    }
}

#[test]
fn the_plan_of_bahrain_labels_each_range() {
    for (numbers, kind) in [
        (
            "30000000 31234567 36001234 37999999 38001234 38512345 38712345 39123456 63001234 63331234 63611234 \
             63661234 64411234 66301234 66331234 66391234 66601234 66901234 66701234 66761234 66781234",
            LineKind::Mobile,
        ),
        (
            "13101234 13312345 16012345 17001234 17515555 61112345 61612345 65001234 66012345 66311234 66441234 \
             66551234 66771234 66881234 69661234 69991234 70123456 77123456 71111234 71781234",
            LineKind::FixedLine,
        ),
        ("80001810", LineKind::TollFree),
        ("84001234", LineKind::SharedCost),
        ("90001234", LineKind::Premium),
    ] {
        for number in numbers.split_whitespace() {
            let phone = read(number);
            assert_eq!((phone.kind, phone.valid), (kind, true), "{number}");
        }
    }
}

#[test]
fn a_range_that_the_plan_does_not_know_is_kept_with_a_label() {
    // The first stands in the sample year, five times among its twelve invalid numbers.
    for number in ["10000000", "38612345", "63121234", "20001234", "55555555"] {
        let phone = read(&format!("+973 {number}"));
        assert_eq!((phone.valid, phone.kind), (false, LineKind::Unknown), "{number}");
        assert_eq!(phone.e164, format!("+973{number}"));
    }
}

#[test]
fn families_abroad_are_read_by_their_own_plan() {
    for (spelling, e164, kind) in [
        ("+966 50 123 4567", "+966501234567", LineKind::Mobile),
        ("00971501234567", "+971501234567", LineKind::Mobile),
        ("+44 (0)20 7946 0958", "+442079460958", LineKind::FixedLine),
        ("+1 202 555 0143", "+12025550143", LineKind::Mobile),
        ("+91 98765 43210", "+919876543210", LineKind::Mobile),
    ] {
        let phone = read(spelling);
        assert_eq!((phone.e164.as_str(), phone.kind, phone.valid), (e164, kind, true), "{spelling}");
    }
    assert_eq!(read_phone("050 123 4567", "SA").unwrap().e164, "+966501234567");
}

#[test]
fn a_mask_keeps_the_country_and_the_end() {
    for (e164, masked) in [
        ("+97336121234", "+973••••1234"),
        ("+966501234567", "+966••••4567"),
        ("+12025550143", "+1••••0143"),
        ("36121234", "••••"),
        ("+", "••••"),
        ("+973", "••••"),
        ("غير متوفر", "••••"),
    ] {
        assert_eq!(mask(e164), masked, "{e164}");
    }
}

#[test]
fn the_national_form_is_grouped_as_people_write_it() {
    assert_eq!(national_format("+97336123456").as_deref(), Some("3612 3456"));
    assert_eq!(national_format("+97317515555").as_deref(), Some("1751 5555"));
    assert_eq!(national_format("999"), None);
}

#[test]
fn an_error_never_repeats_the_number() {
    for spelling in ["3686099", "36860991234567", "+9993686099", "3686099x", "368609936860993686099"] {
        assert!(!refused(spelling).to_string().contains("368"), "{spelling}");
    }
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused_and_reading_is_stable(spelling in "(?s).{0,40}") {
        if let Ok(phone) = read_phone(&spelling, "BH") {
            let again = read_phone(&phone.e164, "BH").unwrap();
            prop_assert_eq!(&again.e164, &phone.e164);
        }
    }

    #[test]
    fn any_digits_are_read_or_refused_and_reading_is_stable(spelling in "(\\+|00|\\+973|973)?[0-9٠-٩ ().-]{1,20}") {
        if let Ok(phone) = read_phone(&spelling, "BH") {
            prop_assert!(phone.e164.strip_prefix('+').is_some_and(|digits| digits.bytes().all(|b| b.is_ascii_digit())));
            let again = read_phone(&phone.e164, "BH").unwrap();
            prop_assert_eq!(&again.e164, &phone.e164);
            prop_assert!(!mask(&phone.e164).contains(&phone.e164[phone.e164.len() - 6..]));
        }
    }
}

#[test]
fn a_fixed_line_is_told_from_its_full_number_alone() {
    for (e164, expected) in
        [("+97317001234", true), ("+442079460958", true), ("+97336001234", false), ("17001234", false), ("", false)]
    {
        assert_eq!(is_fixed_line(e164), expected, "{e164}");
    }
}

/// How the metadata alone reads what stands in `number` without any mark.
fn looked_up(number: &str) -> Result<Phone, PhoneError> {
    look_up(number, false, home_plan("BH").unwrap())
}

#[test]
fn our_plan_of_bahrain_is_the_metadatas_range_by_range() {
    let mut known = 0;
    for first_four in 0..10_000 {
        let e164 = format!("+973{first_four:04}1234");
        let Some(ours) = of_bahrain(&e164) else {
            // What we do not answer nobody has been given.
            assert!(looked_up(&e164).map_or(true, |phone| !phone.valid), "{e164}");
            continue;
        };
        known += 1;
        let parsed = read_e164(&e164).unwrap();
        let theirs = looked_up(&e164).unwrap();
        assert_eq!((ours.e164(), ours.kind, true), (theirs.e164, theirs.kind, theirs.valid), "{e164}");
        assert_eq!(Some(ours.grouped()), Some(parsed.format().mode(Mode::National).to_string()), "{e164}");
        assert_eq!(is_fixed_line(&e164), parsed.number_type(&DATABASE) == Type::FixedLine, "{e164}");
    }
    assert!(known > 2_000, "{known}");
}

#[test]
fn every_way_to_begin_a_number_reads_as_the_metadata_reads_it() {
    for first_two in 0..100 {
        for rest in ["0000000000", "1111111111", "3112345678", "6912345678", "7300000000", "9733612345"] {
            for (before, digits) in [("+973", 8), ("00973", 8), ("973", 8), ("", 8), ("+973", 7), ("973", 9), ("", 11)]
            {
                let number: String =
                    format!("{before}{first_two:02}{rest}").chars().take(before.len() + digits).collect();
                assert_eq!(read_phone(&number, "BH"), looked_up(&number), "{number}");
            }
        }
    }
    assert_eq!(read_phone("36123456", "SA"), look_up("36123456", false, home_plan("SA").unwrap()));
}
