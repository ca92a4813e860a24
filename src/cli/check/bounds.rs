//! What `check` proves of workflows, on the screen.

use wasl_core::bounds::Bounds;

use crate::output::Screen;

/// From so many workflows on, each gets one line of bounds.
const SHORT_FROM: usize = 3;

/// What is proven of the workflows' worst cases.
pub(super) fn text(bounds: &[Bounds], screen: Screen) -> String {
    let language = screen.lang();
    if bounds.len() >= SHORT_FROM {
        return bounds.iter().map(|bounds| bounds.summary(language)).collect::<Vec<_>>().join("\n");
    }
    let headers =
        [screen.pick("worst case", "أسوأ الأحوال"), screen.pick("at most", "بحد أقصى"), screen.pick("how", "كيف")];
    let block = |bounds: &Bounds| {
        let lines = bounds.lines(language).into_iter().map(|line| vec![line.name, line.most, line.why]);
        format!("{}\n{}", screen.heading(&bounds.heading(language)), screen.table(&headers, lines.collect()))
    };
    bounds.iter().map(block).collect::<Vec<_>>().join("\n\n")
}
