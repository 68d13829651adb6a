using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Tool.Data;

namespace Microsoft.ML.Introspection.Tool.Results;

/// <summary>Puts tables together that were written here, of the kinds that jobs do not know by themselves.</summary>
internal static class MergedTables
{
    /// <summary>Writes the file, which is not in place yet; null where its name says that it is of another kind.</summary>
    /// <param name="path">Where it shall lie.</param>
    /// <param name="parts">The parts, in order.</param>
    /// <exception cref="InvalidDataException">The parts have different columns.</exception>
    public static AtomicFile? Write(string path, IReadOnlyList<string> parts)
    {
        if (DataFiles.Kind(path) is not (DataKind.Parquet or DataKind.Arrow))
            return null;
        var file = new AtomicFile(path);
        try
        {
            if (DataFiles.Kind(path) == DataKind.Parquet)
                MergedParquet.WriteTo(file.Stream, parts).GetAwaiter().GetResult();
            else
                MergedArrow.WriteTo(path, file.Stream, parts);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }
}
