using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Estimators.Tests.Support;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Shapley;

namespace Microsoft.ML.Introspection.Estimators.Tests.Columns;

/// <summary>Explanations that are not of the input's shape, and the columns that stand beside them.</summary>
[TestClass]
public sealed class NamingAndShapingExplanations
{
    private readonly MLContext _mlContext = new(1);

    private static Trained Table => Trained.BreastCancer;

    private static string[] Measurements { get; } = [.. Enumerable.Range(0, 30).Select(i => $"m{i}")];

    [TestMethod]
    public void The_gap_is_what_completeness_lacks()
    {
        var method = new IntegratedGradients(3, Quadrature.RiemannLeft) { Baseline = Baseline.Constant(0.5) };
        var data = Trained.Features(Table.Rows);
        using var transformer = _mlContext.Transforms.IntegratedGradients("Shares", "Features", Table.File, method, new AttributionOptions
        {
            GapColumnName = "Gap", ScoreColumnName = "Score", Target = Target.Class(1),
        }).Fit(data);
        using var atBaseline =
            _mlContext.Transforms.Saliency("Saliency", "Features", Table.File,
                new SaliencyOptions { ScoreColumnName = "Score", Target = Target.Class(1) })
            .Fit(Trained.Features(Table.Rows));
        var baselineScore = atBaseline.Transform(Trained.Features([[.. Enumerable.Repeat(0.5f, 30)]])).Vectors("Score")[0][0];

        foreach (var explained in new[] { transformer, SavedAndLoaded(transformer, data.Schema) }.Select(t => t.Transform(data)))
        {
            CollectionAssert.AreEqual(new[] { "Features", "Shares", "Gap", "Score" }, explained.Schema.Select(c => c.Name).ToArray());
            var (shares, gaps, scores) = (explained.Vectors("Shares"), explained.Vectors("Gap"), explained.Vectors("Score"));
            for (var row = 0; row < gaps.Length; row++)
                Near.Equal(shares[row].Sum() - (scores[row][0] - baselineScore), gaps[row].Single(), 1e-4f);
            Assert.IsTrue(gaps.Any(g => Math.Abs(g[0]) > 1e-3), "Three steps are too few for the gap to close.");
        }
    }

    [TestMethod]
    public void Each_of_several_inputs_has_its_gap_where_each_is_explained_alone()
    {
        using var networks = new SmallNetworks();
        var data = new RowSource(2).Add("x", Floats(3), row => new VBuffer<float>(3, [row, 1, 2])).Add("y", Floats(3),
            row => new VBuffer<float>(3, [3, row, 5]));
        using var transformer = _mlContext.Transforms.DeepLift("Shares", "x", networks.TwoInputs(), new DeepLift(), new AttributionOptions
        {
            ExplainedInputs = ["x", "y"], Several = SeveralInputs.EachAlone, GapColumnName = "Gap", Target = Target.Class(1),
        }).Fit(data);
        var explained = transformer.Transform(data);
        CollectionAssert.AreEqual(new[] { "x", "y", "Shares_x", "Gap_x", "Shares_y", "Gap_y" },
            explained.Schema.Select(c => c.Name).ToArray());
        // x·y is linear in x while y stays as it is, so that nothing is lacking.
        CollectionAssert.AreEqual(new[] { 0f, 0f }, explained.Vectors("Gap_x").Select(g => g.Single()).ToArray());
        Reading.AreClose([[0, 0, 10], [3, 1, 10]], explained.Vectors("Shares_x"), 1e-6);
    }

    [TestMethod]
    public void Several_inputs_share_one_gap_where_they_are_explained_jointly()
    {
        using var networks = new SmallNetworks();
        var data = new RowSource(2).Add("x", Floats(3), row => new VBuffer<float>(3, [row, 1, 2])).Add("y", Floats(3),
            row => new VBuffer<float>(3, [3, row, 5]));
        using var transformer = _mlContext.Transforms.DeepLift("Shares", "x", networks.TwoInputs(), new DeepLift(), new AttributionOptions
        {
            ExplainedInputs = ["x", "y"], GapColumnName = "Gap", Target = Target.Class(1),
        }).Fit(data);
        var explained = transformer.Transform(data);
        CollectionAssert.AreEqual(new[] { "x", "y", "Shares_x", "Shares_y", "Gap" }, explained.Schema.Select(c => c.Name).ToArray());
        foreach (var gap in explained.Vectors("Gap"))
            Assert.IsTrue(Math.Abs(gap.Single()) < 1e-5);
        Reading.AreClose([[0, 0, 5], [1.5f, 0.5f, 5]], explained.Vectors("Shares_x"), 1e-5);
        Reading.AreClose([[0, 0, 5], [1.5f, 0.5f, 5]], explained.Vectors("Shares_y"), 1e-5);
    }

