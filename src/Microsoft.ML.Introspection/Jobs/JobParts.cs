using System.Globalization;

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
    /// <exception cref="IOException">Another job has it open.</exception>
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
    /// <param name="folders">The folders, one for each shard, in whatever order.</param>
    /// <param name="output">The main file; others lie beside it, as the run would have put them.</param>
    /// <returns>The number of rows.</returns>
    /// <exception cref="InvalidDataException">The folders are of different jobs, a row is in none or in two of them, or a part is
    /// damaged.</exception>
    public static long Merge(IReadOnlyList<string> folders, string output)
    {
        ArgumentNullException.ThrowIfNull(folders);
        ArgumentException.ThrowIfNullOrEmpty(output);
        var jobs = folders.Select(f => (Folder: f, Manifest: JobManifest.Load(f)
            ?? throw new InvalidDataException($"'{f}' holds no parts of a job: it has no manifest.")))
            .OrderBy(j => j.Manifest.First).ThenBy(j => j.Manifest.Next).ToArray();
        for (var i = 0; i < jobs.Length; i++)
            CheckNeighbours(i == 0 ? null : jobs[i - 1], jobs[i]);
        (string Ending, string Path)[][] parts = [.. jobs.SelectMany(j => j.Manifest.Parts.Select(p =>
            p.Files.Select(f => (EndingOf(f.Name, p.First), Path.Combine(j.Folder, f.Name))).ToArray()))];
        if (parts.Length == 0)
            throw new InvalidDataException("There are no rows to put together.");
        if (parts.FirstOrDefault(p => !p.Select(f => f.Ending).SequenceEqual(parts[0].Select(f => f.Ending))) is { } other)
            throw new InvalidDataException($"'{other[0].Path}' was written to other kinds of files than '{parts[0][0].Path}'.");

        using var merged = new MergedFiles();
        for (var file = 0; file < parts[0].Length; file++)
            merged.Add(Path.ChangeExtension(output, null) + parts[0][file].Ending, [.. parts.Select(p => p[file].Path)]);
        merged.Complete();
        return jobs[^1].Manifest.Next - jobs[0].Manifest.First;
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
        string[] described = [.. ports.Select(p => $"{p.Name}: {p.Type} [{string.Join(", ", p.RowShape)}]")];
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
            [.. paths.Select(p => new JobPartFile(Path.GetFileName(p), new FileInfo(p).Length, JobSettings.FileHash(p)))])],
    });

    /// <summary>Remembers that there are no further rows.</summary>
    internal void Complete() => Save(_manifest with { IsComplete = true });

    private static JobManifest Known(string folder, JobSettings settings, Shard shard)
    {
        // What was being written when a run ended.
        foreach (var left in Directory.EnumerateFiles(folder, "*.partial"))
            File.Delete(left);
        var manifest = JobManifest.Load(folder) ?? new JobManifest(settings.ToString(), [], shard.First, shard.End, false, []);
        if (manifest.Settings != settings.ToString() || (manifest.First, manifest.End) != (shard.First, shard.End))
            throw new InvalidDataException(
                $"'{folder}' holds results of {new Shard(manifest.First, manifest.End)}, " +
                (manifest.Settings == settings.ToString() ? "which are other rows. "
                    : "by another model, other data, or other settings. ") +
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
            throw new IOException($"'{folder}' is in use by another job. Let it end, or choose another folder.", error);
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
        if (job.Manifest.Settings != other.Manifest.Settings || !job.Manifest.Ports.SequenceEqual(other.Manifest.Ports))
        {
            throw new InvalidDataException(
                $"'{job.Folder}' and '{other.Folder}' were not made by the same job: model, data or settings differ.");
        }
        if (job.Manifest.First != other.Manifest.Next)
        {
            throw new InvalidDataException(
                $"'{other.Folder}' ends before row {other.Manifest.Next} and '{job.Folder}' begins with row {job.Manifest.First}; " +
                $"rows would be {(job.Manifest.First < other.Manifest.Next ? "in the result twice" : "missing")}.");
        }
    }

    private static string EndingOf(string name, long first) =>
        name.StartsWith(first.ToString(RowFormat, CultureInfo.InvariantCulture), StringComparison.Ordinal)
        ? name[first.ToString(RowFormat, CultureInfo.InvariantCulture).Length..]
        : throw new InvalidDataException($"The part '{name}' does not begin with its row {first}.");
}
