using System.CommandLine;
using System.Diagnostics;
using Microsoft.ML.Introspection.Jobs;
using Microsoft.ML.Introspection.Tool.Data;
using Microsoft.ML.Introspection.Tool.Options;
using Microsoft.ML.Introspection.Tool.Results;

namespace Microsoft.ML.Introspection.Tool.Commands;

/// <summary><c>introspect merge</c>: the shares of a job put together.</summary>
internal sealed class MergeCommand : System.CommandLine.Command, IHasHelpSections
{
    private readonly Terminal _terminal;

    private readonly Argument<string[]> _parts = new("PART")
    {
        Description = "The files that 'introspect score --shard' or '--rows' wrote, in whatever order, each with its manifest beside it; "
            + "or a pattern in quotation marks.",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<string> _output = RowFiles.Output("rows of all parts");

    public MergeCommand(Terminal terminal)
        : base("merge", "Puts the shares of a job together: the bytes that one run would have written.")
    {
        _terminal = terminal;
        Arguments.Add(_parts);
        Options.Add(_output);
        SetAction((parsed, cancellation) => Task.Run(() => Run(parsed), cancellation));
    }

    public IReadOnlyList<HelpSection> HelpSections { get; } =
    [
        new("Refused",
            "Parts whose manifests differ (it is said in which setting), that overlap, of which rows are missing, or that are not what "
                + "their manifests say."),
        new("Examples",
            "introspect merge part-*.parquet --output scored.parquet",
            "introspect merge monday.csv.gz tuesday.csv.gz --output week.csv.gz"),
    ];

    private int Run(ParseResult parsed)
    {
        var output = parsed.GetRequiredValue(_output);
        if (output == DataFiles.Standard)
            throw new UsageException($"{_output.Name} takes a file; parts are put together before it appears.");
        _ = DataFiles.Kind(output);
        string[] parts = [.. parsed.GetRequiredValue(_parts).SelectMany(Named)];
        OutputFile.Check(output, parts);
        var watch = Stopwatch.StartNew();
        var rows = JobParts.Merge(parts, output, MergedTables.Write);
        _terminal.Done("Merged", rows, watch.Elapsed, [output], $"Parts: {parts.Length}");
        return ExitCode.Done;
    }

    // Manifests lie beside files of rows, and are no parts by themselves.
    private static IEnumerable<string> Named(string path) =>
        Directory.Exists(path) || File.Exists(path) ? [path]
            : DataFiles.Named(path).Where(f => !f.EndsWith(".manifest.json", StringComparison.Ordinal));
}
