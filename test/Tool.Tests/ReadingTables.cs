using System.IO.Compression;
using System.Numerics;
using System.Text;
using Microsoft.ML.Introspection.Tool.Data;
using Parquet;
using Parquet.Schema;

namespace Microsoft.ML.Introspection.Tool.Tests;

[TestClass]
public class ReadingTables
{
    private const string Csv = "who,a,b\nann,1,2\nbob,0.5,-1e-3\n";

    [TestMethod]
    [DataRow("rows.csv.gz")]
    [DataRow("rows.jsonl")]
    [DataRow("rows.ndjson.gz")]
    [DataRow("rows.parquet")]
    [DataRow("comma.csv", "--decimal-comma")]
    [DataRow("split.tsv", "--decimal-comma")]
    public async Task Gives_the_same_whatever_the_kind_of_file(string file, params string[] options)
    {
        using var work = new Workplace();
        TinyNetworks.Linear().Save(work);
        work.Write("rows.csv", Csv);
        switch (file)
        {
            case "rows.csv.gz":
                Pack(work[file], Csv);
                break;
            case "comma.csv":
                work.Write(file, "who;a;b\nann;1;2\nbob;0,5;-1e-3\n");
                break;
            case "split.tsv":
                work.Write(file, "who\ta\tb\nann\t1,0\t2\nbob\t0,5\t-1e-3\n");
                break;
            case "rows.jsonl":
                work.Write(file, Json);
                break;
            case "rows.ndjson.gz":
                Pack(work[file], Json);
                break;
            default:
                await Parquet(work[file]);
                break;
        }
        string[] command = ["explain", "@model.onnx", "-m", "input-x-gradient", "-t", "1", "--id-column", "who"];
        (await work.RunAsync([.. command, "--data", "@rows.csv", "-o", "@expected.csv"])).IsDone();
        (await work.RunAsync([.. command, "--data", $"@{file}", "-o", "@out.csv", .. options])).IsDone();
        Assert.AreEqual(File.ReadAllText(work["expected.csv"]), File.ReadAllText(work["out.csv"]));
    }

    [TestMethod]
    [DataRow("out.csv.gz")]
    [DataRow("out.tsv.gz")]
    [DataRow("out.jsonl")]
    [DataRow("out.jsonl.gz")]
    [DataRow("out.parquet")]
    [DataRow("out.arrow")]
    [DataRow("out.feather")]
    [DataRow("out.arrows")]
    public async Task Writes_tables_that_read_back_as_they_are(string file)
    {
        using var work = new Workplace();
        TinyNetworks.Linear().Save(work);
        work.Write("rows.csv", Csv);
        string[] command =
            ["explain", "@model.onnx", "-m", "input-x-gradient", "-t", "1", "--id-column", "who", "--data", "@rows.csv"];
        (await work.RunAsync([.. command, "-o", "@expected.csv"])).IsDone();
        (await work.RunAsync([.. command, "-o", $"@{file}"])).IsDone();
        CollectionAssert.AreEqual(Cells(work["expected.csv"]), Cells(work[file]));
        CollectionAssert.AreEquivalent((string[])["model.onnx", "rows.csv", "expected.csv", file], work.Files);
    }

    [TestMethod]
    public async Task Knows_arrays_of_json_as_columns_and_missing_values()
    {
        using var work = new Workplace();
        work.Write("rows.jsonl", "{\"t\": \"x\", \"v\": [1, 2.5]}\n\n{\"v\": [3, null], \"t\": true}\n");
        using var table = new CellTable(work["rows.jsonl"], new CsvOptions());
        CollectionAssert.AreEqual((string[])["t", "v[0]", "v[1]"], table.Header);
        Assert.AreEqual(2, table.Advance(2));
        CollectionAssert.AreEqual((string[])["1", "3", ""], table.Cells);
        Assert.AreEqual(3, table.Line);
        await Task.CompletedTask;
    }

