using System.Threading.Channels;
using Microsoft.ML.Data;

namespace Microsoft.ML.Introspection.Estimators.Tests.Streams;

/// <summary>Engines for many callers at once: limits, waiting, streams.</summary>
[TestClass]
public sealed class PoolingEngines : IDisposable
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly Parcel[] _parcels = [.. Parcel.Some(600)];
    private readonly ITransformer _model;
    private readonly ExplainedPredictions _explained;

    public PoolingEngines()
    {
        var data = _ml.Data.LoadFromEnumerable(_parcels);
        _model = _ml.Transforms.Concatenate("Features", "Weight", "Distance")
            .Append(_ml.Regression.Trainers.FastTree("Price", numberOfTrees: 20, minimumExampleCountPerLeaf: 5)).Fit(data);
        _explained = _ml.Transforms.Explain(_model).Fit(data);
    }

    public void Dispose() => _explained.Dispose();

    [TestMethod]
    public async Task Many_callers_get_what_one_engine_says()
    {
        using var engine = _ml.Model.CreateExplanationEngine<Parcel>(_explained);
        using var pool = _ml.Model.CreateExplanationPool<Parcel>(_explained, new() { Engines = 3 });
        var told = await Task.WhenAll(_parcels.Select(p => Task.Run(async () => await pool.ExplainAsync(p))));
        foreach (var (i, parcel) in _parcels.Index())
            AssertSame(engine.Explain(parcel), told[i]);
        Assert.AreEqual((0, 0), (pool.Busy, pool.Waiting));
    }

    [TestMethod]
    public async Task A_stream_comes_in_its_order()
    {
        using var engine = _ml.Model.CreateExplanationEngine<Parcel>(_explained);
        using var pool = _ml.Model.CreateExplanationPool<Parcel>(_explained, new() { Engines = 3 });
        var told = await pool.ExplainAsync(Stream(_parcels)).ToListAsync();
        Assert.HasCount(_parcels.Length, told);
        foreach (var (i, parcel) in _parcels.Index())
            AssertSame(engine.Explain(parcel), told[i]);
    }

    [TestMethod]
    public async Task Who_would_wait_behind_too_many_is_turned_away()
    {
        using var gate = new ManualResetEventSlim();
        using var pool = _ml.Model.CreateExplanationPool<Parcel>(_explained, new() { Engines = 1, MostWaiting = 1 });
        var first = Task.Run(async () => await pool.ExplainAsync(new Parcel { Gate = gate }));
        await Until(() => pool.Busy == 1);
        using var stop = new CancellationTokenSource();
        var second = pool.ExplainAsync(_parcels[0], stop.Token).AsTask();
        Assert.AreEqual(1, pool.Waiting);
        var full = await Assert.ThrowsExactlyAsync<ExplanationPoolFullException>(async () => await pool.ExplainAsync(_parcels[1]));
        StringAssert.StartsWith(full.Message, "1 callers wait", StringComparison.Ordinal);
        await Assert.ThrowsExactlyAsync<ExplanationPoolFullException>(async () => await pool.ExplainAsync(Stream(_parcels)).FirstAsync());
        await stop.CancelAsync();
        await Assert.ThrowsAsync<OperationCanceledException>(() => second);
        Assert.AreEqual(0, pool.Waiting);
        // Its place is free again.
        var third = pool.ExplainAsync(_parcels[2]).AsTask();
        gate.Set();
        await first;
        Assert.HasCount(2, (await third).Reasons);
        Assert.AreEqual(0, pool.Busy);
    }

    [TestMethod]
    public async Task A_row_that_fails_is_told_by_number_behind_all_before_it()
    {
        using var pool = _ml.Model.CreateExplanationPool<Parcel>(_explained, new() { Engines = 2 });
        var got = 0;
        var failure = await Assert.ThrowsExactlyAsync<InvalidOperationException>(async () =>
        {
            await foreach (var _ in pool.ExplainAsync(Stream(_parcels.Select((p, i) => i == 205 ? new Parcel { Fails = true } : p))))
                got++;
        });
        Assert.AreEqual(205, got);
        StringAssert.StartsWith(failure.Message, "Row 205 of the stream:", StringComparison.Ordinal);
        // The engine that met it is as good as new.
        Assert.HasCount(2, (await pool.ExplainAsync(_parcels[0])).Reasons);
    }

    [TestMethod]
    public async Task A_source_that_breaks_has_given_what_it_gave()
    {
        using var pool = _ml.Model.CreateExplanationPool<Parcel>(_explained);
        var got = 0;
        var failure = await Assert.ThrowsExactlyAsync<IOException>(async () =>
        {
            await foreach (var _ in pool.ExplainAsync(Broken()))
                got++;
        });
        Assert.AreEqual((45, "the line is dead"), (got, failure.Message));

        async IAsyncEnumerable<Parcel> Broken()
        {
            foreach (var parcel in _parcels.Take(45))
                yield return parcel;
            await Task.Yield();
            throw new IOException("the line is dead");
        }
    }

    [TestMethod]
    public async Task Rows_come_back_while_the_source_waits()
    {
        using var pool = _ml.Model.CreateExplanationPool<Parcel>(_explained);
        var rows = Channel.CreateUnbounded<Parcel>();
        await using var told = pool.ExplainAsync(rows.Reader.ReadAllAsync()).GetAsyncEnumerator();
        for (var i = 0; i < 20; i++)
        {
            Assert.IsTrue(rows.Writer.TryWrite(_parcels[i]));
            Assert.IsTrue(await told.MoveNextAsync());
        }
        rows.Writer.Complete();
        Assert.IsFalse(await told.MoveNextAsync());
    }

    [TestMethod]
    public async Task Who_reads_slowly_slows_down_the_source()
    {
        using var pool = _ml.Model.CreateExplanationPool<Parcel>(_explained, new() { Engines = 2 });
        var source = new Endless(_parcels);
        await using (var told = pool.ExplainAsync(source.Rows()).GetAsyncEnumerator())
        {
            for (var i = 0; i < 10; i++)
                Assert.IsTrue(await told.MoveNextAsync());
            await Task.Delay(300);
            // Two chunks at work, two that are done, one that is read, one that waits, one that is gathered.
            Finite.AtMost(2 * 96 + 32, source.Given);
        }
        await Until(() => source.HasEnded);
    }

    [TestMethod]
    public async Task A_stream_stops_when_it_is_told()
    {
        using var pool = _ml.Model.CreateExplanationPool<Parcel>(_explained);
        using var stop = new CancellationTokenSource();
        var source = new Endless(_parcels);
        var got = 0;
        await Assert.ThrowsAsync<OperationCanceledException>(async () =>
        {
            await foreach (var _ in pool.ExplainAsync(source.Rows(), stop.Token))
                if (++got == 100)
                    await stop.CancelAsync();
        });
        await Until(() => source.HasEnded && pool.Busy == 0);
        // A source that does not listen is not waited for.
        using var soon = new CancellationTokenSource(50);
        var deaf = new TaskCompletionSource();
        await Assert.ThrowsAsync<OperationCanceledException>(async () => await pool.ExplainAsync(Deaf(), soon.Token).FirstAsync());
        deaf.SetResult();

        async IAsyncEnumerable<Parcel> Deaf()
        {
            await deaf.Task;
            yield break;
        }
    }

    [TestMethod]
    public async Task A_pool_that_is_gone_says_so()
    {
        using var gate = new ManualResetEventSlim();
        var pool = _ml.Model.CreateExplanationPool<Parcel>(_explained, new() { Engines = 1 });
        var busy = Task.Run(async () => await pool.ExplainAsync(new Parcel { Gate = gate }));
        await Until(() => pool.Busy == 1);
        pool.Dispose();
        gate.Set();
        Assert.HasCount(2, (await busy).Reasons);
        await Assert.ThrowsExactlyAsync<ObjectDisposedException>(async () => await pool.ExplainAsync(_parcels[0]));
    }

    [TestMethod]
    public void What_cannot_be_is_told_at_once()
    {
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new ExplanationPoolOptions { Engines = 0 });
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new ExplanationPoolOptions { MostWaiting = -1 });
        Assert.Throws<Exception>(() => _ml.Model.CreateExplanationPool<Nothing>(_explained));
    }

    private static void AssertSame(ExplainedPrediction expected, ExplainedPrediction actual)
    {
        CollectionAssert.AreEqual(expected.Scores.ToArray(), actual.Scores.ToArray());
        CollectionAssert.AreEqual(expected.Reasons.ToArray(), actual.Reasons.ToArray());
        Assert.AreEqual((expected.BaseValue, expected.Total), (actual.BaseValue, actual.Total));
    }

    private static async IAsyncEnumerable<Parcel> Stream(IEnumerable<Parcel> parcels)
    {
        foreach (var (i, parcel) in parcels.Index())
        {
            if (i % 50 == 7)
                await Task.Yield();
            yield return parcel;
        }
    }

    internal static async Task Until(Func<bool> isSo)
    {
        for (var i = 0; i < 2000 && !isSo(); i++)
            await Task.Delay(5);
        Assert.IsTrue(isSo());
    }

    private sealed class Nothing
    {
        public float Weightless { get; set; }
    }
}

