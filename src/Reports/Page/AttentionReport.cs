using Microsoft.ML.Introspection.Imaging;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>A page of where the blocks of a network look in one row.</summary>
public static class AttentionReport
{
    /// <summary>The page: a view for the blocks of the same queries and keys each.</summary>
    /// <param name="title">Its heading.</param>
    /// <param name="blocks">The blocks in their order; one at least.</param>
    /// <param name="tokens">The tokens as the reader is to see them; they name queries and keys where these are as many.</param>
    /// <param name="input">The row as a picture; null for none.</param>
    /// <param name="flow">How much can flow between tokens through all blocks; null for none.</param>
    public static Report Of(string title, IReadOnlyList<SeenAttention> blocks, IReadOnlyList<string>? tokens = null, Raster? input = null,
        SeenAttention? flow = null)
    {
        ArgumentNullException.ThrowIfNull(blocks);
        if (blocks.Count == 0)
            throw new ArgumentException("One block of attention at least was expected.", nameof(blocks));
        var report = new Report(title, "Where each token looks, block by block and head by head");
        if (input is not null)
            report.Add(new Gallery(new Figure(input, "", "The input") { Heading = "Input" }));
        foreach (var group in blocks.GroupBy(b => (Queries: b.Map.Dimensions[1], Keys: b.Map.Dimensions[2])))
            report.Add(new Section($"{group.Key.Queries:N0} queries, {group.Key.Keys:N0} keys",
                string.Join(", ", group.Select(b => b.Name).Take(24)) + (group.Count() > 24 ? ", …" : ""))
            {
                View([.. group], group.Key.Queries, group.Key.Keys, "Attention is what a query looks at, not what the score is made of."),
            });
        if (flow is not null)
            report.Add(new Section(flow.Name, "How much can flow from a token at the end to each at the start, through all blocks")
            {
                View([flow], flow.Map.Dimensions[1], flow.Map.Dimensions[2], "The maximum flow between two tokens."),
            });
        return report;

        AttentionView View(IReadOnlyList<SeenAttention> of, long queries, long keys, string caption) =>
            new(of, Names(queries), Names(keys)) { Caption = caption };

        IReadOnlyList<string>? Names(long count) => tokens?.Count == count ? tokens : null;
    }
}
