using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Onnx.Proto;

namespace Microsoft.ML.Introspection.Models;

/// <summary>Branches whose condition, and loops and scans whose number of turns is known when the network is read.</summary>
internal sealed class KnownControlFlow
{
    private readonly ModelFacts _facts;
    private readonly UnrollingBudget _budget;
    private readonly BodyWriter _writer;

    private KnownControlFlow(OnnxModel model, ModelFacts facts, UnrollingBudget budget) =>
        (_facts, _budget, _writer) = (facts, budget, new BodyWriter(model.Proto.Graph, facts));

    /// <summary>The model with what is known written out; null where nothing is.</summary>
    public static OnnxModel? WriteOut(OnnxModel model, ModelFacts facts, UnrollingBudget budget)
    {
        var known = new KnownControlFlow(model, facts, budget);
        var nodes = new List<NodeProto>();
        var changed = false;
        foreach (var node in model.Proto.Graph.Node)
        {
            var written = ControlFlow.Is(node) ? known.Write(node) : null;
            changed |= written is not null;
            nodes.AddRange(written ?? [node]);
        }
        return changed ? known._writer.Complete(model, nodes) : null;
    }

    /// <summary>A body of a node; null where it is missing, or gives its inputs defaults.</summary>
    public static GraphProto? Body(NodeProto node, string attribute) =>
        node.Attribute.FirstOrDefault(a => a.Name == attribute)?.G is { } body
            && !body.Input.Select(i => i.Name).Intersect(body.Initializer.Select(i => i.Name)).Any()
            ? body
            : null;

    /// <summary>What the nodes written for another are named after.</summary>
    public static string Label(NodeProto node) =>
        node.Name.Length > 0 ? node.Name : node.Output.FirstOrDefault(o => o.Length > 0) ?? node.OpType;

    private List<NodeProto>? Write(NodeProto node) => node.OpType switch
    {
        "If" => Branch(node),
        "Loop" => Loop(node),
        _ => Scan(node),
    };

    private List<NodeProto>? Branch(NodeProto node)
    {
        if (node.Input.Count != 1 || _facts.Truth(node.Input[0]) is not { } holds)
            return null;
        // In the place of a node come those of one of its bodies, which are in the file already.
        var body = Body(node, holds ? "then_branch" : "else_branch");
        return body is not null && body.Output.Count >= node.Output.Count && _budget.Take(BodyCost.Of(body) with { Nodes = 0 })
            ? _writer.Copy(body, $"{Label(node)}/{(holds ? "then" : "else")}", [], node.Output)
            : null;
    }

    private List<NodeProto>? Loop(NodeProto node)
    {
        var body = Body(node, "body");
        var carried = node.Input.Skip(2).ToList();
        if (body is null || carried.Contains("") || body.Input.Count != carried.Count + 2 || body.Output.Count < carried.Count + 1
            || node.Output.Count > body.Output.Count - 1)
            return null;
        var limit = Given(node, 0) is { } count ? _facts.Integer(count) : long.MaxValue;
        var goesOn = Given(node, 1) is { } condition ? _facts.Truth(condition) : true;
        if (limit is null || goesOn is null)
            return null;

        var unrolled = new Unrolled(this, node, body, carried, BodyCost.Of(body));
        var goesOnName = _writer.Constant(OfRank(body.Input[1], true), "true");
        while (unrolled.Turns < limit && goesOn == true)
        {
            if (!unrolled.Turn([_writer.Constant(OfRank(body.Input[0], (long)unrolled.Turns), "turn"), goesOnName, .. unrolled.Carried], 1))
                return unrolled.GiveUp();
            goesOnName = unrolled.Results[0];
            goesOn = unrolled.Turns == limit ? false : _facts.Truth(goesOnName);
        }
        return goesOn is null ? unrolled.GiveUp() : unrolled.Finish([], []);
    }

    private List<NodeProto>? Scan(NodeProto node)
    {
        var body = Body(node, "body");
        var attributes = Attributes.FromProtos(node.Attribute);
        var (scanned, carried) = ((int)attributes.Int("num_scan_inputs"), node.Input.Count - (int)attributes.Int("num_scan_inputs"));
        if (body is null || scanned < 1 || carried < 0 || node.Input.Contains("") || body.Input.Count != node.Input.Count
            || body.Output.Count < carried || node.Output.Count > body.Output.Count)
            return null;
        var (axes, backwards) = (attributes.Ints("scan_input_axes"), attributes.Ints("scan_input_directions"));
        var pieces = new List<string[]>();
        var unrolled = new Unrolled(this, node, body, [.. node.Input.Take(carried)], BodyCost.Of(body));
        for (var i = 0; i < scanned; i++)
        {
            var (name, axis) = (node.Input[carried + i], axes?.ElementAtOrDefault(i) ?? 0);
            if (_facts.Find(name)?.ShapeOrNull is not { Rank: > 0 } shape || axis < -shape.Rank || axis >= shape.Rank
                || !shape[(int)axis].IsKnown)
                return null;
            var length = shape[(int)axis].Value;
            if (length is 0 or > UnrollingBudget.MaximumTurns || pieces.Count > 0 && length != pieces[0].Length)
                return null;
            var split = unrolled.Split(name, axis, (int)length);
            pieces.Add(backwards?.ElementAtOrDefault(i) == 1 ? [.. Enumerable.Reverse(split)] : split);
        }
        while (unrolled.Turns < pieces[0].Length)
            if (!unrolled.Turn([.. unrolled.Carried, .. pieces.Select(p => p[unrolled.Turns])], 0))
                return unrolled.GiveUp();
        return unrolled.Finish(attributes.Ints("scan_output_axes") ?? [], attributes.Ints("scan_output_directions") ?? []);
    }

