using Microsoft.ML.Introspection.Tool.Data;
using Apache.Arrow;
using Apache.Arrow.Types;

namespace Microsoft.ML.Introspection.Tool.Results;

/// <summary>Puts files of Arrow together that were written here: the same bytes as one run would have written.</summary>
internal static class MergedArrow
{
    /// <summary>Writes the file.</summary>
    /// <param name="path">What it is called.</param>
    /// <param name="stream">Where to write; left open.</param>
    /// <param name="parts">The parts, in order.</param>
    /// <exception cref="InvalidDataException">The parts have different columns.</exception>
    public static void WriteTo(string path, Stream stream, IReadOnlyList<string> parts)
    {
        (string Name, CellKind Kind)[] columns;
        using (var first = new ArrowBatches(parts[0]))
            columns = ColumnsOf(parts[0], first.Schema);
        using var writer = new ArrowTableWriter(stream, columns, DataFiles.IsArrowStream(path));
        foreach (var part in parts)
        {
            using var batches = new ArrowBatches(part);
            if (!ColumnsOf(part, batches.Schema).SequenceEqual(columns))
                throw new InvalidDataException($"'{part}' has other columns than the first of the parts.");
            while (batches.MoveNext())
                writer.Append(batches.Current!);
        }
        writer.Complete();
    }

    private static (string, CellKind)[] ColumnsOf(string part, Schema schema) => [.. schema.FieldsList.Select(f => (f.Name,
        f.DataType switch
        {
            Int64Type => CellKind.Whole,
            DoubleType => CellKind.Real,
            StringType => CellKind.Text,
            _ => throw new InvalidDataException($"'{part}' was not written by 'introspect score': its column '{f.Name}' is of the type "
                + $"{f.DataType.Name}."),
        }))];
}
