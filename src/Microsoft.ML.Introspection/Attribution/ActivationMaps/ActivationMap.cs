using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>
/// A class activation map: the feature maps A₁, A₂, … of a convolutional layer, weighted and added up to one map that shows
/// where the network found what speaks for the score. In one, two, or three dimensions.
/// </summary>
public abstract record ActivationMap : AttributionMethod
{
    private readonly string? _layer;

    /// <summary>
    /// The layer whose feature maps [N, channels, D₁, …] are taken, or whose tokens [N, tokens, channels], which are laid back on the plane
    /// that they were cut from. Null finds the last: what the last convolution makes, after
    /// the normalisation, activation or residual sum that follow it, and before it is pooled or flattened.
    /// </summary>
    [Option("The layer whose feature maps are taken; auto takes the last before they are pooled.", Absent = "auto")]
    public string? Layer
    {
        get => _layer;
        init => _layer = value is not "" ? value
            : throw new ArgumentException("The name of a layer is empty; leave it null to have the last features found.", nameof(Layer));
    }

    /// <summary>Whether what speaks against the score is cut off: max(map, 0).</summary>
    [Option("Whether what speaks against the score is cut off.")]
    public bool Relu { get; init; } = true;

    /// <summary>Whether the map is enlarged to the input's spatial extents, linearly.</summary>
    [Option("Whether the map is enlarged to the input's extents.")]
    public bool Upsample { get; init; } = true;

    /// <summary>
    /// Whether a map is enlarged so that its outermost elements lie on those of the input, as tf-keras-vis (SciPy's zoom) has it; else
    /// elements are areas, as PyTorch's and TensorFlow's resizing have them.
    /// </summary>
    [Option("Whether an enlarged map's outermost elements lie on those of the input, as in tf-keras-vis; else elements are areas.")]
    public bool AlignCorners { get; init; }

    /// <summary>Whether each row's map is scaled to [0, 1], its least element to 0 and its greatest to 1; a flat map becomes 0.</summary>
    [Option("Whether each map is scaled to [0, 1].")]
    public bool Normalize { get; init; }

    /// <summary>
    /// The map: shape [N, 1, D₁, …] with the extents of the input (and, like that, with its channel last where a network takes
    /// them so), or of the layer where it is not enlarged.
    /// </summary>
    /// <inheritdoc/>
    public sealed override Value Attribute(Question question)
    {
        ArgumentNullException.ThrowIfNull(question);
        var layer = Layer ?? DefaultLayer(question);
        var map = Map(FeatureLayer.Of(question, layer), question);
        if (Relu)
            map = map.Relu();
        if (Upsample)
            map = Enlarged(map, question);
        if (Normalize)
            map = map.ScaledToUnit();
        return Upsample ? question.AsInput(map) : map;
    }

    /// <summary>The layer that is taken where none is named.</summary>
    private protected virtual string DefaultLayer(Question question) => question.LastFeatures;

    /// <summary>The bare map, shape [N, 1, D₁, …] with the extents of the layer.</summary>
    /// <param name="features">The features: their maps A, shape [N, channels, D₁, …], and their gradient ∂S/∂A.</param>
    /// <param name="question">The question as it was asked.</param>
    protected abstract Value Map(FeatureLayer features, Question question);

    /// <summary>The channels of feature maps as variants: their numbers, shape [K].</summary>
    private protected static Variants Channels(Value maps, Func<Value, Value> each) =>
        Variants.Numbered(Sizes.Extent(maps.Shape[1]), each);

    /// <summary>Maps at the extents of what the question attributes to, channels behind the batch.</summary>
    private protected Value Enlarged(Value maps, Question question)
    {
        var input = question.Input;
        if (maps.Rank != input.Rank)
            throw new ArgumentException($"A map of shape {maps.Shape} cannot be enlarged to the extents of '{question.Place}' "
                + $"{input.Shape}: they have different numbers of axes. Ask for it without enlarging.");
        return maps.Interpolate(AlignCorners, question.Space);
    }
}
