//! Moves, events and the trace are written by the row or many rows at once: what is in the tables afterwards is the same, byte by
//! byte. What is read of it by one hop to the bare driver is what the other driver reads by one query after the other.

use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::Connection;
use rusqlite::types::Value as Stored;
use wasl_core::case::{Case, CaseId, EffectId, Standing};
use wasl_core::definition::Priority;
use wasl_core::effect::{Effect, Withdrawn};
use wasl_core::event::{Body, Disposition};
use wasl_core::history::{Entry, What};
use wasl_core::value::{Record, Value};
use wasl_core::webhook::{Topic, Wanted};

use super::sample::{call, circle, claiming, event, fresh, minute, moving, opening, sms, waiting};
use crate::simulation::dice::Dice;
use crate::store::gate::Reader;
use crate::store::{Move, Moved, NewAudit, NewEvent, NewWebhook, People, RecordMark, Store};

const CASES: i64 = 14;
const BATCHES: i64 = 50;

pub(super) type Table = (String, Vec<Vec<Stored>>);

pub(super) fn tables(folder: &Path) -> Vec<Table> {
    let db = Connection::open(folder.join("wasl.sqlite")).unwrap();
    let mut names = db.prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").unwrap();
    let names: Vec<String> = names.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let rows = |name: &String| {
        let mut all = db.prepare(&format!("SELECT * FROM {name} ORDER BY 1, 2")).unwrap();
        let columns = all.column_count();
        let row = |row: &rusqlite::Row<'_>| (0..columns).map(|n| row.get(n)).collect();
        all.query_map([], row).unwrap().map(Result::unwrap).collect()
    };
    names.iter().map(|name| (name.clone(), rows(name))).collect()
}

/// What the dice make of the cases, as far as it was committed.
struct Story {
    dice: Dice,
    cases: BTreeMap<i64, Case>,
    planned: Vec<EffectId>,
    /// What the batch that is just made plans.
    fresh: Vec<EffectId>,
    /// Those of each case.
    events: BTreeMap<i64, Vec<i64>>,
}

impl Story {
    fn batch(&mut self, now: i64) -> Vec<Move> {
        self.planned.append(&mut self.fresh);
        let count = self.dice.below(6);
        (0..count).map(|_| self.step(now)).collect()
    }

    /// What the cases are told.
    fn told(&mut self, now: i64) -> Vec<NewEvent> {
        let mut told = Vec::new();
        for id in 1..=CASES {
            if self.cases.contains_key(&id) && self.dice.chance(80) {
                told.push(event(id, &format!("{id}.{now}"), minute(now + i64::try_from(self.dice.below(3)).unwrap())));
            }
        }
        // Now and then one comes twice, or again, or is about nobody.
        told.extend(told.first().filter(|_| self.dice.chance(300)).cloned());
        told.extend(
            self.dice.chance(200).then(|| event(1, "1.1", minute(now))).filter(|_| self.cases.contains_key(&1)),
        );
        told.extend(self.dice.chance(50).then(|| event(99, "nobody", minute(now))));
        told
    }

    fn step(&mut self, now: i64) -> Move {
        let id = 1 + i64::try_from(self.dice.below(14)).unwrap();
        let mut step = match self.cases.get(&id) {
            None => self.first(id),
            Some(before) => {
                let before = before.clone();
                self.following(&before, now)
            }
        };
        if self.dice.chance(300) {
            step.words = vec!["hassan".into(), format!("w{}", self.dice.below(9)), "hassan".into()];
        }
        if self.dice.chance(200) {
            step.never = vec![format!("+9733600{:04}", self.dice.below(5))];
        }
        if self.dice.chance(90) {
            // Now and then several at once, and somebody whom another case means to contact.
            let telephone = format!("+9733600{:04}", 1 + self.dice.below(14));
            step.deceased = vec![format!("cpr {}", self.dice.below(14)), telephone];
        }
        step
    }

    fn first(&mut self, id: i64) -> Move {
        let mark = RecordMark {
            detection: "ended".into(),
            row_hash: format!("hash {}", self.dice.below(9)),
            run: 1,
            file: "families.csv".into(),
            line: 7,
            result: "opened".into(),
            case: Some(CaseId(id)),
        };
        // Now and then a key that another case has.
        let key = if self.dice.chance(150) { "key 1".to_owned() } else { format!("key {id}") };
        let household = self.dice.chance(400).then(|| "flat 12\0".into());
        let opened = Case { key: key.into(), household, ..waiting(id, minute(30)) };
        Move { record: Some(mark), effects: self.effects(id, 1), at_risk: 40, ..opening(opened) }
    }

