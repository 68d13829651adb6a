namespace Microsoft.ML.Introspection.Jobs;

/// <summary>The folder that a job would go on with is in use by another: a while later it need not be.</summary>
public sealed class FolderInUseException : IOException
{
    internal FolderInUseException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
