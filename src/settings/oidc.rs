//! The section `access.oidc`: the provider of the house's own accounts.

use std::collections::BTreeMap;

use wasl_core::access::Role;
use wasl_core::decode::Decoder;
use wasl_core::diagnostic::{Code, did_you_mean};
use wasl_core::grammar::OIDC;
use wasl_core::yaml::Node;
use wasl_notifiers::{SecretRef, check_url};

use super::decode::read_secret;

/// The provider of the house's own accounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OidcSettings {
    /// Who it is, exactly as it writes itself.
    pub(crate) issuer: String,
    /// What it calls us.
    pub(crate) client_id: String,
    /// Where the secret is that we share.
    pub(crate) client_secret: SecretRef,
    /// The claim that names somebody's groups.
    pub(crate) roles_from: String,
    /// The claim that names a new account.
    pub(crate) name_from: String,
    /// Which group is which role.
    pub(crate) roles: BTreeMap<String, Role>,
}

/// Reads the section; `None` where something that it needs is missing or wrong, which is reported.
pub(super) fn read(decoder: &mut Decoder<'_>, node: &Node) -> Option<OidcSettings> {
    let [issuer, client_id, client_secret, roles, roles_from, name_from] =
        decoder.mapping(node, "`access.oidc`", &OIDC);
    let issuer = issuer.and_then(|node| read_issuer(decoder, node));
    let client_id = client_id.and_then(|node| decoder.text(node, "the name that the provider gave us"));
    let client_secret = client_secret.and_then(|node| read_secret(decoder, node, "client_secret"));
    let roles = roles.map(|node| read_roles(decoder, node));
    let roles_from = roles_from.and_then(|node| decoder.text(node, "the name of a claim"));
    let name_from = name_from.and_then(|node| decoder.text(node, "the name of a claim"));
    Some(OidcSettings {
        issuer: issuer?,
        client_id: client_id?,
        client_secret: client_secret?,
        roles_from: roles_from.unwrap_or_else(|| "groups".into()),
        name_from: name_from.unwrap_or_else(|| "preferred_username".into()),
        roles: roles?,
    })
}

fn read_issuer(decoder: &mut Decoder<'_>, node: &Node) -> Option<String> {
    let word = decoder.word(node, "the address of the provider")?;
    // A provider on this machine is for trying out.
    if check_url(&word.text, true).is_ok() && !word.text.contains(['?', '#']) {
        return Some(word.text);
    }
    let message = format!("`{}` is not an address of a provider", word.text);
    let help = Some("write it as the provider does, for example `https://id.example.bh/realms/ewa`".into());
    decoder.error_with(Code::BadValue, word.span, message, help);
    None
}

fn read_roles(decoder: &mut Decoder<'_>, node: &Node) -> BTreeMap<String, Role> {
    let mut roles = BTreeMap::new();
    for (group, value) in decoder.entries(node, "`roles`") {
        let Some(word) = decoder.word(value, "a role") else { continue };
        if let Some(role) = Role::parse(&word.text) {
            roles.insert(group.text, role);
            continue;
        }
        let names = Role::ALL.map(Role::name);
        let help = did_you_mean(&word.text, names).unwrap_or_else(|| format!("the roles are {}", names.join(", ")));
        decoder.error_with(Code::BadValue, word.span, format!("there is no role `{}`", word.text), Some(help));
    }
    roles
}
