using Microsoft.ML.Introspection.Files;

namespace Microsoft.ML.Introspection.Tests.Data;

[TestClass]
public sealed class WritingNpyRows
{
    [TestMethod]
    public void Rows_written_one_by_one_are_the_array_written_at_once()
    {
        using var folder = new TemporaryFolder();
        var values = Enumerable.Range(0, 5 * 6).Select(i => i * 0.5f - 3).ToArray();

        using (var writer = NpyWriter.Create(folder["rows.npy"], NpyType.Single, 2, 3))
        {
            writer.Append(values.AsSpan(0, 6));
            writer.Append(values.AsSpan(6, 18));
            writer.Append(ReadOnlySpan<float>.Empty);
            writer.Append(values.AsSpan(24));
            Assert.AreEqual(5, writer.Rows);
            writer.Complete();
        }

        var read = NpyArray.Load(folder["rows.npy"]);
        CollectionAssert.AreEqual(new[] { 5, 2, 3 }, read.Shape.ToArray());
        CollectionAssert.AreEqual(values, read.ToSingles());
    }

    [TestMethod]
    [DataRow(NpyType.Boolean)]
    [DataRow(NpyType.Int8)]
    [DataRow(NpyType.UInt8)]
    [DataRow(NpyType.Int16)]
    [DataRow(NpyType.UInt16)]
    [DataRow(NpyType.Int32)]
    [DataRow(NpyType.UInt32)]
    [DataRow(NpyType.Int64)]
    [DataRow(NpyType.UInt64)]
    [DataRow(NpyType.Half)]
    [DataRow(NpyType.Single)]
    [DataRow(NpyType.Double)]
    public void Every_type_is_converted_to_from_all_three(NpyType type)
    {
        using var folder = new TemporaryFolder();
        using (var writer = NpyWriter.Create(folder["all.npy"], type))
        {
            writer.Append([1f, 0f]);
            writer.Append([1.0, 0.0]);
            writer.Append([1L, 0L]);
            writer.Complete();
        }

        var read = NpyArray.Load(folder["all.npy"]);
        Assert.AreEqual(type, read.Type);
        CollectionAssert.AreEqual(new[] { 6 }, read.Shape.ToArray());
        CollectionAssert.AreEqual(new long[] { 1, 0, 1, 0, 1, 0 }, read.ToInt64s());
    }

    [TestMethod]
    public void What_is_not_completed_leaves_the_old_file_and_nothing_else()
    {
        using var folder = new TemporaryFolder();
        NpyArray.From([7f]).Save(folder["result.npy"]);

        Assert.ThrowsExactly<OperationCanceledException>(() =>
        {
            using var writer = NpyWriter.Create(folder["result.npy"], NpyType.Single, 2);
            writer.Append([1f, 2f]);
            throw new OperationCanceledException();
        });

        CollectionAssert.AreEqual(new[] { "result.npy" }, folder.FileNames.ToArray());
        CollectionAssert.AreEqual(new[] { 7f }, NpyArray.Load(folder["result.npy"]).ToSingles());
    }

    [TestMethod]
    public void A_refused_batch_leaves_the_rows_before_it_whole()
    {
        using var folder = new TemporaryFolder();
        using (var writer = NpyWriter.Create(folder["bytes.npy"], NpyType.UInt8, 2))
        {
            writer.Append([1f, 2f]);
            Assert.ThrowsExactly<InvalidDataException>(() => writer.Append([3f, 4f, 5f, 256f]));
            Assert.ThrowsExactly<InvalidDataException>(() => writer.Append([3f, 0.5f]));
            Assert.ThrowsExactly<InvalidDataException>(() => writer.Append([3.0, double.NaN]));
            Assert.ThrowsExactly<ArgumentException>(() => writer.Append([3f]));
            writer.Append([6f, 7f]);
            writer.Complete();
        }

        CollectionAssert.AreEqual(new long[] { 1, 2, 6, 7 }, NpyArray.Load(folder["bytes.npy"]).ToInt64s());
    }

    [TestMethod]
    public void A_file_without_rows_is_a_valid_one()
    {
        using var folder = new TemporaryFolder();
        using (var writer = NpyWriter.Create(folder["none.npy"], NpyType.Double, 4))
            writer.Complete();

        CollectionAssert.AreEqual(new[] { 0, 4 }, NpyArray.Load(folder["none.npy"]).Shape.ToArray());
    }

    [TestMethod]
    public void Impossible_rows_and_places_are_refused()
    {
        using var folder = new TemporaryFolder();

        Assert.ThrowsExactly<ArgumentException>(() => NpyWriter.Create(folder["a.npy"], NpyType.Single, 0).Dispose());
        Assert.ThrowsExactly<ArgumentException>(() => NpyWriter.Create(folder["a.npy"], NpyType.Single, 65536, 65536).Dispose());
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => NpyWriter.Create(folder["a.npy"], (NpyType)99).Dispose());
        Assert.ThrowsExactly<DirectoryNotFoundException>(() => NpyWriter.Create(folder["absent/a.npy"], NpyType.Single).Dispose());
        Assert.IsEmpty(folder.FileNames);
    }
}
