using System.Globalization;
using Spectre.Console;

namespace Microsoft.ML.Introspection.Tool.Explaining;

/// <summary>A bar on the error stream while something runs; nothing where nobody watches.</summary>
internal static class ProgressBar
{
    /// <summary>Runs something that tells the share that is done, from 0 to 1, and the number of rows.</summary>
    public static T Show<T>(Terminal terminal, Func<Action<double, long>, T> run) => !terminal.ErrorIsInteractive
        ? run((_, _) => { })
        : terminal.Progress().Progress()
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .Start(context =>
            {
                var task = context.AddTask("Explaining", maxValue: 1);
                return run((share, rows) =>
                {
                    task.Description = string.Create(CultureInfo.InvariantCulture, $"Explaining, {rows:N0} rows");
                    task.Value = share;
                });
            });
}
