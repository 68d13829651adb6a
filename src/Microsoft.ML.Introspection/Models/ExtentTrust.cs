using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Onnx.Proto;

namespace Microsoft.ML.Introspection.Models;

/// <summary>
/// Which extents, seen in trial runs alone, must be what they were seen to be: those that follow from the batch by arithmetic that a few
/// batches settle. What hangs on the contents of inputs, or on how large the batch is beside some number, may differ in the next run.
/// </summary>
internal sealed class ExtentTrust
{
    private readonly IReadOnlyDictionary<string, TensorInfo> _told;
    private readonly Func<string, IReadOnlyList<Tensor>?> _seen;
    private readonly Dictionary<string, Tensor> _constants = [];
    private readonly Dictionary<string, ElementType> _weights;
    private readonly HashSet<string> _fixed, _data = [], _loose = [];

    /// <summary>Judges the tensors of a model.</summary>
    /// <param name="model">The model, whose nodes are in order.</param>
    /// <param name="told">What is known without a run.</param>
    /// <param name="seen">What a tensor was in each run; null for those that were not looked at.</param>
    public ExtentTrust(OnnxModel model, IReadOnlyDictionary<string, TensorInfo> told, Func<string, IReadOnlyList<Tensor>?> seen)
    {
        var graph = model.Proto.Graph;
        (_told, _seen) = (told, seen);
        _weights = graph.Initializer.ToDictionary(i => i.Name, i => (ElementType)i.DataType);
        _fixed = [.. _weights.Keys];
        foreach (var initializer in graph.Initializer.Where(i => i.RawData.Length <= 4096))
            _constants[initializer.Name] = Tensor.FromProto(initializer);
        _data.UnionWith(model.Inputs.Select(i => i.Name));
        foreach (var node in graph.Node)
        {
            if (IsFixed(node, _fixed))
                _fixed.UnionWith(Outputs(node));
            if (node.OpType == "Constant" && ConstantFolding.Literal(Attributes.FromProtos(node.Attribute)) is { } literal)
                _constants[node.Output[0]] = literal;
            if (!IsFixedByExtents(node))
                _data.UnionWith(Outputs(node));
            if (!HasSureExtents(node))
                _loose.UnionWith(Outputs(node).Where(o => !told.TryGetValue(o, out var info) || info.Shape is not { HasUnknown: false }));
        }
    }

    /// <summary>Whether the extents of a tensor were seen as they must be.</summary>
    public bool IsSure(string tensor) => !_loose.Contains(tensor);

    /// <summary>
    /// The tensors whose contents follow from extents, and those that are constants computed, so that runs have to tell them.
    /// </summary>
    public static IEnumerable<(string Name, bool IsConstant)> FromExtents(OnnxModel model)
    {
        HashSet<string> data = [.. model.Inputs.Select(i => i.Name)], constants = [.. model.Proto.Graph.Initializer.Select(i => i.Name)];
        foreach (var node in model.Proto.Graph.Node)
        {
            if (IsFixed(node, constants))
                constants.UnionWith(Outputs(node));
            else if (node.OpType is not ("Shape" or "Size") && (node.Input.Any(data.Contains) || !IsPlain(node)))
                data.UnionWith(Outputs(node));
            if (node.OpType != "Constant")
                foreach (var output in Outputs(node).Where(o => !data.Contains(o)))
                    yield return (output, constants.Contains(output));
        }
    }

    private static IEnumerable<string> Outputs(NodeProto node) => node.Output.Where(o => o.Length > 0);

    private static bool IsPlain(NodeProto node) =>
        OperatorFacts.Of(node) is { Kind: not OperatorKind.Random } && !node.Attribute.Any(a => Subgraphs.Of(a).Any());

    private static bool IsFixed(NodeProto node, HashSet<string> constants) =>
        IsPlain(node) && node.Input.All(i => i.Length == 0 || constants.Contains(i));

    private bool IsFixedByExtents(NodeProto node)
    {
        if (!IsPlain(node))
            return false;
        if (node.OpType is "Shape" or "Size")
            return IsSure(node.Input[0]);
        if (node.Input.Any(_data.Contains))
            return false;
        return OperatorFacts.Of(node)!.Has(OperatorTraits.Smooth) || !node.Input.Any(Varies) || node.OpType switch
        {
            // No extent is a negative number, which stands for "whatever it is".
            "Equal" => node.Input.Any(i => Values(i)?.All(run => run.All(v => v < 0)) == true),
            "Where" => !Varies(node.Input[0]),
            _ => false,
        };
    }

