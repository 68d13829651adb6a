using Microsoft.ML.Introspection.Differentiation;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Features;

/// <summary>
/// What an image is to make as large as possible: a unit, a channel, a class, a direction; sums and products of such, with penalties that
/// are below zero. A number for each image of the batch; what is of the batch as a whole is shared evenly by its images.
/// </summary>
public abstract record Objective
{
    /// <summary>The name of the input that tells which channel, unit or class, where an objective does not say it.</summary>
    public const string TargetInput = "target";

    /// <summary>The name of the input that gives the images that others are likened to, where an objective does.</summary>
    public const string ReferenceInput = "reference";

    /// <summary>Writes the objective.</summary>
    /// <returns>Shape [N].</returns>
    internal abstract Value Write(ObjectiveSite site);

    /// <summary>Writes the objective and its gradient by the image.</summary>
    internal virtual (Value Objective, Value Gradient) Ascent(ObjectiveSite site, BackwardRules rules)
    {
        var objective = Write(site);
        return (objective, Gradient.Of(objective, site.Image, rules));
    }

    /// <summary>The mean of a channel over its positions; of a layer without any, a unit.</summary>
    /// <param name="layer">The layer, shape [N, channels, …].</param>
    /// <param name="channel">The channel; null for that which the input <c>target</c> tells, image by image.</param>
    public static Objective Channel(string layer, int? channel = null) => new ChannelObjective(layer, channel);

    /// <summary>A unit: a channel at one position.</summary>
    /// <param name="layer">The layer, shape [N, channels, …].</param>
    /// <param name="channel">The channel; null for that which the input <c>target</c> tells.</param>
    /// <param name="position">The position; null for the middle, rounded down from the half extents.</param>
    public static Objective Neuron(string layer, int? channel = null, params IReadOnlyList<int>? position) =>
        new NeuronObjective(layer, channel, position is { Count: > 0 } ? position : null);

    /// <summary>A class's score, before a final activation unless that is kept; summed over positions where it has any.</summary>
    /// <param name="index">The class; null for that which the input <c>target</c> tells.</param>
    /// <param name="output">The output; null for the first of floating-point numbers.</param>
    public static Objective Logit(int? index = null, string? output = null) => new LogitObjective(index, output);

    /// <summary>The mean of a layer, of its squares (deep dream), or half the sum of its squares.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="form">Which of these.</param>
    public static Objective Layer(string layer, LayerForm form = LayerForm.MeanSquare) => new LayerObjective(layer, form);

    /// <summary>A direction in the space of a layer's channels; see <see cref="DirectionObjective"/>.</summary>
    /// <param name="layer">The layer, shape [N, channels, …].</param>
    /// <param name="direction">A number for each channel; null for those that an input <c>direction</c> [N, channels] tells.</param>
    /// <param name="power">The power of the cosine: 0 for the plain product.</param>
    public static DirectionObjective Direction(string layer, IReadOnlyList<double>? direction = null, double power = 0) =>
        new(layer, direction is null ? null : Tensor.Vector<double>([.. direction])) { Power = power };

    /// <summary>
    /// An objective and a penalty whose pulls are balanced: before it is weighed, the penalty's gradient is made as long as the
    /// objective's, image by image and step by step. It stands alone: sums and products are made before.
    /// </summary>
    /// <param name="objective">What is made large.</param>
    /// <param name="penalty">What is below zero.</param>
    /// <param name="weight">How much the penalty counts; at 1 both pull alike.</param>
    public static Objective Balanced(Objective objective, Objective penalty, double weight) => double.IsFinite(weight) && weight >= 0
        ? new BalancedObjective(objective, penalty, weight)
        : throw new ArgumentOutOfRangeException(nameof(weight), weight, "A weight of at least 0 was expected.");

    /// <summary>The sum.</summary>
    public static Objective operator +(Objective left, Objective right) => new SumObjective(left, right);

    /// <summary>The difference.</summary>
    public static Objective operator -(Objective left, Objective right) => new SumObjective(left, -1 * right);

    /// <summary>The product, image by image.</summary>
    public static Objective operator *(Objective left, Objective right) => new ProductObjective(left, right);

    /// <summary>The product with a number.</summary>
    public static Objective operator *(double factor, Objective objective) => new ScaledObjective(factor, objective);
}

internal sealed record SumObjective(Objective Left, Objective Right) : Objective
{
    internal override Value Write(ObjectiveSite site) => Left.Write(site) + Right.Write(site);
}

internal sealed record ProductObjective(Objective Left, Objective Right) : Objective
{
    internal override Value Write(ObjectiveSite site) => Left.Write(site) * Right.Write(site);
}

internal sealed record ScaledObjective(double Factor, Objective Of) : Objective
{
    internal override Value Write(ObjectiveSite site) => Of.Write(site) * Factor;
}

internal sealed record BalancedObjective(Objective Main, Objective Penalty, double Weight) : Objective
{
    // The objective's own value is told: the penalty's weight is another in each step.
    internal override Value Write(ObjectiveSite site) => throw new ArgumentException(
        "A balanced objective stands alone; make sums and products of what it balances.");

    internal override (Value, Value) Ascent(ObjectiveSite site, BackwardRules rules)
    {
        var (objective, penalty) = (Main.Write(site), Penalty.Write(site));
        var (up, back) = (Gradient.Of(objective, site.Image, rules), Gradient.Of(penalty, site.Image, rules));
        var (length, other) = (Length(up), Length(back));
        var isNothing = other.EqualTo(other.Like(0));
        var ratio = isNothing.Where(other.Like(0), length / isNothing.Where(other.Like(1), other)) * Weight;
        return (objective, up + back * ratio.Reshape([-1, .. Enumerable.Repeat(1L, back.Rank - 1)]));
    }

    private static Value Length(Value of) => ObjectiveSite.Sum(of * of).Sqrt();
}
