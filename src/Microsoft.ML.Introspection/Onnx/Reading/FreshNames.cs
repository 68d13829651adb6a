using System.Globalization;
using Microsoft.ML.Introspection.Onnx.Proto;

namespace Microsoft.ML.Introspection.Onnx.Reading;

/// <summary>Makes names that no tensor of a model has, in bodies neither.</summary>
internal sealed class FreshNames
{
    /// <summary>Longer wishes are cut: names are made many times over, and a file may hold very long ones.</summary>
    private const int MaximumLength = 160;

    private readonly HashSet<string> _taken = [];
    private readonly Dictionary<string, int> _nextSuffix = [];

    public FreshNames(GraphProto graph) => Take(graph);

    public string Make(string wanted)
    {
        if (wanted.Length > MaximumLength)
            wanted = wanted[^MaximumLength..];
        if (_taken.Add(wanted))
            return wanted;
        var suffix = _nextSuffix.GetValueOrDefault(wanted);
        string name;
        do
            name = string.Create(CultureInfo.InvariantCulture, $"{wanted}_{++suffix}");
        while (!_taken.Add(name));
        _nextSuffix[wanted] = suffix;
        return name;
    }

    private void Take(GraphProto graph)
    {
        _taken.UnionWith(graph.Input.Select(i => i.Name));
        _taken.UnionWith(graph.Initializer.Select(i => i.Name));
        foreach (var node in graph.Node)
        {
            _taken.UnionWith(node.Input);
            _taken.UnionWith(node.Output);
            foreach (var body in node.Attribute.SelectMany(Subgraphs.Of))
                Take(body);
        }
    }
}
