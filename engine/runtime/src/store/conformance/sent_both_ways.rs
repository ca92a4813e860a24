//! What gateways report and what comes back from them is written by the row or by statements of the other driver: what is
//! answered, and what is in the tables afterwards, is the same, byte by byte.

use wasl_core::case::EffectId;
use wasl_core::delivery::{Channel, Receipt, Status};
use wasl_core::effect::{Effect, Withdrawn};
use wasl_core::event::{Body, News};
use wasl_core::lang::Texts;
use wasl_core::policy::Rule;

use super::both_ways::tables;
use super::sample::{case, claiming, fresh, minute, moving, next, open, opening, settlement, sms, suppression};
use crate::simulation::dice::Dice;
use crate::store::{Claimed, Move, NewReceipt, Settled, Settlement, Store};
use wasl_core::case::Standing;

const CASES: i64 = 10;
const EACH: usize = 3;
const TURNS: i64 = 60;
const STATUSES: [Status; 5] = [Status::Accepted, Status::Sent, Status::Delivered, Status::Undelivered, Status::Failed];

/// What the dice make of the messages, the same for both.
struct Story {
    dice: Dice,
    /// What was given out, whether or not it is still in hand.
    claimed: Vec<Claimed>,
}

impl Story {
    fn id(&mut self) -> String {
        // Now and then of a message that there is not.
        format!("{}.1.{}", 1 + self.dice.below(11), self.dice.below(EACH))
    }

    /// One of few ids of the gateway's, so that several messages are said to have it.
    fn provider_id(&mut self) -> Option<String> {
        self.dice.chance(850).then(|| format!("SM{}", self.dice.below(25)))
    }

    fn notifier(&mut self) -> String {
        if self.dice.chance(800) { "twilio" } else { "spare" }.to_owned()
    }

    fn receipt(&mut self, now: i64) -> NewReceipt {
        let status = self.dice.one_of(&STATUSES).copied().filter(|_| self.dice.chance(900));
        let receipt = Receipt {
            message_id: self.dice.chance(700).then(|| self.id()),
            provider_id: self.provider_id(),
            status,
            provider_status: status.map_or("queued\0", Status::as_str).to_owned(),
            code: self.dice.chance(200).then(|| "30003\0".to_owned()),
        };
        NewReceipt {
            notifier: self.notifier(),
            receipt,
            bad_address: self.dice.chance(200),
            confirm_by: self.dice.chance(500).then(|| minute(now + 40)),
            raw: b"MessageStatus=\0\xff".to_vec(),
        }
    }

    fn settled(&mut self, now: i64) -> Settled {
        let (code, reason) = ("503".to_owned(), "busy".to_owned());
        let at = minute(now + 2);
        match self.dice.below(14) {
            0 => Settled::Failed { code, reason },
            1 | 2 => Settled::Again { at, code, reason },
            3 => Settled::Waits { at, code, reason },
            4 => Settled::Resend { reason },
            5 => Settled::Expired,
            6 => Settled::Suppressed { rule: Rule::OptedOut },
            7 => Settled::Withdrawn { reason },
            8 => Settled::Uncertain { code, reason, ask_at: self.dice.chance(700).then_some(at) },
            9 => {
                Settled::Postponed { not_before: at, why: Some(Texts::both("quiet hours", "ساعات الهدوء")) }
            }
            _ => Settled::Accepted {
                notifier: self.notifier(),
                provider_id: self.provider_id(),
                status: self.dice.one_of(&STATUSES).copied().unwrap(),
                segments: self.dice.chance(500).then_some(2),
                confirm_by: self.dice.chance(500).then(|| minute(now + 30)),
            },
        }
    }

    fn settlement(&mut self, now: i64) -> Option<Settlement> {
        let claimed = self.dice.one_of(&self.claimed).cloned()?;
        let (message, channel) = (claimed.message.id.clone(), Channel::Sms);
        let news = if self.dice.chance(500) { News::Accepted } else { News::Failed };
        let body = Body::Delivery { message, channel, news, code: None, bad_address: None };
        let telephone = format!("+9733600{:04}", 1 + self.dice.below(10));
        let stop = self.dice.chance(60).then(|| suppression(&telephone, Some(channel), "opted_out"));
        let tell = self.dice.chance(700).then_some(body);
        Some(Settlement { tell, stop, ..settlement(&claimed, self.settled(now)) })
    }