    [TestMethod]
    [DataRow("{\"a\": 1}\n{\"b\": 1}", "line 2: the first object has no member 'b'")]
    [DataRow("{\"a\": 1, \"a\": 2}", "line 1: the member 'a' stands twice")]
    [DataRow("{\"a\": {\"b\": 1}}", "'a' is an object")]
    [DataRow("[1, 2]", "an object was expected")]
    [DataRow("{\"a\": 1", "line 1: no JSON object")]
    [DataRow("", "is empty")]
    public void Refuses_lines_that_are_no_rows(string text, string says)
    {
        using var work = new Workplace();
        work.Write("rows.jsonl", text);
        var error = Assert.ThrowsExactly<InvalidDataException>(() =>
        {
            using var table = new CellTable(work["rows.jsonl"], new CsvOptions());
            table.Advance(long.MaxValue);
        });
        Assert.Contains(says, error.Message);
    }

    [TestMethod]
    [DataRow("broken.parquet", "is no Parquet file")]
    [DataRow("broken.csv.gz", "is no whole gzip file")]
    [DataRow("mixed.csv", "has a decimal point, and --decimal-comma", "--decimal-comma")]
    [DataRow("rows.xlsx", "no known ending")]
    [DataRow("rows.npy.gz", "no known ending")]
    public async Task Says_what_a_file_is_not(string file, string says, params string[] options)
    {
        using var work = new Workplace();
        TinyNetworks.Linear().Save(work);
        work.Write(file, "a;b\n1.5;2\n3,5;2\n");
        var outcome = await work.RunAsync(["run", "@model.onnx", "--data", $"@{file}", "-o", "@out.csv", .. options]);
        Assert.AreNotEqual(0, outcome.ExitCode);
        Assert.Contains(says, outcome.Error);
        Assert.DoesNotContain("Unexpected", outcome.Error);
        CollectionAssert.AreEquivalent((string[])["model.onnx", file], work.Files);
    }

    [TestMethod]
    public async Task Numbers_of_parquet_are_taken_as_they_are_and_what_is_none_is_told()
    {
        using var work = new Workplace();
        DataField[] fields =
        [
            new DataField<double>("real"), new DataField<float?>("single"), new DataField<long>("whole"), new DataField<int>("small"),
        ];
        await using (var file = File.Create(work["rows.parquet"]))
        await using (var writer = await ParquetWriter.CreateAsync(new ParquetSchema(fields), file))
        {
            using var group = writer.CreateRowGroup();
            await group.WriteAsync<double>(fields[0], new[] { 0.1, Math.PI, 1e300, double.NaN, 2.5 }, null, null, default);
            await group.WriteAsync<float>(fields[1], new float?[] { 0.1f, null, float.Epsilon, 3, 4 }, null, null, default);
            await group.WriteAsync<long>(fields[2], new[] { 1L, (1L << 53) + 1, long.MinValue, 4, 5 }, null, null, default);
            await group.WriteAsync<int>(fields[3], new[] { 1, -2, 3, 4, 5 }, null, null, default);
        }
        using var table = new CellTable(work["rows.parquet"], new CsvOptions());
        Assert.AreEqual(1, table.Advance(1));
        Assert.AreEqual((double)0.1f, Number<double>(1), "the first row, too, which has been looked at, is not read from texts");
        Assert.AreEqual("0.1", table[1]);
        Assert.AreEqual(1, table.Advance(1));
        Assert.AreEqual(Math.PI, Number<double>(0));
        Assert.AreEqual((float)Math.PI, Number<float>(0));
        Assert.IsNull(Number<float>(1), "what is missing is told by its text");
        Assert.AreEqual((1L << 53) + 1, Number<long>(2));
        Assert.AreEqual((double)(1L << 53), Number<double>(2), "the nearest double");
        Assert.IsNull(Number<int>(2), "it is too large");
        Assert.AreEqual((sbyte)-2, Number<sbyte>(3));
        Assert.IsNull(Number<byte>(3), "it is negative");
        table.Advance(1);
        Assert.AreEqual(1e300, Number<double>(0));
        Assert.IsNull(Number<float>(0), "it is too large");
        Assert.AreEqual(float.Epsilon, Number<float>(1));
        Assert.AreEqual(long.MinValue, Number<long>(2));
        table.Advance(1);
        Assert.IsNull(Number<double>(0), "it is no number");
        table.Advance(1);
        Assert.IsNull(Number<long>(0), "a half is no whole number");
        Assert.AreEqual(4L, Number<long>(1), "but 4.0 is");

        T? Number<T>(int column) where T : unmanaged, INumber<T> => table.TryNumber<T>(column, out var number) ? number : null;
    }

