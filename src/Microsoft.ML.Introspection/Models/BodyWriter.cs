using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Onnx.Proto;
using Microsoft.ML.Introspection.Onnx.Reading;

namespace Microsoft.ML.Introspection.Models;

/// <summary>Writes copies of bodies into the graph around them, each under names of its own; their weights are shared.</summary>
internal sealed class BodyWriter(GraphProto graph, ModelFacts facts)
{
    private readonly FreshNames _names = new(graph);
    private readonly Dictionary<TensorProto, string> _constants = [];
    private readonly List<TensorProto> _made = [];

    public string Fresh(string wanted) => _names.Make(wanted);

    /// <summary>The name of a constant; equal ones are one.</summary>
    public string Constant(Tensor tensor, string wanted) => Constant(tensor.ToProto(""), wanted);

    /// <summary>A copy of a body.</summary>
    /// <param name="body">The body.</param>
    /// <param name="path">What names of the copy begin with.</param>
    /// <param name="inputs">The tensors for its inputs.</param>
    /// <param name="outputs">The names for its outputs; empty ones are not wanted.</param>
    /// <param name="replaced">Other names for some of what it takes from outside.</param>
    public List<NodeProto> Copy(
        GraphProto body, string path, IEnumerable<string> inputs, IEnumerable<string> outputs,
        IReadOnlyDictionary<string, string>? replaced = null)
    {
        var (function, call) = (new FunctionProto { Name = path }, new NodeProto { Name = path });
        function.Input.Add(body.Input.Select(i => i.Name));
        call.Input.Add(inputs);
        foreach (var weights in body.Initializer)
        {
            function.Input.Add(weights.Name);
            call.Input.Add(Constant(new TensorProto(weights) { Name = "" }, $"{path}/{weights.Name}"));
        }
        foreach (var outer in Subgraphs.Captured(body))
        {
            function.Input.Add(outer);
            call.Input.Add(replaced?.GetValueOrDefault(outer) ?? outer);
        }
        function.Node.Add(body.Node);
        function.Output.Add(body.Output.Select(o => o.Name));
        call.Output.Add(outputs);
        return [.. new FunctionInstance(function, call, _names).Nodes()];
    }

    /// <summary>The model with other nodes, and with the constants that were made for them.</summary>
    /// <param name="model">The model that the graph is part of.</param>
    /// <param name="nodes">All its nodes, in order.</param>
    public OnnxModel Complete(OnnxModel model, List<NodeProto> nodes)
    {
        var old = model.Proto.Graph.Node.SelectMany(n => n.Output).ToHashSet();
        var used = model.Proto.Graph.Output.Select(o => o.Name).ToHashSet();
        var kept = new List<NodeProto>();
        foreach (var node in Enumerable.Reverse(nodes))
        {
            // Numbers of turns and conditions that a body hands on, and nobody takes.
            if (!node.Output.Any(o => used.Contains(o) || old.Contains(o)))
                continue;
            kept.Add(node);
            used.UnionWith(node.Input);
            used.UnionWith(Subgraphs.Captured(node.Attribute));
        }
        var proto = model.ProtoToChange();
        proto.Graph.Node.Clear();
        proto.Graph.Node.Add(Enumerable.Reverse(kept));
        proto.Graph.Initializer.Add(_made.Where(m => used.Contains(m.Name)));
        return new OnnxModel(proto);
    }

    private string Constant(TensorProto tensor, string wanted)
    {
        if (_constants.TryGetValue(tensor, out var known))
            return known;
        var name = Fresh(wanted);
        _made.Add(new TensorProto(tensor) { Name = name });
        facts.Add(name, Tensor.FromProto(tensor));
        return _constants[tensor] = name;
    }
}