    fn following(&mut self, before: &Case, now: i64) -> Move {
        // Now and then a version that is over.
        let version = if self.dice.chance(150) { before.version } else { before.version + 1 };
        let outcome = "success".to_owned();
        let (standing, what) = match self.dice.below(4) {
            0 => (Standing::Ended { outcome: outcome.clone() }, What::Ended { outcome: outcome.into() }),
            1 => (Standing::Held { reason: "asked".into() }, What::Held { reason: "asked".into() }),
            _ => (Standing::Open, What::Opened { detection: Some("ended".into()) }),
        };
        let visit = before.visit + u32::from(self.dice.chance(400));
        let mut after = Case { version, standing, visit, state: format!("s{visit}").into(), ..before.clone() };
        let data_stays = self.dice.chance(500);
        if !data_stays {
            after.data = Record::from([("account".into(), Value::from(format!("{now}\0/7").as_str()))]).into();
        }
        let entry = Entry { at: minute(now), visit, state: after.state.clone(), event: None, by: None, what };
        let mut effects = self.effects(before.id.0, version);
        effects.extend(self.withdrawals(before.id));
        let mut settled = Vec::new();
        let events = self.events.entry(before.id.0).or_default();
        while let Some(event) = self.dice.chance(500).then(|| self.dice.one_of(events).copied()).flatten() {
            let until = minute(now + 60);
            settled.push((
                event,
                if self.dice.chance(400) { Disposition::Deferred { until } } else { Disposition::Applied },
            ));
        }
        let entries = vec![entry; self.dice.below(3)];
        Move { entries, effects, settled, data_stays, before: Some(version - 1), ..moving(after) }
    }

    fn effects(&mut self, case: i64, version: u64) -> Vec<Effect> {
        let id = |position: usize| format!("{case}.{version}.{position}");
        let mut effects = Vec::new();
        for position in 0..self.dice.below(4) {
            effects.push(match self.dice.below(5) {
                0 | 1 => sms(&id(position), minute(1)),
                2 | 3 => call(&id(position), "complaints", Priority::Normal, None),
                _ => Effect::Tell(Body::Told { name: "sms.no_contact".into(), visit: 1 }),
            });
            self.fresh.push(EffectId(id(position).into()));
        }
        // Now and then an effect that is there already, which is a fault of the batch.
        if self.dice.chance(60) {
            effects.extend(self.dice.one_of(&self.planned).map(|planned| sms(&planned.0, minute(1))));
        }
        effects
    }

    /// Of its own, each once: no case has to do with what another plans.
    fn withdrawals(&mut self, case: CaseId) -> Vec<Effect> {
        let all = self.planned.iter().chain(&self.fresh);
        let mut own: Vec<EffectId> = all.filter(|id| id.case() == Some(case)).cloned().collect();
        let mut effects = Vec::new();
        while !own.is_empty() && self.dice.chance(500) {
            let id = own.swap_remove(self.dice.below(own.len()));
            effects.push(if self.dice.chance(600) {
                Effect::Withdraw {
                    id,
                    why: if self.dice.chance(500) { Withdrawn::LeftState } else { Withdrawn::Ended },
                }
            } else {
                let note = self.dice.chance(500).then(|| "rang \0 twice".to_owned());
                let (outcome, by, at) = ("reached".into(), "huda".into(), minute(3));
                Effect::Answered { task: id, outcome, by, note, at }
            });
        }
        effects
    }
}

async fn listened_to(folder: &Path) -> Store {
    let store = fresh(folder).await;
    assert_eq!(store.begin_run("ended", minute(0)).await.unwrap(), 1);
    for name in ["billing", "archive"] {
        let wanted = Wanted { topics: Topic::ALL.into(), ..Wanted::default() };
        let (url, secret) = (format!("https://{name}.example"), "whsec".to_owned());
        let trace =
            NewAudit { at: minute(0), who: "test".into(), act: "webhook.add".into(), case: None, subject: None };
        assert!(store.add_webhook(&NewWebhook { name: name.into(), url, secret, wanted }, trace).await.unwrap());
    }
    store
}

