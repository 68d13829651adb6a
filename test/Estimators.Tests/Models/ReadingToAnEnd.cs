using System.Diagnostics;
using Microsoft.ML.Introspection.Estimators.Models;

namespace Microsoft.ML.Introspection.Estimators.Tests.Models;

/// <summary>ML.NET may never come to an end with a damaged file; whoever waits for it does.</summary>
[TestClass]
public sealed class ReadingToAnEnd
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(200);

    [TestMethod]
    public void What_is_read_in_time_is_handed_on()
    {
        Assert.AreEqual(7, Read(() => 7));
        Assert.AreEqual("wrong", Assert.ThrowsExactly<FormatException>(() => Read<int>(() => throw new FormatException("wrong"))).Message);
    }

    [TestMethod]
    public void Threads_that_wait_for_one_another_are_left()
    {
        using var never = new ManualResetEventSlim();
        Assert.Contains("still reading", Refused(() => never.Wait()));
        never.Set();
    }

    [TestMethod]
    public void A_thread_that_runs_on_is_left()
    {
        using var ended = new CancellationTokenSource();
        var token = ended.Token;
        Assert.Contains("still reading", Refused(() =>
        {
            while (!token.IsCancellationRequested)
                Thread.SpinWait(1000);
        }));
        ended.Cancel();
    }

    private static string Refused(Action read)
    {
        var clock = Stopwatch.StartNew();
        var error = Assert.ThrowsExactly<TimeoutException>(() => Read(() =>
        {
            read();
            return 0;
        }));
        Assert.IsTrue(clock.Elapsed < TimeSpan.FromSeconds(30), $"{clock.Elapsed}");
        return error.Message;
    }

    private static T Read<T>(Func<T> read) => BoundedReading.Of(typeof(ReadingToAnEnd).Assembly.Location, read, Short);
}
