using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Differentiation;

/// <summary>What a backward rule is given: a node, the gradients of its outputs, and the input whose gradient is asked for.</summary>
/// <param name="Node">The node.</param>
/// <param name="Gradients">The gradient of each output; null where none flows.</param>
/// <param name="Input">The input asked about.</param>
public sealed record Adjoint(Node Node, IReadOnlyList<Value?> Gradients, int Input)
{
    /// <summary>The input asked about.</summary>
    public Value X => At(Input);

    /// <summary>The node's first output.</summary>
    public Value Y => Asked(Node.Outputs[0]);

    /// <summary>The gradient of the first output.</summary>
    public Value Dy => Gradients[0] ?? throw new UnsupportedOperatorException(
        $"The gradient of {Node.Describe()} is asked through an output other than its first, for which there is no rule.");

    /// <summary>The node's attributes.</summary>
    public Attributes Attributes => Node.Attributes;

    /// <summary>An input by its place.</summary>
    public Value At(int index) => Given(index) ?? throw new InvalidModelException($"The {Node.Describe()} lacks its input {index}.");

    /// <summary>An input by its place, null where it is left out.</summary>
    public Value? Given(int index) => index < Node.Inputs.Count && Node.Inputs[index] is { } input ? Asked(input) : null;

    /// <summary>Whether parts of the node may be left aside by what follows; see <see cref="UntakenBranches"/>.</summary>
    internal bool IsAside { get; init; }

    /// <summary>The integers of a constant input; null where it is left out.</summary>
    /// <exception cref="UnsupportedOperatorException">The input is computed by the network.</exception>
    public long[]? Constants(int index) => Given(index) is not { } value ? null
        : value.Constant?.ToInt64() ?? throw new UnsupportedOperatorException($"The {Node.Describe()} takes its input {index} from the "
            + "data; its gradient is known only for a constant there.");

    // An element may go into many of a matrix product: what is no finite number among those left aside must not meet their gradient of 0.
    private Value Asked(Value value) =>
        IsAside && Node.Facts?.Has(OperatorTraits.Elementwise) != true ? UntakenBranches.Finite(value) : value;

    /// <summary>An axis attribute, counted from the front.</summary>
    public int Axis(string name, long otherwise) => Positive(Attributes.Int(name, otherwise), X.Rank);

    /// <summary>An axis counted from the front.</summary>
    public static int Positive(long axis, int rank) => (int)(axis < 0 ? axis + rank : axis);
}

/// <summary>The gradient of one input of a node, from the gradients of its outputs; null where none flows.</summary>
public delegate Value? BackwardRule(Adjoint adjoint);
