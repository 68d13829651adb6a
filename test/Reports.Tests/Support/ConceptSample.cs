using Microsoft.ML.Introspection.Features;
using Microsoft.ML.Introspection.Jobs;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Tests.Data;

namespace Microsoft.ML.Introspection.Reports.Tests;

/// <summary>Pages of concepts, of channels, and of icons, of the pictures of <see cref="DissectedSample"/>.</summary>
internal static class ConceptSample
{
    private static readonly Lazy<IReadOnlyList<Report>> Made = new(Draw);

    public static IReadOnlyList<Report> Pages => Made.Value;

    private static IReadOnlyList<Report> Draw()
    {
        using var place = new TemporaryFolder();
        var folder = DissectedSample.Unpack(place);
        var (network, layer) = (DissectedSample.Network, DissectedSample.Layer);
        InputRows Feed(Onnx.TensorInfo input) => new(0);
        T Over<T>(Func<ImageRows, T> read)
        {
            using var rows = new ImageRows(folder.Images, DissectedSample.Preprocessing);
            return read(rows);
        }
        var count = folder.Images.Count;
        var kept = Over(rows => ExampleRows.Read(network, rows, Enumerable.Range(0, count).Select(i => (long)i), feed: Feed));
        var activations = Over(rows => LayerActivations.Take(network, rows, [layer], feed: Feed))[0];
        var (bank, maps) = ConceptBank.Learn(activations, 3);
        var target = Target.Class(1);
        var shares = Over(rows => ChannelReferences.Relevances(network, rows, [layer], target, feed: Feed))[0];
        ReferenceRows[] references = [.. Over(rows => ChannelReferences.Collect(network, rows, [layer], target, 3, feed: Feed))
            .Where(r => r.Criterion == new ReferenceCriterion(true, true))];
        LayerActivations Some(int from, int some) => activations with
        {
            Values = activations.Values[(from * activations.Width)..((from + some) * activations.Width)],
        };
        var gradients = Over(rows => LayerActivations.TakeGradients(network, rows, [layer], target, feed: Feed));
        var tested = Tcav.Run(gradients, [new("<i>a concept of a rather long name</i>", [Some(0, 6)]), new("other", [Some(6, 6)])],
            [.. Enumerable.Range(0, 4).Select(i => (IReadOnlyList<LayerActivations>)[Some(12 + 6 * i, 6)])]);
        var icons = new IconOptions { Steps = 2 };
        var atlas = Over(rows => ActivationAtlas.Of(network, rows, layer,
            new AtlasOptions { Grid = 3, LeastMembers = 2, PositionsPerRow = 2, Icons = icons }, feed: Feed));
        var seen = kept.Seen(0);
        var grid = ActivationGrid.Of(network, "/features/features.12/MaxPool",
            Onnx.Tensor.From(seen.As<float>(), [1, .. seen.Dimensions]), target, icons);
        var pictures = ConceptReport.Pictures(network, kept);
        return
        [
            ConceptReport.Tested("Tested", tested, [("Target", target)],
                new Dictionary<string, IReadOnlyList<Imaging.Raster>> { ["other"] = [.. pictures.Take(3)] }),
            ConceptReport.Found("Found", bank, network, kept, maps, [8, 8], [0.5, 0.1, 0.9], most: 4, rowName: r => $"picture {r}"),
            ConceptReport.Channels("Channels", network, references, kept, [shares.Means], mostChannels: 4),
            AtlasReport.Of("Atlas", atlas),
            AtlasReport.Of("Grid", grid, pictures[0]),
            new Report("Links") { new PageLinks(new PageLink("a layer", "00-a layer.html"), new PageLink("<b>later</b>", null)),
                new Gallery(new Figure(AtlasReport.Picture(atlas), "", "The atlas"), new Figure(AtlasReport.Picture(grid), "", "The grid")) },
        ];
    }
}
