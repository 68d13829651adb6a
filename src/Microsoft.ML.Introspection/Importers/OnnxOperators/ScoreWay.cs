using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx.Proto;
using Microsoft.ML.Introspection.Onnx.Reading.Learners;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Importers.OnnxOperators;

/// <summary>
/// What happens to the scores of the trees until they leave the graph: slope · score + offset, and a link. Exporters scale and
/// calibrate with plain nodes behind the trees.
/// </summary>
/// <param name="Slope">What scores are multiplied by.</param>
/// <param name="Offset">What is added then.</param>
/// <param name="Link">What makes predictions of that.</param>
internal sealed record ScoreWay(double Slope, double Offset, ScoreLink Link)
{
    private static readonly ScoreWay Plain = new(1, 0, ScoreLink.Identity);

    /// <summary>Follows the scores to the graph's outputs.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="trees">The operator with the trees.</param>
    /// <param name="forest">Its content.</param>
    /// <exception cref="InvalidModelException">Nothing leaves that a link says; the message names the node in the way.</exception>
    public static ScoreWay Find(GraphProto graph, NodeProto trees, OnnxForest forest)
    {
        var start = Plain with { Link = Own(forest.Transformation) };
        var scores = trees.OpType == "TreeEnsembleClassifier" ? 1 : 0;
        if (trees.Output.Count <= scores || trees.Output[scores].Length == 0)
            throw new InvalidModelException($"{TreeGraph.Named(trees)} gives no scores.");

        var constants = Constants(graph);
        var consumers = graph.Node.SelectMany(n => n.Input.Distinct().Select(i => (Input: i, Node: n))).ToLookup(c => c.Input, c => c.Node);
        var outputs = graph.Output.Select(o => o.Name).ToHashSet();
        var seen = new HashSet<string>();
        var leaving = new List<ScoreWay>();
        NodeProto? foreign = null;
        var open = new Queue<(string Tensor, ScoreWay Way)>([(trees.Output[scores], start)]);
        while (open.TryDequeue(out var next))
        {
            if (!seen.Add(next.Tensor))
                continue;
            if (outputs.Contains(next.Tensor))
                leaving.Add(next.Way);
            foreach (var node in consumers[next.Tensor])
            {
                if (node.Output.Count > 0 && next.Way.Through(node, next.Tensor, forest, constants) is { } way)
                    open.Enqueue((node.Output[0], way));
                else
                    foreign ??= node;
            }
        }
        return Choose(leaving) ?? throw new InvalidModelException(foreign is null
            ? $"The scores of {TreeGraph.Named(trees)} are no output of the graph."
            : $"The scores of the trees pass {TreeGraph.Named(foreign)} before they leave, which no link says. Explain the whole model "
                + "as a black box, or cut the node off.");
    }

    // Where scores leave as they are and as probabilities too, the scores are explained, and the link makes the probabilities of them.
    private static ScoreWay? Choose(List<ScoreWay> leaving)
    {
        var linear = leaving.Find(w => w.Link == ScoreLink.Identity);
        var linked = leaving.Find(w => w.Link != ScoreLink.Identity);
        if (linear is null || linked is null)
            return linear ?? linked;
        var slope = linked.Slope / linear.Slope;
        var offset = linked.Offset - slope * linear.Offset;
        return linked.Link == ScoreLink.Logistic ? linear with { Link = ScoreLink.Calibrated(slope, offset) }
            : (slope, offset) is (1, 0) ? linear with { Link = linked.Link }
            : linear;
    }

    private ScoreWay? Through(NodeProto node, string tensor, OnnxForest forest, Dictionary<string, double> constants)
    {
        if (Passes(node, forest))
            return this;
        if (Link != ScoreLink.Identity)
            return null;
        if (TreeGraph.Is(node, "Sigmoid"))
            return this with { Link = ScoreLink.Logistic };
        if (TreeGraph.Is(node, "Exp"))
            return this with { Link = ScoreLink.Exponential };
        if (TreeGraph.Is(node, "Softmax"))
            return Attributes.FromProtos(node.Attribute).Int("axis", -1) is -1 or 1 && forest.BaseValues.Length > 1
                ? this with { Link = ScoreLink.Softmax } : null;
        return forest.HasOppositeColumn ? null : Linear(node, tensor, constants);
    }

    private ScoreWay? Linear(NodeProto node, string tensor, Dictionary<string, double> constants)
    {
        if (node.Domain is not ("" or "ai.onnx") || node.Input.Count != 2)
            return null;
        var isFirst = node.Input[0] == tensor;
        if (!constants.TryGetValue(node.Input[isFirst ? 1 : 0], out var number))
            return null;
        var way = node.OpType switch
        {
            "Add" => this with { Offset = Offset + number },
            "Sub" when isFirst => this with { Offset = Offset - number },
            "Sub" => this with { Slope = -Slope, Offset = number - Offset },
            "Mul" => this with { Slope = Slope * number, Offset = Offset * number },
            "Div" when isFirst => this with { Slope = Slope / number, Offset = Offset / number },
            _ => null,
        };
        return way is not null && double.IsFinite(way.Slope) && way.Slope != 0 && double.IsFinite(way.Offset) ? way : null;
    }

    private bool Passes(NodeProto node, OnnxForest forest) =>
        !TreeGraph.Is(node, "Cast") && OperatorFacts.Of(node)?.Has(OperatorTraits.SameElements) == true
        || TreeGraph.Is(node, "Cast")
        && (ElementType)Attributes.FromProtos(node.Attribute).Int("to") is ElementType.Float or ElementType.Double
        || node is { Domain: LearnerOperators.Domain, OpType: "ZipMap" }
        // Shares that sum to 1 stay what they are.
        || node is { Domain: LearnerOperators.Domain, OpType: "Normalizer" }
            && Attributes.FromProtos(node.Attribute).Text("norm", "MAX") == "L1"
            && (Link == ScoreLink.Softmax || Link == ScoreLink.Logistic && forest.HasOppositeColumn);

    private static ScoreLink Own(string transformation) => transformation switch
    {
        "NONE" => ScoreLink.Identity,
        "LOGISTIC" => ScoreLink.Logistic,
        "SOFTMAX" => ScoreLink.Softmax,
        _ => throw new InvalidModelException($"'post_transform' is {Documents.Shortened.Text(transformation)}; NONE, LOGISTIC and "
            + "SOFTMAX are known. Explain it as a black box."),
    };

    /// <summary>Single numbers, by the name of their tensor.</summary>
    public static Dictionary<string, double> Constants(GraphProto graph)
    {
        var inputs = graph.Input.Select(i => i.Name).ToHashSet();
        var tensors = graph.Initializer.Where(i => !inputs.Contains(i.Name)).Select(i => (i.Name, Tensor: Tensor.FromProto(i)))
            .Concat(
                graph.Node.Where(n => TreeGraph.Is(n, "Constant") && n.Output.Count > 0)
                    .Select(n => (Name: n.Output[0], Tensor: ConstantFolding.Literal(Attributes.FromProtos(n.Attribute))!)));
        return tensors.Where(t => t.Tensor is { Count: 1, Type: ElementType.Float or ElementType.Double }).ToDictionary(t => t.Name,
            t => t.Tensor.ToDouble()[0]);
    }
}
