using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>
/// Eigen-CAM: the feature maps projected on their first principal component, Σₖ vₖAₖ with v the first right singular vector of
/// the matrix [positions, channels]. It shows what the layer sees most of, whatever the score. The component's sign, which is
/// open, is taken so that the map agrees with the sum of all feature maps. Unit of the features.
/// Muhammad, Yeasin 2020, arXiv:2008.00299.
/// </summary>
[Method("eigen-cam", "The features projected on their first principal component, whatever the score",
    "Muhammad, Yeasin 2020, arXiv:2008.00299")]
public sealed record EigenCam : ActivationMap
{
    private readonly int _iterations = 100;

    /// <summary>The signed map of the paper.</summary>
    public EigenCam() => Relu = false;

    /// <summary>Whether each channel's mean over space is taken away first, as some implementations do; the paper does not.</summary>
    [Option("Whether each channel's mean is taken away first.")]
    public bool Centered { get; init; }

    /// <summary>Turns of the power iteration; each brings the component closer by (σ₂/σ₁)².</summary>
    public int Iterations
    {
        get => _iterations;
        init => _iterations = value >= 1
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Iterations), value, "The power iteration needs a turn at least.");
    }

    /// <inheritdoc/>
    protected override Value Map(FeatureLayer features, Question question)
    {
        var maps = features.Maps;
        var centered = Centered ? maps - maps.MeanOverSpace() : maps;
        var (channels, positions) = (maps.Shape[1].Value, maps.Shape.Skip(2).Aggregate(1L, (p, d) => p * d.Value));
        var a = centered.Reshape([-1, channels, positions]);
        var component =
            a.Graph.Loop(a.Graph.Constant((long)Iterations), [Start(a)],
                (_, v) => new LoopStep([PrincipalComponent.Unit(a.MatMul(Projected(a, v[0])))], []))[0];

        var map = Projected(a, component).Reshape([-1, 1, .. maps.Shape.Skip(2).Select(d => d.Value)]);
        var agreement = (map * maps.SumOverChannels()).SumOverSpace();
        return agreement.Less(0).Where(-map, map);
    }

    // Aᵀv, shape [N, positions, 1].
    private static Value Projected(Value a, Value v) => v.Reshape([-1, 1, a.Shape[1].Value]).MatMul(a).Reshape([-1, a.Shape[2].Value, 1]);

    // Any vector will do that is not at a right angle to the component; fractions of multiples of the golden ratio line up with nothing.
    private static Value Start(Value a)
    {
        var fractions = Enumerable.Range(1, (int)a.Shape[1].Value).Select(k => (float)(0.5 + k * 0.6180339887498949 % 1)).ToArray();
        return a.ReduceMax([2]).FullLike(1) * a.Graph.Constant(Tensor.From(fractions, 1, fractions.Length, 1)).Cast(a.Type);
    }
}
