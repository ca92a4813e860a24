//! The channels of Wasl: each speaks to one kind of gateway behind the one contract of
//! [`wasl_core::delivery`].
//!
//! A notifier hands one message over and reports honestly what is known afterwards: accepted,
//! refused, certainly not sent, or unknown. Everything else is left to others: what to say and when
//! is the core's, when to try again and what to record is the runtime's.
//!
//! Three rules hold in every file here:
//! - **Never send twice by accident.** No client retries, no redirects; an answer that got lost is
//!   [`wasl_core::delivery::Sent::Uncertain`].
//! - **No personal data in errors and logs.** Gateways quote numbers and addresses in their error
//!   texts, so their texts are never passed on: codes are, with our own words.
//! - **Secrets come from the environment or from files**, never from the configuration itself, and
//!   never print.

mod call_task;
mod errors;
mod hex;
mod http;
pub mod http_gateway;
mod net;
mod registry;
mod sandbox;
mod secret;
mod settings;
mod smtp;
#[cfg(test)]
mod testing;
mod twilio;
mod webhook;

pub use call_task::CallTask;
pub use errors::{Class, ErrorClasses, ErrorClassesError};
pub use registry::{BuildError, build};
pub use sandbox::{Kept, Sandbox};
pub use secret::{ProcessSecrets, Secret, SecretError, SecretRef, SecretSource};
pub use settings::{
    ApiKey, CallTaskSettings, SandboxReceipts, SandboxSettings, Settings, SmtpSettings, SmtpTls, TwilioSettings,
};
pub use webhook::{UrlProblem, Webhooks, check_target, check_url, secret_of};

/// Chooses the cryptography that TLS uses in this process.
///
/// The first line of `main` and of tests that open connections: without it the HTTP client cannot be
/// built. Calling it again, or after another library chose, changes nothing.
pub fn init_tls() {
    // An error only says that a provider is installed already, which is all that is wanted.
    rustls::crypto::ring::default_provider().install_default().ok();
}
