using System.Buffers.Binary;
using Microsoft.ML.Introspection.Files;

namespace Microsoft.ML.Introspection.Tests.Data;

[TestClass]
public sealed class ReadingNpyRows
{
    [TestMethod]
    [DataRow("<f4", false)]
    [DataRow("<f4", true)]
    [DataRow(">f4", false)]
    [DataRow(">f4", true)]
    [DataRow("<f8", true)]
    [DataRow(">f8", false)]
    [DataRow("<i2", false)]
    [DataRow(">i2", true)]
    [DataRow("|u1", true)]
    public void Rows_are_those_of_the_whole_array(string description, bool fortran)
    {
        using var folder = new TemporaryFolder();
        var file = NpyBytes.File(NpyBytes.Header(description, "(7, 3, 5)", fortran), Elements(description, 7 * 3 * 5));
        var path = folder.Write("rows.npy", file);
        var whole = NpyArray.Load(path);

        using var reader = NpyReader.Open(path);
        Assert.AreEqual(7, reader.Rows);
        Assert.AreEqual(15, reader.RowLength);
        CollectionAssert.AreEqual(new[] { 3, 5 }, reader.RowShape.ToArray());

        var singles = new List<float>();
        var buffer = new float[3 * 15 + 4];
        for (long row = 0; reader.Read(row, buffer) is > 0 and var read; row += read)
            singles.AddRange(buffer[..(read * 15)]);
        CollectionAssert.AreEqual(whole.ToSingles(), singles);

        var doubles = new double[15];
        Assert.AreEqual(1, reader.Read(6, doubles));
        CollectionAssert.AreEqual(whole.ToDoubles()[(6 * 15)..], doubles);

        var longs = new long[2 * 15];
        Assert.AreEqual(2, reader.Read(4, longs));
        CollectionAssert.AreEqual(whole.ToInt64s()[(4 * 15)..(6 * 15)], longs);
    }

    [TestMethod]
    public void There_is_nothing_behind_the_last_row()
    {
        using var folder = new TemporaryFolder();
        using var reader = NpyReader.Open(folder.Write("rows.npy", NpyBytes.File(NpyBytes.Header("<f4", "(2,)"), NpyBytes.Singles(1, 2))));

        Assert.AreEqual(1, reader.RowLength);
        Assert.AreEqual(0, reader.Read(2, new float[5]));
        Assert.AreEqual(0, reader.Read(long.MaxValue, new float[5]));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => reader.Read(-1, new float[5]));
        Assert.ThrowsExactly<ArgumentException>(() => reader.Read(0, Array.Empty<float>()));
    }

    [TestMethod]
    public void What_has_no_rows_is_refused()
    {
        using var folder = new TemporaryFolder();
        var scalar = folder.Write("scalar.npy", NpyBytes.File(NpyBytes.Header("<f4", "()"), NpyBytes.Singles(1)));
        var hollow = folder.Write("hollow.npy", NpyBytes.File(NpyBytes.Header("<f4", "(5, 0)"), []));

        Assert.ThrowsExactly<InvalidDataException>(() => NpyReader.Open(scalar).Dispose());
        Assert.ThrowsExactly<InvalidDataException>(() => NpyReader.Open(hollow).Dispose());
        Assert.ThrowsExactly<FileNotFoundException>(() => NpyReader.Open(folder["absent.npy"]).Dispose());
    }

    [TestMethod]
    public void A_large_file_is_not_taken_into_memory()
    {
        using var folder = new TemporaryFolder();
        const int rowLength = 1024;
        const int rows = 8 * 1024;
        using (var writer = NpyWriter.Create(folder["large.npy"], NpyType.Single, rowLength))
        {
            var row = new float[rowLength];
            for (var i = 0; i < rows; i++)
            {
                row.AsSpan().Fill(i);
                writer.Append(row);
            }

            writer.Complete();
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        using var reader = NpyReader.Open(folder["large.npy"]);
        var values = new float[rowLength];
        foreach (var row in (int[])[0, rows - 1, rows / 2])
        {
            Assert.AreEqual(1, reader.Read(row, values));
            Assert.IsTrue(values.All(value => value == row));
        }

        Finite.Below(1 << 20, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static byte[] Elements(string description, int count)
    {
        var size = description[2] - '0';
        var bytes = new byte[count * size];
        for (var i = 0; i < count; i++)
        {
            var element = bytes.AsSpan(i * size, size);
            switch (description[1..])
            {
                case "f4": BinaryPrimitives.WriteSingleLittleEndian(element, i * 3 - 50); break;
                case "f8": BinaryPrimitives.WriteDoubleLittleEndian(element, i * 3 - 50); break;
                case "i2": BinaryPrimitives.WriteInt16LittleEndian(element, (short)(i * 3 - 50)); break;
                default: element[0] = (byte)i; break;
            }

            if (description[0] == '>')
                element.Reverse();
        }

        return bytes;
    }
}
