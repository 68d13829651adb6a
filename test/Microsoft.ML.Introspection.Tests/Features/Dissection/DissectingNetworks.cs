using Microsoft.ML.Introspection.Features;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Jobs;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Rows;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.LearnedFeatures;

[TestClass]
public sealed class DissectingNetworks
{
    private static readonly IReadOnlyDictionary<string, Tensor> Expected = References.Arrays("features_dissection");
    private static readonly string[] Categories = ["color", "object", "part", "scene", "texture"];

    private static readonly (string Layer, string Name)[] Layers =
        [("/features/features.6/Relu", "features__features_6__Relu_output_0"), ("/features/features.11/Relu", "features__features_11__Relu_output_0")];

    [TestMethod]
    [DataRow(MapEnlargement.HalfPixel, "half_pixel", 0.005)]
    [DataRow(MapEnlargement.AlignCorners, "align", 0.005)]
    [DataRow(MapEnlargement.ReceptiveFields, "fields", 0.005)]
    [DataRow(MapEnlargement.HalfPixel, "half_pixel_p05", 0.05)]
    public void CountsAreThoseOfTheReference(MapEnlargement how, string way, double tail)
    {
        var found = Take(new DissectionOptions
        {
            Enlargement = how, Tail = tail, Layers = [.. Layers.Select(l => l.Layer)],
            Thresholds = Layers.ToDictionary(l => l.Layer, l => Expected[$"threshold_used_{way}_{l.Name}"].ToDouble()),
        });
        Assert.AreEqual(40, found.Rows);
        CollectionAssert.AreEqual(Expected["label_pixels"].ToInt64(), found.ConceptPlaces.ToArray());
        foreach (var (layer, name) in Layers)
        {
            var of = found.Of(layer);
            CollectionAssert.AreEqual(Expected[$"intersect_{way}_{name}"].ToInt64(),
                Of(of, found.Concepts.Count, of.Intersection), $"intersections of {name}");
            CollectionAssert.AreEqual(Expected[$"activation_{way}_{name}"].ToInt64(),
                Of(of, Categories.Length, of.Activation), $"activations of {name}");
            CollectionAssert.AreEqual(Expected[$"activation_all_{way}_{name}"].ToInt64(), Of(of, 1, (unit, _) => of.ActivationEverywhere(unit)));
        }
    }

    [TestMethod]
    [DataRow("half_pixel", 0.005)]
    [DataRow("half_pixel_p05", 0.05)]
    public void ThresholdsAreExactQuantiles(string way, double tail)
    {
        var found = Take(new DissectionOptions { Tail = tail, Layers = [.. Layers.Select(l => l.Layer)] });
        foreach (var (layer, name) in Layers)
        {
            var of = found.Of(layer);
            Near.Equal(Expected[$"threshold_quantile{(tail == 0.05 ? "95" : "")}_{name}_f64"].ToDouble(), [.. of.Thresholds], 1e-5);
            double[] ious = [.. Enumerable.Range(0, of.Units).SelectMany(u => Enumerable.Range(0, found.Concepts.Count).Select(c => of.Iou(u, c)))];
            Near.Equal(Expected[$"iou_quantile_{way}_{name}_f64"].ToDouble(), ious, 0.01);
        }
        if (tail == 0.05)
        {
            CollectionAssert.AreEqual(new[] { 29, 44 }, Layers.Select(l => found.Of(l.Layer).Detectors.Count).ToArray());
            CollectionAssert.AreEqual(new[] { 3, 11 }, Layers.Select(l => found.Of(l.Layer).UniqueDetectors).ToArray());
        }
    }

    [TestMethod]
    public void PartsMergeToTheWhole()
    {
        var options = new DissectionOptions { Layers = [Layers[1].Layer], Tail = 0.05 };
        var whole = Take(options);
        var given = options with { Thresholds = new Dictionary<string, double[]> { [Layers[1].Layer] = [.. whole.Layers[0].Thresholds] } };
        var merged = Take(given, new Shard(0, 11));
        merged.Merge(Take(given, new Shard(11)));
        Assert.AreEqual(Table(whole), Table(merged));
        Assert.AreEqual(whole.Rows, merged.Rows);
        CollectionAssert.AreEqual(whole.Examples.Layers[0].Units[3].ToArray(), merged.Examples.Layers[0].Units[3].ToArray());
        Assert.Contains("thresholds are the same", Assert.ThrowsExactly<ArgumentException>(() => merged.Merge(Take(options with { Tail = 0.1 }))).Message);
    }

    [TestMethod]
    public void FewRowsGiveThresholdsLikeAll()
    {
        var options = new DissectionOptions { Layers = [Layers[0].Layer], Tail = 0.05 };
        var (all, some) = (Take(options).Layers[0], Take(options with { ThresholdRows = 20 }).Layers[0]);
        CollectionAssert.AreNotEqual(all.Thresholds.ToArray(), some.Thresholds.ToArray());
        Near.Equal([.. all.Thresholds], [.. some.Thresholds], 0.3 * all.Thresholds.Largest());
    }

