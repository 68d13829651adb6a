namespace Microsoft.ML.Introspection.Jobs;

/// <summary>Files that take results block by block and appear only when all is written.</summary>
public interface IRowSink : IDisposable
{
    /// <summary>The files, as the user will find them.</summary>
    IReadOnlyList<string> Paths { get; }

    /// <summary>Whether texts of the source are carried along.</summary>
    bool Carries { get; }

    /// <summary>Writes the rows that have just been computed.</summary>
    /// <param name="first">The number of the first of them in the source.</param>
    /// <param name="rows">How many.</param>
    /// <param name="carried">For each row the texts to carry along; empty where there are none.</param>
    void Append(long first, int rows, IReadOnlyList<string[]> carried);

    /// <summary>Does all that may fail before the files appear; nothing where there are none.</summary>
    void Prepare()
    {
    }

    /// <summary>Moves the files into place; nothing where there are none. Without it, disposing leaves nothing.</summary>
    void Complete()
    {
    }
}

/// <summary>Several sinks that take the same rows; none of their files appears before all are ready.</summary>
/// <param name="sinks">The sinks; disposed of with this.</param>
public sealed class JoinedSinks(IReadOnlyList<IRowSink> sinks) : IRowSink
{
    /// <inheritdoc/>
    public IReadOnlyList<string> Paths { get; } = [.. sinks.SelectMany(s => s.Paths)];

    /// <inheritdoc/>
    public bool Carries { get; } = sinks.Any(s => s.Carries);

    /// <inheritdoc/>
    public void Append(long first, int rows, IReadOnlyList<string[]> carried) => Each(s => s.Append(first, rows, carried));

    /// <inheritdoc/>
    public void Prepare() => Each(s => s.Prepare());

    /// <inheritdoc/>
    public void Complete() => Each(s => s.Complete());

    /// <inheritdoc/>
    public void Dispose() => Each(s => s.Dispose());

    private void Each(Action<IRowSink> act)
    {
        foreach (var sink in sinks)
            act(sink);
    }
}
