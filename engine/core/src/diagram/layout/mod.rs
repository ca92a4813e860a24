//! Where everything of a diagram lies: a layered layout after Sugiyama.
//!
//! 1. [`rank`] gives each state a level: the longest way from the start, where ways against the order of
//!    the file, which tells the story, are read backwards.
//! 2. A way becomes a chain of bends, one in each layer between; the layers between two levels also
//!    hold the labels, so that a label can lie neither on a state nor on another label.
//! 3. [`order`] sorts each layer so that few ways cross; [`place`] gives everything its place across.
//! 4. [`route`] runs each way straight through the layers and curved only between them.

mod order;
mod place;
mod rank;
mod route;

use super::text::Font;
use super::{Anywhere, By, Diagram, Edge, Node, NodeKind};

/// Fonts of the picture.
pub(super) const TITLE: Font = Font { size: 14.0, bold: true };
pub(super) const NOTE: Font = Font { size: 11.0, bold: false };
pub(super) const LABEL: Font = Font { size: 11.0, bold: false };

/// The widest text in a state and in a label.
const TITLE_WIDTH: f64 = 190.0;
const LABEL_WIDTH: f64 = 128.0;
/// From a state's border to its text, and from a label's.
pub(super) const PADDING: f64 = 12.0;
pub(super) const LABEL_PADDING: f64 = 4.0;
/// Between two neighbours of a layer.
const GAP: f64 = 22.0;
/// What a way needs for itself where it passes a layer.
const WIRE: f64 = 14.0;
/// The least width of a state for each way that begins or ends there.
const PORT: f64 = 15.0;

/// What stands before what comes without the case leaving, and before what opens it again after an end.
pub(super) const STAYS: char = '↻';
pub(super) const REOPENS: char = '↺';

/// An upright rectangle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Rect {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

/// A state with its place.
#[derive(Clone, Debug)]
pub(super) struct Placed<'d> {
    pub(super) node: &'d Node,
    pub(super) rect: Rect,
    pub(super) title: Vec<String>,
    pub(super) notes: Vec<String>,
}

/// A way with its course and its label.
#[derive(Clone, Debug)]
pub(super) struct Wire<'d> {
    pub(super) edge: &'d Edge,
    /// From the state that it leaves to the one that it enters: pairs of a point and whether the way
    /// there is straight (else it curves).
    pub(super) course: Vec<(f64, f64, bool)>,
    pub(super) label: Rect,
    pub(super) lines: Vec<String>,
}

/// Everything with its place.
#[derive(Clone, Debug)]
pub(super) struct Layout<'d> {
    pub(super) width: f64,
    pub(super) height: f64,
    pub(super) states: Vec<Placed<'d>>,
    pub(super) wires: Vec<Wire<'d>>,
}

/// Something in a layer.
#[derive(Clone, Debug)]
struct Item {
    layer: usize,
    width: f64,
    height: f64,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    State,
    Bend,
    Label,
}

/// Items, the layers in which they lie, and the chains of ways. The first items are the states.
#[derive(Clone, Debug, Default)]
struct Graph {
    items: Vec<Item>,
    /// Items of each layer, from side to side.
    layers: Vec<Vec<usize>>,
    /// What each layer's items need side by side.
    widths: Vec<f64>,
    /// Chains of items from top to bottom, one for each way.
    chains: Vec<Vec<usize>>,
}

/// Lays a diagram out. What is opened again after an end is told within the state, not drawn.
pub(super) fn layout(diagram: &Diagram) -> Layout<'_> {
    let edges: Vec<&Edge> = diagram.edges.iter().filter(|edge| edge.by != By::Reopening).collect();
    let texts: Vec<(Vec<String>, Vec<String>)> = (0..diagram.nodes.len()).map(|at| state_lines(diagram, at)).collect();
    let ranks = rank::ranks(diagram.nodes.len(), diagram.start, &edges);
    let mut graph = graph(&ranks, &edges, &texts);
    order::order(&mut graph);
    let across = place::place(&graph);
    route::route(diagram, &edges, &graph, &across, texts)
}

/// The lines of a state: its title, and what it says in small.
fn state_lines(diagram: &Diagram, at: usize) -> (Vec<String>, Vec<String>) {
    let Some(node) = diagram.nodes.get(at) else { return (Vec::new(), Vec::new()) };
    let mut notes: Vec<String> = node.does.iter().map(|line| format!("• {line}")).collect();
    if let NodeKind::Ends(outcome) = &node.kind {
        notes.push(format!("• {}: {outcome}", diagram.pick("End", "النهاية")));
    }
    notes.extend(node.stays.iter().map(|line| format!("{STAYS} {line}")));
    for edge in diagram.edges.iter().filter(|edge| edge.from == at && edge.by == By::Reopening) {
        let (arrow, to) = (if diagram.is_rtl() { "←" } else { "→" }, diagram.title_of(edge.to));
        notes.extend(edge.labels.iter().map(|label| format!("{REOPENS} {label} {arrow} {to}")));
    }
    let notes = notes.iter().flat_map(|note| NOTE.wrap(note, TITLE_WIDTH)).collect();
    (TITLE.wrap(&node.title, TITLE_WIDTH), notes)
}

