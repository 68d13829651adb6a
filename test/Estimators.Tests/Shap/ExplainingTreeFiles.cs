using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Estimators.Tests.Support;
using Microsoft.ML.Introspection.Explaining;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Shapley;
using Microsoft.ML.Introspection.Shapley.Trees;

namespace Microsoft.ML.Introspection.Estimators.Tests.Shap;

/// <summary>SHAP columns over files of trees: the values of <see cref="TreeShap"/>, in all the forms that options ask for.</summary>
[TestClass]
public sealed class ExplainingTreeFiles
{
    private readonly MLContext _mlContext = new(1);

    [TestMethod]
    public void The_column_holds_the_values_of_the_trees()
    {
        var trees = TrainedTrees.BreastCancer;
        string[] names = [.. Enumerable.Range(0, 30).Select(i => $"feature {i}")];
        var options = new ShapOptions { BaseValueColumnName = "Base", ScoreColumnName = "Score" };
        var explained = Explain(trees, options, names);

        Assert.AreEqual(new VectorDataViewType(NumberDataViewType.Single, 1, 30), explained.Schema["Shap"].Type);
        CollectionAssert.AreEqual(names, explained.Schema["Shap"].SlotNames());
        AreClose(trees.Values(trees.Rows), explained.Vectors("Shap"));
        AreClose(Lines(trees.Floats("shap_path_dependent", 30)), explained.Vectors("Shap"), 1e-5);
        AreClose(Lines(trees.Floats("margin", 1)), explained.Vectors("Score"), 1e-5);
        foreach (var (values, (start, score)) in explained.Vectors("Shap").Zip(explained.Vectors("Base").Zip(explained.Vectors("Score"))))
            Near.Equal(score[0], start[0] + values.Sum(), 1e-5);
    }

    [TestMethod]
    public void Missing_values_go_where_the_trees_send_them()
    {
        var trees = TrainedTrees.WithMissingValues;
        Assert.IsTrue(trees.Rows.Any(r => r.Any(float.IsNaN)));
        AreClose(trees.Values(trees.Rows), Explain(trees, new ShapOptions()).Vectors("Shap"));
    }

    [TestMethod]
    public void Several_classes_have_a_block_each_or_a_chosen_one()
    {
        var trees = TrainedTrees.Wine;
        var all = trees.Values(trees.Rows);
        var (margins, count) = (trees.Floats("margin", 3), trees.Rows.Length);
        float[][] Block(int row, int c) => [[.. all[row][(c * 13)..((c + 1) * 13)].Select(v => (float)v)]];

        var whole = Explain(trees, new ShapOptions { ScoreColumnName = "Score", BaseValueColumnName = "Base" },
            [.. Enumerable.Range(0, 13).Select(i => $"f{i}")]);
        Assert.AreEqual(new VectorDataViewType(NumberDataViewType.Single, 1, 3, 13), whole.Schema["Shap"].Type);
        Assert.AreEqual("1.f2", whole.Schema["Shap"].SlotNames()![15]);
        AreClose(all, whole.Vectors("Shap"));
        AreClose(Lines(margins), whole.Vectors("Score"), 1e-5);
        Assert.AreEqual(new VectorDataViewType(NumberDataViewType.Single, 1, 3), whole.Schema["Base"].Type);

        int[] best = [.. margins.Select(m => Array.IndexOf(m, m.Largest()))];
        var predicted = Explain(trees, new ShapOptions { Target = Target.ArgMax, TargetColumnName = "Class", ScoreColumnName = "Score" });
        CollectionAssert.AreEqual(best, predicted.GetColumn<long[]>("Class").Select(c => (int)c[0]).ToArray());
        AreClose(Lines([.. Enumerable.Range(0, count).SelectMany(i => Block(i, best[i]))]), predicted.Vectors("Shap"));
        AreClose(Lines([.. margins.Select(m => new[] { m.Largest() })]), predicted.Vectors("Score"), 1e-5);

        var second = Explain(trees, new ShapOptions { Target = Target.Class(1) });
        AreClose(Lines([.. Enumerable.Range(0, count).SelectMany(i => Block(i, 1))]), second.Vectors("Shap"));

        var difference = Explain(trees, new ShapOptions { Target = Target.Difference(0, 2), ScoreColumnName = "Score" });
        AreClose(Lines([.. Enumerable.Range(0, count).Select(i => Block(i, 0)[0].Zip(Block(i, 2)[0], (a, b) => a - b).ToArray())]),
            difference.Vectors("Shap"), 1e-5);
        AreClose(Lines([.. margins.Select(m => new[] { m[0] - m[2] })]), difference.Vectors("Score"), 1e-4);

        var told = Explain(trees, new ShapOptions { Target = Target.Label("Truth") },
            labels: [.. Enumerable.Range(0, count).Select(i => (long)(i % 3))]);
        AreClose(Lines([.. Enumerable.Range(0, count).SelectMany(i => Block(i, i % 3))]), told.Vectors("Shap"));
    }

