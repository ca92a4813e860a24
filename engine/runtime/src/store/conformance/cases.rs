//! Finding cases.

use wasl_core::case::{Case, CaseId, Standing};
use wasl_core::definition::Priority;
use wasl_core::search::sought;

use super::sample::{call, case, circle, ids, minute, moving, next, open, opening, waiting};
use crate::store::{CaseFilter, Move, Store};

super::on_both!(
    ids_are_given_once,
    the_longest_overdue_comes_first,
    batches_follow_one_another_and_what_stays_behind_is_found_again,
    values_that_are_not_there_stay_so_in_a_batch,
    a_case_is_found_by_its_reference,
    a_list_is_filtered_and_paged,
    what_many_cases_have_is_found_as_what_few_have,
    open_cases_are_walked_in_pages,
);

async fn ids_are_given_once(store: Store) {
    assert_eq!(store.reserve_case_ids(1).await.unwrap(), 1);
    assert_eq!(store.reserve_case_ids(100).await.unwrap(), 2);
    assert_eq!(store.reserve_case_ids(1).await.unwrap(), 102);
}

async fn the_longest_overdue_comes_first(store: Store) {
    let due = [(1, 30), (2, 10), (3, 20), (4, 40)];
    open(&store, due.iter().map(|(id, at)| opening(waiting(*id, minute(*at)))).collect()).await;
    assert_eq!(ids(&store.due(minute(30), 10).await.unwrap()), [2, 3, 1]);
    assert_eq!(ids(&store.due(minute(30), 2).await.unwrap()), [2, 3]);
    assert_eq!(store.next_wake().await.unwrap(), Some(minute(10)));
}

async fn batches_follow_one_another_and_what_stays_behind_is_found_again(store: Store) {
    let due = [(1, 10), (2, 20), (3, 10), (4, 20), (5, 10)];
    open(&store, due.iter().map(|(id, at)| opening(waiting(*id, minute(*at)))).collect()).await;
    let (mut after, mut seen) = (None, Vec::new());
    loop {
        let batch = store.take_due(minute(30), 2, circle(), after).await.unwrap();
        seen.push(ids(&batch.claims));
        after = batch.next;
        // Nobody moves them: they stay due, and the next batch begins behind them.
        store.commit_due(batch, &[], minute(30)).await.unwrap();
        if after.is_none() {
            break;
        }
    }
    assert_eq!(
        seen,
        [vec![1, 3], vec![5, 2], vec![4]],
        "one moment is no reason to take a case twice, or to leave it out"
    );
    assert_eq!(ids(&store.take_due(minute(30), 9, circle(), None).await.unwrap().claims), [1, 3, 5, 2, 4]);
}

/// Texts and numbers that some rows of a batch have and others have not, and some that no row has.
async fn values_that_are_not_there_stay_so_in_a_batch(store: Store) {
    let of = |id: i64, household: Option<&str>| Case { household: household.map(Into::into), ..case(id) };
    let before =
        [of(1, None), of(2, Some("flat 12")), of(3, Some("")), Case { household: None, ..waiting(4, minute(7)) }];
    open(&store, before.iter().cloned().map(opening).collect()).await;
    for case in &before {
        assert_eq!(store.case(case.id).await.unwrap().as_ref(), Some(case));
    }
    assert_eq!(store.next_wake().await.unwrap(), Some(minute(7)));
    let ended = |case: &Case| next(case, Standing::Ended { outcome: "success".into() });
    let after =
        [ended(&before[0]), next(&before[1], Standing::Open), ended(&before[2]), next(&before[3], Standing::Open)];
    store.commit(&after.clone().map(moving), minute(9)).await.unwrap();
    for case in &after {
        assert_eq!(store.case(case.id).await.unwrap().as_ref(), Some(case));
        let closed = case.is_ended().then(|| minute(9));
        assert_eq!(store.closed_at(case.id).await.unwrap(), closed, "{}", case.id);
    }
}

async fn a_case_is_found_by_its_reference(store: Store) {
    open(&store, vec![opening(case(1)), opening(case(2))]).await;
    let reference = CaseId(2).reference().to_lowercase();
    assert_eq!(store.case_by_reference(&format!(" {reference} ")).await.unwrap(), Some(case(2)));
    assert_eq!(store.case_by_reference("ZZZZZ").await.unwrap(), None);
}

