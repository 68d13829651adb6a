using System.IO.Compression;
using Microsoft.ML.Introspection.Files;

namespace Microsoft.ML.Introspection.Tests.Data;

[TestClass]
public sealed class ReadingNpzArchives
{
    [TestMethod]
    public void Arrays_are_found_by_name()
    {
        using var folder = new TemporaryFolder();
        NpzArchive.Save(folder["arrays.npz"], [new("x", NpyArray.From([1f, 2f], 2, 1)), new("layer/gradient", NpyArray.From([3L]))]);

        using var archive = NpzArchive.Open(folder["arrays.npz"]);

        CollectionAssert.AreEqual(new[] { "x", "layer/gradient" }, archive.Names.ToArray());
        Assert.IsTrue(archive.Contains("x"));
        Assert.IsFalse(archive.Contains("x.npy"));
        CollectionAssert.AreEqual(new[] { 2, 1 }, archive.Read("x").Shape.ToArray());
        CollectionAssert.AreEqual(new[] { 1f, 2f }, archive.Read("x").ToSingles());
        CollectionAssert.AreEqual(new[] { 3L }, archive.Read("layer/gradient").ToInt64s());
        StringAssert.Contains(Assert.ThrowsExactly<KeyNotFoundException>(() => archive.Read("y")).Message, "x, layer/gradient");
    }

    [TestMethod]
    public void Archives_of_other_programs_are_read()
    {
        using var folder = new TemporaryFolder();
        var file =
            Zip(("a.npy", NpyBytes.File(NpyBytes.Header(">f4", "(1,)"), [0x3F, 0xC0, 0, 0])), ("readme.txt", "no array"u8.ToArray()));

        using var archive = NpzArchive.Open(folder.Write("other.npz", file));

        CollectionAssert.AreEqual(new[] { "a" }, archive.Names.ToArray());
        CollectionAssert.AreEqual(new[] { 1.5f }, archive.Read("a").ToSingles());
    }

    [TestMethod]
    public void A_small_archive_of_a_huge_array_is_refused_without_unpacking_it()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("bomb.npz", Zip(("a.npy", NpyBytes.File(NpyBytes.Header("|u1", "(30000000,)"), new byte[30_000_000]))));
        Finite.Below(100_000, new FileInfo(path).Length);

        using var archive = NpzArchive.Open(path, maximumBytes: 1 << 20);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var error = Assert.ThrowsExactly<InvalidDataException>(() => archive.Read("a"));

        StringAssert.Contains(error.Message, "at most 1048576");
        Finite.Below(1 << 20, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [TestMethod]
    public void An_entry_that_lies_about_its_size_is_refused()
    {
        using var folder = new TemporaryFolder();
        var file = Zip(("a.npy", NpyBytes.File(NpyBytes.Header("|u1", "(3000000,)"), new byte[3_000_000])));
        var directory = file.AsSpan().LastIndexOf("PK\x01\x02"u8);
        BitConverter.TryWriteBytes(file.AsSpan(directory + 24), 1000);

        using var archive = NpzArchive.Open(folder.Write("liar.npz", file));
        var before = GC.GetAllocatedBytesForCurrentThread();

        Assert.ThrowsExactly<InvalidDataException>(() => archive.Read("a"));
        Finite.Below(1 << 20, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [TestMethod]
    public void An_archive_cut_or_damaged_anywhere_is_refused()
    {
        using var folder = new TemporaryFolder();
        var file = Zip(("a.npy", NpyBytes.File(NpyBytes.Header("<f4", "(6,)"), NpyBytes.Singles(1, 2, 3, 4, 5, 6))));

        for (var length = 0; length < file.Length; length++)
            Assert.ThrowsExactly<InvalidDataException>(() => ReadAll(folder.Write("cut.npz", file[..length])));

        for (var i = 0; i < file.Length; i++)
        {
            var damaged = (byte[])file.Clone();
            damaged[i] ^= 0x55;
            try
            {
                // What survives (dates, a name, a comment) must at least not have changed a value.
                foreach (var values in ReadAll(folder.Write("damaged.npz", damaged)))
                    CollectionAssert.AreEqual(new float[] { 1, 2, 3, 4, 5, 6 }, values);
            }
            catch (InvalidDataException)
            {
            }
        }
    }

    [TestMethod]
    public void Names_must_not_repeat()
    {
        using var folder = new TemporaryFolder();
        var array = NpyArray.From([1f]);
        var twice = Zip(("a.npy", [1]), ("a.npy", [2]));

        Assert.ThrowsExactly<InvalidDataException>(() => NpzArchive.Open(folder.Write("twice.npz", twice)).Dispose());
        Assert.ThrowsExactly<ArgumentException>(() => NpzArchive.Save(folder["new.npz"], [new("a", array), new("a", array)]));
        CollectionAssert.AreEqual(new[] { "twice.npz" }, folder.FileNames.ToArray());
    }

    private static List<float[]> ReadAll(string path)
    {
        using var archive = NpzArchive.Open(path, maximumBytes: 1 << 20);
        return [.. archive.Names.Select(name => archive.Read(name).ToSingles())];
    }

    private static byte[] Zip(params (string Name, byte[] Content)[] entries)
    {
        using var stream = new MemoryStream();
        using (var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, content) in entries)
            {
                using var entry = archive.CreateEntry(name).Open();
                entry.Write(content);
            }
        }

        return stream.ToArray();
    }
}
