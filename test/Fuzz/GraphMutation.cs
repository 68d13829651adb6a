using Google.Protobuf;
using Microsoft.ML.Introspection.Importers.TensorFlow;
using Microsoft.ML.Introspection.Importers.TensorFlow.Proto;

namespace Microsoft.ML.Introspection.Fuzz;

/// <summary>Changes nodes, inputs, attributes and constants of a graph of TensorFlow, so that it stays a message.</summary>
internal sealed class GraphMutation(Random random) : MessageMutation(random)
{
    /// <summary>A frozen graph, or the graph of a SavedModel, changed; bytes of something else are changed as bytes.</summary>
    public byte[] Of(byte[] content)
    {
        try
        {
            // A SavedModel begins with the number of its version, a graph with a node.
            if (content is [0x08, ..])
            {
                var model = SavedModelProto.Parser.ParseFrom(content);
                if (Random.Next(6) == 0)
                    AnyField(model);
                else
                    foreach (var part in model.MetaGraphs)
                        Change(part.GraphDef);
                return model.ToByteArray();
            }
            var graph = GraphDef.Parser.ParseFrom(content);
            if (graph.Node.Count == 0)
                return ByteMutation.Of(content, Random);
            Change(graph);
            return graph.ToByteArray();
        }
        catch (InvalidProtocolBufferException)
        {
            return ByteMutation.Of(content, Random);
        }
    }

    private void Change(GraphDef graph)
    {
        // Of the functions mostly one computes, and it is the longest.
        var longest = graph.Library?.Function.MaxBy(f => f.NodeDef.Count)?.NodeDef;
        var nodes = longest?.Count > 0 && Random.Next(4) > 0 ? longest : graph.Node;
        for (var times = Random.Next(1, 4); times > 0 && nodes.Count > 0; times--)
        {
            if (Random.Next(4) == 0)
                AnyField(nodes[Random.Next(nodes.Count)]);
            else
                Change(nodes[Random.Next(nodes.Count)], nodes[Random.Next(nodes.Count)]);
        }
    }

    private void AnyField(IMessage message)
    {
        var places = new List<IMessage>();
        Collect(message, places, 0);
        Field(Any(places), places);
    }

    protected override string Name(List<IMessage> places) =>
        Any([.. places.OfType<NodeDef>().SelectMany(n => n.Input.Append(n.Name).Append(n.Op)), "x", ""]);

    private void Change(NodeDef node, NodeDef other)
    {
        switch (Random.Next(7))
        {
            case 0:
                node.Op = Random.Next(2) == 0 ? other.Op : Any([.. TranslationTable.Operators]);
                break;
            case 1 when node.Input.Count > 0:
                node.Input[Random.Next(node.Input.Count)] = other.Input.FirstOrDefault() ?? other.Name;
                break;
            case 2 when node.Input.Count > 0:
                node.Input.RemoveAt(Random.Next(node.Input.Count));
                break;
            case 3:
                node.Input.Add(other.Name);
                break;
            case 4 when node.Attr.Count > 0:
                node.Attr.Remove(node.Attr.Keys.ElementAt(Random.Next(node.Attr.Count)));
                break;
            default:
                if (node.Attr.Count > 0)
                    Change(node.Attr.Values.ElementAt(Random.Next(node.Attr.Count)));
                break;
        }
    }

    private void Change(AttrValue value)
    {
        switch (value.ValueCase)
        {
            case AttrValue.ValueOneofCase.I: value.I = Number(); break;
            case AttrValue.ValueOneofCase.B: value.B = !value.B; break;
            case AttrValue.ValueOneofCase.Type: value.Type = (DataType)Random.Next(30); break;
            case AttrValue.ValueOneofCase.Shape: Change(value.Shape); break;
            case AttrValue.ValueOneofCase.S: value.S = ByteString.CopyFromUtf8(Random.Next(2) == 0 ? "SAME" : "NCHW"); break;
            case AttrValue.ValueOneofCase.List when value.List.I.Count > 0:
                value.List.I[Random.Next(value.List.I.Count)] = Number();
                break;
            case AttrValue.ValueOneofCase.Tensor: Change(value.Tensor); break;
        }
    }

    private void Change(TensorProto tensor)
    {
        if (Random.Next(3) == 0)
            Change(tensor.TensorShape ??= new TensorShapeProto());
        else if (tensor.IntVal.Count > 0)
            tensor.IntVal[Random.Next(tensor.IntVal.Count)] = (int)Number();
        else if (tensor.TensorContent.Length > 0)
            tensor.TensorContent = ByteString.CopyFrom(ByteMutation.Of(tensor.TensorContent.ToByteArray(), Random));
        else
            tensor.Dtype = (DataType)Random.Next(30);
    }

    private void Change(TensorShapeProto shape)
    {
        if (shape.Dim.Count == 0 || Random.Next(4) == 0)
            shape.Dim.Add(new TensorShapeProto.Types.Dim { Size = Number() });
        else
            shape.Dim[Random.Next(shape.Dim.Count)].Size = Number();
    }

    private long Number() => Random.Next(2) == 0 ? Random.Next(-3, 12) : Any(Wild);
}
