using System.IO.Compression;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Rows;
using Microsoft.ML.Introspection.Tests.Data;

namespace Microsoft.ML.Introspection.Tests.Rows;

[TestClass]
public sealed class ReadingRowsOfArrays
{
    private static readonly float[] Numbers = [.. Enumerable.Range(0, 24).Select(i => i / 2f)];

    [TestMethod]
    public void Every_kind_gives_the_same_rows()
    {
        using var folder = new TemporaryFolder();
        foreach (var rows in Kinds(folder))
        {
            using (rows)
            {
                Assert.AreEqual(4L, rows.Count);
                var tensor = rows.Tensors[0];
                Assert.AreEqual(ElementType.Float, tensor.Type);
                CollectionAssert.AreEqual((int[])[3, 2], tensor.RowShape.ToArray());
                var row = new float[6];
                for (var i = 0; i < 4; i++)
                {
                    Assert.IsTrue(rows.MoveNext());
                    Assert.AreEqual(i, rows.Row);
                    rows.Read(0, row.AsSpan());
                    CollectionAssert.AreEqual(Numbers[(i * 6)..(i * 6 + 6)], row);
                }
                Assert.AreEqual(1.0, rows.Progress);
                Assert.IsFalse(rows.MoveNext());
                Assert.AreEqual(3, rows.Row);
            }
        }
    }

    [TestMethod]
    public void A_shard_begins_anywhere()
    {
        using var folder = new TemporaryFolder();
        foreach (var rows in Kinds(folder))
        {
            using (rows)
            {
                Assert.AreEqual(2, rows.Skip(2));
                var block = new double[13];
                Assert.AreEqual(2, rows.ReadRows(0, block.AsSpan()));
                CollectionAssert.AreEqual(Array.ConvertAll(Numbers[12..], n => (double)n), block[..12]);
                Assert.AreEqual(0, rows.ReadRows(0, block.AsSpan()));
                Assert.AreEqual(0, rows.Skip(5));
            }
        }
    }

    [TestMethod]
    [DataRow(CompressionLevel.Optimal)]
    [DataRow(CompressionLevel.NoCompression)]
    public void Arrays_of_one_archive_go_together(CompressionLevel compression)
    {
        using var folder = new TemporaryFolder();
        using (var zip = ZipFile.Open(folder["x.npz"], ZipArchiveMode.Create))
        {
            Add(zip, "a", NpyArray.From(Numbers, 4, 6), compression);
            Add(zip, "b", NpyArray.From([7L, 8, 9, 10]), compression);
        }

        using var rows = ArrayRows.OpenNpz(folder["x.npz"]);
        var (a, b) = (new float[6], new long[1]);
        CollectionAssert.AreEqual((string[])["a", "b"], rows.Tensors.Select(t => t.Name).ToArray());
        for (var i = 0; rows.MoveNext(); i++)
        {
            rows.Read(1, b.AsSpan());
            rows.Read(0, a.AsSpan());
            Assert.AreEqual(7 + i, b[0]);
            CollectionAssert.AreEqual(Numbers[(6 * i)..(6 * i + 6)], a);
        }
        Assert.AreEqual(3, rows.Row);
    }

    [TestMethod]
    public void Fortran_order_is_read_from_compressed_and_stored_archives()
    {
        using var folder = new TemporaryFolder();
        var file = NpyBytes.File(NpyBytes.Header("<f4", "(2, 3)", fortran: true), NpyBytes.Singles(0, 3, 1, 4, 2, 5));
        using (var zip = ZipFile.Open(folder["x.npz"], ZipArchiveMode.Create))
        {
            foreach (var level in (CompressionLevel[])[CompressionLevel.NoCompression, CompressionLevel.Optimal])
            {
                using var entry = zip.CreateEntry($"{level}.npy", level).Open();
                entry.Write(file);
            }
        }

        using var rows = ArrayRows.OpenNpz(folder["x.npz"]);
        var row = new float[3];
        Assert.AreEqual(2, rows.Skip(2));
        for (var tensor = 0; tensor < 2; tensor++)
        {
            rows.Read(tensor, row.AsSpan());
            CollectionAssert.AreEqual((float[])[3, 4, 5], row);
        }
    }

    [TestMethod]
    public void A_damaged_entry_is_seen_when_it_has_been_read()
    {
        using var folder = new TemporaryFolder();
        using (var writer = new NpzWriter(folder["x.npz"]))
        {
            writer.Begin("a", NpyType.Single, 6).Append(Numbers);
            writer.Complete();
        }
        var bytes = File.ReadAllBytes(folder["x.npz"]);
        // A number in the middle of what is stored as it is.
        bytes[bytes.AsSpan().IndexOf(NpyBytes.Singles(5f)) + 1] ^= 1;
        using var rows = ArrayRows.OpenNpz(folder.Write("y.npz", bytes));
        var all = new float[24];
        Assert.Contains("y.npz:a' is damaged", Assert.ThrowsExactly<InvalidDataException>(() => rows.ReadRows(0, all.AsSpan())).Message);
    }

