namespace Microsoft.ML.Introspection.Tool;

/// <summary>What the tool tells the shell.</summary>
internal static class ExitCode
{
    /// <summary>All was done.</summary>
    public const int Done = 0;

    /// <summary>It failed or was cancelled: a file, the model, the data or the device would not do. Nothing was written.</summary>
    public const int Failed = 1;

    /// <summary>The command line itself is wrong, whatever the files hold.</summary>
    public const int WrongUse = 2;

    /// <summary>The process that <c>--isolate</c> started died, or went beyond a limit. Nothing was written.</summary>
    public const int Died = 3;

    /// <summary>Another job has the folder of parts that this one would go on with. Nothing was written; later it may go on.</summary>
    public const int InUse = 4;
}
