using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Estimators.Tests.Support;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Transforms.Onnx;

namespace Microsoft.ML.Introspection.Estimators.Tests.Saving;

[TestClass]
public sealed class SavingPipelines
{
    private readonly MLContext _mlContext = new(1);

    private static Trained Table => Trained.BreastCancer;

    [TestMethod]
    public void A_pipeline_comes_back_as_OnnxTransformer_with_the_same_columns_and_values()
    {
        var rows = Table.ManyRows(20);
        var data = Trained.Features(rows).Add("Label", NumberDataViewType.Int64, row => (long)(row % 2));
        using var model = _mlContext.Transforms.CopyColumns("Copy", "Features")
            .Append(_mlContext.Transforms.Saliency("Saliency", "Copy", Table.File, new SaliencyOptions
            {
                Form = SaliencyForm.Absolute,
                Target = Target.Label("Label"),
                TargetColumnName = "Class",
                ScoreColumnName = "Score",
                OutputColumns = new Dictionary<string, string> { ["logits"] = "Logits" },
            }))
            .Append(_mlContext.Transforms.Concatenate("All", "Saliency", "Score")).Fit(data);
        var ours = model.Transform(data);

        var loaded = SavedAndLoaded(model, data.Schema, out var chain);
        Assert.IsInstanceOfType<OnnxTransformer>(chain[1]);
        var theirs = loaded.Transform(data);
        AreAlike(ours.Schema, theirs.Schema);
        foreach (var column in new[] { "Saliency", "Score", "Logits", "All" })
            Reading.AreClose(ours.Vectors(column), theirs.Vectors(column), 1e-6);
        CollectionAssert.AreEqual(ours.GetColumn<long[]>("Class").Select(c => c.Single()).ToArray(),
            theirs.GetColumn<long[]>("Class").Select(c => c.Single()).ToArray());
        (loaded as IDisposable)?.Dispose();
    }

    [TestMethod]
    public void A_transformer_alone_is_saved_as_well()
    {
        var data = Trained.Features(Trained.Digits.Rows);
        using var transformer = _mlContext.Transforms.InputXGradient("Shares", "Features", Trained.Digits.File).Fit(data);
        var loaded = SavedAndLoaded(transformer, data.Schema, out _);
        AreAlike(transformer.GetOutputSchema(data.Schema), loaded.GetOutputSchema(data.Schema));
        Reading.AreClose(Trained.Digits.Floats("input_x_gradient"), loaded.Transform(data).Vectors("Shares"), 1e-4);
        (loaded as IDisposable)?.Dispose();
    }

    [TestMethod]
    public void Slot_names_are_saved()
    {
        string[] names = [.. Enumerable.Range(0, 30).Select(i => i == 7 ? "mean concave points, Ø µm²" : $"measurement {i % 20}")];
        var data = Trained.Features(Table.Rows, names);
        using var transformer = _mlContext.Transforms.Saliency("Saliency", "Features", Table.File).Fit(data);
        var loaded = SavedAndLoaded(transformer, data.Schema, out _);
        CollectionAssert.AreEqual(names, loaded.GetOutputSchema(data.Schema)["Saliency"].SlotNames());
        Reading.AreClose(Table.Floats("gradient"), loaded.Transform(data).Vectors("Saliency"), 1e-5);
        (loaded as IDisposable)?.Dispose();
    }

    [TestMethod]
    public void Networks_with_several_inputs_scalars_and_open_lengths_come_back()
    {
        using var networks = new SmallNetworks();
        var pairs =
            new RowSource(4).Add("x", new VectorDataViewType(NumberDataViewType.Single, 3), row => new VBuffer<float>(3, [row, 1, 2]))
            .Add("second", new VectorDataViewType(NumberDataViewType.Single, 3), row => new VBuffer<float>(3, [3, row, 5]));
        var scalars =
            new RowSource(4).Add("x", NumberDataViewType.Single, row => (float)row).Add("y", NumberDataViewType.Single, row => 100f);
        var lengths = new RowSource(4).Add("x", new VectorDataViewType(NumberDataViewType.Single, 2, 5),
            row => new VBuffer<float>(10, [.. Enumerable.Range(row, 10).Select(i => (float)i)]));
        (RowSource, SaliencyEstimator)[] cases =
        [
            (pairs, _mlContext.Transforms.Saliency("Saliency", "x", networks.TwoInputs(), new SaliencyOptions
            {
                ExplainedInputs = ["x"], InputColumns = new Dictionary<string, string> { ["y"] = "second" }, Target = Target.Class(1),
            })),
            (scalars, _mlContext.Transforms.Saliency("Saliency", "x", networks.Scalars(), new SaliencyOptions { ExplainedInputs = ["x"] })),
            (lengths, _mlContext.Transforms.Saliency("Saliency", "x", networks.OpenLength(5))),
            (pairs, _mlContext.Transforms.Saliency("Saliency", "x", networks.FixedRows(1))),
        ];
        foreach (var (data, estimator) in cases)
        {
            using var transformer = estimator.Fit(data);
            var loaded = SavedAndLoaded(transformer, data.Schema, out _);
            AreAlike(transformer.GetOutputSchema(data.Schema), loaded.GetOutputSchema(data.Schema));
            foreach (var (ours, theirs) in transformer.Transform(data).Vectors("Saliency").Zip(loaded.Transform(data).Vectors("Saliency")))
                CollectionAssert.AreEqual(ours, theirs);
            (loaded as IDisposable)?.Dispose();
        }
    }

