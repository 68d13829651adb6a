using System.Buffers.Binary;
using Apache.Arrow;
using Apache.Arrow.Compression;
using Apache.Arrow.Ipc;
using Apache.Arrow.Types;
using Microsoft.ML.Introspection.Tool.Data;
using Microsoft.ML.Introspection.Tool.Results;

namespace Microsoft.ML.Introspection.Tool.Tests;

/// <summary>Files of Arrow, as its own library writes and reads them.</summary>
[TestClass]
public class ReadingArrow
{
    [TestMethod]
    [DataRow("rows.arrow", false, null)]
    [DataRow("rows.arrow", true, null)]
    [DataRow("rows.arrows", true, CompressionCodecType.Zstd)]
    [DataRow("rows.feather", false, CompressionCodecType.Lz4Frame)]
    [DataRow("rows.ipc", false, CompressionCodecType.Zstd)]
    public void Cells_of_every_type_are_read(string name, bool isStream, CompressionCodecType? packing)
    {
        using var work = new Workplace();
        var expected = Write(work[name], isStream, packing);
        using var records = new ArrowRecords(work[name]);
        CollectionAssert.AreEqual(expected.Keys.ToArray(), records.Names);
        for (var row = 0; row < 6; row++)
        {
            Assert.IsTrue(records.MoveNext());
            Assert.AreEqual(row + 1, records.Line);
            CollectionAssert.AreEqual(expected.Values.Select(cells => cells[row % 3]).ToArray(), records.ToArray(), $"row {row}");
        }
        Assert.IsFalse(records.MoveNext());
        Assert.IsFalse(records.MoveNext());
    }

    [TestMethod]
    public void Numbers_are_taken_as_they_are()
    {
        using var work = new Workplace();
        string[] names = [.. Write(work["rows.arrow"], false, null).Keys];
        using var records = new ArrowRecords(work["rows.arrow"]);
        Assert.AreEqual(4, records.Skip(4), "a row of the second batch");
        Assert.AreEqual(4, records.Line);
        Assert.AreEqual(long.MinValue, Number<long>("long"));
        Assert.AreEqual(ulong.MaxValue, Number<ulong>("ulong"));
        Assert.AreEqual((double)(float)(Half)0.1, Number<double>("half"), "what half precision holds, not its digits");
        Assert.AreEqual(2.5f, Number<float>("list[1]"));
        Assert.IsNull(Number<int>("long"), "it is too large");
        Assert.IsNull(Number<int>("text"));
        Assert.IsTrue(records.MoveNext());
        Assert.IsNull(Number<double>("half"), "what is missing is told by its text");
        Assert.IsNull(Number<double>("list[0]"));
        Assert.AreEqual(1, records.Skip(5), "the end");

        T? Number<T>(string name) where T : unmanaged, System.Numerics.INumber<T> =>
            ((IRecords)records).TryNumber<T>(System.Array.IndexOf(names, name), out var number) ? number : null;
    }

