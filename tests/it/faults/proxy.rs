//! The network between a daemon and its database: passes everything on, until it is cut or turns hostile.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::Instant;

use super::double;

/// What is said about the lines.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lines {
    Up,
    Cut,
    /// Each meets a fate of its own, which follows from this seed.
    Hostile(u64),
}

/// How a line ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fate {
    /// It is reset at some instant.
    Reset,
    /// From some instant on nothing that the daemon says arrives; then it is reset.
    Deaf,
    /// From some instant on nothing that the database says arrives; then it is reset.
    Mute,
    /// The next commit does not arrive.
    CommitLost,
    /// The next commit arrives, and that it was done is never heard of.
    CommitUnanswered,
}

const FATES: [Fate; 5] = [Fate::Reset, Fate::Deaf, Fate::Mute, Fate::CommitLost, Fate::CommitUnanswered];
/// A line meets its fate within so long.
const WITHIN_MS: u64 = 700;
/// Between the first byte that is lost and the reset.
const HALF_OPEN: Duration = Duration::from_millis(120);
/// How the drivers end a transaction.
const COMMIT: &[u8] = b"COMMIT";

type Met = Arc<Mutex<BTreeMap<Fate, u32>>>;

/// The proxy. It lives as long as the runtime of its test.
pub(super) struct Proxy {
    pub(super) address: SocketAddr,
    lines: watch::Sender<Lines>,
    met: Met,
}

impl Proxy {
    pub(super) async fn start(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (lines, state) = watch::channel(Lines::Up);
        let met = Met::new(Mutex::new(FATES.map(|fate| (fate, 0)).into()));
        let counted = Arc::clone(&met);
        tokio::spawn(async move {
            for number in 0.. {
                let Ok((client, _)) = listener.accept().await else { return };
                tokio::spawn(pass(client, server, state.clone(), number, Arc::clone(&counted)));
            }
        });
        Self { address, lines, met }
    }

    /// Resets every connection, and each new one.
    pub(super) fn cut(&self) {
        self.lines.send_replace(Lines::Cut);
    }

    /// Breaks each connection, and each new one, in one way or another.
    pub(super) fn turn_hostile(&self, seed: u64) {
        self.lines.send_replace(Lines::Hostile(seed));
    }

    pub(super) fn mend(&self) {
        self.lines.send_replace(Lines::Up);
    }

    /// Which fates lines have met, and how often.
    pub(super) fn met(&self) -> BTreeMap<Fate, u32> {
        self.met.lock().unwrap().clone()
    }
}

async fn pass(mut client: TcpStream, server: SocketAddr, mut lines: watch::Receiver<Lines>, number: u64, met: Met) {
    if *lines.borrow_and_update() != Lines::Cut
        && let Ok(mut server) = TcpStream::connect(server).await
    {
        let mut line = Line { fate: None, deaf: false, mute: false, speaks: false, ends_at: None };
        let mut turns = 0;
        let broken = loop {
            match *lines.borrow_and_update() {
                Lines::Cut => break None,
                // What has been lost is not found again.
                Lines::Up if !line.deaf && !line.mute => (line.fate, line.ends_at) = (None, None),
                Lines::Hostile(seed) if line.fate.is_none() => {
                    turns += 1;
                    line.meets(double::number(seed, "line", number * 1_000 + turns));
                }
                Lines::Up | Lines::Hostile(_) => {}
            }
            tokio::select! {
                ended = line.relay(&mut client, &mut server) => break ended,
                _ = lines.changed() => {}
            }
            // Interrupted in the middle of a word: what follows would be nonsense.
            if line.speaks {
                break None;
            }
        };
        if let Some(fate) = broken {
            *met.lock().unwrap().entry(fate).or_default() += 1;
        }
        super::wire::reset(server);
    }
    super::wire::reset(client);
}

/// A connection, and what becomes of it.
struct Line {
    fate: Option<Fate>,
    /// What the daemon says, or the database, gets lost.
    deaf: bool,
    mute: bool,
    /// Something is being passed on.
    speaks: bool,
    /// When something becomes of it.
    ends_at: Option<Instant>,
}

impl Line {
    fn meets(&mut self, drawn: u64) {
        self.fate = FATES.get(usize::try_from(drawn % 5).unwrap()).copied();
        self.ends_at = Some(Instant::now() + Duration::from_millis(drawn / 5 % WITHIN_MS));
    }

    /// Passes on what is said until the line ends; says by which fate, if it was one.
    async fn relay(&mut self, client: &mut TcpStream, server: &mut TcpStream) -> Option<Fate> {
        let (mut up, mut down) = (vec![0; 1 << 16], vec![0; 1 << 16]);
        loop {
            let ends_at = self.ends_at.unwrap_or_else(|| Instant::now() + Duration::from_hours(1));
            tokio::select! {
                read = client.read(&mut up) => {
                    let said = up.get(..read.ok().filter(|read| *read > 0)?)?;
                    self.hears(said);
                    if !self.deaf {
                        self.speaks = true;
                        server.write_all(said).await.ok()?;
                        self.speaks = false;
                    }
                }
                read = server.read(&mut down) => {
                    let said = down.get(..read.ok().filter(|read| *read > 0)?)?;
                    if !self.mute {
                        self.speaks = true;
                        client.write_all(said).await.ok()?;
                        self.speaks = false;
                    }
                }
                () = tokio::time::sleep_until(ends_at), if self.ends_at.is_some() => match self.fate {
                    Some(Fate::Deaf) if !self.deaf => self.lose(true),
                    Some(Fate::Mute) if !self.mute => self.lose(false),
                    // Who never commits is not waited for.
                    Some(Fate::CommitLost) if !self.deaf => return Some(Fate::Reset),
                    Some(Fate::CommitUnanswered) if !self.mute => return Some(Fate::Reset),
                    fate => return fate,
                },
            }
        }
    }

    fn hears(&mut self, said: &[u8]) {
        let commits = || said.windows(COMMIT.len()).any(|words| words == COMMIT);
        match self.fate {
            Some(Fate::CommitLost) if !self.deaf && commits() => self.lose(true),
            Some(Fate::CommitUnanswered) if !self.mute && commits() => self.lose(false),
            _ => {}
        }
    }

    fn lose(&mut self, what_the_daemon_says: bool) {
        (self.deaf, self.mute) = (what_the_daemon_says, !what_the_daemon_says);
        self.ends_at = Some(Instant::now() + HALF_OPEN);
    }
}
