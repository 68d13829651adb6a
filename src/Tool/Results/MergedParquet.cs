using Parquet;
using Parquet.Schema;

namespace Microsoft.ML.Introspection.Tool.Results;

/// <summary>Puts Parquet files together that were written here: the same bytes as one run would have written.</summary>
internal static class MergedParquet
{
    /// <summary>Writes the file.</summary>
    /// <param name="stream">Where to write; left open.</param>
    /// <param name="parts">The parts, in order.</param>
    /// <exception cref="InvalidDataException">The parts have different columns.</exception>
    public static async Task WriteTo(Stream stream, IReadOnlyList<string> parts)
    {
        DataField[] fields;
        await using (var first = await ParquetReader.CreateAsync(parts[0]))
            fields = first.Schema.GetDataFields();
        var writer = new ParquetTableWriter(stream, [.. fields.Select(f => (f.Name, KindOf(f)))]);
        foreach (var part in parts)
            await Append(writer, part, fields);
        writer.Complete();
    }

    private static async Task Append(ParquetTableWriter writer, string part, DataField[] fields)
    {
        await using var reader = await ParquetReader.CreateAsync(part);
        if (!reader.Schema.GetDataFields().Select(f => (f.Name, f.ClrType)).SequenceEqual(fields.Select(f => (f.Name, f.ClrType))))
            throw new InvalidDataException($"'{part}' has other columns than the first of the parts.");
        for (var number = 0; number < reader.RowGroupCount; number++)
        {
            using var group = reader.OpenRowGroupReader(number);
            writer.Append(group, reader.Schema.GetDataFields());
        }
    }

    private static CellKind KindOf(DataField field) => field.ClrType == typeof(long) ? CellKind.Whole
        : field.ClrType == typeof(double) ? CellKind.Real : CellKind.Text;
}
