using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Estimators.Tests.Support;
using Microsoft.ML.Introspection.Models;

namespace Microsoft.ML.Introspection.Estimators.Tests.Columns;

[TestClass]
public sealed class CheckingSchemas
{
    private readonly MLContext _mlContext = new(1);

    private static Trained Table => Trained.BreastCancer;

    private static VectorDataViewType Floats(params int[] dimensions) => new(NumberDataViewType.Single, dimensions);

    [TestMethod]
    public void A_missing_column_is_named_with_what_was_expected_and_what_is_there()
    {
        var data = new RowSource(1).Add("Measurements", Floats(30), _ => default(VBuffer<float>)).Add("Label", BooleanDataViewType.Instance,
            _ => false);
        var message = Refused(data);
        StringAssert.Contains(message, "Could not find input column 'Features' for the network's input 'input'");
        StringAssert.Contains(message, "expected a vector of 30 items of type Single");
        StringAssert.Contains(message, "the data has the columns 'Measurements', 'Label'");
    }

    [TestMethod]
    public void Wrong_items_are_named()
    {
        var message =
            Refused(new RowSource(1).Add("Features", new VectorDataViewType(NumberDataViewType.Double, 30), _ => default(VBuffer<double>)));
        StringAssert.Contains(message, "Schema mismatch for input column 'Features'");
        StringAssert.Contains(message, "expected a vector of 30 items of type Single");
        StringAssert.Contains(message, "Double");
        StringAssert.Contains(message, "ConvertType");
        StringAssert.Contains(Refused(new RowSource(1).Add("Features", TextDataViewType.Instance, _ => default(ReadOnlyMemory<char>))),
            "texts must become numbers");
    }

    [TestMethod]
    public void A_wrong_size_is_named()
    {
        var message = Refused(new RowSource(1).Add("Features", Floats(29), _ => default(VBuffer<float>)), beforeData: false);
        StringAssert.Contains(message, "expected a vector of 30 items");
        StringAssert.Contains(message, "found Vector<Single, 29>");
    }

    [TestMethod]
    public void A_vector_of_varying_size_is_refused()
    {
        StringAssert.Contains(
            Refused(new RowSource(1).Add("Features", new VectorDataViewType(NumberDataViewType.Single), _ => default(VBuffer<float>))),
            "may vary");
    }

    [TestMethod]
    public void A_single_item_is_no_vector()
    {
        StringAssert.Contains(Refused(new RowSource(1).Add("Features", NumberDataViewType.Single, _ => 0f)), "found Single");
    }

