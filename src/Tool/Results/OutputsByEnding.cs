using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Reports;

namespace Microsoft.ML.Introspection.Tool.Results;

/// <summary>Files of one result, each in the form that its name asks for.</summary>
internal static class OutputsByEnding
{
    /// <summary>Writes them.</summary>
    /// <param name="outputs">The files: .html is a page, .json all of it, everything else a table.</param>
    /// <param name="page">The page.</param>
    /// <param name="json">Writes all of it.</param>
    /// <param name="table">Writes the table; what the file is called tells what separates its cells.</param>
    public static void Write(IEnumerable<string> outputs, Func<Report> page, Action<Stream> json, Action<string, Stream> table)
    {
        foreach (var path in outputs)
            switch (Path.GetExtension(path).ToLowerInvariant())
            {
                case ".html": page().Save(path); break;
                case ".json": AtomicFile.Write(path, json); break;
                default: AtomicFile.Write(path, stream => table(path, stream)); break;
            }
    }
}
