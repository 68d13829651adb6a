using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Estimators.Pipelines;
using Microsoft.ML.Introspection.Estimators.Tests.Support;
using Microsoft.ML.Introspection.Evaluation;
using Microsoft.ML.Introspection.Shapley;

namespace Microsoft.ML.Introspection.Estimators.Tests.Pipelines;

/// <summary>Permutation importance of a pipeline's raw columns, by labels of every kind.</summary>
[TestClass]
public sealed class MeasuringImportance
{
    private const int Rows = 300;

    private static readonly double[] Numbers = [.. Enumerable.Range(0, Rows).Select(i => Math.Sin(i * i))];

    private readonly MLContext _ml = new(1);

    [TestMethod]
    public void Columns_get_what_scattering_them_costs()
    {
        var data = Data().Add("Label", NumberDataViewType.Single, row => 3 * (float)Numbers[row] + row % 7);
        var found = _ml.Model.PermutationImportance(Model(data), data, "Label", Metric.RootMeanSquaredError,
            new PermutationImportanceOptions { Repeats = 20 });
        CollectionAssert.AreEqual((string[])["Number", "Word", "Unread"], found.Select(f => f.Name).ToArray());
        // What is scattered differs from what it was by twice its variance; nothing else is wrong.
        var variance = Numbers.Select(n => n * n).Average() - Numbers.Average() * Numbers.Average();
        Near.Equal(3 * Math.Sqrt(2 * variance), found[0].Mean, 0.05 * found[0].Mean);
        Near.Equal(Math.Sqrt(2 * 4.0), found[1].Mean, 0.05 * found[1].Mean, "Lengths of 0 to 6 have a variance of 4.");
        Assert.AreEqual(0, found[2].Mean);
        Assert.IsTrue(found[0].Low < found[0].Mean && found[0].Mean < found[0].High);

        var few = _ml.Model.PermutationImportance(Model(data), data, "Label", Metric.RootMeanSquaredError, numberOfExamplesToUse: 50);
        Assert.AreNotEqual(found[0].Mean, few[0].Mean);
        Near.Equal(found[0].Mean, few[0].Mean, 0.3 * found[0].Mean);
    }

    [TestMethod]
    public void Labels_are_truth_values_classes_by_name_numbers_or_keys()
    {
        var names = new DataViewSchema.Annotations.Builder();
        names.Add("SlotNames", new VectorDataViewType(TextDataViewType.Instance, 3),
            (ref VBuffer<ReadOnlyMemory<char>> value) => value = new(3, ["red".AsMemory(), "green".AsMemory(), "blue".AsMemory()]));
        var keys = new DataViewSchema.Annotations.Builder();
        keys.Add("KeyValues", new VectorDataViewType(TextDataViewType.Instance, 3),
            (ref VBuffer<ReadOnlyMemory<char>> value) => value = new(3, ["blue".AsMemory(), "red".AsMemory(), "green".AsMemory()]));
        string[] colours = ["red", "green", "blue"];
        var data = new RowSource(Rows)
            .Add("Votes", new VectorDataViewType(NumberDataViewType.Single, 3), row => new VBuffer<float>(3, 1, [1], [row % 3]),
                names.ToAnnotations())
            .Add("Margin", NumberDataViewType.Single, row => row % 2 * 2 - 1f)
            .Add("IsOdd", BooleanDataViewType.Instance, row => row % 2 == 1)
            .Add("Colour", TextDataViewType.Instance, row => colours[row % 3].AsMemory())
            .Add("Place", NumberDataViewType.Int32, row => row % 3)
            .Add("Key", new KeyDataViewType(typeof(uint), 3), row => (uint)row % 3 + 1)
            .Add("NamedKey", new KeyDataViewType(typeof(uint), 3), row => ((uint)row + 1) % 3 + 1, keys.ToAnnotations())
            .Add("Wrong", TextDataViewType.Instance, row => (row == 5 ? "grey" : "red").AsMemory())
            .Add("Missing", new KeyDataViewType(typeof(uint), 3), row => row == 7 ? 0u : 1);
        var classes = _ml.Transforms.CopyColumns("Score", "Votes").Fit(data);
        foreach (var label in (string[])["Colour", "Place", "Key", "NamedKey"])
        {
            var found = _ml.Model.PermutationImportance(classes, data, label, Metric.Accuracy(),
                scoring: new PipelineScorerOptions { WholeColumns = ["Votes"] });
            Near.Equal(2.0 / 3, found.Single().Mean, 0.06, label + ": all right before, a third by chance.");
        }
        var margin = _ml.Model.PermutationImportance(_ml.Transforms.CopyColumns("Score", "Margin").Fit(data), data, "IsOdd",
            Metric.AreaUnderRocCurve);
        Near.Equal(0.5, margin.Single().Mean, 0.06);

        Refused(classes, data, "Wrong", "Row 5 has a label 'grey' that is none of the model's classes");
        Refused(classes, data, "Missing", "Row 7 has no label");
        Refused(_ml.Transforms.CopyColumns("Score", "Margin").Fit(data), data, "Colour", "a number or a truth value was expected");
        Refused(classes, data, "Votes", "has 3 values in a row");
        Refused(classes, data, "Nothing", "no column 'Nothing'");
    }

    private void Refused(ITransformer model, IDataView data, string label, string why) =>
        StringAssert.Contains(
            Assert.ThrowsExactly<ArgumentException>(
                () => _ml.Model.PermutationImportance(model, data, label, Metric.Accuracy())).Message, why);

    private static RowSource Data() => new RowSource(Rows)
        .Add("Number", NumberDataViewType.Single, row => (float)Numbers[row])
        .Add("Word", TextDataViewType.Instance, row => new string('x', row % 7).AsMemory())
        .Add("Unread", NumberDataViewType.Single, row => (float)row);

    private ITransformer Model(IDataView data) =>
        _ml.Transforms.CustomMapping<Told, Scored>((from, to) => to.Score = 3 * from.Number + from.Word.Length, "told").Fit(data);

    private sealed class Told
    {
        public float Number { get; set; }

        public string Word { get; set; } = "";

        public float Unread { get; set; }
    }

    private sealed class Scored
    {
        public float Score { get; set; }
    }
}
