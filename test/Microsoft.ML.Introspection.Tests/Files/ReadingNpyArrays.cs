using System.Buffers.Binary;
using System.Text;
using Microsoft.ML.Introspection.Files;

namespace Microsoft.ML.Introspection.Tests.Data;

[TestClass]
public sealed class ReadingNpyArrays
{
    private static NpyArray Read(byte[] file) => NpyArray.Read(new MemoryStream(file), "test.npy");

    [TestMethod]
    [DataRow("|b1", "00010100", new double[] { 0, 1, 1, 0 })]
    [DataRow("|i1", "FF7F80", new double[] { -1, 127, -128 })]
    [DataRow("|u1", "FF7F80", new double[] { 255, 127, 128 })]
    [DataRow("<i2", "FEFF0180", new double[] { -2, -32767 })]
    [DataRow(">i2", "FFFE8001", new double[] { -2, -32767 })]
    [DataRow("<u2", "FEFF0180", new double[] { 65534, 32769 })]
    [DataRow(">u2", "FFFE8001", new double[] { 65534, 32769 })]
    [DataRow("<i4", "FEFFFFFF", new double[] { -2 })]
    [DataRow(">i4", "FFFFFFFE", new double[] { -2 })]
    [DataRow("<u4", "FEFFFFFF", new double[] { 4294967294 })]
    [DataRow(">u4", "FFFFFFFE", new double[] { 4294967294 })]
    [DataRow("<i8", "FEFFFFFFFFFFFFFF", new double[] { -2 })]
    [DataRow(">i8", "FFFFFFFFFFFFFFFE", new double[] { -2 })]
    [DataRow("<u8", "0000000000000080", new double[] { 9223372036854775808 })]
    [DataRow(">u8", "8000000000000000", new double[] { 9223372036854775808 })]
    [DataRow("<f2", "003C00C0", new double[] { 1, -2 })]
    [DataRow(">f2", "3C00C000", new double[] { 1, -2 })]
    [DataRow("<f4", "0000C03F", new double[] { 1.5 })]
    [DataRow(">f4", "3FC00000", new double[] { 1.5 })]
    [DataRow("<f8", "000000000000F8BF", new double[] { -1.5 })]
    [DataRow(">f8", "BFF8000000000000", new double[] { -1.5 })]
    public void Every_type_in_both_byte_orders(string description, string elements, double[] expected)
    {
        var array = Read(NpyBytes.File(NpyBytes.Header(description, $"({expected.Length},)"), Convert.FromHexString(elements)));

        CollectionAssert.AreEqual(expected, array.ToDoubles());
        CollectionAssert.AreEqual(Array.ConvertAll(expected, value => (float)value), array.ToSingles());
        CollectionAssert.AreEqual(new[] { expected.Length }, array.Shape.ToArray());
    }

    [TestMethod]
    [DataRow("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }          \n")]
    [DataRow("{ \"shape\" :(2,3) ,\"fortran_order\":False,\"descr\":\"<f4\"}")]
    [DataRow("{'descr':'<f4','fortran_order':False,'shape':(2L, 3L,)}")]
    public void Headers_as_different_programs_write_them(string header)
    {
        foreach (var major in (byte[])[1, 2, 3])
        {
            var array = Read(NpyBytes.File(header, NpyBytes.Singles(1, 2, 3, 4, 5, 6), major));

            CollectionAssert.AreEqual(new[] { 2, 3 }, array.Shape.ToArray());
            CollectionAssert.AreEqual(new float[] { 1, 2, 3, 4, 5, 6 }, array.ToSingles());
        }
    }

    [TestMethod]
    public void A_scalar_has_no_dimension_and_one_element()
    {
        var array = Read(NpyBytes.File(NpyBytes.Header("<f4", "()"), NpyBytes.Singles(2.5f)));

        Assert.IsEmpty(array.Shape);
        CollectionAssert.AreEqual(new[] { 2.5f }, array.ToSingles());
    }

    [TestMethod]
    public void An_array_may_be_empty()
    {
        var array = Read(NpyBytes.File(NpyBytes.Header("<f4", "(0, 30)"), []));

        CollectionAssert.AreEqual(new[] { 0, 30 }, array.Shape.ToArray());
        Assert.IsEmpty(array.ToSingles());
    }

