using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Estimators.Tests.Support;
using Microsoft.ML.Introspection.Explaining;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Shapley;
using Microsoft.ML.Introspection.Shapley.Trees;

namespace Microsoft.ML.Introspection.Estimators.Tests.Shap;

/// <summary>SHAP columns over ONNX networks: graphs from the start.</summary>
[TestClass]
public sealed class ExplainingNetworks
{
    private static readonly Trained Table = Trained.BreastCancer;

    private readonly MLContext _mlContext = new(1);

    [TestMethod]
    [DataRow(ShapAlgorithm.Auto), DataRow(ShapAlgorithm.Kernel), DataRow(ShapAlgorithm.Sampling), DataRow(ShapAlgorithm.Partition),
        DataRow(ShapAlgorithm.Deep), DataRow(ShapAlgorithm.Gradient)]
    public void Base_value_and_values_sum_to_the_score(ShapAlgorithm algorithm)
    {
        var data = Trained.Features(Table.Rows);
        var options = new ShapOptions { Algorithm = algorithm, BackgroundRows = 4, Target = Target.ArgMax, BaseValueColumnName = "Base",
            ScoreColumnName = "Score", TargetColumnName = "Class" };
        var explained = Explain(data, options);
        var scores = Table.Explained(Table.Rows, output: "score");
        CollectionAssert.AreEqual(Table.Targets, explained.GetColumn<long[]>("Class").Select(c => c[0]).ToArray());
        foreach (var (i, values) in explained.Vectors("Shap").Index())
        {
            Near.Equal(scores[i][0], explained.Vectors("Score")[i][0], 1e-4);
            // Expected gradients come from draws, and Štrumbelj and Kononenko's from others for each feature.
            var error = algorithm is ShapAlgorithm.Gradient or ShapAlgorithm.Sampling ? 0.5 : 1e-3;
            Near.Equal(
                scores[i][0], explained.Vectors("Base")[i][0] + values.Sum(), error * Math.Max(1, Math.Abs(scores[i][0])), $"row {i}");
        }
    }

    [TestMethod]
    public void Values_are_those_of_the_method_against_rows_of_the_background()
    {
        var background = Trained.Features([Table.Rows[3], Table.Rows[5]]);
        var explained = Explain(Trained.Features(Table.Rows),
            new ShapOptions { Method = new KernelShap(200), Background = background, Target = Target.Class(1) });
        var method = new KernelShap(200) { Baseline = Baseline.Given(Tensor.From([.. Table.Rows[3], .. Table.Rows[5]], 2, 30)) };
        Reading.AreClose(Table.Explained(Table.Rows, method, Target.Class(1)), explained.Vectors("Shap"), 1e-5);
    }

    [TestMethod]
    public void Every_class_has_a_block()
    {
        var names = Enumerable.Range(0, 30).Select(i => $"f{i}").ToArray();
        var options = new ShapOptions { Method = new PermutationShap(1), BackgroundRows = 2, BaseValueColumnName = "Base",
            ScoreColumnName = "Score" };
        var data = Trained.Features(Table.Rows, names);
        var all = Explain(data, options);
        Assert.AreEqual(new VectorDataViewType(NumberDataViewType.Single, 1, 2, 30), all.Schema["Shap"].Type);
        CollectionAssert.AreEqual(new[] { "0.f0", "1.f29" },
            new[] { all.Schema["Shap"].SlotNames()![0], all.Schema["Shap"].SlotNames()![59] });
        for (var c = 0; c < 2; c++)
        {
            var one = Explain(data, options with { Target = Target.Class(c) });
            Reading.AreClose(one.Vectors("Shap"), [.. all.Vectors("Shap").Select(v => v[(c * 30)..(c * 30 + 30)])], 1e-5);
            Reading.AreClose(one.Vectors("Base"), [.. all.Vectors("Base").Select(v => v[c..(c + 1)])], 1e-5);
            Reading.AreClose(one.Vectors("Score"), [.. all.Vectors("Score").Select(v => v[c..(c + 1)])], 1e-5);
        }
    }

