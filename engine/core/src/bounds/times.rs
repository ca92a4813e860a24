//! How long: to an end, without a word to the family, without anyone being told.

use super::longest::{Cost, Walk};
use super::moves::{Move, Moves};
use super::path::{Leg, Path, Paths, bounded};
use super::silence::{self, Quiet};
use super::spans::DAY;
use super::{ENDLESS, Prover, TimeBound, UNWATCHED_MINUTES, Unwatched};

impl<'w> Prover<'_, 'w, '_> {
    /// The longest time from detection to an end along the chosen moves.
    pub(super) fn duration(&mut self, choose: impl Fn(&Move<'w>) -> bool) -> TimeBound {
        let (graph, chosen) = self.moves.graph(choose);
        let costs: Vec<Cost> = chosen.iter().map(|number| self.cost(*number)).collect();
        let mut begins = vec![None; self.moves.stays.len()];
        if let Some(begin) = begins.get_mut(self.workflow.start.0) {
            *begin = Some(0);
        }
        let longest = graph.longest(costs.clone(), &begins);
        self.looked += longest.looked;
        let moves = self.moves;
        let lasts = |state: usize| Some(longest.to(state)?.max(stuck(moves, state)));
        let last = latest(self.moves.stays.len(), &lasts);
        let walk = longest.walk(last);
        let mut paths = Paths { moves: self.moves, spans: self.spans };
        let path = paths.path(&walk, &chosen, &|edge| costs.get(edge).map_or(0, |cost| cost.most), (last, 0));
        TimeBound::of(lasts(last).unwrap_or(0), path)
    }

    fn cost(&self, number: usize) -> Cost {
        self.moves
            .moves
            .get(number)
            .map_or(Cost::default(), |step| Cost { most: step.takes.most, once: step.takes.anchored })
    }

    /// The longest time in which the family hears nothing while only time passes, from wherever a case may have
    /// come to.
    pub(super) fn silence(&mut self) -> TimeBound {
        let quiets: Vec<Quiet> = self.moves.stays.iter().map(|stay| silence::of_family(stay, self.spans)).collect();
        let quiet = |state: usize| quiets.get(state).copied();
        // A silence goes on through a state in which nothing is said, and begins after each word in another.
        let goes_on = |step: &Move<'w>| !silence::is_told(step) && quiet(step.from).is_some_and(|quiet| !quiet.begins);
        let (graph, chosen) = self.moves.graph(|step| step.alone && goes_on(step));
        let costs: Vec<Cost> = chosen.iter().map(|number| self.silent_cost(*number, &quiets)).collect();
        let mut begins: Vec<Option<(u64, Option<usize>)>> =
            self.reached.iter().map(|reached| reached.then_some((0, None))).collect();
        for (number, step) in
            self.moves.moves.iter().enumerate().filter(|(_, step)| step.alone && !silence::is_told(step))
        {
            let since = quiet(step.from).map_or(0, |quiet| quiet.within.min(step.takes.most));
            match begins.get_mut(step.to) {
                Some(Some(begin)) if begin.0 < since && self.reached.get(step.from) == Some(&true) => {
                    *begin = (since, Some(number));
                }
                _ => {}
            }
        }
        let values: Vec<Option<u64>> = begins.iter().map(|begin| begin.map(|(since, _)| since)).collect();
        let longest = graph.longest(costs.clone(), &values);
        self.looked += longest.looked;
        let moves = self.moves;
        let lasts = |state: usize| Some(longest.to(state)?.max(stuck(moves, state)));
        let last = latest(self.moves.stays.len(), &lasts);
        let walk = longest.walk(last);
        let most = lasts(last).unwrap_or(0);
        TimeBound::of(most, self.silent_path(&walk, &chosen, &costs, &begins, last))
    }

    fn silent_cost(&self, number: usize, quiets: &[Quiet]) -> Cost {
        let Some(step) = self.moves.moves.get(number) else { return Cost::default() };
        let at_first = quiets.get(step.from).map_or(0, |quiet| quiet.at_first);
        Cost { most: step.takes.most.min(at_first), once: step.takes.anchored }
    }

    fn silent_path(
        &mut self,
        walk: &Walk,
        chosen: &[usize],
        costs: &[Cost],
        begins: &[Option<(u64, Option<usize>)>],
        last: usize,
    ) -> Path {
        let first = walk.lead.first().or(walk.turn.first());
        let begun = first.and_then(|edge| self.moves.moves.get(*chosen.get(*edge)?)).map_or(last, |step| step.from);
        let mut paths = Paths { moves: self.moves, spans: self.spans };
        let mut path = paths.path(walk, chosen, &|edge| costs.get(edge).map_or(0, |cost| cost.most), (last, 0));
        if let Some(Some((since, Some(number)))) = begins.get(begun) {
            let leg = paths.leg(*number, *since).map(|leg| Leg { since_the_last_word: true, ..leg });
            path.legs.splice(0..0, leg);
        }
        path
    }

    /// The states in which a case can wait long without anyone being told.
    pub(super) fn unwatched(&mut self) -> Vec<Unwatched> {
        let mut unwatched = Vec::new();
        for (stay, _) in self.moves.stays.iter().zip(self.reached).filter(|(_, reached)| **reached) {
            let most = silence::of_anyone(stay, self.spans);
            if most >= UNWATCHED_MINUTES {
                unwatched.push(Unwatched { state: stay.state.name.to_string(), days: days(most) });
            }
        }
        unwatched
    }
}

impl TimeBound {
    fn of(most: u64, path: Path) -> Self {
        Self { minutes: bounded(most), days: days(most), path }
    }
}

/// Without end for a state that no time is sure to lead out of.
fn stuck(moves: &Moves<'_>, state: usize) -> u64 {
    moves.stays.get(state).filter(|stay| stay.wait.most == ENDLESS).map_or(0, |stay| stay.wait.most)
}

/// Whole days, rounded up.
fn days(minutes: u64) -> Option<u64> {
    bounded(minutes).map(|minutes| minutes.div_ceil(DAY))
}

/// The state in which most has been reached; the first of equals.
fn latest(states: usize, lasts: &dyn Fn(usize) -> Option<u64>) -> usize {
    (0..states).min_by_key(|state| std::cmp::Reverse(lasts(*state))).unwrap_or(0)
}
