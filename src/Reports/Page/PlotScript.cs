using System.Security.Cryptography;
using System.Text;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>
/// The script of pages with plots, and what allows the browser to run it, and no other: its hash in the page's policy.
/// </summary>
internal static class PlotScript
{
    private static readonly string[] Parts =
        ["page.js", "data.js", "svg.js", "axis.js", "figure.js", "features.js", "values.js", "rows.js", "single.js", "menus.js"];

    /// <summary>The program text, which holds nothing that could end its element.</summary>
    public static string Source { get; } = $"\n\"use strict\";\n{{\n{string.Concat(Parts.Select(EmbeddedFiles.Read))}}}\n";

    /// <summary>The script's source as a content security policy names it.</summary>
    public static string Policy { get; } = $"'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Source)))}'";
}
