using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Importers.TensorFlow;

/// <summary>
/// A loop whose number of turns is known before it begins, as those of recurrent layers are: written as ONNX's <c>Loop</c>. Lists that
/// turns fill become outputs that are collected, what is never changed is taken from outside, and what is counted follows from the turn.
/// </summary>
internal sealed class TurnLoop
{
    private readonly OperatorSite _site;
    private readonly string _body, _condition;
    private readonly CallFrame _frame;
    private readonly FlatOutput[] _results;
    private readonly Dictionary<int, (Value Start, long Step)> _counters = [];

    public TurnLoop(OperatorSite site)
    {
        (_site, _body, _condition) = (site, site.Attributes.Function("body"), site.Attributes.Function("cond"));
        (_frame, _results) = site.Translation.Flat.Enter(_body);
        site.Translation.Flat.Order(_results, _ => false);
        if (_results.Length != site.Count)
            throw site.Wrong($"its body gives {_results.Length} values where {site.Count} go in.");
        for (var i = 0; i < _results.Length; i++)
            if (Step(i) is { } step)
                _counters[i] = (site.Input(i), step);
    }

    /// <summary>What the loop leaves behind.</summary>
    public IReadOnlyList<Item> Write()
    {
        var count = Turns();
        var translation = _site.Translation;
        var inside = new Graph(translation.Graph) { Rewriting = translation.Graph.Rewriting };
        var turn = inside.FreshInput("turn", ElementType.Int64, Shape.Scalar);
        var goesOn = inside.FreshInput("goes_on", ElementType.Bool, Shape.Scalar);
        var (arguments, carried) = (new Item[_results.Length], new List<int>());
        for (var i = 0; i < arguments.Length; i++)
        {
            if (IsKept(i))
                arguments[i] = _site.Item(i);
            else if (_counters.TryGetValue(i, out var counter))
                arguments[i] = new Item.Tensor(At(counter, turn));
            else if (_site.Item(i) is Item.Room or Item.List)
                arguments[i] = new Item.Slot(i);
            else
            {
                carried.Add(i);
                var initial = _site.Input(i);
                arguments[i] = new Item.Tensor(inside.FreshInput("carried", initial.Type, initial.Shape));
            }
        }

        var results = translation.Body(_body, arguments, inside);
        var (state, collected, filled) = (new List<Value>(), new List<Value>(), new List<int>());
        foreach (var i in carried)
        {
            var next = translation.Value(results[i]) ?? throw _site.Wrong($"what it carries as value {i} is no tensor.");
            if (next.Type != _site.Input(i).Type || next.Rank != _site.Input(i).Rank)
                throw _site.Wrong($"it carries {next.Type}{next.Shape} where {_site.Input(i).Type}{_site.Input(i).Shape} went in.");
            state.Add(next);
        }
        for (var i = 0; i < results.Count; i++)
            if (results[i] is Item.Filled fill && fill.Argument == i)
            {
                filled.Add(i);
                collected.Add(fill.Value);
            }

        var turns = translation.Extents.Of(count) is [var extent] ? extent : Dimension.Unknown;
        var node = translation.Graph.Add("Loop", "", _site.Node.Name, [count, null, .. carried.Select(_site.Input)], Attributes.None,
            [
                .. state.Select(v => ((string?)null, v.Type, (Shape?)v.Shape)),
                .. collected.Select(v => ((string?)null, v.Type, (Shape?)new Shape([turns, .. v.Shape]))),
            ],
            bodies: new Dictionary<string, GraphBody> { ["body"] = new(inside, [goesOn, .. state, .. collected]) });
        return [.. Enumerable.Range(0, results.Count).Select(i => IsKept(i) ? _site.Item(i)
            : _counters.TryGetValue(i, out var counter) ? new Item.Tensor(At(counter, count))
            : carried.IndexOf(i) is >= 0 and var place ? new Item.Tensor(node.Outputs[place])
            : filled.IndexOf(i) is >= 0 and var list
                ? new Item.List(Listed((Item.Filled)results[i], turn, count, node.Outputs[carried.Count + list]))
            : throw _site.Wrong($"what becomes of its value {i} cannot be followed."))];
    }

