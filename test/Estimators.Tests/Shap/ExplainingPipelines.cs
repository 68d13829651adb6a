using Microsoft.ML.Introspection.Estimators.Tests.Support;
using Microsoft.ML.Introspection.Explaining;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Shapley;

namespace Microsoft.ML.Introspection.Estimators.Tests.Shap;

/// <summary>SHAP columns over whole pipelines, with their raw columns as features.</summary>
[TestClass]
public sealed class ExplainingPipelines
{
    private readonly MLContext _mlContext = new(1);

    [TestMethod]
    public void Columns_of_any_type_get_a_value_each()
    {
        var rows = Enumerable.Range(0, 60).Select(Offer.Number).ToArray();
        var data = _mlContext.Data.LoadFromEnumerable(rows);
        // Nothing trained: a price that is known, so that its Shapley values are.
        var pipeline = Offer.Pricing(_mlContext).Fit(data);
        using var shap =
            _mlContext.Transforms.Shap("Shap", pipeline, new ShapOptions { BaseValueColumnName = "Base", ScoreColumnName = "Explained" })
                .Fit(data);
        var explained = shap.Transform(data);
        CollectionAssert.AreEqual(new[] { "Town", "Size", "Extras[0]", "Extras[1]" }, explained.Schema["Shap"].SlotNames());

        // The price is a sum of what town and size give, and a product of the extras.
        var (towns, sizes) = (rows.Average(r => Offer.Worth(r.Town)), rows.Average(r => r.Size));
        var product = rows.Average(r => r.Extras[0] * r.Extras[1]);
        var (values, prices) = (explained.Vectors("Shap"), explained.Vectors("Explained"));
        for (var i = 0; i < rows.Length; i++)
        {
            Near.Equal(Offer.Worth(rows[i].Town) - towns, values[i][0], 1e-3);
            Near.Equal(2 * (rows[i].Size - sizes), values[i][1], 1e-3);
            var (first, second) = (rows.Average(r => r.Extras[0]), rows.Average(r => r.Extras[1]));
            var (one, other) = (rows[i].Extras[0], rows[i].Extras[1]);
            Near.Equal((one * second - product + one * other - first * other) / 2, values[i][2], 1e-3);
            Near.Equal(Offer.Price(rows[i]), prices[i][0], 1e-3);
            Near.Equal(prices[i][0], explained.Vectors("Base")[i][0] + values[i].Sum(), 1e-3);
        }
    }

    [TestMethod]
    public void Whole_vectors_and_groups_are_one_feature()
    {
        var data = _mlContext.Data.LoadFromEnumerable(Enumerable.Range(0, 30).Select(Offer.Number));
        var pipeline = Offer.Pricing(_mlContext).Fit(data);
        var each = Explain(pipeline, data, new ShapOptions());
        var whole = Explain(pipeline, data, new ShapOptions { WholeColumns = ["Extras"] });
        CollectionAssert.AreEqual(new[] { "Town", "Size", "Extras" }, whole.Schema["Shap"].SlotNames());
        var grouped =
            Explain(pipeline, data, new ShapOptions { Groups = new Dictionary<string, IReadOnlyList<int>> { ["extras"] = [2, 3] } });
        CollectionAssert.AreEqual(new[] { "extras", "Town", "Size" }, grouped.Schema["Shap"].SlotNames());
        foreach (var ((a, b), c) in each.Vectors("Shap").Zip(whole.Vectors("Shap")).Zip(grouped.Vectors("Shap")))
        {
            // A pair by itself gets what its two get together.
            Near.Equal(a[2] + a[3], b[2], 1e-3);
            Near.Equal(b[2], c[0], 1e-3);
            Near.Equal(a[0], c[1], 1e-3);
        }
    }

    [TestMethod]
    [DataRow(ShapAlgorithm.Kernel), DataRow(ShapAlgorithm.Permutation), DataRow(ShapAlgorithm.Sampling), DataRow(ShapAlgorithm.Partition)]
    public void Every_method_of_coalitions_sums_to_the_score(ShapAlgorithm algorithm)
    {
        var data = _mlContext.Data.LoadFromEnumerable(Enumerable.Range(0, 20).Select(Offer.Number));
        var pipeline = Offer.Pricing(_mlContext).Fit(data);
        var explained = Explain(pipeline, data, new ShapOptions { Algorithm = algorithm, BaseValueColumnName = "Base" });
        foreach (var (i, values) in explained.Vectors("Shap").Index())
            Near.Equal(
                Offer.Price(Offer.Number(i)),
                explained.Vectors("Base")[i][0] + values.Sum(),
                algorithm == ShapAlgorithm.Sampling ? 5 : 1e-2);
    }

