using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Features;

/// <summary>
/// The codes of a second network that makes images of them, the decoder of an autoencoder or a generator: what is found looks like what
/// that network has learned to make (Nguyen, Dosovitskiy, Yosinski, Brox, Clune 2016, arXiv:1605.09304).
/// </summary>
public sealed record Decoder : Parametrisation
{
    /// <summary>Names the network.</summary>
    /// <param name="network">
    /// Takes codes, [N, …], and makes images as the other network takes them, channels first, but for its mean and deviation.
    /// </param>
    /// <exception cref="ArgumentException">It has several inputs, or codes of open extents.</exception>
    public Decoder(Network network)
    {
        ArgumentNullException.ThrowIfNull(network);
        if (network.Inputs is not [{ Shape: { Rank: > 1 } shape }] || shape.Skip(1).Any(d => !d.IsKnown))
            throw new ArgumentException($"A decoder takes one input of known extents; this takes {string.Join(", ", network.Inputs)}.",
                nameof(network));
        Network = network;
    }

    /// <summary>The network.</summary>
    public Network Network { get; }

    /// <summary>The last steps to an image, behind the decoder.</summary>
    public ImageValues Values { get; init; } = new(Range: ValueRange.Free);

    /// <summary>The standard deviation of codes to begin with.</summary>
    public double Noise { get; init; } = 1;

    /// <summary>How far from 0 codes may be, so that the decoder knows them; infinity for any.</summary>
    public double Bound
    {
        get;
        init => field = value > 0 ? value : throw new ArgumentOutOfRangeException(nameof(Bound), value, "A bound above 0 was expected.");
    } = 3;

    internal override double Deviation => Noise;

    internal override int Opset => Network.Opset;

    internal override long[] Row(long[] image) => [.. Network.Inputs[0].Shape!.Skip(1).Select(d => d.Value)];

    internal override Value Image(Value parameters, long[] image)
    {
        var input = Network.Inputs[0];
        var codes = parameters.Cast(input.Type);
        var made = Network.Trace(codes.Graph, new Dictionary<string, Value> { [input.Name] = codes }).FileOutput(Network.DefaultOutput);
        if (made.ShapeOrNull is not { Rank: > 1 } shape || shape.Skip(1).Any(d => !d.IsKnown)
            || shape.Skip(1).Aggregate(1L, (p, d) => p * d.Value) != Sizes.Count(image))
            throw new ArgumentException($"The decoder makes {made}; images {Shape.Of(image)} were expected.");
        return Values.Of(made.Reshape([-1, .. image]).Cast(parameters.Type));
    }

    internal override Value Settled(Value parameters) =>
        double.IsPositiveInfinity(Bound) ? parameters : parameters.Clip(-Bound, Bound);
}
