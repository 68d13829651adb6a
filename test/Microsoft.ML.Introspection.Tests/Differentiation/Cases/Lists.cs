namespace Microsoft.ML.Introspection.Tests.Differentiation.Cases;

/// <summary>Lists of extents and axes.</summary>
internal static class Lists
{
    /// <summary>The list as a name of a case shows it.</summary>
    public static string Text(long[] list) => $"[{string.Join(',', list)}]";

    /// <summary>One number for every axis.</summary>
    public static long[] Same(long number, int axes) => [.. Enumerable.Repeat(number, axes)];

    /// <summary>Numbers that count up from axis to axis.</summary>
    public static long[] From(long number, int axes) => [.. Enumerable.Range(0, axes).Select(i => number + i)];
}
