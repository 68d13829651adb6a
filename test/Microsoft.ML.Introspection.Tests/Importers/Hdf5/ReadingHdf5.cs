using System.Buffers.Binary;
using System.IO.Compression;
using Microsoft.ML.Introspection.Importers.Hdf5;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Tests.Importers.Hdf5;

/// <summary>
/// Files of HDF5 in the form that h5py leaves to compression: headers, links and chunks of another version than Keras writes. They are put
/// together here by the format's documentation.
/// </summary>
[TestClass]
public sealed class ReadingHdf5
{
    private const long Undefined = -1;

    [TestMethod]
    [DataRow(false, false)]
    [DataRow(true, false)]
    [DataRow(true, true)]
    public void Chunks_are_put_together(bool deflates, bool shuffles)
    {
        var file = Hdf5File.Parse(Chunked(deflates, shuffles));
        var tensor = file.Root.Find("inner/x")!.Tensor();
        Assert.AreEqual((ElementType.Float, Shape.Of(5, 7)), (tensor.Type, tensor.Shape));
        CollectionAssert.AreEqual(Enumerable.Range(0, 35).Select(i => i * 0.5f).ToArray(), tensor.As<float>().ToArray());
        Assert.IsNull(file.Root.Find("inner/y"));
        CollectionAssert.AreEquivalent(new[] { "inner", "soft", "outside" }, file.Root.Names.ToArray());
    }

    [TestMethod]
    public void Links_are_named_and_not_followed()
    {
        var file = Hdf5File.Parse(Chunked(true, true));
        Assert.Contains("'/soft' is a link to 'inner/x' in the same file",
            Assert.ThrowsExactly<InvalidModelException>(() => file.Root.Find("soft")).Message);
        Assert.Contains("another file ('secret.h5', '/x')",
            Assert.ThrowsExactly<InvalidModelException>(() => file.Root.Find("outside/more")).Message);
    }

    [TestMethod]
    public void Sizes_beyond_the_file_are_refused_before_memory_is_taken()
    {
        var bytes = Chunked(true, true);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var at = 0; at + 8 <= bytes.Length; at++)
        {
            var damaged = (byte[])bytes.Clone();
            BinaryPrimitives.WriteInt64LittleEndian(damaged.AsSpan(at), 0x7FFF_FFFF_FF00);
            try
            {
                Hdf5File.Parse(damaged).Root.Find("inner/x")?.Tensor();
            }
            catch (InvalidModelException)
            {
                // As it should be.
            }
        }
        Finite.AtMost(2e9, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    // Group → group → [5, 7] numbers in chunks of [2, 3]; two links that lead elsewhere.
    private static byte[] Chunked(bool deflates, bool shuffles)
    {
        var file = new MemoryStream();
        file.Write([0x89, (byte)'H', (byte)'D', (byte)'F', (byte)'\r', (byte)'\n', 0x1A, (byte)'\n', 2, 8, 8, 0]);
        file.Write([.. Number(0), .. Number(Undefined), .. Number(0), .. Number(0), 0, 0, 0, 0]);
        var root = 36;
        var chunks = new List<(long Row, long Column, long Address, int Size)>();
        for (var row = 0; row < 5; row += 2)
            for (var column = 0; column < 7; column += 3)
            {
                var content = new byte[2 * 3 * 4];
                for (var i = 0; i < 6; i++)
                    BitConverter.TryWriteBytes(content.AsSpan(i * 4), row + i / 3 < 5 && column + i % 3 < 7
                        ? ((row + i / 3) * 7 + column + i % 3) * 0.5f : 99f);
                if (shuffles)
                    content = [.. Enumerable.Range(0, 24).Select(i => content[i % 6 * 4 + i / 6])];
                if (deflates)
                {
                    var packed = new MemoryStream();
                    using (var zip = new ZLibStream(packed, CompressionLevel.Optimal, leaveOpen: true))
                        zip.Write(content);
                    content = packed.ToArray();
                }
                chunks.Add((row, column, file.Position, content.Length));
                file.Write(content);
            }
        var tree = file.Position;
        file.Write([.. "TREE"u8, 1, 0, (byte)chunks.Count, 0, .. Number(Undefined), .. Number(Undefined)]);
        foreach (var (row, column, address, size) in chunks)
            file.Write([.. Word(size), 0, 0, 0, 0, .. Number(row), .. Number(column), .. Number(0), .. Number(address)]);
        file.Write([0, 0, 0, 0, 0, 0, 0, 0, .. Number(5), .. Number(7), .. Number(4)]);
        byte[] filters = [2, (byte)((shuffles ? 1 : 0) + (deflates ? 1 : 0)),
            .. shuffles ? [2, 0, 0, 0, 1, 0, .. Word(4)] : (byte[])[], .. deflates ? [1, 0, 0, 0, 1, 0, .. Word(6)] : (byte[])[]];
        var data = Object(file,
            (1, [2, 2, 0, 1, .. Number(5), .. Number(7)]),
            (3, [0x11, 0x20, 0x1F, 0, .. Word(4), 0, 0, 32, 0, 23, 8, 0, 23, .. Word(127)]),
            (8, [3, 2, 3, .. Number(tree), .. Word(2), .. Word(3), .. Word(4)]),
            (11, filters));
        var inner = Object(file, (6, [1, 0, 1, (byte)'x', .. Number(data)]));
        root = (int)Object(file,
            (6, [1, 0, 5, .. "inner"u8, .. Number(inner)]),
            (6, [1, 8, 1, 4, .. "soft"u8, 7, 0, .. "inner/x"u8]),
            (6, [1, 8, 64, 7, .. "outside"u8, 14, 0, 0, .. "secret.h5\0/x\0"u8]));
        var bytes = file.ToArray();
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(36), root);
        return bytes;
    }

    private static long Object(MemoryStream file, params (byte Type, byte[] Data)[] messages)
    {
        var address = file.Position;
        byte[] body = [.. messages.SelectMany(m => (byte[])[m.Type, .. Short(m.Data.Length), 0, .. m.Data])];
        file.Write([.. "OHDR"u8, 2, 1, .. Short(body.Length), .. body, 0, 0, 0, 0]);
        return address;
    }

    private static byte[] Number(long value) => BitConverter.GetBytes(value);

    private static byte[] Word(int value) => BitConverter.GetBytes(value);

    private static byte[] Short(int value) => BitConverter.GetBytes((short)value);
}
