using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Features;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Jobs;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Rows;
using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.Introspection.Tests.Data;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.LearnedFeatures;

[TestClass]
public sealed class FindingExamples
{
    private static readonly IReadOnlyDictionary<string, Tensor> Expected = References.Arrays("features_examples");
    private static readonly Tensor Pixels = References.Arrays("features_statistics")["rows_images"];

    private static readonly (string Layer, string Name)[] Layers =
        [("/features/features.6/Relu", "features__features_6__Relu_output_0"), ("/features/features.11/Relu", "features__features_11__Relu_output_0")];

    [TestMethod]
    [DataRow(ExampleOrder.Maximum, "top")]
    [DataRow(ExampleOrder.Sum, "topsum")]
    public void RowsAndPlacesAreThoseOfTheReference(ExampleOrder order, string prefix)
    {
        var found = Find(order);
        foreach (var (number, (_, name)) in Layers.Index())
        {
            var examples = found.Layers[number];
            var rows = Expected[$"{prefix}_row_{name}"].ToInt64();
            CollectionAssert.AreEqual(rows, examples.Units.SelectMany(c => c.Select(e => e.Row)).ToArray(), name);
            Finite.AtMost(1e-5, Found.Gap(Best($"{prefix}_value_{name}").ToDouble(),
                [.. examples.Units.SelectMany(c => c.Select(e => e.Value))]), name);
            if (order == ExampleOrder.Maximum)
            {
                long[] places = [.. Expected[$"top_y_{name}"].ToInt64().Zip(Expected[$"top_x_{name}"].ToInt64(), (y, x) => y * examples.Space[1] + x)];
                CollectionAssert.AreEqual(places, examples.Units.SelectMany(c => c.Select(e => e.Position)).ToArray(), name);
            }
        }
    }

    [TestMethod]
    public void StatisticsOfTheSamePassAreThoseOfOneOfTheirOwn()
    {
        var (network, options) = (References.Network("vgg_tiny"), new TopExamplesOptions { Layers = [.. Layers.Select(l => l.Layer)], Count = 9 });
        using var rows = Rows();
        var plain = TopExamples.Find(network, rows, options);
        Assert.IsNull(plain.Statistics);
        using var again = Rows();
        var found = TopExamples.Find(network, again, options with { Statistics = new() }, new RuntimeOptions { BatchSize = 7 });
        foreach (var (expected, layer) in plain.Layers.Zip(found.Layers))
            for (var channel = 0; channel < expected.Units.Count; channel++)
                CollectionAssert.AreEqual(expected.Units[channel].ToArray(), layer.Units[channel].ToArray());
        using var apart = Rows();
        var statistics = NetworkStatistics.Take(network, apart, new StatisticsOptions { Layers = options.Layers, ByClass = false });
        foreach (var (expected, own) in statistics.Tensors.Zip(found.Statistics!.Tensors))
        {
            Assert.AreEqual((expected.Layer, expected.Rows, expected.HasExactQuantiles), (own.Layer, own.Rows, own.HasExactQuantiles));
            Near.Relative(expected.Means, own.Means, 1e-12);
            Near.Relative(expected.Deviations, own.Deviations, 1e-9);
            CollectionAssert.AreEqual(expected.Maxima, own.Maxima);
            CollectionAssert.AreEqual(expected.Silent, own.Silent);
            for (var unit = 0; unit < own.Units; unit++)
                CollectionAssert.AreEqual(expected.Quantiles(0.1, 0.5, 0.99)[unit], own.Quantiles(0.1, 0.5, 0.99)[unit]);
        }
        Assert.Contains("take them apart", Assert.ThrowsExactly<ArgumentException>(
            () => TopExamples.Find(network, Rows(), options with { Statistics = new(), Relevance = new LayerwiseRelevance() })).Message);
        Assert.ThrowsExactly<ArgumentException>(() => plain.Merge(found));
        Assert.ThrowsExactly<ArgumentException>(() => options with { Statistics = new StatisticsOptions { Gradients = true } });
    }

    [TestMethod]
    public void PartsMergeToTheWhole()
    {
        var merged = Find(ExampleOrder.Maximum, new Shard(120));
        merged.Merge(Find(ExampleOrder.Maximum, new Shard(0, 50)));
        merged.Merge(Find(ExampleOrder.Maximum, new Shard(50, 120)));
        foreach (var (whole, part) in Find(ExampleOrder.Maximum).Layers.Zip(merged.Layers))
            for (var channel = 0; channel < whole.Units.Count; channel++)
                CollectionAssert.AreEqual(whole.Units[channel].ToArray(), part.Units[channel].ToArray());
    }

