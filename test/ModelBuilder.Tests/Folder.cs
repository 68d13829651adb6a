namespace Microsoft.ML.Introspection.ModelBuilder.Tests;

/// <summary>A folder of a test's own; gone when the test is.</summary>
internal sealed class Folder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("introspect-");

    public string Path => _folder.FullName;

    public void Dispose() => _folder.Delete(recursive: true);
}
