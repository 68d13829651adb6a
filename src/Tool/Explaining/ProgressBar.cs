using System.Diagnostics;
using System.Globalization;
using Microsoft.ML.Introspection.Jobs;
using Spectre.Console;

namespace Microsoft.ML.Introspection.Tool.Explaining;

/// <summary>A bar on the error stream while something runs; where nobody watches, a line now and then, for the log.</summary>
internal static class ProgressBar
{
    private static readonly TimeSpan BetweenLines = TimeSpan.FromSeconds(15);

    /// <summary>Runs something that tells how far it is.</summary>
    /// <param name="terminal">Where to draw.</param>
    /// <param name="what">What is being done: "Explaining".</param>
    /// <param name="run">Does it.</param>
    public static T Show<T>(Terminal terminal, string what, Func<Action<JobProgress>, T> run) => !terminal.ErrorIsInteractive
        ? run(Lines(terminal, what))
        : terminal.Progress().Progress()
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .Start(context =>
            {
                var task = context.AddTask(what, maxValue: 1);
                return run(done =>
                {
                    task.Description = Described(what, done);
                    task.Value = done.Share;
                });
            });

    private static Action<JobProgress> Lines(Terminal terminal, string what)
    {
        var watch = Stopwatch.StartNew();
        return done =>
        {
            if (watch.Elapsed < BetweenLines)
                return;
            watch.Restart();
            terminal.Error.WriteLine(done.Share > 0
                ? string.Create(CultureInfo.InvariantCulture, $"{Described(what, done)}, {done.Share:P0}") : Described(what, done));
        };
    }

    private static string Described(string what, JobProgress done) =>
        string.Create(CultureInfo.InvariantCulture, $"{what}, {done.Rows:N0} rows, {done.RowsPerSecond:N0} a second");
}
