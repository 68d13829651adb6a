namespace Microsoft.ML.Introspection.Reports;

/// <summary>The look of the report. Red and blue are those of <see cref="ColorMap.Diverging"/>, lighter on a dark ground.</summary>
internal static class ReportStyle
{
    public static string Sheet { get; } = $$"""

        :root {
          --ground: #f5f6f8; --card: #ffffff; --ink: #1b2028; --soft: #5c6573; --line: #e2e5ea; --faint: #f0f2f5;
          --favour: {{ColorMap.Diverging.At(0.83)}}; --against: {{ColorMap.Diverging.At(0.15)}};
          --favour-tint: #fdebe7; --favour-ink: #9a1c20; --against-tint: #e6f0fc; --against-ink: #17489a;
          --rest: #a3abb8; --size: #7b4397;
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --ground: #12151b; --card: #1b2029; --ink: #e8ebf0; --soft: #9ba5b4; --line: #2d3440; --faint: #232a35;
            --favour: {{ColorMap.Diverging.At(0.75)}}; --against: {{ColorMap.Diverging.At(0.25)}};
            --favour-tint: #42211f; --favour-ink: #ffb3a3; --against-tint: #1a2f4c; --against-ink: #a9d0fb;
            --rest: #5d6775; --size: #b58ad0;
          }
        }
        * { box-sizing: border-box; }
        body {
          margin: 0; background: var(--ground); color: var(--ink);
          font: 15px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", Ubuntu, "Helvetica Neue", sans-serif;
        }
        main { max-width: 1120px; margin: 0 auto; padding: 48px 24px 16px; }
        header { margin-bottom: 28px; }
        h1 { margin: 0; font-size: 32px; line-height: 1.2; letter-spacing: -.02em; font-weight: 680; overflow-wrap: anywhere; }
        h1::before {
          content: ""; display: block; width: 56px; height: 5px; border-radius: 3px; margin-bottom: 18px;
          background: linear-gradient(90deg, var(--against), var(--line), var(--favour));
        }
        .subtitle { margin: 8px 0 0; color: var(--soft); font-size: 17px; }
        .card { background: var(--card); border: 1px solid var(--line); border-radius: 14px; padding: 22px 24px 24px; margin: 20px 0;
            break-inside: avoid; }
        .card .card { background: none; margin: 0; padding: 16px 18px 18px; }
        .heading { display: flex; flex-wrap: wrap; align-items: baseline; gap: 2px 14px; margin-bottom: 14px; }
        h2 { margin: 0; font-size: 19px; line-height: 1.3; letter-spacing: -.01em; font-weight: 640; overflow-wrap: anywhere; }
        .card .card h2 { font-size: 16px; }
        .aside { margin: 0; color: var(--soft); font-variant-numeric: tabular-nums; }
        .content { display: flex; flex-wrap: wrap; gap: 20px 32px; align-items: flex-start; }
        .text { max-width: 75ch; margin: 0 0 16px; white-space: pre-line; overflow-wrap: anywhere; }
        .code { margin: 16px 0; padding: 14px 18px; background: var(--faint); border-radius: 10px; overflow-x: auto; font: 13px/1.5
            ui-monospace, "Cascadia Mono", Menlo, Consolas, monospace; }
        .facts { display: flex; flex-wrap: wrap; gap: 1px; margin: 20px 0; background: var(--line); border: 1px solid var(--line);
            border-radius: 14px; overflow: hidden; }
        .facts > div { flex: 1 1 auto; min-width: 120px; background: var(--card); padding: 12px 18px 14px; }
        .facts dt { color: var(--soft); font-size: 13px; }
        .facts dd { margin: 1px 0 0; font-size: 16px; font-weight: 600; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
        .table { overflow-x: auto; margin: 20px 0; background: var(--card); border: 1px solid var(--line); border-radius: 14px; padding:
            6px 0; }
        .card .table { border: 0; padding: 0; border-radius: 0; }
        table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
        caption { text-align: left; padding: 10px 20px 8px; color: var(--soft); font-size: 13.5px; }
        .card caption { padding-left: 0; }
        th { text-align: left; font-size: 12.5px; font-weight: 600; color: var(--soft); white-space: nowrap; }
        th, td { padding: 9px 12px; border-bottom: 1px solid var(--line); vertical-align: middle; }
        th:first-child, td:first-child { padding-left: 20px; }
        th:last-child, td:last-child { padding-right: 20px; }
        .card th:first-child, .card td:first-child { padding-left: 0; }
        tbody tr:last-child td { border-bottom: 0; }
        tbody tr:hover { background: var(--faint); }
        .number { text-align: right; white-space: nowrap; }
        td img { display: block; border-radius: 5px; }
        .labels { display: flex; flex-wrap: wrap; gap: 5px; }
        .label { display: inline-block; padding: 1px 9px; border-radius: 99px; font-size: 13px; line-height: 1.6; overflow-wrap: anywhere; }
        .label b { font-weight: 620; }
        .label.favour { background: var(--favour-tint); color: var(--favour-ink); }
        .label.against { background: var(--against-tint); color: var(--against-ink); }
        figure { margin: 0; max-width: 100%; }
        figcaption, .note { margin: 8px 0 0; color: var(--soft); font-size: 13px; line-height: 1.45; overflow-wrap: anywhere; }
        .gallery { display: flex; flex-wrap: wrap; gap: 20px; margin: 16px 0; }
        .gallery img { display: block; width: 100%; height: auto; border-radius: 8px; box-shadow: 0 0 0 1px var(--line); }
        .sharp { image-rendering: pixelated; }
        .legend { display: flex; flex-wrap: wrap; justify-content: space-between; margin: 9px 0 0; color: var(--soft); font-size: 12px;
            line-height: 1.4; font-variant-numeric: tabular-nums; }
        .scale { flex: 0 0 100%; height: 9px; margin-bottom: 3px; border-radius: 5px; box-shadow: inset 0 0 0 1px rgb(128 128 128 / .25); }
        .bars { margin: 16px 0; max-width: 640px; }
        .bars svg { display: block; width: 100%; height: auto; font-size: 12.5px; font-variant-numeric: tabular-nums; }
        svg text { font-size: 12.5px; }
        .name, .amount { fill: var(--ink); }
        .value, .name.rest { fill: var(--soft); }
        .amount { font-weight: 560; }
        path.favour { fill: var(--favour); }
        path.against { fill: var(--against); }
        path.rest { fill: var(--rest); }
        path.size { fill: var(--size); }
        .tone { background: var(--light); color: {{TextTones.InkOnLight}}; }
        @media (prefers-color-scheme: dark) { .tone { background: var(--dark); color: {{TextTones.InkOnDark}}; } }
        .tokens, .volume, .methods { margin: 16px 0; }
        .running { margin: 0; line-height: 2; font-size: 16px; overflow-wrap: anywhere; }
        .token { position: relative; padding: 3px 6px; border-radius: 6px; box-decoration-break: clone; -webkit-box-decoration-break:
            clone; }
        .word { white-space: pre-wrap; }
        .minus .word { text-decoration: underline; text-decoration-thickness: 1px; text-underline-offset: 4px; text-decoration-color:
            rgb(128 128 128 / .9); }
        .tall { line-height: 3.2; }
        .tall .token { display: inline-block; line-height: 1.3; text-align: center; vertical-align: middle; }
        .token .number { display: block; font-size: 11px; text-align: center; font-variant-numeric: tabular-nums; }
        .unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; user-select:
            none; }
        .newline { display: block; }
        .tokens .legend, .common { max-width: 260px; }
        .slices { display: flex; flex-wrap: wrap; gap: 12px; margin: 0 0 16px; }
        .slices img { display: block; width: 100%; height: auto; border-radius: 6px; box-shadow: 0 0 0 1px var(--line); }
        .slices figcaption { margin-top: 4px; font-size: 12px; }
        .methods .gallery { margin: 0; gap: 24px 20px; }
        .above { margin: 0 0 6px; font-size: 13.5px; font-weight: 620; line-height: 1.3; overflow-wrap: anywhere; }
        figcaption:empty { display: none; }
        .axis { stroke: var(--soft); stroke-opacity: .55; stroke-width: 1; shape-rendering: crispEdges; }
        footer { max-width: 1120px; margin: 0 auto; padding: 8px 24px 40px; color: var(--soft); font-size: 12.5px; }
        .content > * { flex: 1 1 100%; min-width: 0; margin: 0; }
        .content > .bars { flex: 1 1 440px; }
        .content > .gallery { flex: 0 1 auto; }
        .content > .card { flex: 1 1 480px; }
        @media (max-width: 600px) { main { padding: 28px 14px 8px; } .card { padding: 16px; } h1 { font-size: 26px; } }
        @media print { :root { --ground: #fff; } main { padding: 0; } body { print-color-adjust: exact; -webkit-print-color-adjust: exact;
            } }

        """;
}
