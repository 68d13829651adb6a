using Microsoft.ML.Introspection.Files;

namespace Microsoft.ML.Introspection.Tests.Data;

[TestClass]
public sealed class RefusingDamagedNpyFiles
{
    private const long MemoryAllowed = 1 << 20;

    private static readonly byte[] Valid = NpyBytes.File(NpyBytes.Header("<f4", "(2, 3)"), NpyBytes.Singles(1, 2, 3, 4, 5, 6));

    private static NpyArray Read(byte[] file) => NpyArray.Read(new MemoryStream(file), "test.npy");

    [TestMethod]
    public void A_file_cut_at_any_byte_is_refused_by_every_reader()
    {
        using var folder = new TemporaryFolder();
        for (var length = 0; length < Valid.Length; length++)
        {
            var cut = Valid[..length];
            var path = folder.Write("cut.npy", cut);

            StringAssert.Contains(Assert.ThrowsExactly<InvalidDataException>(() => Read(cut)).Message, "test.npy");
            Assert.ThrowsExactly<InvalidDataException>(() => NpyArray.Read(new TrickleStream(cut)));
            Assert.ThrowsExactly<InvalidDataException>(() => NpyArray.Load(path));
            Assert.ThrowsExactly<InvalidDataException>(() => NpyReader.Open(path).Dispose());
        }
    }

    [TestMethod]
    public void Bytes_behind_the_array_are_refused()
    {
        using var folder = new TemporaryFolder();
        byte[] file = [.. Valid, 0];

        var error = Assert.ThrowsExactly<InvalidDataException>(() => Read(file));

        StringAssert.Contains(error.Message, "take 24 bytes, 25 were found");
        Assert.ThrowsExactly<InvalidDataException>(() => NpyReader.Open(folder.Write("long.npy", file)).Dispose());
    }

    [TestMethod]
    [DataRow("|O", "Python objects")]
    [DataRow("<U8", "not supported")]
    [DataRow("|S4", "not supported")]
    [DataRow("<c16", "not supported")]
    [DataRow("<M8[ns]", "not supported")]
    [DataRow("<f16", "not supported")]
    [DataRow("|f4", "byte order")]
    [DataRow("f4", "not one NumPy writes")]
    [DataRow("", "not one NumPy writes")]
    public void Types_that_are_no_numbers_are_refused_by_name(string description, string expected)
    {
        var file = NpyBytes.File(NpyBytes.Header(description, "(1,)"), new byte[16]);

        var error = Assert.ThrowsExactly<InvalidDataException>(() => Read(file));

        StringAssert.Contains(error.Message, expected);
        StringAssert.Contains(error.Message, "test.npy");
    }

    [TestMethod]
    [DataRow("{'descr': [('a', '<f4'), ('b', '<i4')], 'fortran_order': False, 'shape': (1,), }", "structured array")]
    [DataRow("{'descr': '<f4', 'fortran_order': False, }", "one is missing")]
    [DataRow("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1,), }", "each once")]
    [DataRow("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'evil': __import__('os'), }", "evil")]
    [DataRow("{'descr': '<f4', 'fortran_order': 0, 'shape': (1,), }", "True or False")]
    [DataRow("{'descr': '<f4', 'fortran_order': False, 'shape': (1), }", "a comma")]
    [DataRow("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }", "dimension")]
    [DataRow("{'descr': '<f4', 'fortran_order': False, 'shape': (1.0,), }", "a comma")]
    [DataRow("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }", "dimension")]
    [DataRow("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), } or 1", "nothing after")]
    [DataRow("{'descr: <f4", "closing quote")]
    [DataRow("", "'{'")]
    [DataRow("\0\0\0\0", "'{'")]
    public void Malformed_headers_are_refused(string header, string expected)
    {
        var error = Assert.ThrowsExactly<InvalidDataException>(() => Read(NpyBytes.File(header, NpyBytes.Singles(1))));

        StringAssert.Contains(error.Message, expected);
    }

