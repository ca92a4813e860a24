//! The counts of the reports equal a recount of all cases, whatever happened and however often it was counted meanwhile.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::{Timestamp, ToSpan};
use sea_orm::EntityTrait;
use wasl_core::calendar::Calendar;
use wasl_core::case::{Case, CaseId, Doing, EffectId, Incident, Standing};
use wasl_core::definition::Priority;
use wasl_core::delivery::{Receipt, Status};
use wasl_core::effect::{Effect, Withdrawn};
use wasl_core::history::{Entry, What};
use wasl_core::report::{Count, Figure, Figures, Grain, Piece, Seen, counts, day_number, pieces};
use wasl_core::value::Value;

use super::sample::{WORKFLOW, call, case, claiming, minute, moving, next, opening, settlement, sms, suppression};
use crate::store::tables::report_counts;
use crate::store::{Claimed, Correction, Move, NewReceipt, RecordMark, Rejected, Settled, Store};

super::on_both!(
    the_counts_equal_a_recount_after_any_history,
    what_was_there_before_is_counted_from_the_beginning,
    two_that_count_at_the_same_time_count_once,
    nothing_is_looked_at_twice_without_news,
    overdue_work_is_counted_by_the_state_of_its_case,
    rows_of_runs_that_were_cut_off_count_too,
    a_row_that_was_corrected_counts_where_it_came_to,
);

const BASIS: &str = "1";

fn calendar() -> Calendar {
    let source = "calendar: office\ntitle: {en: Office, ar: مكتب}\nzone: Asia/Bahrain\nweek: {SUN-THU: \"07:00-14:15\"}\n\
        contact: {call: {SUN-SAT: \"08:00-20:00\"}, sms: {SUN-SAT: \"08:00-20:00\"}, email: {SUN-SAT: \"08:00-20:00\"}}\n";
    Calendar::parse("office.yaml", source).unwrap_or_else(|report| panic!("{}", report.render(false)))
}

fn counted(seen: &[Seen]) -> BTreeMap<CaseId, Vec<Count>> {
    let calendar = calendar();
    seen.iter().map(|seen| (seen.case.id, counts(seen, None, &calendar, []))).collect()
}

/// Counts all that there is to count; says how many cases were looked at.
async fn count(store: &Store, basis: &str, limit: u32) -> usize {
    let mut looked = 0;
    while let Some(counting) = store.begin_counting(basis, limit).await.unwrap() {
        looked += counting.seen.len();
        let counted = counted(&counting.seen);
        counting.finish(&counted, minute(1)).await.unwrap();
    }
    looked
}

type Rows = BTreeMap<(String, String, i64, String, i64), i64>;

async fn kept(store: &Store) -> Rows {
    let rows = report_counts::Entity::find().all(&store.reader).await.unwrap();
    let rows = rows.into_iter().filter(|row| row.number != 0);
    rows.map(|row| ((row.grain, row.figure, row.day, row.part, row.value), row.number)).collect()
}

/// The same from all cases as they are, added up without the store.
async fn recounted(store: &Store) -> Rows {
    let counting = store.begin_counting("another", 10_000).await.unwrap().expect("with another basis all is looked at");
    let mut rows = Rows::new();
    for count in counted(&counting.seen).into_values().flatten() {
        let Count { kind, number } = count;
        for grain in [Grain::Day, Grain::Month] {
            let day = day_number(grain.of(kind.day));
            let place =
                (grain.as_str().to_owned(), kind.figure.as_str().to_owned(), day, kind.part.clone(), kind.value);
            *rows.entry(place).or_default() += number;
        }
    }
    rows.retain(|_, number| *number != 0);
    rows
}

/// Numbers that look drawn and are the same each time.
struct Drawn(u64);

impl Drawn {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end
    }
}

/// A house in which anything happens.
struct Town {
    store: Store,
    cases: Vec<Case>,
    tasks: BTreeSet<String>,
    now: i64,
    drawn: Drawn,
}

impl Town {
    fn new(store: Store, seed: u64) -> Self {
        Self { store, cases: Vec::new(), tasks: BTreeSet::new(), now: 10, drawn: Drawn(seed) }
    }

    async fn something_happens(&mut self) {
        self.now += i64::try_from(self.drawn.below(3_000)).unwrap();
        match self.drawn.below(10) {
            0 | 1 => self.open().await,
            2 | 3 => self.plan().await,
            4 => self.answer().await,
            5 | 6 => self.send().await,
            _ => self.stand_otherwise().await,
        }
    }

