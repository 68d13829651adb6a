namespace Microsoft.ML.Introspection.Jobs;

/// <summary>Takes results into memory: no file comes of it.</summary>
internal abstract class MemorySink : IRowSink
{
    public IReadOnlyList<string> Paths => [];

    public virtual bool Carries => false;

    public abstract void Append(long first, int rows, IReadOnlyList<string[]> carried);

    public void Dispose() { }
}
