using System.Diagnostics;

namespace Microsoft.ML.Introspection.Estimators.Models;

/// <summary>
/// Reading that ends: ML.NET takes the numbers in a file at their word, and where one is damaged it goes on for minutes behind the end of
/// the file.
/// </summary>
internal static class BoundedReading
{
    /// <summary>How long a file may take, before its size is counted.</summary>
    public static readonly TimeSpan Least = TimeSpan.FromSeconds(6);

    /// <summary>How long it may take more for each MiB.</summary>
    public static readonly TimeSpan PerMebibyte = TimeSpan.FromSeconds(1);

    /// <summary>Reads a file by a thread of its own, and leaves it to itself where it takes too long; there is no way to stop it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="read">Reads it.</param>
    /// <exception cref="TimeoutException">It takes too long, of the clock and of the processor.</exception>
    public static T Of<T>(string path, Func<T> read) => Of(path, read, Least);

    /// <inheritdoc cref="Of{T}(string, Func{T})"/>
    internal static T Of<T>(string path, Func<T> read, TimeSpan least)
    {
        var most = least + new FileInfo(path).Length / (double)(1 << 20) * PerMebibyte;
        var reading = Task.Factory.StartNew(read, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        using var self = Process.GetCurrentProcess();
        var (clock, start) = (Stopwatch.StartNew(), self.TotalProcessorTime);
        while (!((IAsyncResult)reading).AsyncWaitHandle.WaitOne(50))
        {
            if (clock.Elapsed < most)
                continue;
            self.Refresh();
            // A busy machine must not decide what can be read; but threads that wait for one another take no time of the processor.
            if (self.TotalProcessorTime - start > most || clock.Elapsed > 4 * most)
                throw new TimeoutException($"ML.NET was still reading it after {clock.Elapsed.TotalSeconds:0} s; it is damaged, or larger "
                    + "than its size tells.");
        }
        return reading.GetAwaiter().GetResult();
    }
}