    [TestMethod]
    public void Backgrounds_make_interventional_values_and_shares_in_probabilities()
    {
        var trees = TrainedTrees.BreastCancer;
        var background = Trained.Features(trees.Background);
        var raw = Explain(trees, new ShapOptions { Background = background });
        AreClose(Lines(trees.Floats("shap_interventional", 30)), raw.Vectors("Shap"), 1e-5);

        var options = new ShapOptions { Background = background, Output = TreeShapOutput.Prediction, ScoreColumnName = "Probability" };
        var shares = Explain(trees, options);
        AreClose(Lines(trees.Floats("shap_interventional_probability", 30)), shares.Vectors("Shap"), 1e-5);
        AreClose(Lines(trees.Floats("prediction", 1)), shares.Vectors("Probability"), 1e-5);

        // A sample is spread evenly: every fourth of a hundred.
        var few = Explain(trees, new ShapOptions { Background = background, BackgroundRows = 25 });
        float[] some = [.. Enumerable.Range(0, 25).SelectMany(i => trees.Background[(int)((i + 0.5) * 4)])];
        AreClose(trees.Values(trees.Rows, new() { Background = some }), few.Vectors("Shap"));

        // Without one, predictions are shared out against the data that is fitted to.
        var own = Explain(trees, new ShapOptions { Output = TreeShapOutput.Prediction });
        AreClose(trees.Values(trees.Rows, new() { Background = [.. trees.Rows.SelectMany(r => r)], Output = TreeShapOutput.Prediction }),
            own.Vectors("Shap"));
    }

    [TestMethod]
    public void Algorithms_for_any_model_agree_with_the_exact_values_but_have_no_graph()
    {
        var trees = TrainedTrees.Wine;
        var background = Trained.Features(trees.Background[..5]);
        var exact = Explain(trees, new ShapOptions { Background = background, Target = Target.ArgMax }).Vectors("Shap");
        using var kernel = _mlContext.Transforms.Shap(
            "Shap", "Features", trees.File,
            new ShapOptions { Algorithm = ShapAlgorithm.Kernel, Method = new KernelShap(8190), Background = background,
                Target = Target.ArgMax }).Fit(Data(trees));
        AreClose(Lines(exact), kernel.Transform(Data(trees)).Vectors("Shap"), 1e-5);
        Assert.Contains("black box",
            Assert.ThrowsExactly<NotSupportedException>(
                () => _mlContext.Model.Save(kernel, Data(trees).Schema, new MemoryStream())).Message);
    }

    [TestMethod]
    public void Interactions_are_a_matrix_whose_lines_sum_to_the_values()
    {
        var trees = TrainedTrees.Wine;
        foreach (var target in (Target?[])[null, Target.ArgMax])
        {
            var explained = Explain(trees, new ShapOptions { Target = target, InteractionsColumnName = "Pairs" });
            Assert.AreEqual(target is null ? 3 * 13 * 13 : 13 * 13, ((VectorDataViewType)explained.Schema["Pairs"].Type).Size);
            foreach (var (values, pairs) in explained.Vectors("Shap").Zip(explained.Vectors("Pairs")))
                AreClose([[.. values.Select(v => (double)v)]], [[.. pairs.Chunk(13).Select(line => line.Sum())]], 1e-4);
        }
    }

