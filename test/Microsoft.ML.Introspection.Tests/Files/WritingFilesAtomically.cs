using Microsoft.ML.Introspection.Files;

namespace Microsoft.ML.Introspection.Tests.Data;

[TestClass]
public sealed class WritingFilesAtomically
{
    [TestMethod]
    public void A_committed_file_replaces_the_old_one()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("file", [1]);

        AtomicFile.Write(path, stream => stream.Write([2, 3]));

        CollectionAssert.AreEqual(new byte[] { 2, 3 }, File.ReadAllBytes(path));
        CollectionAssert.AreEqual(new[] { "file" }, folder.FileNames.ToArray());
    }

    [TestMethod]
    public void A_failure_leaves_the_old_file_and_no_rest()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("file", [1]);

        Assert.ThrowsExactly<InvalidOperationException>(() => AtomicFile.Write(path, stream =>
        {
            stream.Write([2, 3]);
            throw new InvalidOperationException();
        }));

        CollectionAssert.AreEqual(new byte[] { 1 }, File.ReadAllBytes(path));
        CollectionAssert.AreEqual(new[] { "file" }, folder.FileNames.ToArray());
    }

    [TestMethod]
    public void A_link_is_followed_and_stays()
    {
        using var folder = new TemporaryFolder();
        var target = folder.Write("target", [1]);
        try
        {
            File.CreateSymbolicLink(folder["link"], target);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Assert.Inconclusive("This system does not let the test make a link.");
        }

        AtomicFile.Write(folder["link"], stream => stream.Write([2]));

        CollectionAssert.AreEqual(new byte[] { 2 }, File.ReadAllBytes(target));
        Assert.IsNotNull(new FileInfo(folder["link"]).LinkTarget);
    }

    [TestMethod]
    public void Folders_and_missing_folders_are_named()
    {
        using var folder = new TemporaryFolder();

        StringAssert.Contains(Assert.ThrowsExactly<IOException>(() => new AtomicFile(folder["."]).Dispose()).Message, "folder");
        var missing = Assert.ThrowsExactly<DirectoryNotFoundException>(() => new AtomicFile(folder["absent/file"]).Dispose());
        StringAssert.Contains(missing.Message, "absent");
    }
}
