using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Estimators.Tests.Support;
using Microsoft.ML.Introspection.Models;

namespace Microsoft.ML.Introspection.Estimators.Tests;

[TestClass]
public sealed class ExplainingColumns
{
    private readonly MLContext _mlContext = new(1);

    private static Trained Table => Trained.BreastCancer;

    [TestMethod]
    public void Saliency_is_the_gradient_that_other_libraries_compute()
    {
        var data = Trained.Features(Table.Rows);
        using var transformer = _mlContext.Transforms.Saliency("Saliency", "Features", Table.File).Fit(data);
        Reading.AreClose(Table.Floats("gradient"), transformer.Transform(data).Vectors("Saliency"), 1e-5);
    }

    [TestMethod]
    public void Input_times_gradient_is_what_other_libraries_compute()
    {
        var data = Trained.Features(Table.Rows);
        using var transformer = _mlContext.Transforms.InputXGradient("Shares", "Features", Table.File).Fit(data);
        Reading.AreClose(Table.Floats("input_x_gradient"), transformer.Transform(data).Vectors("Shares"), 1e-5);
    }

    [TestMethod]
    public void Images_are_flat_vectors_channel_by_channel()
    {
        var data = Trained.Features(Trained.Digits.Rows);
        using var transformer = _mlContext.Transforms.Saliency("Saliency", "Features", Trained.Digits.File).Fit(data);
        Reading.AreClose(Trained.Digits.Floats("gradient"), transformer.Transform(data).Vectors("Saliency"), 1e-4);
        var type = (VectorDataViewType)transformer.GetOutputSchema(data.Schema)["Saliency"].Type;
        CollectionAssert.AreEqual(new[] { 1, 1, 8, 8 }, type.Dimensions.ToArray());
    }

    [TestMethod]
    [DataRow(SaliencyForm.Signed, 64)]
    [DataRow(SaliencyForm.Absolute, 64)]
    [DataRow(SaliencyForm.ChannelMaximum, 64)]
    public void Forms_keep_what_they_say(SaliencyForm form, int size)
    {
        var data = Trained.Features(Trained.Digits.Rows);
        using var transformer = _mlContext.Transforms.Saliency("Saliency", "Features", Trained.Digits.File, form: form).Fit(data);
        var found = transformer.Transform(data).Vectors("Saliency");
        var expected = form == SaliencyForm.Signed ? Trained.Digits.Floats("gradient") : Trained.Digits.Floats("saliency_abs");
        Assert.AreEqual(size, found[0].Length);
        Reading.AreClose(expected, found, 1e-4);
    }

    [TestMethod]
    public void Targets_choose_what_is_explained()
    {
        var data = Trained.Features(Table.Rows);
        foreach (var target in new[] { Target.Class(1), Target.Class(0), Target.Difference(1, 0) })
        {
            using var transformer = _mlContext.Transforms.Saliency("Saliency", "Features", Table.File, target).Fit(data);
            Reading.AreClose(Table.Explained(Table.Rows, target: target), transformer.Transform(data).Vectors("Saliency"), 1e-5);
        }
    }

    [TestMethod]
    public void A_label_column_chooses_row_by_row()
    {
        var data = Trained.Features(Table.Rows).Add("Diagnosis", NumberDataViewType.Int64, row => (long)(row % 2));
        using var transformer = _mlContext.Transforms.Saliency("Saliency", "Features", Table.File, Target.Label("Diagnosis")).Fit(data);
        float[][][] byClass = [Table.Explained(Table.Rows, target: Target.Class(0)), Table.Explained(Table.Rows, target: Target.Class(1))];
        var expected = Table.Rows.Select((_, row) => byClass[row % 2][row]).ToArray();
        Reading.AreClose(expected, transformer.Transform(data).Vectors("Saliency"), 1e-5);
    }

