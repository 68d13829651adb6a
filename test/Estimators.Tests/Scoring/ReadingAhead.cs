using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Estimators.Tests.Support;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Runtime;

namespace Microsoft.ML.Introspection.Estimators.Tests.Scoring;

[TestClass]
public sealed class ReadingAhead
{
    private readonly MLContext _mlContext = new(1);

    private static Trained Table => Trained.BreastCancer;

    [TestMethod]
    [DataRow(1, 11)]
    [DataRow(3, 11)]
    [DataRow(32, 11)]
    [DataRow(32, 64)]
    [DataRow(32, 101)]
    [DataRow(1000, 101)]
    public void Every_batch_size_gives_the_same_values(int batchSize, int count)
    {
        var rows = Table.ManyRows(count);
        var data = Trained.Features(rows);
        using var transformer = Fit(data, batchSize);
        Reading.AreClose(Table.Explained(rows), transformer.Transform(data).Vectors("Saliency"), 1e-6);
        Assert.AreEqual(0, data.OpenCursors);
    }

    [TestMethod]
    public void No_rows_give_no_rows()
    {
        var data = new RowSource(0).Add("Features", new VectorDataViewType(NumberDataViewType.Single, 30), _ => default(VBuffer<float>));
        using var transformer = Fit(data, 32);
        Assert.IsEmpty(transformer.Transform(data).Vectors("Saliency"));
    }

    [TestMethod]
    public void Nothing_is_read_before_a_cursor_moves()
    {
        var data = Trained.Features(Table.ManyRows(100));
        using var transformer = Fit(data, 32);
        var explained = transformer.Transform(data);
        Assert.AreEqual(100L, explained.GetRowCount());
        using var cursor = explained.GetRowCursor(explained.Schema);
        _ = cursor.GetGetter<VBuffer<float>>(explained.Schema["Saliency"]);
        Assert.AreEqual(0, data.RowsRead);
        Assert.AreEqual(-1, cursor.Position);
    }

    [TestMethod]
    public void At_most_a_batch_is_read_ahead()
    {
        var data = Trained.Features(Table.ManyRows(100));
        using var transformer = Fit(data, 32);
        var explained = transformer.Transform(data);
        using var cursor = explained.GetRowCursor([explained.Schema["Saliency"]]);
        for (var row = 0; row < 100; row++)
        {
            Assert.IsTrue(cursor.MoveNext());
            Assert.AreEqual(row, cursor.Position);
            Assert.AreEqual(Math.Min(100, 32 * (row / 32 + 1)), data.RowsRead);
        }
        Assert.IsFalse(cursor.MoveNext());
        Assert.IsFalse(cursor.MoveNext());
        Assert.AreEqual(0, data.OpenCursors);
    }

    [TestMethod]
    public void Only_needed_columns_are_asked_of_the_source()
    {
        var data = Trained.Features(Table.Rows).Add("Other", NumberDataViewType.Int32, row => row).Add("Unused", NumberDataViewType.Int32,
            row => row);
        using var transformer = Fit(data, 32);
        var explained = transformer.Transform(data);
        using (var cursor = explained.GetRowCursor([explained.Schema["Saliency"], explained.Schema["Other"]]))
            CollectionAssert.AreEqual(new[] { "Features", "Other" }, data.LastAsked);
        using (var cursor = explained.GetRowCursor([explained.Schema["Other"]]))
            CollectionAssert.AreEqual(new[] { "Other" }, data.LastAsked);
    }

    [TestMethod]
    public void Without_an_explanation_column_nothing_is_read_ahead_or_computed()
    {
        var data = Trained.Features(Table.ManyRows(100)).Add("Number", NumberDataViewType.Int32, row => row);
        var transformer = Fit(data, 32);
        // Disposed of, it cannot compute any more; passing columns through it still can.
        transformer.Dispose();
        var explained = transformer.Transform(data);
        using var cursor = explained.GetRowCursor([explained.Schema["Number"]]);
        Assert.IsTrue(cursor.MoveNext());
        Assert.AreEqual(1, data.RowsRead);
        Assert.AreEqual(0, cursor.Value<int>("Number"));
        Assert.IsFalse(cursor.IsColumnActive(explained.Schema["Saliency"]));
        Assert.ThrowsExactly<InvalidOperationException>(() => cursor.GetGetter<VBuffer<float>>(explained.Schema["Saliency"]));
    }

    [TestMethod]
    public void Rows_that_nobody_asks_about_are_not_computed()
    {
        // A row that no network can take shows whether its batch was computed.
        var rows = Table.ManyRows(64);
        rows[3][0] = float.NaN;
        var data = Trained.Features(rows).Add("Number", NumberDataViewType.Int32, row => row);
        using var cancellation = new CancellationTokenSource();
        using var transformer =
            _mlContext.Transforms.Saliency("Saliency", "Features", Table.File, new SaliencyOptions { Cancellation = cancellation.Token })
                .Fit(data);
        var explained = transformer.Transform(data);
        cancellation.Cancel();
        using var cursor = explained.GetRowCursor(explained.Schema);
        for (var row = 0; cursor.MoveNext(); row++)
            Assert.AreEqual(row, cursor.Value<int>("Number"));
    }

