//! The program as people and other systems meet it: the built binary in a folder of its own, its
//! command line, its daemon, its HTTP port.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value as Json;
use tempfile::TempDir;

use super::postgres::PostgresDatabase;
use super::root;

/// How long something that must happen may take on a busy machine before the test gives up on it.
const PATIENCE: Duration = Duration::from_mins(2);

/// A folder with the shipped data, and the program that is run in it.
pub(crate) struct Desk {
    /// In place of the file of the configuration. It goes before the folder, in which its server may lie.
    database: Option<PostgresDatabase>,
    dir: TempDir,
}

/// What a command answered.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Desk {
    /// A folder with the shipped configuration, workflows and the sample year.
    pub(crate) fn shipped() -> Self {
        let desk = Self::empty();
        for folder in ["config", "workflows", "examples"] {
            copy(&root().join(folder), &desk.path(folder));
        }
        desk
    }

    /// Like [`Desk::shipped`], and people may be rung whenever the tests run.
    pub(crate) fn shipped_and_open_all_day() -> Self {
        let desk = Self::shipped();
        let hours = "{SUN-SAT: \"00:00-24:00\"}";
        let calendar = format!(
            "calendar: bahrain-government\ntitle: {{en: Always open, ar: مفتوح دائما}}\nzone: Asia/Bahrain\nweek: {hours}\n\
             contact: {{call: {hours}, sms: {hours}, email: {hours}}}\n"
        );
        desk.write("config/calendars/bahrain-government.yaml", &calendar);
        desk
    }

    /// A folder with nothing in it.
    pub(crate) fn empty() -> Self {
        Self { database: None, dir: TempDir::new().unwrap() }
    }

    /// The same with its cases on a PostgreSQL.
    pub(crate) fn on_postgres(self) -> Self {
        Self { database: Some(PostgresDatabase::fresh()), ..self }
    }

    /// The same on a server that nobody else uses, and that may die.
    pub(crate) fn on_a_postgres_of_its_own(self) -> Self {
        Self { database: Some(PostgresDatabase::alone(&self.path("server"))), ..self }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Writes a file, with the folders above it.
    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// A command as it would be run here.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wasl"));
        command.current_dir(self.dir.path()).args(args);
        // Nothing of the machine that runs the tests has a say.
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("WASL_")) {
            command.env_remove(name);
        }
        if let Some(database) = &self.database {
            command.env("WASL_DATABASE", &database.url);
        }
        command.env("WASL_BY", "huda").env("WASL_AGENT", "huda").env("TWILIO_AUTH_TOKEN", "secret-for-tests");
        command
    }

    /// The address of the database.
    pub(crate) fn database(&self) -> String {
        let file = || format!("sqlite://{}", self.path("var/wasl.sqlite").display());
        self.database.as_ref().map_or_else(file, |database| database.url.clone())
    }

    /// Waits until the server has noticed that those who died are gone, and has ended what they began.
    pub(crate) fn until_nobody_is_connected(&self) {
        if let Some(database) = &self.database {
            database.until_nobody_is_connected();
        }
    }

    /// The server dies as by a power cut.
    pub(crate) fn crash_the_server(&self) {
        self.database.as_ref().unwrap().crash();
    }

    pub(crate) fn restart_the_server(&self) {
        self.database.as_ref().unwrap().restart();
    }

    /// The server refuses to write, as a standby does, or takes everything again. Who is connected is cut off.
    pub(crate) fn become_standby(&self, is_standby: bool) {
        self.database.as_ref().unwrap().become_standby(is_standby);
    }

    /// Runs a command to its end.
    pub(crate) fn run(&self, args: &[&str]) -> Said {
        said(&self.command(args).output().unwrap())
    }

    /// Runs a command to its end with something on its standard input.
    pub(crate) fn pipe(&self, args: &[&str], input: &str) -> Said {
        let mut command = self.command(args);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        said(&child.wait_with_output().unwrap())
    }

    /// The text that a command answers with; it must go well.
    pub(crate) fn text(&self, args: &[&str]) -> String {
        let said = self.run(args);
        assert_eq!(said.code, 0, "wasl {}: {said:?}", args.join(" "));
        said.out
    }

    /// The JSON that a command answers with; it must go well.
    pub(crate) fn json(&self, args: &[&str]) -> Json {
        let text = self.text(&[args, &["--format", "json"]].concat());
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("wasl {}: {error}: {text}", args.join(" ")))
    }

    /// Starts the daemon on a port that is free, and waits until it says where to look.
    pub(crate) fn serve(&self) -> Daemon {
        self.serve_at("127.0.0.1:0")
    }

    /// The same on an address that others were told of.
    pub(crate) fn serve_at(&self, listen: &str) -> Daemon {
        Self::started(self.command(&["serve", "--listen", listen]))
    }

    /// The same with a signal that the process takes no notice of.
    pub(crate) fn serve_ignoring(&self, signal: &str) -> Daemon {
        let daemon = self.command(&["serve", "--listen", "127.0.0.1:0"]);
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("trap '' {signal}; exec \"$@\""), "sh"]);
        shell.arg(daemon.get_program()).args(daemon.get_args()).current_dir(self.dir.path());
        for (name, value) in daemon.get_envs() {
            match value {
                Some(value) => shell.env(name, value),
                None => shell.env_remove(name),
            };
        }
        Self::started(shell)
    }

    /// The same while nobody reads its log any more.
    pub(crate) fn serve_unread(&self) -> Daemon {
        let (unread, log) = std::io::pipe().unwrap();
        drop(unread);
        let mut command = self.command(&["serve", "--listen", "127.0.0.1:0"]);
        command.stdout(Stdio::piped()).stderr(log);
        Self::greeted(command.spawn().unwrap())
    }

    fn started(mut command: Command) -> Daemon {
        Self::greeted(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap())
    }

    /// Starts the daemon and does not wait for what it says.
    pub(crate) fn serve_unheard(&self, listen: &str) -> Daemon {
        let mut command = self.command(&["serve", "--listen", listen]);
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        Daemon::of(child, listen.to_owned())
    }

    fn greeted(child: Child) -> Daemon {
        let mut daemon = Daemon::of(child, String::new());
        let address = || {
            let ended = daemon.child.try_wait().unwrap();
            assert!(ended.is_none(), "the daemon ended: {ended:?}: {}", words(&daemon.out, &daemon.err));
            let out = daemon.out.lock().unwrap();
            let line = out.lines().find(|line| line.contains("/readyz"))?;
            let address = line.trim().strip_prefix("http://")?.split('/').next()?;
            out.contains(LAST_WORD).then(|| address.to_owned())
        };
        daemon.address = until(address).expect("the daemon says nothing");
        daemon
    }
}

