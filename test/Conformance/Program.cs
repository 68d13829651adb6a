using System.Globalization;
using Microsoft.ML.Introspection.Conformance;

// Runs the ONNX standard's operator tests: `-- PATH [--only TEXT] [--all] [--write FILE]`, PATH a folder or zip archive of them.
// Compares concept relevance propagation: `-- PATH --concepts [--only TEXT] [--all]`, PATH a folder of folders relevance_*.
// Compares metrics of explanations: `-- PATH --evaluation [--only TEXT] [--all]`, PATH a folder of cases (EvaluationMetrics).
// Compares randomised networks and similarities of maps: `-- PATH --sanity [--only TEXT] [--all]`, PATH a folder of cases (SanityChecks).
// Compares learning progress: `-- PATH --progress [--only TEXT] [--all]`, PATH a folder of trainings (LearningReferences).
// Compares clusters of heat maps: `-- PATH --clusters [--only TEXT] [--all]`, PATH a folder of cases (MapClusters).
// Compares attention and prints a table: `-- PATH --attention [--only TEXT] [--all]`, PATH a folder of cases (AttentionReferences).
// Compares models of other libraries: `-- PATH --models [--only TEXT] [--all]`, PATH a folder of cases (ImportedModels, TensorFlowCases).
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
string? Option(string name) => Array.IndexOf(args, name) is >= 0 and var at && at + 1 < args.Length ? args[at + 1] : null;
if (args.Length == 0 || !Path.Exists(args[0]))
{
    Console.Error.WriteLine("Usage: Conformance PATH [--only TEXT] [--all] [--write FILE]\n"
        + "       Conformance PATH --models [--only TEXT] [--all]\n"
        + "       Conformance PATH --concepts [--only TEXT] [--all]\n"
        + "       Conformance PATH --evaluation|--sanity|--attention|--progress|--clusters [--only TEXT] [--all]\n"
        + "PATH: a folder or zip archive of the ONNX standard's node tests. --only: tests whose name contains a text. --all: tells every\n"
        + "finding, not those alone that went wrong. --write: puts the table between the markers of a file, such as docs/operators.md.");
    return 2;
}
if (args.Contains("--concepts"))
{
    RelevanceOfConcepts.Result[] results = [.. RelevanceOfConcepts.Of(args[0], Option("--only") ?? "")];
    foreach (var result in results.Where(r => args.Contains("--all") || !r.IsRight))
        Console.WriteLine(result);
    Console.WriteLine($"{results.Count(r => r.IsRight)} agree, {results.Count(r => !r.IsRight)} wrong");
    return results.Any(r => !r.IsRight) ? 1 : 0;
}
if (args.FirstOrDefault(a => a is "--evaluation" or "--sanity" or "--attention" or "--progress" or "--clusters") is { } kind)
{
    var only = Option("--only") ?? "";
    EvaluationMetrics.Result[] results = [.. kind switch
    {
        "--sanity" => SanityChecks.Of(args[0], only),
        "--attention" => AttentionReferences.Of(args[0], only),
        "--progress" => LearningReferences.Of(args[0], only),
        "--clusters" => MapClusters.Of(args[0], only),
        _ => EvaluationMetrics.Of(args[0], only),
    }];
    if (args.Contains("--attention"))
        Console.WriteLine(AttentionReferences.Table(results));
    foreach (var result in results.Where(r => args.Contains("--all") || !r.IsRight))
        Console.WriteLine(result);
    Console.WriteLine($"{results.Count(r => r.IsRight)} agree, {results.Count(r => !r.IsRight)} wrong");
    return results.Any(r => !r.IsRight) ? 1 : 0;
}
if (args.Contains("--models"))
{
    var only = Option("--only") ?? "";
    IReadOnlyList<ImportedModels.Result> results = [.. ImportedModels.Of(args[0], only), .. TensorFlowCases.Of(args[0], only),
        .. TrainedNetworks.Of(args[0], only)];
    foreach (var result in results.Where(r => args.Contains("--all") || !r.IsRight))
        Console.WriteLine(result);
    Console.WriteLine($"{results.Count(r => r.Verdict == "right")} agree, {results.Count(r => r.Verdict == "refused")} refused, "
        + $"{results.Count(r => !r.IsRight)} wrong");
    return results.Any(r => !r.IsRight) ? 1 : 0;
}
var tests = NodeTest.Open(args[0]).Where(t => t.Name.Contains(Option("--only") ?? "", StringComparison.Ordinal)).ToList();
var findings = ConformanceRun.Of(tests, TimeSpan.FromSeconds(60));
foreach (var finding in findings.Where(f => args.Contains("--all") || f.Verdict == Verdict.Wrong))
    Console.WriteLine(finding);
Console.WriteLine(ConformanceTable.Summary(tests, findings));
if (Option("--write") is { } file)
    ConformanceTable.Write(file, tests, findings);
return findings.Any(f => f.Verdict == Verdict.Wrong) ? 1 : 0;
