using System.Globalization;
using Microsoft.ML.Introspection.Benchmarks;

// Ratios taken in one run, so that they mean something on any machine. `-- methods`, `-- column` or `-- coalitions` runs one of them;
// a number after it is the seconds given to each measurement.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var what = args.FirstOrDefault(a => !double.TryParse(a, out _)) ?? "all";
var seconds = args.Select(a => double.TryParse(a, out var s) ? s : 0).FirstOrDefault(s => s > 0, 20);
Action<double>[] chosen = what switch
{
    "all" => [MethodBenchmark.Run, ColumnBenchmark.Run, CoalitionBenchmark.Run],
    "methods" => [MethodBenchmark.Run],
    "column" => [ColumnBenchmark.Run],
    "coalitions" => [CoalitionBenchmark.Run],
    _ => [],
};
if (chosen.Length == 0)
{
    Console.Error.WriteLine($"'{what}' is no benchmark; there are methods, column, coalitions, and all.");
    return 2;
}
Console.WriteLine($"{Environment.ProcessorCount} processors, {seconds:0} s for each measurement");
foreach (var run in chosen)
    run(seconds);
return 0;
