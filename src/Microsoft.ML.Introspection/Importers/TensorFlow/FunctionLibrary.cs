using Microsoft.ML.Introspection.Importers.TensorFlow.Proto;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Importers.TensorFlow;

/// <summary>A body of nodes that refer to each other by name: the graph of a file, or a function of its library.</summary>
internal sealed class NodeBody
{
    private readonly Dictionary<string, NodeDef> _nodes;
    private readonly Dictionary<string, int> _arguments = new(StringComparer.Ordinal);

    public NodeBody(string name, IEnumerable<NodeDef> nodes, FunctionDef? function = null)
    {
        (Name, Function) = (name, function);
        _nodes = new(StringComparer.Ordinal);
        foreach (var node in nodes)
            if (!_nodes.TryAdd(node.Name, node))
                throw new InvalidModelException($"{this} has two nodes named '{node.Name}'.");
        foreach (var argument in function?.Signature.InputArg ?? [])
        {
            if (argument.NumberAttr.Length > 0 || argument.TypeListAttr.Length > 0)
                throw new InvalidModelException($"{this} takes a list as '{argument.Name}'; single tensors were expected.");
            _arguments.TryAdd(argument.Name, _arguments.Count);
        }
    }

    /// <summary>The function's name; empty for the graph itself.</summary>
    public string Name { get; }

    /// <summary>The function; null for the graph itself.</summary>
    public FunctionDef? Function { get; }

    /// <summary>All nodes, in the order of the file.</summary>
    public IEnumerable<NodeDef> Nodes => _nodes.Values;

    /// <summary>A node by name; null where there is none.</summary>
    public NodeDef? Find(string name) => _nodes.GetValueOrDefault(name);

    /// <summary>Which argument of the function has a name; null where none has.</summary>
    public int? Argument(string name) => _arguments.TryGetValue(name, out var place) ? place : null;

    public override string ToString() => Name.Length > 0 ? $"The function '{Name}'" : "The graph";
}

/// <summary>The functions of a file by name.</summary>
internal sealed class FunctionLibrary
{
    private readonly Dictionary<string, FunctionDef> _functions = new(StringComparer.Ordinal);
    private readonly Dictionary<string, NodeBody> _bodies = new(StringComparer.Ordinal);

    public FunctionLibrary(FunctionDefLibrary? library)
    {
        foreach (var function in library?.Function ?? [])
            if (function.Signature is { } signature)
                _functions.TryAdd(signature.Name, function);
    }

    /// <summary>Whether there is a function of that name.</summary>
    public bool Has(string name) => _functions.ContainsKey(name);

    /// <summary>All functions.</summary>
    public IEnumerable<FunctionDef> Functions => _functions.Values;

    /// <summary>A function's body.</summary>
    /// <exception cref="InvalidModelException">There is none of that name.</exception>
    public NodeBody Body(string name)
    {
        if (_bodies.TryGetValue(name, out var body))
            return body;
        var function = _functions.GetValueOrDefault(name)
            ?? throw new InvalidModelException($"The function '{name}' is called, which the file does not have.");
        return _bodies[name] = new NodeBody(name, function.NodeDef, function);
    }
}