/// Under test more than three are many.
async fn what_many_cases_have_is_found_as_what_few_have(store: Store) {
    let words = |id: i64| {
        let family = ["alalawi", "almosawi"][usize::try_from(id).unwrap() % 2];
        let mut words = vec![family.to_owned(), format!("3660000{id}")];
        words.extend((id > 7).then(|| "khadija".to_owned()));
        words
    };
    let late = |id: i64| vec![call(&format!("{id}.1.0"), "complaints", Priority::Normal, Some(minute(5)))];
    let moves = (1..=9).map(|id| {
        let state = if id < 6 { "first_call" } else { "done" };
        let effects = if id == 3 { Vec::new() } else { late(id) };
        Move { words: words(id), effects, ..opening(Case { state: state.into(), ..case(id) }) }
    });
    open(&store, moves.collect()).await;
    let all = CaseFilter { limit: 10, ..CaseFilter::default() };
    let found = |words: &str| CaseFilter { words: sought(words), ..all.clone() };
    let late = CaseFilter { overdue_at: Some(minute(6)), ..all.clone() };
    let table = [
        (found("al"), (1..=9).collect()),
        (found("alm"), vec![1, 3, 5, 7, 9]),
        (found("almosawi khadija"), vec![9]),
        (found("al kha"), vec![8, 9]),
        (found("alm 36600003"), vec![3]),
        (found("alm 36600002"), vec![]),
        (CaseFilter { state: Some("done".into()), ..found("alm") }, vec![7, 9]),
        (CaseFilter { limit: 2, after: Some(CaseId(3)), ..found("alm") }, vec![5, 7]),
        (CaseFilter { after: Some(CaseId(8)), ..found("khadija") }, vec![9]),
        (late.clone(), vec![1, 2, 4, 5, 6, 7, 8, 9]),
        (CaseFilter { overdue_at: Some(minute(4)), ..all.clone() }, vec![]),
        (CaseFilter { words: sought("khadija"), ..late.clone() }, vec![8, 9]),
        (CaseFilter { state: Some("first_call".into()), limit: 3, ..late }, vec![1, 2, 4]),
    ];
    for (filter, expected) in table {
        let found: Vec<i64> = store.cases(&filter).await.unwrap().iter().map(|case| case.id.0).collect();
        assert_eq!(found, expected, "{filter:?}");
    }
}

async fn a_list_is_filtered_and_paged(store: Store) {
    let over = |id| Case { standing: Standing::Ended { outcome: "success".into() }, state: "done".into(), ..case(id) };
    let worded =
        |case: Case, words: &[&str]| Move { words: words.iter().map(ToString::to_string).collect(), ..opening(case) };
    let late = call("5.1.0", "complaints", Priority::Normal, Some(minute(5)));
    let moves = vec![
        opening(case(1)),
        worded(over(2), &["ahmed", "36602222"]),
        opening(case(3)),
        worded(over(4), &["ahmed", "36604444", "ali"]),
        Move { effects: vec![late], ..opening(case(5)) },
    ];
    open(&store, moves).await;
    let all = CaseFilter { limit: 10, ..CaseFilter::default() };
    let table = [
        (all.clone(), vec![1, 2, 3, 4, 5]),
        (CaseFilter { limit: 2, ..all.clone() }, vec![1, 2]),
        (CaseFilter { limit: 2, after: Some(CaseId(2)), ..all.clone() }, vec![3, 4]),
        (CaseFilter { state: Some("done".into()), ..all.clone() }, vec![2, 4]),
        (CaseFilter { standing: Some("open".into()), ..all.clone() }, vec![1, 3, 5]),
        (CaseFilter { workflow: Some("another".into()), ..all.clone() }, vec![]),
        (CaseFilter { words: sought("ahm"), ..all.clone() }, vec![2, 4]),
        (CaseFilter { words: sought("Al Ahmed"), ..all.clone() }, vec![4]),
        (CaseFilter { words: sought("3660 2222"), ..all.clone() }, vec![2]),
        (CaseFilter { words: sought("%"), ..all.clone() }, vec![]),
        (CaseFilter { overdue_at: Some(minute(6)), ..all.clone() }, vec![5]),
        (CaseFilter { overdue_at: Some(minute(5)), ..all.clone() }, vec![]),
        (CaseFilter { words: sought("hmed"), ..all }, vec![]),
    ];
    for (filter, expected) in table {
        let found: Vec<i64> = store.cases(&filter).await.unwrap().iter().map(|case| case.id.0).collect();
        assert_eq!(found, expected, "{filter:?}");
    }
}

async fn open_cases_are_walked_in_pages(store: Store) {
    let over = Case { standing: Standing::Ended { outcome: "success".into() }, ..case(2) };
    open(&store, vec![opening(case(1)), opening(over), opening(case(3)), opening(case(4))]).await;
    assert_eq!(store.open_case_ids(None, 2).await.unwrap(), [CaseId(1), CaseId(3)]);
    assert_eq!(store.open_case_ids(Some(CaseId(3)), 2).await.unwrap(), [CaseId(4)]);
    assert_eq!(store.open_case_ids(Some(CaseId(4)), 2).await.unwrap(), []);
}
