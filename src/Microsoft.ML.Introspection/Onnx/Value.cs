namespace Microsoft.ML.Introspection.Onnx;

/// <summary>
/// A symbolic tensor of a graph: its type, its shape, and the node that makes it. The arithmetic operators write
/// nodes into the graph; they broadcast as ONNX and NumPy do.
/// </summary>
public sealed class Value
{
    internal Value(Graph graph, string name, ElementType type, Shape? shape, Node? producer, int outputIndex, Tensor? constant)
    {
        (Graph, Name, Type, ShapeOrNull, Producer, OutputIndex, Constant) = (graph, name, type, shape, producer, outputIndex, constant);
    }

    /// <summary>The graph (or subgraph body) the value lives in.</summary>
    public Graph Graph { get; }

    /// <summary>The tensor's name in the file.</summary>
    public string Name { get; internal set; }

    /// <summary>The type of the elements.</summary>
    public ElementType Type { get; }

    /// <summary>The extents.</summary>
    /// <exception cref="InvalidModelException">Not even the rank is known.</exception>
    public Shape Shape => ShapeOrNull
        ?? throw new InvalidModelException($"The shape of '{Name}' is not known before a run, not even its rank, and is needed here.");

    /// <summary>The node that makes the value; null for inputs and constants.</summary>
    public Node? Producer { get; }

    /// <summary>Which output of its node the value is.</summary>
    public int OutputIndex { get; }

    /// <summary>The elements, where the value is a constant.</summary>
    public Tensor? Constant { get; }

    /// <summary>The number of axes.</summary>
    public int Rank => Shape.Rank;

    internal Shape? ShapeOrNull { get; }

    /// <summary>Whether this value is computed from another (or is it).</summary>
    internal bool DependsOn(Value other)
    {
        var seen = new HashSet<Value> { this };
        var open = new Stack<Value>(seen);
        while (open.TryPop(out var value))
        {
            if (value == other)
                return true;
            foreach (var dependency in value.Producer?.Dependencies ?? [])
                if (seen.Add(dependency))
                    open.Push(dependency);
        }
        return false;
    }

    /// <summary>Sum, element by element.</summary>
    public static Value operator +(Value left, Value right) => Operators.Add(left, right);

    /// <summary>Difference, element by element.</summary>
    public static Value operator -(Value left, Value right) => Operators.Emit("Sub", left, right);

    /// <summary>Product, element by element.</summary>
    public static Value operator *(Value left, Value right) => Operators.Multiply(left, right);

    /// <summary>Quotient, element by element.</summary>
    public static Value operator /(Value left, Value right) => Operators.Emit("Div", left, right);

    /// <summary>The negative, element by element.</summary>
    public static Value operator -(Value value) => Operators.Emit("Neg", value);

    /// <summary>Sum with a number.</summary>
    public static Value operator +(Value left, double right) => left + left.Like(right);

    /// <summary>Sum with a number.</summary>
    public static Value operator +(double left, Value right) => right.Like(left) + right;

    /// <summary>Difference with a number.</summary>
    public static Value operator -(Value left, double right) => left - left.Like(right);

    /// <summary>Difference from a number.</summary>
    public static Value operator -(double left, Value right) => right.Like(left) - right;

    /// <summary>Product with a number.</summary>
    public static Value operator *(Value left, double right) => left * left.Like(right);

    /// <summary>Product with a number.</summary>
    public static Value operator *(double left, Value right) => right.Like(left) * right;

    /// <summary>Quotient by a number.</summary>
    public static Value operator /(Value left, double right) => left / left.Like(right);

    /// <summary>Quotient of a number.</summary>
    public static Value operator /(double left, Value right) => right.Like(left) / right;

    /// <summary>A scalar constant of this value's element type.</summary>
    public Value Like(double number) => Graph.Constant(Tensor.Filled(Type, number));

    /// <inheritdoc/>
    public override string ToString() => $"{Name}: {Type}{ShapeOrNull}";
}
