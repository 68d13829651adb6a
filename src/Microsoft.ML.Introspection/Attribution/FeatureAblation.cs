using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>
/// Feature ablation: how much the score falls when a group of elements takes the values of a baseline, f(x) − f(x without the
/// group); every element of the group gets this number. Shape of the input, unit of the score, positive where the group speaks
/// for the score.
/// </summary>
public sealed record FeatureAblation : AttributionMethod
{
    /// <summary>
    /// The group of every element, as whole numbers: of the shape of a row (or [1, row…]), extents of 1 meaning the same for
    /// all. Null makes every element a group of its own.
    /// </summary>
    public Tensor? Groups { get; init; }

    /// <summary>What the elements are replaced by; of several baselines the attributions are averaged.</summary>
    public Baseline Baseline { get; init; } = Baseline.Zero;

    /// <inheritdoc/>
    public override Value Attribute(Question question)
    {
        ArgumentNullException.ThrowIfNull(question);
        var input = question.Input;
        var groups = GroupsOf(input);
        var names = groups.ToInt64().Distinct().Order().ToArray();
        var ids = input.Graph.Constant(groups);
        return Ablation.Sum(question, Baseline, names.Length, number =>
        {
            var group = input.Graph.Constant(Tensor.Vector<long>(names)).Gather(number);
            return ids.EqualTo(group.Reshape([-1, .. Enumerable.Repeat(1L, input.Rank)])).AsNumber(input.Type);
        }).ExpandLike(input);
    }

    private Tensor GroupsOf(Value input)
    {
        long[] row = [.. input.Shape.Skip(1).Select(d => d.Value)];
        if (Groups is null)
            return Tensor.From(Enumerable.Range(0, (int)row.Aggregate(1L, (p, d) => checked(p * d))).Select(i => (long)i).ToArray(), [1, .. row]);
        if (Groups.Type is not (ElementType.Int64 or ElementType.Int32))
            throw new ArgumentException($"Feature groups are whole numbers; the tensor given holds elements of type {Groups.Type}.");
        var extents = Groups.Dimensions.Length == row.Length + 1 && Groups.Dimensions[0] == 1 ? Groups.Dimensions[1..].ToArray() : Groups.Dimensions.ToArray();
        if (extents.Length != row.Length || !extents.Zip(row).All(e => e.First == e.Second || e.First == 1))
            throw new ArgumentException($"The feature groups have the shape {Groups.Shape}; a row of '{input.Name}' has {Shape.Of(row)}. Expected that shape, or 1 in place of some extents.");
        return Tensor.From(Groups.ToInt64(), [1, .. extents]);
    }
}