    // Every turn fills the next place, or all of them the only one.
    private Value Listed(Item.Filled fill, Value turn, Value count, Value collected)
    {
        var room = (_site.Item(fill.Argument) as Item.Room)?.Count.Constant?.ToInt64();
        if (fill.Place is null || ReferenceEquals(fill.Place, turn))
            return fill.Place is null || room is null || count.Constant is null || room[0] == count.Constant.ToInt64()[0] ? collected
                : throw _site.Wrong($"it fills {count.Constant.ToInt64()[0]} places of a list of {room[0]}.");
        return fill.Place.Constant?.ToInt64() is [0] && room is [1] ? collected.Slice([-1], [long.MaxValue], [0])
            : throw _site.Wrong("the places of a list that it fills do not follow each other.");
    }

    private static Value At((Value Start, long Step) counter, Value turn)
    {
        var way = counter.Step == 1 ? turn : turn * counter.Step;
        return counter.Start.Constant?.ToInt64() is [0] ? way : counter.Start + way;
    }

    private bool IsKept(int i) => ArgumentOf(_results[i]) == i;

    // Which argument of a body an output is; -1 where it is none.
    private static long ArgumentOf(FlatOutput output) =>
        output.Node.Operator == FlatNode.Argument ? output.Node.Attributes.Int("index") : -1;

    // By how much a value is counted on in a turn; null where it is something else.
    private long? Step(int i) => _results[i].Node is { Operator: "Add" or "AddV2", Inputs: [var left, var right] }
        && _site.Item(i) is Item.Tensor { Value: { Rank: 0, Type: ElementType.Int64 } }
        ? ArgumentOf(left) == i ? Number(right) : ArgumentOf(right) == i ? Number(left) : null : null;

    private static long? Number(FlatOutput output) => output.Node.Operator == "Const" && output.Node.Attributes.Tensor("value") is { } value
        && value.Dtype is Proto.DataType.DtInt32 or Proto.DataType.DtInt64
        && DataTypes.Constant(value, output.Node.Name).ToInt64() is [var number] ? number : null;

    /// <summary>How many turns there are: as many as all counters allow that the condition compares.</summary>
    private Value Turns()
    {
        var (_, results) = _site.Translation.Flat.Enter(_condition);
        _site.Translation.Flat.Order(results, _ => false);
        Value? count = null;
        var open = new Stack<FlatNode>([results.Length == 1 ? results[0].Node : throw _site.Wrong("its condition is not one value.")]);
        while (open.TryPop(out var node))
        {
            if (node.Operator == "LogicalAnd")
            {
                foreach (var input in node.Inputs)
                    open.Push(input.Node);
                continue;
            }
            var (counted, limit) = node.Operator == "Less" ? (node.Inputs[0], node.Inputs[1])
                : node.Operator == "Greater" ? (node.Inputs[1], node.Inputs[0])
                : throw NotCounted(node);
            if (!_counters.TryGetValue((int)ArgumentOf(counted), out var counter) || counter.Step < 1)
                throw NotCounted(node);
            var end = ArgumentOf(limit) is >= 0 and var argument && IsKept((int)argument) ? _site.Input((int)argument)
                : Number(limit) is { } number ? _site.Graph.Scalar(number)
                : throw NotCounted(node);
            var turns = counter.Start.Constant?.ToInt64() is [0] ? end : end - counter.Start;
            if (counter.Step > 1)
                turns = (turns + (counter.Step - 1)) / counter.Step;
            count = count is null || Equal(count, turns) ? turns
                : count.Constant is { } a && turns.Constant is { } b ? _site.Graph.Scalar(Math.Min(a.ToInt64()[0], b.ToInt64()[0]))
                : count.Minimum(turns);
        }
        return count!;
    }

    private bool Equal(Value a, Value b) => a == b || _site.Translation.Extents.Of(a) is [{ IsUnknown: false } x]
        && _site.Translation.Extents.Of(b) is [{ IsUnknown: false } y] && x == y;

    private InvalidModelException NotCounted(FlatNode node) => _site.Wrong(
        $"how often it turns is decided by its {node}; loops that count up to a number are read.");
}
