using System.Numerics.Tensors;

namespace Microsoft.ML.Introspection.Shapley;

/// <summary>
/// Gaussian features that become known one after the other: what is new in each of them (its innovation, the feature less its
/// conditional mean given those before it), and how the expectation of linear scores follows. Used like a stack, for all orders and all
/// coalitions alike.
/// </summary>
/// <remarks>
/// Features are vectors whose products are their covariances, so that this is Gram and Schmidt's process: qₖ is the direction of the
/// k-th innovation and ρₖ its length. Innovations are uncorrelated; knowing the k-th moves the expectation of w·z by
/// gₖ = wₖ + Σ wⱼ·(qₖ·aⱼ)/ρₖ over the features j that are not known yet. A feature that follows from those known has no innovation to
/// speak of, and moves the expectation of nothing but itself. Written by hand, as no factorisation at hand can take a feature back or bear
/// such a one.
/// </remarks>
internal sealed class Innovations
{
    // The share of a feature's variance below which the rest is rounding of values in single precision.
    private const double Nothing = 1e-10;

    private readonly CorrelatedFeatures _features;
    private readonly double[] _weights;
    private readonly int _outputs;
    private readonly double[] _known;
    private readonly double[] _directions;
    private readonly double[] _open;
    private readonly double[] _lengths;
    private readonly double[] _gains;

    /// <summary>Starts with nothing known.</summary>
    /// <param name="features">The features.</param>
    /// <param name="weights">The weights of the scores, shape [outputs, features].</param>
    public Innovations(CorrelatedFeatures features, double[] weights)
    {
        (_features, _weights, _outputs) = (features, weights, weights.Length / features.Count);
        var count = features.Count;
        (_known, _directions, _lengths) = (new double[count * count], new double[count * features.Extent], new double[count]);
        (_open, _gains) = (new double[(count + 1) * _outputs * features.Extent], new double[count * _outputs]);
        for (var output = 0; output < _outputs; output++)
            for (var feature = 0; feature < count; feature++)
                TensorPrimitives.MultiplyAdd(features[feature], weights[output * count + feature], Open(0, output), Open(0, output));
    }

    /// <summary>How many features are known.</summary>
    public int Count { get; private set; }

    /// <summary>The innovation of the last one as a combination of all features.</summary>
    public ReadOnlySpan<double> Last => Known(Count - 1);

    /// <summary>By how much the expectation of an output moves with the innovation of the last one.</summary>
    public double Gain(int output) => _gains[(Count - 1) * _outputs + output];

    /// <summary>Lets a feature become known.</summary>
    public void Add(int feature)
    {
        var known = Known(Count);
        var direction = Direction(Count);
        known.Clear();
        known[feature] = 1;
        _features[feature].CopyTo(direction);
        for (var k = 0; k < Count; k++)
            if (_lengths[k] > 0)
                TensorPrimitives.MultiplyAdd(Known(k), -TensorPrimitives.Dot(Direction(k), _features[feature]) / _lengths[k], known, known);
        for (var k = 0; k < Count; k++)
            if (_lengths[k] > 0)
                TensorPrimitives.MultiplyAdd(Direction(k), -TensorPrimitives.Dot(Direction(k), direction), direction, direction);
        var length = TensorPrimitives.Norm<double>(direction);
        _lengths[Count] = length * length > Nothing ? length : 0;
        if (_lengths[Count] > 0)
            TensorPrimitives.Divide(direction, length, direction);

        for (var output = 0; output < _outputs; output++)
        {
            var weight = _weights[output * _features.Count + feature];
            var open = Open(Count + 1, output);
            TensorPrimitives.MultiplyAdd(_features[feature], -weight, Open(Count, output), open);
            _gains[Count * _outputs + output] = weight + (_lengths[Count] > 0 ? TensorPrimitives.Dot<double>(direction, open) / length : 0);
        }
        Count++;
    }

    /// <summary>Takes the last one back.</summary>
    public void Remove() => Count--;

    /// <summary>Takes all back.</summary>
    public void Clear() => Count = 0;

    private Span<double> Known(int k) => _known.AsSpan(k * _features.Count, _features.Count);

    private Span<double> Direction(int k) => _directions.AsSpan(k * _features.Extent, _features.Extent);

    // Σ w·a over the features that are not known yet.
    private Span<double> Open(int count, int output) => _open.AsSpan((count * _outputs + output) * _features.Extent, _features.Extent);
}
