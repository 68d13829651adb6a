using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Onnx.Proto;

namespace Microsoft.ML.Introspection.Models;

/// <summary>
/// A branch whose condition is computed from the data, written as a choice between the results of both its sides. Each side
/// takes its real numbers through a choice too: the gradient that leaves the side not taken is exactly 0, whatever it
/// computed, infinities and NaN included.
/// </summary>
internal sealed class DataBranch
{
    private readonly HashSet<string> _before;
    private readonly List<(string Then, string Otherwise)> _sides;

    private DataBranch(OnnxModel model, HashSet<string> before, List<(string Then, string Otherwise)> sides) =>
        (Model, _before, _sides) = (model, before, sides);

    /// <summary>The model with the choice in the branch's place.</summary>
    public OnnxModel Model { get; }

    /// <summary>Writes both sides of a branch out; null where they cannot be.</summary>
    public static DataBranch? WriteOut(OnnxModel model, ModelFacts facts, NodeProto node, UnrollingBudget budget)
    {
        var (then, otherwise) = (KnownControlFlow.Body(node, "then_branch"), KnownControlFlow.Body(node, "else_branch"));
        if (then is null || otherwise is null || node.Input.Count != 1 || then.Output.Count < node.Output.Count
            || otherwise.Output.Count < node.Output.Count)
            return null;
        if (!budget.Take(BodyCost.Of(then)) || !budget.Take(BodyCost.Of(otherwise)))
            return null;

        var writer = new BodyWriter(model.Proto.Graph, facts);
        var label = KnownControlFlow.Label(node);
        var nodes = new List<NodeProto>();
        var condition = Add("Reshape", $"{label}/condition", node.Input[0], writer.Constant(Tensor.Vector<long>(), "scalar"));
        var (left, right) = (Side(then, "then", true), Side(otherwise, "else", false));
        var sides = new List<(string, string)>();
        for (var i = 0; i < node.Output.Count; i++)
        {
            if (node.Output[i].Length == 0)
                continue;
            nodes.Add(
                new NodeProto { OpType = "Where", Name = i == 0 ? label : writer.Fresh($"{label}/{node.Output[i]}"),
                    Input = { condition, left[i], right[i] }, Output = { node.Output[i] } });
            sides.Add((left[i], right[i]));
        }
        var before = model.Proto.Graph.Node.SelectMany(n => n.Output).ToHashSet();
        var all = model.Proto.Graph.Node.SelectMany(n => ReferenceEquals(n, node) ? nodes : [n]).ToList();
        return new DataBranch(writer.Complete(model, all), before, sides);

        string[] Side(GraphProto body, string name, bool isThen)
        {
            var gates = new Dictionary<string, string>();
            foreach (var outer in Subgraphs.Captured(body))
            {
                if (facts.Find(outer) is not { Constant: null } value || !value.Type.IsFloating())
                    continue;
                // The side not taken computes with ones, which hardly any function minds.
                var one = writer.Constant(Tensor.Filled(value.Type, 1), "one");
                gates[outer] = Add("Where", $"{label}/{name}/{outer}", condition, isThen ? outer : one, isThen ? one : outer);
            }
            string[] results = [.. body.Output.Take(node.Output.Count).Select(o => writer.Fresh($"{label}/{name}/{o.Name}"))];
            nodes.AddRange(writer.Copy(body, $"{label}/{name}", [], results, gates));
            return results;
        }

        string Add(string operatorType, string wanted, params ReadOnlySpan<string> inputs)
        {
            var name = writer.Fresh(wanted);
            var added = new NodeProto { OpType = operatorType, Name = name, Output = { name } };
            foreach (var input in inputs)
                added.Input.Add(input);
            nodes.Add(added);
            return name;
        }
    }

    /// <summary>
    /// Whether the choice is the branch: the results of both sides are alike in type and shape, and nothing in them can fail.
    /// </summary>
    /// <param name="model">The model with the choice, and with all control flow within the sides written out.</param>
    /// <param name="facts">What is known of it.</param>
    public bool Holds(OnnxModel model, ModelFacts facts)
    {
        foreach (var (then, otherwise) in _sides)
        {
            // What seems a scalar may be of unknown rank.
            if (facts.Find(then) is not { ShapeOrNull: { HasUnknown: false, Rank: > 0 } shape } a
                || facts.Find(otherwise) is not { ShapeOrNull: { } other } b || a.Type != b.Type || !shape.Equals(other))
                return false;
        }
        var settled = new HashSet<string>();
        foreach (var node in model.Proto.Graph.Node)
        {
            var of = OperatorFacts.Of(node);
            var isSettled = of?.Kind != OperatorKind.Random && !node.Attribute.SelectMany(Subgraphs.Of).Any()
                && (node.OpType is "Shape" or "Size" ? facts.Find(node.Input[0])?.ShapeOrNull is { HasUnknown: false }
                    : node.Input.All(IsSettled));
            if (isSettled)
                settled.UnionWith(node.Output);
            var isOfSides = !node.Output.Any(_before.Contains);
            // Operators may fail on integers (an index beyond an axis, say), and the side not taken must not: integers have to be
            // constants or come from shapes. What follows open extents may fail on these.
            if (isOfSides && (of is null || of.Kind == OperatorKind.Random || of.Has(OperatorTraits.OpenExtents)
                || !of.Has(OperatorTraits.Harmless) && !node.Input.All(i => IsSettled(i) || IsReal(i))))
                return false;
        }
        return true;

        bool IsSettled(string name) => name.Length == 0 || settled.Contains(name) || facts.Find(name)?.Constant is not null;

        bool IsReal(string name) => facts.Find(name) is { } value && (value.Type.IsFloating() || value.Type == ElementType.Bool);
    }
}
