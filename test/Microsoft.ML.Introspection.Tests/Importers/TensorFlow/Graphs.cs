using Google.Protobuf;
using Microsoft.ML.Introspection.Importers.TensorFlow.Proto;

namespace Microsoft.ML.Introspection.Tests.Importers.TensorFlow;

/// <summary>Small graphs of TensorFlow, made node by node.</summary>
internal static class Graphs
{
    public static GraphDef Of(params ReadOnlySpan<NodeDef> nodes)
    {
        var graph = new GraphDef { Library = new FunctionDefLibrary() };
        graph.Node.Add(nodes.ToArray());
        return graph;
    }

    public static ReadOnlyMemory<byte> Bytes(this GraphDef graph) => graph.ToByteArray();

    public static NodeDef Node(string name, string op, params ReadOnlySpan<string> inputs)
    {
        var node = new NodeDef { Name = name, Op = op };
        node.Input.Add(inputs.ToArray());
        return node;
    }

    public static NodeDef With(this NodeDef node, string name, AttrValue value)
    {
        node.Attr[name] = value;
        return node;
    }

    public static NodeDef Placeholder(string name, params ReadOnlySpan<long> shape) => Placeholder(name, DataType.DtFloat, shape);

    public static NodeDef Placeholder(string name, DataType type, params ReadOnlySpan<long> shape) => Node(name, "Placeholder")
        .With("dtype", new AttrValue { Type = type }).With("shape", new AttrValue { Shape = Shape(shape) });

    public static NodeDef Constant(string name, TensorProto tensor) => Node(name, "Const")
        .With("dtype", new AttrValue { Type = tensor.Dtype }).With("value", new AttrValue { Tensor = tensor });

    public static NodeDef Floats(string name, long[] shape, params ReadOnlySpan<float> numbers)
    {
        var tensor = new TensorProto { Dtype = DataType.DtFloat, TensorShape = Shape(shape) };
        tensor.FloatVal.Add(numbers.ToArray());
        return Constant(name, tensor);
    }

    public static NodeDef Integers(string name, long[] shape, params ReadOnlySpan<int> numbers)
    {
        var tensor = new TensorProto { Dtype = DataType.DtInt32, TensorShape = Shape(shape) };
        tensor.IntVal.Add(numbers.ToArray());
        return Constant(name, tensor);
    }

    public static NodeDef Call(string name, string function, params ReadOnlySpan<string> inputs) =>
        Node(name, "PartitionedCall", inputs).With("f", new AttrValue { Func = new NameAttrList { Name = function } });

    /// <summary>A function of tensors x, y, … that gives one, named r.</summary>
    public static FunctionDef Function(string name, string[] arguments, string result, params ReadOnlySpan<NodeDef> nodes)
    {
        var function = new FunctionDef { Signature = new OpDef { Name = name } };
        foreach (var argument in arguments)
            function.Signature.InputArg.Add(new OpDef.Types.ArgDef { Name = argument, Type = DataType.DtFloat });
        function.Signature.OutputArg.Add(new OpDef.Types.ArgDef { Name = "r", Type = DataType.DtFloat });
        function.NodeDef.Add(nodes.ToArray());
        function.Ret["r"] = result;
        return function;
    }

    public static TensorShapeProto Shape(params ReadOnlySpan<long> extents)
    {
        var shape = new TensorShapeProto();
        foreach (var extent in extents)
            shape.Dim.Add(new TensorShapeProto.Types.Dim { Size = extent });
        return shape;
    }
}
