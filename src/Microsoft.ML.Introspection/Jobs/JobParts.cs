using System.Globalization;
using Microsoft.ML.Introspection.Files;

namespace Microsoft.ML.Introspection.Jobs;

/// <summary>
/// A folder with what a job has done by now, from which it goes on after a failure; and, when it is complete, with other shards of the
/// same job becomes the files that one run would have written.
/// </summary>
/// <remarks>
/// A part and the manifest that tells of it appear whole or not at all; a part without a manifest that tells of it is made anew. Until it
/// is disposed of, or its process ends, no other opens the folder.
/// </remarks>
public sealed class JobParts : IDisposable
{
    private const string LockName = ".lock";

    private const string RowFormat = "D15";

    private readonly string _folder;
    private readonly FileStream _lock;
    private JobManifest _manifest;

    private JobParts(string folder, FileStream held, JobManifest manifest) => (_folder, _lock, _manifest) = (folder, held, manifest);

    /// <summary>The row to go on with.</summary>
    public long Next => _manifest.Next;

    /// <summary>Whether all rows of the shard are done.</summary>
    public bool IsComplete => _manifest.IsComplete;

    /// <summary>The main file of the next part, without its ending.</summary>
    internal string NextPath => Path.Combine(_folder, Next.ToString(RowFormat, CultureInfo.InvariantCulture));

