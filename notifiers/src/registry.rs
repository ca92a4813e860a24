//! From settings to a working notifier: everything that can be wrong is found here, at start, and
//! not with the first message.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use wasl_core::delivery::Notifier;
use wasl_core::diagnostic::Report;

use crate::call_task::CallTask;
use crate::http_gateway::HttpGateway;
use crate::sandbox::Sandbox;
use crate::secret::{Secret, SecretError, SecretRef, SecretSource};
use crate::settings::Settings;
use crate::smtp::Smtp;
use crate::twilio::Twilio;

/// Makes the notifier that `settings` describe.
///
/// # Errors
/// When a value is wrong, two contradict each other, or a secret or file cannot be read. The message
/// names the notifier and the key, and never a secret.
pub fn build(name: &str, settings: &Settings, secrets: &dyn SecretSource) -> Result<Arc<dyn Notifier>, BuildError> {
    let site = Site { name, secrets };
    site.check_name()?;
    Ok(match settings {
        Settings::Twilio(settings) => Arc::new(Twilio::build(&site, settings)?),
        Settings::HttpGateway(settings) => Arc::new(HttpGateway::build(&site, settings)?),
        Settings::Smtp(settings) => Arc::new(Smtp::build(&site, settings)?),
        Settings::Sandbox(settings) => Arc::new(Sandbox::build(&site, settings)?),
        Settings::CallTask(_) => Arc::new(CallTask::new(name)),
    })
}

/// Why a notifier could not be made.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The name cannot stand in a web address.
    #[error("notifier `{name}`: use a name of a-z, 0-9, `-` and `_`, as it becomes part of `/hooks/…/status`")]
    Name {
        /// The name.
        name: String,
    },
    /// A value is wrong.
    #[error("notifier `{notifier}`: `{key}` {problem}")]
    Setting {
        /// The notifier.
        notifier: String,
        /// The key in its settings.
        key: &'static str,
        /// What is wrong and what to do.
        problem: String,
    },
    /// The description of a gateway has mistakes.
    #[error("notifier `{notifier}`: the description of its gateway has mistakes\n{}", report.render(false))]
    Description {
        /// The notifier.
        notifier: String,
        /// What is wrong, with places.
        report: Box<Report>,
    },
    /// A secret was not found.
    #[error("notifier `{notifier}`: `{key}`: {cause}")]
    Secret {
        /// The notifier.
        notifier: String,
        /// The key in its settings.
        key: String,
        /// Where it was looked for, and what happened there.
        cause: SecretError,
    },
    /// A file was not readable or writable.
    #[error("notifier `{notifier}`: `{key}`: file `{}`: {cause}", path.display())]
    File {
        /// The notifier.
        notifier: String,
        /// The key in its settings.
        key: &'static str,
        /// The file.
        path: PathBuf,
        /// What happened.
        cause: io::Error,
    },
}

/// The notifier that is being made, so that every complaint names it.
#[derive(Clone, Copy)]
pub(crate) struct Site<'a> {
    pub(crate) name: &'a str,
    pub(crate) secrets: &'a dyn SecretSource,
}

