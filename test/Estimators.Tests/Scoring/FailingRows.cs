using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Estimators.Scoring;
using Microsoft.ML.Introspection.Estimators.Tests.Support;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Estimators.Tests.Scoring;

[TestClass]
public sealed class FailingRows
{
    private readonly MLContext _mlContext = new(1);

    private static Trained Table => Trained.BreastCancer;

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void NaN_is_reported_with_column_row_and_slot(bool named)
    {
        var rows = Table.ManyRows(50);
        rows[37][4] = float.NaN;
        var data = Trained.Features(rows, named ? [.. Enumerable.Range(0, 30).Select(i => $"measurement {i}")] : null);
        using var transformer = _mlContext.Transforms.Saliency("Saliency", "Features", Table.File).Fit(data);
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => transformer.Transform(data).Vectors("Saliency"));
        StringAssert.Contains(error.Message, "Row 37 has NaN in column 'Features' at slot 4");
        Assert.AreEqual(named, error.Message.Contains("('measurement 4')", StringComparison.Ordinal));
        StringAssert.Contains(error.Message, "ReplaceMissingValues");
    }

    [TestMethod]
    public void Other_rows_of_the_batch_do_not_suffer()
    {
        var rows = Table.ManyRows(40);
        foreach (var bad in new[] { 0, 5, 6, 39 })
            rows[bad][bad % 30] = float.NaN;
        var data = Trained.Features(rows);
        using var transformer = _mlContext.Transforms.Saliency("Saliency", "Features", Table.File).Fit(data);
        var explained = transformer.Transform(data);
        var expected = Table.Explained(Table.ManyRows(40));
        using var cursor = explained.GetRowCursor([explained.Schema["Saliency"]]);
        for (var row = 0; cursor.MoveNext(); row++)
        {
            if (row is 0 or 5 or 6 or 39)
                StringAssert.Contains(Assert.ThrowsExactly<InvalidOperationException>(() => cursor.Vector<float>("Saliency")).Message,
                    $"Row {row} has NaN");
            else
                Reading.AreClose([expected[row]], [cursor.Vector<float>("Saliency")], 1e-6);
        }
    }

    [TestMethod]
    [DataRow(0)]
    [DataRow(3)]
    [DataRow(7)]
    public void An_explanation_that_is_NaN_fails_by_itself_or_is_told_to_the_log(int bad)
    {
        using var networks = new SmallNetworks();
        var data = new RowSource(8).Add("x", new VectorDataViewType(NumberDataViewType.Single, 3),
            row => new VBuffer<float>(3, [1, row == bad ? -2 : 2, 4]));
        var file = networks.Logarithms();
        var options = new AttributionOptions { ScoreColumnName = "Score" };
        using (var transformer = _mlContext.Transforms.InputXGradient("Attribution", "x", file, options).Fit(data))
        {
            var explained = transformer.Transform(data);
            using var cursor = explained.GetRowCursor(explained.Schema);
            for (var row = 0; cursor.MoveNext(); row++)
            {
                if (row != bad)
                {
                    CollectionAssert.AreEqual((float[])[1, 1, 1], cursor.Vector<float>("Attribution"));
                    continue;
                }
                var error = Assert.ThrowsExactly<InvalidOperationException>(() => cursor.Vector<float>("Attribution"));
                foreach (var words in (string[])[$"Row {bad} has NaN", "the network's own score is not a number", "RuntimeOptions.Log"])
                    StringAssert.Contains(error.Message, words);
            }
        }
        var told = new List<string>();
        using var lenient = _mlContext.Transforms.InputXGradient("Attribution", "x", file,
            options with { Runtime = new() { Log = told.Add } }).Fit(data);
        var scores = lenient.Transform(data).Vectors("Score");
        Assert.AreEqual(bad, Array.FindIndex(scores, s => float.IsNaN(s[0])));
        Assert.HasCount(1, told);
        StringAssert.Contains(told[0], "NaN");
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(6)]
    public void NaN_in_columns_of_double_precision_is_found_in_what_goes_in_and_in_what_comes_out(int bad)
    {
        using var networks = new SmallNetworks();
        var file = networks.Logarithms(ElementType.Double);
        foreach (var wrong in (double[])[-2, double.NaN])
        {
            var data = new RowSource(8).Add("x", new VectorDataViewType(NumberDataViewType.Double, 3),
                row => new VBuffer<double>(3, [1, row == bad ? wrong : 2, 4]));
            var options = new AttributionOptions { ScoreColumnName = "Score" };
            using var transformer = _mlContext.Transforms.InputXGradient("Attribution", "x", file, options).Fit(data);
            var explained = transformer.Transform(data);
            using var cursor = explained.GetRowCursor(explained.Schema);
            for (var row = 0; cursor.MoveNext(); row++)
            {
                if (row == bad)
                    StringAssert.Contains(Assert.ThrowsExactly<InvalidOperationException>(() => cursor.Vector<double>("Attribution")).Message,
                        $"Row {bad} has NaN");
                else
                    CollectionAssert.AreEqual((double[])[1, 1, 1], cursor.Vector<double>("Attribution"));
            }
        }
    }

    [TestMethod]
    public void Half_precision_has_no_columns_and_the_way_round_is_told()
    {
        using var networks = new SmallNetworks();
        var error = Assert.ThrowsExactly<NotSupportedException>(() => _mlContext.Transforms.Saliency("Saliency", "x", networks.Halves()));
        foreach (var words in (string[])["input 'x'", "Float16", "single and double precision", "keep_io_types", "introspect explain"])
            StringAssert.Contains(error.Message, words);
    }

    [TestMethod]
    public void A_row_that_is_read_by_half_is_none()
    {
        using var scorer = new Counting();
        scorer.Restart(0);
        scorer.Read();
        scorer.Fails = true;
        Assert.ThrowsExactly<InvalidOperationException>(scorer.Read);
        scorer.Fails = false;
        var value = default(VBuffer<float>);
        scorer.Write(0, 0, ref value);
        Assert.AreEqual(1, scorer.Scored);
    }

    private sealed class Counting : RowScorer
    {
        public bool Fails { get; set; }

        public int Scored { get; private set; }

        public override int Capacity => 4;

        public override void Bind(DataViewRow source, Func<string, ColumnBuffer?> kept) { }

        protected override void Clear() { }

        protected override void Read(int row)
        {
            if (Fails)
                throw new InvalidOperationException("The second column cannot be read.");
        }

        protected override void Score(int rows) => Scored = rows;

        protected override string? Fault(int row) => null;

        protected override ReadOnlySpan<T> Result<T>(int output, int row) => new T[1];

        protected override void Release() { }
    }

    [TestMethod]
    [DataRow(-1)]
    [DataRow(2)]
    [DataRow(long.MinValue)]
    public void A_label_that_is_no_class_is_reported(long wrong)
    {
        var data = Trained.Features(Table.Rows).Add("Diagnosis", NumberDataViewType.Int64, row => row == 3 ? wrong : 1L);
        using var transformer = _mlContext.Transforms.Saliency("Saliency", "Features", Table.File, Target.Label("Diagnosis")).Fit(data);
        var explained = transformer.Transform(data);
        using var cursor = explained.GetRowCursor([explained.Schema["Saliency"]]);
        for (var row = 0; cursor.MoveNext(); row++)
        {
            if (row != 3)
            {
                Assert.HasCount(30, cursor.Vector<float>("Saliency"));
                continue;
            }
            var error = Assert.ThrowsExactly<InvalidOperationException>(() => cursor.Vector<float>("Saliency"));
            StringAssert.Contains(error.Message, $"Row 3 has {wrong} in the label column 'Diagnosis'");
            StringAssert.Contains(error.Message, "2 classes, 0 to 1");
        }
    }

    [TestMethod]
    public void A_vector_that_breaks_its_columns_promise_is_reported()
    {
        var data = new RowSource(3).Add("Features", new VectorDataViewType(NumberDataViewType.Single, 30),
            row => new VBuffer<float>(row == 1 ? 29 : 30, new float[30]));
        using var transformer = _mlContext.Transforms.Saliency("Saliency", "Features", Table.File).Fit(data);
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => transformer.Transform(data).Vectors("Saliency"));
        StringAssert.Contains(error.Message, "column 'Features' has 29 items; the column's type says 30");
    }

    [TestMethod]
    public void Reading_stops_when_it_is_told_to()
    {
        using var cancellation = new CancellationTokenSource();
        var data = Trained.Features(Table.ManyRows(100));
        using var transformer =
            _mlContext.Transforms.Saliency("Saliency", "Features", Table.File, new SaliencyOptions { Cancellation = cancellation.Token })
                .Fit(data);
        var explained = transformer.Transform(data);
        using var cursor = explained.GetRowCursor([explained.Schema["Saliency"]]);
        for (var row = 0; row < 32; row++)
        {
            Assert.IsTrue(cursor.MoveNext());
            Assert.HasCount(30, cursor.Vector<float>("Saliency"));
        }
        cancellation.Cancel();
        Assert.IsTrue(cursor.MoveNext());
        Assert.ThrowsExactly<OperationCanceledException>(() => cursor.Vector<float>("Saliency"));
    }
}