    [TestMethod]
    public void What_passes_through_belongs_to_its_row()
    {
        var rows = Table.ManyRows(75);
        var data = Trained.Features(rows)
            .Add("Text", TextDataViewType.Instance, row => $"row {row}".AsMemory())
            .Add("Number", NumberDataViewType.Double, row => row / 2.0)
            .Add("Flag", BooleanDataViewType.Instance, row => row % 3 == 0)
            .Add("Time", DateTimeDataViewType.Instance, row => new DateTime(2026, 1, 1).AddDays(row))
            .Add("Key", new KeyDataViewType(typeof(uint), 100), row => (uint)row)
            .Add("Words", new VectorDataViewType(TextDataViewType.Instance),
                row => new VBuffer<ReadOnlyMemory<char>>(row % 4, [.. Enumerable.Range(0, row % 4).Select(i => $"{row}.{i}".AsMemory())]))
            .Add("Sparse", new VectorDataViewType(NumberDataViewType.Single, 1000), row => new VBuffer<float>(1000, 1, [row], [row]));
        using var transformer = Fit(data, 32);
        var explained = transformer.Transform(data);
        var expected = Table.Explained(rows);
        using var cursor = explained.GetRowCursor(explained.Schema);
        var words = cursor.GetGetter<VBuffer<ReadOnlyMemory<char>>>(explained.Schema["Words"]);
        VBuffer<ReadOnlyMemory<char>> wordsOfRow = default;
        var read = 0;
        for (; cursor.MoveNext(); read++)
        {
            Assert.AreEqual($"row {read}", cursor.Value<ReadOnlyMemory<char>>("Text").ToString());
            Assert.AreEqual(read / 2.0, cursor.Value<double>("Number"));
            Assert.AreEqual(read % 3 == 0, cursor.Value<bool>("Flag"));
            Assert.AreEqual(new DateTime(2026, 1, 1).AddDays(read), cursor.Value<DateTime>("Time"));
            Assert.AreEqual((uint)read, cursor.Value<uint>("Key"));
            words(ref wordsOfRow);
            CollectionAssert.AreEqual(Enumerable.Range(0, read % 4).Select(i => $"{read}.{i}").ToArray(),
                wordsOfRow.DenseValues().Select(w => w.ToString()).ToArray());
            var sparse = cursor.Value<VBuffer<float>>("Sparse");
            Assert.IsFalse(sparse.IsDense);
            Assert.AreEqual(read, sparse.Items().Single().Key);
            CollectionAssert.AreEqual(rows[read], cursor.Vector<float>("Features"));
            Reading.AreClose([expected[read]], [cursor.Vector<float>("Saliency")], 1e-6);
            var id = default(DataViewRowId);
            cursor.GetIdGetter()(ref id);
            Assert.AreEqual(new DataViewRowId((ulong)read, 7), id);
        }
        Assert.AreEqual(75, read);
        // Explained and passed through as well, a column is still computed once.
        Assert.AreEqual(75, data.ValuesRead["Features"]);
    }

    [TestMethod]
    public void Handed_out_vectors_are_the_callers_to_change()
    {
        var rows = Table.ManyRows(5);
        var data = Trained.Features(rows);
        using var transformer = Fit(data, 32);
        var explained = transformer.Transform(data);
        using var cursor = explained.GetRowCursor(explained.Schema);
        Assert.IsTrue(cursor.MoveNext());
        var (features, saliency) = (cursor.Value<VBuffer<float>>("Features"), cursor.Value<VBuffer<float>>("Saliency"));
        VBufferEditor.CreateFromBuffer(ref features).Values.Clear();
        VBufferEditor.CreateFromBuffer(ref saliency).Values.Clear();
        CollectionAssert.AreEqual(rows[0], cursor.Vector<float>("Features"));
        Assert.IsTrue(cursor.Vector<float>("Saliency").Any(v => Math.Abs(v) > 0));
    }

    [TestMethod]
    public void Objects_that_passed_through_are_not_given_back_to_the_source()
    {
        var type = new PictureType();
        var data = Trained.Features(Table.ManyRows(9)).Add("Picture", type, row => new Picture(row));
        using var transformer = Fit(data, 4);
        var explained = transformer.Transform(data);
        using var cursor = explained.GetRowCursor(explained.Schema);
        var seen = new List<Picture>();
        while (cursor.MoveNext())
            seen.Add(cursor.Value<Picture>("Picture"));
        CollectionAssert.AreEqual(Enumerable.Range(0, 9).ToArray(), seen.Select(p => p.Number).ToArray());
        Assert.IsFalse(seen.Any(p => p.IsDisposed));
    }

