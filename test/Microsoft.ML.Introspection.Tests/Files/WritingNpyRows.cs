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
