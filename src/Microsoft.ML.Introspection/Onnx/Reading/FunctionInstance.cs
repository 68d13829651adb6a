using Microsoft.ML.Introspection.Onnx.Proto;

namespace Microsoft.ML.Introspection.Onnx.Reading;

/// <summary>The nodes of a function for one call: inputs, outputs and attributes of the call in place of the formal ones.</summary>
internal sealed class FunctionInstance
{
    private readonly FunctionProto _function;
    private readonly NodeProto _call;
    private readonly FreshNames _names;
    private readonly Dictionary<string, AttributeProto> _attributes = [];

    public FunctionInstance(FunctionProto function, NodeProto call, FreshNames names)
    {
        (_function, _call, _names) = (function, call, names);
        foreach (var attribute in function.AttributeProto.Concat(call.Attribute))
            _attributes[attribute.Name] = attribute;
    }

    /// <summary>The nodes, in order; further functions that they call are left as they are.</summary>
    public IEnumerable<NodeProto> Nodes()
    {
        if (_call.Input.Count > _function.Input.Count || _call.Output.Count > _function.Output.Count)
            throw Wrong($"is called with {_call.Input.Count} inputs and {_call.Output.Count} outputs; it has {_function.Input.Count} and "
                + $"{_function.Output.Count}");
        var scope = new Scope(null);
        for (var i = 0; i < _function.Input.Count; i++)
            scope.Names[_function.Input[i]] = i < _call.Input.Count ? _call.Input[i] : "";

        // An output that some node makes gets the caller's name at once; a second name for it, or for an input, is a copy.
        var wanted = new Dictionary<string, string>();
        var copies = new List<(string From, string To)>();
        for (var i = 0; i < _call.Output.Count; i++)
        {
            var (inner, outer) = (_function.Output[i], _call.Output[i]);
            if (outer.Length > 0 && (scope.Names.ContainsKey(inner) || !wanted.TryAdd(inner, outer)))
                copies.Add((inner, outer));
        }
        foreach (var node in _function.Node)
            yield return Instance(node, scope, wanted);
        foreach (var output in wanted.Keys.Where(o => !scope.Names.ContainsKey(o)))
            throw Wrong($"never makes its output '{output}'");
        foreach (var (from, to) in copies)
        {
            var source = Resolve(from, scope);
            if (source.Length == 0)
                throw Wrong($"gives out its input '{from}', which the call leaves out");
            yield return new NodeProto { OpType = "Identity", Input = { source }, Output = { to } };
        }
    }

    private NodeProto Instance(NodeProto original, Scope scope, Dictionary<string, string>? wanted = null)
    {
        var node = original.Clone();
        for (var i = 0; i < node.Input.Count; i++)
            node.Input[i] = Resolve(node.Input[i], scope);
        node.Attribute.Clear();
        foreach (var attribute in original.Attribute)
        {
            if (Bound(attribute) is not { } bound)
                continue;
            // A body that the call hands in speaks of the caller's tensors already.
            if (attribute.RefAttrName.Length == 0)
                foreach (var body in Subgraphs.Of(bound))
                    Rename(body, new Scope(scope));
            node.Attribute.Add(bound);
        }
        for (var i = 0; i < node.Output.Count; i++)
        {
            if (node.Output[i] is { Length: > 0 } name)
                node.Output[i] = Define(name, scope, wanted?.GetValueOrDefault(name));
        }
        if (_call.Name.Length > 0)
            node.Name = _names.Make($"{_call.Name}/{(node.Name.Length > 0 ? node.Name : node.OpType)}");
        return node;
    }

    /// <summary>An attribute with references to the call's attributes resolved; null where the call leaves one out.</summary>
    private AttributeProto? Bound(AttributeProto attribute)
    {
        if (attribute.RefAttrName.Length == 0)
            return attribute.Clone();
        if (!_attributes.TryGetValue(attribute.RefAttrName, out var actual))
            return null;
        if (attribute.Type != 0 && actual.Type != 0 && attribute.Type != actual.Type)
            throw Wrong($"is given the attribute '{actual.Name}' as {actual.Type}; {attribute.Type} was expected");
        return new AttributeProto(actual) { Name = attribute.Name };
    }

    private void Rename(GraphProto body, Scope scope)
    {
        foreach (var tensor in body.Initializer)
            tensor.Name = Define(tensor.Name, scope);
        foreach (var input in body.Input)
            input.Name = scope.Names.TryGetValue(input.Name, out var initializer) ? initializer : Define(input.Name, scope);
        var nodes = body.Node.ToList();
        body.Node.Clear();
        foreach (var node in nodes)
            body.Node.Add(Instance(node, scope));
        foreach (var output in body.Output)
            output.Name = Resolve(output.Name, scope);
        foreach (var info in body.ValueInfo)
            info.Name = scope.Find(info.Name) ?? info.Name;
    }

    private string Define(string name, Scope scope, string? wanted = null)
    {
        var fresh = wanted ?? _names.Make($"{_function.Name}/{name}");
        return scope.Names.TryAdd(name, fresh) ? fresh : throw Wrong($"makes '{name}' twice");
    }

    private string Resolve(string name, Scope scope) =>
        name.Length == 0 ? "" : scope.Find(name) ?? throw Wrong($"uses '{name}', which nothing before makes");

    private InvalidModelException Wrong(string what) => new(
        $"The function '{_function.Name}', called by the node '{(_call.Name.Length > 0 ? _call.Name : _call.Output.FirstOrDefault())}', "
            + $"{what}.");

    /// <summary>The new names of what a function, or a body within it, defines.</summary>
    private sealed class Scope(Scope? outer)
    {
        public Dictionary<string, string> Names { get; } = [];

        public string? Find(string name) => Names.TryGetValue(name, out var found) ? found : outer?.Find(name);
    }
}
