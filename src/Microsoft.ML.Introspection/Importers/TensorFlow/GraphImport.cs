using Microsoft.ML.Introspection.Importers.Layout;
using Microsoft.ML.Introspection.Importers.TensorFlow.Proto;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Importers.TensorFlow;

/// <summary>A tensor at an end of a graph: what users call it, which it is, and what the file says of it.</summary>
internal sealed record EndPoint(string Name, string Tensor, DataType Type = DataType.DtInvalid, TensorShapeProto? Shape = null);

/// <summary>Writes what lies between some tensors of a graph as a model.</summary>
internal static class GraphImport
{
    /// <summary>The part of a graph from its inputs to its outputs.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="library">Its functions.</param>
    /// <param name="inputs">Where it begins.</param>
    /// <param name="outputs">Where it ends.</param>
    /// <param name="options">How it is written, and numbers for extents that are open.</param>
    /// <param name="variables">What the variables hold, by the nodes that stand for them.</param>
    public static OnnxModel Write(NodeBody graph, FunctionLibrary library, IReadOnlyList<EndPoint> inputs, IReadOnlyList<EndPoint> outputs,
        TranslationOptions options, Func<FlatGraph, CallFrame, Func<FlatNode, Tensor>> variables)
    {
        var flat = new FlatGraph(library);
        var root = new CallFrame(graph, null, null);
        var written = Writing.NewGraph(options.Opset);
        var translation = new Translation(flat, written, variables(flat, root));
        var hasChannelsLast = HasChannelsLast(graph, library);
        foreach (var input in inputs)
        {
            var place = flat.Resolve(root, input.Tensor);
            translation.Give(place, Begin(translation, place.Node, input, options, hasChannelsLast));
        }
        var results = translation.Run(flat.Outputs(root, outputs.Select(o => o.Tensor)));
        RefuseState(flat, translation);

        var ends = new List<(string, Value)>();
        foreach (var (output, item) in outputs.Zip(results))
        {
            var value = translation.Value(item) ?? throw new InvalidModelException(
                $"The output '{output.Name}' ({output.Tensor}) is no tensor of numbers.");
            if (output.Type == DataType.DtInt32)
                value = value.Cast(ElementType.Int32);
            value = options.Outer(value, hasChannelsLast);
            // A model may hand an input on; ONNX wants another name for it then.
            ends.Add((inputs.Any(i => i.Name == output.Name) ? $"{output.Name}_output" : output.Name, value));
        }
        return written.ToModel(ends, keepAllInputs: true).Checked();
    }

    // Pictures have their channels last unless some window says otherwise; where there are no windows, there are no pictures.
    private static bool HasChannelsLast(NodeBody graph, FunctionLibrary library)
    {
        var windows = graph.Nodes.Concat(library.Functions.SelectMany(f => f.NodeDef)).Where(n => n.Op is "Conv2D" or "Conv3D"
            or "DepthwiseConv2dNative" or "Conv2DBackpropInput" or "Conv3DBackpropInputV2" or "MaxPool" or "MaxPool3D" or "AvgPool"
            or "AvgPool3D").Select(n => n.Attr.TryGetValue("data_format", out var format) ? format.S.ToStringUtf8() : "NHWC").ToList();
        return windows.Count > 0 && windows.TrueForAll(w => w.EndsWith('C'));
    }

    private static Item Begin(
        Translation translation, FlatNode node, EndPoint input, TranslationOptions options, bool hasChannelsLast)
    {
        var type = input.Type != DataType.DtInvalid ? input.Type : TypeOf(node);
        if (type == DataType.DtString)
            return new Item.Text();
        var element = DataTypes.Of(type, input.Name);
        var shape = input.Shape ?? ShapeOf(node) ?? ResizedPictures.ShapeOf(translation.Flat, node);
        if (shape is null or { UnknownRank: true })
            throw new InvalidModelException($"The file does not tell the shape of the input '{input.Name}' (node '{node.Name}', "
                + $"{node.Operator}), not even its number of axes. Name another tensor as input, or save the model with the shape.");
        if (shape.Dim.Count > 64)
            throw new InvalidModelException($"The input '{input.Name}' has {shape.Dim.Count} axes.");
        var extents = new Shape(shape.Dim.Select((d, axis) => Extent(d.Size, axis)));
        var value = options.Input(translation.Graph, input.Name, element, extents, hasChannelsLast);
        // The input itself tells its extents, where it has them in the same order.
        var itself = translation.Graph.Inputs[^1];
        translation.Extents.Add(itself.Shape.Equals(extents) ? itself : value);
        return new Item.Tensor(value.Cast(DataTypes.Computed(element)));

        Dimension Extent(long size, int axis)
        {
            var symbol = axis == 0 ? "batch" : $"{input.Name}_{axis}";
            return size >= 0 ? size
                : options.Dimensions.TryGetValue($"{input.Name}[{axis}]", out var given)
                    || options.Dimensions.TryGetValue(symbol, out given)
                    ? given > 0 ? given : throw new ArgumentException($"The extent '{symbol}' is given as {given}; 1 or more was expected.",
                        nameof(options))
                    : Dimension.Symbol(symbol);
        }
    }

    private static DataType TypeOf(FlatNode node) => node.Attributes.Type("dtype", node.Attributes.Type("T", node.Operator switch
    {
        "ResizeBilinear" or "ResizeBicubic" => DataType.DtFloat,
        _ => node.Attributes.Type("DstT", DataType.DtFloat),
    })) is var type && node.Operator is "ResizeBilinear" or "ResizeBicubic" ? DataType.DtFloat : type;

    // A constant that stands in the place of an input had one batch of many.
    private static TensorShapeProto? ShapeOf(FlatNode node)
    {
        if (node.Operator == "Const" && node.Attributes.Tensor("value")?.TensorShape is { } constant)
        {
            var open = constant.Clone();
            if (open.Dim.Count > 1)
                open.Dim[0].Size = -1;
            return open;
        }
        return node.Attributes.Shape("shape") ?? node.Attributes.Shapes("_output_shapes").FirstOrDefault();
    }

    // What is kept from one call to the next is no function of the inputs.
    private static void RefuseState(FlatGraph flat, Translation translation)
    {
        foreach (var frame in flat.Frames.ToList())
            foreach (var node in frame.Body.Nodes.Where(n => n.Op is "AssignVariableOp" or "AssignAddVariableOp" or "AssignSubVariableOp"))
                if (frame.Caller is not null && node.Input.Count > 0 && flat.Resolve(frame, node.Input[0]).Node is var handle
                    && translation.ReadVariables.Contains(handle))
                    throw new InvalidModelException($"The node '{node.Name}' ({node.Op}) changes the variable '{handle.Name}' that the "
                        + "model reads: its outputs depend on what it was given before. Save the layer without state (stateful=False).");
    }
}
