using Microsoft.ML.Introspection.Onnx.Proto;

namespace Microsoft.ML.Introspection.Onnx;

/// <summary>Bodies of control-flow nodes as a file holds them: which outer tensors they use, and the same under other names.</summary>
internal static class Subgraphs
{
    /// <summary>The bodies an attribute holds.</summary>
    public static IEnumerable<GraphProto> Of(AttributeProto attribute) =>
        attribute.G is null ? attribute.Graphs : attribute.Graphs.Prepend(attribute.G);

    /// <summary>The names that the bodies of some attributes use and do not define themselves.</summary>
    public static IEnumerable<string> Captured(IEnumerable<AttributeProto> attributes) =>
        attributes.SelectMany(Of).SelectMany(Captured).Distinct();

    /// <summary>The attribute whose bodies use other names for what they take from outside.</summary>
    public static AttributeProto Renamed(AttributeProto attribute, IReadOnlyDictionary<string, string> names)
    {
        var copy = attribute.Clone();
        foreach (var body in Of(copy))
            Rename(body, names);
        return copy;
    }

    /// <summary>The names that a body uses and does not define itself.</summary>
    public static IEnumerable<string> Captured(GraphProto body)
    {
        var own = Defined(body);
        return body.Node
            .SelectMany(n => n.Input.Concat(Captured(n.Attribute)))
            .Concat(body.Output.Select(o => o.Name))
            .Where(name => name.Length > 0 && !own.Contains(name))
            .Distinct();
    }

    private static HashSet<string> Defined(GraphProto body) =>
        [.. body.Input.Select(i => i.Name), .. body.Initializer.Select(i => i.Name), .. body.Node.SelectMany(n => n.Output)];

    private static void Rename(GraphProto body, IReadOnlyDictionary<string, string> names)
    {
        // A name that the body defines hides the outer one. A new outer name could meet an inner one only by accident;
        // inner names get a mark that outer names never carry.
        var inner = Defined(body).Where(n => n.Length > 0).ToDictionary(n => n, n => $"{n}/{body.Name}");
        string New(string name) => inner.TryGetValue(name, out var own) ? own : names.GetValueOrDefault(name, name);
        var visible = new Dictionary<string, string>(names);
        foreach (var (from, to) in inner)
            visible[from] = to;

        foreach (var node in body.Node)
        {
            for (var i = 0; i < node.Input.Count; i++)
                node.Input[i] = New(node.Input[i]);
            for (var i = 0; i < node.Output.Count; i++)
                node.Output[i] = New(node.Output[i]);
            foreach (var nested in node.Attribute.SelectMany(Of))
                Rename(nested, visible);
        }
        foreach (var tensor in body.Initializer)
            tensor.Name = New(tensor.Name);
        foreach (var info in body.Input.Concat(body.Output).Concat(body.ValueInfo))
            info.Name = New(info.Name);
    }
}
