using System.Globalization;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Onnx.Proto;
using Microsoft.ML.Introspection.Onnx.Reading;

namespace Microsoft.ML.Introspection.Onnx;

/// <summary>Writes a model whose weights are too many for one file: they go into a second one beside it, <c>NAME.data</c>.</summary>
internal static class ExternalWeights
{
    // Smaller ones stay in the model; a multiple of the size of a page can be mapped into memory.
    private const int Smallest = 1024, Alignment = 4096;

    /// <summary>Writes both files; each is there whole or not at all, the model last.</summary>
    /// <param name="model">The model.</param>
    /// <param name="path">Where the model goes.</param>
    public static void Save(ModelProto model, string path)
    {
        var (copy, name) = (model.Clone(), System.IO.Path.GetFileName(path) + ".data");
        var held = new HashSet<TensorProto>(
            ModelCheck.Tensors(copy).Where(t => t.RawData.Length >= Smallest), ReferenceEqualityComparer.Instance);
        // Of attributes' tensors ONNX Runtime reads none elsewhere.
        held.IntersectWith(Initializers(copy.Graph));
        AtomicFile.Write(path + ".data", stream =>
        {
            foreach (var tensor in held)
            {
                stream.Position = (stream.Position + Alignment - 1) / Alignment * Alignment;
                (string Key, long Value)[] place = [("offset", stream.Position), ("length", tensor.RawData.Length)];
                tensor.RawData.WriteTo(stream);
                tensor.RawData = Google.Protobuf.ByteString.Empty;
                tensor.DataLocation = TensorProto.Types.DataLocation.External;
                tensor.ExternalData.Add(new StringStringEntryProto { Key = "location", Value = name });
                tensor.ExternalData.Add(place.Select(p =>
                    new StringStringEntryProto { Key = p.Key, Value = p.Value.ToString(CultureInfo.InvariantCulture) }));
            }
        });
        AtomicFile.Write(path, new OnnxModel(copy).Save);
    }

    private static IEnumerable<TensorProto> Initializers(GraphProto graph) => graph.Initializer
        .Concat(graph.Node.SelectMany(n => n.Attribute).SelectMany(Subgraphs.Of).SelectMany(Initializers));
}
