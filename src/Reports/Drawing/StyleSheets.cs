using System.Text;
using Microsoft.ML.Introspection.Imaging;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>The look of pages and drawings: style sheets of this assembly, before them the colours that the program computes.</summary>
internal static class StyleSheets
{
    private static readonly string Computed = $$"""
        :root{--red-by-day:{{ColorMap.Diverging.At(0.83)}};--blue-by-day:{{ColorMap.Diverging.At(0.15)}};
        --red-by-night:{{ColorMap.Diverging.At(0.75)}};--blue-by-night:{{ColorMap.Diverging.At(0.25)}};
        --ink-on-light:{{TextTones.InkOnLight}};--ink-on-dark:{{TextTones.InkOnDark}}}

        """ + EmbeddedFiles.Read("colors.css");

    private static readonly string Classes = $$"""
        {{ValueColors.LightRules}}{{ClassColors.LightRules}}
        @media(prefers-color-scheme:dark){{{ValueColors.DarkRules}}{{ClassColors.DarkRules}}}

        """ + EmbeddedFiles.Read("drawing.css");

    /// <summary>For pages without plots.</summary>
    public static string OfPages { get; } = Computed + EmbeddedFiles.Read("report.css");

    /// <summary>What pages with plots need besides.</summary>
    public static string OfPlots { get; } = Classes + EmbeddedFiles.Read("figure.css");

    /// <summary>What pages without plots need for bars.</summary>
    public static string OfBars { get; } = EmbeddedFiles.Read("drawing.css");

    /// <summary>For a drawing that is a file of its own.</summary>
    public static string OfDrawings { get; } =
        Computed + Classes + ":root{font-family:system-ui,sans-serif;font-variant-numeric:tabular-nums;background:var(--card)}";
}

/// <summary>The files of this assembly that become part of pages.</summary>
internal static class EmbeddedFiles
{
    public static string Read(string name)
    {
        using var stream = typeof(EmbeddedFiles).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"{name} is not in the assembly.");
        using var reader = new StreamReader(stream, Encoding.UTF8);

        // However the repository was checked out: browsers hash line ends as \n.
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}