    [TestMethod]
    public void Class_score_and_the_networks_own_outputs_come_along_when_asked_for()
    {
        var network = Trained.DigitsWithSoftmax;
        var data = Trained.Features(network.Rows);
        using var transformer = _mlContext.Transforms.Saliency("Saliency", "Features", network.File, new SaliencyOptions
        {
            TargetColumnName = "Digit",
            ScoreColumnName = "Evidence",
            OutputColumns = new Dictionary<string, string> { ["probabilities"] = "Probabilities" },
        }).Fit(data);
        var explained = transformer.Transform(data);
        CollectionAssert.AreEqual(new[] { "Features", "Saliency", "Digit", "Evidence", "Probabilities" },
            explained.Schema.Select(c => c.Name).ToArray());

        var digits = explained.GetColumn<long[]>("Digit").Select(d => d.Single()).ToArray();
        CollectionAssert.AreEqual(network.Targets, digits);
        var logits = explained.Vectors("Evidence");
        var probabilities = explained.Vectors("Probabilities");
        // The softmax is dropped from what is explained, and kept in what is passed through.
        Assert.IsTrue(logits.Any(l => l.Single() > 1));
        foreach (var (row, digit) in probabilities.Zip(digits))
        {
            Near.Equal(1, row.Sum(), 1e-5);
            Assert.AreEqual(row.Largest(), row[digit]);
        }
    }

    [TestMethod]
    public void No_column_comes_that_was_not_asked_for()
    {
        var data = Trained.Features(Table.Rows);
        using var transformer = _mlContext.Transforms.Saliency("Saliency", "Features", Table.File).Fit(data);
        CollectionAssert.AreEqual(new[] { "Features", "Saliency" }, transformer.GetOutputSchema(data.Schema).Select(c => c.Name).ToArray());
    }

    [TestMethod]
    public void A_final_softmax_is_explained_when_it_is_kept()
    {
        var network = Trained.DigitsWithSoftmax;
        var data = Trained.Features(network.Rows);
        SaliencyTransformer Fit(bool keep) => _mlContext.Transforms.Saliency("Saliency", "Features", network.File, new SaliencyOptions
        {
            ScoreColumnName = "Score",
            Network = new NetworkOptions { KeepFinalActivation = keep },
        }).Fit(data);
        using var logits = Fit(keep: false);
        using var probabilities = Fit(keep: true);
        Reading.AreClose(network.Floats("gradient"), probabilities.Transform(data).Vectors("Saliency"), 1e-4);
        Assert.IsTrue(probabilities.Transform(data).Vectors("Score").All(s => s.Single() is > 0 and <= 1));
        Reading.AreClose(network.Explained(network.Rows), logits.Transform(data).Vectors("Saliency"), 1e-6);
        Assert.IsTrue(logits.Transform(data).Vectors("Score").All(s => s.Single() > 1));
    }

    [TestMethod]
    public void Slot_names_of_the_explained_column_are_those_of_the_explanation()
    {
        string[] names = [.. Enumerable.Range(0, 30).Select(i => $"measurement {i}")];
        var data = Trained.Features(Table.Rows, names);
        using var transformer =
            _mlContext.Transforms.Saliency("Saliency", "Features", Table.File, new SaliencyOptions { ScoreColumnName = "Score" }).Fit(data);
        CollectionAssert.AreEqual(names, transformer.GetOutputSchema(data.Schema)["Saliency"].SlotNames());
        Assert.IsNull(transformer.Transform(data).Schema["Score"].SlotNames());
        // They are those of the data at hand, not of the data it was fitted to.
        Assert.IsNull(transformer.GetOutputSchema(Trained.Features(Table.Rows).Schema)["Saliency"].SlotNames());
    }