    [TestMethod]
    public void Groups_have_names_and_only_the_strongest_are_kept()
    {
        var options = new ShapOptions
        {
            Groups = new Dictionary<string, IReadOnlyList<int>> { ["mean"] = [.. Enumerable.Range(0, 10)],
                ["error"] = [.. Enumerable.Range(10, 10)], ["worst"] = [.. Enumerable.Range(20, 10)] },
            Target = Target.Class(0), BackgroundRows = 3,
        };
        var data = Trained.Features(Table.Rows, [.. Enumerable.Range(0, 30).Select(i => $"f{i}")]);
        var grouped = Explain(data, options);
        CollectionAssert.AreEqual(new[] { "mean", "error", "worst" }, grouped.Schema["Shap"].SlotNames());
        var strongest =
            Explain(data, options with { NumberOfPositiveContributions = 1, NumberOfNegativeContributions = 0, Normalize = true });
        foreach (var (values, kept) in grouped.Vectors("Shap").Zip(strongest.Vectors("Shap")))
            CollectionAssert.AreEqual(values.Select(v => v > 0 && v == values.Largest() ? 1f : 0f).ToArray(), kept);
    }

    [TestMethod]
    public void A_saved_pipeline_needs_no_plugin()
    {
        var data = Trained.Features(Table.Rows, [.. Enumerable.Range(0, 30).Select(i => $"f{i}")]);
        foreach (var algorithm in (ShapAlgorithm[])[ShapAlgorithm.Permutation, ShapAlgorithm.Deep])
        {
            using var model = _mlContext.Transforms.CopyColumns("Copy", "Features")
                .Append(
                    _mlContext.Transforms.Shap("Shap", "Copy", Table.File,
                        new ShapOptions { Algorithm = algorithm, BackgroundRows = 3, BaseValueColumnName = "Base" })).Fit(data);
            using var stream = new MemoryStream();
            _mlContext.Model.Save(model, data.Schema, stream);
            stream.Position = 0;
            var (own, loaded) = (model.Transform(data), new MLContext().Model.Load(stream, out _).Transform(data));
            CollectionAssert.AreEqual(own.Schema["Shap"].SlotNames(), loaded.Schema["Shap"].SlotNames());
            Reading.AreClose(own.Vectors("Shap"), loaded.Vectors("Shap"), 1e-5);
            Reading.AreClose(own.Vectors("Base"), loaded.Vectors("Base"), 1e-5);
        }
    }

    [TestMethod]
    public void Images_and_tokens_are_explained_too()
    {
        var digits = Trained.Digits;
        var images = new RowSource(2).Add("Pixels", new VectorDataViewType(NumberDataViewType.Single, 1, 8, 8),
            row => new VBuffer<float>(64, [.. digits.Rows[row]]));
        var explained =
            _mlContext.Transforms.Shap("Shap", "Pixels", digits.File,
                new ShapOptions { Algorithm = ShapAlgorithm.Partition, Target = Target.ArgMax, BackgroundRows = 1 }).Fit(images)
                    .Transform(images);
        Assert.AreEqual(64, explained.Vectors("Shap")[0].Length);
    }

    [TestMethod]
    public void What_does_not_fit_is_refused()
    {
        var data = Trained.Features(Table.Rows);
        Refused(() => Explain(data, new ShapOptions { Algorithm = ShapAlgorithm.Tree }), "neither made of trees");
        Refused(() => Explain(data, new ShapOptions { Algorithm = ShapAlgorithm.Exact }), "16");
        Refused(() => Explain(data, new ShapOptions { Method = new Saliency() }), "no Shapley values");
        Refused(() => Explain(data, new ShapOptions { Output = TreeShapOutput.Prediction }), "raw score");
        Refused(() => Explain(data, new ShapOptions { InteractionsColumnName = "Pairs" }), "interactions");
        Refused(
            () =>
                Explain(data,
                    new ShapOptions { Algorithm = ShapAlgorithm.Deep,
                        Groups = new Dictionary<string, IReadOnlyList<int>> { ["a"] = [0, 1] } }), "Groups");

        static void Refused(Func<object> act, string part) => Assert.Contains(part, Assert.Throws<ArgumentException>(act).Message);
    }

    private IDataView Explain(IDataView data, ShapOptions options) =>
        _mlContext.Transforms.Shap("Shap", "Features", Table.File, options).Fit(data).Transform(data);
}