    [TestMethod]
    public void Groups_are_one_feature_with_the_name_they_are_given()
    {
        var trees = TrainedTrees.BreastCancer;
        var options =
            new ShapOptions {
                Groups = new Dictionary<string, IReadOnlyList<int>> { ["mean"] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
                    ["worst"] = [20, 21, 22, 23, 24, 25, 26, 27, 28, 29] } };
        var explained = Explain(trees, options, [.. Enumerable.Range(0, 30).Select(i => $"f{i}")]);
        CollectionAssert.AreEqual(new[] { "mean", "worst", "f10", "f11" }, explained.Schema["Shap"].SlotNames()![..4]);
        int[] groups = [.. Enumerable.Range(0, 30).Select(i => i < 10 ? 0 : i >= 20 ? 1 : i - 8)];
        AreClose(trees.Values(trees.Rows, new() { Groups = groups }), explained.Vectors("Shap"));
    }

    [TestMethod]
    public void Only_the_strongest_values_are_kept_and_normalised()
    {
        var trees = TrainedTrees.BreastCancer;
        var all = Explain(trees, new ShapOptions()).Vectors("Shap");
        var kept =
            Explain(trees, new ShapOptions { NumberOfPositiveContributions = 3, NumberOfNegativeContributions = 1, Normalize = true })
                .Vectors("Shap");
        for (var row = 0; row < all.Length; row++)
        {
            var strongest =
                all[row].Where(v => v > 0).OrderDescending().Take(3).Concat(all[row].Where(v => v < 0).Order().Take(1)).ToHashSet();
            var largest = strongest.Largest(MathF.Abs);
            AreClose([[.. all[row].Select(v => strongest.Contains(v) ? (double)v / largest : 0)]], [kept[row]], 1e-6);
        }
    }

    [TestMethod]
    public void Single_rows_and_many_rows_have_the_same_values()
    {
        var trees = TrainedTrees.Wine;
        var rows = Enumerable.Range(0, 5000).Select(i => Array.ConvertAll(trees.Rows[i % 16], x => x * (1 + 0.001f * i))).ToArray();
        var data = _mlContext.Data.LoadFromEnumerable(rows.Select(r => new WineRow { Features = r }));
        using var transformer =
            _mlContext.Transforms.Shap("Shap", "Features", trees.File, new ShapOptions { Target = Target.Class(2) }).Fit(data);
        var all = transformer.Transform(data).Vectors("Shap");
        AreClose([.. trees.Values(rows).Select(r => r[26..39])], all);
        var engine = _mlContext.Model.CreatePredictionEngine<WineRow, WineResult>(transformer);
        foreach (var row in (int[])[0, 1234, 4999])
            AreClose([[.. all[row].Select(v => (double)v)]], [engine.Predict(new WineRow { Features = rows[row] }).Shap], 1e-6);
        engine.Dispose();
        Assert.ThrowsExactly<ObjectDisposedException>(() => transformer.Transform(data).Vectors("Shap"));
    }

