using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Differentiation.Relevance;
using Microsoft.ML.Introspection.Features;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Rows;
using Microsoft.ML.Introspection.Tests.Data;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.LearnedFeatures;

/// <summary>Concept relevance propagation, by zennit-crp.</summary>
[TestClass]
public sealed class MatchingReferenceRelevanceOfConcepts
{
    private const string Conv1 = "/conv1/Conv_output_0", Conv2 = "/conv2/Conv_output_0", Vgg10 = "/features/features.10/Conv_output_0";
    private static readonly IReadOnlyDictionary<string, Tensor> Expected = References.Arrays("features_relevance");
    private static readonly Network Digits = References.Network("cnn_digits_op17"), Resnet = References.Network("resnet_tiny_op17");
    private static readonly RelevanceComposite PlusFlat = RelevanceComposite.EpsilonPlus().Flat();

    [TestMethod]
    [DataRow("epsilon_plus_flat")]
    [DataRow("epsilon_plus")]
    [DataRow("epsilon")]
    public void ConditionsAndChannelsAreThoseOfTheReference(string name)
    {
        var composite = RelevanceComposites.ByName[name.Replace('_', '-')](new RelevanceSettings());
        Same($"digits_{name}_heatmap", Heat(composite));
        Same($"digits_{name}_heatmap_conv2__Conv_output_0_4", Heat(composite, new ChannelCondition(Conv2, 4)));
        Same($"digits_{name}_heatmap_conv1__Conv_output_0_0_2", Heat(composite, new ChannelCondition(Conv1, 0, 2)));
        // In either order.
        ChannelCondition[] both = [new(Conv1, 2), new(Conv2, 4, 5, 6)];
        Same($"digits_{name}_heatmap_conv2__Conv_output_0_4_5_6__conv1__Conv_output_0_2", Heat(composite, both));
        Same($"digits_{name}_heatmap_conv2__Conv_output_0_4_5_6__conv1__Conv_output_0_2", Heat(composite, [both[1], both[0]]));
        foreach (var layer in (string[])[Conv1, Conv2])
        {
            var relevance = new LayerwiseRelevance(composite);
            var array = $"digits_{name}_channels{layer.Replace("/", "__")[1..]}";
            Same(array, Read(Digits, new ChannelRelevance(layer, relevance), "digits"));
            if (Expected.ContainsKey(array.Replace("channels", "channels_normed")))
                Same(array.Replace("channels", "channels_normed"), Read(Digits, new ChannelRelevance(layer, relevance, IsNormed: true), "digits"));
        }
    }

    [TestMethod]
    public void ShortcutsAreCutUnlessKept()
    {
        const string name = "heatmap_exclude_parallel_layer3__conv1__Conv_output_0_5_6_7_8";
        ChannelCondition[] conditions = [new("/layer3/conv1/Conv_output_0", 5, 6, 7, 8)];
        Same("resnet_" + name, Summed(Read(Resnet, new LayerwiseRelevance(PlusFlat) { Conditions = conditions }, "resnet")));
        Same("resnet_" + name.Replace("exclude", "keep"), Summed(Read(Resnet,
            new LayerwiseRelevance(PlusFlat) { Conditions = conditions, KeepsParallel = true }, "resnet")));
        Same("resnet_heatmap_layer3__add__Add_output_0_40_41__layer2__relu2__Relu_output_0_3_6", Summed(Read(Resnet,
            new LayerwiseRelevance(PlusFlat)
            {
                Conditions = [new("/layer3/add/Add_output_0", 40, 41), new("/layer2/relu2/Relu_output_0", 3, 6)],
            }, "resnet")));
        Same("resnet_channels_layer2__relu2__Relu_output_0",
            Read(Resnet, new ChannelRelevance("/layer2/relu2/Relu_output_0", new LayerwiseRelevance(PlusFlat)), "resnet"));
    }

    [TestMethod]
    public void AnInputTellsTheChannelsOfEachRow()
    {
        // One row of the reference's attribution graph for each of the upper channels.
        var upper = Expected["digits_graph_upper"].ToInt64();
        var masks = new float[upper.Length * 32];
        for (var i = 0; i < upper.Length; i++)
            masks[i * 32 + upper[i]] = 1;
        var reading = new ChannelRelevance(Conv1, new LayerwiseRelevance(PlusFlat) { Conditions = [ChannelCondition.Input(Conv2, "kept")] });
        var (image, target) = (Expected["digits_crp_input"].Head(1).As<float>().ToArray(), Expected["digits_crp_target"].ToInt64()[0]);
        var found = GraphRunner.Run(Explanation.Compile(Digits, new Ask(reading, Target.Class((int)target))).Model,
            (Digits.Inputs[0].Name, Tensor.From([.. upper.SelectMany(_ => image)], upper.Length, 1, 8, 8)),
            ("kept", Tensor.From(masks, upper.Length, 32)))["attribution"];
        Same("digits_graph_lower", found);
    }