    async fn open(&mut self) {
        let id = i64::try_from(self.cases.len()).unwrap() + 1;
        let mut new = Case { opened_at: minute(self.now), state_since: minute(self.now), ..case(id) };
        let died = jiff::tz::TimeZone::UTC.to_datetime(minute(self.now) - (24 * 7).hours()).date();
        Arc::make_mut(&mut new.data).insert("date_of_death".into(), Value::Date(died));
        self.commit(opening(new.clone())).await;
        self.cases.push(new);
    }

    /// One of the cases, and its next version.
    fn one(&mut self) -> Option<(usize, Case)> {
        let at = self.drawn.below(self.cases.len().max(1));
        self.cases.get(at).map(|case| (at, next(case, case.standing.clone())))
    }

    async fn plan(&mut self) {
        let Some((at, case)) = self.one() else { return };
        let id = |kind: usize| format!("{}.{}.{kind}", case.id, case.version);
        let priority = if self.drawn.below(4) == 0 { Priority::High } else { Priority::Normal };
        let effects = vec![sms(&id(0), minute(self.now)), call(&id(1), "desk", priority, None)];
        self.tasks.insert(id(1));
        self.commit(Move { effects, ..told(case.clone(), What::Resumed, self.now) }).await;
        self.cases[at] = case;
    }

    async fn answer(&mut self) {
        let Some(task) = self.tasks.pop_first() else { return };
        let id = EffectId(task.into());
        let at = self.cases.iter().position(|case| Some(case.id) == id.case()).unwrap();
        let case = next(&self.cases[at], self.cases[at].standing.clone());
        let outcome = ["no_answer", "agreed", "not_dialled"][self.drawn.below(3)].to_owned();
        let answered = Effect::Answered { task: id, outcome, by: "huda".into(), note: None, at: minute(self.now) };
        self.commit(Move { effects: vec![answered], ..told(case.clone(), What::Resumed, self.now) }).await;
        self.cases[at] = case;
    }

    async fn send(&mut self) {
        let claimed = self.store.claim_messages(minute(self.now), &claiming("twilio", self.now)).await.unwrap();
        for claimed in claimed {
            // Counted while it is in hand; and what follows is often told to nobody.
            if self.drawn.below(2) == 0 {
                count(&self.store, BASIS, 50).await;
            }
            match self.drawn.below(4) {
                0 => self.withdraw(&claimed).await,
                1 => self.receive(&claimed, Status::Sent).await,
                _ => {}
            }
            let accepted = |status| Settled::Accepted {
                notifier: "twilio".into(),
                provider_id: None,
                status,
                segments: Some(2),
                confirm_by: None,
            };
            let settled = match self.drawn.below(4) {
                3 => {
                    let again = Settled::Again { at: minute(self.now), code: "x".into(), reason: "x".into() };
                    self.store.settle_messages(&[settlement(&claimed, again)], minute(self.now)).await.unwrap();
                    continue;
                }
                0 => accepted(Status::Accepted),
                1 => accepted(Status::Delivered),
                _ => Settled::Failed { code: "x".into(), reason: "x".into() },
            };
            let body = wasl_core::event::Body::Delivery {
                message: claimed.message.id.clone(),
                channel: claimed.message.channel,
                news: wasl_core::event::News::Accepted,
                code: None,
                bad_address: None,
            };
            let settlement = crate::store::Settlement { tell: Some(body), ..settlement(&claimed, settled) };
            self.store.settle_messages(&[settlement], minute(self.now)).await.unwrap();
        }
    }

    /// Its case withdraws what is in hand.
    async fn withdraw(&mut self, claimed: &Claimed) {
        let case = claimed.message.id.case().unwrap();
        let at = self.cases.iter().position(|known| known.id == case).unwrap();
        let case = next(&self.cases[at], self.cases[at].standing.clone());
        let effects = vec![Effect::Withdraw { id: claimed.message.id.clone(), why: Withdrawn::Operator }];
        self.commit(Move { effects, ..told(case.clone(), What::Resumed, self.now) }).await;
        self.cases[at] = case;
        count(&self.store, BASIS, 50).await;
    }

    /// The gateway's report is faster than its answer.
    async fn receive(&self, claimed: &Claimed, status: Status) {
        let receipt = Receipt {
            message_id: Some(claimed.message.id.to_string()),
            provider_id: None,
            status: Some(status),
            provider_status: status.as_str().into(),
            code: None,
        };
        let (notifier, raw) = ("twilio".into(), b"raw".to_vec());
        let new = NewReceipt { notifier, receipt, bad_address: false, confirm_by: None, raw };
        self.store.record_receipts(&[new], minute(self.now)).await.unwrap();
    }

