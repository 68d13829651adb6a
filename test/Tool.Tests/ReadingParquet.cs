using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using Microsoft.ML.Introspection.Tool.Data;
using Parquet;
using Parquet.Schema;

namespace Microsoft.ML.Introspection.Tool.Tests;

/// <summary>Parquet files of other programs, and files that are damaged, or made to do harm.</summary>
[TestClass]
public class ReadingParquet
{
    private static string Tables => Path.Combine(AppContext.BaseDirectory, "TestData", "tables.zip");

    [TestMethod]
    public void Files_of_other_programs_hold_what_these_say()
    {
        using var work = new Workplace();
        ZipFile.ExtractToDirectory(Tables, work["."]);
        var files = Directory.GetFiles(work["."]).Where(f => Path.GetFileName(f).StartsWith("duckdb_", StringComparison.Ordinal)
            || Path.GetFileName(f).StartsWith("polars", StringComparison.Ordinal) && !f.EndsWith(".csv", StringComparison.Ordinal)).ToArray();
        Assert.HasCount(20, files);
        foreach (var file in files)
        {
            using var records = IRecords.Open(file, new CsvOptions());
            using var expected = new CsvRecords(work[Path.GetFileName(file).Split('_', '.')[0] + ".csv"], new CsvOptions());
            Assert.IsTrue(expected.MoveNext());
            int[] places = [.. records.Names!.Select(name => Array.IndexOf(expected.ToArray(), name))];
            Finite.AtLeast(5, places.Length);
            while (expected.MoveNext())
            {
                Assert.IsTrue(records.MoveNext(), $"{file}, line {expected.Line}");
                for (var column = 0; column < places.Length; column++)
                    Assert.AreEqual(Plain(expected[places[column]]), Plain(records[column]),
                        $"{file}, row {records.Line}, {records.Names![column]}");
            }
            Assert.IsFalse(records.MoveNext(), file);
        }

        // What is written differently and means the same.
        static string Plain(string cell) => cell switch
        {
            "true" => "1",
            "false" => "0",
            _ when double.TryParse(cell, CultureInfo.InvariantCulture, out var number) =>
                ((float)number).ToString(CultureInfo.InvariantCulture),
            _ when DateTime.TryParse(cell, CultureInfo.InvariantCulture, out var time) => time.ToString("s", CultureInfo.InvariantCulture),
            _ => cell,
        };
    }

    [TestMethod]
    public void Every_cut_and_what_is_overwritten_is_told_or_harmless()
    {
        using var work = new Workplace();
        ZipFile.ExtractToDirectory(Tables, work["."]);
        foreach (var name in (string[])["duckdb_uncompressed_v1", "duckdb_zstd_v2", "polars_snappy", "polars_lz4"])
        {
            var bytes = File.ReadAllBytes(work[name + ".parquet"]);
            for (var length = 0; length < bytes.Length; length += 13)
                Assert.Contains("is no Parquet file that can be read", Fault(work, bytes[..length]) ?? "nothing was said",
                    $"{length} bytes");
            var (random, told) = (new Random(3), 0);
            for (var trial = 0; trial < 600; trial++)
            {
                byte[] damaged = [.. bytes];
                var from = trial % 2 * bytes.Length / 2;
                damaged[random.Next(from, bytes.Length)] = (byte)random.Next(256);
                told += Fault(work, damaged) is null ? 0 : 1;
            }
            Finite.Above(100, told);
        }
    }

    [TestMethod]
    [DataRow(new byte[] { 0x15, 0xFF }, 1, "goes on behind the end")]
    [DataRow(new byte[] { 0x15, 0x02, 0x19, 0xFC, 0xFF, 0xFF, 0xFF, 0xFF, 0x07 }, 1, "items goes on behind the end")]
    [DataRow(new byte[] { 0x15, 0x02, 0x15, 0x02 }, 1, "of the kind Int where List was expected")]
    [DataRow(new byte[] { 0xF9, 0x19 }, 100_000, "holds a list of the kind List")]
    [DataRow(new byte[] { 0xFC, 0x1C }, 100_000, "that is not known is of the kind Structure")]
    public void Descriptions_without_end_are_refused(byte[] start, int times, string says)
    {
        using var work = new Workplace();
        byte[] description = [.. start[..^1], .. Enumerable.Repeat(start[^1], times)];
        Assert.Contains(says, Fault(work, Described(description)) ?? "nothing was said");
    }

