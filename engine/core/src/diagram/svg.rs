//! A diagram as a self-contained SVG: no scripts, no fonts from elsewhere, light and dark.

mod style;

use std::fmt::Write as _;

use super::layout::{self, LABEL, LABEL_PADDING, Layout, NOTE, PADDING, Placed, REOPENS, Rect, STAYS, TITLE, Wire};
use super::text::Font;
use super::{By, Diagram, Heat, NodeKind, waiting_title};
use crate::definition::WaitingOn;
use style::STYLE;

const HEADING: Font = Font { size: 20.0, bold: true };
const LEGEND: Font = Font { size: 12.0, bold: false };
/// Around everything.
const MARGIN: f64 = 28.0;
/// A picture is never narrower, so that its heading has room.
const WIDTH_MIN: f64 = 720.0;

/// The picture.
pub fn svg(diagram: &Diagram) -> String {
    let layout = layout::layout(diagram);
    let width = (layout.width + 2.0 * MARGIN).max(WIDTH_MIN).ceil();
    let mut page = Page { rtl: diagram.is_rtl(), width, body: String::new() };
    let header = page.header(diagram);
    let (left, top) = ((width - layout.width) / 2.0, header + MARGIN);
    page.begin(diagram, &layout, left, top);
    for wire in &layout.wires {
        page.wire(wire, left, top);
    }
    for placed in &layout.states {
        page.state(placed, left, top);
    }
    for wire in &layout.wires {
        page.label(wire, left, top);
    }
    let height = (top + layout.height + MARGIN).ceil();
    let (lang, dir) = (&diagram.language, if diagram.is_rtl() { "rtl" } else { "ltr" });
    let (title, about) = (escape(&diagram.title), escape(&description(diagram)));
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
         role=\"img\" aria-labelledby=\"title about\" lang=\"{lang}\" xml:lang=\"{lang}\" direction=\"{dir}\">\n\
         <title id=\"title\">{title}</title>\n<desc id=\"about\">{about}</desc>\n{STYLE}\
         <rect class=\"page\" width=\"{width}\" height=\"{height}\"/>\n{}</svg>\n",
        page.body
    )
}

/// What the picture shows, for who does not see it: every way in a sentence.
fn description(diagram: &Diagram) -> String {
    let ways = diagram.edges.iter().map(|edge| {
        let (from, to) = (diagram.title_of(edge.from), diagram.title_of(edge.to));
        let (arrow, comma) = (diagram.pick("→", "←"), diagram.pick("; ", "؛ "));
        format!("{from} {arrow} {to}: {}.", edge.labels.join(comma))
    });
    ways.collect::<Vec<_>>().join(" ")
}

/// The picture while it is drawn. Places are from the left; right to left everything is mirrored.
struct Page {
    rtl: bool,
    width: f64,
    body: String,
}

impl Page {
    /// A place across, mirrored if need be.
    fn x(&self, x: f64) -> f64 {
        if self.rtl { self.width - x } else { x }
    }

    fn rect(&mut self, class: &str, rect: Rect, radius: f64) {
        let x = if self.rtl { self.width - rect.x - rect.width } else { rect.x };
        let Rect { y, width, height, .. } = rect;
        let _ = writeln!(
            self.body,
            "<rect class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" rx=\"{radius}\"/>"
        );
    }

    /// Lines in the middle of `x`, the first with its upper edge at `top`; gives the lower edge of the last.
    fn lines(&mut self, class: &str, font: Font, lines: &[String], x: f64, top: f64) -> f64 {
        let mut y = top;
        for line in lines {
            let (x, base) = (self.x(x), y + font.line_height() * 0.76);
            let _ = writeln!(self.body, "<text class=\"{class}\" x=\"{x:.1}\" y=\"{base:.1}\">{}</text>", escape(line));
            y += font.line_height();
        }
        y
    }

