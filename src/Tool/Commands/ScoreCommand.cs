using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Tool.Data;
using Microsoft.ML.Introspection.Tool.Explaining;
using Microsoft.ML.Introspection.Tool.Options;
using Microsoft.ML.Introspection.Tool.Running;
using Microsoft.ML.Introspection.Tool.Scoring;

namespace Microsoft.ML.Introspection.Tool.Commands;

/// <summary><c>introspect score</c>: predictions and reasons for the rows of files, in one pass.</summary>
internal sealed class ScoreCommand : System.CommandLine.Command, IHasHelpSections
{
    private readonly Terminal _terminal;
    private readonly NetworkArguments _model = new("The model: an ONNX network or trees, trees of XGBoost (JSON, UBJSON) or LightGBM "
        + "(text), or a pipeline saved by ML.NET (.zip). Its content tells which.", withTrees: true);
    private readonly ScoreArguments _score = new();
    private readonly PartArguments _part = new();
    private readonly CsvArguments _csv = new();
    private readonly RuntimeArguments _runtime = new();
    private readonly TelemetryOption _telemetry = new();

    private readonly Option<string[]> _data = RowFiles.DataOfInputs("network");
    private readonly Option<string> _output = RowFiles.Output("predictions and reasons");

    private readonly Option<string?> _failed = new("--failed")
    {
        HelpName = "FILE",
        Description = "A table for rows that fail (a cell that cannot be read, a wrong number of cells, a result that is NaN): row, ids, "
            + "column, reason. They are left out of the output. [default: the first of them ends the job]",
    };

    private readonly Option<string?> _provider = new("--provider")
    {
        HelpName = SqlSource.Known,
        Description = "The kind of database that a query is asked of: --data \"sql:SELECT … ORDER BY …\"; or the assembly of another "
            + "provider of ADO.NET, with what it needs in its folder. Its code runs as yours.",
    };

    private readonly Option<string?> _connection = new("--connection")
    {
        HelpName = "VARIABLE",
        Description = "The variable of the environment that holds the connection string. It is neither shown nor kept.",
    };

    private readonly Option<string[]> _scale = new("--scale")
    {
        HelpName = "[INPUT=]FILE.json",
        Description = "Scale the rows first, to (x - mean) / std: a file {\"mean\": […], \"std\": […]} as for 'introspect explain'.",
    };

    public ScoreCommand(Terminal terminal)
        : base("score", "Scores and explains the rows of files in one pass: predictions, reasons, base value, keys carried through.")
    {
        _terminal = terminal;
        _data.Description += " A folder or a pattern (in quotation marks) stands for all its files of rows, in the order of their names.";
        _model.AddTo(this);
        Option[] options = [_data, _output];
        foreach (var option in options)
            Options.Add(option);
        _score.AddTo(this);
        options = [_failed, _scale, _provider, _connection, .. _part.All, _telemetry.Option];
        foreach (var option in options)
            Options.Add(option);
        _csv.AddTo(this, withPipelines: true);
        _runtime.AddTo(this);
        SetAction((parsed, cancellation) => Task.Run(() => Run(parsed, cancellation), CancellationToken.None));
    }

    public IReadOnlyList<Option> OptionsToldElsewhere => _score.OfAlgorithms;

    public IReadOnlyList<HelpSection> HelpSections { get; } =
    [
        new("Output",
            "Tables: row (from 0), the columns carried along, prediction (prediction.NAME of several), then of each method target, score, "
                + "base,",
            "     and reason1, reason1.value, … or a column for every feature. With several methods their columns are called METHOD:….",
            "NPY: predictions in FILE.npy; beside it FILE.target.npy, FILE.score.npy, FILE.base.npy and FILE.values.npy; NPZ: one file of "
                + "them all."),
        new("Exit codes",
            "0 done, with rows in the file of --failed or without; 1 failed or cancelled, nothing was written; 2 wrong use;",
            "4 another job has the folder of --resume: later it may go on."),
        new("Examples",
            "introspect score model.json --data rows.parquet --explain shap --top 5 --id-column customer --output scored.parquet",
            "introspect score pipeline.zip --data houses.csv --explain shap --background houses.csv --output scored.csv",
            "introspect score digits.onnx --data digits.npy --explain saliency,input-x-gradient --output scored.npz",
            "introspect score model.json --data \"sql:SELECT * FROM customers ORDER BY id\" --provider sqlite "
                + "--connection CUSTOMERS -o scored.csv",
            "introspect score model.txt --data \"day/*.csv.gz\" --failed failed.csv --output scored.csv.gz"),
    ];