/// The same database without the shorter ways.
fn by_the_long_way(store: Store) -> Store {
    let reader = Reader::new(store.reader.connection().clone(), None);
    Store { row_writer: None, reader, ..store }
}

/// What is read of everybody for a batch, as text.
async fn read(store: &Store, now: i64) -> String {
    let all: Vec<CaseId> = (1..=CASES + 1).map(CaseId).collect();
    let claims = store.claim_cases(&all).await.unwrap();
    let due = store.take_due(minute(now), 5, circle(), None).await.unwrap();
    let people: Vec<People> = claims.iter().map(|claim| (circle().people_of)(&claim.case)).collect();
    let known = store.facts(&people, minute(1)).await.unwrap();
    format!("{claims:#?} {due:#?} {known:#?}")
}

/// Plays one seed both ways; says how many moves were committed, and how many batches failed.
async fn play(seed: u64) -> (usize, usize) {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let by_rows = listened_to(one.path()).await;
    let at_once = by_the_long_way(listened_to(other.path()).await);
    let mut story = Story {
        dice: Dice::new(seed),
        cases: BTreeMap::new(),
        planned: Vec::new(),
        fresh: Vec::new(),
        events: BTreeMap::new(),
    };
    let (mut committed, mut failed) = (0, 0);
    for now in 1..=BATCHES {
        let told = story.told(now);
        match (by_rows.record_events(&told).await, at_once.record_events(&told).await) {
            (Ok(mine), Ok(theirs)) => {
                assert_eq!(mine, theirs, "seed {seed}, batch {now}: {told:?}");
                for (event, recorded) in told.iter().zip(&mine).filter(|(_, recorded)| recorded.first) {
                    story.events.entry(event.case.0).or_default().push(recorded.event_id);
                }
            }
            (Err(mine), Err(theirs)) => assert_eq!(mine.to_string(), theirs.to_string()),
            (mine, theirs) => panic!("seed {seed}, batch {now}: {mine:?} {theirs:?} {told:?}"),
        }
        if story.dice.chance(200) {
            let entry = |act: &str| {
                let (who, act) = ("key:billing".to_owned(), act.to_owned());
                NewAudit { at: minute(now), who, act, case: Some(CaseId(1)), subject: None }
            };
            for store in [&by_rows, &at_once] {
                store.record_audit(&[entry("case.event"), entry("case.see_personal")]).await.unwrap();
            }
        }
        if story.dice.chance(200) {
            for store in [&by_rows, &at_once] {
                store.claim_messages(minute(now), &claiming("twilio", now)).await.unwrap();
            }
        }
        let moves = story.batch(now);
        let (mine, theirs) = (by_rows.commit(&moves, minute(now)).await, at_once.commit(&moves, minute(now)).await);
        match (mine, theirs) {
            (Ok(mine), Ok(theirs)) => {
                assert_eq!(mine, theirs, "seed {seed}, batch {now}: {moves:?}");
                let written = moves.iter().zip(&mine).filter(|(_, moved)| **moved == Moved::Committed);
                for (step, _) in written {
                    committed += 1;
                    story.cases.insert(step.case.id.0, step.case.clone());
                }
            }
            (Err(mine), Err(theirs)) => {
                assert_eq!(mine.trouble(), theirs.trouble(), "seed {seed}, batch {now}: {mine:?} {theirs:?}");
                failed += 1;
            }
            (mine, theirs) => panic!("seed {seed}, batch {now}: {mine:?} {theirs:?} {moves:?}"),
        }
        assert_eq!(read(&by_rows, now).await, read(&at_once, now).await, "seed {seed}, batch {now}");
    }
    for (mine, theirs) in tables(one.path()).into_iter().zip(tables(other.path())) {
        let differing = mine.1.iter().zip(&theirs.1).find(|(mine, theirs)| mine != theirs);
        assert_eq!((differing, mine.1.len()), (None, theirs.1.len()), "seed {seed}, table {}", mine.0);
    }
    (committed, failed)
}

#[tokio::test]
async fn both_ways_leave_the_same_rows_and_read_the_same() {
    let (mut committed, mut failed) = (0, 0);
    for seed in 1..=4 {
        let (more, fewer) = play(seed).await;
        (committed, failed) = (committed + more, failed + fewer);
    }
    assert!(committed > 120 && failed > 2, "{committed} {failed}: the dice say too little");
}