    [TestMethod]
    public void Fortran_order_is_brought_into_C_order()
    {
        // Element (i, j, k) has the value 100 i + 10 j + k; in the file i varies fastest.
        var stored = new List<float>();
        for (var k = 0; k < 4; k++)
        {
            for (var j = 0; j < 3; j++)
            {
                for (var i = 0; i < 2; i++)
                    stored.Add(100 * i + 10 * j + k);
            }
        }

        var array = Read(NpyBytes.File(NpyBytes.Header("<f4", "(2, 3, 4)", fortran: true), NpyBytes.Singles([.. stored])));

        var expected =
            from i in Enumerable.Range(0, 2)
            from j in Enumerable.Range(0, 3)
            from k in Enumerable.Range(0, 4)
            select 100f * i + 10 * j + k;
        CollectionAssert.AreEqual(expected.ToArray(), array.ToSingles());
    }

    [TestMethod]
    public void Integers_are_had_from_floating_point_only_where_nothing_is_lost()
    {
        var whole = Read(NpyBytes.File(NpyBytes.Header("<f4", "(3,)"), NpyBytes.Singles(-3, 0, 16777216)));
        CollectionAssert.AreEqual(new long[] { -3, 0, 16777216 }, whole.ToInt64s());

        foreach (var bad in (float[])[0.5f, float.NaN, float.PositiveInfinity, 1e30f])
        {
            var array = Read(NpyBytes.File(NpyBytes.Header("<f4", "(2,)"), NpyBytes.Singles(1, bad)));
            var error = Assert.ThrowsExactly<InvalidDataException>(() => array.ToInt64s());
            StringAssert.Contains(error.Message, "number 1");
        }

        var large = Read(NpyBytes.File(NpyBytes.Header("<u8", "(1,)"), [0, 0, 0, 0, 0, 0, 0, 0x80]));
        Assert.ThrowsExactly<InvalidDataException>(() => large.ToInt64s());
    }

    [TestMethod]
    public void What_is_written_is_read_back()
    {
        using var folder = new TemporaryFolder();
        float[] singles = [0, -1.25f, float.NaN, float.PositiveInfinity, float.Epsilon, float.MaxValue];
        double[] doubles = [Math.PI, -0.0, double.NegativeInfinity, double.MaxValue];
        long[] longs = [long.MinValue, -1, 0, long.MaxValue];

        NpyArray.From(singles, 1, 3, 2).Save(folder["singles.npy"]);
        NpyArray.From(doubles).Save(folder["doubles.npy"]);
        NpyArray.From(longs, 2, 2).Save(folder["longs.npy"]);

        CollectionAssert.AreEqual(singles, NpyArray.Load(folder["singles.npy"]).ToSingles());
        CollectionAssert.AreEqual(new[] { 1, 3, 2 }, NpyArray.Load(folder["singles.npy"]).Shape.ToArray());
        CollectionAssert.AreEqual(doubles, NpyArray.Load(folder["doubles.npy"]).ToDoubles());
        CollectionAssert.AreEqual(longs, NpyArray.Load(folder["longs.npy"]).ToInt64s());
        CollectionAssert.AreEqual(new[] { "doubles.npy", "longs.npy", "singles.npy" }, folder.FileNames.Order().ToArray());
    }

    [TestMethod]
    public void The_written_header_is_what_NumPy_writes()
    {
        using var stream = new MemoryStream();
        NpyArray.From([1f, 2f]).Write(stream);

        var file = stream.ToArray();
        var length = BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(8));
        Assert.AreEqual(0, (10 + length) % 64);
        var text = Encoding.ASCII.GetString(file, 10, length);
        Assert.AreEqual("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", text.Trim());
        Assert.AreEqual((byte)'\n', file[9 + length]);
        CollectionAssert.AreEqual(NpyBytes.Singles(1, 2), file[(10 + length)..]);
    }

    [TestMethod]
    public void A_shape_that_does_not_hold_the_values_is_refused()
    {
        Assert.ThrowsExactly<ArgumentException>(() => NpyArray.From([1f, 2f, 3f], 2, 2));
        Assert.ThrowsExactly<ArgumentException>(() => NpyArray.From([1f, 2f, 3f], -1, -3));
        Assert.ThrowsExactly<ArgumentException>(() => NpyArray.From([1f], 65536, 65536, 65536, 65536, 65536));
    }
}
