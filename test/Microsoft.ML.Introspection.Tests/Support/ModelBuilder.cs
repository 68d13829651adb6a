using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Onnx.Proto;

namespace Microsoft.ML.Introspection.Tests.Support;

/// <summary>Writes a model field by field, at any operator set, right or wrong: what an exporter, or an attacker, might hand us.</summary>
internal sealed class ModelBuilder
{
    public ModelBuilder(int opset, int fileFormat = 8)
    {
        Proto = new ModelProto { IrVersion = fileFormat, ProducerName = "test", Graph = Graph };
        Proto.OpsetImport.Add(new OperatorSetIdProto { Version = opset });
    }

    public ModelProto Proto { get; }

    public GraphProto Graph { get; } = new() { Name = "test" };

    public ModelBuilder Input(string name, params long[] dimensions) => Input(name, ElementType.Float, dimensions);

    public ModelBuilder Input(string name, ElementType type, params long[] dimensions)
    {
        Graph.Input.Add(Info(name, type, Shape.Of(dimensions)));
        return this;
    }

    public ModelBuilder Initializer(string name, Tensor tensor)
    {
        Graph.Initializer.Add(tensor.ToProto(name));
        return this;
    }

    public ModelBuilder Node(string operatorType, string[] inputs, string[] outputs, params (string Name, object Value)[] attributes)
    {
        Graph.Node.Add(NodeOf(operatorType, inputs, outputs, attributes));
        return this;
    }

    /// <summary>Names an output; without a shape its rank stays open.</summary>
    public ModelBuilder Output(string name, ElementType type = ElementType.Float, Shape? shape = null)
    {
        Graph.Output.Add(Info(name, type, shape));
        return this;
    }

    /// <summary>The model as read from its bytes: checked.</summary>
    public OnnxModel Build() => OnnxModel.Parse(new OnnxModel(Proto).ToArray());

    public static NodeProto NodeOf(string operatorType, string[] inputs, string[] outputs, params (string Name, object Value)[] attributes)
    {
        var node = new NodeProto { OpType = operatorType, Name = $"{operatorType} of {string.Join(',', outputs)}" };
        node.Input.AddRange(inputs);
        node.Output.AddRange(outputs);
        node.Attribute.AddRange(attributes.Select(a => Attributes.ToProto(a.Name, a.Value)));
        return node;
    }

    public static ValueInfoProto Info(string name, ElementType type, Shape? shape) =>
        new() { Name = name, Type = TensorInfo.ToProto(type, shape) };
}
