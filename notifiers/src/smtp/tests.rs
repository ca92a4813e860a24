//! The notifier against a mail server on this machine that says what each test wants.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use wasl_core::delivery::{Channel, Found, Notifier, Outgoing, Sent, Status};

use crate::settings::Settings;
use crate::testing::{self, FakeSecrets};

/// Says "hang up" in place of a reply.
const HANG_UP: &str = "";
/// Says nothing, for ever.
const SILENCE: &str = "…";

/// A mail server: its reply to each command's verb, where it is not the usual one.
#[derive(Clone, Default)]
struct Server {
    replies: BTreeMap<&'static str, &'static str>,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn replying(replies: &[(&'static str, &'static str)]) -> Self {
        Self { replies: replies.iter().copied().collect(), ..Self::default() }
    }

    async fn serve(&self) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = self.clone();
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let server = server.clone();
                tokio::spawn(async move { server.talk(BufReader::new(socket)).await });
            }
        });
        port
    }

    /// One dialogue; ends when either side hangs up.
    async fn talk<S: AsyncRead + AsyncWrite + Unpin>(&self, mut stream: BufReader<S>) -> Option<()> {
        self.say(&mut stream, "greeting", "220 mail.example.bh").await?;
        self.take_commands(stream).await
    }

    async fn take_commands<S: AsyncRead + AsyncWrite + Unpin>(&self, mut stream: BufReader<S>) -> Option<()> {
        loop {
            let line = self.hear(&mut stream).await?;
            let verb = line.split(' ').next().unwrap_or_default().to_ascii_uppercase();
            match verb.as_str() {
                "EHLO" => {
                    self.say(&mut stream, "EHLO", "250-mail.example.bh\r\n250-AUTH PLAIN\r\n250 8BITMIME").await?;
                }
                "AUTH" => self.say(&mut stream, "AUTH", "235 2.7.0 welcome").await?,
                "DATA" => {
                    self.say(&mut stream, "DATA", "354 go ahead").await?;
                    if self.replies.get("DATA").is_none_or(|reply| reply.starts_with("354")) {
                        while self.hear(&mut stream).await? != "." {}
                        self.say(&mut stream, "text", "250 2.0.0 taken").await?;
                    }
                }
                "QUIT" => return None,
                "MAIL" => self.say(&mut stream, "MAIL", "250 2.1.0 ok").await?,
                _ => self.say(&mut stream, "RCPT", "250 2.1.5 ok").await?,
            }
        }
    }

    async fn hear<S: AsyncRead + Unpin>(&self, stream: &mut BufReader<S>) -> Option<String> {
        let mut line = String::new();
        stream.read_line(&mut line).await.ok().filter(|len| *len > 0)?;
        let line = line.trim_end_matches(['\r', '\n']).to_owned();
        self.heard.lock().unwrap().push(line.clone());
        Some(line)
    }

    async fn say<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        stream: &mut BufReader<S>,
        when: &str,
        usual: &str,
    ) -> Option<()> {
        let reply = self.replies.get(when).copied().unwrap_or(usual);
        match reply {
            HANG_UP => return None,
            SILENCE => std::future::pending().await,
            _ => {}
        }
        stream.get_mut().write_all(format!("{reply}\r\n").as_bytes()).await.ok()
    }

    fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }
}

fn notifier(port: u16, more: &str) -> Arc<dyn Notifier> {
    let tls = if more.contains("tls:") { "" } else { "tls: none\n" };
    let text = format!(
        "kind: smtp\nhost: localhost\nport: {port}\nfrom: wasl@example.bh\nfrom_name: هيئة الكهرباء\n{tls}{more}\n"
    );
    let settings: Settings = serde_yaml::from_str(&text).unwrap();
    let secrets = FakeSecrets::new().env("PASSWORD", "hunter2").file("/ca.pem", &testing::certificate().0);
    crate::build("mail", &settings, &secrets).unwrap()
}

async fn send_to(server: &Server, more: &str) -> Sent {
    notifier(server.serve().await, more).send(&testing::message(Channel::Email)).await
}

/// The outcome in two words.
fn outcome(sent: &Sent) -> (&'static str, String) {
    match sent {
        Sent::Accepted { .. } => ("accepted", String::new()),
        Sent::Rejected(failure) if failure.bad_address => ("bad address", failure.code.clone()),
        Sent::Rejected(failure) => ("rejected", failure.code.clone()),
        Sent::Retry { failure, .. } => ("retry", failure.code.clone()),
        Sent::Unreachable(failure) => ("unreachable", failure.code.clone()),
        Sent::Misconfigured(failure) => ("misconfigured", failure.code.clone()),
        Sent::Uncertain(failure) => ("uncertain", failure.code.clone()),
    }
}

