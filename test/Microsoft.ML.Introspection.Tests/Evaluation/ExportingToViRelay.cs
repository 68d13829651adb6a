using System.Text.Json;
using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Evaluation.Clusters;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Tests.Data;
using PureHDF;

namespace Microsoft.ML.Introspection.Tests.Evaluation;

[TestClass]
public sealed class ExportingToViRelay
{
    private const int Count = 24, Side = 5;

    private static readonly double[] Images = [.. Enumerable.Range(0, Count * 3 * Side * Side).Select(i => Math.Sin(i * i))];

    private static MappedRows Rows(int channels = 3)
    {
        var graph = new Graph();
        var size = channels * Side * Side;
        var input = graph.Input("x", ElementType.Double, new Shape(Dimension.Symbol("N"), channels, Side, Side));
        double[] weights = [.. Enumerable.Range(0, size * 2).Select(i => Math.Cos(3 * i))];
        var network = Network.From(graph.ToModel(
            [("p", input.Reshape(-1, size).MatMul(graph.Constant(Tensor.From(weights, size, 2))).Softmax(1))]));
        return MappedRows.Of(network, Images.AsSpan(0, Count * size), new InputXGradient());
    }

    private static IReadOnlyList<(int? Class, ClusteredMaps Found)> PerClass(MappedRows rows) =>
        [.. ClusteredMaps.PerClass(rows.Maps, rows.Predicted, rows.Probabilities, new() { Clusters = 2, MostClusters = 3 })
            .Select(g => ((int?)g.Key, g.Value!))];

    [TestMethod]
    public void FilesAreLaidOutAsThoseThatViRelayReads()
    {
        using var folder = new TemporaryFolder();
        var (rows, labels) = (Rows(), Enumerable.Range(0, Count).Select(i => i % 3).ToArray());
        ViRelayProject.Save(folder["out"], Images, 3, Side, Side, rows, PerClass(rows),
            new("A \"name\": é", "net", "lrp") { Labels = labels, Classes = ["disc"] });

        // Of the example that ViRelAy 1.0 opened, in its words: names but for those of ways to group, kinds, axes.
        CollectionAssert.AreEqual((string[])["/data FloatingPoint4 N×4", "/index FixedPoint8s N×1", "/label FixedPoint8s N×1"],
            Layout(folder["out/input.h5"]));
        CollectionAssert.AreEqual((string[])["/attribution FloatingPoint4 N×4", "/index FixedPoint8s N×1", "/label FixedPoint8s N×1",
            "/prediction FloatingPoint4 N×2"], Layout(folder["out/attribution.h5"]));
        var example = Layout(Path.Combine(AppContext.BaseDirectory, "data", "clusters", "virelay", "analysis.h5"));
        CollectionAssert.AreEqual(example, Layout(folder["out/analysis.h5"]));
        CollectionAssert.Contains(example, "/CATEGORY/cluster/WAY FixedPoint4s N×1 @embedding VariableLength @k FixedPoint8");

        using var input = H5File.OpenRead(folder["out/input.h5"]);
        var data = input.Dataset("data").Read<float[]>();
        Near.Equal(0, data.Min(), 0);
        Near.Equal(1, data.Largest(), 0);
        var (low, size) = (Images.Min(), Images.Largest() - Images.Min());
        Near.Equal((Images[100] - low) / size, data[100], 1e-6);
        CollectionAssert.AreEqual(labels.Select(l => (long)l).ToArray(), input.Dataset("label").Read<long[]>());
        using var attribution = H5File.OpenRead(folder["out/attribution.h5"]);
        CollectionAssert.AreEqual((ulong[])[Count, 3, Side, Side], attribution.Dataset("attribution").Space.Dimensions);
        Near.Equal(rows.Attributions[77], attribution.Dataset("attribution").Read<float[]>()[77], 1e-6);
        Near.Equal(rows.Predictions[3], attribution.Dataset("prediction").Read<float[]>()[3], 1e-6);
        using var analysis = H5File.OpenRead(folder["out/analysis.h5"]);
        foreach (var (label, found) in PerClass(rows))
        {
            var category = analysis.Group($"n{label:00000000}");
            CollectionAssert.AreEqual(found.Rows.Select(r => (uint)r).ToArray(), category.Dataset("index").Read<uint[]>());
            foreach (var way in found.Clusterings)
                CollectionAssert.AreEqual(way.Labels.ToArray(), category.Dataset($"cluster/{way.Name}").Read<int[]>());
            Near.Equal(found.Layout[^1], category.Dataset("embedding/tsne").Read<float[]>()[^1], 1e-4);
            Near.Equal(found.Spectrum.Eigenvalues[1], category.Dataset("embedding/spectral").Attribute("eigenvalue").Read<float[]>()[1], 1e-6);
            Assert.AreEqual("spectral", category.Dataset("cluster/k-means-03").Attribute("embedding").Read<string>());
        }
        using var map = JsonDocument.Parse(File.ReadAllText(folder["out/label_map.json"]));
        CollectionAssert.AreEqual((string[])["disc", "class 1", "class 2"],
            map.RootElement.EnumerateArray().Select(e => e.GetProperty("name").GetString()).ToArray());
        Assert.AreEqual("n00000002", map.RootElement[2].GetProperty("word_net_id").GetString());
        Assert.Contains("name: \"A \\\"name\\\": é\"", File.ReadAllText(folder["out/project.yaml"]));
    }