    [TestMethod]
    public void A_saved_pipeline_gives_the_same_columns_without_this_library()
    {
        var wine = TrainedTrees.Wine;
        var missing = TrainedTrees.WithMissingValues;
        var background =
            _mlContext.Transforms.CopyColumns("Copy", "Features").Fit(Data(missing)).Transform(Trained.Features(missing.Background[..20]));
        foreach (var (trees, options) in ((TrainedTrees, ShapOptions)[])
        [
            (wine, new() { BaseValueColumnName = "Base", ScoreColumnName = "Score", InteractionsColumnName = "Pairs" }),
            (wine, new() { Target = Target.ArgMax, TargetColumnName = "Class", BaseValueColumnName = "Base", ScoreColumnName = "Score" }),
            (wine,
                new() { Target = Target.Difference(2, 0), NumberOfPositiveContributions = 2, NumberOfNegativeContributions = 3,
                    Normalize = true }),
            (wine, new() { Target = Target.Label("Truth"), Groups = new Dictionary<string, IReadOnlyList<int>> { ["some"] = [3, 1] } }),
            (missing, new() { BaseValueColumnName = "Base", NumberOfPositiveContributions = 4 }),
            (missing, new() { Background = background, Output = TreeShapOutput.Prediction, ScoreColumnName = "Score" }),
        ])
        {
            var labels =
                options.Target?.LabelInput is null ? null : Enumerable.Range(0, trees.Rows.Length).Select(i => (long)(i % 3)).ToArray();
            var data = Data(trees, [.. Enumerable.Range(0, trees.Ensemble.FeatureCount).Select(i => $"f{i}")], labels);
            using var model =
                _mlContext.Transforms.CopyColumns("Copy", "Features")
                    .Append(_mlContext.Transforms.Shap("Shap", "Copy", trees.File, options)).Fit(data);
            using var stream = new MemoryStream();
            _mlContext.Model.Save(model, data.Schema, stream);
            stream.Position = 0;
            var loaded = new MLContext().Model.Load(stream, out _);
            Assert.Contains("OnnxTransformer", ((IEnumerable<ITransformer>)loaded).Last().GetType().Name);

            var (own, other) = (model.Transform(data), loaded.Transform(data));
            foreach (var column in own.Schema.Where(c => c.Index > data.Schema.Count))
            {
                Assert.AreEqual(column.Type, other.Schema[column.Name].Type, column.Name);
                CollectionAssert.AreEqual(column.SlotNames(), other.Schema[column.Name].SlotNames(), column.Name);
                if (column.Name == "Class")
                    CollectionAssert.AreEqual(own.GetColumn<long[]>("Class").Select(c => c[0]).ToArray(),
                        other.GetColumn<long[]>("Class").Select(c => c[0]).ToArray());
                else
                    AreClose(Lines(own.Vectors(column.Name)), other.Vectors(column.Name), 2e-5);
            }
        }
    }

    [TestMethod]
    public void Columns_are_promised_before_there_is_data()
    {
        var trees = TrainedTrees.Wine;
        var data = Data(trees);
        // A chain asks for the promise when it is fitted.
        var chain =
            _mlContext.Transforms.Shap("Shap", "Features", trees.File,
                new ShapOptions { Target = Target.ArgMax, TargetColumnName = "Class" })
            .Append(_mlContext.Transforms.CopyColumns("Copy", "Shap")).Append(_mlContext.Transforms.CopyColumns("ClassCopy", "Class"));
        using var model = chain.Fit(data);
        Assert.AreEqual(13, model.Transform(data).Vectors("Copy")[0].Length);
    }

