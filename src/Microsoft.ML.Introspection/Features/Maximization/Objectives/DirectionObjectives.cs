using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;

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

/// <summary>How it is told how near a layer comes to what is wanted.</summary>
public enum LikenessForm
{
    /// <summary>Minus the mean of the squares of differences.</summary>
    MeanSquare,

    /// <summary>Minus the sum of the squares of differences, divided by that of what is wanted.</summary>
    RelativeSquares,

    /// <summary>Minus the sum of the magnitudes of differences, divided by that of what is wanted.</summary>
    RelativeMagnitudes,

    /// <summary>The product with what is wanted, divided by the sum of the squares of that.</summary>
    RelativeProduct,
}

/// <summary>How near a layer comes to what it makes of something else: see <see cref="LikenessForm"/>.</summary>
/// <param name="OfLayer">The layer.</param>
/// <param name="Wanted">
/// What it should make: [channels, …], as a row of the layer; null for what it makes of the image that the input <c>reference</c> gives.
/// </param>
public sealed record LikenessObjective(string OfLayer, Tensor? Wanted) : Objective
{
    private const double LeastNorm = 1e-12;

    /// <summary>How it is told.</summary>
    public LikenessForm Form
    {
        get;
        init => field = Enum.IsDefined(value) ? value
            : throw new ArgumentOutOfRangeException(nameof(Form), value, "There is no such form of likeness.");
    }

    /// <summary>The channels that count; null for all.</summary>
    public IReadOnlyList<int>? Channels { get; init; }

    /// <summary>Where the window of positions begins that count; null for all.</summary>
    public IReadOnlyList<int>? Position { get; init; }

    /// <summary>The extents of the window; null for one position.</summary>
    public IReadOnlyList<int>? Window { get; init; }

    internal override Value Write(ObjectiveSite site)
    {
        var layer = site.Layer(OfLayer);
        long[] row = [.. layer.Shape.Skip(1).Select(d => d.Value)];
        var goal = Wanted is null ? site.ReferenceLayer(OfLayer)
            : Wanted.Count == Sizes.Count(row) ? DirectionObjective.Constant(layer, Wanted.ToDouble(), [1, .. row])
            : throw new ArgumentException(
                $"What '{OfLayer}' should make has the shape {Wanted.Shape}; a row of {Sizes.Count(row)} was expected.");
        var (made, wanted) = (Counting(layer), Counting(goal));
        var away = made - wanted;
        Value Relative(Value of, Value by)
        {
            var norm = by.SumInOrder(1);
            return (of.SumInOrder(1) / norm.Maximum(norm.Like(LeastNorm))).Squeeze(1);
        }
        return Form switch
        {
            LikenessForm.MeanSquare => -ObjectiveSite.Mean(away * away),
            LikenessForm.RelativeSquares => -Relative(away * away, wanted * wanted),
            LikenessForm.RelativeMagnitudes => -Relative(away.Abs(), wanted.Abs()),
            _ => Relative(made * wanted, wanted * wanted),
        };
    }

    // What counts of a layer, one behind the other.
    private Value Counting(Value maps)
    {
        if (Position is not null)
            maps = Place.Window(maps, OfLayer, Position, Window);
        if (Channels is { } channels)
            maps = channels.Count > 0 && channels.All(c => c >= 0 && c < maps.Shape[1].Value)
                ? maps.Gather(maps.Graph.Constant([.. channels.Select(c => (long)c)]), 1)
                : throw new ArgumentOutOfRangeException(nameof(Channels),
                    $"'{OfLayer}' has the channels 0 to {maps.Shape[1].Value - 1}; [{string.Join(", ", channels)}] was given.");
        return ObjectiveSite.Flat(maps);
    }
}

/// <summary>
/// Guided deep dream: at each position the product with that vector of a guide which is nearest to what is there already, by the largest
/// product; its gradient by the layer is that vector (Mordvintsev, Olah, Tyka 2015).
/// </summary>
/// <param name="OfLayer">The layer, shape [N, channels, …].</param>
/// <param name="Guide">What the layer makes of the guide: [channels, …], of any extents behind the channels.</param>
public sealed record GuidedObjective(string OfLayer, Tensor Guide) : Objective
{
    /// <summary>Guided by a picture.</summary>
    /// <param name="network">The network, of one input.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="picture">The picture as the network takes it, shape [1, …].</param>
    /// <param name="runtime">Where to run.</param>
    /// <exception cref="ArgumentException">The network takes other pictures; the layer makes no maps.</exception>
    public static GuidedObjective Of(Network network, string layer, Tensor picture, RuntimeOptions? runtime = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(picture);
        if (network.Inputs is not [var input] || picture.Dimensions.Length != input.Shape!.Rank || picture.Dimensions[0] != 1
            || !input.Shape.Skip(1).Zip(picture.Dimensions[1..].ToArray()).All(e => !e.First.IsKnown || e.First.Value == e.Second))
            throw new ArgumentException($"The guide has the shape {picture.Shape}; a picture for {string.Join(", ", network.Inputs)} was "
                + "expected.", nameof(picture));
        var graph = new Graph(network.Opset);
        var trace = network.Trace(graph, new Dictionary<string, Value> { [input.Name] = input.AsInput(graph) });
        using var session = new ModelSession(graph.ToModel([("guide of the dream", ObjectiveSite.Layer(trace, layer))]), runtime);
        var seen = session.Run(new Dictionary<string, Tensor> { [input.Name] = picture }).Values.Single();
        return new GuidedObjective(layer, Tensor.From(seen.ToDouble(), seen.Dimensions[1..]));
    }

    internal override Value Write(ObjectiveSite site)
    {
        var maps = site.Maps(OfLayer);
        var channels = maps.Shape[1].Value;
        if (Guide.Dimensions.Length < 1 || Guide.Dimensions[0] != channels || Guide.Count == 0)
            throw new ArgumentException(
                $"The guide has the shape {Guide.Shape}; '{OfLayer}' has {channels} channels, and [{channels}, …] was expected.");
        var guide = DirectionObjective.Constant(maps, Guide.ToDouble(), channels, Guide.Count / channels);
        var here = maps.TransposeMatrix();
        var nearest = guide.TransposeMatrix().Gather(here.MatMul(guide).ArgMax(2, keepDimensions: false));
        return ObjectiveSite.Sum(here * nearest);
    }
}
