using System.Globalization;
using Microsoft.ML.Introspection.Conformance;

// Runs the ONNX standard's operator tests: `-- PATH [--only TEXT] [--all] [--write FILE]`, PATH a folder or zip archive of them; or
// compares models of other libraries with what these computed: `-- PATH --models [--only TEXT]`, PATH a folder of reference models.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
string? Option(string name) => Array.IndexOf(args, name) is >= 0 and var at && at + 1 < args.Length ? args[at + 1] : null;
if (args.Length == 0 || !Path.Exists(args[0]))
{
    Console.Error.WriteLine("Usage: Conformance PATH [--only TEXT] [--all] [--write FILE]\n       Conformance PATH --models [--only TEXT]\n"
        + "PATH: a folder or zip archive of the ONNX standard's node tests. --only: tests whose name contains a text. --all: tells every\n"
        + "finding, not those alone that went wrong. --write: puts the table between the markers of a file, such as docs/operators.md.");
    return 2;
}
if (args.Contains("--models"))
{
    var wrong = 0;
    var only = Option("--only") ?? "";
    foreach (var model in TensorFlowCases.OfTensorFlow(args[0]).Where(m => m.Name.Contains(only, StringComparison.Ordinal)))
    {
        IReadOnlyList<string> faults;
        try
        {
            faults = model.Faults();
        }
        catch (Exception e)
        {
            faults = [$"{e.GetType().Name}: {e.Message}"];
        }
        wrong += faults.Count > 0 ? 1 : 0;
        Console.WriteLine($"{(faults.Count > 0 ? "wrong" : "right")} {model.Name}{string.Concat(faults.Select(f => "\n      " + f))}");
    }
    Console.WriteLine($"{wrong} models are wrong.");
    return wrong > 0 ? 1 : 0;
}
var tests = NodeTest.Open(args[0]).Where(t => t.Name.Contains(Option("--only") ?? "", StringComparison.Ordinal)).ToList();
var findings = ConformanceRun.Of(tests, TimeSpan.FromSeconds(60));
foreach (var finding in findings.Where(f => args.Contains("--all") || f.Verdict == Verdict.Wrong))
    Console.WriteLine(finding);
Console.WriteLine(ConformanceTable.Summary(tests, findings));
if (Option("--write") is { } file)
    ConformanceTable.Write(file, tests, findings);
return findings.Any(f => f.Verdict == Verdict.Wrong) ? 1 : 0;