    /// Title, legend, and what holds anywhere; gives its lower edge.
    fn header(&mut self, diagram: &Diagram) -> f64 {
        let room = self.width - 2.0 * MARGIN;
        let title = HEADING.wrap(&diagram.title, room);
        let mut y = self.lines("heading start", HEADING, &title, MARGIN, MARGIN);
        y = self.legend(diagram, y + 8.0);
        if diagram.anywhere.is_empty() {
            return y;
        }
        let lines: Vec<String> = layout::anywhere_lines(diagram)
            .iter()
            .flat_map(|line| NOTE.wrap(&format!("• {line}"), room.min(560.0)))
            .collect();
        let heading = [diagram.anywhere_title().to_owned()];
        let width = NOTE.widest(&lines).max(TITLE.widest(&heading)) + 2.0 * PADDING;
        let height = TITLE.line_height()
            + 4.0
            + NOTE.line_height() * f64::from(u32::try_from(lines.len()).unwrap_or(0))
            + 2.0 * PADDING;
        let rect = Rect { x: MARGIN, y: y + 14.0, width, height };
        self.rect("anywhere", rect, 4.0);
        let below = self.lines("name start", TITLE, &heading, rect.x + PADDING, rect.y + PADDING);
        self.lines("note start", NOTE, &lines, rect.x + PADDING, below + 4.0);
        rect.y + rect.height
    }

    /// What colours and lines mean, in rows as wide as the picture; gives the lower edge.
    fn legend(&mut self, diagram: &Diagram, top: f64) -> f64 {
        let (mut x, mut y) = (MARGIN, top);
        for (class, text) in legend(diagram) {
            let sample = if class.is_empty() { 0.0 } else { 30.0 };
            let needed = sample + LEGEND.width(&text) + 18.0;
            if x + needed > self.width - MARGIN && x > MARGIN {
                (x, y) = (MARGIN, y + 24.0);
            }
            if class.starts_with("wire") {
                let (from, to) = (self.x(x), self.x(x + 22.0));
                let marks = marks(class);
                let _ =
                    writeln!(self.body, "<path class=\"{class}\" {marks} d=\"M{from:.1} {0:.1}H{to:.1}\"/>", y + 8.0);
            } else if !class.is_empty() {
                self.rect(class, Rect { x, y, width: 22.0, height: 16.0 }, 4.0);
                if class == "state final" {
                    self.rect("inner", Rect { x: x + 3.0, y: y + 3.0, width: 16.0, height: 10.0 }, 2.0);
                }
            }
            self.lines("legend start", LEGEND, std::slice::from_ref(&text), x + sample, y);
            x += needed;
        }
        y + 18.0
    }

    /// The point from which a case begins.
    fn begin(&mut self, diagram: &Diagram, layout: &Layout<'_>, left: f64, top: f64) {
        let Some(start) = layout.states.get(diagram.start) else { return };
        let x = self.x(left + start.rect.x + start.rect.width / 2.0);
        let y = top + start.rect.y;
        let _ = writeln!(self.body, "<circle class=\"begin\" cx=\"{x:.1}\" cy=\"{:.1}\" r=\"5\"/>", y - 20.0);
        let _ = writeln!(
            self.body,
            "<path class=\"wire event\" {} d=\"M{x:.1} {:.1}V{y:.1}\"/>",
            marks("wire event"),
            y - 15.0
        );
    }

    fn state(&mut self, placed: &Placed<'_>, left: f64, top: f64) {
        let rect = Rect { x: placed.rect.x + left, y: placed.rect.y + top, ..placed.rect };
        let kind = match placed.node.kind {
            NodeKind::Waits(WaitingOn::Us) => "us",
            NodeKind::Waits(WaitingOn::Family) => "family",
            NodeKind::Waits(WaitingOn::Court) => "court",
            NodeKind::Decides => "decides",
            NodeKind::Ends(_) => "final",
        };
        let _ = writeln!(self.body, "<g id=\"state-{}\">", escape(&placed.node.name));
        if let Some(class) = heat_class(placed.node.heat) {
            let Rect { x, y, width, height } = rect;
            let around = Rect { x: x - 5.0, y: y - 5.0, width: width + 10.0, height: height + 10.0 };
            self.rect(class, around, 11.0);
        }
        self.rect(&format!("state {kind}"), rect, if kind == "decides" { 20.0 } else { 8.0 });
        if kind == "final" {
            let inner = Rect { x: rect.x + 4.0, y: rect.y + 4.0, width: rect.width - 8.0, height: rect.height - 8.0 };
            self.rect("inner", inner, 5.0);
        }
        let middle = rect.x + rect.width / 2.0;
        let below = self.lines("name", TITLE, &placed.title, middle, rect.y + PADDING);
        self.lines("note start", NOTE, &placed.notes, rect.x + PADDING, below + 5.0);
        self.body.push_str("</g>\n");
    }

