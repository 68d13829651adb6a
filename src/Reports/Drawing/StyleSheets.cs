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

    /// <summary>For a page that needs a script for so much.</summary>
    public static string For(PageParts parts) => string.Concat(
    [
        Computed, EmbeddedFiles.Read("report.css"),
        parts.HasFlag(PageParts.Plots) ? Classes : EmbeddedFiles.Read("drawing.css"),
        .. parts == PageParts.None ? (string[])[] : [EmbeddedFiles.Read("tip.css")],
        .. parts.HasFlag(PageParts.Plots) ? (string[])[EmbeddedFiles.Read("figure.css")] : [],
        .. parts.HasFlag(PageParts.Images) ? (string[])[EmbeddedFiles.Read("images.css")] : [],
        .. parts.HasFlag(PageParts.Attention) ? (string[])[EmbeddedFiles.Read("attention.css")] : [],
        .. parts.HasFlag(PageParts.Volumes) ? (string[])[EmbeddedFiles.Read("volumes.css")] : [],
    ]);

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
