//! A real Kannel with its fake SMSC, from Debian's packages: an Arabic text goes out through it, and its
//! delivery report comes back by GET and moves the message.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use tempfile::TempDir;

use crate::program::hello;
use crate::support::program::{Desk, until};
use crate::support::root;

const TEXT: &str = "عظّم الله أجركم. 1 + 1 & 80001234";
const TOKEN: &str = "0123456789abcdef01234567";

/// Bearerbox, smsbox and an SMSC that delivers everything; they end with the test.
struct Kannel {
    _folder: TempDir,
    bearerbox: Child,
    others: Vec<Child>,
    /// What the SMSC printed.
    heard: Arc<Mutex<Vec<String>>>,
    sendsms_port: u16,
}

impl Kannel {
    fn start() -> Self {
        let folder = TempDir::new().unwrap();
        let [admin, boxes, smsc, sendsms_port] = free_ports();
        let conf = folder.path().join("kannel.conf");
        fs::write(&conf, configuration(folder.path(), [admin, boxes, smsc, sendsms_port])).unwrap();
        let bearerbox = spawn(Command::new(program("bearerbox")).arg(&conf));
        reached(boxes);
        reached(smsc);
        let smsbox = spawn(Command::new(program("smsbox")).arg(&conf));
        reached(sendsms_port);
        // It reads its standard input for messages to send, and ends with it.
        let mut fake = Command::new(program("fakesmsc"));
        fake.args(["-H", "127.0.0.1", "-r", &smsc.to_string(), "-m", "0"]).stdin(Stdio::piped()).stderr(Stdio::piped());
        let mut fake = spawn(&mut fake);
        let heard = listen_to(fake.stderr.take().unwrap(), fake.stdout.take().unwrap());
        Self { _folder: folder, bearerbox, others: vec![smsbox, fake], heard, sendsms_port }
    }

    /// The texts that reached the SMSC, with sender and recipient.
    fn delivered(&self) -> Vec<(String, String, String)> {
        let heard = self.heard.lock().unwrap();
        heard.iter().filter_map(|line| read_message(line)).collect()
    }

    /// Its bearerbox goes, and smsbox with it.
    fn stop(&mut self) {
        let pid = self.bearerbox.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        until(|| TcpStream::connect(("127.0.0.1", self.sendsms_port)).is_err().then_some(())).expect("smsbox stays");
    }
}

impl Drop for Kannel {
    fn drop(&mut self) {
        for child in self.others.iter_mut().chain([&mut self.bearerbox]) {
            child.kill().ok();
            child.wait().ok();
        }
    }
}

fn configuration(folder: &Path, [admin, boxes, smsc, sendsms]: [u16; 4]) -> String {
    let folder = folder.display();
    format!(
        "group = core
admin-port = {admin}
admin-password = admin
smsbox-port = {boxes}
box-allow-ip = 127.0.0.1
box-deny-ip = \"*.*.*.*\"
dlr-storage = internal
log-file = \"{folder}/bearerbox.log\"

group = smsc
smsc = fake
smsc-id = FAKE
port = {smsc}
connect-allow-ip = 127.0.0.1

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = {sendsms}
log-file = \"{folder}/smsbox.log\"

group = sendsms-user
username = wasl
password = \"se+cret & co\"
max-messages = 10
"
    )
}

/// Where a program of Kannel's lies; its folders are not on everybody's path.
fn program(name: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let more = ["/usr/sbin", "/usr/lib/kannel/test"].map(PathBuf::from);
    let found = std::env::split_paths(&path).chain(more).map(|folder| folder.join(name)).find(|file| file.is_file());
    found.unwrap_or_else(|| {
        panic!(
            "Kannel's `{name}` is missing: run `tests/run tools`, or on Debian `apt-get install kannel kannel-extras`"
        )
    })
}

fn spawn(command: &mut Command) -> Child {
    command.stdout(Stdio::piped()).spawn().unwrap()
}

/// Ports that are free now.
fn free_ports<const N: usize>() -> [u16; N] {
    let held: [TcpListener; N] = std::array::from_fn(|_| TcpListener::bind("127.0.0.1:0").unwrap());
    held.map(|listener| listener.local_addr().unwrap().port())
}

fn reached(port: u16) {
    until(|| TcpStream::connect(("127.0.0.1", port)).ok()).unwrap_or_else(|| panic!("nobody listens on port {port}"));
}

fn listen_to(
    err: impl std::io::Read + Send + 'static,
    out: impl std::io::Read + Send + 'static,
) -> Arc<Mutex<Vec<String>>> {
    let heard = Arc::new(Mutex::new(Vec::new()));
    for stream in [Box::new(err) as Box<dyn std::io::Read + Send>, Box::new(out)] {
        let keep = Arc::clone(&heard);
        std::thread::spawn(move || {
            for line in BufReader::new(stream).lines().map_while(Result::ok) {
                keep.lock().unwrap().push(line);
            }
        });
    }
    heard
}

