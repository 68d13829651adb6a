namespace Microsoft.ML.Introspection.Net8;

/// <summary>What later versions of .NET have for sequences and .NET 8 lacks, under the names that it has there.</summary>
internal static class Sequences
{
    /// <summary>Each element behind its number.</summary>
    public static IEnumerable<(int Index, T Item)> Index<T>(this IEnumerable<T> source) => source.Select((item, index) => (index, item));

    /// <summary>How often each key occurs, in the order in which they are first seen.</summary>
    public static IEnumerable<KeyValuePair<TKey, int>> CountBy<T, TKey>(this IEnumerable<T> source, Func<T, TKey> key) =>
        source.GroupBy(key).Select(group => KeyValuePair.Create(group.Key, group.Count()));

    /// <summary>The elements of an array from the last to the first; the array stays as it is.</summary>
    public static IEnumerable<T> Reverse<T>(this T[] source) => source.AsEnumerable().Reverse();
}

/// <summary>What is locked; the monitor that every object has does it here.</summary>
internal sealed class Lock;
