using Microsoft.ML.Introspection.Onnx.Proto;

namespace Microsoft.ML.Introspection.Onnx.Reading;

/// <summary>Makes names that no tensor of a model has, in bodies neither.</summary>
internal sealed class FreshNames
{
    /// <summary>Longer wishes are cut: names are made many times over, and a file may hold very long ones.</summary>
    private const int MaximumLength = 160;

    private readonly UniqueNames _names = new();

    public FreshNames(GraphProto graph) => Take(graph);

    public string Make(string wanted) => _names.Make(wanted.Length > MaximumLength ? wanted[^MaximumLength..] : wanted);

    private void Take(GraphProto graph)
    {
        _names.Add(graph.Input.Select(i => i.Name));
        _names.Add(graph.Initializer.Select(i => i.Name));
        foreach (var node in graph.Node)
        {
            _names.Add(node.Input);
            _names.Add(node.Output);
            foreach (var body in node.Attribute.SelectMany(Subgraphs.Of))
                Take(body);
        }
    }
}
