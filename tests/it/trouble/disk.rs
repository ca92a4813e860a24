//! A daemon whose database lies on a disk that fills up, that may not be written any more, or that breaks: what was told it
//! meanwhile is refused and not lost, and it goes on by itself.

use std::fs::OpenOptions;
use std::io::Write;

use tokio::task::spawn_blocking;

use super::ready;
use crate::gateway::FakeTwilio;
use crate::program::{hello, post, sign};
use crate::support::disk::Disk;
use crate::support::program::{Daemon, Desk, Said, until};

/// A desk whose database is on a small disk.
struct House {
    desk: Desk,
    small: Disk,
    gateway: FakeTwilio,
}

impl House {
    fn on_a_small_disk(gateway: FakeTwilio) -> Self {
        let (desk, small) = (Desk::empty(), Disk::fresh());
        hello(&desk, &gateway.base_url());
        let mut settings = OpenOptions::new().append(true).open(desk.path("config/wasl.yaml")).unwrap();
        writeln!(settings, "database: 'sqlite://{}'", small.path("wasl.sqlite").display()).unwrap();
        Self { desk, small, gateway }
    }

    fn open(&self, id: usize) -> Said {
        let data = [format!("id={id}"), format!("phone=+9733600{id:04}")];
        self.desk.run(&["case", "open", "hello", "--data", &data[0], &data[1]])
    }

    /// How many messages the gateway was given.
    fn sent(&self) -> usize {
        self.gateway.requests().len()
    }

    /// Tells the daemon that the first message has arrived; the answer's status.
    fn tell_delivered(&self, daemon: &Daemon) -> u16 {
        let callback = &self.gateway.requests()[0].form["StatusCallback"];
        let callback = callback.strip_prefix("https://wasl.test").unwrap();
        let sid = self.gateway.messages()[0]["sid"].as_str().unwrap().to_owned();
        let form = [("MessageSid", sid.as_str()), ("MessageStatus", "delivered"), ("To", "+97336000001")];
        post(&daemon.url(callback), &form, Some(&sign("https://wasl.test", callback, &form))).0
    }

    /// Cases that stand there, and those that have ended well.
    fn cases(&self) -> (usize, usize) {
        let count = |standing: &str| {
            let listed = self.desk.json(&["case", "list", "--standing", standing, "--limit", "2000"]);
            listed.as_array().unwrap().len()
        };
        (count("open") + count("ended"), count("ended"))
    }
}

fn until_it_says_that_it_is_read_only(daemon: &Daemon) {
    until(|| {
        let page = ready(daemon);
        let is_told = page["reasons"]["database"].to_string().contains("read-only");
        (page["status"] == "not_ready" && is_told).then_some(())
    })
    .expect("nobody is told");
    assert!(daemon.words().contains("part=\"database\"") && daemon.words().contains("read-only"));
}

fn until_it_is_well(daemon: &Daemon) {
    let is_well = until(|| (ready(daemon)["status"] == "ready").then_some(()));
    is_well.unwrap_or_else(|| panic!("the trouble is over and still told of: {}", ready(daemon)));
}

/// Plays a story on a thread that may block.
async fn play(story: fn(House)) {
    wasl_notifiers::init_tls();
    let gateway = FakeTwilio::start().await;
    spawn_blocking(move || story(House::on_a_small_disk(gateway))).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_may_not_be_written_for_a_while_refuses_what_it_is_told_and_goes_on_by_itself() {
    play(|house| {
        let daemon = house.desk.serve();
        assert_eq!(house.open(1).code, 0);
        until(|| (house.sent() == 1).then_some(())).expect("it is sent");
        let forbid = |is_forbidden| {
            for name in ["wasl.sqlite", "wasl.sqlite-wal"] {
                house.small.forbid(name, is_forbidden);
            }
        };

        forbid(true);
        until_it_says_that_it_is_read_only(&daemon);
        let refused = house.open(2);
        assert!(refused.code == 4 && refused.err.contains("read-only"), "{refused:?}");
        assert_eq!(house.tell_delivered(&daemon), 503, "the gateway tells it again");

        forbid(false);
        until_it_is_well(&daemon);
        assert_eq!(house.cases(), (1, 0), "what was refused did not happen");
        assert_eq!(house.tell_delivered(&daemon), 200);
        assert_eq!(house.open(3).code, 0);
        until(|| (house.sent() == 2 && house.cases() == (2, 1)).then_some(())).expect("it does not go on by itself");
        assert_eq!(daemon.stop().0, Some(0));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_that_breaks_leaves_a_daemon_that_says_so_and_a_database_that_is_whole() {
    play(|house| {
        let daemon = house.desk.serve();
        assert_eq!(house.open(1).code, 0);
        let stands = || house.desk.json(&["message", "list"])[0]["status"] == "accepted";
        until(|| stands().then_some(())).expect("it is sent, and that is noted");

        house.small.break_down();
        until_it_says_that_it_is_read_only(&daemon);
        assert_eq!(house.tell_delivered(&daemon), 503, "the gateway tells it again");
        assert_eq!(daemon.stop().0, Some(0));

        house.small.repair();
        assert_eq!(house.cases(), (1, 0));
        let daemon = house.desk.serve();
        assert_eq!(house.tell_delivered(&daemon), 200);
        until(|| (house.cases() == (1, 1)).then_some(())).expect("the case hears of it");
        assert_eq!((house.sent(), house.desk.run(&["db", "check"]).code), (1, 0));
        assert_eq!(daemon.stop().0, Some(0));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_that_fills_up_keeps_what_was_said_to_be_stored_and_nothing_else() {
    play(|house| {
        let daemon = house.desk.serve();
        assert_eq!(house.open(1).code, 0);
        until(|| (house.sent() == 1).then_some(())).expect("it is sent");

        house.small.fill();
        // The log has room from before; then there is none.
        let mut stored = 1;
        let refused = until(|| match house.open(stored + 1) {
            Said { code: 0, .. } => {
                stored += 1;
                None
            }
            refused => Some(refused),
        });
        let refused = refused.expect("it never becomes full");
        assert!(refused.code == 4 && refused.err.contains("the disk"), "{refused:?}");
        until(|| ready(&daemon)["reasons"].to_string().contains("free some space").then_some(()))
            .expect("nobody is told");

        house.small.make_room();
        until_it_is_well(&daemon);
        until(|| (house.sent() >= stored).then_some(())).expect("it does not go on by itself");
        assert_eq!(house.tell_delivered(&daemon), 200);
        until(|| (house.cases() == (stored, 1)).then_some(())).expect("the case hears of it");
        assert_eq!(house.sent(), stored, "each once");
        assert_eq!(daemon.stop().0, Some(0));
    })
    .await;
}
