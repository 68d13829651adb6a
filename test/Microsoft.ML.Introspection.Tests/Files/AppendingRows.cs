using System.Runtime.InteropServices;
using Microsoft.ML.Introspection.Files;

namespace Microsoft.ML.Introspection.Tests.Data;

/// <summary>Whole rows of the type that the file has.</summary>
internal static class AppendingRows
{
    public static void Append<T>(this NpyWriter writer, ReadOnlySpan<T> rows) where T : unmanaged =>
        writer.AppendElements(MemoryMarshal.AsBytes(rows));

    public static void Append<T>(this NpyWriter writer, Span<T> rows) where T : unmanaged => writer.Append((ReadOnlySpan<T>)rows);

    public static void Append<T>(this NpyWriter writer, T[] rows) where T : unmanaged => writer.Append((ReadOnlySpan<T>)rows);
}
