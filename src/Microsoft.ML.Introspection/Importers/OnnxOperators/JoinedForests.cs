using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Onnx.Proto;
using Microsoft.ML.Introspection.Onnx.Reading.Learners;

namespace Microsoft.ML.Introspection.Importers.OnnxOperators;

/// <summary>
/// Several operators with trees whose scores are put side by side, one for each class, as ML.NET exports LightGBM and one-versus-all:
/// with a softmax behind them, or a sigmoid of each and the sum of these to divide by, or nothing.
/// </summary>
internal sealed class JoinedForests
{
    private readonly GraphProto _graph;
    private readonly IReadOnlyList<NodeProto> _operators;
    private readonly IReadOnlyList<OnnxForest> _forests;
    private readonly Dictionary<string, double> _constants;
    private readonly Dictionary<string, Columns> _known = [];

    private JoinedForests(GraphProto graph, IReadOnlyList<NodeProto> operators, IReadOnlyList<OnnxForest> forests) =>
        (_graph, _operators, _forests, _constants) = (graph, operators, forests, ScoreWay.Constants(graph));

    // One score of one operator, scaled.
    private readonly record struct Column(int Forest, int Output, double Slope, double Offset);

    // What stands in a tensor: scores as they are or behind a link; or the sum of those of a row.
    private sealed record Columns(IReadOnlyList<Column> Items, ScoreLink Link)
    {
        public bool IsSum { get; init; }

        // What tells whether a sum is 0.
        public bool IsZeroTest { get; init; }

        // The columns that these are shares of; they are all of them in the end.
        public IReadOnlyList<Column>? Of { get; init; }

        public bool AreScores => !IsSum && !IsZeroTest;
    }

    /// <summary>The trees of all of them as one ensemble, with an output for each score.</summary>
    /// <exception cref="InvalidModelException">Their scores do not leave side by side, or their rows differ.</exception>
    public static TreeEnsemble Join(GraphProto graph, IReadOnlyList<NodeProto> operators, Func<NodeProto, OnnxForest> read)
    {
        var rows = operators.Select(o => TreeRows.Find(graph, o)).ToList();
        if (rows.Exists(r => r.ComparesSingles != rows[0].ComparesSingles || r.Features != rows[0].Features
            || !r.Inputs.SequenceEqual(rows[0].Inputs)))
            throw Apart(operators, "they see different rows");
        var forests = operators.Select(read).ToList();
        for (var i = 0; i < forests.Count; i++)
            rows[i].Renumber(forests[i]);
        var found = new JoinedForests(graph, operators, forests).Leaving();
        var features = (int)(rows[0].Features ?? forests.Max(f => f.FeaturesAsked));
        var trees = new TreeList();
        foreach (var (output, column) in found.Items.Index())
            foreach (var tree in ForestSplitting.Trees(forests[column.Forest], features, column.Slope))
                if (tree.Output == column.Output)
                    trees.Add(output, [new Tree(tree.Nodes, tree.Sets, output)]);
        return new TreeEnsemble(features, trees.Trees,
            [.. found.Items.Select(c => c.Slope * forests[c.Forest].BaseValues[c.Output] + c.Offset)])
        {
            FeatureNames = rows[0].Names, Link = found.Link, ComparesSingles = rows[0].ComparesSingles,
        };
    }

    private Columns Leaving()
    {
        for (var i = 0; i < _operators.Count; i++)
        {
            var place = _operators[i].OpType == "TreeEnsembleClassifier" ? 1 : 0;
            if (_forests[i].HasOppositeColumn || _forests[i].Transformation != "NONE" || _operators[i].Output.Count <= place)
                continue;
            var forest = i;
            _known[_operators[i].Output[place]] = new Columns(
                [.. Enumerable.Range(0, _forests[i].BaseValues.Length).Select(o => new Column(forest, o, 1, 0))], ScoreLink.Identity);
        }
        foreach (var node in _graph.Node)
            if (node.Output.Count > 0 && Through(node) is { } columns)
                _known.TryAdd(node.Output[0], columns);
        var whole = _graph.Output.Select(o => _known.GetValueOrDefault(o.Name)).OfType<Columns>().Where(c => c.AreScores
            && Enumerable.Range(0, _forests.Count).All(f => c.Items.Any(i => i.Forest == f))
            && (c.Of is null || c.Of.Count == c.Items.Count && c.Of.ToHashSet().SetEquals(c.Items))).ToList();
        // Where scores leave as they are and behind a link, the first are explained, and the link makes the others of them.
        return whole.Find(c => c.Link == ScoreLink.Identity) is { } plain
            ? plain with { Link = whole.Find(c => c.Link != ScoreLink.Identity && c.Items.SequenceEqual(plain.Items))?.Link ?? plain.Link }
            : whole.FirstOrDefault() ?? throw Apart(_operators, "they do not leave side by side");
    }