/// `… Got message 1: <EWA +97336001234 ucs-2 %069%068…>`: sender, recipient, and the text, big-endian UTF-16 as in a form.
fn read_message(line: &str) -> Option<(String, String, String)> {
    let (_, message) = line.split_once("Got message ")?;
    let (_, message) = message.split_once('<')?;
    let mut words = message.strip_suffix('>')?.splitn(4, ' ');
    let (from, to, coding, text) = (words.next()?, words.next()?, words.next()?, words.next()?);
    assert_eq!(coding, "ucs-2", "Arabic is no 7-bit text");
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let digit = |byte: u8| char::from(byte).to_digit(16).unwrap();
                u8::try_from(digit(rest.next()?) * 16 + digit(rest.next()?)).unwrap()
            }
            b'+' => b' ',
            other => other,
        });
    }
    let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
    Some((from.to_owned(), to.to_owned(), String::from_utf16(&units).unwrap()))
}

/// A house that speaks through this Kannel; the address at which its daemon will listen.
fn house(kannel: &Kannel) -> (Desk, String) {
    let desk = Desk::empty();
    hello(&desk, "http://127.0.0.1:1");
    let workflow = fs::read_to_string(desk.path("workflows/hello.yaml")).unwrap();
    desk.write(
        "workflows/hello.yaml",
        &workflow.replace("languages: [en]", "languages: [ar]").replace("{en: Hello}", "{ar: مرحبا}"),
    );
    fs::remove_file(desk.path("workflows/hello/messages/hello.en.txt")).unwrap();
    desk.write("workflows/hello/messages/hello.ar.txt", TEXT);
    desk.write("config/gateways/kannel.yaml", &fs::read_to_string(root().join("config/gateways/kannel.yaml")).unwrap());
    desk.write("secrets/password", "se+cret & co\n");
    desk.write("secrets/token", TOKEN);
    let listen = format!("127.0.0.1:{}", free_ports::<1>()[0]);
    let sendsms = kannel.sendsms_port;
    desk.write(
        "config/wasl.yaml",
        &format!(
            "public_url: http://{listen}
notifiers:
  sms:
    kind: http_gateway
    gateway: config/gateways/kannel.yaml
    base_url: http://127.0.0.1:{sendsms}
    from: EWA
    values: {{username: wasl}}
    secrets: {{password: {{file: secrets/password}}, token: {{file: secrets/token}}}}
"
        ),
    );
    (desk, listen)
}

#[test]
fn an_arabic_text_goes_through_a_real_kannel_and_its_report_comes_back() {
    let mut kannel = Kannel::start();
    let (desk, listen) = house(&kannel);
    let checked = desk.json(&["check"]);
    assert!(checked["files"].as_array().unwrap().contains(&"config/gateways/kannel.yaml".into()), "{checked}");
    let daemon = desk.serve_at(&listen);
    let open = |id: &str| {
        let opened = desk.json(&["case", "open", "hello", "--data", id, "phone=+97336001234"]);
        opened["case"]["reference"].as_str().unwrap_or_else(|| panic!("{opened}")).to_owned()
    };
    let message = |case: &str| desk.json(&["message", "list", "--case", case])[0].clone();

    let case = open("id=7");
    let ended = until(|| (message(&case)["status"] == "delivered").then_some(()));
    ended.unwrap_or_else(|| panic!("{} {}", message(&case), daemon.words()));
    until(|| desk.text(&["case", "show", &case]).contains("(success)").then_some(())).expect("the case hears of it");
    assert_eq!(kannel.delivered(), [("EWA".to_owned(), "+97336001234".to_owned(), TEXT.to_owned())], "once, and whole");
    let id = message(&case)["id"].as_str().unwrap().to_owned();
    let story = desk.text(&["message", "show", &id]);
    assert!(story.contains("accepted") && story.contains("delivered"), "{story}");

    // Bearerbox goes and smsbox with it: what is sent meanwhile waits, with its reason.
    kannel.stop();
    let waiting = open("id=8");
    let tried = || {
        let id = message(&waiting)["id"].as_str()?.to_owned();
        let shown = desk.json(&["message", "show", &id]);
        (shown["attempt_log"][0]["code"] == "connect" && shown["status"] == "queued").then_some(())
    };
    until(tried).unwrap_or_else(|| panic!("{}", message(&waiting)));

    let (code, words) = daemon.stop();
    assert_eq!(code, Some(0), "{words}");
    for secret in [TOKEN, "se+cret", "97336001234", "80001234"] {
        assert!(!words.contains(secret), "{words}");
    }
    let database = fs::read(desk.path("var/wasl.sqlite")).unwrap();
    let kept = |text: &str| database.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(!kept(TOKEN) && kept(&format!("message={id}")), "a report is kept without the token");
}
