//! The level of each state.

use super::super::Edge;

/// Levels from 0: the start first, then every way leads at least one level down, except those against
/// the order of the file, which lead up.
pub(super) fn ranks(states: usize, start: usize, edges: &[&Edge]) -> Vec<usize> {
    // The start comes first in the story, wherever it stands in the file.
    let place = |at: usize| if at == start { 0 } else { at + 1 };
    let pairs: Vec<(usize, usize)> = edges
        .iter()
        .map(|edge| if place(edge.from) < place(edge.to) { (edge.from, edge.to) } else { (edge.to, edge.from) })
        .collect();
    let (mut into, mut out_of) = (vec![Vec::new(); states], vec![Vec::new(); states]);
    for (top, bottom) in pairs {
        out_of[top].push(bottom);
        into[bottom].push(top);
    }
    let mut told: Vec<usize> = (0..states).collect();
    told.sort_by_key(|at| place(*at));
    let mut ranks = vec![0; states];
    for at in &told {
        ranks[*at] = into[*at].iter().map(|above: &usize| ranks[*above] + 1).max().unwrap_or(0);
    }
    // What nothing leads down to lies just above what it leads to.
    for at in told.iter().rev().filter(|at| **at != start) {
        let room = out_of[*at].iter().map(|below: &usize| ranks[*below]).min();
        if let Some(room) = room.filter(|room| into[*at].is_empty() && *room > 0) {
            ranks[*at] = room - 1;
        }
    }
    ranks
}
