//! The longest way through a graph, in time linear in its size.
//!
//! A way that can turn round has no longest. So the graph is cut into its strongly connected parts (Tarjan),
//! which form no circle among themselves, and the longest way is carried from part to part. Within a part
//! that turns, every turn adds up: it is endless if a turn costs anything, unless what it costs is anchored,
//! that is, spent once in a case.

use std::collections::VecDeque;

use super::ENDLESS;

/// A graph whose ways are weighed in several senses.
pub(super) struct Graph {
    /// From where to where, by the edge's number.
    edges: Vec<(usize, usize)>,
    /// The edges out of each node.
    out: Vec<Vec<usize>>,
    /// The part of each node.
    part: Vec<usize>,
    /// The nodes of each part; no edge leads from a later part to an earlier one.
    parts: Vec<Vec<usize>>,
}

/// What going along an edge costs.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Cost {
    pub(super) most: u64,
    /// Whether all the times that it is paid together cost no more than once.
    pub(super) once: bool,
}

/// The longest way to each node.
pub(super) struct Longest<'g> {
    graph: &'g Graph,
    costs: Vec<Cost>,
    /// None where nothing leads.
    best: Vec<Option<u64>>,
    /// The edge from an earlier part by which the longest way comes; none where it begins.
    came: Vec<Option<usize>>,
    /// What each part's circles do to a way through it.
    turns: Vec<Option<Turn>>,
    /// Edges that were looked at: the work that was done.
    pub(super) looked: usize,
}

/// What the circles of a part do to a way that enters it at `entry`.
#[derive(Clone, Copy, Debug)]
struct Turn {
    entry: usize,
    over: Over,
}

#[derive(Clone, Copy, Debug)]
enum Over {
    /// Turning costs nothing.
    Nothing,
    /// It is worth going once over this edge.
    Once(usize),
    /// Every turn adds to it.
    Endless,
}

/// A way, as the edges that it takes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Walk {
    /// How it begins.
    pub(super) lead: Vec<usize>,
    /// The circle that makes it endless, after `lead`.
    pub(super) turn: Vec<usize>,
}

/// Circles that are compared to name the shortest of them.
const CIRCLES_COMPARED_MAX: usize = 32;

impl Graph {
    pub(super) fn new(nodes: usize, edges: Vec<(usize, usize)>) -> Self {
        let mut out = vec![Vec::new(); nodes];
        for (number, (from, to)) in edges.iter().enumerate() {
            if *from < nodes && *to < nodes {
                out[*from].push(number);
            }
        }
        let mut graph = Self { edges, out, part: vec![0; nodes], parts: Vec::new() };
        graph.cut();
        graph
    }

    /// Tarjan's algorithm without recursion.
    fn cut(&mut self) {
        const UNSEEN: usize = usize::MAX;
        let nodes = self.out.len();
        let (mut seen, mut low, mut on_stack) = (vec![UNSEEN; nodes], vec![0; nodes], vec![false; nodes]);
        let (mut stack, mut counter) = (Vec::new(), 0);
        for root in 0..nodes {
            let mut path = if seen[root] == UNSEEN { vec![(root, 0)] } else { Vec::new() };
            while let Some((node, taken)) = path.last_mut() {
                let node = *node;
                if *taken == 0 {
                    (seen[node], low[node], on_stack[node]) = (counter, counter, true);
                    counter += 1;
                    stack.push(node);
                }
                if let Some(edge) = self.out[node].get(*taken) {
                    *taken += 1;
                    let to = self.edges[*edge].1;
                    if seen[to] == UNSEEN {
                        path.push((to, 0));
                    } else if on_stack[to] {
                        low[node] = low[node].min(seen[to]);
                    }
                    continue;
                }
                path.pop();
                if let Some((parent, _)) = path.last() {
                    low[*parent] = low[*parent].min(low[node]);
                }
                if low[node] == seen[node] {
                    let begin = stack.iter().rposition(|other| *other == node).unwrap_or(0);
                    let members = stack.split_off(begin);
                    for member in &members {
                        (on_stack[*member], self.part[*member]) = (false, self.parts.len());
                    }
                    self.parts.push(members);
                }
            }
        }
        // Tarjan finds the last part first.
        self.parts.reverse();
        let last = self.parts.len().saturating_sub(1);
        for part in &mut self.part {
            *part = last - *part;
        }
    }

    /// The edges that stay within a part.
    fn inner(&self, part: usize) -> impl Iterator<Item = usize> {
        let nodes = self.parts.get(part).map(Vec::as_slice).unwrap_or_default();
        let edges = nodes.iter().flat_map(|node| &self.out[*node]).copied();
        edges.filter(move |edge| self.part[self.edges[*edge].1] == part)
    }

    /// The nodes that can be reached from one.
    pub(super) fn reached_from(&self, start: usize) -> Vec<bool> {
        let mut reached = vec![false; self.out.len()];
        let mut open = vec![start];
        while let Some(node) = open.pop() {
            if reached.get(node).is_none_or(|reached| *reached) {
                continue;
            }
            reached[node] = true;
            open.extend(self.out[node].iter().map(|edge| self.edges[*edge].1));
        }
        reached
    }