    [TestMethod]
    public void Every_cut_and_what_is_overwritten_is_told_or_harmless()
    {
        using var work = new Workplace();
        foreach (var isStream in (bool[])[false, true])
        {
            Write(work["whole.arrow"], isStream, isStream ? CompressionCodecType.Lz4Frame : null);
            var bytes = File.ReadAllBytes(work["whole.arrow"]);
            for (var length = 0; length < bytes.Length; length += 7)
                Assert.Contains("is no Arrow file that can be read", Fault(bytes[..length]) ?? "nothing was said", $"{length} bytes");
            var (random, told) = (new Random(3), 0);
            for (var trial = 0; trial < 1500; trial++)
            {
                byte[] damaged = [.. bytes];
                var at = random.Next(bytes.Length - 4);
                if (trial % 2 == 0)
                    damaged[at] = (byte)random.Next(256);
                else
                    BinaryPrimitives.WriteInt32LittleEndian(damaged.AsSpan(at & ~3), random.Next() >> random.Next(31));
                told += Fault(damaged) is null ? 0 : 1;
            }
            Finite.Above(300, told);
        }

        string? Fault(byte[] content)
        {
            File.WriteAllBytes(work["rows.arrow"], content);
            try
            {
                using var records = new ArrowRecords(work["rows.arrow"]);
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

    [TestMethod]
    public void Fields_within_fields_without_end_are_refused()
    {
        using var work = new Workplace();
        Field field = new("x", DoubleType.Default, true);
        for (var i = 0; i < 100; i++)
            field = new Field("x", new StructType([field]), true);
        using (var file = File.Create(work["rows.arrow"]))
        using (var writer = new ArrowStreamWriter(file, new Schema([field], [])))
        {
            writer.WriteStart();
            writer.WriteEnd();
        }
        var error = Assert.ThrowsExactly<InvalidDataException>(() => new ArrowRecords(work["rows.arrow"]));
        Assert.Contains("deep in one another", error.Message);
    }

    [TestMethod]
    [DataRow(128)]
    [DataRow(256)]
    public void Decimals_of_a_million_digits_are_refused(int bits)
    {
        using var work = new Workplace();
        const int digits = 1_000_000;
        IArrowType type = bits == 128 ? new Decimal128Type(digits, digits) : new Decimal256Type(digits, digits);
        var data = new ArrayData(type, 1, 0, 0, [ArrowBuffer.Empty, new ArrowBuffer(new byte[bits / 8])]);
        Write(work["rows.arrow"], false, null, [("x", bits == 128 ? new Decimal128Array(data) : new Decimal256Array(data))]);
        using var records = new ArrowRecords(work["rows.arrow"]);
        Assert.IsTrue(records.MoveNext());
        var error = Assert.ThrowsExactly<InvalidDataException>(() => records[0]);
        Assert.Contains("is no Arrow file that can be read (batch 1): the column 'x' has decimals of 1000000 digits", error.Message);
    }

    [TestMethod]
    [DataRow("FEA1 and more of it", "first version of Feather")]
    [DataRow("a,b\n1,2\n3,4\n5,6\n", "neither the mark nor a message of Arrow")]
    [DataRow("ARROW1", "is empty, or cut short")]
    public void What_is_no_arrow_is_told(string content, string says)
    {
        using var work = new Workplace();
        work.Write("rows.feather", content);
        Assert.Contains(says, Assert.ThrowsExactly<InvalidDataException>(() => new ArrowRecords(work["rows.feather"])).Message);
    }

    [TestMethod]
    public void Columns_that_nobody_reads_may_hold_anything()
    {
        using var work = new Workplace();
        var lists = new ListArray.Builder(DoubleType.Default);
        lists.Append();
        ((DoubleArray.Builder)lists.ValueBuilder).Append(1);
        Write(work["rows.arrow"], false, null, [("list", lists.Build(null)), ("x", new DoubleArray.Builder().Append(1.5).Build(null))]);
        using var records = new ArrowRecords(work["rows.arrow"]);
        Assert.IsTrue(records.MoveNext());
        Assert.AreEqual("1.5", records[1]);
        Assert.Contains("the column 'list' is of the type list; numbers", Assert.ThrowsExactly<InvalidDataException>(() => records[0]).Message);
    }

    [TestMethod]
    [DataRow("out.arrow")]
    [DataRow("out.arrows")]
    public void What_is_written_is_read_by_arrows_own_reader(string name)
    {
        using var work = new Workplace();
        const int rows = 400_000;
        using (var file = File.Create(work[name]))
        using (var writer = (IDisposable)ITableWriter.Begin(name, file,
            [("row", CellKind.Whole), ("key", CellKind.Text), ("x", CellKind.Real)]))
        {
            var table = (ITableWriter)writer;
            for (var row = 0L; row < rows; row++)
            {
                table.Number(row);
                table.Cell(row % 3 == 0 ? "" : $"ä{row}");
                table.Number(row % 7 == 0 ? float.NaN : row + 0.1f);
                table.EndRow();
            }
            table.Complete();
        }
        using var stream = File.OpenRead(work[name]);
        using var reader = name == "out.arrow" ? new ArrowFileReader(stream) : new ArrowStreamReader(stream);
        CollectionAssert.AreEqual((string[])["int64", "utf8", "double"], reader.Schema.FieldsList.Select(f => f.DataType.Name).ToArray());
        var (next, batches) = (0L, 0);
        for (; reader.ReadNextRecordBatch() is { } batch; batches++)
            for (var row = 0; row < batch.Length; row++, next++)
            {
                Assert.AreEqual(next, ((Int64Array)batch.Column(0)).Values[row]);
                Assert.AreEqual(next % 3 == 0 ? "" : $"ä{next}", ((StringArray)batch.Column(1)).GetString(row));
                var found = ((DoubleArray)batch.Column(2)).Values[row];
                if (next % 7 == 0)
                    Assert.IsTrue(double.IsNaN(found));
                else
                    Assert.AreEqual(double.Parse((next + 0.1f).ToString(System.Globalization.CultureInfo.InvariantCulture),
                        System.Globalization.CultureInfo.InvariantCulture), found);
            }
        Assert.AreEqual(rows, next);
        Assert.AreEqual(2, batches, "as many rows a batch as Parquet has in a group");
    }

    /// <summary>Writes two batches of three rows, and gives what their cells are as texts.</summary>
    private static Dictionary<string, string[]> Write(string path, bool isStream, CompressionCodecType? packing)
    {
        var day = new DateTimeOffset(2026, 2, 3, 4, 5, 6, 789, TimeSpan.Zero);
        var lists = new FixedSizeListArray.Builder(FloatType.Default, 2);
        lists.Append();
        ((FloatArray.Builder)lists.ValueBuilder).Append(1).Append(2.5f);
        lists.AppendNull();
        lists.Append();
        ((FloatArray.Builder)lists.ValueBuilder).Append(-3).Append(4);
        var coded = new DictionaryArray(new DictionaryType(Int8Type.Default, StringType.Default, false),
            new Int8Array.Builder().Append(1).AppendNull().Append(0).Build(null), new StringArray.Builder().Append("no").Append("yes").Build(null));
        (string, IArrowArray)[] columns =
        [
            ("text", new StringArray.Builder().Append("Größe").AppendNull().Append("").Build(null)),
            ("view", new StringViewArray.Builder().Append("short").AppendNull().Append("longer than what stands inline").Build(null)),
            ("coded", coded),
            ("truth", new BooleanArray.Builder().Append(true).AppendNull().Append(false).Build(null)),
            ("half", new HalfFloatArray.Builder().Append((Half)0.1).AppendNull().Append((Half)2).Build(null)),
            ("float", new FloatArray.Builder().Append(0.1f).AppendNull().Append(float.NaN).Build(null)),
            ("double", new DoubleArray.Builder().Append(0.1).AppendNull().Append(1e300).Build(null)),
            ("sbyte", new Int8Array.Builder().Append(-128).AppendNull().Append(1).Build(null)),
            ("ushort", new UInt16Array.Builder().Append(65535).AppendNull().Append(1).Build(null)),
            ("int", new Int32Array.Builder().Append(-5).AppendNull().Append(1).Build(null)),
            ("long", new Int64Array.Builder().Append(long.MinValue).AppendNull().Append(1).Build(null)),
            ("ulong", new UInt64Array.Builder().Append(ulong.MaxValue).AppendNull().Append(1).Build(null)),
            ("decimal", new Decimal128Array.Builder(new Decimal128Type(20, 3)).Append(12.345m).AppendNull().Append(-1m).Build(null)),
            ("date", new Date32Array.Builder().Append(day.DateTime).AppendNull().Append(DateTime.UnixEpoch).Build(null)),
            ("time", new TimestampArray.Builder(new TimestampType(TimeUnit.Microsecond, (string?)null)).Append(day).AppendNull()
                .Append(day.AddSeconds(1)).Build(null)),
            ("zoned", new TimestampArray.Builder(new TimestampType(TimeUnit.Millisecond, "UTC")).Append(day).AppendNull()
                .Append(day.AddSeconds(1)).Build(null)),
            ("list", lists.Build(null)),
        ];
        Write(path, isStream, packing, columns);
        return new()
        {
            ["text"] = ["Größe", "", ""],
            ["view"] = ["short", "", "longer than what stands inline"],
            ["coded"] = ["yes", "", "no"],
            ["truth"] = ["1", "", "0"],
            ["half"] = ["0.099975586", "", "2"],
            ["float"] = ["0.1", "", "NaN"],
            ["double"] = ["0.1", "", "1E+300"],
            ["sbyte"] = ["-128", "", "1"],
            ["ushort"] = ["65535", "", "1"],
            ["int"] = ["-5", "", "1"],
            ["long"] = ["-9223372036854775808", "", "1"],
            ["ulong"] = ["18446744073709551615", "", "1"],
            ["decimal"] = ["12.345", "", "-1.000"],
            ["date"] = ["2026-02-03", "", "1970-01-01"],
            ["time"] = ["2026-02-03T04:05:06.7890000", "", "2026-02-03T04:05:07.7890000"],
            ["zoned"] = ["2026-02-03T04:05:06.7890000Z", "", "2026-02-03T04:05:07.7890000Z"],
            ["list[0]"] = ["1", "", "-3"],
            ["list[1]"] = ["2.5", "", "4"],
        };
    }

    private static void Write(string path, bool isStream, CompressionCodecType? packing, (string Name, IArrowArray Cells)[] columns)
    {
        var schema = new Schema(columns.Select(c => new Field(c.Name, c.Cells.Data.DataType, nullable: true)), []);
        var options = new IpcOptions { CompressionCodec = packing, CompressionCodecFactory = new CompressionCodecFactory() };
        using var file = File.Create(path);
        using var writer = isStream ? new ArrowStreamWriter(file, schema, leaveOpen: true, options)
            : new ArrowFileWriter(file, schema, leaveOpen: true, options);
        for (var batch = 0; batch < 2; batch++)
            writer.WriteRecordBatch(new RecordBatch(schema, columns.Select(c => c.Cells), columns[0].Cells.Length));
        writer.WriteEnd();
    }
}
