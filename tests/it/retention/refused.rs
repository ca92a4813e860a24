//! What comes for a case that is erased, and what is said of those that are not.

use wasl_core::event::{Body, Disposition};
use wasl_core::value::{Record, Value};
use wasl_runtime::store::CaseFilter;

use super::{desk_with_a_case, erase, house, later, live, put_on_a_version_that_nobody_can_read, tell};
use crate::support::{Builder, family};

#[tokio::test]
async fn what_comes_for_an_erased_case_marks_nobody_and_is_not_found_by_its_words() {
    let house = house().build().await;
    let case = live(&house).await;
    later(&house, 400).await;
    assert_eq!(erase(&house).await.people, 1);
    let store = &house.engine.store;
    let marks = async || {
        let dead = store.deceased(None, Some(case.id)).await.unwrap();
        (dead, store.suppression_list(None, 99).await.unwrap())
    };
    let before = marks().await;
    assert!(!before.0.is_empty(), "the death stays known");

    // Of somebody else, as whoever tells it may be mistaken in the case.
    let mut other = family("540445233");
    other.insert("deceased_name_en".into(), "Mariam Jasim".into());
    other.insert("holder_mobile".into(), "+97338007007".into());
    tell(&house, case.id, "other", Body::Updated { data: other }).await;
    let data = Record::from([("heir_cpr".to_owned(), Value::from("540445233"))]);
    tell(&house, case.id, "again", Body::External { name: "account.transferred".into(), data }).await;
    house.settle().await;
    assert_eq!(marks().await, before);
    let reference = case.id.reference().to_lowercase();
    for (word, found) in [("mariam", 0), ("540445233", 0), ("zubaydah", 0), (reference.as_str(), 1)] {
        let filter = CaseFilter { words: vec![word.to_owned()], limit: 9, ..CaseFilter::default() };
        assert_eq!(store.cases(&filter).await.unwrap().len(), found, "{word}");
    }
}

#[tokio::test]
async fn a_case_that_refuses_to_be_erased_is_erased_under_no_secret() {
    let mine = house().build().await;
    let case = mine.engine.open_case("account-transfer", family("540445233"), "user:ali").await.unwrap().case;
    let refused = mine.engine.erase_case(case.id, ("user:ali", "asked for")).await.unwrap().disposition;
    assert!(matches!(refused, Disposition::Refused { .. }), "{refused:?}");
    // As long as nobody was erased the secret may be another one.
    let other = Builder::at("2024-05-12T10:00").folder(&mine.folder).secret("another").build().await;
    other.engine.knows_whom_it_erased().await.unwrap();
    let case = live(&mine).await;
    let erased = mine.engine.erase_case(case.id, ("user:ali", "asked for")).await.unwrap().disposition;
    assert_eq!(erased, Disposition::Applied);
    other.engine.knows_whom_it_erased().await.unwrap_err();
}

#[tokio::test]
async fn a_case_that_is_due_for_both_stages_and_refuses_is_counted_once() {
    let house = house().build().await;
    let case = live(&house).await;
    put_on_a_version_that_nobody_can_read(&house).await;
    later(&house, 400).await;
    let erased = erase(&house).await;
    assert_eq!((erased.failed, erased.failed_cases), (1, vec![case.id]));
}

#[test]
fn what_is_wrong_with_the_secret_is_said_in_both_languages() {
    let (desk, case) = desk_with_a_case();
    let reason = ["--reason", "request 41"];
    desk.text(&[&["case", "close", &case, "--outcome", "duplicate"], &reason[..]].concat());
    let erase = |more: &[&str]| desk.run(&[&["case", "erase", &case, "--yes"], &reason[..], more].concat());
    assert_eq!(erase(&[]).code, 0);
    desk.write("retention-secret", "another long random text\n");
    let said = erase(&[]);
    assert!(said.code == 3 && said.err.contains("put the earlier one back"), "{said:?}");
    let said = erase(&["--lang", "ar"]);
    assert!(said.code == 3 && said.err.contains("أعد السر السابق") && said.err.contains("تحت `retention`"), "{said:?}");
}
