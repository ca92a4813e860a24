//! `kind: http_gateway` in the settings: which description, and what it leaves to the place.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::SignedDuration;
use serde::Deserialize;

use crate::secret::SecretRef;

/// `kind: http_gateway`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpGatewaySettings {
    /// The file that describes the gateway, such as `config/gateways/kannel.yaml`.
    pub gateway: PathBuf,
    /// The gateway's address; plain `http` only to this machine.
    pub base_url: String,
    /// The sender, where the gateway wants one with each message.
    #[serde(default)]
    pub from: Option<String>,
    /// What the description asks for under `values`.
    #[serde(default)]
    pub values: BTreeMap<String, String>,
    /// What the description asks for under `secrets`.
    #[serde(default)]
    pub secrets: BTreeMap<String, SecretRef>,
    /// Where the gateway reaches this daemon; without it no delivery reports are asked for.
    #[serde(default)]
    pub public_url: Option<String>,
    /// How long to wait for a connection; nothing was sent when it passes.
    #[serde(default = "HttpGatewaySettings::default_connect_timeout")]
    pub connect_timeout: SignedDuration,
    /// How long to wait for the whole exchange; whether it was sent is unknown when it passes.
    #[serde(default = "HttpGatewaySettings::default_timeout")]
    pub timeout: SignedDuration,
}

impl HttpGatewaySettings {
    /// A section that says nothing but where.
    pub fn new(gateway: PathBuf, base_url: &str) -> Self {
        Self {
            gateway,
            base_url: base_url.to_owned(),
            from: None,
            values: BTreeMap::new(),
            secrets: BTreeMap::new(),
            public_url: None,
            connect_timeout: Self::default_connect_timeout(),
            timeout: Self::default_timeout(),
        }
    }

    const fn default_connect_timeout() -> SignedDuration {
        SignedDuration::from_secs(5)
    }

    const fn default_timeout() -> SignedDuration {
        SignedDuration::from_secs(20)
    }
}
