using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Features;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Jobs;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Rows;
using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.LearnedFeatures;

[TestClass]
public sealed class TakingStatistics
{
    private static readonly string[] Layers = ["/features/features.6/Relu", "/features/features.11/Relu", "/classifier/classifier.1/Relu", "logits"];
    private static readonly double[] Shares = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 0.995];
    private static readonly IReadOnlyDictionary<string, Tensor> Expected = References.Arrays("features_statistics");

    private static readonly Lazy<NetworkStatistics> Found = new(() => Take(References.Network("vgg_tiny"), new StatisticsOptions
    {
        Layers = Layers, Target = Target.Label("label"), Correlations = true,
    }));

    [TestMethod]
    [DataRow(0, "features__features_6__Relu_output_0")]
    [DataRow(1, "features__features_11__Relu_output_0")]
    [DataRow(2, "classifier__classifier_1__Relu_output_0")]
    [DataRow(3, "logits")]
    public void MatchesTheReference(int layer, string name)
    {
        var found = Found.Value.Of(Layers[layer]);
        Assert.AreEqual(200, found.Rows);
        Same("mean", found.Means, 1e-6);
        Same("std", found.Deviations, 1e-6);
        Same("min", found.Minima, 1e-6);
        Same("max", found.Maxima, 1e-6);
        Same("zeros", found.Zeros, 1e-12);
        Same("never", found.Silent, 1e-12);
        Assert.IsTrue(found.HasExactQuantiles);
        Same("quantiles", [.. found.Quantiles(Shares).SelectMany(q => q)], 1e-5);
        Same("class_mean", [.. Enumerable.Range(0, found.Units).SelectMany(u => found.Classes.Select(c => found.ClassMeans(c)[u]))], 1e-6);
        CollectionAssert.AreEqual(Array.ConvertAll(Expected[$"dead_{name}"].ToInt64(), u => (int)u), found.Dead);
        if (Expected.ContainsKey($"correlation_{name}_f64"))
            Same("correlation", found.Correlations()!, 1e-6);

        void Same(string what, double[] numbers, double tolerance)
        {
            var expected = Expected[$"{what}_{name}_f64"].ToDouble();
            Near.Equal(expected, numbers, tolerance * Math.Max(expected.Largest(Math.Abs), 1e-300), what);
        }
    }

    [TestMethod]
    public void PartsMergeToTheWhole()
    {
        var options = new StatisticsOptions { Layers = Layers, Target = Target.Label("label"), Correlations = true };
        var merged = Take(References.Network("vgg_tiny"), options, new Shard(0, 70));
        merged.Merge(Take(References.Network("vgg_tiny"), options, new Shard(70, 71)));
        merged.Merge(Take(References.Network("vgg_tiny"), options, new Shard(71)));
        Assert.AreEqual(200, merged.Rows);
        foreach (var (whole, part) in Found.Value.Tensors.Zip(merged.Tensors))
        {
            Near.Relative(whole.Means, part.Means, 1e-9);
            Near.Relative(whole.Deviations, part.Deviations, 1e-6);
            CollectionAssert.AreEqual(whole.Maxima, part.Maxima);
            CollectionAssert.AreEqual(whole.Zeros, part.Zeros);
            CollectionAssert.AreEqual(whole.Dead, part.Dead);
            Near.Relative(whole.Correlations()!, part.Correlations()!, 1e-6);
            for (var unit = 0; unit < whole.Units; unit++)
                CollectionAssert.AreEqual(whole.Quantiles(Shares)[unit], part.Quantiles(Shares)[unit]);
            foreach (var label in whole.Classes)
                Near.Relative(whole.ClassMeans(label), part.ClassMeans(label), 1e-9);
        }
        var other = Take(References.Network("vgg_tiny"), options with { Layers = Layers[..1] }, new Shard(0, 2));
        Assert.Contains("cannot be merged", Assert.ThrowsExactly<ArgumentException>(() => merged.Merge(other)).Message);
    }

    [TestMethod]
    [DataRow(512L << 20)]
    [DataRow(1L << 20)]
    public void PartsMergeThroughFiles(long memory)
    {
        var options = new StatisticsOptions { Layers = Layers, Target = Target.Label("label"), Correlations = true, QuantileMemory = memory, Gradients = true };
        var network = References.Network("vgg_tiny");
        var parts = new[] { new Shard(0, 60), new Shard(60, 130), new Shard(130) }.Select(s => Take(network, options, s)).ToList();
        var folder = Directory.CreateTempSubdirectory("introspection-");
        try
        {
            var files = parts.Select((_, i) => Path.Combine(folder.FullName, $"{i}.npz")).ToArray();
            foreach (var (part, file) in parts.Zip(files))
                part.Save(file);
            var (direct, read) = (parts[0], NetworkStatistics.Load(files[0]));
            foreach (var (part, file) in parts.Zip(files).Skip(1))
            {
                direct.Merge(part);
                read.Merge(NetworkStatistics.Load(file));
            }
            Assert.AreEqual(200, read.Rows);
            foreach (var (own, again) in direct.Tensors.Zip(read.Tensors))
            {
                Assert.AreEqual((own.Layer, own.IsGradient, own.CanSaturate, own.HasExactQuantiles),
                    (again.Layer, again.IsGradient, again.CanSaturate, again.HasExactQuantiles));
                CollectionAssert.AreEqual(own.Means, again.Means);
                CollectionAssert.AreEqual(own.Deviations, again.Deviations);
                CollectionAssert.AreEqual(own.Minima, again.Minima);
                CollectionAssert.AreEqual(own.Zeros, again.Zeros);
                CollectionAssert.AreEqual(own.Silent, again.Silent);
                CollectionAssert.AreEqual(own.Saturated, again.Saturated);
                CollectionAssert.AreEqual(own.Correlations(), again.Correlations());
                foreach (var label in own.Classes)
                    CollectionAssert.AreEqual(own.ClassMeans(label), again.ClassMeans(label));
                for (var unit = 0; unit < own.Units; unit++)
                    CollectionAssert.AreEqual(own.Quantiles(Shares)[unit], again.Quantiles(Shares)[unit]);
            }
            Damaged(files[0], file => File.WriteAllBytes(file, File.ReadAllBytes(file)[..^200]));
            Damaged(files[1], file => Without(file, "/levels"));
            Damaged(files[2], file => Without(file, "statistics"));
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        static void Damaged(string file, Action<string> damage)
        {
            damage(file);
            Assert.ThrowsExactly<InvalidDataException>(() => NetworkStatistics.Load(file));
        }

        static void Without(string file, string ending)
        {
            using var zip = System.IO.Compression.ZipFile.Open(file, System.IO.Compression.ZipArchiveMode.Update);
            zip.Entries.First(e => e.FullName.EndsWith(ending + ".npy", StringComparison.Ordinal)).Delete();
        }
    }

    [TestMethod]
    public void GradientsAreThoseOfTheTarget()
    {
        var network = References.Network("vgg_tiny");
        const string layer = "/features/features.6/Relu";
        var found = Take(network, new StatisticsOptions { Layers = [layer], Gradients = true, Target = Target.Class(3) }, new Shard(0, 5))
            .Of(layer, gradients: true);

        using var session = new ModelSession(Explanation.Compile(network, new Saliency(), Target.Class(3),
            new ExplanationOptions { Layer = layer }));
        var gradient = session.Run(new Dictionary<string, Tensor> { [network.Inputs[0].Name] = Images().Head(5) })["attribution"];
        var (rows, units, positions) = (5, (int)gradient.Dimensions[1], (int)(gradient.Dimensions[2] * gradient.Dimensions[3]));
        var numbers = gradient.ToDouble();
        var of = Enumerable.Range(0, units).Select(u => Enumerable.Range(0, rows)
            .SelectMany(r => numbers.AsSpan((r * units + u) * positions, positions).ToArray()).ToArray()).ToArray();
        var size = numbers.Largest(Math.Abs);
        Near.Equal([.. of.Select(n => n.Average())], found.Means, 1e-6 * size);
        Near.Equal([.. of.Select(n => Math.Sqrt(n.Average(v => Math.Pow(v - n.Average(), 2))))], found.Deviations, 1e-6 * size);
        Near.Equal([.. of.Select(n => n.Largest())], found.Maxima, 1e-6 * size);
    }

    [TestMethod]
    public void SaturationIsOfWhatHasBounds()
    {
        var network = References.Network("mlp_breast_cancer_tanh");
        var tanh = network.Layers.First(l => l.Operator == "Tanh").Name;
        var inputs = References.Arrays("mlp_breast_cancer_tanh")["input"].ToFloats();
        var many = Tensor.From(Array.ConvertAll(inputs.ToDouble(), v => (float)(v * 10)), inputs.Dimensions);
        using var rows = Rows(("input", many));
        var found = NetworkStatistics.Take(network, rows, new StatisticsOptions { Layers = [tanh] }).Of(tanh);
        using var session = new ModelSession(NetworkOutputs.Compile(network, [], [tanh]));
        var values = session.Run(new Dictionary<string, Tensor> { [network.Inputs[0].Name] = many })[tanh].ToDouble();
        Assert.IsTrue(found.CanSaturate);
        Near.Equal([.. Enumerable.Range(0, found.Units).Select(u => values.Where((_, i) => i % found.Units == u)
            .Average(v => Math.Abs(v) > 0.99 ? 1.0 : 0))], found.Saturated, 1e-12);
        Finite.Above(0.1, found.Saturated.Largest());
    }

    [TestMethod]
    public void AllLayersOfEveryNetworkAreTold()
    {
        foreach (var model in (string[])["resnet_tiny", "mobilenet_tiny", "conv3d_tiny", "unet_tiny", "transformer_text", "lstm_text"])
        {
            var network = References.Network(model);
            var name = network.Inputs[0].Type.IsFloating() ? "input" : "token_ids";
            using var rows = Rows((name, References.Arrays(model)[name].Head(1)));
            var found = NetworkStatistics.Take(network, rows, new StatisticsOptions
            {
                Gradients = network.Inputs[0].Type.IsFloating(), ByClass = false,
            });
            Finite.Above(model == "lstm_text" ? 0 : 4, found.Tensors.Count, model);
            foreach (var tensor in found.Tensors)
            {
                Finite.All(tensor.Means, $"{model} {tensor.Layer}");
                Finite.All(tensor.Deviations, $"{model} {tensor.Layer}");
            }
        }
    }

    [TestMethod]
    public void LittleMemoryMeansSketches()
    {
        var options = new StatisticsOptions { Layers = Layers, ByClass = false, QuantileMemory = 1 << 20 };
        var found = Take(References.Network("vgg_tiny"), options).Of(Layers[0]);
        Assert.IsFalse(found.HasExactQuantiles);
        Finite.AtMost(1 << 20, found.KeptNumbers * 4);
        CollectionAssert.AreEqual(Found.Value.Of(Layers[0]).Maxima, found.Maxima);
    }

    [TestMethod]
    public void BadLayersAreRefused()
    {
        Assert.Contains("no layer", Assert.ThrowsExactly<ArgumentException>(
            () => Take(References.Network("vgg_tiny"), new StatisticsOptions { Layers = ["none"] })).Message);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new StatisticsOptions { Positions = 0 });
        Assert.Contains("No statistics", Assert.ThrowsExactly<ArgumentException>(() => Found.Value.Of(Layers[0], gradients: true)).Message);
    }

    private static NetworkStatistics Take(Network network, StatisticsOptions options, Shard? shard = null)
    {
        using var rows = Rows((network.Inputs[0].Name, Images()), ("label", Expected["rows_label"]));
        return NetworkStatistics.Take(network, rows, options, shard: shard);
    }

    private static Tensor Images() => Tensor.From(
        Array.ConvertAll(Expected["rows_images"].ToInt64(), v => v / 255f), Expected["rows_images"].Dimensions);

    private static ArrayRows Rows(params (string Name, Tensor Values)[] tensors) => ArrayRows.Of("rows", tensors.Select(t =>
        KeyValuePair.Create(t.Name, t.Values.Type == ElementType.Int64
            ? NpyArray.From(t.Values.As<long>(), Extents(t.Values)) : NpyArray.From(t.Values.As<float>(), Extents(t.Values)))));

    private static int[] Extents(Tensor tensor) => [.. tensor.Dimensions.ToArray().Select(d => (int)d)];
}