    [TestMethod]
    public void What_does_not_fit_is_refused_by_its_place()
    {
        using var folder = new TemporaryFolder();
        NpyArray.From([1f, 2, 3, float.NaN], 2, 2).Save(folder["nan.npy"]);
        NpyArray.From([1L, 2, 3, 400], 2, 2).Save(folder["large.npy"]);
        NpyArray.From(new float[0], 0, 2).Save(folder["none.npy"]);

        Assert.Contains("nan.npy, row 1, element [1]: NaN", Refused("nan.npy", rows => rows.Read(0, new float[2].AsSpan())));
        Assert.Contains("large.npy, row 1, element [1]: 400 does not fit the type of the input (Byte)",
            Refused("large.npy", rows => rows.Read(0, new byte[2].AsSpan())));
        Assert.Contains("holds no rows", Assert.ThrowsExactly<InvalidDataException>(() => ArrayRows.OpenNpy(folder["none.npy"])).Message);
        Assert.ThrowsExactly<FileNotFoundException>(() => ArrayRows.OpenNpz(folder["missing.npz"]));
        NpzArchive.Save(folder["uneven.npz"], [new("a", NpyArray.From([1f])), new("b", NpyArray.From([1f, 2]))]);
        Assert.Contains("1 rows of 'a' and 2 of 'b'",
            Assert.ThrowsExactly<InvalidDataException>(() => ArrayRows.OpenNpz(folder["uneven.npz"])).Message);

        using var missing = ArrayRows.OpenNpy(folder["nan.npy"], allowsMissing: true);
        var row = new double[2];
        Assert.AreEqual(2, missing.Skip(2));
        missing.Read(0, row.AsSpan());
        Assert.IsTrue(double.IsNaN(row[1]));

        string Refused(string file, Action<RowSource> read)
        {
            using var rows = ArrayRows.OpenNpy(folder[file]);
            rows.Skip(2);
            return Assert.ThrowsExactly<InvalidDataException>(() => read(rows)).Message;
        }
    }

    [TestMethod]
    public void Joined_sources_end_together()
    {
        using var even = Joined(2, 2);
        var (a, b) = (new float[1], new float[1]);
        Assert.AreEqual(2, even.Skip(5));
        even.Read(0, a.AsSpan());
        even.Read(1, b.AsSpan());
        Assert.AreEqual((1f, 1f), (a[0], b[0]));
        foreach (var (first, second, shorter) in new[] { (2, 3, "a"), (3, 2, "b") })
        {
            using var uneven = Joined(first, second);
            Assert.AreEqual(2, uneven.Skip(2));
            Assert.Contains($"'{shorter}' ends before", Assert.ThrowsExactly<InvalidDataException>(() => uneven.MoveNext()).Message);
        }

        static JoinedRows Joined(int first, int second) => new(Counting("a", first), Counting("b", second));
        static ArrayRows Counting(string name, int rows) =>
            ArrayRows.Of(name, [new(name, NpyArray.From(Enumerable.Range(0, rows).Select(i => (float)i).ToArray()))]);
    }

    [TestMethod]
    public void An_archive_is_written_row_by_row_and_appears_whole()
    {
        using var folder = new TemporaryFolder();
        using (var writer = new NpzWriter(folder["x.npz"]))
        {
            var (values, scores) = (writer.Begin("values", NpyType.Single, 3, 2), writer.Begin("score", NpyType.Int64));
            for (var row = 0; row < 4; row++)
            {
                values.Append(Numbers.AsSpan(row * 6, 6));
                scores.Append<long>([row]);
            }
            Assert.ThrowsExactly<ArgumentException>(() => writer.Begin("score", NpyType.Single));
            Assert.IsFalse(File.Exists(folder["x.npz"]));
            writer.Complete();
        }
        using (var dropped = new NpzWriter(folder["y.npz"]))
            dropped.Begin("a", NpyType.Single).Append([1f]);

        CollectionAssert.AreEqual((string[])["x.npz"], folder.FileNames.ToArray());
        using var archive = NpzArchive.Open(folder["x.npz"]);
        CollectionAssert.AreEqual((int[])[4, 3, 2], archive.Read("values").Shape.ToArray());
        CollectionAssert.AreEqual(Numbers, archive.Read("values").ToSingles());
        CollectionAssert.AreEqual((long[])[0, 1, 2, 3], archive.Read("score").ToInt64s());
    }

    private static IEnumerable<RowSource> Kinds(TemporaryFolder folder)
    {
        var array = NpyArray.From(Numbers, 4, 3, 2);
        array.Save(folder["x.npy"]);
        yield return ArrayRows.OpenNpy(folder["x.npy"]);
        NpzArchive.Save(folder["compressed.npz"], [new("x", array)]);
        yield return ArrayRows.OpenNpz(folder["compressed.npz"]);
        using (var writer = new NpzWriter(folder["stored.npz"]))
        {
            writer.Begin("x", NpyType.Single, 3, 2).Append(Numbers);
            writer.Complete();
        }
        yield return ArrayRows.OpenNpz(folder["stored.npz"]);
        yield return ArrayRows.Of("memory", [new("x", array)]);
        yield return new JoinedRows(ArrayRows.OpenNpy(folder["x.npy"]));
    }

    private static void Add(ZipArchive zip, string name, NpyArray array, CompressionLevel compression)
    {
        using var entry = zip.CreateEntry($"{name}.npy", compression).Open();
        array.Write(entry);
    }
}
