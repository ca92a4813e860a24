//! History for who may not see personal data: the same entries without names, and without what people wrote.

use super::{Because, Entry, What};
use crate::value::ShortText;

/// In place of what somebody wrote.
const UNTOLD: &str = "…";

impl Entry {
    /// The entry without names, texts and reasons; `somebody` stands for whoever was named. Who did it is left out as
    /// well: a reply came from a number.
    #[must_use]
    pub fn anonymous(&self, somebody: &str) -> Self {
        Self { by: None, what: self.what.anonymous(somebody), ..self.clone() }
    }
}

impl What {
    /// Every kind stands here, so that a new one asks whether it holds personal data.
    fn anonymous(&self, somebody: &str) -> Self {
        let mut what = self.clone();
        match &mut what {
            Self::CallPlanned { to_name: name, .. }
            | Self::MessagePlanned { to_name: name, .. }
            | Self::NextContact { to_name: name } => hide(name, somebody),
            Self::Replied { from_name, text, .. } => {
                hide(from_name, somebody);
                untold(text);
            }
            Self::CallAnswered { note, .. } => *note = None,
            Self::Entered { because: Because::Moved { reason }, .. }
            | Self::MessageCancelled { reason, .. }
            | Self::MessageResent { reason, .. }
            | Self::MessageResolved { reason, .. }
            | Self::Held { reason }
            | Self::DeathWithdrawn { reason }
            | Self::DeathConfirmed { reason }
            | Self::Closed { reason, .. }
            | Self::Incident { reason, .. }
            | Self::Skipped { reason }
            | Self::Kept { reason }
            | Self::KeptNoLonger { reason }
            | Self::Erased { reason: Some(reason), .. } => untold(reason),
            Self::Opened { .. }
            | Self::Entered { .. }
            | Self::Ended { .. }
            | Self::TimerFired { .. }
            | Self::TimerPassed { .. }
            | Self::TimerOvertaken { .. }
            | Self::MessageNews { .. }
            | Self::Suppressed { .. }
            | Self::NoContact { .. }
            | Self::Unheard { .. }
            | Self::Withdrawn { .. }
            | Self::MessageHurried { .. }
            | Self::BadAddress { .. }
            | Self::SenderBlock { .. }
            | Self::Verified
            | Self::Set { .. }
            | Self::Took { .. }
            | Self::Deferred { .. }
            | Self::Recalled { .. }
            | Self::GivenUp { .. }
            | Self::NotApplicable { .. }
            | Self::Late { .. }
            | Self::Updated { .. }
            | Self::Reprojected { .. }
            | Self::Resumed
            | Self::Retried
            | Self::Erased { reason: None, .. } => {}
        }
        what
    }
}

fn hide(name: &mut Option<ShortText>, somebody: &str) {
    if let Some(name) = name {
        *name = somebody.into();
    }
}

fn untold(text: &mut String) {
    UNTOLD.clone_into(text);
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::case::EffectId;
    use crate::delivery::Channel;
    use crate::retention::Stage;

    #[test]
    fn nothing_that_names_somebody_or_that_somebody_wrote_is_left() {
        let (name, secret) = (Some(ShortText::from("Huda")), || "Huda said so".to_owned());
        let (id, at) = (EffectId("1.1.0".into()), Timestamp::UNIX_EPOCH);
        let (channel, queue) = (Channel::Sms, ShortText::from("complaints"));
        let told = [
            What::CallPlanned { id: id.clone(), queue, to_name: name.clone(), attempt: 1, not_before: at, due: None },
            What::CallAnswered { id: id.clone(), outcome: "agreed".into(), note: Some(secret()) },
            What::Replied { channel, from_name: name.clone(), text: secret() },
            What::NextContact { to_name: name },
            What::Held { reason: secret() },
            What::Entered { state: "b".into(), from: None, because: Because::Moved { reason: secret() } },
            What::MessageCancelled { id, channel, reason: secret() },
            What::Kept { reason: secret() },
            What::Erased { stage: Stage::People, reason: Some(secret()) },
        ];
        for what in told {
            let entry = Entry { at, visit: 1, state: "a".into(), event: None, by: Some("Huda".into()), what };
            let left = serde_json::to_string(&entry.anonymous("a contact")).unwrap();
            assert!(!left.contains("Huda"), "{left}");
        }
    }
}
