namespace Microsoft.ML.Introspection.Reports;

/// <summary>The look of plots, for pages that have any.</summary>
internal static class PlotStyle
{
    public static string Sheet { get; } = $$"""
        .plot { position: relative; display: grid; grid-template-columns: minmax(0, 1fr) auto; align-items: baseline; column-gap: 16px;
            margin: 16px 0; overflow-x: auto; }
        .plot > svg { grid-column: 1 / -1; display: block; max-width: 100%; min-width: 300px; height: auto; overflow: visible;
            font-variant-numeric: tabular-nums; }
        .plot.wide > svg { min-width: 720px; }
        .content > .plot { flex: 1 1 440px; max-width: 500px; margin: 0; }
        .content > .plot.wide { flex: 1 1 100%; max-width: none; }
        .content > .card:has(.plot) { flex-basis: 400px; }
        .content > .card:has(.plot.wide) { flex-basis: 100%; }
        .plot:focus { outline: none; }
        .by-keys .plot:focus { outline: 2px solid var(--soft); outline-offset: 6px; border-radius: 6px; }
        .plot .tick { font-size: 11.5px; fill: var(--soft); }
        .plot .title { font-size: 12.5px; fill: var(--soft); }
        .grid { stroke: var(--line); stroke-width: 1; shape-rendering: crispEdges; }
        .thread { stroke: var(--line); stroke-width: 1; stroke-dasharray: 1 3; shape-rendering: crispEdges; }
        .zero { stroke: var(--soft); stroke-opacity: .75; stroke-width: 1; vector-effect: non-scaling-stroke; }
        .columns .zero { stroke: var(--ink); stroke-dasharray: 4 3; }
        .link { stroke: var(--soft); stroke-opacity: .6; stroke-width: 1; stroke-dasharray: 2 2; }
        .leader { fill: none; stroke: var(--soft); stroke-opacity: .45; stroke-width: 1; }
        .hit { fill: none; pointer-events: all; }
        .fill { fill: var(--c); }
        .fill.band, .step { shape-rendering: crispEdges; }
        .dots { fill: none; stroke: var(--c); stroke-linecap: round; }
        .dots.key { stroke-width: 8; }
        .zoomed .dots, .zoomed .row { vector-effect: non-scaling-stroke; }
        .moving > g > .dots { stroke-opacity: .8; }
        .histogram { fill: var(--line); }
        .row { fill: none; stroke: var(--c); stroke-width: 1.1; stroke-opacity: .5; stroke-linejoin: round; }
        .row.strong { stroke-width: 2.6; stroke-opacity: 1; }
        .bar.size { fill: var(--size); }
        .bar.rest { fill: var(--rest); }
        .others .fill, .faded { opacity: .55; }
        .piece { stroke: var(--card); stroke-width: 1; }
        .within { fill: var(--card); }
        .up { fill: var(--favour); color: var(--favour-ink); }
        .down { fill: var(--against); color: var(--against-ink); }
        .shade0 { opacity: .86; } .shade1 { opacity: .68; } .shade2 { opacity: .52; }
        .curve { fill: none; stroke: var(--ink); stroke-width: 1.3; stroke-linejoin: round; }
        .cell, .step { fill: var(--light); }
        .cell { stroke: var(--faint); }
        .celltext { font-size: 10.5px; fill: var(--ink); }
        .plot image { image-rendering: pixelated; }
        .by-night { display: none; }
        :root { --none: #9aa2ae; }
        {{ValueColors.LightRules}}
        {{ClassColors.LightRules}}
        .{{ValueColors.None}}{--c:var(--none)}.{{ValueColors.Plain}}{--c:var(--size)}
        @media (prefers-color-scheme: dark) {
          :root { --none: #778190; }
          .cell, .step { fill: var(--dark); }
          .by-day { display: none; } .by-night { display: inline; }
          {{ValueColors.DarkRules}}
          {{ClassColors.DarkRules}}
        }
        .over { pointer-events: none; }
        .ring { fill: none; stroke: var(--ink); stroke-width: 1.4; }
        .trace { fill: none; stroke: var(--ink); stroke-width: 2; stroke-linejoin: round; }
        .pointing .row { stroke-opacity: .18; }
        .pick { fill: var(--ink); fill-opacity: .22; }
        .over .band { fill: var(--soft); fill-opacity: .14; stroke: var(--soft); stroke-width: 1; }
        .mark.on .hit { fill: var(--faint); }
        .mark.on .cell, .mark.on .piece { stroke: var(--ink); stroke-width: 1.4; }
        .zoomable .area { cursor: crosshair; }
        .tip { position: fixed; z-index: 9; max-width: 340px; padding: 8px 12px 9px; border: 1px solid var(--line); border-radius: 9px;
            background: var(--card); color: var(--ink); box-shadow: 0 6px 24px rgb(0 0 0 / .16); font-size: 12.5px; line-height: 1.5;
            font-variant-numeric: tabular-nums; pointer-events: none; overflow-wrap: anywhere; }
        .tip > div { display: flex; justify-content: space-between; gap: 4px 18px; }
        .tip .what { color: var(--soft); }
        .tip b { flex: none; max-width: 190px; font-weight: 600; text-align: right; }
        .tip .head .what, .tip .line .what { color: var(--ink); font-weight: 640; }
        .tip .line { margin-top: 5px; padding-top: 5px; border-top: 1px solid var(--line); }
        .tools { grid-column: 2; display: flex; align-items: center; gap: 4px; opacity: .0; transition: opacity .15s; font-size: 12px;
            color: var(--soft); }
        .plot:hover .tools, .plot:focus-within .tools, .zoomed .tools { opacity: 1; }
        .tools .hint { margin-right: 6px; }
        .plot:not(.wide) .hint { display: none; }
        .plot:has(> figcaption:empty) > .tools { position: absolute; right: 0; bottom: 0; }
        .tools button { min-width: 26px; height: 24px; padding: 0 8px; border: 1px solid var(--line); border-radius: 7px; background:
            var(--card); color: var(--ink); font: inherit; cursor: pointer; }
        .tools button:hover { background: var(--faint); }
        @media (hover: none) { .tools { opacity: 1; } .tools .hint { display: none; } }
        @media (max-width: 600px) { .tools .hint { display: none; } }
        @media print {
          .tools, .tip { display: none !important; }
          .plot { break-inside: avoid; overflow: visible; } .plot > svg, .plot.wide > svg { min-width: 0; } .content > .plot { flex-basis:
              300px; }
          .card:has(.plot) { break-inside: auto; } .heading { break-after: avoid; }
        }

        """;
}