    [TestMethod]
    public void Sparse_vectors_are_filled_up()
    {
        var rows = Table.ManyRows(5);
        foreach (var row in rows)
            for (var i = 0; i < 30; i += 2)
                row[i] = 0;
        int[] odd = [.. Enumerable.Range(0, 15).Select(i => 2 * i + 1)];
        var data = new RowSource(5).Add("Features", new VectorDataViewType(NumberDataViewType.Single, 30),
            row => new VBuffer<float>(30, 15, [.. odd.Select(i => rows[row][i])], odd));
        using var transformer = Fit(data, 32);
        Reading.AreClose(Table.Explained(rows), transformer.Transform(data).Vectors("Saliency"), 1e-6);
    }

    [TestMethod]
    public void A_set_of_cursors_explains_every_row_once()
    {
        var rows = Table.ManyRows(101);
        var data = Trained.Features(rows).Add("Number", NumberDataViewType.Int32, row => row);
        using var transformer = Fit(data, 8);
        var explained = transformer.Transform(data);
        var expected = Table.Explained(rows);
        var cursors = explained.GetRowCursorSet([explained.Schema["Saliency"], explained.Schema["Number"]], 3);
        var found = new float[101][];
        Parallel.ForEach(cursors, cursor =>
        {
            using (cursor)
                while (cursor.MoveNext())
                    found[cursor.Value<int>("Number")] = cursor.Vector<float>("Saliency");
        });
        Reading.AreClose(expected, found, 1e-6);
    }

    [TestMethod]
    public void Batch_numbers_of_the_source_stay_with_their_rows()
    {
        var data = new RowSource(40) { BatchOf = row => row / 7 }
            .Add("Features", new VectorDataViewType(NumberDataViewType.Single, 30), row => new VBuffer<float>(30, Table.Rows[row % 8]));
        using var transformer = Fit(data, 16);
        var explained = transformer.Transform(data);
        using var cursor = explained.GetRowCursor([explained.Schema["Saliency"]]);
        while (cursor.MoveNext())
            Assert.AreEqual(cursor.Position / 7, cursor.Batch);
    }

    [TestMethod]
    public void A_source_that_fails_does_so_at_its_row()
    {
        var data = new RowSource(40) { FailingRow = 21 }
            .Add("Features", new VectorDataViewType(NumberDataViewType.Single, 30), row => new VBuffer<float>(30, Table.Rows[row % 8]));
        using var transformer = Fit(data, 16);
        var explained = transformer.Transform(data);
        using var cursor = explained.GetRowCursor([explained.Schema["Saliency"]]);
        for (var row = 0; row < 21; row++)
        {
            Assert.IsTrue(cursor.MoveNext());
            Assert.HasCount(30, cursor.Vector<float>("Saliency"));
        }
        var error = Assert.ThrowsExactly<IOException>(() => cursor.MoveNext());
        Assert.AreEqual("Row 21 cannot be read.", error.Message);
    }

    [TestMethod]
    public void Getters_work_on_rows_only()
    {
        var data = Trained.Features(Table.Rows);
        using var transformer = Fit(data, 16);
        var explained = transformer.Transform(data);
        using var cursor = explained.GetRowCursor(explained.Schema);
        Assert.ThrowsExactly<InvalidOperationException>(() => cursor.Value<VBuffer<float>>("Saliency"));
        while (cursor.MoveNext())
        {
        }
        Assert.ThrowsExactly<InvalidOperationException>(() => cursor.Value<VBuffer<float>>("Saliency"));
        Assert.ThrowsExactly<InvalidOperationException>(() => cursor.GetGetter<VBuffer<double>>(explained.Schema["Saliency"]));
        Assert.ThrowsExactly<InvalidOperationException>(() => cursor.GetGetter<int>(explained.Schema["Features"]));
    }

    [TestMethod]
    public void Skipping_and_taking_work_on_explanations()
    {
        var rows = Table.ManyRows(100);
        var data = Trained.Features(rows);
        using var transformer = Fit(data, 32);
        var some = _mlContext.Data.TakeRows(_mlContext.Data.SkipRows(transformer.Transform(data), 40), 3);
        Reading.AreClose(Table.Explained(rows)[40..43], some.Vectors("Saliency"), 1e-6);
    }

    private SaliencyTransformer Fit(IDataView data, int batchSize) =>
        _mlContext.Transforms.Saliency("Saliency", "Features", Table.File, new SaliencyOptions
    {
        Runtime = new RuntimeOptions { BatchSize = batchSize, Threads = 1 },
    }).Fit(data);

    private sealed class Picture(int number) : IDisposable
    {
        public int Number => number;

        public bool IsDisposed { get; private set; }

        public void Dispose() => IsDisposed = true;
    }

    private sealed class PictureType() : StructuredDataViewType(typeof(Picture))
    {
        public override bool Equals(DataViewType? other) => other is PictureType;
    }
}
