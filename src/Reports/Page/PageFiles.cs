using System.Security.Cryptography;
using System.Text;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>The look of pages and drawings: style sheets of this assembly, before them the colours that the program computes.</summary>
internal static class PageStyle
{
    private static readonly string Computed = $$"""
        :root{--red-by-day:{{ColorMap.Diverging.At(0.83)}};--blue-by-day:{{ColorMap.Diverging.At(0.15)}};
        --red-by-night:{{ColorMap.Diverging.At(0.75)}};--blue-by-night:{{ColorMap.Diverging.At(0.25)}};
        --ink-on-light:{{TextTones.InkOnLight}};--ink-on-dark:{{TextTones.InkOnDark}}}

        """ + PageFiles.Read("colors.css");

    private static readonly string Classes = $$"""
        {{ValueColors.LightRules}}{{ClassColors.LightRules}}
        @media(prefers-color-scheme:dark){{{ValueColors.DarkRules}}{{ClassColors.DarkRules}}}

        """ + PageFiles.Read("drawing.css");

    /// <summary>For pages without plots.</summary>
    public static string OfPages { get; } = Computed + PageFiles.Read("report.css");

    /// <summary>What pages with plots need besides.</summary>
    public static string OfPlots { get; } = Classes + PageFiles.Read("figure.css");

    /// <summary>For a drawing that is a file of its own.</summary>
    public static string OfDrawings { get; } =
        Computed + Classes + ":root{font-family:system-ui,sans-serif;font-variant-numeric:tabular-nums;background:var(--card)}";
}

/// <summary>
/// The script of pages with plots, and what allows the browser to run it, and no other: its hash in the page's policy.
/// </summary>
internal static class PlotScript
{
    /// <summary>The id of the element that holds <see cref="PlotData"/>.</summary>
    public const string DataId = "plot-data";

    private static readonly string[] Parts =
        ["page.js", "data.js", "svg.js", "axis.js", "figure.js", "features.js", "values.js", "rows.js", "single.js", "menus.js"];

    /// <summary>The program text, which holds nothing that could end its element.</summary>
    public static string Source { get; } = $"\n\"use strict\";\n{{\n{string.Concat(Parts.Select(PageFiles.Read))}}}\n";

    /// <summary>The script's source as a content security policy names it.</summary>
    public static string Policy { get; } = $"'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Source)))}'";
}

/// <summary>The files of this assembly that become part of pages.</summary>
internal static class PageFiles
{
    public static string Read(string name)
    {
        using var stream = typeof(PageFiles).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"{name} is not in the assembly.");
        using var reader = new StreamReader(stream, Encoding.UTF8);

        // However the repository was checked out: browsers hash line ends as \n.
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}
