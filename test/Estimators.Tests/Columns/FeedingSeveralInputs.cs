using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Estimators.Tests.Support;
using Microsoft.ML.Introspection.Models;

namespace Microsoft.ML.Introspection.Estimators.Tests.Columns;

[TestClass]
public sealed class FeedingSeveralInputs
{
    private readonly MLContext _mlContext = new(1);
    private readonly SmallNetworks _networks = new();

    private static float[] X(int row) => [row, 1, 2];

    private static float[] Y(int row) => [3, row, 5];

    [TestCleanup]
    public void Clean() => _networks.Dispose();

    [TestMethod]
    public void Other_inputs_come_from_the_columns_of_their_names()
    {
        var data = Data("Explained", "y");
        using var transformer = _mlContext.Transforms.Saliency("Saliency", "Explained", _networks.TwoInputs(),
            new SaliencyOptions { ExplainedInputs = ["x"], Target = Target.Class(1) }).Fit(data);
        Reading.AreClose([.. Enumerable.Range(0, 5).Select(Y)], transformer.Transform(data).Vectors("Saliency"), 1e-6);
    }

    [TestMethod]
    public void Other_inputs_come_from_the_columns_they_are_mapped_to()
    {
        var data = Data("y", "x");
        // The columns are called the wrong way round on purpose.
        using var transformer = _mlContext.Transforms.Saliency("Saliency", "y", _networks.TwoInputs(), new SaliencyOptions
        {
            ExplainedInputs = ["x"],
            InputColumns = new Dictionary<string, string> { ["y"] = "x" },
            Target = Target.Class(1),
        }).Fit(data);
        Reading.AreClose([.. Enumerable.Range(0, 5).Select(Y)], transformer.Transform(data).Vectors("Saliency"), 1e-6);
    }

    [TestMethod]
    public void Several_inputs_are_explained_in_a_column_each()
    {
        var data = Data("x", "y");
        using var transformer = _mlContext.Transforms.Saliency("Saliency", "x", _networks.TwoInputs(),
            new SaliencyOptions { ExplainedInputs = ["x", "y"], Target = Target.Class(1), ScoreColumnName = "Score" }).Fit(data);
        var explained = transformer.Transform(data);
        CollectionAssert.AreEqual(new[] { "x", "y", "Saliency_x", "Saliency_y", "Score" }, explained.Schema.Select(c => c.Name).ToArray());
        Reading.AreClose([.. Enumerable.Range(0, 5).Select(Y)], explained.Vectors("Saliency_x"), 1e-6);
        Reading.AreClose([.. Enumerable.Range(0, 5).Select(X)], explained.Vectors("Saliency_y"), 1e-6);
        Reading.AreClose([.. Enumerable.Range(0, 5).Select(r => (float[])[X(r).Zip(Y(r), (a, b) => a * b).Sum()])],
            explained.Vectors("Score"), 1e-6);
    }

    [TestMethod]
    public void Which_input_is_meant_must_be_clear()
    {
        var file = _networks.TwoInputs();
        var error = Assert.ThrowsExactly<ArgumentException>(() => _mlContext.Transforms.Saliency("Saliency", "x", file));
        StringAssert.Contains(error.Message, "'x', 'y'");
        StringAssert.Contains(error.Message, "ExplainedInputs");
        error = Assert.ThrowsExactly<ArgumentException>(() => _mlContext.Transforms.Saliency("Saliency", "x", file, new SaliencyOptions
        {
            ExplainedInputs = ["x"],
            InputColumns = new Dictionary<string, string> { ["y"] = "x" },
        }));
        StringAssert.Contains(error.Message, "'x' would feed several inputs");
        error = Assert.ThrowsExactly<ArgumentException>(() => _mlContext.Transforms.Saliency("Saliency", "x", file, new SaliencyOptions
        {
            ExplainedInputs = ["x"],
            InputColumns = new Dictionary<string, string> { ["x"] = "z" },
        }));
        StringAssert.Contains(error.Message, "InputColumns names 'z'");
    }

    [TestMethod]
    public void Token_numbers_pass_through_as_integers()
    {
        long[] tokens = [2, 3];
        var data = new RowSource(2)
            .Add("tokens", new VectorDataViewType(NumberDataViewType.Int64, 2), _ => new VBuffer<long>(2, tokens))
            .Add("Features", new VectorDataViewType(NumberDataViewType.Single, 3), row => new VBuffer<float>(3, X(row)));
        using var transformer =
            _mlContext.Transforms.Saliency("Saliency", "Features", _networks.TokensAndFloats(), Target.Class(0)).Fit(data);
        // (weight of 2 + weight of 3) times the sum: the gradient is 2 + 4 everywhere.
        Reading.AreClose([[6, 6, 6], [6, 6, 6]], transformer.Transform(data).Vectors("Saliency"), 1e-6);

        var wrong = new RowSource(1)
            .Add("tokens", new VectorDataViewType(NumberDataViewType.Int32, 2), _ => default(VBuffer<int>))
            .Add("Features", new VectorDataViewType(NumberDataViewType.Single, 3), row => new VBuffer<float>(3, X(row)));
        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(
            () => _mlContext.Transforms.Saliency("Saliency", "Features", _networks.TokensAndFloats()).Fit(wrong));
        StringAssert.Contains(error.Message, "'tokens'");
        StringAssert.Contains(error.Message, "Int64");
    }

