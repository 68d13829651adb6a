using System.Threading.Channels;
using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Estimators.Tests.Support;

namespace Microsoft.ML.Introspection.Estimators.Tests.Streams;

/// <summary>Rows that come one after the other through a pipeline, and readers that stop.</summary>
[TestClass]
public sealed class StreamingRows : IDisposable
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly Cells[] _rows;
    private readonly SaliencyTransformer _saliency;

    public StreamingRows()
    {
        var data = Trained.Features(Trained.BreastCancer.Rows);
        var vectors = data.Vectors("Features");
        _rows = [.. Enumerable.Range(0, 150).Select(i => new Cells { Features = vectors[i % vectors.Length] })];
        _saliency = _ml.Transforms.Saliency("Saliency", "Features", Trained.BreastCancer.File).Fit(data);
    }

    public void Dispose() => _saliency.Dispose();

    [TestMethod]
    [DataRow(1, 1)]
    [DataRow(7, 1)]
    [DataRow(64, 3)]
    [DataRow(4096, 2)]
    public async Task A_stream_becomes_what_data_become(int mostRows, int atOnce)
    {
        var expected = _saliency.Transform(_ml.Data.LoadFromEnumerable(_rows)).Vectors("Saliency");
        var options = new StreamOptions { MostRows = mostRows, ChunksAtOnce = atOnce };
        var told = await _ml.Data.TransformAsync<Cells, Explained>(_saliency, _rows.ToAsyncEnumerable(), options).ToListAsync();
        Reading.AreClose(expected.ToArray(), [.. told.Select(t => t.Saliency)], 1e-6);
        Assert.HasCount(_rows.Length, told);
    }

    [TestMethod]
    [DataRow(0)]
    [DataRow(30)]
    public async Task Rows_do_not_wait_for_others_that_may_never_come(int patience)
    {
        var rows = Channel.CreateUnbounded<Cells>();
        var options = new StreamOptions { Patience = TimeSpan.FromMilliseconds(patience) };
        await using var told = _ml.Data.TransformAsync<Cells, Explained>(_saliency, rows.Reader.ReadAllAsync(), options).GetAsyncEnumerator();
        for (var i = 0; i < 10; i++)
        {
            Assert.IsTrue(rows.Writer.TryWrite(_rows[2 * i]) && rows.Writer.TryWrite(_rows[2 * i + 1]));
            Assert.IsTrue(await told.MoveNextAsync());
            Assert.IsTrue(await told.MoveNextAsync());
        }
        rows.Writer.Complete();
        Assert.IsFalse(await told.MoveNextAsync());
    }

    [TestMethod]
    public async Task Rows_that_cannot_be_transformed_are_told_by_number()
    {
        var rows = _rows.Take(100).Select((r, i) => i == 42 ? new Cells { Features = [float.NaN, .. r.Features[1..]] } : r);
        var got = 0;
        var failure = await Assert.ThrowsExactlyAsync<InvalidOperationException>(async () =>
        {
            var options = new StreamOptions { MostRows = 20 };
            await foreach (var _ in _ml.Data.TransformAsync<Cells, Explained>(_saliency, rows.ToAsyncEnumerable(), options))
                got++;
        });
        Assert.AreEqual(42, got);
        StringAssert.StartsWith(failure.Message, "Rows 40 to 59 of the stream, which count from 0 in what follows: Row 2 ",
            StringComparison.Ordinal);
        // A column that is missing is told when the first row is asked for.
        await Assert.ThrowsAsync<Exception>(async () =>
            await _ml.Data.TransformAsync<Parcel, Explained>(_saliency, Parcel.Some(3).ToAsyncEnumerable()).FirstAsync());
    }

    [TestMethod]
    public async Task A_stream_of_rows_stops_and_waits_for_its_reader()
    {
        var model = _ml.Transforms.Concatenate("Features", "Weight", "Distance").Fit(_ml.Data.LoadFromEnumerable(Parcel.Some(1)));
        var source = new Endless([.. Parcel.Some(50)]);
        using var stop = new CancellationTokenSource();
        var options = new StreamOptions { MostRows = 10, ChunksAtOnce = 2 };
        var got = 0;
        await Assert.ThrowsAsync<OperationCanceledException>(async () =>
        {
            await foreach (var row in _ml.Data.TransformAsync<Parcel, Cells>(model, source.Rows(), options, stop.Token))
            {
                Assert.HasCount(2, row.Features);
                if (++got != 35)
                    continue;
                await Task.Delay(200, CancellationToken.None);
                Finite.AtMost(100, source.Given);
                await stop.CancelAsync();
            }
        });
        await PoolingEngines.Until(() => source.HasEnded);
    }

    [TestMethod]
    public async Task Data_are_read_as_a_stream_no_further_than_asked_for()
    {
        var expected = _saliency.Transform(_ml.Data.LoadFromEnumerable(_rows));
        var told = await _ml.Data.CreateAsyncEnumerable<Explained>(expected, rowsAhead: 5).ToListAsync();
        Reading.AreClose(expected.Vectors("Saliency").ToArray(), [.. told.Select(t => t.Saliency)], 1e-6);

        var source = new Endless([.. Parcel.Some(50)]);
        var got = 0;
        await foreach (var _ in _ml.Data.CreateAsyncEnumerable<Parcel>(_ml.Data.LoadFromEnumerable(source.Blocking()), rowsAhead: 8))
        {
            if (++got < 20)
                continue;
            await Task.Delay(100);
            Finite.AtMost(20 + 8 + 2, source.Given);
            break;
        }
        var given = source.Given;
        await Task.Delay(50);
        Assert.AreEqual(given, source.Given);
    }

    [TestMethod]
    public async Task Data_that_cannot_be_read_fail_their_stream()
    {
        var rows = _ml.Data.LoadFromEnumerable(Parcel.Some(10).Append(new Parcel { Fails = true }));
        var got = 0;
        var failure = await Assert.ThrowsAsync<Exception>(async () =>
        {
            await foreach (var _ in _ml.Data.CreateAsyncEnumerable<Parcel>(rows))
                got++;
        });
        Assert.AreEqual(10, got);
        StringAssert.Contains(failure.ToString(), "the scales are broken", StringComparison.Ordinal);
    }

    [TestMethod]
    public void Readers_of_data_stop_when_they_are_told()
    {
        using var stop = new CancellationTokenSource();
        var source = new Endless([.. Parcel.Some(50)]);
        var data = _ml.Data.WithCancellation(_ml.Data.LoadFromEnumerable(source.Blocking()), stop.Token);
        var model = _ml.Transforms.Concatenate("Features", "Weight", "Distance").Fit(_ml.Data.LoadFromEnumerable(Parcel.Some(1)));
        var got = 0;
        // Where ML.NET reads by several threads it tells what stopped one of them within an exception of its own.
        var told = Assert.Throws<Exception>(() =>
        {
            foreach (var _ in _ml.Data.CreateEnumerable<Cells>(model.Transform(data), reuseRowObject: false))
                if (++got == 10)
                    stop.Cancel();
        });
        while (told.InnerException is { } within)
            told = within;
        Assert.IsInstanceOfType<OperationCanceledException>(told);
        Finite.AtLeast(10, got);
        Assert.ThrowsExactly<OperationCanceledException>(() => data.GetRowCursor(data.Schema));
        Assert.ThrowsExactly<OperationCanceledException>(() => data.GetRowCursorSet(data.Schema, 2));
        using var soon = new CancellationTokenSource();
        using var cursor = _ml.Data.WithCancellation(_ml.Data.LoadFromEnumerable(_rows), soon.Token).GetRowCursor([]);
        Assert.IsTrue(cursor.MoveNext());
        soon.Cancel();
        Assert.ThrowsExactly<OperationCanceledException>(() => cursor.MoveNext());
    }

    [TestMethod]
    public void Data_that_nobody_stops_are_as_they_were()
    {
        var data = _ml.Data.LoadFromEnumerable(_rows);
        var told = _ml.Data.WithCancellation(data, CancellationToken.None);
        Assert.AreEqual((data.Schema, data.CanShuffle, data.GetRowCount()), (told.Schema, told.CanShuffle, told.GetRowCount()));
        Reading.AreClose(data.Vectors("Features").ToArray(), told.Vectors("Features"), 1e-9);
        var cursors = told.GetRowCursorSet(told.Schema, 3);
        var count = 0;
        foreach (var cursor in cursors)
            using (cursor)
                while (cursor.MoveNext())
                    count++;
        Assert.AreEqual(_rows.Length, count);
    }

    [TestMethod]
    public void Streams_that_cannot_be_are_told_at_once()
    {
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new StreamOptions { MostRows = 0 });
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new StreamOptions { ChunksAtOnce = 0 });
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new StreamOptions { Patience = TimeSpan.FromSeconds(-1) });
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() =>
            _ml.Data.CreateAsyncEnumerable<Parcel>(_ml.Data.LoadFromEnumerable(Parcel.Some(1)), rowsAhead: 0));
    }

    private sealed class Cells
    {
        [VectorType(30)]
        public float[] Features { get; set; } = [];
    }

    private sealed class Explained
    {
        public float[] Saliency { get; set; } = [];
    }
}