    private int Run(ParseResult parsed, CancellationToken cancellation)
    {
        var rows = new NetworkJob(
            _model.Read(parsed),
            _runtime.Read(parsed, _terminal.Warn),
            [.. parsed.GetRequiredValue(_data).Select(text => NamedFile.Parse(text, _data.Name))],
            [.. (parsed.GetValue(_scale) ?? []).Select(text => NamedFile.Parse(text, _scale.Name))],
            _csv.Read(parsed, _terminal.Note) with { Sql = Database(parsed) },
            parsed.GetRequiredValue(_output));
        rows.Check(_scale.Name);
        var job = _score.Read(parsed, rows, Failed(parsed));
        if (rows.Csv.Sql is not null && !rows.Data.Concat(job.Calibration?.Data ?? []).Any(d => SqlSource.IsQuery(d.Path)))
            throw new UsageException($"{_provider.Name} and {_connection.Name} say where a query is asked, and there is none: "
                + $"{_data.Name} \"sql:SELECT …\".");
        var (watch, part) = (Stopwatch.StartNew(), _part.Read(parsed));
        using var telemetry = _telemetry.Read(parsed) is (true, var collector) ? new TelemetryExport(collector, _terminal.Note) : null;
        if (part.IsSealed)
            return RunPart(parsed, job, part, watch, cancellation);
        using var run = new ScoreRun(job, _terminal.Note, cancellation);
        var paths = run.Paths(rows.Output, job.Failed);
        if (paths.GroupBy(Path.GetFullPath).Any(same => same.Count() > 1))
            throw new UsageException($"{_failed.Name} and {_output.Name} name one file; give {_failed.Name} another name.");
        foreach (var path in paths)
            OutputFile.Check(path, job.Read);
        using var sink = run.Begin(rows.Output, job.Failed);
        var done = ProgressBar.Show(_terminal, "Scoring", progress => run.On(null).Run(sink, progress, cancellation));
        _terminal.Done("Scored", done, watch.Elapsed, paths,
            run.FailedRows == 0 ? [] : [string.Create(CultureInfo.InvariantCulture, $"{run.FailedRows:N0} rows failed: {job.Failed}")]);
        return ExitCode.Done;
    }

    /// <summary>
    /// Reads a command line whose shares other machines do. Its files lie there: none is looked for, so that more is told only there.
    /// </summary>
    /// <exception cref="UsageException">It is not one that can be shared out, or names a share itself.</exception>
    public ScoreElsewhere ReadElsewhere(ParseResult parsed)
    {
        var (output, failed, csv) = (parsed.GetRequiredValue(_output), Failed(parsed), _csv.Read(parsed, _ => { }));
        _ = DataFiles.Kind(output);
        NamedFile[] data = [.. parsed.GetRequiredValue(_data).Select(text => NamedFile.Parse(text, _data.Name))];
        _ = _score.Read(parsed, new NetworkJob(new NetworkRequest(_model.Path(parsed), new NetworkOptions()),
            _runtime.Read(parsed, _ => { }), data, [], csv, output), failed);
        foreach (var option in _part.OfParts)
            if (parsed.GetResult(option) is { Implicit: false })
                throw new UsageException($"{option.Name} is said for each share by the manifest; leave it out.");
        _ = _part.Read(parsed);
        CheckParts(data, output);
        return new ScoreElsewhere(output, failed, Database(parsed)?.Variable);
    }