    [TestMethod]
    public void Single_rows_sets_of_cursors_and_a_background_of_its_own()
    {
        var data = _mlContext.Data.LoadFromEnumerable(Enumerable.Range(0, 100).Select(Offer.Number));
        var background = _mlContext.Data.LoadFromEnumerable(Enumerable.Range(200, 10).Select(Offer.Number));
        var pipeline = Offer.Pricing(_mlContext).Fit(data);
        using var shap = _mlContext.Transforms.Shap("Shap", pipeline, new ShapOptions { Background = background }).Fit(data);
        var all = shap.Transform(data).Vectors("Shap");
        Near.Equal(
            Offer.Worth(Offer.Number(7).Town) - Enumerable.Range(200, 10).Average(i => Offer.Worth(Offer.Number(i).Town)), all[7][0], 1e-3);

        var engine = _mlContext.Model.CreatePredictionEngine<Offer, Explained>(shap);
        CollectionAssert.AreEqual(all[42], engine.Predict(Offer.Number(42)).Shap);

        var view = shap.Transform(data);
        var column = view.Schema["Shap"];
        var cursors = view.GetRowCursorSet([column], 3);
        var found = new System.Collections.Concurrent.ConcurrentBag<float>();
        Parallel.ForEach(cursors, cursor =>
        {
            using (cursor)
                while (cursor.MoveNext())
                    found.Add(cursor.Vector<float>("Shap")[0]);
        });
        CollectionAssert.AreEquivalent(all.Select(v => v[0]).ToArray(), found.ToArray());
    }

    [TestMethod]
    public void Saving_says_why_not_and_what_would()
    {
        var data = _mlContext.Data.LoadFromEnumerable(Enumerable.Range(0, 20).Select(Offer.Number));
        var pipeline = Offer.Pricing(_mlContext).Fit(data);
        using var shap = _mlContext.Transforms.Shap("Shap", pipeline).Fit(data);
        var message =
            Assert.ThrowsExactly<NotSupportedException>(() => _mlContext.Model.Save(shap, data.Schema, new MemoryStream())).Message;
        foreach (var part in (string[])["black box", "without this step", "prediction transformer"])
            Assert.Contains(part, message);
        Assert.ThrowsExactly<NotSupportedException>(() => shap.Explanation);
    }

    [TestMethod]
    public void What_does_not_fit_is_refused()
    {
        var data = _mlContext.Data.LoadFromEnumerable(Enumerable.Range(0, 20).Select(Offer.Number));
        var pipeline = Offer.Pricing(_mlContext).Fit(data);
        Refused<ArgumentException>(() => Explain(pipeline, data, new ShapOptions { Algorithm = ShapAlgorithm.Tree }),
            "prediction transformer", "Tree");
        Refused<ArgumentException>(() => Explain(pipeline, data, new ShapOptions { Algorithm = ShapAlgorithm.Deep }), "asked for scores",
            "deep");
        Refused<ArgumentException>(() => Explain(pipeline, data, new ShapOptions { Method = new DeepShap() }), "coalitions");
        Refused<ArgumentException>(() => Explain(pipeline, data, new ShapOptions { InteractionsColumnName = "Pairs" }), "interactions");
        Refused<ArgumentException>(() =>
            Explain(pipeline, data, new ShapOptions { Background = _mlContext.Data.LoadFromEnumerable(Array.Empty<Offer>()) }), "empty");
        Refused<ArgumentException>(() => Explain(pipeline, data, new ShapOptions { ExplainedColumnName = "Nowhere" }), "Nowhere");

        // A town that the price does not know, met in a mixture.
        var strange = _mlContext.Data.LoadFromEnumerable(
            Enumerable.Range(0, 5).Select(i => i == 3 ? Offer.Number(i).In("nowhere") : Offer.Number(i)));
        using var shap = _mlContext.Transforms.Shap("Shap", pipeline).Fit(data);
        Refused<InvalidOperationException>(() => shap.Transform(strange).Vectors("Shap"), "nowhere");
    }

    private static void Refused<TError>(Func<object> act, params string[] parts) where TError : Exception
    {
        var message = Assert.Throws<TError>(act).Message;
        foreach (var part in parts)
            Assert.Contains(part, message);
    }

    private IDataView Explain(ITransformer pipeline, IDataView data, ShapOptions options) =>
        _mlContext.Transforms.Shap("Shap", pipeline, options).Fit(data).Transform(data);

    private sealed class Explained
    {
        public float[] Shap { get; set; } = [];
    }
}