/// <summary>A row that may block its reader, or fail.</summary>
public sealed class Parcel
{
    private float _weight;

    [NoColumn]
    public ManualResetEventSlim? Gate { get; init; }

    [NoColumn]
    public bool Fails { get; init; }

    public float Weight
    {
        get
        {
            Gate?.Wait();
            return Fails ? throw new InvalidDataException("the scales are broken") : _weight;
        }
        set => _weight = value;
    }

    public float Distance { get; set; }

    public float Price { get; set; }

    public static IEnumerable<Parcel> Some(int count)
    {
        var random = new Random(1);
        for (var i = 0; i < count; i++)
        {
            var (weight, distance) = (random.NextSingle() * 30, random.NextSingle() * 1000);
            yield return new Parcel { Weight = weight, Distance = distance, Price = 2 + weight / 5 + distance / 200 * weight };
        }
    }
}

/// <summary>A source without an end, which counts.</summary>
internal sealed class Endless(IReadOnlyList<Parcel> parcels)
{
    private long _given;
    private volatile bool _hasEnded;

    public long Given => Interlocked.Read(ref _given);

    public bool HasEnded => _hasEnded;

    public async IAsyncEnumerable<Parcel> Rows(
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation = default)
    {
        try
        {
            while (true)
            {
                cancellation.ThrowIfCancellationRequested();
                if (Given % 100 == 99)
                    await Task.Yield();
                yield return parcels[(int)(Interlocked.Increment(ref _given) % parcels.Count)];
            }
        }
        finally
        {
            _hasEnded = true;
        }
    }

    public IEnumerable<Parcel> Blocking()
    {
        try
        {
            while (true)
                yield return parcels[(int)(Interlocked.Increment(ref _given) % parcels.Count)];
        }
        finally
        {
            _hasEnded = true;
        }
    }
}