    [TestMethod]
    public void Columns_within_columns_without_end_are_refused()
    {
        using var work = new Workplace();
        const int depth = 100_000;
        // Version 1; a list of elements, each called x, with one below it; no rows, no groups.
        byte[] count = [(byte)(depth & 0x7F | 0x80), (byte)(depth >> 7 & 0x7F | 0x80), depth >> 14];
        byte[] description = [0x15, 0x02, 0x19, 0xFC, .. count,
            .. Enumerable.Repeat((byte[])[0x48, 1, (byte)'x', 0x15, 0x02, 0], depth).SelectMany(e => e), 0x16, 0, 0x19, 0x0C, 0];
        Assert.Contains("deep in one another", Fault(work, Described(description)) ?? "nothing was said");
    }

    [TestMethod]
    [DataRow(0x82, 0x01, "is not packed, and has 65 bytes")]
    [DataRow(0xFF, 0x7F, "goes on behind the end")]
    [DataRow(0xFE, 0x7F, "goes on behind the end")]
    [DataRow(0x82, 0x00, "is not packed, and has 1 bytes")]
    public async Task Pages_of_other_sizes_than_they_say_are_refused(int first, int second, string says)
    {
        using var work = new Workplace();
        var field = new DataField<double>("x");
        await Write(work["whole.parquet"], field,
            (group, f) => group.WriteAsync<double>(f, new double[] { 5, 3, 7, 1, 8, 2, 6, 4, 9, 0 }, null, null, default));
        var bytes = File.ReadAllBytes(work["whole.parquet"]);
        // The kind of the page, its size unpacked and packed.
        CollectionAssert.AreEqual((byte[])[0x15, 0, 0x15, 0xA0, 1, 0x15, 0xA0, 1], bytes[4..12]);
        (bytes[10], bytes[11]) = ((byte)first, (byte)second);
        var fault = Fault(work, bytes) ?? "nothing was said";
        Assert.Contains(says, fault);
        Assert.Contains("row group 1, column 'x': page 1", fault);
    }

    [TestMethod]
    public void A_long_text_in_every_row_is_held_once()
    {
        using var work = new Workplace();
        ZipFile.ExtractToDirectory(Tables, work["."]);
        using var records = new ParquetRecords(work["long_texts.parquet"]);
        var before = GC.GetTotalAllocatedBytes();
        Assert.IsTrue(records.MoveNext());
        Assert.AreEqual(20_000, records[0].Length);
        // 2,000 copies would be 80 MB.
        Finite.Below(8_000_000, GC.GetTotalAllocatedBytes() - before);
        Assert.AreEqual(1_999, records.Skip(1_999));
        Assert.AreEqual(new string('x', 20_000), records[0]);
    }

    private static async Task Write(string path, DataField field, Func<ParquetRowGroupWriter, DataField, Task> write)
    {
        await using var file = File.Create(path);
        await using var writer = await ParquetWriter.CreateAsync(new ParquetSchema(field), file,
            new ParquetOptions { CompressionMethod = CompressionMethod.None });
        using var group = writer.CreateRowGroup();
        await write(group, field);
    }

    // A file that is nothing but what describes it.
    private static byte[] Described(byte[] description)
    {
        byte[] result = [.. "PAR1"u8, .. description, .. new byte[4], .. "PAR1"u8];
        BinaryPrimitives.WriteInt32LittleEndian(result.AsSpan(result.Length - 8), description.Length);
        return result;
    }

    private static string? Fault(Workplace work, byte[] content)
    {
        File.WriteAllBytes(work["rows.parquet"], content);
        try
        {
            using var records = new ParquetRecords(work["rows.parquet"]);
            while (records.Line < 1000 && records.MoveNext())
                _ = records.ToArray();
            return null;
        }
        catch (InvalidDataException e)
        {
            return e.Message;
        }
    }
}
