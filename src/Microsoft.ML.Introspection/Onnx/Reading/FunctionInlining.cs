using Microsoft.ML.Introspection.Onnx.Reading.Opsets;
using Microsoft.ML.Introspection.Onnx.Proto;

namespace Microsoft.ML.Introspection.Onnx.Reading;

/// <summary>
/// Puts the nodes of a model's own functions in place of the nodes that call them. Newer exporters write a function for
/// every layer or module; everything behind this point sees plain operators only.
/// </summary>
internal sealed class FunctionInlining
{
    // A small file could otherwise call for more nodes than any memory holds: each function twice the one before.
    private const int MaximumDepth = 64;
    private const int MaximumNodes = 1 << 16;
    private const long MaximumBytes = 1L << 29;

    private readonly ModelProto _model;
    private readonly Dictionary<(string Domain, string Name, string Overload), FunctionProto> _functions = [];
    private readonly Dictionary<FunctionProto, long> _sizes = [];
    private readonly Stack<FunctionProto> _open = [];
    private readonly FreshNames _names;
    private readonly int _opset;
    private long _nodes;
    private long _bytes;

    private FunctionInlining(ModelProto model)
    {
        _model = model;
        _names = new FreshNames(model.Graph);
        foreach (var function in model.Functions)
            if (!_functions.TryAdd((Standard(function.Domain), function.Name, function.Overload), function))
                throw new InvalidModelException($"Two functions are named '{Describe(function)}'.");
        _opset = (int)Opset(model.OpsetImport)!;
    }

    /// <summary>The model without functions.</summary>
    /// <exception cref="InvalidModelException">
    /// A function calls itself, uses what it does not have, or grows beyond all measure.
    /// </exception>
    public static OnnxModel Inline(OnnxModel model)
    {
        if (model.Proto.Functions.Count == 0)
            return model;
        var opsets = model.Proto.Functions.Select(f => Opset(f.OpsetImport) ?? model.Opset).Append(model.Opset).ToList();
        foreach (var opset in opsets.Where(o => o is < ModelCheck.OldestOpset or > ModelCheck.NewestOpset))
            throw new InvalidModelException(
                $"It has a function for the ONNX operator set {opset}; {ModelCheck.OldestOpset} to {ModelCheck.NewestOpset} can be read.");

        // Functions may be written for another operator set than the graph; then all meet at the newest.
        var newest = (int)opsets.Max();
        var copy = newest == model.Opset ? model.Proto.Clone() : OpsetConversion.To(model, Math.Max(newest, Graph.MinimumOpset)).Proto;
        new FunctionInlining(copy).Run();
        ModelCheck.Check(copy);
        return new OnnxModel(copy);
    }

    private void Run()
    {
        Expand(_model.Graph, new ConversionScope(_model.Graph, _names));
        var domains = _functions.Keys.Select(f => f.Domain).Where(d => d.Length > 0).ToHashSet();
        domains.ExceptWith(Domains(_model.Graph));
        foreach (var import in _model.OpsetImport.Where(o => domains.Contains(o.Domain)).ToList())
            _model.OpsetImport.Remove(import);
        _model.Functions.Clear();
    }

    private void Expand(GraphProto graph, ConversionScope scope)
    {
        var old = graph.Node.ToList();
        graph.Node.Clear();
        foreach (var node in old)
            Expand(node, graph, scope);
    }

    /// <summary>Adds a node to a graph or, if it calls a function, the function's nodes.</summary>
    private void Expand(NodeProto node, GraphProto target, ConversionScope scope)
    {
        if (Called(node) is { } function)
        {
            Call(function, node, target, scope);
            return;
        }
        foreach (var body in node.Attribute.SelectMany(Subgraphs.Of))
            Expand(body, new ConversionScope(body, scope));
        target.Node.Add(node);
        scope.Note(node);
    }

    private void Call(FunctionProto function, NodeProto call, GraphProto target, ConversionScope scope)
    {
        if (_open.Contains(function))
            throw new InvalidModelException($"The function '{Describe(function)}' calls itself.");
        if (_open.Count == MaximumDepth)
            throw new InvalidModelException($"Its functions call each other more than {MaximumDepth} deep.");
        Account(function);
        _open.Push(function);
        Import(function);
        var from = (int)(Opset(function.OpsetImport) ?? _opset);
        var nodes = new FunctionInstance(function, call, _names).Nodes().ToList();
        scope.Use(nodes);
        foreach (var node in nodes)
        {
            var converted = from == _opset || Called(node) is not null ? [node] : OpsetConversion.Convert(node, scope, from, _opset);
            foreach (var part in converted)
                Expand(part, target, scope);
        }
        _open.Pop();
    }

    private void Account(FunctionProto function)
    {
        if (!_sizes.TryGetValue(function, out var size))
            _sizes[function] = size = function.CalculateSize();
        _nodes += function.Node.Count + 1;
        _bytes += size;
        if (_nodes > MaximumNodes || _bytes > MaximumBytes)
            throw new InvalidModelException(
                $"Its functions written out come to more than {MaximumNodes:N0} nodes or {MaximumBytes:N0} bytes.");
    }

    /// <summary>The model needs the operator sets of other domains that a function uses.</summary>
    private void Import(FunctionProto function)
    {
        foreach (var import in function.OpsetImport.Where(i => Standard(i.Domain).Length > 0))
        {
            if (_model.OpsetImport.FirstOrDefault(o => o.Domain == import.Domain) is not { } present)
                _model.OpsetImport.Add(import.Clone());
            else if (present.Version != import.Version && _functions.Keys.All(f => f.Domain != import.Domain))
                throw new InvalidModelException(
                    $"The function '{Describe(function)}' wants version {import.Version} of the operators '{import.Domain}', the model "
                        + $"version {present.Version}.");
        }
    }

    private FunctionProto? Called(NodeProto node) => _functions.GetValueOrDefault((Standard(node.Domain), node.OpType, node.Overload));

    private static IEnumerable<string> Domains(GraphProto graph) =>
        graph.Node.SelectMany(n => n.Attribute.SelectMany(Subgraphs.Of).SelectMany(Domains).Prepend(n.Domain));

    private static long? Opset(IEnumerable<OperatorSetIdProto> imports) =>
        imports.FirstOrDefault(o => Standard(o.Domain).Length == 0)?.Version;

    private static string Standard(string domain) => domain == "ai.onnx" ? "" : domain;

    private static string Describe(FunctionProto function) =>
        function.Domain.Length > 0 ? $"{function.Domain}:{function.Name}" : function.Name;
}
