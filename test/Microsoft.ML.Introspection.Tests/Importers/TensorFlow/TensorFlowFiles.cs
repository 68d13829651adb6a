using System.IO.Compression;

namespace Microsoft.ML.Introspection.Tests.Importers.TensorFlow;

/// <summary>The files of TensorFlow under <c>test/data</c>.</summary>
internal static class TensorFlowFiles
{
    public static string Of(params ReadOnlySpan<string> path) =>
        Path.Combine([AppContext.BaseDirectory, "data", "tensorflow", .. path]);

    /// <summary>A SavedModel unpacked into a folder of its own.</summary>
    public static string Unpacked(string name)
    {
        var folder = Directory.CreateTempSubdirectory("saved_model").FullName;
        ZipFile.ExtractToDirectory(Of(name, "saved_model.zip"), folder);
        return folder;
    }
}