    [TestMethod]
    public void What_does_not_fit_is_refused()
    {
        var (wine, cancer) = (TrainedTrees.Wine, TrainedTrees.BreastCancer);
        Refused<ArgumentOutOfRangeException>(() => _mlContext.Transforms.Shap("Shap", "Features", wine.File).Fit(Data(cancer)),
            "13 features", "Features", "30");
        Refused<ArgumentOutOfRangeException>(() => _mlContext.Transforms.Shap("Shap", "Nowhere", wine.File).Fit(Data(wine)), "Nowhere");
        Refused<ArgumentOutOfRangeException>(() => Explain(wine, new ShapOptions { Target = Target.Class(3) }), "out of range",
            "3 outputs");
        var none = new RowSource(0).Add("Features", new VectorDataViewType(NumberDataViewType.Single, 13), _ => default(VBuffer<float>));
        Refused<ArgumentException>(() => Explain(wine, new ShapOptions { Background = none }), "empty");
        Refused<ArgumentOutOfRangeException>(() => Explain(wine, new ShapOptions { Background = new RowSource(3) }), "Features");
        Refused<ArgumentException>(() => Explain(wine, new ShapOptions { Background = Data(wine), InteractionsColumnName = "Pairs" }),
            "path-dependent");
        Refused<ArgumentException>(
            () => Explain(wine, new ShapOptions { Groups = new Dictionary<string, IReadOnlyList<int>> { ["some"] = [13] } }), "some",
            "13 features");
        Refused<ArgumentException>(() => Explain(wine, new ShapOptions { Algorithm = ShapAlgorithm.Deep }), "deep", "made of trees");
        Refused<ArgumentException>(() =>
            _mlContext.Transforms.Shap("Shap", "Features", wine.File, new ShapOptions { TargetColumnName = "Class" }), "Class", "Target");
        Refused<ArgumentException>(
            () => _mlContext.Transforms.Shap("Shap", "Features", wine.File, new ShapOptions { ScoreColumnName = "Shap" }), "'Shap'");
        Refused<FileNotFoundException>(() => _mlContext.Transforms.Shap("Shap", "Features", "nowhere.json"), "nowhere.json");
        Refused<ArgumentOutOfRangeException>(() => new ShapOptions { BackgroundRows = 0 }, "at least one", ignoreCase: true);
        Refused<ArgumentException>(
            () => new ShapOptions { Groups = new Dictionary<string, IReadOnlyList<int>> { ["a"] = [1], ["b"] = [1] } }, "Slot 1");
        Refused<ArgumentException>(() => new ShapOptions { BaseValueColumnName = " " }, "BaseValueColumnName");

        var damaged = Path.GetTempFileName();
        try
        {
            File.WriteAllText(damaged, File.ReadAllText(wine.File)[..5000]);
            Refused<InvalidModelException>(() => _mlContext.Transforms.Shap("Shap", "Features", damaged), damaged);
        }
        finally
        {
            File.Delete(damaged);
        }

        using var told = _mlContext.Transforms.Shap("Shap", "Features", wine.File, new ShapOptions { Target = Target.Label("Truth") })
            .Fit(Data(wine, labels: new long[16]));
        Refused<InvalidOperationException>(() => told.Transform(Data(wine, labels: [0, 1, 7, .. new long[13]])).Vectors("Shap"), "Row 2",
            "7", "0 to 2");
    }

    private static void Refused<TError>(Func<object> act, params string[] parts) where TError : Exception =>
        Refused<TError>(act, parts, false);

    private static void Refused<TError>(Func<object> act, string part, bool ignoreCase) where TError : Exception =>
        Refused<TError>(act, [part], ignoreCase);

    private static void Refused<TError>(Func<object> act, string[] parts, bool ignoreCase) where TError : Exception
    {
        var message = Assert.ThrowsExactly<TError>(act).Message;
        foreach (var part in parts)
            Assert.IsTrue(message.Contains(part, ignoreCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal),
                $"'{part}' in: {message}");
    }

    private IDataView Explain(TrainedTrees trees, ShapOptions options, string[]? names = null, long[]? labels = null)
    {
        var data = Data(trees, names, labels);
        return _mlContext.Transforms.Shap("Shap", "Features", trees.File, options).Fit(data).Transform(data);
    }

    private static RowSource Data(TrainedTrees trees, string[]? names = null, long[]? labels = null)
    {
        var data = Trained.Features(trees.Rows, names);
        return labels is null ? data : data.Add("Truth", NumberDataViewType.Int64, row => labels[row]);
    }

    private static double[][] Lines(float[][] rows) => [.. rows.Select(r => r.Select(v => (double)v).ToArray())];

    private static void AreClose(double[][] expected, float[][] found, double error = 1e-6)
    {
        Assert.HasCount(expected.Length, found);
        for (var row = 0; row < expected.Length; row++)
        {
            Assert.HasCount(expected[row].Length, found[row]);
            var largest = Math.Max(1, expected[row].Largest(Math.Abs));
            for (var i = 0; i < expected[row].Length; i++)
                Near.Equal(expected[row][i], found[row][i], error * largest, $"row {row}, slot {i}");
        }
    }

    private sealed class WineRow
    {
        [VectorType(13)]
        public float[] Features { get; set; } = [];
    }

    private sealed class WineResult
    {
        public float[] Shap { get; set; } = [];
    }
}