    fn wire(&mut self, wire: &Wire<'_>, left: f64, top: f64) {
        let mut path = String::new();
        let mut before = (0.0, 0.0);
        for (at, (x, y, straight)) in wire.course.iter().enumerate() {
            let (x, y) = (self.x(x + left), y + top);
            let _ = match (at, straight) {
                (0, _) => write!(path, "M{x:.1} {y:.1}"),
                (_, true) => write!(path, "L{x:.1} {y:.1}"),
                (_, false) => {
                    let half = f64::midpoint(before.1, y);
                    write!(path, "C{:.1} {half:.1} {x:.1} {half:.1} {x:.1} {y:.1}", before.0)
                }
            };
            before = (x, y);
        }
        let class = wire_class(wire.edge.by);
        let _ = writeln!(self.body, "<path class=\"{class}\" {} d=\"{path}\"/>", marks(class));
    }

    fn label(&mut self, wire: &Wire<'_>, left: f64, top: f64) {
        let rect = Rect { x: wire.label.x + left, y: wire.label.y + top, ..wire.label };
        self.rect("halo", rect, 4.0);
        let class = format!("label {}", by_class(wire.edge.by));
        self.lines(&class, LABEL, &wire.lines, rect.x + rect.width / 2.0, rect.y + LABEL_PADDING);
    }
}

/// How heat is drawn: by colour, and by a line that is broken less the more there is of it.
fn heat_class(heat: Heat) -> Option<&'static str> {
    match heat {
        Heat::None => None,
        Heat::Some => Some("heat some"),
        Heat::Quarter => Some("heat quarter"),
        Heat::Half => Some("heat half"),
    }
}

fn legend(diagram: &Diagram) -> Vec<(&'static str, String)> {
    let mut legend = legend_of_states(diagram);
    if diagram.nodes.iter().any(|node| node.heat != Heat::None) {
        let say = |class, en: &'static str, ar: &'static str| (class, diagram.pick(en, ar).to_owned());
        legend.extend([
            say("heat some", "Some cases overdue", "بعض الحالات متأخرة"),
            say("heat quarter", "A quarter or more overdue", "ربعها أو أكثر متأخر"),
            say("heat half", "Half or more overdue", "نصفها أو أكثر متأخر"),
        ]);
    }
    legend
}

fn legend_of_states(diagram: &Diagram) -> Vec<(&'static str, String)> {
    let waits = |class, on| (class, waiting_title(on).get(&diagram.language).to_owned());
    let say = |class, en: &'static str, ar: &'static str| (class, diagram.pick(en, ar).to_owned());
    vec![
        waits("state us", WaitingOn::Us),
        waits("state family", WaitingOn::Family),
        waits("state court", WaitingOn::Court),
        say("state decides", "Decides at once", "تقرر فورا"),
        say("state final", "End", "نهاية"),
        say("wire decision", "Decision", "قرار"),
        say("wire event", "Something comes", "ورود حدث"),
        say("wire time", "Time without it", "انقضاء المهلة"),
        ("", format!("{STAYS} {}", diagram.pick("the case stays", "تبقى الحالة"))),
        ("", format!("{REOPENS} {}", diagram.pick("opened again after the end", "تُفتح ثانية بعد النهاية"))),
    ]
}

fn by_class(by: By) -> &'static str {
    match by {
        By::Decision => "decision",
        By::Event | By::Reopening => "event",
        By::Time => "time",
    }
}

fn wire_class(by: By) -> &'static str {
    match by {
        By::Decision => "wire decision",
        By::Event | By::Reopening => "wire event",
        By::Time => "wire time",
    }
}

/// The ends of a line: an arrow, and for decisions a diamond where it begins.
fn marks(class: &str) -> &'static str {
    match class {
        "wire decision" => "marker-start=\"url(#choice)\" marker-end=\"url(#to-decision)\"",
        "wire time" => "marker-end=\"url(#to-time)\"",
        _ => "marker-end=\"url(#to-event)\"",
    }
}

/// Text as XML has it; signs that XML does not allow are left out.
fn escape(text: &str) -> String {
    let mut escaped = String::new();
    for sign in text.chars() {
        match sign {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\n' | '\t' => escaped.push(' '),
            sign if sign.is_control() || matches!(sign, '\u{fffe}' | '\u{ffff}') => {}
            sign => escaped.push(sign),
        }
    }
    escaped
}