    [TestMethod]
    public void A_column_that_hides_another_does_so_after_loading_too()
    {
        var data = Trained.Features(Table.Rows).Add("Saliency", NumberDataViewType.Int32, row => row).Add("Last", NumberDataViewType.Int32,
            row => row);
        using var transformer =
            _mlContext.Transforms.Saliency("Saliency", "Features", Table.File, new SaliencyOptions { ScoreColumnName = "Last" }).Fit(data);
        var loaded = SavedAndLoaded(transformer, data.Schema, out _);
        AreAlike(transformer.GetOutputSchema(data.Schema), loaded.GetOutputSchema(data.Schema));
        (loaded as IDisposable)?.Dispose();
    }

    [TestMethod]
    public void Loaded_pipelines_predict_single_rows_alike()
    {
        var data = _mlContext.Data.LoadFromEnumerable(Table.Rows.Select(r => new Scoring.ExplainingSingleRows.Patient { Features = r }));
        using var transformer = _mlContext.Transforms.Saliency("Saliency", "Features", Table.File).Fit(data);
        using var engine =
            _mlContext.Model.CreatePredictionEngine<Scoring.ExplainingSingleRows.Patient, Scoring.ExplainingSingleRows.Diagnosis>(
            SavedAndLoaded(transformer, data.Schema, out _));
        foreach (var (row, expected) in Table.Rows.Zip(Table.Floats("gradient")))
            Reading.AreClose([expected], [engine.Predict(new Scoring.ExplainingSingleRows.Patient { Features = row }).Saliency], 1e-5);
    }

    [TestMethod]
    public void Saving_works_twice_after_scoring_and_after_disposal()
    {
        var data = Trained.Features(Table.Rows);
        var transformer = _mlContext.Transforms.Saliency("Saliency", "Features", Table.File).Fit(data);
        var first = Bytes(transformer, data.Schema);
        _ = transformer.Transform(data).Vectors("Saliency");
        Assert.HasCount(first.Length, Bytes(transformer, data.Schema));
        transformer.Dispose();
        Assert.HasCount(first.Length, Bytes(transformer, data.Schema));
    }

    [TestMethod]
    [DoNotParallelize]
    public void No_temporary_file_stays_behind()
    {
        static string[] Present() => Directory.GetFileSystemEntries(Path.GetTempPath(), "introspection-*");
        var before = Present();
        var data = Trained.Features(Table.Rows);
        using var model =
            _mlContext.Transforms.CopyColumns("Copy", "Features").Append(_mlContext.Transforms.Saliency("Saliency", "Copy", Table.File))
                .Fit(data);
        _ = Bytes(model, data.Schema);
        CollectionAssert.AreEquivalent(before, Present());
    }

    private byte[] Bytes(ITransformer transformer, DataViewSchema schema)
    {
        using var stream = new MemoryStream();
        _mlContext.Model.Save(transformer, schema, stream);
        return stream.ToArray();
    }

    private ITransformer SavedAndLoaded(ITransformer transformer, DataViewSchema schema, out List<ITransformer> chain)
    {
        using var stream = new MemoryStream(Bytes(transformer, schema));
        var loaded = new MLContext().Model.Load(stream, out var loadedSchema);
        CollectionAssert.AreEqual(schema.Select(c => c.Name).ToArray(), loadedSchema.Select(c => c.Name).ToArray());
        chain = loaded is IEnumerable<ITransformer> several ? [.. several] : [loaded];
        Assert.IsFalse(chain.Any(t => t is AttributionTransformer));
        return loaded;
    }

    private static void AreAlike(DataViewSchema ours, DataViewSchema theirs)
    {
        CollectionAssert.AreEqual(ours.Select(c => c.Name).ToArray(), theirs.Select(c => c.Name).ToArray());
        CollectionAssert.AreEqual(ours.Select(c => c.IsHidden).ToArray(), theirs.Select(c => c.IsHidden).ToArray());
        foreach (var (our, their) in ours.Zip(theirs))
            Assert.AreEqual(our.Type, their.Type, our.Name);
    }
}
