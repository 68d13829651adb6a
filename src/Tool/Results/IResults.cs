namespace Microsoft.ML.Introspection.Tool.Results;

/// <summary>Files that take explanations, batch by batch, and appear only when all is written.</summary>
internal interface IResults : IDisposable
{
    /// <summary>The files, as the user will find them.</summary>
    IReadOnlyList<string> Paths { get; }

    /// <summary>Whether cells of the data are carried along.</summary>
    bool Carries { get; }

    /// <summary>Writes the rows that the runner has just computed.</summary>
    /// <param name="rows">How many.</param>
    /// <param name="carried">For each row the cells to carry along; empty where there are none.</param>
    void Append(int rows, IReadOnlyList<string[]> carried);

    /// <summary>Moves the files into place. Without it, disposing leaves nothing.</summary>
    void Complete();
}
