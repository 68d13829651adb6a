using System.Globalization;
using System.IO.Compression;
using System.Text;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using Apache.Arrow.Types;
using Microsoft.ML.Introspection.Tool.Data;
using Microsoft.ML.Introspection.Tool.Results;

namespace Microsoft.ML.Introspection.Fuzz;

/// <summary>Sound files of rows: what other programs write, with columns of all types, and what the network takes.</summary>
internal static class TableSeeds
{
    /// <summary>What the names of files begin with that hold the rows that the network takes.</summary>
    public const string Numbers = "numbers";

    private const int Features = 30, Rows = 40;

    /// <summary>The files, with their kinds.</summary>
    public static IEnumerable<(string Kind, string Extension, byte[] Content)> All()
    {
        using var archive = ZipFile.OpenRead(Path.Combine(AppContext.BaseDirectory, "archives", "tables.zip"));
        foreach (var entry in archive.Entries.OrderBy(e => e.FullName, StringComparer.Ordinal))
            if (Path.GetExtension(entry.Name) is not ".csv" and var extension)
                yield return (extension == ".parquet" ? "parquet" : "arrow", extension, Seeds.Content(entry));
        foreach (var extension in (string[])[".parquet", ".arrow", ".arrows"])
            yield return (extension == ".parquet" ? "parquet" : "arrow", $".{Numbers}{extension}", Written(extension));
        yield return ("arrow", ".arrow", OfManyTypes(isStream: false));
        yield return ("arrow", ".arrows", OfManyTypes(isStream: true));
        var numbers = Enumerable.Range(0, Features).Select(i => i + 0.5).ToArray();
        var line = string.Join(',', numbers.Select(x => x.ToString(CultureInfo.InvariantCulture)));
        var csv = string.Join(',', Enumerable.Range(0, Features).Select(i => $"\"f{i}\"")) + $"\n{line}\n{line}\n{line}\n";
        yield return ("csv", ".csv", Encoding.UTF8.GetBytes(csv));
        var objects = string.Join(',', numbers.Select((x, i) => string.Create(CultureInfo.InvariantCulture, $"\"f{i}\":{x}")));
        var array = $"{{\"x\":[{line}]}}\n";
        foreach (var json in (string[])[$"{{{objects}}}\n{{{objects}}}\n", array + array])
        {
            yield return ("jsonl", ".jsonl", Encoding.UTF8.GetBytes(json));
            yield return ("packed", ".jsonl.gz", Packed(json));
        }
        yield return ("packed", ".csv.gz", Packed(csv));
    }

    /// <summary>A file that gzip has packed, with what is in it changed.</summary>
    public static byte[] Repacked(byte[] content, Func<byte[], byte[]> change)
    {
        using var unpacking = new GZipStream(new MemoryStream(content), CompressionMode.Decompress);
        using var text = new MemoryStream();
        unpacking.CopyTo(text);
        return Packed(change(text.ToArray()));
    }

    private static byte[] Packed(string text) => Packed(Encoding.UTF8.GetBytes(text));

    private static byte[] Packed(byte[] text)
    {
        using var result = new MemoryStream();
        using (var packing = new GZipStream(result, CompressionLevel.Optimal))
            packing.Write(text);
        return result.ToArray();
    }

    // What Polars has not written: decimals, lists, numbered texts in few bits, times.
    private static byte[] OfManyTypes(bool isStream)
    {
        var lists = new FixedSizeListArray.Builder(FloatType.Default, 2);
        foreach (var x in (float[])[1, -3])
        {
            lists.Append();
            ((FloatArray.Builder)lists.ValueBuilder).Append(x).Append(x / 2);
        }
        (string Name, IArrowArray Cells)[] columns =
        [
            ("d", new Decimal128Array.Builder(new Decimal128Type(12, 3)).Append(1.25m).Append(-7m).Build(null)),
            ("e", new Decimal256Array.Builder(new Decimal256Type(40, 5)).Append(0.5m).AppendNull().Build(null)),
            ("l", lists.Build(null)),
            ("c", new DictionaryArray(new DictionaryType(Int8Type.Default, StringType.Default, false),
                new Int8Array.Builder().Append(1).Append(0).Build(null), new StringArray.Builder().Append("no").Append("yes").Build(null))),
            ("t", new TimestampArray.Builder(TimeUnit.Second).Append(DateTimeOffset.UnixEpoch).AppendNull().Build(null)),
            ("h", new Time64Array.Builder(TimeUnit.Microsecond).Append(5).Append(6).Build(null)),
            ("z", new NullArray(2)),
        ];
        var schema = new Schema([.. columns.Select(c => new Field(c.Name, c.Cells.Data.DataType, true))], []);
        using var result = new MemoryStream();
        using (var writer = isStream ? new ArrowStreamWriter(result, schema, leaveOpen: true)
            : new ArrowFileWriter(result, schema, leaveOpen: true))
        {
            writer.WriteRecordBatch(new RecordBatch(schema, [.. columns.Select(c => c.Cells)], 2));
            writer.WriteEnd();
        }
        return result.ToArray();
    }

    private static byte[] Written(string extension)
    {
        using var result = new MemoryStream();
        var table = ITableWriter.Begin("rows" + extension, result,
            [.. Enumerable.Range(0, Features).Select(i => ($"f{i}", CellKind.Real))]);
        for (var row = 0; row < Rows; row++)
        {
            for (var i = 0; i < Features; i++)
                table.Number((float)(row % 3 + i / 4.0));
            table.EndRow();
        }
        table.Complete();
        (table as IDisposable)?.Dispose();
        return result.ToArray();
    }
}