/// The lines of a label; each transition begins a line.
fn label_lines(edge: &Edge) -> Vec<String> {
    let mark = if edge.labels.len() > 1 { "• " } else { "" };
    edge.labels.iter().flat_map(|label| LABEL.wrap(&format!("{mark}{label}"), LABEL_WIDTH)).collect()
}

/// The lines of what holds anywhere.
pub(super) fn anywhere_lines(diagram: &Diagram) -> Vec<String> {
    let arrow = if diagram.is_rtl() { "←" } else { "→" };
    let line = |one: &Anywhere| match one.to {
        Some(to) => format!("{} {arrow} {}", one.label, diagram.title_of(to)),
        None => one.label.clone(),
    };
    diagram.anywhere.iter().map(line).collect()
}

fn state_item(rank: usize, title: &[String], notes: &[String], ports: usize) -> Item {
    let text = TITLE.widest(title).max(NOTE.widest(notes));
    let lines = |font: Font, lines: &[String]| font.line_height() * count(lines.len());
    let gap = if notes.is_empty() { 0.0 } else { 5.0 };
    let height = lines(TITLE, title) + gap + lines(NOTE, notes) + 2.0 * PADDING;
    let width = (text + 2.0 * PADDING).max(PORT * count(ports)).max(110.0);
    Item { layer: 2 * rank, width: width.ceil(), height: height.ceil(), kind: Kind::State }
}

/// States, bends and labels in their layers. States lie in even layers, labels in odd ones.
fn graph(ranks: &[usize], edges: &[&Edge], texts: &[(Vec<String>, Vec<String>)]) -> Graph {
    let layers = 2 * ranks.iter().max().map_or(0, |top| *top) + 1;
    let mut graph = Graph { layers: vec![Vec::new(); layers], widths: vec![0.0; layers], ..Graph::default() };
    let above =
        |edge: &Edge| if ranks[edge.from] < ranks[edge.to] { (edge.from, edge.to) } else { (edge.to, edge.from) };
    for (at, (title, notes)) in texts.iter().enumerate() {
        let tops = edges.iter().filter(|edge| above(edge).1 == at).count();
        let bottoms = edges.iter().filter(|edge| above(edge).0 == at).count();
        graph.add(state_item(ranks[at], title, notes, tops.max(bottoms)));
    }
    // Short ways first: they have no choice where their label lies.
    let mut longest_last: Vec<usize> = (0..edges.len()).collect();
    let length = |edge: &Edge| ranks[edge.to].abs_diff(ranks[edge.from]);
    longest_last.sort_by_key(|at| (length(edges[*at]), *at));
    graph.chains = vec![Vec::new(); edges.len()];
    for at in longest_last {
        let (top, bottom) = above(edges[at]);
        let downwards = top == edges[at].from;
        graph.chains[at] = graph.chain(top, bottom, downwards, &label_lines(edges[at]));
    }
    graph
}

impl Graph {
    fn add(&mut self, item: Item) -> usize {
        let at = self.items.len();
        if let Some(layer) = self.layers.get_mut(item.layer) {
            layer.push(at);
            self.widths[item.layer] += item.width + GAP;
        }
        self.items.push(item);
        at
    }

    /// A way from the state above to the state below, with its label where there is most room.
    fn chain(&mut self, top: usize, bottom: usize, downwards: bool, lines: &[String]) -> Vec<usize> {
        let (first, last) = (self.items[top].layer, self.items[bottom].layer);
        let mut candidates: Vec<usize> = (first + 1..last).step_by(2).collect();
        if !downwards {
            candidates.reverse();
        }
        let labelled = candidates.into_iter().min_by(|a, b| self.widths[*a].total_cmp(&self.widths[*b]));
        let mut chain = vec![top];
        for layer in first + 1..last {
            let item = if Some(layer) == labelled {
                let width = LABEL.widest(lines) + 2.0 * LABEL_PADDING;
                let height = LABEL.line_height() * count(lines.len()) + 2.0 * LABEL_PADDING;
                Item { layer, width: width.ceil(), height: height.ceil(), kind: Kind::Label }
            } else {
                Item { layer, width: WIRE, height: 0.0, kind: Kind::Bend }
            };
            chain.push(self.add(item));
        }
        chain.push(bottom);
        chain
    }

    /// For each item, those that it is joined with in the layers above and below.
    fn neighbours(&self) -> (Vec<Vec<usize>>, Vec<Vec<usize>>) {
        let mut above = vec![Vec::new(); self.items.len()];
        let mut below = above.clone();
        for pair in self.chains.iter().flat_map(|chain| chain.windows(2)) {
            below[pair[0]].push(pair[1]);
            above[pair[1]].push(pair[0]);
        }
        (above, below)
    }
}

/// A number of things for arithmetic; there are never so many that it would be inexact.
fn count(number: usize) -> f64 {
    f64::from(u32::try_from(number).unwrap_or(u32::MAX))
}