#[tokio::test]
async fn a_message_is_one_dialogue() {
    let server = Server::default();
    let message = testing::message(Channel::Email);
    let sent = notifier(server.serve().await, "username: wasl\npassword: {env: PASSWORD}").send(&message).await;
    let Sent::Accepted { provider_id: Some(id), status: Status::Accepted, segments: None } = sent else {
        panic!("{sent:?}")
    };

    let heard = server.heard();
    let commands: Vec<_> = heard.iter().map(String::as_str).take_while(|line| *line != "DATA").skip(1).collect();
    // base64 of NUL wasl NUL hunter2
    assert_eq!(
        commands,
        ["AUTH PLAIN AHdhc2wAaHVudGVyMg==", "MAIL FROM:<wasl@example.bh>", "RCPT TO:<family@example.bh>"]
    );
    for line in [&format!("Message-ID: <{id}>"), "X-Wasl-Message: c-1.2.0", "Auto-Submitted: auto-generated", "."] {
        assert!(heard.iter().any(|heard| heard == line), "{line}: {heard:#?}");
    }
}

#[tokio::test]
async fn each_reply_means_what_its_place_in_the_dialogue_makes_of_it() {
    for (when, reply, meaning, code) in [
        ("greeting", "421 busy", "unreachable", "421"),
        ("greeting", "554 no service", "misconfigured", "554"),
        ("greeting", HANG_UP, "unreachable", "connect"),
        ("AUTH", "535 5.7.8 no", "misconfigured", "535 5.7.8"),
        ("AUTH", "454 4.7.0 later", "unreachable", "454 4.7.0"),
        ("EHLO", "250 mail.example.bh", "misconfigured", "protocol"),
        ("MAIL", "550 5.7.1 not you", "misconfigured", "550 5.7.1"),
        ("MAIL", HANG_UP, "unreachable", "connection_lost"),
        ("RCPT", "550 5.1.1 <family@example.bh> unknown", "bad address", "550 5.1.1"),
        ("RCPT", "553 no", "bad address", "553"),
        ("RCPT", "452 4.2.2 full", "retry", "452 4.2.2"),
        ("RCPT", "554 5.7.1 <family@example.bh> denied", "rejected", "554 5.7.1"),
        ("DATA", "451 later", "retry", "451"),
        ("DATA", HANG_UP, "unreachable", "connection_lost"),
        ("text", "250 ok", "accepted", ""),
        ("text", "554 5.6.0 no", "rejected", "554 5.6.0"),
        ("text", "451 4.3.0 later", "retry", "451 4.3.0"),
        ("text", HANG_UP, "uncertain", "connection_lost"),
        ("text", "what?", "uncertain", "connection_lost"),
    ] {
        let server = Server::replying(&[(when, reply)]);
        let sent = send_to(&server, "username: wasl\npassword: {env: PASSWORD}").await;
        assert_eq!(outcome(&sent), (meaning, code.to_owned()), "{when}: {reply}");
        testing::assert_no_personal_data(&sent, &testing::message(Channel::Email));
    }
}

#[tokio::test]
async fn silence_is_unknown_only_after_the_text() {
    let limited = "timeout: 2s\nconnect_timeout: 1s";
    let [greeting, rcpt, text] = ["greeting", "RCPT", "text"].map(|when| Server::replying(&[(when, SILENCE)]));
    let (greeting, rcpt, text) =
        tokio::join!(send_to(&greeting, limited), send_to(&rcpt, limited), send_to(&text, limited));
    assert_eq!(outcome(&greeting), ("unreachable", "timeout".to_owned()));
    assert_eq!(outcome(&rcpt), ("unreachable", "timeout".to_owned()));
    assert_eq!(outcome(&text), ("uncertain", "timeout".to_owned()));
}

#[tokio::test]
async fn a_refused_connection_was_certainly_not_a_message() {
    let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let sent = notifier(port, "").send(&testing::message(Channel::Email)).await;
    assert_eq!(outcome(&sent), ("unreachable", "connect".to_owned()));
}