    [TestMethod]
    public void GreyImagesAndSingleMapsAreWrittenInThreeEqualParts()
    {
        using var folder = new TemporaryFolder();
        var rows = Rows(1);
        ViRelayProject.Save(folder["out"], Images.AsSpan(0, Count * Side * Side), 1, Side, Side, rows,
            [(null, ClusteredMaps.Of(rows.Maps, rows.Predicted, rows.Probabilities))], new("grey", "net", "lrp"));
        using var attribution = H5File.OpenRead(folder["out/attribution.h5"]);
        var maps = attribution.Dataset("attribution").Read<float[]>();
        var area = Side * Side;
        for (var i = 0; i < rows.Attributions.Length; i++)
            Near.Equal(rows.Attributions[i], Enumerable.Range(0, 3).Sum(c => (double)maps[(i / area * 3 + c) * area + i % area]), 1e-6);
        using var input = H5File.OpenRead(folder["out/input.h5"]);
        var data = input.Dataset("data").Read<float[]>();
        CollectionAssert.AreEqual(data[..area], data[area..(2 * area)]);
        // Labels are what is predicted where nobody knows better.
        CollectionAssert.AreEqual(rows.Predicted.Select(p => (long)p).ToArray(), input.Dataset("label").Read<long[]>());
        CollectionAssert.AreEqual((string[])["all"], H5Names(folder["out/analysis.h5"]));
    }

    [TestMethod]
    public void NothingIsWrittenHalfOrOver()
    {
        using var folder = new TemporaryFolder();
        var rows = Rows();
        void Save(string name, int channels = 3, int height = Side, IReadOnlyList<int>? labels = null) => ViRelayProject.Save(
            folder[name], Images, channels, height, Side, rows, PerClass(rows), new("a", "b", "c") { Labels = labels });
        Assert.ThrowsExactly<ArgumentException>(() => Save("x", channels: 2));
        Assert.ThrowsExactly<ArgumentException>(() => Save("x", height: 4));
        Assert.ThrowsExactly<ArgumentException>(() => Save("x", labels: [1]));
        Directory.CreateDirectory(folder["full"]);
        File.WriteAllText(folder["full/mine.txt"], "mine");
        Assert.Contains("full", Assert.ThrowsExactly<IOException>(() => Save("full")).Message);
        CollectionAssert.AreEqual((string[])["full"], Directory.EnumerateFileSystemEntries(folder["."]).Select(Path.GetFileName).ToArray());
        Assert.AreEqual("mine", File.ReadAllText(folder["full/mine.txt"]));
    }

    private static string[] H5Names(string path)
    {
        using var file = H5File.OpenRead(path);
        return [.. file.Children().Select(c => c.Name)];
    }

    // One line for each kind of object, whatever categories and ways to group are called.
    private static string[] Layout(string path)
    {
        using var file = H5File.OpenRead(path);
        return [.. Lines(file, "").Distinct().Order(StringComparer.Ordinal)];

        static IEnumerable<string> Lines(IH5Group group, string at) => group.Children().SelectMany(child => child switch
        {
            IH5Dataset d => [$"{at}/{(at.EndsWith("/cluster") ? "WAY" : d.Name == "pca" ? "tsne" : d.Name)} {Kind(d.Type)} N×{d.Space.Dimensions.Length}"
                + string.Concat(d.Attributes().OrderBy(a => a.Name).Select(a => $" @{a.Name} {a.Type.Class}"
                    + (a.Type.Class == H5DataTypeClass.VariableLength ? "" : a.Type.Size) + (a.Space.Dimensions.Length > 0 ? "[]" : "")))],
            IH5Group g => Lines(g, $"{at}/{(at.Length == 0 ? "CATEGORY" : g.Name)}"),
            _ => (IEnumerable<string>)[],
        });

        static string Kind(IH5DataType type) => $"{type.Class}{type.Size}"
            + (type.Class == H5DataTypeClass.FixedPoint && type.FixedPoint.IsSigned ? "s" : "");
    }
}
