using Microsoft.ML.Introspection.Files;

namespace Microsoft.ML.Introspection.Tool.Results;

/// <summary>Arrays side by side: attributions of shape [N, …], target, score and gap of shape [N].</summary>
internal sealed class NpyResults : IResults
{
    private readonly List<(OutputPort Port, NpyWriter Writer)> _arrays = [];

    /// <summary>Begins the files.</summary>
    /// <param name="paths">Where they lie.</param>
    /// <param name="ports">What goes there.</param>
    public NpyResults(NpyPaths paths, ExplanationPorts ports)
    {
        Paths = [.. paths.All];
        try
        {
            foreach (var (path, port) in paths.Attributions.Zip(ports.Attributions))
                _arrays.Add((port, NpyWriter.Create(path, port.Type, port.RowShape)));
            // The axis of extent 1 that the graph gives these is left out.
            foreach (var (path, port) in paths.Gaps.Zip(ports.Gaps).Append((paths.Target, ports.Target)).Append((paths.Score, ports.Score)))
                _arrays.Add((port, NpyWriter.Create(path, port.Type)));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public IReadOnlyList<string> Paths { get; }

    public bool Carries => false;

    public void Append(int rows, IReadOnlyList<string[]> carried)
    {
        foreach (var (port, writer) in _arrays)
            port.Append(writer, rows);
    }

    public void Complete() => _arrays.ForEach(a => a.Writer.Complete());

    public void Dispose() => _arrays.ForEach(a => a.Writer.Dispose());
}
