using System.Globalization;
using Microsoft.ML.Introspection.Jobs;
using Spectre.Console;

namespace Microsoft.ML.Introspection.Tool.Explaining;

/// <summary>A bar on the error stream while something runs; nothing where nobody watches.</summary>
internal static class ProgressBar
{
    /// <summary>Runs something that tells how far it is.</summary>
    /// <param name="terminal">Where to draw.</param>
    /// <param name="what">What is being done: "Explaining".</param>
    /// <param name="run">Does it.</param>
    public static T Show<T>(Terminal terminal, string what, Func<Action<JobProgress>, T> run) => !terminal.ErrorIsInteractive
        ? run(_ => { })
        : terminal.Progress().Progress()
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .Start(context =>
            {
                var task = context.AddTask(what, maxValue: 1);
                return run(done =>
                {
                    task.Description =
                        string.Create(CultureInfo.InvariantCulture, $"{what}, {done.Rows:N0} rows, {done.RowsPerSecond:N0} a second");
                    task.Value = done.Share;
                });
            });
}