    [TestMethod]
    public void Pipelines_are_built_fitted_and_previewed()
    {
        var rows = Table.Rows.Select((values, i) => new Measurements { Left = values[..10], Right = values[10..], Number = i }).ToList();
        var data = _mlContext.Data.LoadFromEnumerable(rows);
        var pipeline = _mlContext.Transforms.Concatenate("Features", "Left", "Right")
            .Append(_mlContext.Transforms.Saliency("Saliency", "Features", Table.File))
            .Append(_mlContext.Transforms.InputXGradient("Shares", "Features", Table.File))
            .Append(_mlContext.Transforms.Concatenate("Both", "Saliency", "Shares"));
        using var model = pipeline.Fit(data);
        var explained = model.Transform(data);

        Reading.AreClose(Table.Floats("gradient"), explained.Vectors("Saliency"), 1e-5);
        var expected = Table.Floats("gradient").Zip(Table.Floats("input_x_gradient"), (a, b) => (float[])[.. a, .. b]).ToArray();
        Reading.AreClose(expected, explained.Vectors("Both"), 1e-5);
        var preview = pipeline.Preview(data, maxRows: 5);
        Assert.HasCount(5, preview.RowView);
        Assert.AreEqual(4, preview.RowView[4].Values.Single(v => v.Key == "Number").Value);
        var read = _mlContext.Data.CreateEnumerable<Explained>(explained, reuseRowObject: false).ToList();
        CollectionAssert.AreEqual(Enumerable.Range(0, rows.Count).ToArray(), read.Select(r => r.Number).ToArray());
        Reading.AreClose(Table.Floats("gradient"), [.. read.Select(r => r.Saliency)], 1e-5);
    }

    [TestMethod]
    public void An_explanation_column_may_hide_one_of_its_name()
    {
        var data = Trained.Features(Table.Rows).Add("Saliency", NumberDataViewType.Int32, row => row).Add("Last", NumberDataViewType.Int32,
            row => 10 * row);
        using var transformer = _mlContext.Transforms.Saliency("Saliency", "Features", Table.File).Fit(data);
        var explained = transformer.Transform(data);
        CollectionAssert.AreEqual(new[] { "Features", "Saliency", "Saliency", "Last" }, explained.Schema.Select(c => c.Name).ToArray());
        CollectionAssert.AreEqual(new[] { false, true, false, false }, explained.Schema.Select(c => c.IsHidden).ToArray());
        Reading.AreClose(Table.Floats("gradient"), explained.Vectors("Saliency"), 1e-5);
        CollectionAssert.AreEqual(Enumerable.Range(0, Table.Rows.Length).ToArray(),
            explained.GetColumn<int>(explained.Schema[1]).ToArray());
    }

    [TestMethod]
    public void Columns_may_be_called_like_anything_inside_the_network()
    {
        var names = OnnxNames(Table.File);
        Finite.Above(4, names.Count);
        foreach (var (input, output) in names.Zip(names.Skip(1)))
        {
            var data = new RowSource(Table.Rows.Length).Add(input, new VectorDataViewType(NumberDataViewType.Single, 30),
                row => new VBuffer<float>(30, Table.Rows[row]));
            using var transformer = _mlContext.Transforms.Saliency(output, input, Table.File).Fit(data);
            Reading.AreClose(Table.Floats("gradient"), transformer.Transform(data).Vectors(output), 1e-5);
        }
    }

    [TestMethod]
    public void The_graph_behind_a_column_can_be_taken_elsewhere()
    {
        var data = Trained.Features(Table.Rows);
        using var transformer = _mlContext.Transforms.Saliency("Saliency", "Features", Table.File).Fit(data);
        Assert.AreEqual("Features", transformer.Explanation.Inputs.Single().Name);
        Assert.AreEqual("Saliency", transformer.Explanation.Outputs.Single().Name);
    }

    private static List<string> OnnxNames(string file) =>
        [.. Introspection.Onnx.OnnxModel.Load(file).Proto.Graph.Node.SelectMany(n => n.Input.Concat(n.Output)).Distinct()];

    public sealed class Measurements
    {
        [VectorType(10)]
        public float[] Left { get; set; } = [];

        [VectorType(20)]
        public float[] Right { get; set; } = [];

        public int Number { get; set; }
    }

    public sealed class Explained
    {
        public float[] Saliency { get; set; } = [];

        public int Number { get; set; }
    }
}