#[tokio::test]
async fn nothing_is_said_in_the_clear_where_tls_is_wanted() {
    let server = Server::default();
    let sent = send_to(&server, "tls: starttls\nusername: wasl\npassword: {env: PASSWORD}").await;
    assert_eq!(outcome(&sent), ("misconfigured", "starttls".to_owned()));
    assert!(server.heard().iter().all(|line| line.starts_with("EHLO") || line == "QUIT"), "{:?}", server.heard());
}

#[tokio::test]
async fn what_cannot_be_an_address_is_never_tried() {
    let server = Server::default();
    let message = Outgoing { to: "family@@example.bh".to_owned(), ..testing::message(Channel::Email) };
    let sent = notifier(server.serve().await, "").send(&message).await;
    assert_eq!(outcome(&sent), ("bad address", "address".to_owned()));
    assert!(server.heard().is_empty());
}

#[tokio::test]
async fn an_address_outside_ascii_needs_a_server_that_takes_it() {
    let message = Outgoing { to: "عائلة@example.bh".to_owned(), ..testing::message(Channel::Email) };
    let plain = Server::default();
    let sent = notifier(plain.serve().await, "").send(&message).await;
    assert_eq!(outcome(&sent), ("rejected", "smtputf8".to_owned()));

    let modern = Server::replying(&[("EHLO", "250-mail.example.bh\r\n250-8BITMIME\r\n250 SMTPUTF8")]);
    let sent = notifier(modern.serve().await, "").send(&message).await;
    assert_eq!(outcome(&sent).0, "accepted");
    assert!(modern.heard().contains(&"MAIL FROM:<wasl@example.bh> SMTPUTF8 BODY=8BITMIME".to_owned()));
}

#[tokio::test]
async fn it_keeps_the_contract_and_cannot_be_asked() {
    let message = testing::message(Channel::Email);
    let notifier = notifier(Server::default().serve().await, "");
    testing::contract(&*notifier, &message).await;
    assert_eq!(notifier.find(&message, message.now).await, Found::CannotTell);
}

/// A server that speaks TLS from the first byte.
async fn serve_tls(server: &Server) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (server, acceptor) = (server.clone(), testing::tls_acceptor());
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            if let Ok(stream) = acceptor.accept::<TcpStream>(socket).await {
                server.talk(BufReader::new(stream)).await;
            }
        }
    });
    port
}

#[tokio::test]
async fn implicit_tls_trusts_the_named_authority_and_no_other() {
    let server = Server::default();
    let port = serve_tls(&server).await;
    let message = testing::message(Channel::Email);
    let sent = notifier(port, "tls: implicit\nca_file: /ca.pem").send(&message).await;
    assert_eq!(outcome(&sent).0, "accepted");

    let heard = server.heard().len();
    let sent = notifier(port, "tls: implicit").send(&message).await;
    assert_eq!(outcome(&sent), ("misconfigured", "tls".to_owned()));
    assert_eq!(server.heard().len(), heard, "not a word to a server that nobody vouches for");
}

/// A server that begins in the clear and upgrades; what it hears before that is heard too.
async fn serve_starttls(server: &Server) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (server, acceptor) = (server.clone(), testing::tls_acceptor());
    tokio::spawn(async move {
        let (socket, _) = listener.accept().await.unwrap();
        let mut stream = BufReader::new(socket);
        server.say(&mut stream, "greeting", "220 mail.example.bh").await?;
        server.hear(&mut stream).await?;
        stream.write_all(b"250-mail.example.bh\r\n250 STARTTLS\r\n").await.ok()?;
        server.hear(&mut stream).await?;
        stream.write_all(b"220 go ahead\r\n").await.ok()?;
        let stream = acceptor.accept(stream.into_inner()).await.ok()?;
        server.take_commands(BufReader::new(stream)).await
    });
    port
}

#[tokio::test]
async fn starttls_protects_everything_but_the_hello() {
    let server = Server::default();
    let port = serve_starttls(&server).await;
    let more = "tls: starttls\nca_file: /ca.pem\nusername: wasl\npassword: {env: PASSWORD}";
    let sent = notifier(port, more).send(&testing::message(Channel::Email)).await;
    assert_eq!(outcome(&sent).0, "accepted");
    let verbs: Vec<_> = server.heard().iter().take(4).map(|line| line.split(' ').next().unwrap().to_owned()).collect();
    assert_eq!(verbs, ["EHLO", "STARTTLS", "EHLO", "AUTH"]);
}
