//! Which gateway stands in for which: from each channel's first one along `fallback`, with every
//! mistake found. A gateway belongs to one channel.

use std::collections::BTreeMap;

use wasl_core::decode::{Decoder, Word};
use wasl_core::delivery::Channel;
use wasl_core::diagnostic::{Code, did_you_mean};

use super::{CHANNELS, Written, cannot_send, channels_of};

/// Follows every chain; what is reached by none is a mistake.
pub(super) fn check(decoder: &mut Decoder<'_>, sections: &BTreeMap<String, Written>) {
    let mut reached = BTreeMap::new();
    for channel in CHANNELS {
        follow(decoder, sections, channel, &mut reached);
    }
    let named: Vec<&str> =
        sections.values().filter_map(|section| section.fallback.as_ref()).map(|name| name.text.as_str()).collect();
    for (name, section) in sections.iter().filter(|(name, _)| !reached.contains_key(name.as_str())) {
        if CHANNELS.iter().any(|channel| channel.as_str() == name) {
            continue;
        }
        let (message, help) = if named.contains(&name.as_str()) {
            (
                format!("no channel comes to the notifier `{name}`: it stands in only for others that none comes to"),
                None,
            )
        } else {
            let message = format!("`{name}` is neither a channel that messages leave by nor the `fallback` of one");
            (message, did_you_mean(name, CHANNELS.map(Channel::as_str)))
        };
        decoder.error_with(Code::UnknownKey, section.name.span.clone(), message, help);
    }
}

fn follow<'s>(
    decoder: &mut Decoder<'_>,
    sections: &'s BTreeMap<String, Written>,
    channel: Channel,
    reached: &mut BTreeMap<&'s str, Channel>,
) {
    let mut next = sections.get(channel.as_str());
    while let Some(section) = next {
        reached.insert(&section.name.text, channel);
        let Some(fallback) = &section.fallback else { return };
        next = sections.get(&fallback.text);
        if let Err((message, help)) = may_stand_in(next, fallback, channel, reached) {
            decoder.error_with(Code::BadValue, fallback.span.clone(), message, help);
            // It was meant: that no channel comes to it needs not be said as well.
            next.map(|section| reached.entry(section.name.text.as_str()).or_insert(channel));
            return;
        }
    }
}

fn may_stand_in(
    section: Option<&Written>,
    name: &Word,
    channel: Channel,
    reached: &BTreeMap<&str, Channel>,
) -> Result<(), (String, Option<String>)> {
    let name = &name.text;
    let Some(section) = section else {
        let help = "describe it under that name beside this one".to_owned();
        return Err((format!("there is no notifier `{name}`"), Some(help)));
    };
    match reached.get(name.as_str()) {
        Some(of) if *of == channel => {
            return Err((
                format!("the notifiers of `{channel}` go round in a circle: `{name}` has its turn already"),
                None,
            ));
        }
        Some(of) => return Err((format!("the notifier `{name}` stands in for `{of}` already"), None)),
        None if CHANNELS.iter().any(|other| other.as_str() == name) => {
            return Err((format!("`{name}` is a channel of its own and cannot stand in for `{channel}`"), None));
        }
        None => {}
    }
    match &section.kind {
        Some(kind) if !channels_of(kind).contains(&channel.as_str()) => Err(cannot_send(kind, channel.as_str())),
        _ => Ok(()),
    }
}