/// What stands in the last line of the greeting.
const LAST_WORD: &str = "Ctrl-C";

/// A daemon that runs; it is killed with the test if it does.
pub(crate) struct Daemon {
    child: Child,
    out: Arc<Mutex<String>>,
    err: Arc<Mutex<String>>,
    address: String,
}

impl Daemon {
    fn of(mut child: Child, address: String) -> Self {
        let out = listen_to(child.stdout.take().unwrap());
        let err = child.stderr.take().map(listen_to).unwrap_or_default();
        Self { child, out, err, address }
    }

    /// Whether it has told what its start did.
    pub(crate) fn has_greeted(&self) -> bool {
        self.out.lock().unwrap().contains(LAST_WORD)
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Everything that it has said so far.
    pub(crate) fn words(&self) -> String {
        words(&self.out, &self.err)
    }

    /// Asks it to stop as a service manager does, and waits for its exit code.
    pub(crate) fn stop(mut self) -> (Option<i32>, String) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        let status = until(|| self.child.try_wait().unwrap()).expect("it does not stop");
        (status.code(), self.words())
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // Gone already where the test went well.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Waits until something is there; `None` if it never comes.
pub(crate) fn until<T>(mut there: impl FnMut() -> Option<T>) -> Option<T> {
    let began = Instant::now();
    while began.elapsed() < PATIENCE {
        if let Some(found) = there() {
            return Some(found);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    None
}

fn words(out: &Mutex<String>, err: &Mutex<String>) -> String {
    format!("{}{}", out.lock().unwrap(), err.lock().unwrap())
}

fn listen_to(stream: impl Read + Send + 'static) -> Arc<Mutex<String>> {
    let heard = Arc::new(Mutex::new(String::new()));
    let keep = Arc::clone(&heard);
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            keep.lock().unwrap().extend([line.as_str(), "\n"]);
        }
    });
    heard
}

fn said(output: &Output) -> Said {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    Said { code: output.status.code().unwrap_or(-1), out: text(&output.stdout), err: text(&output.stderr) }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
