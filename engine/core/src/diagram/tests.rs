//! Pictures are whole, legible and the same every time.

mod xml;

use proptest::prelude::*;

use super::layout::{Layout, Rect, layout};
use super::*;
use crate::definition::Then;
use crate::words::tests::shipped;

fn pictures() -> Vec<(&'static Workflow, &'static Environment, Diagram)> {
    let both = ["en", "ar"].map(|language| {
        let (workflow, environment) = shipped();
        let diagram = Diagram::of(workflow, environment, language);
        (workflow, environment, diagram)
    });
    both.into()
}

/// How many transitions and reactions a workflow has.
fn transitions(workflow: &Workflow) -> usize {
    let state = |state: &crate::definition::State| {
        let reactions: usize = state.on.iter().map(|handler| handler.reactions.len()).sum();
        // A ladder or a row of contacts both stays and, in the end, leaves.
        let twofold = state.on.iter().flat_map(|handler| &handler.reactions).filter(|reaction| {
            matches!(reaction.then, Then::Again { then: Some(_), .. } | Then::NextContact { then: Some(_) })
        });
        state.next.len() + reactions + twofold.count() + state.after.len() + state.reopen.len()
    };
    let anywhere: usize = workflow.anywhere.iter().map(|handler| handler.reactions.len()).sum();
    workflow.states.iter().map(state).sum::<usize>() + anywhere
}

#[test]
fn every_state_and_every_transition_is_drawn() {
    for (workflow, _, diagram) in pictures() {
        let titles: Vec<&str> = diagram.nodes.iter().map(|node| node.title.as_str()).collect();
        assert_eq!(titles.len(), workflow.states.len());
        let edges: Vec<&String> = diagram.edges.iter().flat_map(|edge| &edge.labels).collect();
        let stays: Vec<&String> = diagram.nodes.iter().flat_map(|node| &node.stays).collect();
        let anywhere: Vec<&String> = diagram.anywhere.iter().map(|one| &one.label).collect();
        assert_eq!(edges.len() + stays.len() + anywhere.len(), transitions(workflow), "{diagram:?}");
        let escape = |text: &str| text.replace('\'', "&#39;");
        let (svg, dot, mermaid) = (svg(&diagram), dot(&diagram), mermaid(&diagram));
        let plain = |text: &str| !text.contains(['"', ':', '#', ';']);
        for text in
            titles.iter().copied().chain(edges.iter().chain(&stays).chain(&anywhere).map(|label| label.as_str()))
        {
            assert!(dot.contains(&text.replace('"', "\\\"")), "DOT lacks {text}");
            assert!(!plain(text) || mermaid.contains(text), "Mermaid lacks {text}");
        }
        for label in edges {
            assert!(svg.contains(&escape(label)), "the SVG's description lacks {label}");
        }
        let layout = layout(&diagram);
        let flat = |lines: &[String]| lines.join(" ");
        for wire in &layout.wires {
            assert!(wire.edge.labels.iter().all(|label| flat(&wire.lines).contains(label)), "{:?}", wire.lines);
        }
        for (placed, node) in layout.states.iter().zip(&diagram.nodes) {
            assert_eq!(flat(&placed.title), node.title);
            let notes = flat(&placed.notes);
            assert!(node.does.iter().chain(&node.stays).all(|note| notes.contains(note)), "{notes}");
        }
        let reopening = diagram.edges.iter().filter(|edge| edge.by == By::Reopening);
        assert!(reopening.clone().count() > 5, "the shipped ends can be opened again");
        for edge in reopening {
            let notes = flat(&layout.states[edge.from].notes);
            assert!(edge.labels.iter().all(|label| notes.contains(label)), "{notes}");
        }
    }
}

/// Whether two rectangles share more than an edge.
fn overlap(one: &Rect, other: &Rect) -> bool {
    let apart = one.x + one.width <= other.x + 0.01
        || other.x + other.width <= one.x + 0.01
        || one.y + one.height <= other.y + 0.01
        || other.y + other.height <= one.y + 0.01;
    !apart
}

/// No state or label lies on another one or outside, and no way runs through what is not its own.
fn legible(layout: &Layout<'_>) {
    let labels: Vec<Rect> = layout.wires.iter().map(|wire| wire.label).collect();
    let states: Vec<Rect> = layout.states.iter().map(|placed| placed.rect).collect();
    let all: Vec<&Rect> = states.iter().chain(&labels).collect();
    for (at, one) in all.iter().enumerate() {
        assert!(one.width > 0.0 && one.height > 0.0, "{one:?}");
        assert!(one.x >= -0.01 && one.y >= -0.01 && one.x + one.width <= layout.width + 0.01, "{one:?}");
        assert!(one.y + one.height <= layout.height + 0.01, "{one:?} of {}", layout.height);
        for other in &all[at + 1..] {
            assert!(!overlap(one, other), "{one:?} lies on {other:?}");
        }
    }
    for wire in &layout.wires {
        for pair in wire.course.windows(2) {
            let ((x0, y0, _), (x1, y1, _)) = (pair[0], pair[1]);
            // A curve with upright ends stays within its two points.
            let stretch = Rect { x: x0.min(x1), y: y0.min(y1), width: (x1 - x0).abs(), height: (y1 - y0).abs() };
            let foreign = all.iter().filter(|rect| **rect != &wire.label);
            for rect in foreign {
                assert!(!overlap(&stretch, rect), "{:?} runs through {rect:?}", wire.edge);
            }
        }
    }
}