    [TestMethod]
    public void Embeddings_are_explained_as_vectors_with_two_axes()
    {
        var rows =
            new Func<float[][]>(
                () => Enumerable.Range(0, 3).Select(r => Enumerable.Range(0, 12 * 32).Select(i => MathF.Sin(r + i)).ToArray()).ToArray())();
        var data = Trained.Features(rows);
        using var transformer =
            _mlContext.Transforms.InputXGradient("Shares", "Features", Trained.FileOf("transformer_text_emb"), Target.Class(1)).Fit(data);
        CollectionAssert.AreEqual(new[] { 1, 12, 32 },
            ((VectorDataViewType)transformer.GetOutputSchema(data.Schema)["Shares"].Type).Dimensions.ToArray());
        Assert.IsTrue(transformer.Transform(data).Vectors("Shares").All(r => r.Any(v => Math.Abs(v) > 0)));
        var error = Assert.ThrowsExactly<ArgumentException>(
            () => _mlContext.Transforms.Saliency("Saliency", "Features", Trained.FileOf("transformer_text")));
        StringAssert.Contains(error.Message, "no input of floating-point numbers");
    }

    [TestMethod]
    public void Single_values_feed_inputs_of_one_item()
    {
        var data = new RowSource(3).Add("x", NumberDataViewType.Single, row => (float)row).Add("y", NumberDataViewType.Single, row => 100f);
        using var transformer = _mlContext.Transforms.Saliency("Saliency", "x", _networks.Scalars(),
            new SaliencyOptions { ExplainedInputs = ["x"], ScoreColumnName = "Score" }).Fit(data);
        var explained = transformer.Transform(data);
        CollectionAssert.AreEqual(new[] { 0f, 2f, 4f }, explained.Vectors("Saliency").Select(v => v.Single()).ToArray());
        CollectionAssert.AreEqual(new[] { 100f, 101f, 104f }, explained.Vectors("Score").Select(v => v.Single()).ToArray());
    }

    [TestMethod]
    public void Double_precision_stays_double()
    {
        var data =
            new RowSource(2).Add("x", new VectorDataViewType(NumberDataViewType.Double, 3), row => new VBuffer<double>(3, [row, 0.1, 0.2]));
        using var transformer = _mlContext.Transforms.Saliency("Saliency", "x", _networks.Doubles()).Fit(data);
        var found = transformer.Transform(data).GetColumn<double[]>("Saliency").ToArray();
        CollectionAssert.AreEqual(new[] { 2, 0.2, 0.4 }, found[1]);
    }

    [TestMethod]
    public void A_network_for_one_row_at_a_time_works_and_one_for_several_is_refused()
    {
        var data = new RowSource(5).Add("x", new VectorDataViewType(NumberDataViewType.Single, 3), row => new VBuffer<float>(3, X(row)));
        using var transformer = _mlContext.Transforms.Saliency("Saliency", "x", _networks.FixedRows(1)).Fit(data);
        Reading.AreClose([.. Enumerable.Range(0, 5).Select(r => Array.ConvertAll(X(r), v => 2 * v))],
            transformer.Transform(data).Vectors("Saliency"), 1e-6);
        var error =
            Assert.ThrowsExactly<NotSupportedException>(() => _mlContext.Transforms.Saliency("Saliency", "x", _networks.FixedRows(8)));
        StringAssert.Contains(error.Message, "exported for 8 rows at once");
    }

    [TestMethod]
    public void Outputs_of_any_type_come_along_if_they_have_a_row_for_every_row()
    {
        var file = _networks.OtherOutputs();
        var data =
            new RowSource(4).Add("x", new VectorDataViewType(NumberDataViewType.Single, 3), row => new VBuffer<float>(3, X(row - 3)));
        SaliencyEstimator With(params string[] outputs) => _mlContext.Transforms.Saliency("Saliency", "x", file,
            new SaliencyOptions { OutputColumns = outputs.ToDictionary(o => o, o => $"the {o}") });
        using var model = _mlContext.Transforms.CopyColumns("Copy", "x").Append(With("place", "positive", "score")).Fit(data);
        var explained = model.Transform(data);
        CollectionAssert.AreEqual(new long[] { 2, 2, 2, 2 }, explained.GetColumn<long[]>("the place").Select(p => p.Single()).ToArray());
        CollectionAssert.AreEqual(new[] { false, true, true, true },
            explained.GetColumn<bool[]>("the positive").Select(p => p.Single()).ToArray());
        CollectionAssert.AreEqual(new[] { 14f, 9f, 6f, 5f }, explained.Vectors("the score").Select(p => p.Single()).ToArray());

        foreach (var output in new[] { "mean", "number" })
        {
            var error = Assert.ThrowsExactly<NotSupportedException>(() => With(output).Fit(data));
            StringAssert.Contains(error.Message, $"'the {output}'");
            StringAssert.Contains(error.Message, "one row of known extents for every row");
        }
    }

    private static RowSource Data(string x, string y) => new RowSource(5)
        .Add(x, new VectorDataViewType(NumberDataViewType.Single, 3), row => new VBuffer<float>(3, X(row)))
        .Add(y, new VectorDataViewType(NumberDataViewType.Single, 3), row => new VBuffer<float>(3, Y(row)));
}