    private Columns? Through(NodeProto node)
    {
        var inputs = node.Input.Select(i => _known.GetValueOrDefault(i)).ToList();
        if (inputs.Count == 0 || inputs.TrueForAll(i => i is null))
            return null;
        var attributes = Attributes.FromProtos(node.Attribute);
        if (node.Domain == LearnerOperators.Domain)
            return node.OpType == "ZipMap" ? inputs[0]
                : node.OpType == "Normalizer" && attributes.Text("norm", "MAX") == "L1" && inputs[0] is { AreScores: true } x
                    && x.Link == ScoreLink.Logistic ? Shares(x, x.Items) : null;
        if (node.Domain is not ("" or "ai.onnx"))
            return null;
        return (node.OpType, inputs) switch
        {
            ("Concat", _) when attributes.Int("axis") is 1 or -1 => Joined(inputs),
            ("Sum" or "Add", [{ IsSum: true } sum, { IsZeroTest: true }]) => sum,
            ("Sum" or "Add", [{ IsZeroTest: true }, { IsSum: true } sum]) => sum,
            ("Sum" or "Add", _) when inputs.TrueForAll(i => i is { AreScores: true, Items.Count: 1 }) && Joined(inputs) is { Of: null } all
                && all.Link != ScoreLink.Identity => all with { IsSum = true },
            ("ReduceSum", [{ AreScores: true, Of: null } all, ..]) when IsAlongColumns(node, attributes) => all with { IsSum = true },
            ("Cast", [{ IsSum: true } sum]) => sum with { IsSum = false, IsZeroTest = true },
            ("Cast" or "Not", [{ IsZeroTest: true } test]) => test,
            ("Div", [{ AreScores: true, Of: null } part, { IsSum: true } sum]) => Shares(part, sum.Items),
            (_, [{ AreScores: true } one, ..]) => Of(node, one, attributes, 0),
            (_, [null, { AreScores: true } second]) => Of(node, second, attributes, 1),
            _ => null,
        };
    }

    private Columns? Of(NodeProto node, Columns x, Attributes attributes, int place) => node.OpType switch
    {
        "Cast" => (ElementType)attributes.Int("to") is ElementType.Float or ElementType.Double ? x : null,
        "Max" or "Min" or "Sum" or "Mean" when node.Input.Count == 1 => x,
        // What is no less than 0 stays.
        "Clip" or "Max" or "Relu" when place == 0 && (x.Link == ScoreLink.Logistic || x.Of is not null) && node.Input.Count <= 2
            && (node.Input.Count == 1 || _constants.TryGetValue(node.Input[1], out var least) && least == 0) => x,
        "Sigmoid" when x.Link == ScoreLink.Identity => x with { Link = ScoreLink.Logistic },
        "Exp" when x.Link == ScoreLink.Identity => x with { Link = ScoreLink.Exponential },
        "Softmax" when x.Link == ScoreLink.Identity && attributes.Int("axis", -1) is 1 or -1 =>
            x with { Link = ScoreLink.Softmax, Of = x.Items },
        "Add" or "Sub" or "Mul" or "Div" when x.Link == ScoreLink.Identity && node.Input.Count == 2
            && _constants.TryGetValue(node.Input[1 - place], out var number) => Scaled(x, node.OpType, number, place),
        _ => place == 0 && OperatorFacts.Of(node)?.Has(OperatorTraits.SameElements) == true ? x : null,
    };

    private static Columns? Scaled(Columns x, string op, double number, int place)
    {
        (double Slope, double Offset)? by = (op, place) switch
        {
            ("Add", _) => (1, number),
            ("Sub", 0) => (1, -number),
            ("Sub", _) => (-1, number),
            ("Mul", _) => (number, 0),
            ("Div", 0) => (1 / number, 0),
            _ => null,
        };
        return by is { } way && double.IsFinite(way.Slope) && way.Slope != 0 && double.IsFinite(way.Offset) ? x with
        {
            Items = [.. x.Items.Select(c => c with { Slope = c.Slope * way.Slope, Offset = c.Offset * way.Slope + way.Offset })],
        } : null;
    }

    // e to the scores over their sum, or the sigmoids over theirs.
    private static Columns? Shares(Columns part, IReadOnlyList<Column> of)
    {
        var link = part.Link == ScoreLink.Exponential ? ScoreLink.Softmax
            : part.Link == ScoreLink.Logistic ? ScoreLink.OneVersusAll : null;
        return link is not null && part.Items.All(of.Contains) ? new Columns(part.Items, link) { Of = of } : null;
    }

    private static Columns? Joined(IReadOnlyList<Columns?> parts) =>
        parts is [{ AreScores: true } first, ..] && parts.All(p => p is { AreScores: true } && p.Link == first.Link
            && (p.Of is null) == (first.Of is null) && (p.Of ?? []).SequenceEqual(first.Of ?? []))
            ? first with { Items = [.. parts.SelectMany(p => p!.Items)] } : null;

    // Of opset 13 on axes are an input, which has several numbers at times; here it is one.
    private bool IsAlongColumns(NodeProto node, Attributes attributes) => attributes.Int("keepdims", 1) == 1
        && (attributes.Ints("axes") is [1 or -1]
            || node.Input.Count == 2 && _graph.Initializer.FirstOrDefault(i => i.Name == node.Input[1]) is { } axes
                && Tensor.FromProto(axes).ToInt64() is [1 or -1]);

    private static InvalidModelException Apart(IReadOnlyList<NodeProto> operators, string why) => new(
        $"It has several operators with trees, among them {TreeGraph.Named(operators[0])} and {TreeGraph.Named(operators[1])}; {why}, "
            + "so that what they say together is no sum of trees. Explain it as a black box.");
}