    private static string? Given(NodeProto node, int input) =>
        input < node.Input.Count && node.Input[input].Length > 0 ? node.Input[input] : null;

    /// <summary>Number and condition of a turn come with the rank, 0 or 1, that the body declares.</summary>
    private static Tensor OfRank<T>(ValueInfoProto declared, T value) where T : unmanaged =>
        declared.Type?.TensorType?.Shape?.Dim.Count == 1 ? Tensor.Vector<T>(value) : Tensor.Scalar(value);

    /// <summary>The turns of one loop, written one behind the other.</summary>
    private sealed class Unrolled(KnownControlFlow home, NodeProto node, GraphProto body, List<string> carried, BodyCost cost)
    {
        private readonly List<NodeProto> _nodes = [];
        private readonly List<string[]> _turns = [];
        private readonly int _states = carried.Count;
        private int _first;

        public int Turns => _turns.Count;

        public IReadOnlyList<string> Carried { get; private set; } = carried;

        /// <summary>All results of the last turn.</summary>
        public string[] Results => _turns[^1];

        /// <summary>Adds a turn; false where it would be one too many.</summary>
        /// <param name="inputs">What the body takes.</param>
        /// <param name="first">Which of its results is the first to be carried on.</param>
        public bool Turn(IEnumerable<string> inputs, int first)
        {
            if (Turns == UnrollingBudget.MaximumTurns || !home._budget.Take(cost))
                return false;
            var path = $"{Label(node)}/turn_{Turns}";
            string[] results = [.. body.Output.Select(o => home._writer.Fresh($"{path}/{o.Name}"))];
            foreach (var copy in home._writer.Copy(body, path, inputs, results))
                Add(copy);
            _turns.Add(results);
            (_first, Carried) = (first, results[first..(first + _states)]);
            return true;
        }

        /// <summary>The single elements of a tensor along an axis, which is dropped.</summary>
        public string[] Split(string name, long axis, int count)
        {
            string[] Names(string wanted) => [.. Enumerable.Range(0, count).Select(i => home._writer.Fresh($"{Label(node)}/{wanted}_{i}"))];
            var (slices, elements) = (Names($"{name}/slice"), Names($"{name}/element"));
            var split = new NodeProto { OpType = "Split", Name = home._writer.Fresh($"{Label(node)}/{name}/Split") };
            split.Input.Add([name, home._writer.Constant(Tensor.Vector<long>([.. Enumerable.Repeat(1L, count)]), "ones")]);
            split.Output.Add(slices);
            split.Attribute.Add(Attributes.ToProto("axis", axis));
            Add(split);
            for (var i = 0; i < count; i++)
                Add(Moved("Squeeze", slices[i], axis, elements[i]));
            return elements;
        }

        /// <summary>All turns, and the results of the whole under its own names; null where a result of no turn is asked for.</summary>
        public List<NodeProto>? Finish(long[] axes, long[] directions)
        {
            for (var i = 0; i < node.Output.Count; i++)
            {
                if (node.Output[i].Length == 0)
                    continue;
                if (i < _states)
                {
                    Add(new NodeProto { OpType = "Identity", Name = home._writer.Fresh($"{Label(node)}/{node.Output[i]}"),
                        Input = { Carried[i] }, Output = { node.Output[i] } });
                    continue;
                }
                if (Turns == 0)
                    return GiveUp();
                var (axis, collected) = (axes.ElementAtOrDefault(i - _states), new List<string>());
                foreach (var results in _turns)
                {
                    var row = home._writer.Fresh($"{results[_first + i]}/row");
                    Add(Moved("Unsqueeze", results[_first + i], axis, row));
                    collected.Add(row);
                }
                if (directions.ElementAtOrDefault(i - _states) == 1)
                    collected.Reverse();
                var stacked = new NodeProto { OpType = "Concat", Name = home._writer.Fresh($"{Label(node)}/{node.Output[i]}"),
                    Input = { collected }, Output = { node.Output[i] } };
                stacked.Attribute.Add(Attributes.ToProto("axis", axis));
                Add(stacked);
            }
            return _nodes;
        }

        public List<NodeProto>? GiveUp()
        {
            home._budget.Return(cost, Turns);
            return null;
        }

        private NodeProto Moved(string operatorType, string from, long axis, string to) => new()
        {
            OpType = operatorType,
            Name = to,
            Input = { from, home._writer.Constant(Tensor.Vector(axis), "axis") },
            Output = { to },
        };

        private void Add(NodeProto added)
        {
            _nodes.Add(added);
            home._facts.Add(added);
        }
    }
}
