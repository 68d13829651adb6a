using Microsoft.ML.Introspection.Importers.Layout;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Importers.TensorFlow;

/// <summary>Writes a flat graph of TensorFlow, node by node, by the rules of <see cref="TranslationTable"/>.</summary>
internal sealed class Translation
{
    // Bodies of loops within loops; deeper ones no network has.
    private const int DeepestBody = 16;

    private readonly Dictionary<FlatOutput, Item> _items = [];
    private readonly Dictionary<(Value, bool IsDealt), (Item Source, int Axis)> _expanded = [];
    private readonly HashSet<Node> _named;
    private readonly Func<FlatNode, Tensor> _variables;
    private readonly int _depth;

    /// <summary>Begins with a graph.</summary>
    /// <param name="flat">The nodes.</param>
    /// <param name="graph">The graph to write.</param>
    /// <param name="variables">What a variable holds, by the node that stands for it.</param>
    public Translation(FlatGraph flat, Graph graph, Func<FlatNode, Tensor> variables) =>
        (Flat, Graph, _variables, Extents, _named, ReadVariables) = (flat, graph, variables, new Extents(), [], []);

    private Translation(Translation outer, Graph graph)
    {
        (Flat, Graph, _variables, Extents) = (outer.Flat, graph, outer._variables, outer.Extents);
        (_named, ReadVariables) = (outer._named, outer.ReadVariables);
        _depth = outer._depth + 1;
        if (_depth > DeepestBody)
            throw new InvalidModelException($"Loops and branches lie deeper in each other than {DeepestBody}.");
    }

    /// <summary>The nodes.</summary>
    public FlatGraph Flat { get; }

    /// <summary>The graph that is written.</summary>
    public Graph Graph { get; }

    /// <summary>What is known of integers that stand for extents.</summary>
    public Extents Extents { get; }

    /// <summary>Says what an output of a node is, so that the node itself is not translated.</summary>
    public void Give(FlatOutput output, Item item) => _items[output] = item;

    /// <summary>Translates what some outputs need.</summary>
    public IReadOnlyList<Item> Run(IReadOnlyList<FlatOutput> outputs)
    {
        foreach (var node in Flat.Order(outputs, Given))
            if (!Given(node))
                Translate(node);
        return [.. outputs.Select(Found)];
    }

    /// <summary>Translates the body of a function with these arguments, in this graph or in one within it.</summary>
    public IReadOnlyList<Item> Body(string function, IReadOnlyList<Item> arguments, Graph? within = null)
    {
        var (frame, results) = Flat.Enter(function);
        var inner = new Translation(this, within ?? Graph);
        foreach (var node in Flat.Order(results, _ => false).Where(n => n.Operator == FlatNode.Argument && n.Frame == frame))
            inner.Give(new(node, 0), node.Attributes.Int("index") is var index && index < arguments.Count ? arguments[(int)index]
                : throw new InvalidModelException($"The function '{function}' is given {arguments.Count} arguments; it takes more."));
        return inner.Run(results);
    }

    /// <summary>What a variable holds.</summary>
    public Value Variable(FlatNode handle)
    {
        ReadVariables.Add(handle);
        return Graph.Constant(_variables(handle), handle.Name);
    }

    /// <summary>The variables that were read.</summary>
    public HashSet<FlatNode> ReadVariables { get; }

    /// <summary>An item as a tensor; null where it is none.</summary>
    public Value? Value(Item item) => item switch
    {
        Item.Tensor tensor => tensor.Value,
        Item.Dealt dealt => Dealing.Out(dealt),
        Item.Variable variable => Variable(variable.Handle),
        _ => null,
    };

