using System.CommandLine;
using System.Globalization;
using Microsoft.ML.Introspection.Importers;
using Microsoft.ML.Introspection.Jobs;
using Microsoft.ML.Introspection.Tool.Data;
using Microsoft.ML.Introspection.Tool.Options;
using Microsoft.ML.Introspection.Tool.Results;
using Microsoft.ML.Introspection.Tool.Running;

namespace Microsoft.ML.Introspection.Tool.Scoring;

/// <summary>A job that is done in parts: shares of its rows, and what is kept while it goes on.</summary>
/// <param name="job">What is asked for.</param>
/// <param name="request">Which part of it.</param>
/// <param name="settings">What makes the results what they are.</param>
internal sealed class ScoreParts(ScoreJob job, PartRequest request, JobSettings settings)
{
    private string Folder => $"{job.Rows.Output}.parts";

    private string Failed => $".failed{DataFiles.Ending(job.Failed!)}";

    /// <summary>What makes the results of a command line what they are.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="job">What it asks for.</param>
    /// <param name="leftOut">The options that say nothing of it.</param>
    public static JobSettings Settings(ParseResult parsed, ScoreJob job, IReadOnlyCollection<Option> leftOut)
    {
        var settings = new JobSettings().Add("introspect", ToolVersion.Text);
        foreach (var (place, path) in ModelFile.FilesOf(job.Rows.Network.Path).Index())
            settings.AddFile(place == 0 ? "model" : string.Create(CultureInfo.InvariantCulture, $"model[{place}]"), path);
        // Files count by what they hold; where they lie does not matter.
        AddRows("--data", job.Rows.Data);
        AddRows("--calibration", job.Calibration?.Data ?? []);
        var rows = job.Rows.Data.Concat(job.Calibration?.Data ?? []).Select(d => d.Path);
        foreach (var (place, path) in job.Read.Except([job.Rows.Network.Path, .. rows]).Index())
            settings.AddFile(string.Create(CultureInfo.InvariantCulture, $"file[{place}]"), path);
        foreach (var option in parsed.CommandResult.Command.Options.Where(o => !leftOut.Contains(o)).OrderBy(o => o.Name))
            settings.Add(option.Name, parsed.GetResult(option) is { Implicit: false } given
                ? string.Join(' ', given.Tokens.Select(t => job.Read.Contains(t.Value) ? "a file" : t.Value).DefaultIfEmpty("true"))
                : option.HasDefaultValue ? option.GetDefaultValue() is var value and not Array ? value?.ToString() : null : null);
        return settings.Add("kind of output", DataFiles.Ending(job.Rows.Output)).Add("--failed", job.Failed is { } failed
            ? DataFiles.Ending(failed) : null);

        void AddRows(string option, IReadOnlyList<NamedFile> files)
        {
            foreach (var data in files)
                if (SqlSource.IsQuery(data.Path))
                    settings.Add($"{option} {data.Input}", data.Path).Add("--provider", job.Rows.Csv.Sql?.Name);
                else foreach (var (place, path) in DataFiles.Named(data.Path).Index())
                    settings.AddFile(string.Create(CultureInfo.InvariantCulture, $"{option} {data.Input}[{place}]"), Existing(path));
        }

        static string Existing(string path) =>
            File.Exists(path) ? path : throw new FileNotFoundException($"The data file '{path}' does not exist.", path);
    }

    /// <summary>Does what is left to do. The files appear at the end, or not at all.</summary>
    /// <param name="note">Is told in a line what the user should know.</param>
    /// <param name="progress">Is told how far it is.</param>
    /// <param name="cancellation">Stops the job; what has been kept stays.</param>
    /// <returns>How many rows the output is of, how many were done now, and how many of these failed.</returns>
    public (long Rows, long Now, long Failed) Run(Action<string> note, Action<JobProgress> progress, CancellationToken cancellation)
    {
        long? total = request.Share is null ? null : CountRows(note, cancellation);
        var (first, end) = total is { } all ? request.Of(all) is var (from, to) ? (from, (long?)to) : default
            : (request.Rows?.First ?? 0, request.Rows?.End);
        if (request.Resumes && JobParts.SealedRows(job.Rows.Output, settings, (first, end)) is { } whole)
            return (Left(whole), 0, 0);
        using var run = new ScoreRun(job, note, cancellation);
        var files = Suffixed(run, job.Rows.Output, job.Failed);
        var shard = end == first ? null : new Shard(first, end);
        if (shard is null || !request.Resumes)
        {
            using var sink = run.Begin(job.Rows.Output, job.Failed);
            var rows = shard is null ? Nothing(sink) : run.On(shard).Run(sink, progress, cancellation);
            JobParts.Seal(files, settings, run.Work.Ports, (first, end), rows, total);
            return (rows, rows, run.FailedRows);
        }
        using var parts = JobParts.Open(Folder, settings, shard);
        // It may have been waited for until another that did the same was done.
        if (JobParts.SealedRows(job.Rows.Output, settings, (first, end)) is { } since)
        {
            parts.Dispose();
            return (Left(since), 0, 0);
        }
        var ending = DataFiles.Ending(job.Rows.Output);
        // What is put together at the end need not be packed before.
        var kept = DataFiles.IsPacked(ending) ? ending[..^3] : ending;
        var done = run.On(shard).Run(parts, path => run.Begin(path + kept, job.Failed is null ? null : path + Failed), request.RowsAPart,
            progress, cancellation);
        return (parts.Finish(files, total, MergedTables.Write), done, run.FailedRows);
    }

    /// <summary>The files of a run with what stands behind the name that they have in common.</summary>
    private List<(string Path, string Suffix)> Suffixed(ScoreRun run, string output, string? failed)
    {
        var stem = output[..^DataFiles.Ending(output).Length];
        var results = run.Paths(output, null).Select(path => (path, path[stem.Length..]));
        return [.. results, .. failed is null ? [] : ((string, string)[])[(failed, Failed)]];
    }

    // What is complete needs no folder any more.
    private long Left(long rows)
    {
        if (Directory.Exists(Folder))
            Directory.Delete(Folder, recursive: true);
        return rows;
    }

    private static long Nothing(IRowSink sink)
    {
        sink.Prepare();
        sink.Complete();
        return 0;
    }

    private long CountRows(Action<string> note, CancellationToken cancellation)
    {
        const int rowsAtOnce = 1 << 16;
        using var model = PlainModel.Open(job.Rows with { Csv = job.Rows.Csv with { PassesFaults = job.Failed is not null } },
            new PlainRequest([], [], Raw: false), note);
        if (model.Rows.Count is { } known)
            return known;
        while (model.Rows.Skip(rowsAtOnce) == rowsAtOnce)
            cancellation.ThrowIfCancellationRequested();
        return model.Rows.Row + 1;
    }
}
