using System.Security.Cryptography;
using System.Text;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>
/// The script of pages with plots, and what allows the browser to run it, and no other: its hash in the page's policy.
/// </summary>
internal static class PlotScript
{
    /// <summary>The id of the element that holds <see cref="PlotData"/>.</summary>
    public const string DataId = "plot-data";

    private static readonly string[] Parts = ["page.js", "zoom.js", "figure.js", "plots.js"];

    /// <summary>The program text, which holds nothing that could end its element.</summary>
    public static string Source { get; } = $"\n\"use strict\";\n{{\n{string.Concat(Parts.Select(Read))}}}\n";

    /// <summary>The script's source as a content security policy names it.</summary>
    public static string Policy { get; } = $"'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Source)))}'";

    private static string Read(string part)
    {
        using var stream = typeof(PlotScript).Assembly.GetManifestResourceStream(part)
            ?? throw new InvalidOperationException($"The script {part} is not in the assembly.");
        using var reader = new StreamReader(stream, Encoding.UTF8);

        // However the repository was checked out: browsers hash line ends as \n.
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}
