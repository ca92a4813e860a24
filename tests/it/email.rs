//! E-mail end to end: through a real mail server, with what comes back: bounces, answers, and those who want no more.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value as Json;

use crate::program::{block_on, hello};
use crate::support::program::{Daemon, Desk, until};
use crate::support::root;

const BOUNCE: &str = include_str!("../../notifiers/src/smtp/samples/bounce.eml");
const ANSWER: &str = include_str!("../../notifiers/src/smtp/samples/answer.eml");
/// What the samples call our message.
const SAMPLE_ID: &str = "7-3-1.0123456789abcdef01234567.wasl@example.bh";

/// A mail server; it ends with the test.
struct MailServer {
    child: Child,
    folder: PathBuf,
    port: u16,
}

impl MailServer {
    fn start(desk: &Desk) -> Self {
        let python =
            std::env::var("WASL_TEST_PYTHON").expect("WASL_TEST_PYTHON: a Python with aiosmtpd; `tests/run` makes one");
        let folder = desk.path("mails");
        fs::create_dir_all(&folder).unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut command = Command::new(python);
        command.arg(root().join("tests/it/mail_server.py")).arg(&folder).arg(port.to_string());
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line.trim(), "listening");
        Self { child, folder, port }
    }

    /// The n-th message that it took.
    fn mail(&self, n: usize) -> String {
        let path = self.folder.join(format!("{n:04}.eml"));
        until(|| fs::read_to_string(&path).ok()).unwrap_or_else(|| panic!("mail {n} never came"))
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// A house that writes e-mails in Arabic, ordinary ones and legal notices.
fn house(desk: &Desk, port: u16) {
    hello(desk, "http://127.0.0.1:9");
    desk.write("stop-secret", "a secret for tests\n");
    desk.write("mail-token", "a token for tests\n");
    desk.write(
        "config/wasl.yaml",
        &format!(
            "public_url: https://wasl.test
reload: 1 second
stop_secret: {{file: stop-secret}}
contact_policy: {{at_most: [99 emails per person in 1 day]}}
notifiers:
  email:
    kind: smtp
    host: localhost
    port: {port}
    tls: none
    from: wasl@example.bh
    from_name: خدمات المشتركين
    footer: {{ar: هيئة الكهرباء والماء}}
    returned: var/returned
    returned_token: {{file: mail-token}}
"
        ),
    );
    fs::remove_file(desk.path("workflows/hello.yaml")).unwrap();
    for (name, notice) in [("letter", ""), ("notice", ", legal_notice: true")] {
        desk.write(
            &format!("workflows/{name}.yaml"),
            &format!(
                "workflow: {name}
title: {{en: Letter, ar: رسالة}}
calendar: always
languages: [ar]
case:
  key: [id]
  fields: {{id: text, email: {{type: email, personal: true}}}}
start: write
states:
  write:
    do: [{{email: {{to: email, template: words{notice}}}}}]
    on: {{email.undelivered: {{goto: lost}}}}
    after: {{30 days: done}}
  lost: {{end: unreachable}}
  done: {{end: success}}
"
            ),
        );
        let text = "Subject: خدمات المشتركين\n\nالسلام عليكم\nالتفاصيل: https://example.bh/a?b=1\n";
        desk.write(&format!("workflows/{name}/messages/words.ar.txt"), text);
    }
}

fn open(desk: &Desk, workflow: &str, id: &str) -> String {
    let opened = desk.json(&["case", "open", workflow, "--data", &format!("id={id}"), "email=huda@example.com"]);
    opened["case"]["reference"].as_str().unwrap_or_else(|| panic!("{opened}")).to_owned()
}

/// Where the only message of a case stands, once it has left the queue.
fn status(desk: &Desk, case: &str) -> String {
    let stands = || desk.json(&["message", "list", "--case", case])[0]["status"].as_str().map(str::to_owned);
    until(|| stands().filter(|status| !["queued", "sending"].contains(&status.as_str()))).expect("it leaves the queue")
}

/// The value of a header, its lines joined.
fn header(mail: &str, name: &str) -> Option<String> {
    let (head, _) = mail.split_once("\r\n\r\n")?;
    let head = head.replace("\r\n ", " ").replace("\r\n\t", " ");
    head.split("\r\n").find_map(|line| line.strip_prefix(&format!("{name}: "))).map(str::to_owned)
}

/// The texts of a mail's parts.
fn parts(mail: &str) -> Vec<String> {
    let text = |part: &str| {
        let (encoding, body) = part.split_once("\r\n\r\n").unwrap();
        let body = body.split("\r\n--").next().unwrap_or_default();
        let bytes = match encoding {
            "base64" => STANDARD.decode(body.split_whitespace().collect::<String>()).unwrap(),
            _ => unquoted(&body.replace("=\r\n", "")),
        };
        String::from_utf8(bytes).unwrap().replace("\r\n", "\n")
    };
    mail.split("Content-Transfer-Encoding: ").skip(1).map(text).collect()
}

/// Quoted-printable without its soft line breaks (RFC 2045 section 6.7).
fn unquoted(text: &str) -> Vec<u8> {
    let mut parts = text.split('=');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let (code, rest) = part.split_at(2);
        bytes.push(u8::from_str_radix(code, 16).unwrap());
        bytes.extend(rest.as_bytes());
    }
    bytes
}