    /// <summary>The words of a command line without those that say where results go.</summary>
    /// <param name="words">The command line, from the command's name on.</param>
    public IReadOnlyList<string> WithoutFiles(IReadOnlyList<string> words)
    {
        Option[] files = [_output, _failed];
        string[] names = [.. files.SelectMany(o => o.Aliases.Append(o.Name))];
        var kept = new List<string>();
        for (var i = 0; i < words.Count; i++)
            if (words[i] == "--")
            {
                kept.AddRange(words.Skip(i));
                break;
            }
            else if (Array.IndexOf(names, words[i]) >= 0)
                i++;
            else if (!Array.Exists(names, n => words[i].StartsWith(n + "=", StringComparison.Ordinal)
                || words[i].StartsWith(n + ":", StringComparison.Ordinal)))
                kept.Add(words[i]);
        var left = Parse(kept.Skip(1).ToArray(), new ParserConfiguration { ResponseFileTokenReplacer = null });
        return Array.Find(files, o => left.GetResult(o) is { Implicit: false }) is not { } still ? kept
            : throw new UsageException($"Give {still.Name} and its file as two words.");
    }

    private string? Failed(ParseResult parsed) => parsed.GetValue(_failed) is not { } failed || DataFiles.IsTable(failed)
        ? parsed.GetValue(_failed)
        : throw new UsageException($"{_failed.Name} takes a table, such as failed.csv; '{failed}' was given.");

    private SqlSource? Database(ParseResult parsed)
    {
        var (provider, variable) = (parsed.GetValue(_provider), parsed.GetValue(_connection));
        if (provider is null && variable is null)
            return null;
        return new SqlSource(
            SqlSource.Check(provider ?? throw new UsageException($"{_connection.Name} goes with {_provider.Name} {SqlSource.Known}.")),
            variable ?? throw new UsageException($"{_provider.Name} goes with {_connection.Name}, a variable of the environment."));
    }

    private static void CheckParts(IReadOnlyList<NamedFile> data, string output)
    {
        if (output == DataFiles.Standard || data.Any(d => d.Path == DataFiles.Standard))
            throw new UsageException($"'{DataFiles.Standard}' is read or written once and is gone; parts of a job are of files.");
        if (data.FirstOrDefault(d => SqlSource.IsQuery(d.Path)
            && !d.Path.Contains("order by", StringComparison.OrdinalIgnoreCase)) is { } query)
            throw new UsageException($"'{query.Path}' gives its rows in no order, and parts of a job count rows: say ORDER BY a key.");
    }

    private int RunPart(ParseResult parsed, ScoreJob job, PartRequest request, Stopwatch watch, CancellationToken cancellation)
    {
        var output = job.Rows.Output;
        CheckParts(job.Rows.Data, output);
        OutputFile.Check(output, job.Read);
        if (job.Failed is { } failed)
        {
            OutputFile.Check(failed, job.Read);
            if (Path.GetDirectoryName(Path.GetFullPath(failed)) != Path.GetDirectoryName(Path.GetFullPath(output)))
                throw new UsageException($"The manifest is of files in one folder; {_failed.Name} should lie beside {_output.Name}.");
            if (Path.GetFullPath(failed) == Path.GetFullPath(output))
                throw new UsageException($"{_failed.Name} and {_output.Name} name one file; give {_failed.Name} another name.");
        }
        Option[] leftOut = [_data, .. _score.OfRows, _output, _failed, _provider, _connection, .. _part.All, .. _runtime.OfSpeed,
            _telemetry.Option];
        var parts = new ScoreParts(job, request, ScoreParts.Settings(parsed, job, leftOut));
        (long rows, long now, long failing) done;
        try
        {
            done = ProgressBar.Show(_terminal, "Scoring", progress => parts.Run(_terminal.Note, progress, cancellation));
        }
        catch (OperationCanceledException) when (request.Resumes)
        {
            _terminal.Note($"there is no output yet; what was done is kept in '{output}.parts', and the same command goes on from there.");
            throw;
        }
        var (rows, now, failing) = done;
        string[] files = job.Failed is null ? [output] : [output, job.Failed];
        _terminal.Done("Scored", rows, watch.Elapsed, files,
            [
                .. now == rows ? [] : (string[])[now == 0 ? "It was complete already." : string.Create(CultureInfo.InvariantCulture,
                    $"{rows - now:N0} rows were done before.")],
                .. failing == 0 ? [] : (string[])[string.Create(CultureInfo.InvariantCulture, $"{failing:N0} rows failed: {job.Failed}")],
            ]);
        return ExitCode.Done;
    }
}