    /// A case takes back what it planned, wherever that is.
    fn withdrawal(&mut self, versions: &mut [u64]) -> Move {
        let n = self.dice.below(versions.len());
        let id = i64::try_from(n).unwrap() + 1;
        let before = wasl_core::case::Case { version: versions[n], ..case(id) };
        versions[n] += 1;
        let why = Withdrawn::LeftState;
        let message = EffectId(format!("{id}.1.{}", self.dice.below(EACH)).into());
        Move { effects: vec![Effect::Withdraw { id: message, why }], ..moving(next(&before, Standing::Open)) }
    }
}

async fn with_messages(store: &Store) {
    let planned = |id: i64| (0..EACH).map(|n| sms(&format!("{id}.1.{n}"), minute(1))).collect();
    open(store, (1..=CASES).map(|id| Move { effects: planned(id), ..opening(case(id)) }).collect()).await;
}

/// Plays one seed both ways; says how many receipts moved a message, and how many settlements still counted.
async fn play(seed: u64) -> (usize, usize) {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let by_rows = fresh(one.path()).await;
    let at_once = Store { row_writer: None, ..fresh(other.path()).await };
    for store in [&by_rows, &at_once] {
        with_messages(store).await;
    }
    let mut story = Story { dice: Dice::new(seed), claimed: Vec::new() };
    let (mut versions, mut moved, mut held) = (vec![1; 10], 0, 0);
    for now in 1..=TURNS {
        let at = minute(now);
        let by = story.notifier();
        let mine = by_rows.claim_messages(at, &claiming(&by, now)).await.unwrap();
        assert_eq!(mine, at_once.claim_messages(at, &claiming(&by, now)).await.unwrap(), "seed {seed}, turn {now}");
        story.claimed.extend(mine);
        let until = minute(now + 5);
        let mine = by_rows.stale_sending(Channel::Sms, at, 10, until, "here").await.unwrap();
        let theirs = at_once.stale_sending(Channel::Sms, at, 10, until, "here").await.unwrap();
        assert_eq!(mine, theirs, "seed {seed}, turn {now}");
        story.claimed.extend(mine);

        let receipts: Vec<NewReceipt> = (0..story.dice.below(5)).map(|_| story.receipt(now)).collect();
        let mine = by_rows.record_receipts(&receipts, at).await.unwrap();
        let theirs = at_once.record_receipts(&receipts, at).await.unwrap();
        assert_eq!(mine, theirs, "seed {seed}, turn {now}: {receipts:?}");
        moved += mine.iter().filter(|taken| taken.moved).count();

        let settlements: Vec<Settlement> = (0..story.dice.below(4)).filter_map(|_| story.settlement(now)).collect();
        let mine = by_rows.settle_messages(&settlements, at).await.unwrap();
        let theirs = at_once.settle_messages(&settlements, at).await.unwrap();
        assert_eq!(mine, theirs, "seed {seed}, turn {now}: {settlements:?}");
        held += mine.into_iter().filter(|held| *held).count();

        if story.dice.chance(250) {
            let step = [story.withdrawal(&mut versions)];
            assert_eq!(by_rows.commit(&step, at).await.unwrap(), at_once.commit(&step, at).await.unwrap());
        }
    }
    for (mine, theirs) in tables(one.path()).into_iter().zip(tables(other.path())) {
        let differing = mine.1.iter().zip(&theirs.1).find(|(mine, theirs)| mine != theirs);
        assert_eq!((differing, mine.1.len()), (None, theirs.1.len()), "seed {seed}, table {}", mine.0);
    }
    (moved, held)
}

#[tokio::test]
async fn both_ways_leave_the_same_rows_of_what_was_sent() {
    let (mut moved, mut held) = (0, 0);
    for seed in 1..=4 {
        let (more, others) = play(seed).await;
        (moved, held) = (moved + more, held + others);
    }
    assert!(moved > 60 && held > 60, "{moved} {held}: the dice say too little");
}
