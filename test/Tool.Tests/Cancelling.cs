using Microsoft.ML.Introspection.Files;

namespace Microsoft.ML.Introspection.Tool.Tests;

[TestClass]
public class Cancelling
{
    [TestMethod]
    [DataRow("out.csv")]
    [DataRow("out.npy")]
    public async Task Half_way_leaves_nothing(string output)
    {
        using var work = new Workplace();
        TinyNetworks.Linear().Save(work);
        NpyArray.From(new float[2 * 5_000_000], 5_000_000, 2).Save(work["rows.npy"]);
        using var cancellation = new CancellationTokenSource();
        var running = work.RunAsync(cancellation.Token, "explain", "@model.onnx", "--data", "@rows.npy", "-m", "saliency", "-b", "1", "-o",
            $"@{output}");
        (await CancelledOnceBegun(running, work, cancellation)).Failed("Cancelled; nothing was written.");
        CollectionAssert.AreEqual((string[])["model.onnx", "rows.npy"], work.Files);
    }

    [TestMethod]
    [DataRow("out.csv")]
    [DataRow("out.npy")]
    public async Task Half_way_through_shapley_values_leaves_nothing(string output)
    {
        using var work = new Workplace();
        NpyArray.From(new float[13 * 1_000_000], 1_000_000, 13).Save(work["rows.npy"]);
        using var cancellation = new CancellationTokenSource();
        var running = work.RunAsync(cancellation.Token, "shap", Workplace.Given("xgb_wine.json"), "--data", "@rows.npy", "--interactions",
            "--report", "@report.html", "-o", $"@{output}");
        (await CancelledOnceBegun(running, work, cancellation)).Failed("Cancelled; nothing was written.");
        CollectionAssert.AreEqual((string[])["rows.npy"], work.Files);
    }

    // The thread waits itself: while all others of the pool compute, what is awaited may come late.
    private static Task<Outcome> CancelledOnceBegun(Task<Outcome> running, Workplace work, CancellationTokenSource cancellation)
    {
        // The unfinished file tells that it has begun.
        while (!running.IsCompleted && !work.Files.Any(f => f.EndsWith(".partial", StringComparison.Ordinal)))
            Thread.Sleep(5);
        Assert.IsFalse(running.IsCompleted);
        cancellation.Cancel();
        return running;
    }
}
