namespace Microsoft.ML.Introspection.Tool.Monitoring;

/// <summary>Which numbers of a file of reasons are meant.</summary>
internal sealed record ReasonRequest
{
    /// <summary>The columns that hold reasons, A..B for a range; none for those that our own outputs have there.</summary>
    public IReadOnlyList<string> Columns { get; init; } = [];

    /// <summary>The method, where the file has several.</summary>
    public string? Method { get; init; }

    /// <summary>Only rows whose explained output this is; null for all.</summary>
    public string? Target { get; init; }

    /// <summary>The column that tells a row's group; null where nobody asks.</summary>
    public string? GroupColumn { get; init; }

    /// <summary>The rows that were explained, where the column of groups stands there.</summary>
    public string? Data { get; init; }

    /// <summary>What stands before the names of a method's results.</summary>
    /// <param name="mark">What separates it from them.</param>
    public string Prefix(string mark) => Method is null ? "" : Method + mark;
}