fn request(method: reqwest::Method, url: &str, headers: &[(&str, &str)], body: &str) -> (u16, String) {
    block_on(async {
        let request = reqwest::Client::new().request(method, url).body(body.to_owned());
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    })
}

/// As a mail server leaves a file: whole, under another name at first.
fn leave(desk: &Desk, name: &str, mail: &str) {
    desk.write(&format!("var/returned/.{name}"), mail);
    fs::rename(desk.path(&format!("var/returned/.{name}")), desk.path(&format!("var/returned/{name}"))).unwrap();
}

fn story(play: impl FnOnce(&Desk, &MailServer, &Daemon)) {
    let desk = Desk::empty();
    let server = MailServer::start(&desk);
    house(&desk, server.port);
    let daemon = desk.serve();
    play(&desk, &server, &daemon);
    let (code, words) = daemon.stop();
    assert_eq!(code, Some(0), "{words}");
    for personal in ["huda", "السلام", "سأحضر", "for tests"] {
        assert!(!words.contains(personal), "in the log: {words}");
    }
}

#[test]
fn an_e_mail_is_plain_and_html_in_its_direction_and_one_click_ends_it() {
    story(|desk, server, daemon| {
        assert_eq!(status(desk, &open(desk, "letter", "1")), "accepted");
        let mail = server.mail(1);
        let parts = parts(&mail);
        let [plain, html] = parts.as_slice() else { panic!("{mail}") };
        assert!(plain.starts_with("السلام عليكم\n") && plain.contains("\n-- \nهيئة الكهرباء والماء\n"), "{plain}");
        assert!(
            html.contains("<div lang=\"ar\" dir=\"rtl\"") && html.contains("href=\"https://example.bh/a?b=1\""),
            "{html}"
        );
        assert_eq!(header(&mail, "Auto-Submitted").as_deref(), Some("auto-generated"));
        assert_eq!(header(&mail, "List-Unsubscribe-Post").as_deref(), Some("List-Unsubscribe=One-Click"));
        let link = header(&mail, "List-Unsubscribe").unwrap();
        let path = link.trim_matches(['<', '>']).strip_prefix("https://wasl.test").unwrap().to_owned();
        assert!(plain.contains(&path) && html.contains(&path), "a person finds it too");

        // Looking changes nothing; the page is Arabic and says nothing of anybody.
        let url = daemon.url(&path);
        let (code, page) = request(reqwest::Method::GET, &url, &[], "");
        assert!(code == 200 && page.contains("dir=\"rtl\"") && page.contains("هل نوقف رسائلنا؟"), "{page}");
        assert!(!page.contains("huda") && !page.contains("<script"), "{page}");
        assert_eq!(status(desk, &open(desk, "letter", "2")), "accepted");

        let form = [("content-type", "application/x-www-form-urlencoded")];
        for _ in 0..2 {
            let (code, page) = request(reqwest::Method::POST, &url, &form, "List-Unsubscribe=One-Click");
            assert!(code == 200 && page.contains("أوقفت الرسائل"), "{page}");
        }
        assert_eq!(status(desk, &open(desk, "letter", "3")), "suppressed");
        let (code, page) = request(reqwest::Method::POST, &format!("{url}/undo"), &form, "");
        assert!(code == 200 && page.contains("هل نوقف رسائلنا؟"), "{page}");
        assert_eq!(status(desk, &open(desk, "letter", "4")), "accepted");

        for wrong in ["/stop/KXT2P-234567892345", "/stop/x", &format!("{path}X")] {
            let (code, page) = request(reqwest::Method::POST, &daemon.url(wrong), &form, "");
            assert!(
                code == 404 && page.contains("We do not know this link") && page.contains("لا نعرف هذا الرابط"),
                "{page}"
            );
        }
        // A legal notice offers no way out.
        assert_eq!(status(desk, &open(desk, "notice", "1")), "accepted");
        assert_eq!(header(&server.mail(4), "List-Unsubscribe"), None);
    });
}

