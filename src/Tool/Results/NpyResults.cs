using Microsoft.ML.Introspection.Data;

namespace Microsoft.ML.Introspection.Tool.Results;

/// <summary>Arrays side by side: attributions of shape [N, …], target and score of shape [N].</summary>
internal sealed class NpyResults : IResults
{
    private readonly List<(OutputPort Port, NpyWriter Writer)> _arrays = [];

    /// <summary>Begins the files.</summary>
    /// <param name="paths">Where they lie.</param>
    /// <param name="target">The explained class.</param>
    /// <param name="score">The explained score.</param>
    /// <param name="attributions">The attribution of each explained input, in the order of the paths.</param>
    public NpyResults(NpyPaths paths, OutputPort target, OutputPort score, IReadOnlyList<OutputPort> attributions)
    {
        Paths = [.. paths.All];
        try
        {
            foreach (var (path, port) in paths.Attributions.Zip(attributions))
                _arrays.Add((port, NpyWriter.Create(path, port.Type, port.RowShape)));
            // The axis of extent 1 that the graph gives these two is left out.
            _arrays.Add((target, NpyWriter.Create(paths.Target, target.Type)));
            _arrays.Add((score, NpyWriter.Create(paths.Score, score.Type)));
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
