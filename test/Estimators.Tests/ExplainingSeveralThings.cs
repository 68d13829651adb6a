using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Shapley;
using Microsoft.ML.Introspection.Estimators.Tests.Support;

namespace Microsoft.ML.Introspection.Estimators.Tests;

/// <summary>Several columns from one estimator, one session and one pass.</summary>
[TestClass]
public sealed class ExplainingSeveralThings
{
    private readonly MLContext _mlContext = new(1);

    private static Trained Table => Trained.BreastCancer;

    [TestMethod]
    public void Columns_are_those_of_an_estimator_for_each()
    {
        var data = Trained.Features(Table.Rows);
        using var all = _mlContext.Transforms.Explain(Table.File, "Features", e => e
            .Add("Gradient", new Saliency())
            .Add("Second", new InputXGradient(), Target.Class(1))
            .Add(
                new Ask(new IntegratedGradients(5), Target.Class(0), "Path") { BaseValueName = "Base", GapName = "Gap", ScoreName = "Score",
                    TargetName = "Class" })).Fit(data);
        var explained = all.Transform(data);
        CollectionAssert.AreEqual(
            new[] { "Gradient", "Second", "Path", "Base", "Gap", "Class", "Score" },
            explained.Schema.Select(c => c.Name).TakeLast(7).ToArray());
        using var gradient = _mlContext.Transforms.Saliency("One", "Features", Table.File).Fit(data);
        using var second = _mlContext.Transforms.InputXGradient("One", "Features", Table.File, Target.Class(1)).Fit(data);
        using var path =
            _mlContext.Transforms.IntegratedGradients("One", "Features", Table.File, new IntegratedGradients(5), new AttributionOptions
        {
            Target = Target.Class(0), BaseValueColumnName = "Base", ScoreColumnName = "Score",
        }).Fit(data);
        Reading.AreClose(gradient.Transform(data).Vectors("One"), explained.Vectors("Gradient"), 1e-6);
        Reading.AreClose(second.Transform(data).Vectors("One"), explained.Vectors("Second"), 1e-6);
        Reading.AreClose(path.Transform(data).Vectors("One"), explained.Vectors("Path"), 1e-6);
        Reading.AreClose(path.Transform(data).Vectors("Base"), explained.Vectors("Base"), 1e-6);
        Reading.AreClose(path.Transform(data).Vectors("Score"), explained.Vectors("Score"), 1e-6);
    }

    [TestMethod]
    public void A_saved_pipeline_keeps_all_columns_and_their_slot_names()
    {
        string[] names = [.. Enumerable.Range(0, 30).Select(i => $"m{i}")];
        var data = Trained.Features(Table.Rows, names);
        using var all = _mlContext.Transforms.Explain(Table.File, "Features", e => e
            .Add("Gradient", new Saliency())
            .Add("Each", new PerClass(new InputXGradient(), ["no", "yes"]))
            .Add("Shares",
                new KernelShap(200) { Groups = Tensor.From([.. Enumerable.Range(0, 30).Select(i => (long)(i / 10))], 30),
                    GroupNames = ["a", "b", "c"] })).Fit(data);
        var expected = all.Transform(data);
        var file = Path.GetTempFileName();
        try
        {
            _mlContext.Model.Save(all, data.Schema, file);
            var loaded = new MLContext(1).Model.Load(file, out _);
            Assert.IsNotInstanceOfType<AttributionTransformer>(loaded);
            var found = loaded.Transform(data);
            foreach (var column in (string[])["Gradient", "Each", "Shares"])
            {
                Reading.AreClose(expected.Vectors(column), found.Vectors(column), 1e-5);
                CollectionAssert.AreEqual(SlotNames(expected, column), SlotNames(found, column), column);
            }
            CollectionAssert.AreEqual(new[] { "a", "b", "c" }, SlotNames(found, "Shares"));
            CollectionAssert.AreEqual(names, SlotNames(found, "Gradient"));
            (loaded as IDisposable)?.Dispose();
        }
        finally
        {
            File.Delete(file);
        }
    }

    [TestMethod]
    public void A_layer_s_activation_stands_beside_attributions_and_a_column_tells_the_channel()
    {
        using var networks = new SmallNetworks();
        var data =
            new RowSource(3).Add("x", new VectorDataViewType(NumberDataViewType.Single, 3), row => new VBuffer<float>(3, [row, 1, 2]))
            .Add("y", new VectorDataViewType(NumberDataViewType.Single, 3), row => new VBuffer<float>(3, [3, row, 5]))
            .Add("weights", new VectorDataViewType(NumberDataViewType.Single, 2),
                row => new VBuffer<float>(2, [row == 0 ? 1 : 0, row == 0 ? 0 : 1]));
        using var transformer = _mlContext.Transforms.Explain(networks.TwoInputs(), "x", e => e
            .Add(new Ask(new Saliency(), Target.Weights("weights"), "Given") { Of = ["x"], ScoreName = "Score" })
            .Add(new Ask(new Saliency(), Target.Class(0), "First") { Of = ["x"] })
            .Add(new Ask(new Saliency(), Target.Class(1), "Second") { Of = ["x"] })).Fit(data);
        var explained = transformer.Transform(data);
        var (given, first, second) = (explained.Vectors("Given"), explained.Vectors("First"), explained.Vectors("Second"));
        Reading.AreClose([first[0], second[1], second[2]], given, 1e-6);
    }

    [TestMethod]
    public void What_makes_no_sense_is_refused()
    {
        Refused<ArgumentException>("Nothing is asked", _ => { });
        Refused<ArgumentException>("Two columns are named 'a'", e => e.Add("a", new Saliency()).Add("a", new DeepLift()));
        Refused<ArgumentException>("Two output columns are named 'a'",
            e => e.Add("a", new Saliency()).Add(new Ask(new DeepLift(), null, "b") { GapName = "a" }));
        Refused<ArgumentException>("feeds the network", e => e.Add("Features", new Saliency()));
        Assert.ThrowsExactly<ArgumentNullException>(() => _mlContext.Transforms.Explain(Table.File, "Features", null!));
        Assert.ThrowsExactly<ArgumentNullException>(() => _mlContext.Transforms.Explain(Table.File, "Features", e => e.Add((Ask)null!)));

        void Refused<T>(string message, Action<ExplanationBuilder> ask) where T : Exception =>
            StringAssert.Contains(Assert.ThrowsExactly<T>(() => _mlContext.Transforms.Explain(Table.File, "Features", ask)).Message,
                message);
    }

    private static string[] SlotNames(IDataView data, string column)
    {
        VBuffer<ReadOnlyMemory<char>> names = default;
        data.Schema[column].GetSlotNames(ref names);
        return [.. names.DenseValues().Select(n => n.ToString())];
    }
}