    [TestMethod]
    public void FilesKeepThem()
    {
        using var folder = new TemporaryFolder();
        var (found, path) = (Find(ExampleOrder.Sum, new Shard(0, 120)), folder["examples.npz"]);
        found.Save(path);
        var again = TopExamples.Load(path);
        Assert.AreEqual((found.Rows, found.Count), (again.Rows, again.Count));
        again.Merge(Find(ExampleOrder.Sum, new Shard(120)));
        Assert.ThrowsExactly<ArgumentException>(() => again.Merge(Find(ExampleOrder.Maximum, new Shard(0, 1))));
        foreach (var (whole, layer) in Find(ExampleOrder.Sum).Layers.Zip(again.Layers))
        {
            Assert.AreEqual(whole.Layer, layer.Layer);
            CollectionAssert.AreEqual(whole.Space.ToArray(), layer.Space.ToArray());
            for (var channel = 0; channel < whole.Units.Count; channel++)
                CollectionAssert.AreEqual(whole.Units[channel].ToArray(), layer.Units[channel].ToArray());
        }

        using (var archive = NpzArchive.Open(path))
        {
            var arrays = archive.Names.ToDictionary(n => n, archive.Read);
            void Refused(string says, Action<Dictionary<string, NpyArray>> change)
            {
                var changed = new Dictionary<string, NpyArray>(arrays);
                change(changed);
                NpzArchive.Save(folder["bad.npz"], changed);
                Assert.Contains(says, Assert.ThrowsExactly<InvalidDataException>(() => TopExamples.Load(folder["bad.npz"])).Message);
            }
            var place = arrays.Keys.First(n => n.EndsWith("/position", StringComparison.Ordinal));
            Refused("is missing", a => a.Remove("examples"));
            Refused("is missing", a => a.Remove(place));
            Refused("does not fit", a => a["examples"] = NpyArray.From([1L, 9], 2));
            Refused("do not fit", a => a[place] = NpyArray.From([1L], 1, 1));
            Refused("position", a => a[place] = NpyArray.From([.. Enumerable.Repeat(1L << 40, a[place].Count)], [.. a[place].Shape.ToArray()]));
        }
    }

    [TestMethod]
    [DataRow("/features/features.6/Relu", "features__features_6__Relu_output_0_3_4_9", 3, 4 * 16 + 9)]
    [DataRow("/features/features.11/Relu", "features__features_11__Relu_output_0_12_3_3", 12, 3 * 8 + 3)]
    [DataRow("/classifier/classifier.1/Relu", "classifier__classifier_1__Relu_output_0_20", 20, 0)]
    public void FiguresAreThoseOfCaptum(string layer, string name, int unit, int position)
    {
        var expected = References.Arrays("features_projections");
        var images = expected["proj_input"];
        using var rows = ArrayRows.Of("rows", [new("input", NpyArray.From(images.As<float>(), 2, 3, 32, 32))]);
        var kept = ExampleRows.Read(References.Network("vgg_tiny"), rows, [0, 1]);
        Near.Equal(images.ToDouble(), [.. kept.Seen(0).ToDouble(), .. kept.Seen(1).ToDouble()], 0);
        foreach (var (method, of) in new (AttributionMethod, string)[] { (new DeconvNet(), "deconvnet"), (new GuidedBackprop(), "guided") })
        {
            var figures = kept.Figures(layer, [(0, unit, position), (1, unit, position)], method: method);
            Finite.AtMost(1e-5, Found.Gap(expected[$"proj_{of}_{name}"].ToDouble(), [.. figures.SelectMany(f => f.ToDouble())]), of);
        }
    }

    [TestMethod]
    public void MapsOfExamplesHoldTheirValues()
    {
        var examples = Find(ExampleOrder.Maximum).Layers[0];
        float[] values = Array.ConvertAll(Pixels.ToInt64(), v => v / 255f);
        using var rows = ArrayRows.Of("rows", [new("input", NpyArray.From(values, 200, 3, 32, 32))]);
        (long Row, int Unit)[] wanted = [(examples.Units[23][0].Row, 23), (examples.Units[4][2].Row, 4), (examples.Units[23][1].Row, 23)];
        var kept = ExampleRows.Read(References.Network("vgg_tiny"), rows, wanted.Select(w => w.Row));
        var maps = kept.Maps(Layers[0].Layer, wanted);
        Near.Equal([examples.Units[23][0].Value, examples.Units[4][2].Value, examples.Units[23][1].Value],
            [.. maps.Select(m => (double)m.Largest())], 1e-6);
        Near.Equal(examples.Units[4][2].Value, maps[1][(int)examples.Units[4][2].Position], 1e-6);
        using var few = ArrayRows.Of("rows", [new("input", NpyArray.From(values, 200, 3, 32, 32))]);
        Assert.Contains("no row 300",
            Assert.ThrowsExactly<InvalidDataException>(() => ExampleRows.Read(References.Network("vgg_tiny"), few, [3, 300])).Message);
        using var all = ArrayRows.Of("rows", [new("input", NpyArray.From(values, 200, 3, 32, 32))]);
        Assert.Contains("fewer examples", Assert.ThrowsExactly<InvalidOperationException>(
            () => ExampleRows.Read(References.Network("vgg_tiny"), all, [3, 4], maximumBytes: 1000)).Message);
    }

