using Microsoft.ML.Introspection.Files;

namespace Microsoft.ML.Introspection.Jobs;

/// <summary>Arrays in files of their own, side by side; their first axis counts rows.</summary>
public sealed class NpySink : IRowSink
{
    private readonly List<(ResultPort Port, NpyWriter Writer)> _arrays = [];

    /// <summary>Begins the files.</summary>
    /// <param name="arrays">Where each port goes.</param>
    public NpySink(IEnumerable<(string Path, ResultPort Port)> arrays)
    {
        var paths = new List<string>();
        try
        {
            foreach (var (path, port) in arrays)
            {
                paths.Add(path);
                _arrays.Add((port, NpyWriter.Create(path, port.FileType, [.. port.RowShape])));
            }
        }
        catch
        {
            Dispose();
            throw;
        }
        Paths = paths;
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> Paths { get; }

    /// <inheritdoc/>
    public bool Carries => false;

    /// <inheritdoc/>
    public void Append(long first, int rows, IReadOnlyList<string[]> carried)
    {
        foreach (var (port, writer) in _arrays)
            writer.AppendElements(port.Bytes(rows));
    }

    /// <inheritdoc/>
    public void Prepare() { }

    /// <inheritdoc/>
    public void Complete() => _arrays.ForEach(a => a.Writer.Complete());

    /// <inheritdoc/>
    public void Dispose() => _arrays.ForEach(a => a.Writer.Dispose());
}

/// <summary>One file with an array for each port.</summary>
public sealed class NpzSink : IRowSink
{
    private readonly NpzWriter _file;
    private readonly List<(ResultPort Port, NpyWriter Writer)> _arrays = [];

    /// <summary>Begins the file.</summary>
    /// <param name="path">Where it shall lie.</param>
    /// <param name="arrays">What goes there, under names that differ.</param>
    public NpzSink(string path, IEnumerable<(string Name, ResultPort Port)> arrays)
    {
        (_file, Paths) = (new NpzWriter(path), [path]);
        try
        {
            foreach (var (name, port) in arrays)
                _arrays.Add((port, _file.Begin(name, port.FileType, [.. port.RowShape])));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> Paths { get; }

    /// <inheritdoc/>
    public bool Carries => false;

    /// <inheritdoc/>
    public void Append(long first, int rows, IReadOnlyList<string[]> carried)
    {
        foreach (var (port, writer) in _arrays)
            writer.AppendElements(port.Bytes(rows));
    }

    /// <inheritdoc/>
    public void Prepare() => _file.Prepare();

    /// <inheritdoc/>
    public void Complete() => _file.Complete();

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
