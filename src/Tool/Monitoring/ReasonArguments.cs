using System.CommandLine;
using System.Diagnostics;
using Microsoft.ML.Introspection.Jobs;
using Microsoft.ML.Introspection.Tool.Data;
using Microsoft.ML.Introspection.Tool.Options;

namespace Microsoft.ML.Introspection.Tool.Monitoring;

/// <summary>The options of commands that read what a job said of its rows.</summary>
internal sealed class ReasonArguments
{
    /// <summary>What such a file is, for help texts.</summary>
    public const string Files =
        "an output of 'introspect score --top all' or 'introspect shap', .csv, .tsv, .jsonl (each also .gz), .parquet, .npz";

    private static readonly string[] Endings = [".html", ".json", ".csv"];

    private readonly Option<string[]> _columns = new("--columns")
    {
        HelpName = "A,B,…", Description = "Of other tables: the columns that hold reasons; A..B for all from A to B.",
    };

    private readonly Option<string?> _method = new("--method", "-m")
    {
        HelpName = "METHOD", Description = "Whose reasons, where the file has those of several methods.",
    };

    private readonly Option<string?> _target = new("--target", "-t")
    {
        HelpName = "OUTPUT",
        Description = "Only rows whose explained output this is, as the file's column 'target' has it. [default: all rows]",
    };

    private readonly Option<double> _level = new("--level")
    {
        HelpName = "SHARE", Description = "The share of intervals that hold the true difference.", DefaultValueFactory = _ => 0.95,
    };

    private readonly Option<string[]> _output = new("--output", "-o")
    {
        HelpName = "FILE", Description = "Where results go: .html for a page, .json or .csv for the numbers. Repeatable.",
    };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(System.CommandLine.Command command)
    {
        Option[] options = [_output, _columns, _method, _target, _level];
        foreach (var option in options)
            command.Options.Add(option);
    }

    /// <summary>The share of intervals that hold the true difference.</summary>
    public double Level(ParseResult parsed) => parsed.GetValue(_level);

    /// <summary>Which numbers are meant.</summary>
    public ReasonRequest Read(ParseResult parsed) => new()
    {
        Columns = [.. (parsed.GetValue(_columns) ?? []).SelectMany(CsvOptions.SplitNames)],
        Method = parsed.GetValue(_method),
        Target = parsed.GetValue(_target),
    };

    /// <summary>Where results go, checked.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="read">The files that are read.</param>
    public string[] Outputs(ParseResult parsed, params IEnumerable<string> read)
    {
        var outputs = parsed.GetValue(_output) ?? [];
        if (outputs.Length == 0)
            throw new UsageException("Say where results go: --output FILE.html, FILE.json, FILE.csv.");
        string[] files = [.. read];
        foreach (var path in outputs)
        {
            if (!Endings.Contains(Path.GetExtension(path).ToLowerInvariant()))
                throw new UsageException($"{_output.Name} takes files that end in {string.Join(", ", Endings)}; '{path}' was given.");
            OutputFile.Check(path, files);
        }
        return outputs;
    }

    /// <summary>Tells how far the reading is.</summary>
    public static Action<long, double> Progress(Action<JobProgress> told)
    {
        var watch = Stopwatch.StartNew();
        return (rows, share) => told(new JobProgress(share, rows, rows / Math.Max(watch.Elapsed.TotalSeconds, 1e-3)));
    }

    /// <summary>Says that rows explain different outputs, where they do.</summary>
    public static void Note(ReasonRows rows, Terminal terminal)
    {
        if (rows.Targets is var (one, another))
            terminal.Note($"the rows of '{rows.Name}' explain different outputs ('{one}', '{another}', …), whose reasons are mixed here; "
                + "--target takes one of them.");
    }
}