    [TestMethod]
    public void RelevanceRanksByWhatCountsForTheTarget()
    {
        var network = References.Network("vgg_tiny");
        float[] values = Array.ConvertAll(Pixels.ToInt64(), v => v / 255f);
        var images = NpyArray.From(values.AsSpan(0, 20 * 3 * 32 * 32), 20, 3, 32, 32);
        using var rows = ArrayRows.Of("rows", [new("input", images)]);
        var method = new LayerwiseRelevance();
        var found = TopExamples.Find(network, rows, new TopExamplesOptions
        {
            Layers = [Layers[1].Layer], Order = ExampleOrder.Sum, Relevance = method, Target = Target.Class(3), Count = 20,
        });
        // The same, row by row, by the explanation itself.
        using var again = ArrayRows.Of("rows", [new("input", images)]);
        var options = new ExplanationOptions { Layer = Layers[1].Layer };
        using var session = new ModelSession(Explanation.Compile(network, method, Target.Class(3), options), new RuntimeOptions());
        using var runner = new BatchRunner(session, Explanation.Compile(network, method, Target.Class(3), options), 20);
        for (var row = 0; row < 20; row++)
            values.AsSpan(row * 3072, 3072).CopyTo(runner.InputRow<float>(0, row));
        runner.Run(20, default);
        var relevance = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(runner.OutputBytes(0, 20)).ToArray();
        var size = found.Layers[0].Space[0] * found.Layers[0].Space[1];
        foreach (var example in found.Layers[0].Units[7])
            Near.Equal(relevance.AsSpan(((int)example.Row * 48 + 7) * size, size).ToArray().Sum(v => (double)v), example.Value, 1e-5);
        Assert.HasCount(20, found.Layers[0].Units[7]);
    }

    [TestMethod]
    public void UnitsOfSequencesStandOnTheLastAxis()
    {
        // x [N, steps, 2] is its own layer: unit 1 is largest in step 2 of row 1.
        var network = Network.From(new ModelBuilder(17).Input("x", -1, 3, 2).Node("Relu", ["x"], ["y"]).Output("y").Build());
        float[] values = [1, 2, 3, 4, 5, 6, 0, 1, 9, 1, 2, 50];
        using var rows = ArrayRows.Of("rows", [new("x", NpyArray.From(values, 2, 3, 2))]);
        var found = TopExamples.Find(network, rows, new TopExamplesOptions { Layers = ["y"], UnitsLast = true, Count = 2 });
        CollectionAssert.AreEqual(new[] { new TopExample(9, 1, 1), new TopExample(5, 0, 2) }, found.Layers[0].Units[0].ToArray());
        CollectionAssert.AreEqual(new[] { new TopExample(50, 1, 2), new TopExample(6, 0, 2) }, found.Layers[0].Units[1].ToArray());
        using var again = ArrayRows.Of("rows", [new("x", NpyArray.From(values, 2, 3, 2))]);
        var kept = ExampleRows.Read(network, again, [0, 1]);
        CollectionAssert.AreEqual(new float[] { 1, 1, 50 }, kept.Maps("y", [(1, 1)], unitsLast: true)[0]);
        Near.Equal([0.0, 0, 0, 0, 0, 1], kept.Figures("y", [(1, 1, 2)], unitsLast: true)[0].ToDouble(), 0);
    }