    [TestMethod]
    public async Task Groups_of_parquet_come_in_their_order_and_their_damage_is_told_when_they_come()
    {
        using var work = new Workplace();
        const int groups = 9, rowsInGroup = 20_000;
        string[][] rows = [["who", "a"], .. Enumerable.Range(0, groups * rowsInGroup).Select(i =>
            (string[])[$"w{i}", i % 5 == 0 ? "" : i.ToString(System.Globalization.CultureInfo.InvariantCulture)])];
        await Scoring.Tables.WriteParquet(work["rows.parquet"], rows, rowsInGroup);
        foreach (var step in (int[])[1, 7, 19_999, 20_001, 45_000])
        {
            using var records = new ParquetRecords(work["rows.parquet"]);
            var next = 0;
            while (records.MoveNext())
            {
                CollectionAssert.AreEqual(rows[next + 1], records.ToArray());
                Assert.AreEqual(next + 1, records.Line);
                // Row by row for some, then far on.
                if (++next % 3 == 0 && step > 1)
                    next += (int)records.Skip(step);
            }
            Assert.AreEqual(groups * rowsInGroup, next);
        }

        // The rows before are read; the group that is damaged says so.
        var bytes = File.ReadAllBytes(work["rows.parquet"]);
        bytes.AsSpan(bytes.Length / 2, 200).Fill(255);
        File.WriteAllBytes(work["rows.parquet"], bytes);
        using var damaged = new ParquetRecords(work["rows.parquet"]);
        var error = Assert.ThrowsExactly<InvalidDataException>(() =>
        {
            while (damaged.MoveNext())
            {
            }
        });
        Assert.Contains("is no Parquet file that can be read", error.Message);
        Finite.Above(2 * rowsInGroup, damaged.Line);
        Assert.AreEqual(0, damaged.Line % rowsInGroup);
    }

    private static string Json => "{\"who\": \"ann\", \"a\": 1, \"b\": 2}\n{\"who\": \"bob\", \"b\": -1e-3, \"a\": 0.5}\n";

    private static void Pack(string path, string text)
    {
        using var packed = new GZipStream(File.Create(path), CompressionLevel.Fastest);
        packed.Write(Encoding.UTF8.GetBytes(text));
    }

    private static async Task Parquet(string path)
    {
        DataField[] fields = [new DataField<string>("who"), new DataField<double>("a"), new DataField<float?>("b")];
        await using var file = File.Create(path);
        await using var writer = await ParquetWriter.CreateAsync(new ParquetSchema(fields), file);
        // Each row in a group of its own.
        foreach (var (who, a, b) in ((string, double, float)[])[("ann", 1, 2), ("bob", 0.5, -1e-3f)])
        {
            using var group = writer.CreateRowGroup();
            await group.WriteAsync(fields[0], [who], null);
            await group.WriteAsync<double>(fields[1], new[] { a }, null, null, default);
            await group.WriteAsync<float>(fields[2], new float?[] { b }, null, null, default);
        }
    }

    private static string[] Cells(string path)
    {
        using var table = new CellTable(path, new CsvOptions { HasHeader = true });
        var cells = new List<string>(table.Header!);
        while (table.Advance(1) == 1)
            cells.AddRange(table.Cells);
        return [.. cells];
    }
}