    [TestMethod]
    [DataRow((byte)0, (byte)0)]
    [DataRow((byte)1, (byte)1)]
    [DataRow((byte)4, (byte)0)]
    [DataRow((byte)255, (byte)255)]
    public void Unknown_versions_are_refused(byte major, byte minor)
    {
        var file = (byte[])Valid.Clone();
        (file[6], file[7]) = (major, minor);

        StringAssert.Contains(Assert.ThrowsExactly<InvalidDataException>(() => Read(file)).Message, $"version {major}.{minor}");
    }

    [TestMethod]
    [DataRow("(9223372036854775807,)")]
    [DataRow("(4294967296, 4294967296)")]
    [DataRow("(0, 9223372036854775807, 9223372036854775807)")]
    [DataRow("(2000000000,)")]
    [DataRow("(500, 1000000)")]
    [DataRow("(1, 3000000000)")]
    public void Absurd_sizes_cost_no_memory(string shape)
    {
        using var folder = new TemporaryFolder();
        var file = NpyBytes.File(NpyBytes.Header("<f4", shape), NpyBytes.Singles(1, 2));
        var path = folder.Write("absurd.npy", file);

        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.ThrowsExactly<InvalidDataException>(() => Read(file));
        Assert.ThrowsExactly<InvalidDataException>(() => NpyArray.Read(new TrickleStream(file)));
        Assert.ThrowsExactly<InvalidDataException>(() => NpyReader.Open(path).Dispose());

        Finite.Below(MemoryAllowed, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [TestMethod]
    public void No_rows_of_an_absurd_length_cost_no_memory()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("hollow.npy", NpyBytes.File(NpyBytes.Header("<f4", "(0, 200000000)", fortran: true), []));

        var before = GC.GetAllocatedBytesForCurrentThread();
        using var reader = NpyReader.Open(path);

        Assert.AreEqual(0, reader.Rows);
        Assert.AreEqual(0, NpyArray.Load(path).Count);
        Finite.Below(MemoryAllowed, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [TestMethod]
    public void Too_long_or_too_deep_headers_are_refused()
    {
        var endless = NpyBytes.File(NpyBytes.Header("<f4", "(1,)"), NpyBytes.Singles(1), major: 2);
        endless[8] = endless[9] = endless[10] = endless[11] = 0xFF;
        StringAssert.Contains(Assert.ThrowsExactly<InvalidDataException>(() => Read(endless)).Message, "4294967295 bytes");

        var deep = NpyBytes.File(NpyBytes.Header("<f4", "(" + string.Concat(Enumerable.Repeat("1, ", 65)) + ")"), NpyBytes.Singles(1));
        StringAssert.Contains(Assert.ThrowsExactly<InvalidDataException>(() => Read(deep)).Message, "65 dimensions");
    }

    [TestMethod]
    public void A_limit_on_the_size_is_kept()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("large.npy", Valid);

        Assert.AreEqual(6, NpyArray.Load(path, Valid.Length).Count);
        Assert.ThrowsExactly<InvalidDataException>(() => NpyArray.Load(path, Valid.Length - 1));
        Assert.ThrowsExactly<InvalidDataException>(() => NpyArray.Read(new TrickleStream(Valid), maximumBytes: Valid.Length - 1));
    }

    [TestMethod]
    public void Random_damage_gives_an_array_or_the_one_kind_of_error()
    {
        var random = new Random(20240229);
        const string likely = "0123456789(),'<>|fiub{}TF: ";
        var refused = 0;
        for (var round = 0; round < 20_000; round++)
        {
            var file = (byte[])Valid.Clone();
            for (var change = random.Next(1, 5); change > 0; change--)
                file[random.Next(file.Length)] = random.Next(3) == 0 ? (byte)random.Next(256) : (byte)likely[random.Next(likely.Length)];
            try
            {
                Finite.AtMost(24, Read(file).ToDoubles().Length);
            }
            catch (InvalidDataException)
            {
                refused++;
            }
        }

        Finite.Above(1000, refused);
    }

    /// <summary>Gives a byte at a time and cannot seek, as a network or a decompressor may.</summary>
    private sealed class TrickleStream(byte[] content) : MemoryStream(content)
    {
        public override bool CanSeek => false;

        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(count, 1));
    }
}