    [TestMethod]
    public void GraphsOfChannelsAreThoseOfTheReference()
    {
        var target = (int)Expected["digits_crp_target"].ToInt64()[0];
        var found = AttributionGraph.Of(Digits, new Dictionary<string, Tensor> { [Digits.Inputs[0].Name] = Expected["digits_crp_input"].Head(1) },
            [Conv2, Conv1], Target.Class(target), 4, PlusFlat);
        var (upper, lower) = (Expected["digits_graph_upper"].ToInt64(), Expected["digits_graph_lower"].ToDouble());
        CollectionAssert.AreEqual(upper, found.Nodes.Where(n => n.Layer == Conv2).Select(n => (long)n.Channel).ToArray());
        Assert.AreEqual(16, found.Edges.Count);
        foreach (var edge in found.Edges)
            Near.Equal(lower[Array.IndexOf(upper, edge.From.Channel) * 16 + edge.To.Channel], edge.Relevance, 1e-5 * lower.Largest(Math.Abs));
    }

    [TestMethod]
    public void ChannelsSumToTheWhole()
    {
        var whole = Heat(PlusFlat).ToDouble();
        var sum = new double[whole.Length];
        for (var channel = 0; channel < 32; channel++)
            sum = [.. sum.Zip(Heat(PlusFlat, new ChannelCondition(Conv2, channel)).ToDouble(), (a, b) => a + b)];
        Near.Equal(whole, sum, 1e-5 * whole.Largest(Math.Abs));
    }

    [TestMethod]
    public void ReferenceRowsAreThoseOfTheReference()
    {
        var network = References.Network("vgg_tiny");
        var data = References.Arrays("features_statistics");
        var images = Array.ConvertAll(data["rows_images"].ToInt64(), v => v / 255f);
        using var rows = ArrayRows.Of("rows",
        [
            new(network.Inputs[0].Name, NpyArray.From(images, 200, 3, 32, 32)), new("label", NpyArray.From(data["rows_label"].As<long>(), 200)),
        ]);
        var found = ChannelReferences.Collect(network, rows, [Vgg10], Target.Label("label"), 20, new LayerwiseRelevance(PlusFlat));
        foreach (var of in found)
        {
            var name = of.Criterion.ToString().Replace("_normed", "").ToLowerInvariant();
            // The reference decides in double precision; in single, neighbours that are as good may change places.
            var (expectedRows, expectedPositions) = (Expected[name + "_rows"].ToInt64(), Expected[name + "_positions"].ToInt64());
            Finite.AtLeast(0.99, expectedRows.Zip(of.Rows.SelectMany(r => r), (e, f) => e == f ? 1.0 : 0).Average(), name);
            Finite.AtLeast(0.99, expectedPositions.Zip(of.Positions.SelectMany(r => r), (e, f) => e == f ? 1.0 : 0).Average(), name);
            var values = Expected[name + "_values"].ToDouble();
            Near.Equal(values, of.Values.SelectMany(r => r).ToArray(), 1e-5 * values.Largest(Math.Abs), name);
        }
        using var folder = new TemporaryFolder();
        ChannelReferences.Save(folder["references"], found);
        var written = NpyArray.Load(Path.Combine(folder["references"], "RelMax_sum_normed", "features_features.10_Conv_output_0_data.npy"));
        CollectionAssert.AreEqual(new[] { 20, 48 }, written.Shape.ToArray());
        Assert.AreEqual(found[0].Rows[1][0], written.ToInt64s()[1]);
    }

    [TestMethod]
    public void ConditionsThatCannotBeMetAreRefused()
    {
        Refused("31", new ChannelCondition(Conv2, 32));
        Refused("no way", new ChannelCondition("/nowhere", 1));
        Assert.ThrowsExactly<ArgumentException>(() => new ChannelCondition(Conv1));
        Assert.Contains("lies on no way", Assert.ThrowsExactly<ArgumentException>(() => Explanation.Compile(Digits,
            new LayerwiseRelevance { Conditions = [new(Conv1, 0)] }, Target.Class(0), new ExplanationOptions { Layer = Conv2 })).Message);

        static void Refused(string _, ChannelCondition condition) => Assert.ThrowsExactly<ArgumentException>(() =>
            Explanation.Compile(Digits, new LayerwiseRelevance { Conditions = [condition] }, Target.Class(0)));
    }

    private static Tensor Heat(RelevanceComposite composite, params ChannelCondition[] conditions) =>
        Summed(Read(Digits, new LayerwiseRelevance(composite) { Conditions = conditions }, "digits"));

    private static Tensor Read(Network network, Reading reading, string of) => GraphRunner.Run(
        Explanation.Compile(network, new Ask(reading, Target.Label("label"))).Model, (network.Inputs[0].Name, Expected[of + "_crp_input"]),
        ("label", Tensor.From(Expected[of + "_crp_target"].ToInt64(), Expected[of + "_crp_target"].Count, 1)))["attribution"];

    // Over the channels of the input.
    private static Tensor Summed(Tensor heat)
    {
        var (n, channels, size) = ((int)heat.Dimensions[0], (int)heat.Dimensions[1], (int)(heat.Dimensions[2] * heat.Dimensions[3]));
        var all = heat.ToDouble();
        return Tensor.From(Enumerable.Range(0, n * size).Select(i =>
            Enumerable.Range(0, channels).Sum(c => all[(i / size * channels + c) * size + i % size])).ToArray(), n, heat.Dimensions[2],
            heat.Dimensions[3]);
    }

    private static void Same(string name, Tensor found)
    {
        var expected = Expected[name].ToDouble();
        Near.Equal(expected, found.ToDouble(), 1e-5 * expected.Largest(Math.Abs), name);
    }
}
