//! What a call or a message says of the number or address that it went to: the ladder of [`crate::policy::points`]
//! looks at it when the person is tried next.

use super::machine::Machine;
use crate::case::PointNews;
use crate::definition::{Reaction, is_attempt};
use crate::delivery::Channel;
use crate::event::{News, SENDER_BLOCK};
use crate::history::What;
use crate::policy::point_key;

impl Machine<'_> {
    /// What came of the call at its number.
    pub(super) fn note_call(&mut self, called: &str, outcome: &str, reaction: &Reaction) {
        if is_attempt(outcome) {
            self.note_point(Channel::Call, called, outcome, reaction.then.reached_nobody());
        }
    }

    fn note_point(&mut self, channel: Channel, address: &str, outcome: &str, failed: bool) {
        let (at, key) = (self.context.now, point_key(channel, address));
        let points = &mut self.case.progress.points;
        let suspect = points.get(&key).is_some_and(|news| news.suspect);
        points.insert(key, PointNews { outcome: outcome.to_owned(), at, failed, suspect });
    }

    /// News of a message say something of the address that it went to.
    pub(super) fn note_delivery(&mut self, channel: Channel, address: &str, news: News, code: Option<&str>) {
        let failed = match news {
            News::Delivered | News::Unconfirmed => false,
            News::Undelivered | News::Failed => true,
            News::Accepted | News::Uncertain | News::Expired | News::Suppressed | News::Withdrawn => return,
        };
        self.note_point(channel, address, news.as_str(), failed);
        let blocked = news == News::Unconfirmed && code == Some(SENDER_BLOCK);
        let Some(point) = self.case.progress.points.get_mut(&point_key(channel, address)) else { return };
        let before = point.suspect;
        point.suspect = blocked || (before && news != News::Delivered);
        if blocked && !before {
            self.record(What::SenderBlock { channel });
        }
    }
}
