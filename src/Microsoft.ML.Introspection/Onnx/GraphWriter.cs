using Microsoft.ML.Introspection.Onnx.Proto;

namespace Microsoft.ML.Introspection.Onnx;

/// <summary>Writes a graph as a model: what the outputs need, under names that are unique and, for outputs, as asked.</summary>
internal sealed class GraphWriter
{
    // Operator set 21 came with file format 10, 22 with the same, 23 and later with 11.
    private static int FileFormat(int opset) => opset <= 22 ? 10 : 11;

    private readonly Dictionary<Value, string> _names = [];
    private readonly UniqueNames _taken = new();
    private readonly UniqueNames _nodeNames = new();
    private readonly HashSet<Node> _needed = [];
    private readonly Dictionary<Value, HashSet<Graph>> _constants = [];
    private readonly Dictionary<(Graph Body, Value Constant), string> _inside = [];
    private readonly HashSet<Value> _outputs = [];

    public static OnnxModel Write(Graph graph, IReadOnlyList<(string Name, Value Value)> outputs, bool keepAllInputs)
    {
        if (graph.Parent is not null)
            throw new InvalidOperationException("A subgraph body is written with the graph around it.");
        if (outputs.Count == 0)
            throw new ArgumentException("A model needs an output.", nameof(outputs));
        if (outputs.GroupBy(o => o.Name).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new ArgumentException($"Two outputs are named '{twice.Key}'.", nameof(outputs));
        return new GraphWriter().Model(graph, outputs, keepAllInputs);
    }

    private OnnxModel Model(Graph graph, IReadOnlyList<(string Name, Value Value)> outputs, bool keepAllInputs)
    {
        Mark(outputs.Select(o => o.Value));
        var inputs = graph.Inputs.Where(i => keepAllInputs || _names.ContainsKey(i)).ToList();

        // Inputs keep their names, outputs get theirs, and whoever had one of these names before takes another.
        _names.Clear();
        foreach (var input in inputs)
            Name(input, input.Name);
        var proto = new GraphProto { Name = "explanation" };
        var renamed = new List<(string Output, Value Source)>();
        foreach (var (name, value) in outputs)
        {
            if (_taken.Contains(name))
                throw new ArgumentException($"'{name}' is the name of an input; an output cannot have it too. Choose another name for "
                    + "the output.", nameof(outputs));
            if (value.Producer is null || _names.ContainsKey(value) || !ReferenceEquals(value.Graph, graph))
                renamed.Add((name, value));
            else
                Name(value, name);
            _outputs.Add(value);
            _taken.Add(name);
        }
        WriteNodes(graph, proto);
        foreach (var (output, source) in renamed)
            proto.Node.Add(new NodeProto { OpType = "Identity", Input = { NameOf(source) }, Output = { output } });
        NodeOrder.Settle(proto);

        foreach (var constant in _constants.Where(c => Body(c.Value) is null).Select(c => c.Key))
            proto.Initializer.Add(constant.Constant!.ToProto(NameOf(constant)));
        proto.Input.AddRange(inputs.Select(i => Info(NameOf(i), i)));
        proto.Output.AddRange(outputs.Select(o => Info(o.Name, o.Value)));

        var model = new ModelProto { IrVersion = FileFormat(graph.Opset), ProducerName = "Introspection", Graph = proto };
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = "", Version = graph.Opset });
        model.OpsetImport.AddRange(graph.Domains.Select(d => new OperatorSetIdProto { Domain = d.Key, Version = d.Value }));
        return new OnnxModel(model) { IsWritten = true };
    }

    /// <summary>Finds the nodes, constants and inputs that some values depend on, without recursion: networks can be deep.</summary>
    private void Mark(IEnumerable<Value> values)
    {
        var open = new Stack<Value>(values);
        while (open.TryPop(out var value))
        {
            // What is not an input of a node has to stand outside all bodies: constants belong to the outermost graph.
            if (value.Constant is not null)
                Use(value, value.Graph);
            if (!_names.TryAdd(value, ""))
                continue;
            if (value.Producer is not { } node || !_needed.Add(node))
                continue;
            foreach (var constant in node.Inputs.OfType<Value>().Where(i => i.Constant is not null))
                Use(constant, node.Graph);
            foreach (var captured in node.Captures.Values)
                open.Push(captured);
            foreach (var dependency in node.Dependencies.Where(d => d.Constant is null))
                open.Push(dependency);
            foreach (var body in node.Bodies.Values)
                foreach (var result in body.Results)
                    open.Push(result);
        }
    }

    private void Use(Value constant, Graph user)
    {
        if (!_constants.TryGetValue(constant, out var users))
            _constants[constant] = users = [];
        users.Add(user);
    }

    private void WriteNodes(Graph graph, GraphProto proto)
    {
        foreach (var node in graph.Nodes.Where(_needed.Contains))
        {
            var written = new NodeProto { OpType = node.OperatorType, Domain = node.Domain, Name = UniqueNodeName(node.Name) };
            written.Input.AddRange(
                node.Inputs.Select((input, place) => input is null ? "" : IsKernel(node, place) ? KernelIn(graph, input) : NameOf(input)));
            written.Output.AddRange(node.Outputs.Select(o => o.Name.Length == 0 ? "" : NameOf(o)));
            foreach (var attribute in node.Attributes.Protos)
                written.Attribute.Add(node.Captures.Count == 0 ? attribute
                    : Subgraphs.Renamed(attribute, node.Captures.ToDictionary(c => c.Key, c => NameOf(c.Value))));
            foreach (var (name, body) in node.Bodies)
                written.Attribute.Add(Attributes.ToProto(name, Body(name, body)));
            proto.Node.Add(written);
            // ONNX Runtime loses the batch symbol at operators that take their shape from data, and with it some of its
            // optimisations (the blocked layout of convolutions among them). We know it.
            proto.ValueInfo.AddRange(node.Outputs
                .Where(o => o.Name.Length > 0 && o.ShapeOrNull is { HasUnknown: false } && !_outputs.Contains(o))
                .Select(o => Info(NameOf(o), o)));
        }
    }

    private GraphProto Body(string name, GraphBody body)
    {
        var proto = new GraphProto { Name = name };
        proto.Input.AddRange(body.Graph.Inputs.Select(i => Info(NameOf(i), i)));
        WriteNodes(body.Graph, proto);
        proto.Initializer.AddRange(
            _constants.Where(c => ReferenceEquals(Body(c.Value), body.Graph)).Select(c => c.Key.Constant!.ToProto(NameOf(c.Key))));
        proto.Initializer.AddRange(
            _inside.Where(i => ReferenceEquals(i.Key.Body, body.Graph)).Select(i => i.Key.Constant.Constant!.ToProto(i.Value)));
        foreach (var result in body.Results)
        {
            // A body must make its results itself; one that comes from outside, or straight from an input, is handed on.
            if (result.Producer is not null && body.Graph.Owns(result) && proto.Output.All(o => o.Name != NameOf(result)))
            {
                proto.Output.Add(Info(NameOf(result), result));
                continue;
            }
            var handedOn = _taken.Make("result");
            proto.Node.Add(new NodeProto { OpType = "Identity", Input = { NameOf(result) }, Output = { handedOn } });
            proto.Output.Add(Info(handedOn, result));
        }
        return proto;
    }

    // The body that alone uses a constant holds it.
    private static Graph? Body(HashSet<Graph> users) => users.Count == 1 && users.First() is { Parent: not null } body ? body : null;

    // ONNX Runtime lays a convolution out in blocks only if its kernel is a constant of the same graph; a body that shares
    // one with what surrounds it gets a copy. Kernels are small beside the tensors that they work on.
    private static bool IsKernel(Node node, int place) => place == 1 && node.Is(OperatorKind.Convolution);

    private string KernelIn(Graph graph, Value kernel)
    {
        if (graph.Parent is null || kernel.Constant is null || Body(_constants[kernel]) is not null)
            return NameOf(kernel);
        if (!_inside.TryGetValue((graph, kernel), out var name))
            _inside[(graph, kernel)] = name = _taken.Make(kernel.Name);
        return name;
    }

    private string NameOf(Value value) => _names.TryGetValue(value, out var name) ? name : Name(value, _taken.Make(value.Name));

    private string Name(Value value, string name)
    {
        _taken.Add(name);
        return _names[value] = name;
    }

    // A network traced twice has two nodes of each name, which ONNX Runtime refuses.
    private string UniqueNodeName(string wanted) => wanted.Length > 0 ? _nodeNames.Make(wanted) : "";

    private static ValueInfoProto Info(string name, Value value) =>
        new() { Name = name, Type = TensorInfo.ToProto(value.Type, value.ShapeOrNull) };
}
