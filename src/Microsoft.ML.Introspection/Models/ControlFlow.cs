using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Onnx.Proto;
using Microsoft.ML.Introspection.Runtime;

namespace Microsoft.ML.Introspection.Models;

/// <summary>
/// Writes branches and loops of a settled model out as plain nodes wherever that gives exactly the same function, so that
/// every method can pass them: branches whose condition is known, or whose two sides are alike in type and shape; loops and
/// scans whose number of turns is known. The others stay, can be computed, and have no gradient.
/// </summary>
internal sealed class ControlFlow
{
    // Bodies within bodies come to the top one layer at a time; a branch on data is tried one at a time. Each reads the model anew.
    private const int MaximumReadings = 128;

    // A reading takes seconds of the largest models that are read.
    private const long MaximumNodesRead = 3 << 13;

    private readonly UnrollingBudget _budget = new();
    private readonly TrialTime _time;
    private int _readings;
    private long _nodesRead;

    private ControlFlow(TrialTime time) => _time = time;

    /// <summary>The model with as little control flow as can be.</summary>
    public static OnnxModel WriteOut(OnnxModel settled, TrialTime? time = null) =>
        Remaining(settled).Any() ? new ControlFlow(time ?? new()).Run(settled) : settled;

    /// <summary>Whether a node is a branch or a loop.</summary>
    internal static bool Is(NodeProto node) => OperatorFacts.Of(node)?.Kind == OperatorKind.Control;

    /// <summary>The branches and loops of the graph itself; they are known by their outputs, whose names they keep.</summary>
    private static IEnumerable<NodeProto> Remaining(OnnxModel model) => model.Proto.Graph.Node.Where(Is);

    private static string Key(NodeProto node) => node.Output.FirstOrDefault(o => o.Length > 0) ?? "";

    // What hangs on constants of the file alone is written out before ONNX Runtime is asked about thousands of branches.
    private OnnxModel Run(OnnxModel settled)
    {
        var plain = settled;
        for (var depth = 0; depth < MaximumReadings; depth++)
        {
            if (KnownControlFlow.WriteOut(plain, ModelFacts.OfConstants(plain), _budget) is not { } rewritten)
                break;
            plain = rewritten;
        }
        var known = ReferenceEquals(plain, settled) ? null : Read(plain);
        return (known is null ? Run(settled, [], Read(settled)) : Run(plain, [], known)).Model;
    }

    private (OnnxModel Model, ModelFacts? Facts) Run(OnnxModel model, HashSet<string> tried, ModelFacts? facts)
    {
        while (facts is not null)
        {
            if (KnownControlFlow.WriteOut(model, facts, _budget) is { } rewritten && Read(rewritten) is { } known)
                (model, facts) = (rewritten, known);
            else if (Choose(model, facts, tried) is var (chosen, after))
                (model, facts) = (chosen, after);
            else
                break;
        }
        return (model, facts);
    }

    /// <summary>The first branch on data that can be written as a choice between the results of both sides.</summary>
    private (OnnxModel Model, ModelFacts Facts)? Choose(OnnxModel model, ModelFacts facts, HashSet<string> tried)
    {
        foreach (var node in Remaining(model).Where(n => n.OpType == "If").ToList())
        {
            if (_readings > MaximumReadings || _nodesRead > MaximumNodesRead)
                return null;
            if (!tried.Add(Key(node)) || DataBranch.WriteOut(model, facts, node, _budget) is not { } branch)
                continue;
            // What the sides hold is written out first: a loop that stays in one would run whether its side is taken or not.
            var outside = Remaining(model).Select(Key).ToHashSet();
            var (candidate, known) = Run(branch.Model, [.. outside], Read(branch.Model));
            if (known is { } after && Remaining(candidate).All(n => outside.Contains(Key(n))) && branch.Holds(candidate, after))
                return (candidate, after);
        }
        return null;
    }

    /// <summary>What is known of a model's tensors; null where ONNX Runtime refuses it or enough has been tried.</summary>
    private ModelFacts? Read(OnnxModel model)
    {
        _nodesRead += BodyCost.Count(model.Proto.Graph);
        if (_readings++ == MaximumReadings)
            return null;
        try
        {
            return ModelFacts.Of(model, _time);
        }
        catch (Exception e)
            when (e is InvalidModelException or UnsupportedOperatorException or InvalidOperationException or ArgumentException)
        {
            // The model as it came is read again by whoever asked, and then the error counts; a rewritten one is dropped.
            return null;
        }
    }
}