    /// <summary>A bias added as part of the convolution, or product with a matrix, that makes a value; null where none makes it.</summary>
    public Value? Biased(Value x, Value bias)
    {
        if (x.Constant is not null && bias.Constant is null)
            (x, bias) = (bias, x);
        var sinking = x.Graph.Rewriting as TransposeSinking;
        var inner = sinking?.Inner(x) ?? x;
        if (bias.Constant is not { } numbers || inner.Producer is not { Inputs.Count: 2 } producer || !x.Type.IsFloating())
            return null;
        if (producer.OperatorType is "Conv" or "ConvTranspose")
        {
            // The bias has to lie along the channels, which are the second axis within.
            var axis = ReferenceEquals(inner, x) ? 1 : sinking!.HasChannelsSecond(x) ? x.Rank - 1 : -1;
            if (axis < 0 || bias.Rank > x.Rank || bias.Rank < x.Rank - axis || x.Shape[axis] is not { IsKnown: true } channels
                || numbers.Count != channels.Value || bias.Shape[axis - x.Rank] != channels)
                return null;
            var sum = x.Graph.EmitAsAsked(producer.OperatorType, [.. producer.Inputs, bias.Reshape(-1)], producer.Attributes)[0];
            return sinking?.SeenLike(sum, x) ?? sum;
        }
        return producer is { OperatorType: "MatMul", Inputs: [{ Rank: 2 } rows, { Rank: 2, Constant: not null } weights] }
            && bias.Rank == 1 && bias.Shape[0] == weights.Shape[1]
            ? Operators.Emit("Gemm", rows, weights, bias) : null;
    }

    /// <summary>An item with an axis of extent 1 put in.</summary>
    public Item Expand(Item item, int axis)
    {
        if (item is Item.Dealt dealt && (axis <= dealt.First || axis > dealt.First + dealt.Blocks.Length) && axis > 0)
        {
            var spread = dealt with { Value = dealt.Value.Unsqueeze(axis), First = axis <= dealt.First ? dealt.First + 1 : dealt.First };
            _expanded[(spread.Value, true)] = (item, axis);
            return spread;
        }
        var source = Value(item) ?? throw new InvalidModelException("an axis is put into what is no tensor.");
        var value = source.Unsqueeze(axis);
        if (value.Constant is null)
            _expanded[(value, false)] = (item, axis);
        return new Item.Tensor(Extents.Note(value, source.Rank == 0 ? Extents.Of(source) : null));
    }

    /// <summary>What an axis of extent 1 was put into to give an output of a node; null where none was.</summary>
    public Item? ExpandedAt(FlatOutput output, int axis) =>
        _items.GetValueOrDefault(output) switch
        {
            Item.Dealt d => (d.Value, true),
            Item.Tensor t => (t.Value, false),
            _ => ((Value, bool)?)null,
        }
            is { } key && _expanded.TryGetValue(key, out var expanded) && expanded.Axis == axis ? expanded.Source : null;

    private bool Given(FlatNode node) => _items.ContainsKey(new(node, 0));

    private Item Found(FlatOutput output) => _items.GetValueOrDefault(output)
        ?? throw new InvalidModelException($"The {output.Node} has no output {output.Index} that can be translated.");

    private void Translate(FlatNode node)
    {
        if (TranslationTable.Find(node.Operator) is not { } rule)
            throw TranslationTable.Unknown(node);
        var site = new OperatorSite(this, node, [.. node.Inputs.Select(Found)]);
        Graph.Scope = node.Name;
        IReadOnlyList<Item> results;
        try
        {
            results = rule(site);
        }
        catch (InvalidModelException e) when (!e.Message.Contains($"node '{node.Name}'", StringComparison.Ordinal))
        {
            throw new InvalidModelException($"The {node} cannot be translated: {e.Message}", e);
        }
        catch (Exception e) when (e is UnsupportedOperatorException or ArgumentException or InvalidOperationException
            or ArithmeticException or IndexOutOfRangeException or NotSupportedException or NullReferenceException)
        {
            throw site.Wrong($"it does not fit its inputs: {e.Message}");
        }
        for (var i = 0; i < results.Count; i++)
        {
            _items[new(node, i)] = results[i];
            if (results[i] is Item.Tensor { Value: var value })
                Name(value, node.Name);
        }
    }

    // What a node makes is found by the node's name, as TensorFlow's own tools show it.
    private void Name(Value value, string name)
    {
        var inner = Graph.Rewriting is TransposeSinking sinking ? sinking.Inner(value) : value;
        if (inner.Producer is not { } producer || !_named.Add(producer))
            return;
        producer.Name = name;
        foreach (var output in producer.Outputs.Where(o => o.Name.Length > 0))
            output.Name = Graph.UniqueName(name);
    }
}