    [TestMethod]
    public void A_gap_is_refused_where_nothing_is_promised()
    {
        var estimator =
            _mlContext.Transforms.GuidedBackprop("Explanation", "Features", Table.File, new AttributionOptions { GapColumnName = "Gap" });
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => estimator.Fit(Trained.Features(Table.Rows))).Message,
            "no completeness gap");
        Assert.ThrowsExactly<ArgumentException>(() => new AttributionOptions { GapColumnName = " " });
        var twice = new AttributionOptions { GapColumnName = "Explanation" };
        StringAssert.Contains(
            Assert.ThrowsExactly<ArgumentException>(
                () => _mlContext.Transforms.DeepLift("Explanation", "Features", Table.File, new DeepLift(), twice)).Message,
                    "Two output columns are named 'Explanation'");
    }

    [TestMethod]
    public void Groups_of_slots_get_one_number_and_one_name_each()
    {
        string[] names = [.. Enumerable.Range(0, 30).Select(i => i < 3 ? $"race.{i}" : i < 28 ? $"m{i}" : i == 28 ? "left" : "right")];
        var groups = Tensor.From([.. Enumerable.Range(0, 30).Select(i => (long)(i < 3 ? 0 : i < 28 ? 1 + i % 4 : 9))], 30);
        var data = Trained.Features(Table.Rows, names);
        using var transformer = _mlContext.Transforms.ExactShap("Shares", "Features", Table.File, groups).Fit(data);
        foreach (var explained in new[] { transformer, SavedAndLoaded(transformer, data.Schema) }.Select(t => t.Transform(data)))
        {
            var column = explained.Schema["Shares"];
            Assert.AreEqual(6, ((VectorDataViewType)column.Type).Size);
            CollectionAssert.AreEqual(
                (string[])["race", "m4 + m8 + m12 + 3 more", "m5 + m9 + m13 + 3 more", "m6 + m10 + m14 + 3 more", "m3 + m7 + m11 + 4 more",
                    "left + right"], column.SlotNames());
        }
        // Named by the method, and with the slots of the column where groups are spread.
        var named = new KernelShap { Groups = groups, GroupNames = ["a", "b", "c", "d", "e", "f"] };
        using var other = _mlContext.Transforms.KernelShap("Shares", "Features", Table.File, named).Fit(data);
        CollectionAssert.AreEqual(named.GroupNames.ToArray(), other.GetOutputSchema(data.Schema)["Shares"].SlotNames());
        using var spread = _mlContext.Transforms.KernelShap("Shares", "Features", Table.File, named with { Spread = true }).Fit(data);
        CollectionAssert.AreEqual(names, spread.GetOutputSchema(data.Schema)["Shares"].SlotNames());
    }

    [TestMethod]
    public void A_layer_is_explained_in_its_own_dimensions_and_without_names()
    {
        var network = Trained.Digits;
        var data = Trained.Features(network.Rows, [.. Enumerable.Range(0, 64).Select(i => $"pixel {i}")]);
        var options = new AttributionOptions { Layer = "/relu2/Relu", ScoreColumnName = "Score", GapColumnName = "Gap" };
        using var transformer = _mlContext.Transforms.DeepLift("Units", "Features", network.File, new DeepLift(), options).Fit(data);
        var column = transformer.GetOutputSchema(data.Schema)["Units"];
        CollectionAssert.AreEqual(new[] { 1, 32, 4, 4 }, ((VectorDataViewType)column.Type).Dimensions.ToArray());
        Assert.IsNull(column.SlotNames());

        // What follows the layer is a mean and a dense layer: the shares are all of the score but the bias.
        var explained = SavedAndLoaded(transformer, data.Schema).Transform(data);
        Assert.IsTrue(explained.Vectors("Gap").All(g => Math.Abs(g[0]) < 1e-4));
        Assert.IsTrue(
            explained.Vectors("Units").Zip(explained.Vectors("Score"), (units, score) => Math.Abs(units.Sum() - score[0]))
                .All(bias => bias < 1));
        Reading.AreClose(network.Explained(network.Rows, new DeepLift(), layer: "/relu2/Relu"),
            transformer.Transform(data).Vectors("Units"), 1e-6);
    }

    [TestMethod]
    public void A_layer_that_is_not_there_or_asked_for_beside_inputs_is_refused()
    {
        var estimator = _mlContext.Transforms.InputXGradient("Units", "Features", Table.File, new AttributionOptions { Layer = "/relu9" });
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => estimator.Fit(Trained.Features(Table.Rows))).Message, "/relu9");
        var both = new AttributionOptions { Layer = "/relu1/Relu", ExplainedInputs = ["input"] };
        StringAssert.Contains(
            Assert.ThrowsExactly<ArgumentException>(
                () => _mlContext.Transforms.InputXGradient("Units", "Features", Table.File, both)).Message, "not both at once");
        Assert.ThrowsExactly<ArgumentException>(() => new AttributionOptions { Layer = "" });
    }

    [TestMethod]
    public void Tokens_are_explained_by_their_embeddings_or_each_by_a_number_that_bears_the_tokens_name()
    {
        using var archive = NpzArchive.Open(Trained.FileOf("transformer_text").Replace(".onnx", ".npz", StringComparison.Ordinal));
        var tokens = archive.Read("token_ids").ToInt64s().Chunk(12).ToArray();
        var places = Enumerable.Range(1, 12).Select(i => $"token {i}").ToArray();
        var data = new RowSource(tokens.Length).Add("Tokens", new VectorDataViewType(NumberDataViewType.Int64, 12),
            row => new VBuffer<long>(12, tokens[row]), places);
        var options = new AttributionOptions { ExplainedInputs = ["token_ids"] };
        var file = Trained.FileOf("transformer_text");
        using var vectors = _mlContext.Transforms.InputXGradient("Vectors", "Tokens", file, options).Fit(data);
        using var numbers =
            _mlContext.Transforms.Attribution("Numbers", "Tokens", file, new PerToken(new InputXGradient()), options).Fit(data);
        using var layer =
            _mlContext.Transforms.InputXGradient("Layer", "Tokens", file, new AttributionOptions { Layer = "/embed/Gather" }).Fit(data);

        var column = vectors.GetOutputSchema(data.Schema)["Vectors"];
        CollectionAssert.AreEqual(new[] { 1, 12, 32 }, ((VectorDataViewType)column.Type).Dimensions.ToArray());
        Assert.IsNull(column.SlotNames());
        CollectionAssert.AreEqual(places, numbers.GetOutputSchema(data.Schema)["Numbers"].SlotNames());

        float[][] expected = [.. vectors.Transform(data).Vectors("Vectors").Select(r => r.Chunk(32).Select(v => v.Sum()).ToArray())];
        Reading.AreClose(expected, numbers.Transform(data).Vectors("Numbers"), 1e-4);
        var loaded = SavedAndLoaded(numbers, data.Schema).Transform(data);
        Reading.AreClose(expected, loaded.Vectors("Numbers"), 1e-4);
        CollectionAssert.AreEqual(places, loaded.Schema["Numbers"].SlotNames());
        Reading.AreClose(vectors.Transform(data).Vectors("Vectors"), layer.Transform(data).Vectors("Layer"), 1e-6);
    }

    [TestMethod]
    public void Taylor_coefficients_bear_the_names_of_features_and_pairs()
    {
        var data = Trained.Features(Table.Rows, Measurements);
        using var transformer =
            _mlContext.Transforms.TaylorCoefficients("Taylor", "Features", Table.File, new TaylorCoefficients(), new AttributionOptions
        {
            Network = new NetworkOptions { KeepFinalActivation = true },
        }).Fit(data);
        var names = transformer.GetOutputSchema(data.Schema)["Taylor"].SlotNames()!;
        Assert.HasCount(30 + 30 + 435, names);
        CollectionAssert.AreEqual(new TaylorCoefficients().Names(Measurements).ToArray(), names);
        Assert.AreEqual("m28 · m29", names[^1]);
        var loaded = SavedAndLoaded(transformer, data.Schema).GetOutputSchema(data.Schema)["Taylor"];
        CollectionAssert.AreEqual(names, loaded.SlotNames());

        // They are made of the names of the data at hand, in wrappers too, and there are none where the data has none.
        Assert.IsNull(transformer.GetOutputSchema(Trained.Features(Table.Rows).Schema)["Taylor"].SlotNames());
        using var smooth =
            _mlContext.Transforms.Attribution("Taylor", "Features", Table.File, new Smooth(new TaylorCoefficients(1), 5)).Fit(data);
        CollectionAssert.AreEqual(Measurements, smooth.GetOutputSchema(data.Schema)["Taylor"].SlotNames());
    }

    [TestMethod]
    public void A_map_over_channels_does_not_take_the_names_of_the_channels_pixels()
    {
        using var networks = new SmallNetworks();
        var data =
            new RowSource(2).Add("x", Floats(48), row => new VBuffer<float>(48, [.. Enumerable.Range(row + 1, 48).Select(i => (float)i)]),
                [.. Enumerable.Range(0, 48).Select(i => $"{i}")]);
        var file = networks.Image();
        using var map = _mlContext.Transforms.Saliency("Map", "x", file, form: SaliencyForm.ChannelMaximum).Fit(data);
        using var pixels = _mlContext.Transforms.Saliency("Pixels", "x", file).Fit(data);
        var column = map.GetOutputSchema(data.Schema)["Map"];
        CollectionAssert.AreEqual(new[] { 1, 1, 4, 4 }, ((VectorDataViewType)column.Type).Dimensions.ToArray());
        Assert.IsNull(column.SlotNames());
        Assert.HasCount(48, pixels.GetOutputSchema(data.Schema)["Pixels"].SlotNames()!);
        Assert.IsNull(SavedAndLoaded(map, data.Schema).GetOutputSchema(data.Schema)["Map"].SlotNames());
    }

    private static VectorDataViewType Floats(int size) => new(NumberDataViewType.Single, size);

    private ITransformer SavedAndLoaded(ITransformer transformer, DataViewSchema schema)
    {
        using var stream = new MemoryStream();
        _mlContext.Model.Save(transformer, schema, stream);
        stream.Position = 0;
        return new MLContext().Model.Load(stream, out _);
    }
}
