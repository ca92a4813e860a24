//! Events that are stored with the moves by which their cases take them, on `SQLite`: as if they had been stored first and then
//! taken, but by one commit; and nothing of it where something was decided upon that has changed.

use std::path::Path;

use wasl_core::case::{CaseId, Standing};
use wasl_core::event::Disposition;

use super::both_ways::tables;
use super::grouped::transactions;
use super::sample::{case, circle, event, fresh, minute, moving, next, open, opening, sms};
use crate::simulation::dice::Dice;
use crate::store::{Foreseen, Move, Moved, Store, Telling};

const CASES: i64 = 6;

fn telling(case: i64, id: &str) -> Telling {
    Telling { event: event(case, id, minute(1)), seen: None }
}

async fn house(folder: &Path) -> Store {
    let store = fresh(folder).await;
    open(&store, (1..=CASES).map(|id| opening(case(id))).collect()).await;
    store
}

async fn foreseen(store: &Store, told: &[Telling]) -> Foreseen {
    store.foresee(told, circle()).await.unwrap().unwrap()
}

/// What the cases make of everything that they have not answered.
fn moves(foreseen: &Foreseen) -> Vec<Move> {
    let step = |claim: &crate::store::Claim| {
        let settled = claim.events.iter().map(|event| (event.id, Disposition::Applied)).collect();
        let after = next(&claim.case, Standing::Open);
        let effects = vec![sms(&format!("{}.{}.0", after.id, after.version), minute(2))];
        Move { effects, settled, ..moving(after) }
    };
    foreseen.claims.iter().map(step).collect()
}

async fn settled(store: &Store, case: i64) -> Vec<bool> {
    let events = store.events(CaseId(case)).await.unwrap();
    events.iter().map(|event| event.disposition.is_some()).collect()
}

#[tokio::test]
async fn what_is_told_by_one_commit_leaves_the_same_rows_as_what_is_stored_first_and_then_taken() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (together, apart) = (house(one.path()).await, house(other.path()).await);
    let mut dice = Dice::new(7);
    for batch in 0..40 {
        let count = 1 + dice.below(5);
        let told: Vec<Telling> =
            (0..count).map(|n| telling(1 + i64::try_from(dice.below(6)).unwrap(), &format!("{batch}.{n}"))).collect();
        let events: Vec<_> = told.iter().map(|one| one.event.clone()).collect();
        let foreseen = foreseen(&together, &told).await;
        let recorded = apart.record_events(&events).await.unwrap();
        let numbers: Vec<_> = recorded.iter().map(|recorded| Some(recorded.event_id)).collect();
        assert_eq!(foreseen.numbers, numbers);
        let cases: Vec<CaseId> = foreseen.claims.iter().map(|claim| claim.case.id).collect();
        let claims = apart.claim_cases(&cases).await.unwrap();
        let taken = moves(&foreseen);
        for (mine, theirs) in foreseen.claims.iter().zip(&claims) {
            assert_eq!((&mine.case, &mine.events), (&theirs.case, &theirs.events));
        }
        let moved = together.commit_foreseen(&foreseen, &taken, minute(3)).await.unwrap().unwrap();
        assert_eq!(apart.commit(&taken, minute(3)).await.unwrap(), moved);
    }
    for (mine, theirs) in tables(one.path()).into_iter().zip(tables(other.path())) {
        assert_eq!(mine, theirs);
    }
}

#[tokio::test]
async fn an_event_and_its_move_are_one_transaction() {
    let folder = tempfile::tempdir().unwrap();
    let store = house(folder.path()).await;
    let before = transactions(folder.path());
    let foreseen = foreseen(&store, &[telling(1, "a"), telling(2, "b"), telling(1, "c")]).await;
    let moved = store.commit_foreseen(&foreseen, &moves(&foreseen), minute(3)).await.unwrap();
    assert_eq!(moved, Some(vec![Moved::Committed; 2]));
    assert_eq!(transactions(folder.path()), before + 1);
    assert_eq!((settled(&store, 1).await, settled(&store, 2).await), (vec![true; 2], vec![true]));
    assert!(store.due(minute(5), 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn what_was_stored_before_or_has_no_case_or_is_not_as_it_was_seen_goes_another_way() {
    let folder = tempfile::tempdir().unwrap();
    let store = house(folder.path()).await;
    store.record_event(&event(3, "before", minute(1))).await.unwrap();
    let seen = |case, id, seen| Telling { seen: Some(seen), ..telling(case, id) };
    let told = [
        telling(3, "before"),
        telling(99, "nobody"),
        seen(1, "old", 7),
        seen(3, "unanswered", 1),
        telling(2, "twice"),
        telling(2, "twice"),
        seen(4, "as seen", 1),
        telling(4, "behind it"),
    ];
    let foreseen = foreseen(&store, &told).await;
    let is_told: Vec<bool> = foreseen.numbers.iter().map(Option::is_some).collect();
    assert_eq!(is_told, [false, false, false, false, true, false, true, false]);
    let cases: Vec<i64> = foreseen.claims.iter().map(|claim| claim.case.id.0).collect();
    assert_eq!(cases, [2, 4], "nobody else is looked at");
}

#[tokio::test]
async fn nothing_is_written_if_other_events_were_stored_meanwhile() {
    let folder = tempfile::tempdir().unwrap();
    let store = house(folder.path()).await;
    let late = foreseen(&store, &[telling(1, "late")]).await;
    store.record_event(&event(2, "first", minute(1))).await.unwrap();
    assert_eq!(store.commit_foreseen(&late, &moves(&late), minute(3)).await.unwrap(), None);
    assert_eq!(store.case(CaseId(1)).await.unwrap(), Some(case(1)));
    assert!(store.event("billing", "late").await.unwrap().is_none());
    let again = foreseen(&store, &[telling(1, "late")]).await;
    assert!(store.commit_foreseen(&again, &moves(&again), minute(3)).await.unwrap().is_some());
}

#[tokio::test]
async fn an_act_on_a_case_that_changed_before_the_commit_is_not_stored_and_what_others_tell_waits_for_its_case() {
    let folder = tempfile::tempdir().unwrap();
    let store = house(folder.path()).await;
    let acted = foreseen(&store, &[Telling { seen: Some(1), ..telling(1, "act") }]).await;
    let told = foreseen(&store, &[telling(1, "told"), telling(2, "other")]).await;
    // Somebody moves the case, without an event.
    let step = moving(next(&case(1), Standing::Open));
    assert_eq!(store.commit(&[step], minute(2)).await.unwrap(), [Moved::Committed]);
    assert_eq!(store.commit_foreseen(&acted, &moves(&acted), minute(3)).await.unwrap(), None);
    assert!(store.event("billing", "act").await.unwrap().is_none());
    let moved = store.commit_foreseen(&told, &moves(&told), minute(3)).await.unwrap();
    assert_eq!(moved, Some(vec![Moved::Conflict, Moved::Committed]));
    assert_eq!((settled(&store, 1).await, settled(&store, 2).await), (vec![false], vec![true]));
    let due = store.due(minute(5), 10).await.unwrap();
    assert_eq!(super::sample::ids(&due), [1]);
}
