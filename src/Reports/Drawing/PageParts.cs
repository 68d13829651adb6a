namespace Microsoft.ML.Introspection.Reports;

/// <summary>What a page needs a script for.</summary>
[Flags]
internal enum PageParts
{
    /// <summary>Nothing: the page runs none.</summary>
    None = 0,

    /// <summary>Plots of features and rows.</summary>
    Plots = 1,

    /// <summary>Words that tell their numbers.</summary>
    Words = 2,

    /// <summary>Volumes that one goes through.</summary>
    Volumes = 4,

    /// <summary>Images with maps over them.</summary>
    Images = 8,

    /// <summary>Attention that one looks through.</summary>
    Attention = 16,
}