    [TestMethod]
    public void Channels_at_the_end_are_refused_and_flat_or_equal_dimensions_taken()
    {
        using var networks = new SmallNetworks();
        var file = networks.OpenLength(4, 5);
        SaliencyEstimator For(string model) => _mlContext.Transforms.Saliency("Saliency", "x", model, new SaliencyOptions
        {
            Network = new NetworkOptions { Dimensions = new Dictionary<string, long> { ["length"] = 3 } },
        });
        RowSource Data(params int[] dimensions) =>
            new RowSource(1).Add("x", Floats(dimensions), _ => new VBuffer<float>(60, new float[60]));

        For(file).Fit(Data(60)).Dispose();
        For(file).Fit(Data(3, 4, 5)).Dispose();
        For(file).Fit(Data(1, 3, 4, 5)).Dispose();
        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => For(file).Fit(Data(4, 5, 3)));
        StringAssert.Contains(error.Message, "row of shape [3, 4, 5]");
        StringAssert.Contains(error.Message, "found Vector<Single, 4, 5, 3>");
    }

    [TestMethod]
    [DataRow(new[] { 7 }, new[] { 1, 7 })]
    [DataRow(new[] { 1, 7 }, new[] { 1, 7 })]
    public void A_column_settles_an_open_length(int[] column, int[] expected)
    {
        using var networks = new SmallNetworks();
        var values = Enumerable.Range(1, 7).Select(i => (float)i).ToArray();
        var data = new RowSource(1).Add("x", Floats(column), _ => new VBuffer<float>(7, values));
        using var transformer = _mlContext.Transforms.Saliency("Saliency", "x", networks.OpenLength()).Fit(data);
        CollectionAssert.AreEqual(expected,
            ((VectorDataViewType)transformer.GetOutputSchema(data.Schema)["Saliency"].Type).Dimensions.ToArray());
        Reading.AreClose([[.. values.Select(v => 3 * v * v)]], transformer.Transform(data).Vectors("Saliency"), 1e-6);
    }

    [TestMethod]
    public void A_flat_column_settles_one_open_extent_and_dimensions_settle_them_all()
    {
        using var networks = new SmallNetworks();
        var file = networks.OpenLength(Introspection.Onnx.Dimension.Symbol("width"));
        RowSource Data(params int[] dimensions) => new RowSource(1).Add("x", Floats(dimensions), _ => new VBuffer<float>(6, new float[6]));
        var error =
            Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _mlContext.Transforms.Saliency("Saliency", "x", file).Fit(Data(6)));
        StringAssert.Contains(error.Message, "one open extent only");
        using var transformer = _mlContext.Transforms.Saliency("Saliency", "x", file).Fit(Data(2, 3));
        CollectionAssert.AreEqual(new[] { 1, 2, 3 },
            ((VectorDataViewType)transformer.GetOutputSchema(Data(2, 3).Schema)["Saliency"].Type).Dimensions.ToArray());
        // Fitted to one length, it explains that length.
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => transformer.Transform(Data(4, 3)));
    }

    [TestMethod]
    public void A_label_column_must_hold_64_bit_integers()
    {
        var data = Trained.Features(Table.Rows).Add("Label", new KeyDataViewType(typeof(uint), 2), _ => 1u);
        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(
            () => _mlContext.Transforms.Saliency("Saliency", "Features", Table.File, Target.Label("Label")).Fit(data));
        StringAssert.Contains(error.Message, "input column 'Label' for the explained class");
        StringAssert.Contains(error.Message, "Int64");
        StringAssert.Contains(error.Message, "Key<UInt32");
    }

    [TestMethod]
    public void A_class_out_of_range_is_refused()
    {
        var data = Trained.Features(Table.Rows);
        foreach (var target in new[] { Target.Class(2), Target.Difference(0, 5), Target.Difference(5, 0) })
        {
            var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(
                () => _mlContext.Transforms.Saliency("Saliency", "Features", Table.File, target).Fit(data));
            StringAssert.Contains(error.Message, "2 classes, 0 to 1");
        }
    }

    [TestMethod]
    public void Data_unlike_that_of_fitting_is_refused_before_it_is_read()
    {
        using var transformer = _mlContext.Transforms.Saliency("Saliency", "Features", Table.File).Fit(Trained.Features(Table.Rows));
        var other = new RowSource(1).Add("Features", Floats(31), _ => default(VBuffer<float>));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => transformer.Transform(other));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => transformer.GetOutputSchema(other.Schema));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => ((ITransformer)transformer).GetRowToRowMapper(other.Schema));
        Assert.AreEqual(0, other.RowsRead);
    }

    [TestMethod]
    public void The_schema_promised_before_fitting_is_the_schema_that_comes()
    {
        var table = Trained.Features(Table.Rows);
        var images = Trained.Features(Trained.Digits.Rows);
        var tokens = new RowSource(1).Add("Features", new VectorDataViewType(NumberDataViewType.Int64, 12),
            _ => new VBuffer<long>(12, new long[12]));
        IsAsPromised(table, _mlContext.Transforms.Saliency("Saliency", "Features", Table.File, new SaliencyOptions
        {
            TargetColumnName = "Class",
            ScoreColumnName = "Score",
            OutputColumns = new Dictionary<string, string> { ["logits"] = "Logits" },
        }));
        IsAsPromised(table, _mlContext.Transforms.IntegratedGradients("Shares", "Features", Table.File, new IntegratedGradients(),
            new AttributionOptions { TargetColumnName = "Class", ScoreColumnName = "Score", GapColumnName = "Gap" }));
        IsAsPromised(table, _mlContext.Transforms.TaylorCoefficients("Taylor", "Features", Table.File));
        IsAsPromised(images, _mlContext.Transforms.GradCam("Map", "Features", Trained.Digits.File, new GradCam { Upsample = false }));
        IsAsPromised(images,
            _mlContext.Transforms.InputXGradient("Units", "Features", Trained.Digits.File,
                new AttributionOptions { Layer = "/relu2/Relu" }));
        IsAsPromised(tokens, _mlContext.Transforms.Attribution("PerToken", "Features", Trained.FileOf("transformer_text"),
            new PerToken(new Saliency()), new AttributionOptions { ExplainedInputs = ["token_ids"] }));
    }

    [TestMethod]
    public void A_pipeline_fails_before_anything_is_fitted()
    {
        var data = Trained.Features(Table.Rows);
        var fitted = false;
        var pipeline = _mlContext.Transforms.CopyColumns("Copy", "Features").WithOnFitDelegate(_ => fitted = true)
            .Append(_mlContext.Transforms.Saliency("Saliency", "NotThere", Table.File));
        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => pipeline.Fit(data));
        StringAssert.Contains(error.Message, "'NotThere'");
        Assert.IsFalse(fitted);
    }

    // Refused both before there is data and at fitting, unless only data can tell.
    private string Refused(RowSource data, bool beforeData = true)
    {
        var estimator = _mlContext.Transforms.Saliency("Saliency", "Features", Table.File);
        if (beforeData)
        {
            var early = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Promise(estimator, data));
            StringAssert.Contains(early.Message, "'Features'");
        }
        return Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => estimator.Fit(data)).Message;
    }

    [TestMethod]
    public void Several_columns_of_one_estimator_are_as_promised() => IsAsPromised(
        Trained.Features(Trained.BreastCancer.Rows),
        _mlContext.Transforms.Explain(Trained.BreastCancer.File, "Features", e => e
            .Add("Gradient", new Saliency())
            .Add(new Ask(new DeepLift(), null, "Shares") { GapName = "Gap", TargetName = "Class" })));

    private void IsAsPromised(RowSource data, IEstimator<ITransformer> estimator)
    {
        var promise = Promise(estimator, data).ToDictionary(c => c.Name);
        using var transformer = (AttributionTransformer)estimator.Fit(data);
        var schema = transformer.GetOutputSchema(data.Schema);
        Assert.HasCount(schema.Count, promise);
        foreach (var column in schema)
        {
            Assert.AreEqual(SchemaShape.Column.VectorKind.Vector, promise[column.Name].Kind, column.Name);
            Assert.AreEqual(((VectorDataViewType)column.Type).ItemType, promise[column.Name].ItemType, column.Name);
        }
    }

    // A chain asks its estimators for their schemas, and is the only one who can make the first.
    private SchemaShape Promise(IEstimator<ITransformer> estimator, IDataView data)
    {
        var listener = new Listener(estimator);
        _mlContext.Transforms.CopyColumns("Copy of Features", data.Schema[0].Name).Append(listener).Fit(data);
        return new SchemaShape(listener.Promise!.Where(c => c.Name != "Copy of Features"));
    }

    private sealed class Listener(IEstimator<ITransformer> estimator) : IEstimator<ITransformer>
    {
        public SchemaShape? Promise { get; private set; }

        public ITransformer Fit(IDataView input) => new MLContext().Transforms.CopyColumns("Unused", input.Schema[0].Name).Fit(input);

        public SchemaShape GetOutputSchema(SchemaShape inputSchema) => Promise = estimator.GetOutputSchema(inputSchema);
    }
}