    /// <summary>Opens a folder, or begins it.</summary>
    /// <param name="folder">The folder; made where it does not exist.</param>
    /// <param name="settings">What makes the results what they are.</param>
    /// <param name="shard">The rows that they are of.</param>
    /// <exception cref="InvalidDataException">It holds parts of another job, or these are damaged.</exception>
    /// <exception cref="FolderInUseException">Another job has it open.</exception>
    public static JobParts Open(string folder, JobSettings settings, Shard? shard = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentNullException.ThrowIfNull(settings);
        shard ??= new Shard();
        Directory.CreateDirectory(folder);
        var held = Lock(folder);
        try
        {
            return new JobParts(folder, held, Known(folder, settings, shard));
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>Makes the files of one run out of the parts of all its shards. They appear when all are whole.</summary>
    /// <param name="parts">The parts, in whatever order: folders, or files that were sealed.</param>
    /// <param name="output">The main file; others lie beside it, as the run would have put them.</param>
    /// <param name="further">Puts files together of kinds that are not known here, given the path and the parts: it gives the file,
    /// which is not in place yet, or null where it knows no better. Known are arrays, archives of arrays, CSV and JSON lines, packed or
    /// not.</param>
    /// <returns>The number of rows.</returns>
    /// <exception cref="InvalidDataException">The parts are of different jobs, a row is in none or in two of them, or a part is
    /// damaged.</exception>
    public static long Merge(IReadOnlyList<string> parts, string output, Func<string, IReadOnlyList<string>, AtomicFile?>? further = null)
    {
        ArgumentNullException.ThrowIfNull(parts);
        ArgumentException.ThrowIfNullOrEmpty(output);
        var (files, rows) = Read(parts);
        var main = files[0].Suffix;
        if (!output.EndsWith(main, StringComparison.OrdinalIgnoreCase))
            throw new InvalidDataException($"The parts are files of the kind '{main}'; '{output}' should have that ending, too.");
        using var merged = new MergedFiles(further);
        foreach (var (suffix, paths) in files)
            merged.Add(output[..^main.Length] + suffix, paths);
        merged.Complete();
        return rows;
    }

    /// <summary>Says in a manifest beside a file that it is a part by itself, which <see cref="Merge"/> takes.</summary>
    /// <param name="files">The main file and those beside it, with what stands behind the name that they have in common: ".csv".</param>
    /// <param name="settings">What makes the results what they are.</param>
    /// <param name="ports">The results.</param>
    /// <param name="shard">The rows that were asked for: the first, and that behind the last; null for all that follow.</param>
    /// <param name="rows">How many rows they were.</param>
    /// <param name="total">How many rows the source has; null where nobody counted.</param>
    public static void Seal(IReadOnlyList<(string Path, string Suffix)> files, JobSettings settings, IReadOnlyList<ResultPort> ports,
        (long First, long? End) shard, long rows, long? total = null)
    {
        ArgumentNullException.ThrowIfNull(files);
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(ports);
        Sealed(files, settings.Values, Described(ports), shard, rows, total).SaveAs(JobManifest.PathOf(files[0].Path));
    }

    /// <summary>Whether a file is a part by itself, whole, and of such a job.</summary>
    /// <param name="path">The main file.</param>
    /// <param name="settings">What makes the results what they are.</param>
    /// <param name="shard">The rows that are asked for.</param>
    /// <returns>How many rows it has; null where it is none.</returns>
    public static long? SealedRows(string path, JobSettings settings, (long First, long? End) shard)
    {
        ArgumentNullException.ThrowIfNull(settings);
        try
        {
            return JobManifest.Load(path) is { } manifest && manifest.Difference(settings.Values).Length == 0
                && (manifest.First, manifest.End) == shard ? manifest.Next - manifest.First : null;
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    /// <summary>Makes the files of all parts, seals them, and removes the folder. Ended in between, it can be done again.</summary>
    /// <param name="outputs">Where the files go, in the order of those of a part, with their suffixes.</param>
    /// <param name="total">How many rows the source has; null where nobody counted.</param>
    /// <param name="further">As for <see cref="Merge"/>.</param>
    /// <returns>The number of rows.</returns>
    /// <exception cref="InvalidOperationException">There are rows left.</exception>
    public long Finish(IReadOnlyList<(string Path, string Suffix)> outputs, long? total = null,
        Func<string, IReadOnlyList<string>, AtomicFile?>? further = null)
    {
        ArgumentNullException.ThrowIfNull(outputs);
        if (!IsComplete)
            throw new InvalidOperationException($"'{_folder}' is not complete: it ends before row {Next}.");
        var (files, rows) = Read([_folder]);
        // Put together here, so that what is left when it ends in between goes with the folder.
        string[] whole = [.. outputs.Select((o, i) => Path.Combine(_folder, $"whole-{i}-{Path.GetFileName(o.Path)}"))];
        using (var merged = new MergedFiles(further))
        {
            for (var i = 0; i < whole.Length; i++)
                merged.Add(whole[i], files[i].Paths);
            merged.Complete();
        }
        var manifest = Path.Combine(_folder, "whole.json");
        Sealed([.. whole.Zip(outputs, (w, o) => (w, o.Suffix))], _manifest.Settings, _manifest.Ports, (_manifest.First, _manifest.End),
            rows, total, [.. outputs.Select(o => Path.GetFileName(o.Path))]).SaveAs(manifest);
        for (var i = 0; i < whole.Length; i++)
            Replace(whole[i], outputs[i].Path);
        Replace(manifest, JobManifest.PathOf(outputs[0].Path));
        Remove();
        return rows;
    }

    /// <summary>Lets others open the folder.</summary>
    public void Dispose() => _lock.Dispose();

    /// <summary>Whether parts of such results belong here.</summary>
    internal void Check(Shard shard, IReadOnlyList<ResultPort> ports)
    {
        if ((shard.First, shard.End) != (_manifest.First, _manifest.End))
        {
            throw new ArgumentException(
                $"'{_folder}' was opened for {new Shard(_manifest.First, _manifest.End)}; the job is on {shard}.", nameof(shard));
        }
        var described = Described(ports);
        if (_manifest.Ports.Count > 0 && !_manifest.Ports.SequenceEqual(described))
        {
            throw new InvalidDataException(
                $"'{_folder}' holds results {string.Join("; ", _manifest.Ports)}; the job gives {string.Join("; ", described)}. " +
                $"Choose another folder.");
        }
        _manifest = _manifest with { Ports = described };
    }

    /// <summary>Remembers a part that has been written.</summary>
    internal void Add(long rows, IReadOnlyList<string> paths) => Save(_manifest with
    {
        Parts = [.. _manifest.Parts, new JobPart(Next, rows,
            [.. paths.Select(p => JobPartFile.Of(p, SuffixOf(Path.GetFileName(p), Next)))])],
    });

    /// <summary>Remembers that there are no further rows.</summary>
    internal void Complete() => Save(_manifest with { IsComplete = true });

    private static JobManifest Known(string folder, JobSettings settings, Shard shard)
    {
        // What was being written when a run ended.
        foreach (var left in Directory.EnumerateFiles(folder, "*.partial"))
            File.Delete(left);
        var manifest = JobManifest.Load(folder) ?? new JobManifest(settings.Values, [], shard.First, shard.End, null, false, []);
        var difference = manifest.Difference(settings.Values);
        if (difference.Length > 0 || (manifest.First, manifest.End) != (shard.First, shard.End))
            throw new InvalidDataException(
                $"'{folder}' holds results of {new Shard(manifest.First, manifest.End)}, " +
                (difference.Length == 0 ? "which are other rows. "
                    : $"by another model, other data, or other settings: {difference}. ") +
                "Go on with what was asked for then, or choose another folder.");
        return manifest;
    }

    // Held by the open file, not by its being there: what a killed process leaves locks nobody out.
    private static FileStream Lock(string folder)
    {
        try
        {
            return new FileStream(Path.Combine(folder, LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1,
                FileOptions.DeleteOnClose);
        }
        catch (IOException error) when (error is not DirectoryNotFoundException)
        {
            throw new FolderInUseException($"'{folder}' is in use by another job. Let it end, or choose another folder.", error);
        }
    }

    // All but the lock goes while it is held; who opens the folder afterwards, having waited, keeps it.
    private void Remove()
    {
        try
        {
            foreach (var file in Directory.EnumerateFiles(_folder).Where(f => Path.GetFileName(f) != LockName))
                File.Delete(file);
            Dispose();
            Directory.Delete(_folder);
        }
        catch (IOException) when (!Directory.Exists(_folder) || File.Exists(Path.Combine(_folder, LockName)))
        {
            // Another has it, or has removed it: the files that it was for are in place.
        }
    }

    private void Save(JobManifest manifest)
    {
        manifest.Save(_folder);
        _manifest = manifest;
    }

    private static void CheckNeighbours((string Folder, JobManifest Manifest)? before, (string Folder, JobManifest Manifest) job)
    {
        if (!job.Manifest.IsComplete)
        {
            throw new InvalidDataException(
                $"'{job.Folder}' is not complete: it ends before row {job.Manifest.Next}. Let its job go on first.");
        }
        if (before is not { } other)
            return;
        var difference = job.Manifest.Difference(other.Manifest.Settings);
        if (difference.Length == 0 && !job.Manifest.Ports.SequenceEqual(other.Manifest.Ports))
            difference = $"results are {string.Join("; ", job.Manifest.Ports)} and {string.Join("; ", other.Manifest.Ports)}";
        if (difference.Length == 0 && job.Manifest.Total is { } all && other.Manifest.Total is { } others && all != others)
            difference = FormattableString.Invariant($"rows of all are {all} and {others}");
        if (difference.Length > 0)
        {
            throw new InvalidDataException(
                $"'{job.Folder}' and '{other.Folder}' were not made by the same job: {difference}.");
        }
        if (job.Manifest.First != other.Manifest.Next)
        {
            throw new InvalidDataException(
                $"'{other.Folder}' ends before row {other.Manifest.Next} and '{job.Folder}' begins with row {job.Manifest.First}; " +
                $"rows would be {(job.Manifest.First < other.Manifest.Next ? "in the result twice" : "missing")}.");
        }
    }

    // The files of all parts, in order, by what stands behind their names.
    private static ((string Suffix, string[] Paths)[] Files, long Rows) Read(IReadOnlyList<string> folders)
    {
        var jobs = folders.Select(f => (Folder: f, Manifest: JobManifest.Load(f)
            ?? throw new InvalidDataException($"'{f}' holds no parts of a job: it has no manifest.")))
            .OrderBy(j => j.Manifest.First).ThenBy(j => j.Manifest.Next).ToArray();
        for (var i = 0; i < jobs.Length; i++)
            CheckNeighbours(i == 0 ? null : jobs[i - 1], jobs[i]);
        if (jobs.Select(j => j.Manifest.Total).FirstOrDefault(t => t is not null) is { } total)
        {
            var (first, next) = (jobs[0].Manifest.First, jobs[^1].Manifest.Next);
            if (first > 0 || next < total)
                throw new InvalidDataException(FormattableString.Invariant($"The job has {total} rows, and ")
                    + $"{(first > 0 ? new Shard(0, first) : new Shard(next, total))} are in none of the parts; rows would be missing.");
        }
        (string Suffix, string Path)[][] parts = [.. jobs.SelectMany(j => j.Manifest.Parts.Select(p =>
            p.Files.Select(f => (f.Suffix, Path.Combine(JobManifest.FolderOf(j.Folder), f.Name))).ToArray()))];
        if (parts.Length == 0 || parts[0].Length == 0)
            throw new InvalidDataException("There are no rows to put together.");
        if (parts.FirstOrDefault(p => !p.Select(f => f.Suffix).SequenceEqual(parts[0].Select(f => f.Suffix))) is { } other)
            throw new InvalidDataException($"'{(other.Length == 0 ? "a part" : other[0].Path)}' was written to other kinds of files than "
                + $"'{parts[0][0].Path}'.");
        return ([.. parts[0].Select((f, i) => (f.Suffix, Array.ConvertAll(parts, p => p[i].Path)))],
            jobs[^1].Manifest.Next - jobs[0].Manifest.First);
    }

    private static string[] Described(IReadOnlyList<ResultPort> ports) =>
        [.. ports.Select(p => $"{p.Name}: {p.Type} [{string.Join(", ", p.RowShape)}]")];

    private static JobManifest Sealed(IReadOnlyList<(string Path, string Suffix)> files, IReadOnlyDictionary<string, string?> settings,
        IReadOnlyList<string> ports, (long First, long? End) shard, long rows, long? total, IReadOnlyList<string>? names = null) =>
        new(settings, ports, shard.First, shard.End, total, true, [new JobPart(shard.First, rows, [.. files.Select((f, i) =>
            JobPartFile.Of(f.Path, f.Suffix) is var file && names is not null ? file with { Name = names[i] } : file)])]);

    // A link stays one; what it leads to is replaced.
    private static void Replace(string file, string output) =>
        File.Move(file, new FileInfo(output) is { LinkTarget: not null } link
            ? link.ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? output : output, overwrite: true);

    private static string SuffixOf(string name, long first) =>
        name.StartsWith(first.ToString(RowFormat, CultureInfo.InvariantCulture), StringComparison.Ordinal)
        ? name[first.ToString(RowFormat, CultureInfo.InvariantCulture).Length..]
        : throw new InvalidDataException($"The part '{name}' does not begin with its row {first}.");
}
