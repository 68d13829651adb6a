using System.Diagnostics;
using Microsoft.ML.Introspection.Jobs;

namespace Microsoft.ML.Introspection.Tool.Evaluating;

/// <summary>Tells the share of the work that is done as a number of rows.</summary>
/// <param name="told">Who is told.</param>
/// <param name="rows">How many rows all of it is.</param>
/// <param name="watch">The time since the beginning.</param>
internal sealed class Shares(Action<JobProgress> told, int rows, Stopwatch watch) : IProgress<double>
{
    public void Report(double value) =>
        told(new JobProgress(value, (long)(value * rows), value * rows / Math.Max(watch.Elapsed.TotalSeconds, 1e-3)));
}