    [TestMethod]
    [DataRow(0, 23)]
    [DataRow(1, 35)]
    public void PatchesAreWhatTheUnitSees(int layer, int channel)
    {
        var network = References.Network("vgg_tiny");
        var name = Layers[layer].Name;
        var examples = Find(ExampleOrder.Maximum).Layers[layer];
        var boxes = Expected[$"crop_box_{name}"].ToInt64();
        foreach (var (number, example) in examples.Units[channel].Index())
        {
            var (y, x) = Math.DivRem((int)example.Position, examples.Space[1]);
            var field = ReceptiveField.Of(network, Layers[layer].Layer, y, x)[network.Inputs[0].Name];
            CollectionAssert.AreEqual(boxes[(4 * number)..(4 * number + 4)],
                new[] { field.First[0], field.Last[0], field.First[1], field.Last[1] });
            if (number >= 3)
                continue;
            var image = Pixels.Row((int)example.Row);
            var patch = field.Patch(Tensor.From(Array.ConvertAll(image.ToInt64(), v => v / 255f), image.Dimensions[1..]));
            Near.Equal(Expected[$"crop_{name}"].Row(number).ToDouble(), patch.ToDouble(), 1e-7);
        }
    }

    [TestMethod]
    [DataRow("vgg_tiny", "/features/features.4/MaxPool", -2, 6, 2)]
    [DataRow("vgg_tiny", "/features/features.9/MaxPool", -6, 16, 4)]
    [DataRow("vgg_tiny", "/features/features.12/MaxPool", -10, 28, 8)]
    [DataRow("resnet_tiny_op17", "/layer1/add/Add", -3, 7, 1)]
    [DataRow("resnet_tiny_op17", "/layer2/down/down.0/Conv", -3, 7, 2)]
    [DataRow("resnet_tiny_op17", "/layer2/relu2/Relu", -6, 13, 2)]
    [DataRow("resnet_tiny_op17", "/layer3/relu2/Relu", -12, 25, 4)]
    public void FieldsAreThoseOfAutograd(string model, string layer, int offset, int size, int step)
    {
        var network = References.Network(model);
        foreach (var place in (int[])[0, 1, 3])
        {
            var field = ReceptiveField.Of(network, layer, place, 2)[network.Inputs[0].Name];
            Assert.AreEqual((offset + (place * step), offset + (place * step) + size - 1L), ((int)field.First[0], field.Last[0]));
            Assert.AreEqual(offset + 2 * step, field.First[1]);
        }
    }

    [TestMethod]
    public void TransposedOnesDilatedOnesAndResizesToo()
    {
        // By hand: output 3 of a transposed convolution of kernel 2, stride 2 reads input 1; dilation 2 with kernel 3 reaches 5.
        var up = Network.From(new ModelBuilder(17).Input("x", -1, 1, 4).Initializer("w", Tensor.From([1f, 1], 1, 1, 2))
            .Node("ConvTranspose", ["x", "w"], ["y"], ("strides", new long[] { 2 })).Output("y").Build());
        var field = ReceptiveField.Of(up, "y", 3)["x"];
        Assert.AreEqual((1, 1), (field.First[0], field.Last[0]));
        var wide = Network.From(new ModelBuilder(17).Input("x", -1, 1, 12).Initializer("w", Tensor.From([1f, 1, 1], 1, 1, 3))
            .Node("Conv", ["x", "w"], ["y"], ("dilations", new long[] { 2 })).Output("y").Build());
        field = ReceptiveField.Of(wide, "y", 4)["x"];
        Assert.AreEqual((4, 8), (field.First[0], field.Last[0]));
        var larger = Network.From(new ModelBuilder(17).Input("x", -1, 1, 4).Initializer("s", Tensor.Vector<float>(1, 1, 2))
            .Node("Resize", ["x", "", "s"], ["y"], ("mode", "linear")).Output("y").Build());
        field = ReceptiveField.Of(larger, "y", 3)["x"];
        Assert.AreEqual((1, 2), (field.First[0], field.Last[0]));
        Assert.Contains("no position", Assert.ThrowsExactly<ArgumentException>(() => ReceptiveField.Of(larger, "y", 8)).Message);
        // Pooling over all sees all.
        field = ReceptiveField.Of(References.Network("cnn_digits_op17"), References.Network("cnn_digits_op17").Layers
            .First(l => l.Operator == "GlobalAveragePool").Name, 0, 0)[References.Network("cnn_digits_op17").Inputs[0].Name];
        Assert.IsTrue(field.First[0] <= 0 && field.Last[0] >= 7);
    }

    private static ArrayRows Rows() => ArrayRows.Of(
        "rows", [new("input", NpyArray.From(Array.ConvertAll(Pixels.ToInt64(), v => v / 255f), 200, 3, 32, 32))]);

    private static TopExamples Find(ExampleOrder order, Shard? shard = null)
    {
        using var rows = Rows();
        return TopExamples.Find(References.Network("vgg_tiny"), rows,
            new TopExamplesOptions { Layers = [.. Layers.Select(l => l.Layer)], Order = order }, shard: shard);
    }

    private static Tensor Best(string name) => Expected.TryGetValue($"{name}_f64", out var best) ? best : Expected[name];
}
