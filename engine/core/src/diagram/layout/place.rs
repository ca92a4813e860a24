//! Where each item lies across: near its neighbours, in the order of its layer, never overlapping.

use super::{GAP, Graph, Item, Kind, count};

/// Rounds of pulling items to their neighbours; more change nothing that is seen.
const ROUNDS: usize = 40;

/// The middle of each item across, the leftmost edge at 0.
pub(super) fn place(graph: &Graph) -> Vec<f64> {
    let (above, below) = graph.neighbours();
    let mut middle = vec![0.0; graph.items.len()];
    for layer in &graph.layers {
        let width = layer.iter().map(|item| graph.items[*item].width + GAP).sum::<f64>();
        let mut edge = -width / 2.0;
        for item in layer {
            middle[*item] = edge + graph.items[*item].width / 2.0;
            edge += graph.items[*item].width + GAP;
        }
    }
    for round in 0..ROUNDS {
        let last = round + 2 >= ROUNDS;
        let downwards = round % 2 == 0;
        let layers: Vec<&Vec<usize>> =
            if downwards { graph.layers.iter().collect() } else { graph.layers.iter().rev().collect() };
        for layer in layers {
            let near = |item: usize| -> Vec<usize> {
                let (first, second) = if downwards { (&above, &below) } else { (&below, &above) };
                // In the end both sides pull; before, one side at a time carries changes further.
                let second = second[item].iter().filter(|_| last || first[item].is_empty());
                first[item].iter().chain(second).copied().collect()
            };
            pull(graph, layer, near, &mut middle);
        }
    }
    let left = (0..middle.len()).map(|at| middle[at] - graph.items[at].width / 2.0).fold(f64::INFINITY, f64::min);
    middle.iter().map(|middle| middle - left).collect()
}

/// Moves a layer's items as near to the mean of their neighbours as their order and widths allow.
fn pull(graph: &Graph, layer: &[usize], near: impl Fn(usize) -> Vec<usize>, middle: &mut [f64]) {
    // From the first middle to each item's middle, when all stand as closely as they may.
    let mut offsets = vec![0.0; layer.len()];
    for at in 1..layer.len() {
        let (one, other) = (&graph.items[layer[at - 1]], &graph.items[layer[at]]);
        offsets[at] = offsets[at - 1] + f64::midpoint(one.width, other.width) + gap(one, other);
    }
    let wishes = layer.iter().zip(&offsets).map(|(item, offset)| {
        let near = near(*item);
        let mean = near.iter().map(|other| middle[*other]).sum::<f64>() / count(near.len());
        let (wish, weight) = if near.is_empty() { (middle[*item], 0.1) } else { (mean, weight(graph, *item, &near)) };
        (wish - offset, weight)
    });
    for ((item, offset), place) in layer.iter().zip(&offsets).zip(rising(wishes)) {
        middle[*item] = place + offset;
    }
}

/// Ways may run closer to each other than states lie.
fn gap(one: &Item, other: &Item) -> f64 {
    match (one.kind, other.kind) {
        (Kind::State, Kind::State) => GAP * 1.25,
        (Kind::Bend, Kind::Bend) => 2.0,
        _ => GAP * 0.65,
    }
}

/// Long ways shall be straight before states lie in the middle of all theirs.
fn weight(graph: &Graph, item: usize, near: &[usize]) -> f64 {
    let own = if graph.items[item].kind == Kind::State { 1.0 } else { 2.0 };
    let straight = near.iter().any(|other| graph.items[*other].kind != Kind::State);
    if straight { own * 2.0 } else { own }
}

/// The rising sequence with the least weighted square distance from the wishes: neighbours that are in
/// each other's way are pooled to their mean.
fn rising(wishes: impl Iterator<Item = (f64, f64)>) -> Vec<f64> {
    let mut pools: Vec<(f64, f64, usize)> = Vec::new();
    for (wish, weight) in wishes {
        let mut pool = (wish, weight, 1);
        while let Some(before) = pools.pop_if(|before| before.0 >= pool.0) {
            let weight = before.1 + pool.1;
            pool = ((before.0 * before.1 + pool.0 * pool.1) / weight, weight, before.2 + pool.2);
        }
        pools.push(pool);
    }
    pools.into_iter().flat_map(|(place, _, members)| std::iter::repeat_n(place, members)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wishes_that_collide_meet_in_the_middle() {
        let wish = |wishes: &[f64]| rising(wishes.iter().map(|wish| (*wish, 1.0)));
        assert_eq!(wish(&[1.0, 2.0, 3.0]), [1.0, 2.0, 3.0]);
        assert_eq!(wish(&[3.0, 1.0]), [2.0, 2.0]);
        assert_eq!(wish(&[5.0, 1.0, 0.0, 9.0]), [2.0, 2.0, 2.0, 9.0]);
    }
}
