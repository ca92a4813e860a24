//! Colours, fonts and line ends of the picture. Classes only: readers that know no custom properties and
//! no colour schemes show the light picture.

/// The style sheet and the ends of lines.
pub(super) const STYLE: &str = r#"<style>
text { font-family: system-ui, "Segoe UI", "Noto Sans", "Noto Sans Arabic", "Noto Naskh Arabic", "Geeza Pro", Tahoma, Arial, sans-serif; text-anchor: middle; fill: #1c2530 }
.start { text-anchor: start }
.heading { font-size: 20px; font-weight: bold }
.legend { font-size: 12px; fill: #46525e }
.name { font-size: 14px; font-weight: bold }
.note { font-size: 11px; fill: #3c4753 }
.label { font-size: 11px }
.page { fill: #ffffff }
.halo { fill: #ffffff; fill-opacity: .92 }
.anywhere { fill: #fbfbf6; stroke: #8a8f80; stroke-width: 1; stroke-dasharray: 2 3 }
.state { stroke-width: 1.5 }
.us { fill: #e4eefb; stroke: #2f6db5 }
.family { fill: #fdf1dc; stroke: #b7791f }
.court { fill: #efe8fa; stroke: #7550b8 }
.decides { fill: #f1f3f5; stroke: #6b7785 }
.final { fill: #e7f5ec; stroke: #2f855a }
.inner { fill: none; stroke: #2f855a; stroke-width: 1 }
.heat { fill: none; stroke-width: 3.5 }
.heat.some { stroke: #c98a12; stroke-dasharray: 2 6 }
.heat.quarter { stroke: #c2541b; stroke-dasharray: 9 5 }
.heat.half { stroke: #a81e1e }
.wire { fill: none; stroke-width: 1.4 }
.wire.decision { stroke: #6b7785 }
.wire.event { stroke: #3973b0 }
.wire.time { stroke: #b0561f; stroke-dasharray: 5 4 }
.label.decision { fill: #4a5560 }
.label.event { fill: #1f4f86 }
.label.time { fill: #8a3f10 }
.begin, .to-event { fill: #3973b0; stroke: none }
.to-decision { fill: #6b7785; stroke: none }
.to-time { fill: #b0561f; stroke: none }
.choice { fill: #ffffff; stroke: #6b7785; stroke-width: 1.2 }
@media (prefers-color-scheme: dark) {
text { fill: #e8edf2 }
.legend { fill: #b4bfca }
.note { fill: #c6d0da }
.page, .halo, .choice { fill: #14191f }
.anywhere { fill: #1b2128; stroke: #7d8790 }
.us { fill: #1b2f47; stroke: #6aa5e6 }
.family { fill: #3a2d12; stroke: #e0ac55 }
.court { fill: #2d2344; stroke: #b294ea }
.decides { fill: #262d34; stroke: #97a3b0 }
.final { fill: #173323; stroke: #5cc08a }
.inner { stroke: #5cc08a }
.heat.some { stroke: #e8b64a }
.heat.quarter { stroke: #f08a4b }
.heat.half { stroke: #ff7d7d }
.wire.decision { stroke: #97a3b0 }
.wire.event { stroke: #6aa5e6 }
.wire.time { stroke: #e59460 }
.label.decision { fill: #c3ccd5 }
.label.event { fill: #a6cbf4 }
.label.time { fill: #f2b48e }
.begin, .to-event { fill: #6aa5e6 }
.to-decision { fill: #97a3b0 }
.to-time { fill: #e59460 }
.choice { stroke: #97a3b0 }
}
</style>
<defs>
<marker id="to-event" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="9" markerHeight="9" markerUnits="userSpaceOnUse" orient="auto"><path class="to-event" d="M0 1L10 5L0 9z"/></marker>
<marker id="to-decision" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="9" markerHeight="9" markerUnits="userSpaceOnUse" orient="auto"><path class="to-decision" d="M0 1L10 5L0 9z"/></marker>
<marker id="to-time" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="9" markerHeight="9" markerUnits="userSpaceOnUse" orient="auto"><path class="to-time" d="M0 1L10 5L0 9z"/></marker>
<marker id="choice" viewBox="0 0 12 12" refX="1" refY="6" markerWidth="12" markerHeight="12" markerUnits="userSpaceOnUse" orient="auto"><path class="choice" d="M1 6L6 2.5L11 6L6 9.5z"/></marker>
</defs>
"#;