#[test]
fn a_bounce_in_the_folder_ends_in_undelivered_and_a_forged_one_in_nothing() {
    story(|desk, server, _| {
        let case = open(desk, "letter", "1");
        assert_eq!(status(desk, &case), "accepted");
        let mail = server.mail(1);
        let (id, ours) = (header(&mail, "Message-ID").unwrap(), header(&mail, "X-Wasl-Message").unwrap());
        let id = id.trim_matches(['<', '>']);
        let moved =
            |name: &str, to: &str| until(|| desk.path(&format!("var/returned/{to}/{name}")).exists().then_some(()));

        leave(desk, "forged.eml", &BOUNCE.replace("X-Wasl-Message: 7.3.1", &format!("X-Wasl-Message: {ours}")));
        moved("forged.eml", "done").expect("it is read");
        assert_eq!(status(desk, &case), "accepted", "who has not seen the message cannot bounce it");
        let bounce = BOUNCE.replace(SAMPLE_ID, id).replace("X-Wasl-Message: 7.3.1", &format!("X-Wasl-Message: {ours}"));
        leave(
            desk,
            "later.eml",
            &bounce.replace("Action: failed", "Action: delayed").replace("Status: 5.1.1", "Status: 4.4.1"),
        );
        leave(desk, "odd.eml", "this is no e-mail");
        moved("odd.eml", "unreadable").expect("nothing is lost");
        moved("later.eml", "done").expect("it is read");
        assert_eq!(status(desk, &case), "accepted", "delayed is no verdict");

        leave(desk, "bounce.eml", &bounce);
        until(|| (status(desk, &case) == "undelivered").then_some(())).expect("the bounce is believed");
        until(|| desk.text(&["case", "show", &case]).contains("(unreachable)").then_some(()))
            .expect("the case hears of it");
        let message = desk.json(&["message", "list", "--case", &case])[0]["id"].as_str().unwrap().to_owned();
        assert!(desk.text(&["message", "show", &message]).contains("5.1.1"));
    });
}

#[test]
fn an_answer_by_mail_reaches_the_case_whose_message_it_names() {
    story(|desk, server, daemon| {
        let case = open(desk, "letter", "1");
        assert_eq!(status(desk, &case), "accepted");
        let id = header(&server.mail(1), "Message-ID").unwrap();
        let answer = ANSWER.replace(SAMPLE_ID, id.trim_matches(['<', '>']));
        let url = daemon.url("/hooks/email/returned");
        let post = |token: &str, mail: &str| request(reqwest::Method::POST, &url, &[("authorization", token)], mail).0;
        assert_eq!(post("Bearer a token for test", &answer), 403);
        assert_eq!(post("", &answer), 403);
        for _ in 0..2 {
            assert_eq!(post("Bearer a token for tests", &answer), 204);
        }
        until(|| desk.text(&["case", "show", &case]).contains("سأحضر الأوراق يوم الأحد").then_some(()))
            .expect("the case has the words");
        // The same words about nothing of ours belong to no case, whoever is said to have written them.
        assert_eq!(post("Bearer a token for tests", &ANSWER.replace("answer-1", "answer-2")), 204);
        let unmatched = desk.json(&["inbound", "list", "--unmatched"]);
        let found: Vec<&Json> = unmatched.as_array().unwrap().iter().map(|inbound| &inbound["from"]).collect();
        assert_eq!(found, ["huda@example.com"]);
        assert_eq!(post("Bearer a token for tests", "nothing"), 400);
    });
}
