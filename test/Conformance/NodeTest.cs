using System.IO.Compression;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Onnx.Proto;

namespace Microsoft.ML.Introspection.Conformance;

/// <summary>
/// An operator test of the ONNX standard: a model, inputs, and what they give. Values that are no tensors are null.
/// </summary>
internal sealed record NodeTest(string Name, byte[] Model, IReadOnlyList<Tensor?> Inputs, IReadOnlyList<Tensor?> Outputs)
{
    /// <summary>The tests of a folder or zip archive that holds <c>NAME/model.onnx</c>, <c>NAME/test_data_set_0/input_0.pb</c></summary>
    public static IEnumerable<NodeTest> Open(string path)
    {
        var files = File.Exists(path) ? Zipped(path) : Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories)
            .ToDictionary(f => Path.GetRelativePath(path, f).Replace('\\', '/'), File.ReadAllBytes);
        foreach (var model in files.Keys.Where(f => f.EndsWith("model.onnx", StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            var folder = model[..^"model.onnx".Length];
            var graph = ModelProto.Parser.ParseFrom(files[model]).Graph;
            IReadOnlyList<Tensor?> Read(IList<ValueInfoProto> infos, string kind) => [.. infos.Select((info, i) =>
                files.TryGetValue($"{folder}test_data_set_0/{kind}_{i}.pb", out var bytes) && info.Type?.TensorType is not null
                    ? Tensor.FromProto(TensorProto.Parser.ParseFrom(bytes)) : null)];
            yield return new NodeTest(folder.TrimEnd('/').Split('/')[^1], files[model], Read(graph.Input, "input"),
                Read(graph.Output, "output"));
        }
    }

    private static Dictionary<string, byte[]> Zipped(string path)
    {
        using var archive = ZipFile.OpenRead(path);
        return archive.Entries.Where(e => e.Length > 0).ToDictionary(e => e.FullName, e =>
        {
            using var content = e.Open();
            using var bytes = new MemoryStream();
            content.CopyTo(bytes);
            return bytes.ToArray();
        });
    }
}
