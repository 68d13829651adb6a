using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>The one script of a page, made of what the page needs, and what allows the browser to run it, and no other: its hash.</summary>
internal sealed class PageScript
{
    private static readonly ConcurrentDictionary<PageParts, PageScript> Known = new();

    private static readonly (PageParts Part, string[] Files)[] Files =
    [
        (PageParts.Plots,
        [
            "plots.js", "data.js", "svg.js", "axis.js", "figure.js", "features.js", "values.js", "rows.js", "single.js", "menus.js",
        ]),
        (PageParts.Words, ["words.js"]),
        (PageParts.Images | PageParts.Volumes | PageParts.Attention, ["maps.js"]),
        (PageParts.Images, ["images.js"]),
        (PageParts.Volumes, ["volumes.js"]),
        (PageParts.Attention, ["attention.js"]),
    ];

    private PageScript(PageParts parts)
    {
        var files = Files.Where(f => (f.Part & parts) != 0).SelectMany(f => f.Files).Prepend("elements.js");
        Source = $"\n\"use strict\";\n{{\n{string.Concat(files.Select(EmbeddedFiles.Read))}}}\n";
        Policy = $"'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Source)))}'";
    }

    /// <summary>The program text, which holds nothing that could end its element.</summary>
    public string Source { get; }

    /// <summary>The script's source as a content security policy names it.</summary>
    public string Policy { get; }

    /// <summary>The script of a page.</summary>
    public static PageScript Of(PageParts parts) => Known.GetOrAdd(parts, wanted => new PageScript(wanted));

    /// <summary>What it does, for the foot of a page; null where there is none.</summary>
    public static string? Does(PageParts parts)
    {
        string[] what =
        [
            .. parts.HasFlag(PageParts.Plots) ? (string[])["draws"] : [],
            .. (parts & (PageParts.Images | PageParts.Volumes | PageParts.Attention)) != 0 ? (string[])["colours maps"] : [],
            .. parts == PageParts.None ? (string[])[] : ["tells numbers"],
            .. parts.HasFlag(PageParts.Plots) ? (string[])["saves"] : [],
        ];
        return what switch
        {
            [] => null,
            [var only] => only,
            _ => $"{string.Join(", ", what[..^1])} and {what[^1]}",
        };
    }
}
