//! How often the database is asked between an event, or the moment of a case, and the commit: each time costs two changes of
//! threads where the database is part of this process, which is more than most answers cost.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use wasl_core::case::{Case, CaseId};

use super::sample::{case, circle, event, fresh, minute, moving, next, open, opening, waiting};
use crate::store::gate::Operation;
use crate::store::{Gate, Store, Telling};

/// Notes what passes.
#[derive(Debug, Default)]
struct Noting(Mutex<Vec<Operation>>);

impl Gate for Noting {
    fn pass(&self, operation: Operation) -> Pin<Box<dyn Future<Output = bool> + Send + '_>> {
        self.0.lock().unwrap().push(operation);
        Box::pin(std::future::ready(true))
    }

    fn answered(&self) {}
}

impl Noting {
    fn taken(&self) -> Vec<Operation> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

fn noted(store: &Store) -> (Store, Arc<Noting>) {
    let noting = Arc::new(Noting::default());
    let gate: Arc<dyn Gate> = Arc::clone(&noting) as _;
    (store.behind(&gate), noting)
}

fn of_a_family(case: Case) -> Case {
    Case { household: Some("flat 12".into()), ..case }
}

#[tokio::test]
async fn an_event_is_looked_at_once_and_written_once() {
    let folder = tempfile::tempdir().unwrap();
    let store = fresh(folder.path()).await;
    let family = |id| opening(of_a_family(case(id)));
    open(&store, (1..=3).map(family).collect()).await;
    let (store, noting) = noted(&store);
    let told = [1, 2].map(|id| Telling { event: event(id, &format!("{id}"), minute(1)), seen: None });
    let foreseen = store.foresee(&told, circle()).await.unwrap().unwrap();
    assert_eq!(noting.taken(), [Operation::Read]);
    let household = foreseen.known.facts_of(CaseId(1)).unwrap().household;
    assert_eq!(household, [CaseId(2), CaseId(3)].into());
    let moves: Vec<_> =
        foreseen.claims.iter().map(|claim| moving(next(&claim.case, claim.case.standing.clone()))).collect();
    assert!(store.commit_foreseen(&foreseen, &moves, minute(2)).await.unwrap().is_some());
    assert_eq!(noting.taken(), [Operation::Whole]);
}

#[tokio::test]
async fn due_cases_are_looked_at_once_and_written_once() {
    let folder = tempfile::tempdir().unwrap();
    let store = fresh(folder.path()).await;
    open(&store, (1..=3).map(|id| opening(of_a_family(waiting(id, minute(id))))).collect()).await;
    let (store, noting) = noted(&store);
    let due = store.take_due(minute(2), 10, circle(), None).await.unwrap();
    assert_eq!(noting.taken(), [Operation::Read]);
    assert_eq!(due.known.facts_of(CaseId(2)).unwrap().household, [CaseId(1), CaseId(3)].into());
    let moves: Vec<_> = due.claims.iter().map(|claim| moving(next(&claim.case, claim.case.standing.clone()))).collect();
    store.commit_due(due, &moves, minute(2)).await.unwrap();
    assert_eq!(noting.taken(), [Operation::Whole]);
}