#[test]
fn nothing_overlaps_and_nothing_is_cut_off() {
    for (_, _, diagram) in pictures() {
        let layout = layout(&diagram);
        legible(&layout);
        for placed in &layout.states {
            let room = placed.rect.width - 2.0 * layout::PADDING;
            assert!(layout::TITLE.widest(&placed.title) <= room && layout::NOTE.widest(&placed.notes) <= room);
        }
    }
}

#[test]
fn a_way_ends_at_its_states() {
    for (_, _, diagram) in pictures() {
        let layout = layout(&diagram);
        for wire in &layout.wires {
            let touches = |at: usize, (x, y, _): (f64, f64, bool)| {
                let rect = layout.states[at].rect;
                let on_edge = (y - rect.y).abs() < 0.01 || (y - rect.y - rect.height).abs() < 0.01;
                on_edge && (rect.x..=rect.x + rect.width).contains(&x)
            };
            let ends = (wire.course[0], *wire.course.last().unwrap());
            assert!(touches(wire.edge.from, ends.0) && touches(wire.edge.to, ends.1), "{:?}: {ends:?}", wire.edge);
        }
    }
}

#[test]
fn the_svg_is_well_formed_self_contained_and_tells_itself() {
    for (_, _, diagram) in pictures() {
        let svg = svg(&diagram);
        xml::check(&svg).unwrap();
        for part in ["role=\"img\"", "<title id=\"title\">", "<desc id=\"about\">", "prefers-color-scheme: dark"] {
            assert!(svg.contains(part), "no {part}");
        }
        for foreign in ["<script", "href", "@import", "url(http", "onload"] {
            assert!(!svg.contains(foreign), "{foreign}");
        }
        let direction = if diagram.is_rtl() { "direction=\"rtl\"" } else { "direction=\"ltr\"" };
        assert!(svg.contains(direction));
    }
}

#[test]
fn ends_times_and_decisions_look_different() {
    for (_, _, diagram) in pictures() {
        let svg = svg(&diagram);
        let ends = diagram.nodes.iter().filter(|node| matches!(node.kind, NodeKind::Ends(_))).count();
        // One more of each stands in the legend.
        assert_eq!(svg.matches("class=\"inner\"").count(), ends + 1, "each end has two borders");
        for (by, class) in [(By::Time, "wire time"), (By::Decision, "wire decision")] {
            let drawn = diagram.edges.iter().filter(|edge| edge.by == by).count();
            assert_eq!(svg.matches(&format!("class=\"{class}\"")).count(), drawn + 1, "{class}");
        }
        assert!(svg.contains(".wire.time { stroke: #b0561f; stroke-dasharray"), "time is dashed");
    }
}

#[test]
fn the_same_workflow_gives_the_same_picture() {
    for (workflow, environment, diagram) in pictures() {
        let again = Diagram::of(workflow, environment, &diagram.language);
        assert_eq!((svg(&again), dot(&again), mermaid(&again)), (svg(&diagram), dot(&diagram), mermaid(&diagram)));
    }
}

#[test]
fn text_cannot_break_out_of_its_place() {
    let (_, _, mut diagram) = pictures().remove(0);
    let evil = "</text><script>alert(\"1\")</script> & \\\" ]; x -> y; \u{1}'";
    diagram.title = evil.into();
    diagram.name = evil.into();
    for node in &mut diagram.nodes {
        node.title = evil.into();
        node.stays = vec![evil.into()];
    }
    diagram.edges[0].labels = vec![evil.into()];
    let svg = svg(&diagram);
    xml::check(&svg).unwrap();
    assert!(!svg.contains("<script"));
    let quotes = |line: &str| line.replace("\\\\", "").replace("\\\"", "").matches('"').count();
    assert!(dot(&diagram).lines().all(|line| quotes(line) % 2 == 0));
    assert!(mermaid(&diagram).lines().filter(|line| line.contains("alert")).all(|line| !line.contains('<')));
}

/// Any diagram of so many states.
fn some_diagram() -> impl Strategy<Value = Diagram> {
    let edge = |states: usize| (0..states, 0..states, 0_usize..3, "[a-z ]{1,60}");
    (2_usize..14).prop_flat_map(move |states| {
        (Just(states), prop::collection::vec(edge(states), 0..40), 0..states).prop_map(|(states, edges, start)| {
            let node = |at: usize| Node {
                name: format!("n{at}"),
                title: format!("State {at}"),
                kind: NodeKind::Decides,
                does: vec!["note of it".into(); at % 4],
                stays: Vec::new(),
                heat: Heat::None,
            };
            let by = |by: usize| [By::Decision, By::Event, By::Time][by];
            let edges = edges.into_iter().filter(|(from, to, ..)| from != to);
            let edges =
                edges.map(|(from, to, kind, label)| Edge { from, to, by: by(kind), labels: vec![format!("x{label}")] });
            Diagram {
                language: "en".into(),
                title: "Any".into(),
                name: "any".into(),
                start,
                nodes: (0..states).map(node).collect(),
                edges: edges.collect(),
                anywhere: Vec::new(),
            }
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_diagram_is_legible(diagram in some_diagram()) {
        legible(&layout(&diagram));
        xml::check(&svg(&diagram)).unwrap();
    }
}
