using System.Reflection;
using Microsoft.ML.Introspection.Estimators.Models;
using Microsoft.ML.Introspection.Estimators.Scoring;
using Microsoft.ML.Introspection.Estimators.Tests.Support;
using Microsoft.ML.Introspection.Runtime;

namespace Microsoft.ML.Introspection.Estimators.Tests.Scoring;

/// <summary>ML.NET's own channels: MLContext.Log is told how far it is, and what stops ML.NET stops it.</summary>
[TestClass]
public sealed class SpeakingThroughMlNet
{
    private const string Told = "ML.NET was told to stop";

    private readonly MLContext _ml = new(1);

    [TestMethod]
    public void A_long_black_box_tells_how_far_it_is_and_stops_when_told()
    {
        var said = new List<string>();
        _ml.Log += (_, e) =>
        {
            if (!e.Message.Contains("are explained"))
                return;
            lock (said)
                said.Add(e.RawMessage);
            Cancel();
        };
        var (view, scored) = Slow(100_000);
        var error = Assert.Throws<OperationCanceledException>(() => view.Vectors("Shap"));
        StringAssert.Contains(error.Message, Told);
        StringAssert.Matches(said.Single(), new(@"^SHAP column 'Shap': [\d,]+ of 100,000 rows are explained; about [\d.]+ (s|min|h) left\.$"));
        // It would have gone on for hours.
        Finite.Below(1_000_000, scored());
    }

    [TestMethod]
    public void A_black_box_stops_in_the_middle_of_a_block()
    {
        var (view, scored) = Slow(200);
        using var stop = new Timer(_ => Cancel(), null, 300, Timeout.Infinite);
        StringAssert.Contains(Assert.Throws<OperationCanceledException>(() => view.Vectors("Shap")).Message, Told);
        Finite.Above(0, scored());
        Finite.Below(3_000, scored());
    }

    [TestMethod]
    public void Networks_and_trees_stop()
    {
        var network = Trained.BreastCancer;
        var data = Trained.Features(network.ManyRows(50));
        using var saliency = _ml.Transforms.Saliency("Values", "Features", network.File).Fit(data);
        using var shap = _ml.Transforms.Shap("Values", "Features", network.File, new ShapOptions { BackgroundRows = 2 }).Fit(data);
        using var trees = _ml.Transforms.Shap("Values", "Features", TrainedTrees.BreastCancer.File).Fit(data);
        var views = (IDataView[])[saliency.Transform(data), shap.Transform(data), trees.Transform(data)];
        foreach (var view in views)
            Assert.HasCount(50, view.Vectors("Values"));
        Cancel();
        foreach (var view in views)
            StringAssert.Contains(Assert.Throws<OperationCanceledException>(() => view.Vectors("Values")).Message, Told);
        Assert.AreEqual(0, data.OpenCursors);
    }

    [TestMethod]
    public void What_the_options_stop_is_stopped_by_their_own_token()
    {
        using var stop = new CancellationTokenSource();
        var data = Trained.Features(Trained.BreastCancer.ManyRows(5));
        using var trees = _ml.Transforms.Shap("Values", "Features", TrainedTrees.BreastCancer.File,
            new ShapOptions { Cancellation = stop.Token }).Fit(data);
        stop.Cancel();
        Assert.AreEqual(stop.Token, Assert.Throws<OperationCanceledException>(() => trees.Transform(data).Vectors("Values")).CancellationToken);
    }

    [TestMethod]
    public void Progress_is_told_every_ten_seconds_of_work_and_extrapolated()
    {
        var said = new List<string>();
        _ml.Log += (_, e) =>
        {
            if (e.RawMessage.StartsWith("SHAP column", StringComparison.Ordinal))
                said.Add(e.RawMessage);
        };
        var clock = new Clock();
        var slow = new SlowRows(MlHost.Of(_ml.Transforms), "Why", clock) { Total = 1000 };
        Work(100, 0.5, 6);
        Assert.IsEmpty(said);
        // The consumer's own time does not count.
        clock.Seconds += 3600;
        Work(100, 0.25, 4);
        Assert.AreEqual("SHAP column 'Why': 125 of 1,000 rows are explained; about 70 s left.", said.Single());
        Work(100, 0.5, 9);
        Assert.HasCount(1, said);
        slow.Total = null;
        Work(100, 0.5, 2);
        Assert.AreEqual("SHAP column 'Why': 350 rows are explained, a row in about 60 ms.", said[1]);

        void Work(int rows, double share, double seconds) => slow.Work(rows, progress =>
        {
            clock.Seconds += seconds;
            progress(share);
        });
    }

    // ML.NET keeps it to itself and to AutoML, which stops its experiments so.
    private void Cancel() => typeof(MLContext).GetMethod("CancelExecution", BindingFlags.Instance | BindingFlags.NonPublic)!.Invoke(_ml, null);

    // A sum that takes its time.
    private (IDataView View, Func<int> Scored) Slow(int rows)
    {
        var scored = 0;
        var data = _ml.Data.LoadFromEnumerable(Enumerable.Range(0, rows).Select(i => new Parts { One = i % 7, Other = i % 5 }).ToArray());
        var model = _ml.Transforms.CustomMapping<Parts, Sum>((from, to) =>
        {
            Thread.Sleep(1);
            Interlocked.Increment(ref scored);
            to.Score = from.One + from.Other;
        }, null).Fit(data);
        var shap = _ml.Transforms.Shap("Shap", model, new ShapOptions { BackgroundRows = 10, Runtime = new RuntimeOptions { Threads = 1 } })
            .Fit(data);
        scored = 0;
        return (shap.Transform(data), () => scored);
    }

    private sealed class Parts
    {
        public float One { get; set; }

        public float Other { get; set; }
    }

    private sealed class Sum
    {
        public float Score { get; set; }
    }

    private sealed class Clock : TimeProvider
    {
        public double Seconds { get; set; }

        public override long TimestampFrequency => 1000;

        public override long GetTimestamp() => (long)(Seconds * 1000);
    }
}