    [TestMethod]
    public void RotationsMixChannelsWithoutChangingHowMuchThereIs()
    {
        var options = new DissectionOptions { Layers = [Layers[1].Layer], Tail = 0.05, Rotations = 2, Seed = 5 };
        var (found, again) = (Take(options), Take(options));
        CollectionAssert.AreEqual(new int?[] { null, 5, 6 }, found.Layers.Select(l => l.Rotation).ToArray());
        CollectionAssert.AreEqual(found.Layers[1].Thresholds.ToArray(), again.Layers[1].Thresholds.ToArray());
        CollectionAssert.AreNotEqual(found.Layers[1].Thresholds.ToArray(), found.Layers[2].Thresholds.ToArray());
        // Directions that nothing was learned for tell less.
        Finite.Below(found.Layers[0].Ranked.Take(10).Sum(u => u.Iou), found.Layers[1].Ranked.Take(10).Sum(u => u.Iou));
        var turn = ChannelRotation.Of(6, 1);
        for (var i = 0; i < 6; i++)
            for (var j = 0; j < 6; j++)
                Near.Equal(i == j ? 1 : 0, Enumerable.Range(0, 6).Sum(k => (double)turn[i * 6 + k] * turn[j * 6 + k]), 1e-6);
    }

    [TestMethod]
    public void ColumnsOfTablesAreConcepts()
    {
        // One unit is the first feature, the other the second; the concepts are what each is above.
        var network = Network.From(new ModelBuilder(17).Input("x", -1, 2).Initializer("w", Tensor.From([1f, 0, 0, 1], 2, 2))
            .Node("MatMul", ["x", "w"], ["y"]).Output("y").Build());
        float[] values = [.. Enumerable.Range(0, 100).SelectMany(i => new[] { i, (i * 37 + 11) % 100 }).Select(v => (float)v)];
        byte[] high = [.. values.Select(v => (byte)(v >= 90 ? 1 : 0))];
        var labels = new ConceptArray([("first", "column"), ("second", "column")], 100, [], high);
        var found = Dissection.Take(network, () => ArrayRows.Of("table", [new("x", NpyArray.From(values, 100, 2))]), labels,
            new DissectionOptions { Layers = ["y"], Tail = 0.1 });
        CollectionAssert.AreEqual(new[] { 0, 1 }, new[] { found.Layers[0].Best(0).Concept, found.Layers[0].Best(1).Concept });
        Near.Equal([1.0, 1.0], found.Layers[0].Detectors.Select(d => d.Iou).ToArray(), 0);
        Assert.Contains("100 rows", Assert.ThrowsExactly<InvalidDataException>(() => labels.Read(100)).Message);
        Assert.ThrowsExactly<ArgumentException>(() => new ConceptArray([("a", "b")], 3, [], new byte[2]));
    }

    [TestMethod]
    public void TheTableHasThePublishedColumns()
    {
        var name = Layers[1].Name;
        var found = Take(new DissectionOptions
        {
            Tail = 0.05, Layers = [Layers[1].Layer], Detection = 0.15,
            Thresholds = new Dictionary<string, double[]> { [Layers[1].Layer] = Expected[$"threshold_used_half_pixel_p05_{name}"].ToDouble() },
        });
        var lines = Table(found).Split('\n');
        Assert.StartsWith("unit,category,label,score,color-label,color-truth,color-activation,color-intersect,color-iou,object-label", lines[0]);
        Assert.StartsWith("31,", lines[1]);
        Assert.HasCount(50, lines);
    }

    private static string Table(Dissection found)
    {
        using var writer = new StringWriter();
        found.WriteTable(writer, found.Layers[0]);
        return writer.ToString();
    }

    private static long[] Of(LayerDissection layer, int width, Func<int, int, long> number) =>
        [.. Enumerable.Range(0, layer.Units).SelectMany(u => Enumerable.Range(0, width).Select(i => number(u, i)))];

    private static Dissection Take(DissectionOptions options, Shard? shard = null)
    {
        float[] values = Array.ConvertAll(Expected["images"].ToInt64(), v => v / 255f);
        return Dissection.Take(References.Network("vgg_tiny"),
            () => ArrayRows.Of("rows", [new("input", NpyArray.From(values, 40, 3, 32, 32))]), new Labels(), options, shard: shard);
    }

    private sealed class Labels : IConceptLabels
    {
        private readonly long[] _numbers = Expected["label_numbers"].ToInt64();
        private readonly long[] _labels = Expected["labels"].ToInt64();

        public IReadOnlyList<string> Categories => DissectingNetworks.Categories;

        public IReadOnlyList<Concept> Concepts { get; } = [.. Expected["label_numbers"].ToInt64()
            .Zip(Expected["label_primary_category"].ToInt64(), (n, c) => new Concept((int)n, $"label {n}", (int)c))];

        public ConceptMasks Read(long row)
        {
            var labels = new ConceptMasks(Categories.Count, 16, 16);
            for (var plane = 0; plane < 6; plane++)
            {
                for (var place = 0; place < 256; place++)
                {
                    var number = _labels[(row * 6 + plane) * 256 + place];
                    if (number >= 0)
                        labels.Label(plane == 5 ? 2 : plane);
                    if (number > 0)
                        labels.Add(Array.IndexOf(_numbers, number), place);
                }
            }
            return labels;
        }
    }
}