    /// The longest way to each node; `begins` says where one may begin, and with what.
    pub(super) fn longest(&self, costs: Vec<Cost>, begins: &[Option<u64>]) -> Longest<'_> {
        let came = vec![None; self.out.len()];
        let turns = vec![None; self.parts.len()];
        let mut longest = Longest { graph: self, costs, best: begins.to_vec(), came, turns, looked: 0 };
        for part in 0..self.parts.len() {
            longest.turn(part);
            longest.carry_on(part);
        }
        longest
    }

    /// The shortest way within a part, as edges.
    fn within(&self, from: usize, to: usize) -> Vec<usize> {
        let mut came: Vec<Option<usize>> = vec![None; self.out.len()];
        let mut open = VecDeque::from([from]);
        while let Some(node) = open.pop_front() {
            if node == to {
                break;
            }
            for edge in &self.out[node] {
                let next = self.edges[*edge].1;
                if next != from && came[next].is_none() && self.part[next] == self.part[from] {
                    came[next] = Some(*edge);
                    open.push_back(next);
                }
            }
        }
        let mut way = Vec::new();
        let mut node = to;
        while let Some(edge) = came[node].filter(|_| node != from) {
            way.push(edge);
            node = self.edges[edge].0;
        }
        way.reverse();
        way
    }
}

impl Longest<'_> {
    /// The longest way to a node; none if nothing leads there.
    pub(super) fn to(&self, node: usize) -> Option<u64> {
        self.best.get(node).copied().flatten()
    }

    /// What the circles of a part make of the ways into it.
    fn turn(&mut self, part: usize) {
        let inner: Vec<usize> = self.graph.inner(part).collect();
        self.looked += inner.len();
        let members = &self.graph.parts[part];
        let reached = members.iter().filter_map(|node| Some((*node, self.best[*node]?)));
        // The first of equals, so that what is named does not depend on the order of the search.
        let entry = reached.min_by_key(|(node, most)| (std::cmp::Reverse(*most), *node));
        let Some((entry, most)) = entry.filter(|_| !inner.is_empty()) else { return };
        let cost = |edge: &usize| self.costs[*edge];
        let dearest = inner.iter().copied().filter(|edge| cost(edge).most > 0).max_by_key(|edge| cost(edge).most);
        let (over, most) = match dearest {
            None => (Over::Nothing, most),
            Some(_) if inner.iter().any(|edge| gains(cost(edge))) => (Over::Endless, ENDLESS),
            Some(edge) => (Over::Once(edge), most.saturating_add(cost(&edge).most)),
        };
        for node in members {
            self.best[*node] = Some(most);
        }
        self.turns[part] = Some(Turn { entry, over });
    }

    /// Carries the ways through a part on to the parts after it.
    fn carry_on(&mut self, part: usize) {
        for node in &self.graph.parts[part] {
            let Some(most) = self.best[*node] else { continue };
            for edge in &self.graph.out[*node] {
                self.looked += 1;
                let to = self.graph.edges[*edge].1;
                let most = most.saturating_add(self.costs[*edge].most);
                if self.graph.part[to] != part && self.best[to].is_none_or(|best| best < most) {
                    self.best[to] = Some(most);
                    self.came[to] = Some(*edge);
                }
            }
        }
    }

    /// The longest way to a node; where it is endless, up to and with the circle that makes it so.
    pub(super) fn walk(&self, node: usize) -> Walk {
        let graph = self.graph;
        let mut walk = Walk::default();
        let mut node = node;
        loop {
            if let Some(Turn { entry, over }) = self.turns[graph.part[node]] {
                let inside = match over {
                    Over::Nothing => graph.within(entry, node),
                    Over::Once(edge) => {
                        let (from, to) = graph.edges[edge];
                        [graph.within(entry, from), vec![edge], graph.within(to, node)].concat()
                    }
                    Over::Endless => {
                        walk.turn = self.circle(graph.part[node]);
                        // What would come after the circle adds nothing to what has no end.
                        walk.lead.clear();
                        let first = walk.turn.first().map_or(entry, |edge| graph.edges[*edge].0);
                        graph.within(entry, first)
                    }
                };
                walk.lead.splice(0..0, inside);
                node = entry;
            }
            let Some(edge) = self.came[node] else { return walk };
            walk.lead.insert(0, edge);
            node = graph.edges[edge].0;
        }
    }

    /// A short circle of a part that adds to a way with each turn.
    fn circle(&self, part: usize) -> Vec<usize> {
        let graph = self.graph;
        let gaining = graph.inner(part).filter(|edge| gains(self.costs[*edge]));
        let (circling, others): (Vec<usize>, Vec<usize>) = gaining.partition(|edge| {
            let (from, to) = graph.edges[*edge];
            from == to
        });
        if let Some(edge) = circling.first() {
            return vec![*edge];
        }
        let circles = others.into_iter().take(CIRCLES_COMPARED_MAX).map(|edge| {
            let (from, to) = graph.edges[edge];
            let mut circle = vec![edge];
            circle.extend(graph.within(to, from));
            circle
        });
        circles.min_by_key(Vec::len).unwrap_or_default()
    }
}

fn gains(cost: Cost) -> bool {
    cost.most > 0 && !cost.once
}
