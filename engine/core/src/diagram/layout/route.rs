//! The course of each way: straight through layers, curved between them.

use super::super::{Diagram, Edge};
use super::{Graph, Kind, Layout, PORT, Placed, Rect, Wire, count, label_lines};

/// Between two layers: the more a way has to go across, the more room it gets, within bounds.
const STEP_MIN: f64 = 26.0;
const STEP_MAX: f64 = 74.0;
/// How much of a state's side ways may use.
const PORTS_PART: f64 = 0.86;

/// The upper and lower edge of each layer.
type Bands = Vec<(f64, f64)>;

pub(super) fn route<'d>(
    diagram: &'d Diagram,
    edges: &[&'d Edge],
    graph: &Graph,
    across: &[f64],
    texts: Vec<(Vec<String>, Vec<String>)>,
) -> Layout<'d> {
    let bands = bands(graph, across);
    let rect = |at: usize| {
        let (item, middle) = (&graph.items[at], across[at]);
        let (top, bottom) = bands[item.layer];
        let y = if item.kind == Kind::State { top } else { f64::midpoint(top, bottom) - item.height / 2.0 };
        Rect { x: middle - item.width / 2.0, y, width: item.width, height: item.height }
    };
    let ports = Ports::of(graph, across);
    let wires = edges.iter().enumerate().map(|(at, edge)| {
        let chain = &graph.chains[at];
        let mut course = course(graph, chain, across, &bands, &ports, at);
        if chain.first() != Some(&edge.from) {
            course = reversed(&course);
        }
        let label = chain.iter().copied().find(|item| graph.items[*item].kind == Kind::Label).map(rect);
        let label = label.unwrap_or(Rect { x: 0.0, y: 0.0, width: 0.0, height: 0.0 });
        Wire { edge, course, label, lines: label_lines(edge) }
    });
    let wires: Vec<Wire<'d>> = wires.collect();
    let placed = diagram.nodes.iter().zip(texts).enumerate();
    let states = placed.map(|(at, (node, (title, notes)))| Placed { node, rect: rect(at), title, notes }).collect();
    let width = (0..graph.items.len()).map(|at| across[at] + graph.items[at].width / 2.0).fold(0.0, f64::max);
    let height = bands.last().map_or(0.0, |band| band.1);
    Layout { width, height, states, wires }
}

fn bands(graph: &Graph, across: &[f64]) -> Bands {
    let mut far = vec![0.0_f64; graph.layers.len()];
    for pair in graph.chains.iter().flat_map(|chain| chain.windows(2)) {
        let layer = graph.items[pair[0]].layer;
        far[layer] = far[layer].max((across[pair[0]] - across[pair[1]]).abs());
    }
    let mut y = 0.0;
    let mut bands = Bands::new();
    for (layer, items) in graph.layers.iter().enumerate() {
        let height = items.iter().map(|item| graph.items[*item].height).fold(0.0, f64::max);
        bands.push((y, y + height));
        y += height + (STEP_MIN + far[layer] * 0.07).min(STEP_MAX);
    }
    bands
}

/// Where on a state's side each way begins or ends.
struct Ports {
    /// For each way, its place at the state above and at the state below.
    places: Vec<(f64, f64)>,
}

impl Ports {
    fn of(graph: &Graph, across: &[f64]) -> Self {
        let mut places = vec![(0.0, 0.0); graph.chains.len()];
        for state in (0..graph.items.len()).take_while(|at| graph.items[*at].kind == Kind::State) {
            let side = |first: bool| -> Vec<(f64, usize)> {
                let here = graph.chains.iter().enumerate().filter_map(|(wire, chain)| {
                    let (end, next) = if first {
                        (chain.first(), chain.get(1))
                    } else {
                        (chain.last(), chain.get(chain.len().checked_sub(2)?))
                    };
                    (end == Some(&state)).then(|| (next.map_or(0.0, |next| across[*next]), wire))
                });
                let mut here: Vec<(f64, usize)> = here.collect();
                here.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
                here
            };
            let (middle, width) = (across[state], graph.items[state].width);
            for (wire, place) in spread(&side(true), middle, width) {
                places[wire].0 = place;
            }
            for (wire, place) in spread(&side(false), middle, width) {
                places[wire].1 = place;
            }
        }
        Self { places }
    }
}

/// Spreads ways over a side in the order in which they go on.
fn spread(ways: &[(f64, usize)], middle: f64, width: f64) -> Vec<(usize, f64)> {
    let steps = count(ways.len().saturating_sub(1));
    let step = if steps > 0.0 { (width * PORTS_PART / steps).min(PORT * 1.6) } else { 0.0 };
    ways.iter().enumerate().map(|(at, (_, wire))| (*wire, middle + (count(at) - steps / 2.0) * step)).collect()
}

/// From top to bottom.
fn course(
    graph: &Graph,
    chain: &[usize],
    across: &[f64],
    bands: &Bands,
    ports: &Ports,
    wire: usize,
) -> Vec<(f64, f64, bool)> {
    let (first, last) = ports.places[wire];
    let mut course = Vec::new();
    for (at, item) in chain.iter().enumerate() {
        let (top, bottom) = bands[graph.items[*item].layer];
        if at == 0 {
            // A state may be lower than its layer: straight down to where curves begin.
            course.push((first, top + graph.items[*item].height, true));
            course.push((first, bottom, true));
        } else if at + 1 == chain.len() {
            course.push((last, top, false));
        } else {
            course.push((across[*item], top, false));
            course.push((across[*item], bottom, true));
        }
    }
    course
}

fn reversed(course: &[(f64, f64, bool)]) -> Vec<(f64, f64, bool)> {
    // How a point is reached belongs to the stretch before it.
    let straight = course.iter().skip(1).map(|point| point.2).rev();
    let straight = std::iter::once(true).chain(straight);
    course.iter().rev().zip(straight).map(|((x, y, _), straight)| (*x, *y, straight)).collect()
}
