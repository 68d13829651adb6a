using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>
/// Feature ablation: how much the score falls when a group of elements takes the values of a baseline, f(x) − f(x without the
/// group); every element of the group gets this number. Shape of the input, unit of the score, positive where the group speaks
/// for the score.
/// </summary>
[Method("feature-ablation", "How much the score falls when a feature, or a group of features, takes the baseline's values")]
public sealed record FeatureAblation : AttributionMethod
{
    /// <summary>
    /// The group of every element, as whole numbers: of the shape of a row (or [1, row…]), extents of 1 meaning the same for
    /// all. Null makes every element a group of its own.
    /// </summary>
    [Option("A .npy file of whole numbers of the shape of a row: the group of every element; nothing for each by itself.", Absent = "")]
    public Tensor? Groups { get; init; }

    /// <summary>What the elements are replaced by; of several baselines the attributions are averaged.</summary>
    [Option("What the input is compared with: zero, a number, blur:SIGMA, or a .npy file; several with commas between them are averaged "
        + "over.")]
    public Baseline Baseline { get; init; } = Baseline.Zero;

    /// <inheritdoc/>
    public override Value Attribute(Question question)
    {
        ArgumentNullException.ThrowIfNull(question);
        var input = question.Input;
        var groups = FeatureGroups.For(Groups, [.. input.Shape.Skip(1).Select(d => d.Value)], input.Name).Ids;
        long[] names = [.. groups.ToInt64().Distinct().Order()];
        var ids = input.Graph.Constant(groups);
        var masks = Variants.Numbered(names.Length, numbers =>
        {
            var group = input.Graph.Constant(Tensor.Vector<long>(names)).Gather(numbers);
            return ids.EqualTo(group.Reshape([-1, .. Enumerable.Repeat(1L, input.Rank)])).AsNumber(input.Type);
        });
        return Ablation.Sum(question, Baseline, masks).ExpandLike(input);
    }
}
