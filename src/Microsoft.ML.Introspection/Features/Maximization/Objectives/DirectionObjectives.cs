using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Features;

/// <summary>
/// A direction v in the space of a layer's channels: the mean over positions of a·v times max(0.1, cos)ᵖ, where cos is the cosine of a and
/// v with 10⁻⁴ added to either norm; or of the cosine alone. (Lucid's and lucent's directions, and those of activation atlases: Carter et
/// al. 2019, doi 10.23915/distill.00015.)
/// </summary>
/// <param name="OfLayer">The layer, shape [N, channels, …].</param>
/// <param name="Vector">
/// A number for each channel, [channels], or for each unit of a row of the layer, [channels, …], each position having its own; null for
/// those of the input <c>direction</c>, [N, channels].
/// </param>
public sealed record DirectionObjective(string OfLayer, Tensor? Vector) : Objective
{
    private const double AddedToNorm = 1e-4, LeastNorm = 1e-8, LeastCosine = 0.1;

    /// <summary>The name of the input that tells the direction.</summary>
    public const string VectorInput = "direction";

    /// <summary>The layer.</summary>
    public string OfLayer { get; } =
        string.IsNullOrEmpty(OfLayer) ? throw new ArgumentException("A layer has a name.", nameof(OfLayer)) : OfLayer;

    /// <summary>The power of the cosine; 0 for the plain product.</summary>
    public double Power
    {
        get;
        init => field = double.IsFinite(value) && value >= 0 ? value
            : throw new ArgumentOutOfRangeException(nameof(Power), value, "A power of at least 0 was expected.");
    }

    /// <summary>Whether the cosine alone is wanted, each norm at least 10⁻⁸.</summary>
    public bool CosineAlone { get; init; }

    /// <summary>The one position that counts; null for the mean over all.</summary>
    public IReadOnlyList<int>? Position { get; init; }

    internal override Value Write(ObjectiveSite site)
    {
        var whole = site.Layer(OfLayer);
        var maps = Position is null ? site.Maps(OfLayer) : Place.Of(whole, OfLayer, Position);
        var channels = maps.Shape[1].Value;
        Value vector;
        if (Vector is null)
            vector = site.Input(VectorInput, maps.Type, channels).Unsqueeze(2);
        else if (Vector.Dimensions.Length == 1 && Vector.Count == channels)
            vector = Constant(maps, Vector.ToDouble(), 1, channels, 1);
        else if (Position is null && Vector.Count == channels * maps.Shape[2].Value)
            vector = Constant(maps, Vector.ToDouble(), 1, channels, maps.Shape[2].Value);
        else
            throw new ArgumentException($"The direction has the shape {Vector.Shape}; '{OfLayer}' has {channels} channels, its row "
                + $"{new Shape(whole.Shape.Skip(1))}.");
        var dot = (maps * vector).ReduceSum([1]);
        if (!CosineAlone && Power == 0)
            return ObjectiveSite.Mean(dot);
        var (own, wanted) = (Norm(maps), Norm(vector));
        var cosine = CosineAlone ? dot / (own.Maximum(own.Like(LeastNorm)) * wanted.Maximum(wanted.Like(LeastNorm)))
            : dot / ((own + AddedToNorm) * (wanted + AddedToNorm));
        return ObjectiveSite.Mean(CosineAlone ? cosine : dot * cosine.Maximum(cosine.Like(LeastCosine)).Pow(Power));
    }

    // Where all channels are zero the root has no slope: there the square is taken to be 1, and its gradient goes nowhere.
    private static Value Norm(Value of)
    {
        var squares = (of * of).ReduceSum([1]);
        var isZero = squares.EqualTo(squares.Like(0));
        return isZero.Where(squares.Like(0), isZero.Where(squares.Like(1), squares).Sqrt());
    }

    internal static Value Constant(Value like, double[] numbers, params ReadOnlySpan<long> extents) =>
        like.Graph.Constant(Tensor.FromDoubles(like.Type, numbers, extents));
}

/// <summary>The channels of a layer, each times its weight, averaged over channels and positions, or over a window of these.</summary>
/// <param name="OfLayer">The layer, shape [N, channels, …].</param>
/// <param name="Weights">A weight for each channel.</param>
public sealed record ChannelWeightsObjective(string OfLayer, IReadOnlyList<double> Weights) : Objective
{
    /// <summary>Where the window begins; null for all positions.</summary>
    public IReadOnlyList<int>? Position { get; init; }

    /// <summary>The extents of the window; null for one position.</summary>
    public IReadOnlyList<int>? Window { get; init; }

    internal override Value Write(ObjectiveSite site)
    {
        var maps = Position is null ? site.Maps(OfLayer) : Place.Window(site.Layer(OfLayer), OfLayer, Position, Window);
        return Weights.Count == maps.Shape[1]
            ? ObjectiveSite.Mean(maps * DirectionObjective.Constant(maps, [.. Weights], 1, Weights.Count, 1))
            : throw new ArgumentException($"{Weights.Count} weights were given; '{OfLayer}' has {maps.Shape[1]} channels.");
    }
}

/// <summary>How near a layer comes to what it makes of something else: minus the mean square of the difference.</summary>
/// <param name="OfLayer">The layer.</param>
/// <param name="Wanted">What it should make: [channels, …], as a row of the layer.</param>
public sealed record LikenessObjective(string OfLayer, Tensor Wanted) : Objective
{
    internal override Value Write(ObjectiveSite site)
    {
        var maps = ObjectiveSite.Flat(site.Layer(OfLayer));
        if (maps.Shape[1] != Wanted.Count)
            throw new ArgumentException(
                $"What '{OfLayer}' should make has the shape {Wanted.Shape}; a row of {maps.Shape[1]} was expected.");
        var away = maps - DirectionObjective.Constant(maps, Wanted.ToDouble(), 1, Wanted.Count);
        return -ObjectiveSite.Mean(away * away);
    }
}
