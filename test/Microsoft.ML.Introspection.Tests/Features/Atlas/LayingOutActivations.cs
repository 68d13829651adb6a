using Microsoft.ML.Introspection.Features;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Rows;
using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.LearnedFeatures;

[TestClass]
public sealed class LayingOutActivations
{
    private const string Layer = "/features/features.6/Relu";
    private static readonly IReadOnlyDictionary<string, Tensor> Expected = References.Arrays("features_atlas");
    private static readonly RuntimeOptions OneThread = new() { Threads = 1 };
    private static readonly IconOptions Quick = new() { Steps = 3 };

    [TestMethod]
    public void LayoutCellsAndWhitenedMeansAreThoseOfNumPy()
    {
        var unit = AtlasLayout.ToUnit(Expected["atlas_points"].ToDouble());
        Near.Equal(Expected["atlas_layout"].ToDouble(), unit, 1e-6);
        var cells = AtlasLayout.Cells(unit, 6);
        CollectionAssert.AreEqual(Expected["atlas_counts"].ToInt64(),
            Enumerable.Range(0, 36).Select(c => (long)cells.Count(own => own == c)).ToArray());
        var vectors = Expected["atlas_vectors"].ToDouble();
        var whitening = AtlasLayout.Whitening(vectors, 10);
        Near.Equal(Expected["atlas_whitening"].ToDouble(), whitening, 1e-6);
        double[] means = [.. Enumerable.Range(0, 36).SelectMany(cell =>
        {
            int[] members = [.. cells.Index().Where(c => c.Item == cell).Select(c => c.Index)];
            return Enumerable.Range(0, 10).Select(k => members.Length > 5 ? members.Average(m => vectors[m * 10 + k]) : 0);
        })];
        Near.Equal(Expected["atlas_means"].ToDouble(), means, 1e-6);
        Assert.Contains("span", Assert.ThrowsExactly<ArgumentException>(() => AtlasLayout.Whitening([1, 0, 2, 0], 2)).Message);
        Near.Equal([0, 0, 0, 0], AtlasLayout.ToUnit([3, 4, 3, 4]), 0);
    }

    [TestMethod]
    [DataRow(AtlasProjection.Neighbours)]
    [DataRow(AtlasProjection.Components)]
    public void AnAtlasOfActivations(AtlasProjection projection)
    {
        var network = References.Network("vgg_tiny");
        var images = References.Arrays("features_statistics")["rows_images"].Head(60);
        var options = new AtlasOptions
        {
            Projection = projection, PositionsPerRow = 2, MostPoints = 100, Grid = 3, LeastMembers = 4, Icons = Quick,
            Neighbours = new() { Steps = 60 },
        };
        ActivationAtlas Make()
        {
            using var rows = ArrayRows.Of("images",
                [new("input", NpyArray.From(Array.ConvertAll(images.ToDouble(), v => (float)(v / 255)), 60, 3, 32, 32))]);
            return ActivationAtlas.Of(network, rows, Layer, options, OneThread);
        }
        var atlas = Make();
        Assert.AreEqual("[100, 2]", atlas.Points.Shape.ToString());
        Assert.HasCount(100, atlas.Rows);
        Assert.AreEqual(49, atlas.Rows[^1]);
        Assert.AreEqual(atlas.Cells.Count, (int)atlas.Icons.Dimensions[0]);
        Assert.IsNotEmpty(atlas.Cells);
        foreach (var cell in atlas.Cells)
        {
            Finite.AtLeast(4, cell.Members.Count);
            Finite.AtMost(1 + 1e-9, cell.Classes.Sum(c => c.Share));
        }
        Finite.All(atlas.Icons.ToDouble());
        Assert.IsTrue(Make().Icons.Bytes.Span.SequenceEqual(atlas.Icons.Bytes.Span));
        using var few = ArrayRows.Of("images", [new("input", NpyArray.From(new float[3 * 3072], 3, 3, 32, 32))]);
        Assert.Contains("fewer cells", Assert.ThrowsExactly<ArgumentException>(() =>
            ActivationAtlas.Of(network, few, Layer, options with { LeastMembers = 7 }, OneThread)).Message);
    }

    [TestMethod]
    public void AGridOfOneImage()
    {
        var network = References.Network("cnn_digits_op17");
        var image = References.Arrays("features_objectives")["obj_input"].Head(1);
        var grid = ActivationGrid.Of(network, "/conv2/Conv", image, Target.Class(2), Quick, OneThread);
        Assert.AreEqual((4, 4), (grid.Rows, grid.Columns));
        Assert.AreEqual("[16, 1, 8, 8]", grid.Icons.Shape.ToString());
        // What the layer's channels are at a position is a neuron's value; what speaks for a class sums to activations times gradient.
        for (var channel = 0; channel < 32; channel += 7)
            Near.Equal(Found.At(network, Objective.Neuron("/conv2/Conv", channel, 1, 2), image).Value[0],
                grid.Vectors.ToDouble()[6 * 32 + channel], 1e-5);
        Near.Equal(Math.Sqrt(grid.Vectors.ToDouble()[..32].Sum(v => v * v)), grid.Magnitudes[0], 1e-9);
        var maps = grid.Vectors.ToDouble();
        Finite.Above(0, grid.Attribution.Largest(Math.Abs));
        Assert.HasCount(16, grid.Attribution);
        Assert.ThrowsExactly<ArgumentException>(() => ActivationGrid.Of(network, network.DefaultOutput, image));
        Assert.HasCount(16 * 32, maps);
    }
}
