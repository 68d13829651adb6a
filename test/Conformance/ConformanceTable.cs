using System.Text;
using System.Text.RegularExpressions;

namespace Microsoft.ML.Introspection.Conformance;

/// <summary>What a run found, by operator.</summary>
internal static partial class ConformanceTable
{
    private const string Begin = "<!-- operators: begin -->", End = "<!-- operators: end -->";

    /// <summary>Numbers of all tests together.</summary>
    public static string Summary(IReadOnlyList<NodeTest> tests, IReadOnlyList<Finding> findings) =>
        $"{tests.Count} tests. " + string.Join("; ", Enum.GetValues<Check>().Select(check => $"{check}: " + string.Join(", ",
            Enum.GetValues<Verdict>().Select(v => $"{findings.Count(f => f.Check == check && f.Verdict == v)} {v}"))));

    /// <summary>Puts the table between the markers of a file.</summary>
    public static void Write(string file, IReadOnlyList<NodeTest> tests, IReadOnlyList<Finding> findings)
    {
        var text = File.ReadAllText(file);
        var (from, to) = (text.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length, text.IndexOf(End, StringComparison.Ordinal));
        if (from < Begin.Length || to < from)
            throw new InvalidOperationException($"'{file}' lacks the lines '{Begin}' and '{End}'.");
        File.WriteAllText(file, $"{text[..from]}\n{Table(tests, findings)}{text[to..]}");
    }

    private static string Table(IReadOnlyList<NodeTest> tests, IReadOnlyList<Finding> findings)
    {
        var byTest = findings.ToLookup(f => f.Test);
        var table = new StringBuilder("| operator | tests | read | outputs | gradients | refused |\n|---|---|---|---|---|---|\n");
        foreach (var group in tests.GroupBy(NodeCheck.OperatorOf).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            var all = group.SelectMany(t => byTest[t.Name]).ToList();
            string Of(Check check) => all.Where(f => f.Check == check && f.Verdict is not Verdict.Refused).ToList() is { Count: > 0 } told
                ? $"{told.Count(f => f.Verdict == Verdict.Right)} of {told.Count}" : "";
            var refused = all.Where(f => f.Verdict == Verdict.Refused).Select(f => Reason(f.Detail)).Distinct().ToList();
            table.Append($"| {group.Key} | {group.Count()} | {Of(Check.Load)} | {Of(Check.Output)} | {Of(Check.Gradient)} | ")
                .Append($"{string.Join("<br>", refused)} |\n");
        }
        return table.ToString();
    }

    // The first sentence, without what differs from test to test: names of nodes, numbers, extents.
    private static string Reason(string detail)
    {
        var sentence = detail[(detail.IndexOf(": ", StringComparison.Ordinal) + 2)..].Split(". ")[0].TrimEnd('.');
        return Tensors().Replace(Extents().Replace(Node().Replace(sentence, ""), "[…]"), "'…'")
            .Replace("|", "\\|", StringComparison.Ordinal).Replace("\n", " ", StringComparison.Ordinal);
    }

    [GeneratedRegex(@" \(node '[^']*'(, opset \d+)?\)")]
    private static partial Regex Node();

    [GeneratedRegex(@"'[^']*_test_[^']*'")]
    private static partial Regex Tensors();

    [GeneratedRegex(@"\[[^\]]*\]")]
    private static partial Regex Extents();
}
