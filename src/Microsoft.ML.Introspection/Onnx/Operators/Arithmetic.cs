namespace Microsoft.ML.Introspection.Onnx;

/// <summary>
/// The operators that the engine writes, as functions of values. Each adds one node (or shares an equal one) to the graph
/// of its inputs; results broadcast, and are typed, as the ONNX standard says.
/// </summary>
public static partial class Operators
{
    /// <summary>Sum, element by element.</summary>
    public static Value Add(Value left, Value right) =>
        IsAll(left, 0) && Covers(right, left) ? right : IsAll(right, 0) && Covers(left, right) ? left : Emit("Add", left, right);

    /// <summary>Product, element by element.</summary>
    public static Value Multiply(Value left, Value right) =>
        IsAll(left, 1) && Covers(right, left) ? right : IsAll(right, 1) && Covers(left, right) ? left : Emit("Mul", left, right);

    /// <summary>Power, element by element.</summary>
    public static Value Pow(this Value x, Value exponent) => Emit("Pow", x, exponent);

    /// <summary>Power with a constant exponent.</summary>
    public static Value Pow(this Value x, double exponent) => exponent switch
    {
        1 => x,
        2 => x * x,
        0.5 => x.Sqrt(),
        _ => x.Pow(x.Like(exponent)),
    };

    /// <summary>The remainder of a division, of the divisor's sign.</summary>
    public static Value Modulo(this Value x, double divisor) => Emit("Mod", x, x.Like(divisor));

    /// <summary>Absolute value.</summary>
    public static Value Abs(this Value x) => Emit("Abs", x);

    /// <summary>-1, 0 or 1.</summary>
    public static Value Sign(this Value x) => Emit("Sign", x);

    /// <summary>eˣ.</summary>
    public static Value Exp(this Value x) => Emit("Exp", x);

    /// <summary>Natural logarithm.</summary>
    public static Value Log(this Value x) => Emit("Log", x);

    /// <summary>Square root.</summary>
    public static Value Sqrt(this Value x) => Emit("Sqrt", x);

    /// <summary>1/x.</summary>
    public static Value Reciprocal(this Value x) => Emit("Reciprocal", x);

    /// <summary>Sine.</summary>
    public static Value Sin(this Value x) => Emit("Sin", x);

    /// <summary>Cosine.</summary>
    public static Value Cos(this Value x) => Emit("Cos", x);

    /// <summary>The larger of two, element by element.</summary>
    public static Value Maximum(this Value left, Value right) => Emit("Max", left, right);

    /// <summary>The smaller of two, element by element.</summary>
    public static Value Minimum(this Value left, Value right) => Emit("Min", left, right);

    /// <summary>The values brought into an interval.</summary>
    public static Value Clip(this Value x, double? minimum, double? maximum) =>
        Emit("Clip", x, minimum is { } low ? x.Like(low) : null, maximum is { } high ? x.Like(high) : null);

    /// <summary>Whether left is greater, element by element.</summary>
    public static Value Greater(this Value left, Value right) => Emit("Greater", left, right);

    /// <summary>Whether left is greater than a number.</summary>
    public static Value Greater(this Value left, double right) => Emit("Greater", left, left.Like(right));

    /// <summary>Whether left is less, element by element.</summary>
    public static Value Less(this Value left, Value right) => Emit("Less", left, right);

    /// <summary>Whether left is less than a number.</summary>
    public static Value Less(this Value left, double right) => Emit("Less", left, left.Like(right));

    /// <summary>Whether left is not less (and neither is NaN), element by element.</summary>
    public static Value GreaterOrEqual(this Value left, Value right) => Emit("GreaterOrEqual", left, right);

    /// <summary>Whether both are equal, element by element.</summary>
    public static Value EqualTo(this Value left, Value right) => Emit("Equal", left, right);

    /// <summary>Both, element by element.</summary>
    public static Value And(this Value left, Value right) => Emit("And", left, right);

    /// <summary>The opposite truth values.</summary>
    public static Value Not(this Value x) => Emit("Not", x);

    /// <summary>One of two, element by element.</summary>
    public static Value Where(this Value condition, Value then, Value otherwise) => Emit("Where", condition, then, otherwise);

    /// <summary>The elements converted to another type.</summary>
    public static Value Cast(this Value x, ElementType to) => x.Type == to ? x : Emit("Cast", Attributes.Of(("to", (long)to)), x);

    /// <summary>0 and 1 of the given type from truth values.</summary>
    public static Value AsNumber(this Value condition, ElementType type) => condition.Cast(type);

    /// <summary>An operator without attributes; the first of its outputs.</summary>
    /// <inheritdoc cref="Emit(string, Attributes, Value[])"/>
    public static Value Emit(string operatorType, params Value?[] inputs) => Emit(operatorType, Attributes.None, inputs);

    /// <summary>An operator of the standard domain; the first of its outputs. <see cref="Graph.Emit"/> gives all.</summary>
    /// <param name="operatorType">The operator, as ONNX calls it.</param>
    /// <param name="attributes">Its attributes.</param>
    /// <param name="inputs">Its inputs, null for optional ones left out; at least one is given.</param>
    /// <exception cref="ArgumentException">No input is given, so that no graph is known.</exception>
    /// <exception cref="UnsupportedOperatorException">We do not know the operator's result types and shapes.</exception>
    /// <exception cref="InvalidModelException">The inputs do not fit the operator.</exception>
    public static Value Emit(string operatorType, Attributes attributes, params Value?[] inputs) =>
        AnyGraph(inputs).Emit(operatorType, inputs, attributes)[0];

    // Nodes belong where their inputs live; of constants alone, any graph will do, for these find their way to the outermost.
    private static Graph AnyGraph(Value?[] inputs) =>
        (Array.Find(inputs, i => i is { Constant: null }) ?? Array.Find(inputs, i => i is not null)
            ?? throw new ArgumentException("An operator needs an input, whose graph it joins; none was given.", nameof(inputs))).Graph;

    private static bool IsAll(Value value, double number) =>
        value.Constant is { Opaque: null, Count: > 0 and <= 4096 } constant
            && (value.Type.IsFloating() || value.Type is ElementType.Int64 or ElementType.Int32)
        && Array.TrueForAll(constant.ToDouble(), v => v == number);

    // A neutral operand may go only where it does not widen the result.
    private static bool Covers(Value value, Value neutral) =>
        value.ShapeOrNull is { } shape && value.Type == neutral.Type && Shape.Broadcast(shape, neutral.Shape).Equals(shape);
}