impl Site<'_> {
    fn check_name(&self) -> Result<(), BuildError> {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'_';
        if self.name.is_empty() || !self.name.bytes().all(allowed) {
            return Err(BuildError::Name { name: self.name.to_owned() });
        }
        Ok(())
    }

    pub(crate) fn wrong(&self, key: &'static str, problem: impl Into<String>) -> BuildError {
        BuildError::Setting { notifier: self.name.to_owned(), key, problem: problem.into() }
    }

    pub(crate) fn secret(&self, key: &str, reference: &SecretRef) -> Result<Secret, BuildError> {
        reference.resolve(self.secrets).map_err(|cause| BuildError::Secret {
            notifier: self.name.to_owned(),
            key: key.to_owned(),
            cause,
        })
    }

    pub(crate) fn text_file(&self, key: &'static str, path: &Path) -> Result<String, BuildError> {
        self.secrets.file(path).map_err(|cause| self.file_error(key, path, cause))
    }

    pub(crate) fn file_error(&self, key: &'static str, path: &Path, cause: io::Error) -> BuildError {
        BuildError::File { notifier: self.name.to_owned(), key, path: path.to_owned(), cause }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::FakeSecrets;

    /// What `build` says about settings.
    fn refused(name: &str, text: &str) -> String {
        crate::init_tls();
        let settings: Settings = serde_yaml::from_str(text).unwrap();
        let source = FakeSecrets::new().env("TOKEN", "hunter2").file("/bad.yaml", "no table").file("/ca.pem", "x");
        match build(name, &settings, &source) {
            Ok(_) => "built".to_owned(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn every_complaint_names_notifier_and_key_and_no_secret() {
        const TWILIO: &str = "kind: twilio\naccount_sid: AC1\nauth_token: {env: TOKEN}\n";
        const SMTP: &str = "kind: smtp\nhost: mail.example.bh\nfrom: a@example.bh\n";
        for (base, rest, key, says) in [
            (TWILIO, "", "from", "messaging_service_sid"),
            (TWILIO, "from: Wasl\nmessaging_service_sid: MG1", "from", "exactly one"),
            (TWILIO, "from: Wasl\nbase_url: http://api.twilio.com", "base_url", "https://"),
            (TWILIO, "from: Wasl\npublic_url: http://wasl.example.bh", "public_url", "https://"),
            (TWILIO, "from: Wasl\npublic_url: https://wasl_1.example.bh", "public_url", "underscore"),
            (TWILIO, "from: Wasl\ntimeout: 0s", "timeout", "longer than zero"),
            (TWILIO, "from: Wasl\nerror_classes: /none.yaml", "error_classes", "/none.yaml"),
            (TWILIO, "from: Wasl\nerror_classes: /bad.yaml", "error_classes", "not a table"),
            (TWILIO, "from: Wasl\napi_key: {sid: SK1, secret: {env: NONE}}", "api_key.secret", "`NONE` is not set"),
            (TWILIO, "from: Wasl\nsigning_keys: {k: {env: NONE}}", "signing_keys.k", "`NONE` is not set"),
            (SMTP, "tls: none", "tls", "this machine"),
            (SMTP, "username: wasl", "password", "together"),
            (SMTP, "password: {env: TOKEN}", "username", "together"),
            (SMTP, "reply_to: nobody", "reply_to", "e-mail address"),
            (SMTP, "ca_file: /ca.pem", "ca_file", "certificate"),
            (SMTP, "connect_timeout: -1s", "connect_timeout", "longer than zero"),
        ] {
            let error = refused("main", &format!("{base}{rest}\n"));
            assert!(error.starts_with("notifier `main`: ") && error.contains(&format!("`{key}`")), "{rest}: {error}");
            assert!(error.contains(says), "{rest}: {error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn a_name_must_fit_into_an_address() {
        for name in ["", "SMS", "a b", "a/b", "رسائل"] {
            assert!(refused(name, "kind: call_task\n").contains("a-z, 0-9"), "{name}");
        }
        assert_eq!(refused("sms-2_b", "kind: call_task\n"), "built");
    }

    #[test]
    fn each_kind_is_built_under_its_name() {
        crate::init_tls();
        let source = FakeSecrets::new().env("TOKEN", "hunter2");
        for text in [
            "{kind: twilio, account_sid: AC1, auth_token: {env: TOKEN}, from: Wasl}",
            "{kind: smtp, host: mail.example.bh, from: a@example.bh, username: u, password: {env: TOKEN}}",
            "{kind: sandbox}",
            "{kind: call_task}",
        ] {
            let settings: Settings = serde_yaml::from_str(text).unwrap();
            assert_eq!(build("n", &settings, &source).unwrap().name(), "n", "{text}");
            assert!(!format!("{settings:?}").contains("hunter2"));
        }
    }
}
