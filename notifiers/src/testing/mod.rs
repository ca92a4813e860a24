//! What the tests of every notifier share: a message, secrets without an environment, servers on
//! this machine, and the contract.

pub(crate) mod gateway;

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use rustls::pki_types::PrivatePkcs8KeyDer;
use wasl_core::delivery::{Channel, Found, Hook, HookError, Notifier, Outgoing, Sent};

use crate::secret::SecretSource;

/// Secrets that a test lists.
#[derive(Default)]
pub(crate) struct FakeSecrets {
    env: BTreeMap<String, String>,
    files: BTreeMap<PathBuf, String>,
}

impl FakeSecrets {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.env.insert(name.to_owned(), value.to_owned());
        self
    }

    pub(crate) fn file(mut self, path: &str, text: &str) -> Self {
        self.files.insert(path.into(), text.to_owned());
        self
    }
}

impl SecretSource for FakeSecrets {
    fn env(&self, name: &str) -> Option<String> {
        self.env.get(name).cloned()
    }

    fn file(&self, path: &Path) -> io::Result<String> {
        self.files.get(path).cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

/// A message in Arabic to a family in Bahrain.
pub(crate) fn message(channel: Channel) -> Outgoing {
    Outgoing {
        id: "c-1.2.0".to_owned(),
        channel,
        to: if channel == Channel::Email { "family@example.bh" } else { "+97336001234" }.to_owned(),
        to_name: Some("فاطمة علي".to_owned()),
        language: "ar".to_owned(),
        subject: (channel == Channel::Email).then(|| "نقل حساب الكهرباء".to_owned()),
        text: "عظّم الله أجركم.\n\nاتصلوا بنا: 1 + 1 & 80001234".to_owned(),
        unsubscribe: None,
        expires: Some("2026-03-01T15:00:00Z".parse().unwrap()),
        now: "2026-03-01T09:00:00Z".parse().unwrap(),
        attempt: 1,
    }
}

/// What the dispatcher relies on, whatever the channel. `message` must be one that is accepted.
///
/// Accepting twice under one id is allowed to reach a gateway twice, as the dispatcher asks before
/// it repeats; the two answers must agree on the id, if the channel has one of its own making.
pub(crate) async fn contract(notifier: &dyn Notifier, message: &Outgoing) {
    assert!(!notifier.name().is_empty());

    let sent = notifier.send(message).await;
    let Sent::Accepted { provider_id, .. } = sent else { panic!("{sent:?}") };
    match notifier.find(message, message.now).await {
        Found::This(sighting) => assert_eq!(Some(sighting.provider_id), provider_id, "finds what it accepted"),
        Found::Alike { sightings, .. } => {
            let found = sightings.into_iter().map(|sighting| sighting.provider_id).collect::<Vec<_>>();
            assert_eq!(found, Vec::from_iter(provider_id), "finds what it accepted");
        }
        Found::CannotTell | Found::NoAnswer => {}
        Found::No => panic!("denies what it accepted"),
    }

    let wrong = Channel::ALL.into_iter().find(|channel| *channel != message.channel).unwrap();
    let sent = notifier.send(&Outgoing { channel: wrong, id: "c-9.9.9".to_owned(), ..message.clone() }).await;
    assert!(matches!(sent, Sent::Accepted { .. } | Sent::Misconfigured(_)), "a wrong channel is our mistake: {sent:?}");

    let hook = Hook { url: "https://a.example/h", path_and_query: "/h", headers: &[], body: b"" };
    assert!(matches!(notifier.receipts(&hook), Err(HookError::Unsupported | HookError::BadSignature)));
    assert_eq!(notifier.explain("not a code"), None);
}

/// Asserts that a failure repeats nothing of the message.
pub(crate) fn assert_no_personal_data(sent: &Sent, message: &Outgoing) {
    let said = format!("{sent:?}");
    let private =
        [Some(message.to.as_str()), message.to_name.as_deref(), message.subject.as_deref(), Some(&message.text)];
    for word in private.into_iter().flatten() {
        assert!(!said.contains(word), "{said}");
    }
}

/// A self-signed certificate for `localhost`, and its key, the same for the whole run.
pub(crate) fn certificate() -> &'static (String, Vec<u8>, Vec<u8>) {
    static CERTIFICATE: OnceLock<(String, Vec<u8>, Vec<u8>)> = OnceLock::new();
    CERTIFICATE.get_or_init(|| {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        (made.cert.pem(), made.cert.der().to_vec(), made.signing_key.serialize_der())
    })
}

/// Speaks TLS with that certificate.
pub(crate) fn tls_acceptor() -> tokio_rustls::TlsAcceptor {
    crate::init_tls();
    let (_, certificate, key) = certificate().clone();
    let config = rustls::ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.into()], PrivatePkcs8KeyDer::from(key).into())
        .unwrap();
    tokio_rustls::TlsAcceptor::from(Arc::new(config))
}
