using System.Globalization;
using Microsoft.ML.Introspection.Benchmarks;
using Microsoft.ML.Introspection.Runtime;

// Ratios taken in one run, so that they mean something on any machine. `-- methods`, `-- asks`, `-- column`, `-- trees`, `-- tree-graphs`,
// `-- reasons`, `-- coalitions`, `-- compile`, `-- images`, `-- image-column`, `-- fused`, `-- keras`, `-- features`, `-- attention`, `-- attention-flow`,
// `-- streams` or `-- profile` runs one of them (the last only so), `-- device cuda` is
// what build/gpu.sh runs, `-- load SECONDS URL BODY` asks a service; a number is the seconds given to each measurement. `-- image-stream 10000` takes
// so many images once through the ML.NET column, and `-- image-stream 10000 bare` through the graph alone; both say how much memory the process has
// taken, as `-- attention-memory 2048` does for so many tokens. Names of tree files are measured in the place of made-up trees.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var files = args.Where(File.Exists).ToList();
var what = args.FirstOrDefault(a => !double.TryParse(a, out _) && !files.Contains(a)) ?? "all";
if (what == "device")
    return DeviceCheck.Run(args.Contains("cuda") ? Device.Cuda() : Device.Cpu) ? 0 : 1;
if (what == "image-stream")
{
    ImageColumnBenchmark.Stream(args.Select(a => int.TryParse(a, out var n) ? n : 0).FirstOrDefault(n => n > 0, 2000), args.Contains("bare"));
    return 0;
}
if (what == "attention-memory")
{
    AttentionBenchmark.Memory(args.Select(a => int.TryParse(a, out var n) ? n : 0).FirstOrDefault(n => n > 0, 1024));
    return 0;
}
if (what == "load")
    return await LoadBenchmark.Run(args[^2], args[^1], args.Select(a => double.TryParse(a, out var s) ? s : 0).FirstOrDefault(s => s > 0, 10));
var seconds = args.Select(a => double.TryParse(a, out var s) ? s : 0).FirstOrDefault(s => s > 0, 20);
Action<double>[] chosen = what switch
{
    "all" =>
    [
        MethodBenchmark.Run, AskBenchmark.Run, ColumnBenchmark.Run, RunTrees, TreeGraphBenchmark.Run, ReasonsBenchmark.Run,
        CoalitionBenchmark.Run, CompileBenchmark.Run, ImageBenchmark.Run, ImageColumnBenchmark.Run, FusedBenchmark.Run,
        KerasBenchmark.Run, FeatureBenchmark.Run, AttentionBenchmark.Run,
    ],
    "methods" => [MethodBenchmark.Run],
    "asks" => [AskBenchmark.Run],
    "column" => [ColumnBenchmark.Run],
    "trees" => [RunTrees],
    "tree-graphs" => [TreeGraphBenchmark.Run],
    "reasons" => [ReasonsBenchmark.Run],
    "coalitions" => [CoalitionBenchmark.Run],
    "compile" => [CompileBenchmark.Run],
    "images" => [ImageBenchmark.Run],
    "image-column" => [ImageColumnBenchmark.Run],
    "fused" => [FusedBenchmark.Run],
    "keras" => [KerasBenchmark.Run],
    "features" => [FeatureBenchmark.Run],
    "attention" => [AttentionBenchmark.Run],
    "attention-flow" => [AttentionBenchmark.Flow],
    "evaluation" => [EvaluationBenchmark.Run],
    "streams" => [StreamBenchmark.Run],
    "profile" => [ProfileBenchmark.Run],
    _ => [],
};
if (chosen.Length == 0)
{
    Console.Error.WriteLine(
        $"'{what}' is no benchmark; there are methods, asks, column, trees, tree-graphs, reasons, coalitions, compile, images, image-column, "
            + "fused, keras, features, attention, evaluation, streams, attention-flow, attention-memory, image-stream, profile, and all.");
    return 2;
}
Console.WriteLine($"{Environment.ProcessorCount} processors, {seconds:0} s for each measurement");
foreach (var run in chosen)
    run(seconds);
return 0;

void RunTrees(double each) => TreeBenchmark.Run(each, files);
