using Google.Protobuf;
using Microsoft.ML.Introspection.Onnx.Proto;

namespace Microsoft.ML.Introspection.Onnx;

/// <summary>
/// Slot names inside a graph. ML.NET's <c>OnnxTransformer</c> finds them in a node named after the column, a label encoder
/// whose keys are the names; nothing depends on the node, and ONNX Runtime folds it away.
/// </summary>
internal static class SlotNameNodes
{
    private const string Domain = "ai.onnx.ml";
    private const int LabelEncoderVersion = 2;

    /// <summary>The model with the slot names of some outputs.</summary>
    public static OnnxModel Add(OnnxModel model, IReadOnlyDictionary<string, IReadOnlyList<string>> slotNames)
    {
        var present = model.Proto.OpsetImport.FirstOrDefault(o => o.Domain == Domain);
        if (slotNames.Count == 0 || present?.Version < LabelEncoderVersion)
            return model;
        var proto = model.ProtoToChange();
        if (present is null)
            proto.OpsetImport.Add(new OperatorSetIdProto { Domain = Domain, Version = LabelEncoderVersion });
        foreach (var (column, names) in slotNames)
        {
            var name = $"mlnet.{column}.SlotNames";
            proto.Graph.Initializer.Add(
                new TensorProto { Name = $"{name}.first", DataType = (int)ElementType.String, Dims = { 1 },
                    StringData = { ByteString.CopyFromUtf8(names[0]) } });
            proto.Graph.Node.Add(new NodeProto
            {
                Name = name,
                Domain = Domain,
                OpType = "LabelEncoder",
                Input = { $"{name}.first" },
                Output = { $"{name}.index" },
                Attribute =
                {
                    new AttributeProto { Name = "keys_strings", Type = AttributeProto.Types.AttributeType.Strings,
                        Strings = { names.Select(ByteString.CopyFromUtf8) } },
                    new AttributeProto { Name = "values_int64s", Type = AttributeProto.Types.AttributeType.Ints,
                        Ints = { Enumerable.Range(0, names.Count).Select(i => (long)i) } },
                },
            });
        }
        return new OnnxModel(proto) { IsWritten = model.IsWritten };
    }
}