    private bool HasSureExtents(NodeProto node)
    {
        var facts = OperatorFacts.Of(node);
        var deciding = facts is null ? node.Input.Where(i => TypeOf(i)?.IsFloating() != true)
            : facts.Has(OperatorTraits.OpenExtents) ? node.Input
            : OperatorInputs.Of(node.OpType, InputRole.Extents).Where(i => i < node.Input.Count).Select(i => node.Input[i]);
        if (node.Input.Any(_loose.Contains) || deciding.Any(_data.Contains)
            || facts?.Has(OperatorTraits.OpenExtents) == true && node.Input.Any(Varies))
            return false;
        foreach (var body in node.Attribute.SelectMany(Subgraphs.Of))
            if (!IsTame(body, node.OpType == "Loop") || Subgraphs.Captured(body).Any(_loose.Contains))
                return false;
        return node.OpType switch
        {
            "If" => !Varies(node.Input[0]),
            "Squeeze" when node.Input.Count < 2 => !VariesSomewhere(node.Input[0]),
            "Slice" => IsSureSlice(node),
            _ => true,
        };
    }

    // A bound that is a number cuts off what lies beyond it, which nothing does while the batch is small.
    private bool IsSureSlice(NodeProto node)
    {
        if (!VariesSomewhere(node.Input[0]))
            return true;
        if (Values(node.Input[1]) is not { } starts || Values(node.Input[2]) is not { } ends)
            return false;
        var axes = node.Input.Count > 3 && node.Input[3].Length > 0 ? Values(node.Input[3])?[0]
            : [.. Enumerable.Range(0, starts[0].Length).Select(i => (double)i)];
        return axes is not null && Enumerable.Range(0, axes.Length).All(i =>
            !Varies(node.Input[0], (int)axes[i]) || IsFree(starts, i) && IsFree(ends, i));
    }

    private static bool IsFree(List<double[]> bounds, int place) => bounds.TrueForAll(b => Math.Abs(b[place]) is <= 1 or >= int.MaxValue)
        || bounds.Exists(b => b[place] != bounds[0][place]);

    // A body that decides itself how often it runs, or how much it gives, tells nothing by one run.
    private static bool IsTame(GraphProto body, bool isLoop) =>
        !body.Node.Any(n => OperatorFacts.Of(n)?.Has(OperatorTraits.OpenExtents) == true || n.Attribute.SelectMany(Subgraphs.Of).Any())
        && (!isLoop || body.Output[0].Name == body.Input[1].Name || body.Initializer.Any(i => i.Name == body.Output[0].Name)
            || body.Node.FirstOrDefault(n => n.Output.Contains(body.Output[0].Name)) is { OpType: "Identity" or "Constant" or "Cast" } end
                && (end.Input.Count == 0 || end.Input[0] == body.Input[1].Name || body.Node.Any(n => n.OpType == "Constant"
                    && n.Output[0] == end.Input[0])));

    private List<double[]>? Values(string name) => _constants.TryGetValue(name, out var constant)
        ? constant.Opaque is null ? [constant.ToDouble()] : null
        : _seen(name)?.Select(t => t.ToDouble()).ToList();

    private bool Varies(string name) => name.Length > 0 && !_fixed.Contains(name)
        && (_data.Contains(name) || _seen(name) is not { } runs || runs.Any(r => !r.Bytes.Span.SequenceEqual(runs[0].Bytes.Span)));

    private bool VariesSomewhere(string name) => _told.TryGetValue(name, out var info) && info.Shape is { HasUnknown: false } shape
        ? !shape.IsKnown
        : _seen(name) is { } runs ? runs.Any(r => !r.Shape.Equals(runs[0].Shape)) : !_fixed.Contains(name);

    private bool Varies(string name, int axis)
    {
        if (_fixed.Contains(name))
            return false;
        if (_told.TryGetValue(name, out var info) && info.Shape is { Rank: > 0 } shape && shape[axis] is { IsUnknown: false } extent)
            return !extent.IsKnown;
        return _seen(name) is not { } runs || runs.Any(r => r.Shape.Rank != runs[0].Shape.Rank || r.Shape[axis] != runs[0].Shape[axis]);
    }

    private ElementType? TypeOf(string name) => _told.TryGetValue(name, out var info) ? info.Type
        : _weights.TryGetValue(name, out var type) ? type : null;
}
