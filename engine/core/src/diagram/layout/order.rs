//! Which item of a layer lies beside which: sorted by the middle of their neighbours, up and down, and
//! the best of all rounds kept.

use super::{Graph, count};

/// Rounds for a small picture, and items that all rounds together may move in a large one.
const ROUNDS_MAX: usize = 24;
const MOVES_MAX: usize = 2_000_000;

pub(super) fn order(graph: &mut Graph) {
    let (above, below) = graph.neighbours();
    let rounds = (MOVES_MAX / graph.items.len().max(1)).clamp(2, ROUNDS_MAX);
    let mut best = (crossings(&graph.layers, &below), graph.layers.clone());
    let mut layers = graph.layers.clone();
    for round in 0..rounds {
        let downwards = round % 2 == 0;
        let mut position = positions(&layers, graph.items.len());
        let neighbours = if downwards { &above } else { &below };
        let walk: Vec<usize> = if downwards { (0..layers.len()).collect() } else { (0..layers.len()).rev().collect() };
        for at in walk {
            sort(&mut layers[at], neighbours, &mut position);
        }
        let found = crossings(&layers, &below);
        if found < best.0 {
            best = (found, layers.clone());
        }
    }
    graph.layers = best.1;
}

/// Where each item lies in its layer, as a part of the layer.
fn positions(layers: &[Vec<usize>], items: usize) -> Vec<f64> {
    let mut position = vec![0.0; items];
    for layer in layers {
        note(layer, &mut position);
    }
    position
}

fn note(layer: &[usize], position: &mut [f64]) {
    for (at, item) in layer.iter().enumerate() {
        position[*item] = (count(at) + 0.5) / count(layer.len());
    }
}

/// Sorts a layer by the mean position of neighbours; an item without any keeps its place.
fn sort(layer: &mut [usize], neighbours: &[Vec<usize>], position: &mut [f64]) {
    let mean = |item: usize| {
        let near = &neighbours[item];
        let sum: f64 = near.iter().map(|other| position[*other]).sum();
        if near.is_empty() { position[item] } else { sum / count(near.len()) }
    };
    let mut keyed: Vec<(f64, usize)> = layer.iter().map(|item| (mean(*item), *item)).collect();
    keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
    for (place, (_, item)) in layer.iter_mut().zip(keyed) {
        *place = item;
    }
    note(layer, position);
}

/// How often ways cross between neighbouring layers.
fn crossings(layers: &[Vec<usize>], below: &[Vec<usize>]) -> usize {
    let mut all = 0;
    for pair in layers.windows(2) {
        let rank: std::collections::BTreeMap<usize, usize> =
            pair[1].iter().enumerate().map(|(at, item)| (*item, at)).collect();
        let mut seen = Counted::new(pair[1].len());
        for item in &pair[0] {
            let ends: Vec<usize> = below[*item].iter().filter_map(|other| rank.get(other).copied()).collect();
            all += ends.iter().map(|end| seen.beyond(*end)).sum::<usize>();
            for end in ends {
                seen.add(end);
            }
        }
    }
    all
}

/// Counts of positions, with sums in logarithmic time (a Fenwick tree).
struct Counted {
    sums: Vec<usize>,
    all: usize,
}

impl Counted {
    fn new(positions: usize) -> Self {
        Self { sums: vec![0; positions + 1], all: 0 }
    }

    fn add(&mut self, position: usize) {
        self.all += 1;
        let mut at = position + 1;
        while let Some(sum) = self.sums.get_mut(at) {
            *sum += 1;
            at += at & at.wrapping_neg();
        }
    }

    /// How many lie beyond a position.
    fn beyond(&self, position: usize) -> usize {
        let (mut at, mut upto) = (position + 1, 0);
        while at > 0 {
            upto += self.sums[at];
            at &= at - 1;
        }
        self.all - upto
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crossings_are_counted() {
        let below = vec![vec![3, 4], vec![2], vec![], vec![], vec![]];
        assert_eq!(crossings(&[vec![0, 1], vec![2, 3, 4]], &below), 2);
        assert_eq!(crossings(&[vec![1, 0], vec![2, 3, 4]], &below), 0);
    }
}