    async fn stand_otherwise(&mut self) {
        let Some((at, mut case)) = self.one() else { return };
        case.state = ["first_call", "guiding", "done"][self.drawn.below(3)].into();
        let incident = || Incident { place: "a guard".into(), reason: "x".into(), doing: Doing::Moving };
        let (standing, what) = match self.drawn.below(6) {
            0 => (Standing::Incident(incident()), What::Incident { place: "a guard".into(), reason: "x".into() }),
            1 => (Standing::Ended { outcome: "success".into() }, What::Ended { outcome: "success".into() }),
            2 => (Standing::Ended { outcome: "refused".into() }, What::Ended { outcome: "refused".into() }),
            // What people write about incidents is no incident.
            3 => (Standing::Held { reason: "x".into() }, What::Held { reason: r#"{"what":"incident"}"#.into() }),
            _ => (Standing::Open, What::Resumed),
        };
        case.standing = standing;
        self.commit(told(case.clone(), what, self.now)).await;
        self.cases[at] = case;
    }

    async fn commit(&self, step: Move) {
        let moved = self.store.commit(&[step], minute(self.now)).await.unwrap();
        assert_eq!(moved, [crate::store::Moved::Committed]);
    }
}

fn told(case: Case, what: What, now: i64) -> Move {
    let entry = Entry { at: minute(now), visit: 1, state: case.state.clone(), event: None, by: None, what };
    Move { entries: vec![entry], ..moving(case) }
}

async fn the_counts_equal_a_recount_after_any_history(store: Store) {
    for seed in [1, 2] {
        let mut town = Town::new(store.clone(), seed);
        if seed == 2 {
            // Go on with those of the first.
            town.cases = store.cases(&crate::store::CaseFilter { limit: 10_000, ..Default::default() }).await.unwrap();
            town.now = 400_000;
        }
        for step in 0..80 {
            town.something_happens().await;
            if town.drawn.below(4) == 0 {
                count(&store, BASIS, 1 + u32::try_from(step % 7).unwrap()).await;
            }
        }
        count(&store, BASIS, 50).await;
        let (kept, recounted) = (kept(&store).await, recounted(&store).await);
        let figures: BTreeSet<&str> = kept.keys().map(|(_, figure, ..)| figure.as_str()).collect();
        for figure in ["opened", "waiting", "ended", "first_call", "to_transfer", "from_death", "escalated", "incident"]
        {
            assert!(figures.contains(figure), "nothing of `{figure}` happened: {figures:?}");
        }
        assert!(kept.keys().any(|(.., part, _)| part == "sms delivered"), "{kept:#?}");
        assert_eq!(kept, recounted);
    }
}

async fn what_was_there_before_is_counted_from_the_beginning(store: Store) {
    let mut town = Town::new(store.clone(), 3);
    for _ in 0..60 {
        town.something_happens().await;
    }
    // As in a database of an earlier release: nothing was ever counted, and it is counted a few cases at a time.
    assert!(store.report_progress().await.unwrap().is_none());
    let first = store.begin_counting(BASIS, 2).await.unwrap().unwrap();
    let counted_first = counted(&first.seen);
    first.finish(&counted_first, minute(1)).await.unwrap();
    assert!(store.report_progress().await.unwrap().unwrap().recounting);
    town.something_happens().await;
    count(&store, BASIS, 2).await;
    let progress = store.report_progress().await.unwrap().unwrap();
    assert!(!progress.recounting && !progress.behind, "{progress:?}");
    assert_eq!(kept(&store).await, recounted(&store).await);

    let mut sum = Figures::default();
    let (from, to) = (jiff::civil::date(2026, 1, 1), jiff::civil::date(2026, 12, 31));
    for piece in pieces(from, to, to) {
        for count in store.report_counts(WORKFLOW, &piece).await.unwrap() {
            sum.add(&count);
        }
    }
    assert_eq!(sum.opened, town.cases.len() as u64);
    assert_eq!(sum.all_ended() + sum.all_waiting(), sum.opened);
    // The same days, asked as days.
    let days = Piece { grain: Grain::Day, from, to };
    let by_day = store.report_sums(WORKFLOW, &[Figure::Opened], &days).await.unwrap();
    assert_eq!(by_day.iter().map(|count| count.number).sum::<i64>(), i64::try_from(sum.opened).unwrap());
    assert!(store.report_counts("another", &days).await.unwrap().is_empty());
}

async fn two_that_count_at_the_same_time_count_once(store: Store) {
    let mut town = Town::new(store.clone(), 4);
    for _ in 0..40 {
        town.something_happens().await;
    }
    let other = store.clone();
    let counting = |store: Store| async move {
        for _ in 0..20 {
            count(&store, BASIS, 5).await;
        }
    };
    tokio::join!(counting(store.clone()), counting(other));
    assert_eq!(kept(&store).await, recounted(&store).await);
}

async fn nothing_is_looked_at_twice_without_news(store: Store) {
    let mut town = Town::new(store.clone(), 5);
    for _ in 0..3 {
        town.open().await;
    }
    assert_eq!(count(&store, BASIS, 2).await, 3);
    assert_eq!(count(&store, BASIS, 2).await, 0);
    town.open().await;
    assert!(store.report_progress().await.unwrap().unwrap().behind);
    assert_eq!(count(&store, BASIS, 2).await, 1);
    assert_eq!(count(&store, "2", 3).await, 4, "another basis counts all");
}

async fn overdue_work_is_counted_by_the_state_of_its_case(store: Store) {
    let due = |id: &str, at: i64| call(id, "desk", Priority::Normal, Some(minute(at)));
    let guiding = Case { state: "guiding".into(), ..case(3) };
    let moves = vec![
        Move { effects: vec![due("1.1.0", 5), due("1.1.1", 6)], ..opening(case(1)) },
        Move { effects: vec![due("2.1.0", 50)], ..opening(case(2)) },
        Move { effects: vec![due("3.1.0", 5)], ..opening(guiding) },
    ];
    super::sample::open(&store, moves).await;
    let past = store.overdue_by_state(WORKFLOW, minute(10)).await.unwrap();
    assert_eq!(past.overdue, [("first_call".to_owned(), 1), ("guiding".to_owned(), 1)].into());
    assert!(!past.more);
    assert!(store.overdue_by_state("another", minute(10)).await.unwrap().overdue.is_empty());
}

async fn rows_of_runs_that_were_cut_off_count_too(store: Store) {
    let name = format!("{WORKFLOW}/register");
    let whole = store.begin_run(&name, minute(1)).await.unwrap();
    store
        .finish_run(whole, &[("opened".to_owned(), 3), ("not_subscriber".to_owned(), 2)].into(), minute(2))
        .await
        .unwrap();
    let cut_off = store.begin_run(&name, minute(3)).await.unwrap();
    let mark = |hash: &str, run: i64| RecordMark {
        detection: name.clone(),
        row_hash: hash.into(),
        run,
        file: "a.csv".into(),
        line: 1,
        result: "not_subscriber".into(),
        case: None,
    };
    store.save_records(&[mark("a", cut_off), mark("b", cut_off), mark("c", whole)]).await.unwrap();
    let of_another = store.begin_run("account-transfer-2/register", minute(3)).await.unwrap();
    store.finish_run(of_another, &[("opened".to_owned(), 9)].into(), minute(3)).await.unwrap();
    let between = |from: Timestamp, to: Timestamp| store.detected_between(WORKFLOW, (from, to));
    let all = between(minute(0), minute(10)).await.unwrap();
    assert_eq!(all, [("opened".to_owned(), 3), ("not_subscriber".to_owned(), 4)].into());
    assert_eq!(between(minute(2), minute(10)).await.unwrap(), [("not_subscriber".to_owned(), 2)].into());

    store.suppress(&suppression("+97336000001", None, crate::store::OPTED_OUT)).await.unwrap();
    store.suppress(&suppression("+97336000002", None, "never_to")).await.unwrap();
    assert_eq!(store.opted_out_between(minute(0), minute(2)).await.unwrap(), 1);
    assert_eq!(store.opted_out_between(minute(2), minute(3)).await.unwrap(), 0);
}

async fn a_row_that_was_corrected_counts_where_it_came_to(store: Store) {
    let between = |from: Timestamp, to: Timestamp| store.detected_between(WORKFLOW, (from, to));
    let register = format!("{WORKFLOW}/register");
    let read = store.begin_run(&register, minute(5)).await.unwrap();
    store.finish_run(read, &[("rejected".to_owned(), 2)].into(), minute(5)).await.unwrap();
    let rejected = Rejected {
        detection: register.clone(),
        row_hash: "aa".into(),
        run: read,
        file: "deaths.csv".into(),
        line: 2,
        problems: Vec::new(),
        given: None,
        corrected: None,
    };
    store.reject(&[rejected.clone(), Rejected { row_hash: "bb".into(), line: 3, ..rejected.clone() }]).await.unwrap();
    assert!(store.begin_correction(&rejected, "cc").await.unwrap());
    let run = store.begin_run(&register, minute(6)).await.unwrap();
    store.finish_run(run, &[("opened".to_owned(), 1)].into(), minute(6)).await.unwrap();
    let correction = Correction { at: minute(6), by: "operator:sara".into(), result: "opened".into(), case: None };
    assert!(store.note_correction(&rejected, &correction).await.unwrap());
    let counts = between(minute(5), minute(7)).await.unwrap();
    assert_eq!(counts, [("opened".to_owned(), 1), ("rejected".to_owned(), 1)].into());
    assert_eq!(between(minute(5), minute(6)).await.unwrap(), [("rejected".to_owned(), 1)].into(), "the other waits");
}
