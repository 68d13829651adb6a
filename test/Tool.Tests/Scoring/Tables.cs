using Parquet;
using Parquet.Schema;

namespace Microsoft.ML.Introspection.Tool.Tests.Scoring;

/// <summary>Tables as other programs write them.</summary>
internal static class Tables
{
    /// <summary>Writes a table whose first column holds texts, the others numbers, of a few rows a group.</summary>
    public static async Task WriteParquet(string path, string[][] table, int rowsInGroup = 5)
    {
        DataField[] fields = [new DataField<string>(table[0][0]), .. table[0][1..].Select(name => new DataField<double?>(name))];
        await using var file = File.Create(path);
        await using var writer = await ParquetWriter.CreateAsync(new ParquetSchema(fields), file);
        foreach (var rows in table[1..].Chunk(rowsInGroup))
        {
            using var group = writer.CreateRowGroup();
            await group.WriteAsync(fields[0], rows.Select(r => r[0]).ToArray(), null);
            for (var column = 1; column < fields.Length; column++)
                await group.WriteAsync<double>(fields[column],
                    rows.Select(r => r[column].Length == 0 ? (double?)null : Shap.ShapFiles.Number(r[column])).ToArray(), null, null, default);
        }
    }
}
