//! How many: messages, calls and segments for one family, whatever comes.

use std::collections::BTreeMap;

use super::asks::{Amounts, Asks, CHANNELS, Sizes, place};
use super::caps::{self, Counted};
use super::longest::{Cost, Graph};
use super::path::{By, Leg, Path, Paths, bounded};
use super::{CountBound, ENDLESS, Prover};
use crate::delivery::Channel;

/// Every bound that counts something.
pub(super) struct Counts {
    pub(super) messages: CountBound,
    pub(super) sms: CountBound,
    pub(super) emails: CountBound,
    pub(super) calls: CountBound,
    pub(super) segments: BTreeMap<String, CountBound>,
    pub(super) segments_in_any: CountBound,
}

/// What each state and each move asks for.
struct Asked<'a> {
    asks: Asks<'a>,
    graph: Graph,
    /// The move of each edge.
    chosen: Vec<usize>,
    stays: Vec<Amounts>,
    edges: Vec<Amounts>,
}

impl<'w> Prover<'_, 'w, '_> {
    pub(super) fn counts(&mut self, sizes: &Sizes) -> Counts {
        let asked = self.asked(sizes);
        let policy = &self.workflow.policy;
        let languages = &self.workflow.languages;
        let mut segments_at = |position: usize| {
            let dearest = sizes.values().filter_map(|sizes| sizes.get(position)).max().copied().unwrap_or(0);
            let cap = caps::of_case(policy, Counted::Sms).map(|(limit, text)| (limit.saturating_mul(dearest), text));
            self.most(&asked, |amounts| at(amounts, CHANNELS + position)).limited(cap)
        };
        let segments =
            languages.iter().enumerate().map(|(position, language)| (language.clone(), segments_at(position)));
        let segments = segments.collect();
        let segments_in_any = segments_at(languages.len());
        let mut of = |counted, amount: &dyn Fn(&Amounts) -> u64| {
            let bound = self.most(&asked, amount).limited(caps::of_case(policy, counted));
            CountBound { over_time: caps::over_time(policy, counted), ..bound }
        };
        let (sms, emails) = (place(Channel::Sms), place(Channel::Email));
        Counts {
            messages: of(Counted::Messages, &|amounts| at(amounts, sms).saturating_add(at(amounts, emails))),
            sms: of(Counted::Sms, &|amounts| at(amounts, sms)),
            emails: of(Counted::Emails, &|amounts| at(amounts, emails)),
            calls: of(Counted::Calls, &|amounts| at(amounts, place(Channel::Call))),
            segments,
            segments_in_any,
        }
    }

    fn asked<'s>(&mut self, sizes: &'s Sizes) -> Asked<'s>
    where
        'w: 's,
    {
        let asks = Asks::new(self.workflow, sizes);
        let stays: Vec<Amounts> = self.moves.stays.iter().map(|stay| asks.of_stay(stay, self.spans)).collect();
        let (graph, chosen) = self.moves.graph(|_| true);
        let edges = chosen.iter().map(|number| asks.of(self.moves.moves.get(*number).map_or(&[], |step| step.actions)));
        let edges = edges.collect();
        Asked { asks, graph, chosen, stays, edges }
    }

    /// The most of one thing that the states can ask for on any way.
    fn most(&mut self, asked: &Asked<'_>, amount: impl Fn(&Amounts) -> u64) -> CountBound {
        let stay = |state: usize| asked.stays.get(state).map_or(0, &amount);
        let from = |edge: usize| self.moves.moves.get(*asked.chosen.get(edge)?).map(|step| step.from);
        let adds = |edge: usize| from(edge).map_or(0, stay).saturating_add(asked.edges.get(edge).map_or(0, &amount));
        let costs = (0..asked.edges.len()).map(|edge| Cost { most: adds(edge), once: false }).collect();
        let mut begins = vec![None; asked.stays.len()];
        if let Some(begin) = begins.get_mut(self.workflow.start.0) {
            *begin = Some(0);
        }
        let longest = asked.graph.longest(costs, &begins);
        self.looked += longest.looked;
        let endless = (0..asked.stays.len()).find(|state| longest.to(*state).is_some() && stay(*state) == ENDLESS);
        if let Some(path) = endless.and_then(|state| self.endless(asked, state, &amount)) {
            return CountBound::of(ENDLESS, path);
        }
        let total = |state: usize| longest.to(state).map(|most| most.saturating_add(stay(state)));
        let last = (0..asked.stays.len()).min_by_key(|state| std::cmp::Reverse(total(*state))).unwrap_or(0);
        let mut paths = Paths { moves: self.moves, spans: self.spans };
        let path = paths.path(&longest.walk(last), &asked.chosen, &adds, (last, stay(last)));
        CountBound::of(total(last).unwrap_or(0), path)
    }

    /// A state that asks without end though the case stays in it.
    fn endless(&self, asked: &Asked<'_>, state: usize, amount: &dyn Fn(&Amounts) -> u64) -> Option<Path> {
        let stay = self.moves.stays.get(state)?;
        let by = By::Whenever(asked.asks.endless_by(stay, amount)?.to_owned());
        let leg = Leg { state: stay.state.name.to_string(), by, adds: None, since_the_last_word: false, from: None };
        Some(Path { legs: vec![leg], turn: Vec::new() })
    }
}

fn at(amounts: &Amounts, place: usize) -> u64 {
    amounts.get(place).copied().unwrap_or(0)
}

impl CountBound {
    fn of(asked: u64, path: Path) -> Self {
        let asked = bounded(asked);
        Self { most: asked, asked, cap: None, over_time: Vec::new(), path }
    }

    /// The same bound under a cap that allows so many.
    fn limited(self, cap: Option<(u64, String)>) -> Self {
        match cap {
            Some((allowed, text)) if self.asked.unwrap_or(ENDLESS) > allowed => {
                Self { most: Some(allowed), cap: Some(text), ..self }
            }
            _ => self,
        }
    }
}
