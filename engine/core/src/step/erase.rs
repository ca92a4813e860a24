//! Erasing a case that is over, and keeping it from being erased.

use super::machine::{Machine, Outcome};
use crate::effect::{Effect, Erasure, Withdrawn};
use crate::history::What;
use crate::policy::{deceased_of, never_of};
use crate::retention::{Erased, Kept, Stage, forget_case};

impl Machine<'_> {
    /// Takes out of the case what a stage erases, and has the rest of what is stored of it erased with it. What has not
    /// left never does: nobody is written to in the name of a case that does not know them any more.
    pub(super) fn erase(&mut self, stage: Stage, reason: Option<&str>) -> Outcome {
        if !self.case.is_ended() {
            return Err(self.standing_is((
                "only a case that is over is erased; close it first",
                "لا تُمحى إلا حالة منتهية؛ أغلقها أولا",
            )));
        }
        if self.case.is_nameless() {
            return Err(self.standing_is(("what it said of people is erased already", "مُحي من قبل ما فيها عن الأشخاص")));
        }
        // Why it is kept may say something of somebody, and whoever erases may not see that.
        if self.case.progress.kept.is_some() {
            return Err(self.standing_is((
                "it is kept from being erased; end that first",
                "بياناتها مستبقاة فلا تُمحى؛ أنهِ استبقاءها أولا",
            )));
        }
        if stage == Stage::People && self.context.house.pseudonyms.is_none() {
            return Err(self.standing_is((
                "`retention.secret` is not set, without which it could come again unknown",
                "لم يُضبط `retention.secret`، ومن دونه قد ترد من جديد فلا تُعرف",
            )));
        }
        self.withdraw_where(Withdrawn::Erased, |_| true);
        self.record(What::Erased { stage, reason: reason.map(str::to_owned) });
        self.forget(Erased { stage, at: self.context.now });
        Ok(())
    }

    /// What came to a case that knows nobody any more is erased with its answer.
    pub(super) fn stay_nameless(&mut self) {
        let Some(erased) = self.case.progress.erased.filter(|_| self.case.is_nameless()) else { return };
        if !self.effects.iter().skip(self.first_effect).any(|effect| matches!(effect, Effect::Erase(_))) {
            self.withdraw_where(Withdrawn::Erased, |_| true);
            self.forget(erased);
        }
    }

    fn forget(&mut self, erased: Erased) {
        let pseudonyms = self.context.house.pseudonyms.as_ref().filter(|_| erased.stage == Stage::People);
        let key = pseudonyms.map(|pseudonyms| pseudonyms.of_key(&self.case.workflow, &self.case.key));
        let policy = &self.workflow.policy;
        let known_by = deceased_of(policy, &self.case).into_iter().chain(never_of(policy, &self.case));
        let identities = known_by.filter_map(|one| Some((pseudonyms?.of_identity(&one), one))).collect();
        forget_case(self.workflow, &mut self.case, erased, key.clone());
        let Erased { stage, at } = erased;
        self.effects.push(Effect::Erase(Box::new(Erasure { case: self.case.id, stage, at, key, identities })));
    }

    pub(super) fn keep(&mut self, reason: &str) -> Outcome {
        if self.case.is_nameless() {
            return Err(self.standing_is(("what it said of people is erased already", "مُحي من قبل ما فيها عن الأشخاص")));
        }
        self.case.progress.kept = Some(Kept { reason: reason.to_owned(), since: self.context.now });
        self.record(What::Kept { reason: reason.to_owned() });
        self.effects.push(Effect::Keep { case: self.case.id, kept: true });
        Ok(())
    }

    pub(super) fn keep_no_longer(&mut self, reason: &str) -> Outcome {
        if self.case.progress.kept.take().is_none() {
            return Err(self.standing_is(("it is not kept from being erased", "بياناتها غير مستبقاة")));
        }
        self.record(What::KeptNoLonger { reason: reason.to_owned() });
        self.effects.push(Effect::Keep { case: self.case.id, kept: false });
        Ok(())
    }
}
