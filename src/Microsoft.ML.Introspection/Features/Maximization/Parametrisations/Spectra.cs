using System.Numerics;
using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Features;

/// <summary>
/// The spectrum of the image, real and imaginary parts, low frequencies weighing more as they do in photographs: one step changes all of
/// the image (Olah, Mordvintsev, Schubert 2017, doi 10.23915/distill.00007). In any number of dimensions.
/// </summary>
public sealed record Fourier : Parametrisation
{
    /// <summary>The last steps to an image.</summary>
    public ImageValues Values { get; init; } = new();

    /// <summary>The power by which weights fall with frequency.</summary>
    public double Decay
    {
        get;
        init => field = double.IsFinite(value) && value >= 0 ? value
            : throw new ArgumentOutOfRangeException(nameof(Decay), value, "A power of at least 0 was expected.");
    } = 1;

    /// <summary>The standard deviation of the spectrum to begin with.</summary>
    public double Noise { get; init; } = 0.01;

    internal override double Deviation => Noise;

    internal override long[] Row(long[] image) => [.. Waves.Spectrum(image), 2];

    internal override Value Image(Value parameters, long[] image)
    {
        long[] space = image[1..];
        if (space.Length == 0)
            throw new ArgumentException("A spectrum is of images that extend in space; take Pixels for tables.");
        // The transform is divided by the root of the number of elements, and by the 4 that has become customary.
        var scale = Weights(parameters, space, Decay, 4 * Math.Sqrt(Sizes.Count(space)));
        Value Part(long i) => parameters.Slice([i], [i + 1], [-1]).Squeeze(parameters.Rank - 1) * scale;
        return Values.Of(Waves.Inverse(Part(0), Part(1), space));
    }

    internal override double[] Parameters(double[] image, long[] extents)
    {
        long[] space = extents[1..];
        var spectrum = Spectra.Of(Values.Before(image, extents[0]), extents);
        var (weights, root) = (Weights(space, Decay), Math.Sqrt(Sizes.Count(space)));
        return [.. spectrum.SelectMany((wave, i) =>
        {
            var factor = 4 / (root * weights[i % weights.Length]);
            return new[] { wave.Real * factor, wave.Imaginary * factor };
        })];
    }

    internal static Value Weights(Value like, long[] space, double decay, double divisor) =>
        DirectionObjective.Constant(like, [.. Weights(space, decay).Select(w => w / divisor)], [1, 1, .. Waves.Spectrum(space)]);

    // Frequency 0 weighs as much as one wave along the longest axis.
    private static double[] Weights(long[] space, double decay) =>
        [.. Waves.Frequencies(space).Select(f => Math.Pow(Math.Max(f, 1.0 / space.Max()), -decay))];
}

/// <summary>
/// The phases of the spectrum alone; its magnitudes stay those of natural images (MaCo: Fel, Boissin, Boutin, Picard, Novello, Colin,
/// Linsley, Rousseau, Cadène, Goetschalckx, Gardes, Serre 2023, arXiv:2306.06805).
/// </summary>
public sealed record FixedMagnitude : Parametrisation
{
    /// <summary>The magnitudes to keep, [channels, D₁, …, half of the last axis and one]: see <see cref="MeanMagnitude"/>.</summary>
    /// <param name="magnitude">The magnitudes.</param>
    public FixedMagnitude(Tensor magnitude) => Magnitude = magnitude ?? throw new ArgumentNullException(nameof(magnitude));

    /// <summary>The magnitudes to keep.</summary>
    public Tensor Magnitude { get; }

    /// <summary>The last steps to an image.</summary>
    public ImageValues Values { get; init; } = new();

    /// <summary>What is added to standard deviations before they divide.</summary>
    public double Epsilon { get; init; } = 1e-5;

    /// <summary>Whether standard deviations are those of samples: divided by one less than the number of elements.</summary>
    public bool SampleDeviation { get; init; }

    internal override double Deviation => 1;

    /// <summary>The mean magnitude of the spectra of some images: those that are natural to a network are its own data.</summary>
    /// <param name="images">Shape [N, channels, D₁, …].</param>
    /// <returns>Double precision, shape [channels, D₁, …, half of the last axis and one].</returns>
    public static Tensor MeanMagnitude(Tensor images)
    {
        ArgumentNullException.ThrowIfNull(images);
        if (images.Dimensions.Length < 3)
            throw new ArgumentException($"Images of shape [N, channels, D₁, …] were expected; given was {images.Shape}.", nameof(images));
        long[] image = images.Dimensions[1..].ToArray(), spectrum = Waves.Spectrum(image);
        var (size, sums, values) = ((int)Sizes.Count(image), new double[Sizes.Count(spectrum)], images.ToDouble());
        for (var row = 0; row < images.Dimensions[0]; row++)
            Spectra.AddMagnitudes(values.AsSpan(row * size, size), image, sums);
        return Tensor.From(Array.ConvertAll(sums, sum => sum / images.Dimensions[0]), spectrum);
    }

    internal override long[] Row(long[] image) => Waves.Spectrum(image);

    internal override Value Image(Value parameters, long[] image)
    {
        long[] space = image[1..], spectrum = Waves.Spectrum(image);
        if (!Magnitude.Dimensions.SequenceEqual(spectrum))
            throw new ArgumentException(
                $"The magnitudes have the shape {Magnitude.Shape}; for images {Shape.Of(image)} {Shape.Of(spectrum)} was expected.");
        var phases = Standardised(parameters);
        var magnitude = DirectionObjective.Constant(
            parameters, [.. Magnitude.ToDouble().Select(m => m / Sizes.Count(space))], [1, .. spectrum]);
        return Values.Of(Standardised(Waves.Inverse(magnitude * phases.Cos(), magnitude * phases.Sin(), space)));
    }

    private Value Standardised(Value x)
    {
        long[] row = [.. x.Shape.Skip(1).Select(d => d.Value)];
        var (flat, count) = (ObjectiveSite.Flat(x), Sizes.Count(row));
        var away = flat - flat.MeanInOrder(1);
        var deviation = ((away * away).SumInOrder(1) / (SampleDeviation ? count - 1 : count)).Sqrt() + Epsilon;
        return (away / deviation).Reshape([-1, .. row]);
    }
}

/// <summary>Levels of a pyramid, each half as large as the one before, enlarged linearly and summed: coarse parts change at once.</summary>
public sealed record LaplacianPyramid : Parametrisation
{
    /// <summary>The last steps to an image.</summary>
    public ImageValues Values { get; init; } = new();

    /// <summary>How many levels there are.</summary>
    public int Levels
    {
        get;
        init => field = value is >= 1 and <= 16 ? value
            : throw new ArgumentOutOfRangeException(nameof(Levels), value, "Between 1 and 16 levels were expected.");
    } = 4;

    /// <summary>Whether the outermost elements of a level lie on those of the image; otherwise elements are areas.</summary>
    public bool AlignsCorners { get; init; }

    /// <summary>The standard deviation of the levels to begin with.</summary>
    public double Noise { get; init; } = 0.01;

    internal override double Deviation => Noise;

    internal override long[] Row(long[] image) => [Enumerable.Range(0, Levels).Sum(level => Sizes.Count(Level(image, level)))];

    internal override Value Image(Value parameters, long[] image)
    {
        long[][] levels = [.. Enumerable.Range(0, Levels).Select(level => Level(image, level))];
        var sum = (Value?)null;
        foreach (var (part, extents) in parameters.Split(1, [.. levels.Select(l => Sizes.Count(l))]).Zip(levels))
        {
            var level = part!.Reshape([-1, .. extents]);
            for (var axis = 1; axis < image.Length; axis++)
                if (extents[axis] != image[axis])
                    level = level.Along(axis + 1, Resampling.Matrix(level.Type, extents[axis], image[axis], AlignsCorners));
            sum = sum is null ? level : sum + level;
        }
        return Values.Of(sum!);
    }

    // The finest level alone holds all of it.
    internal override double[] Parameters(double[] image, long[] extents)
    {
        var parameters = new double[Row(extents)[0]];
        Values.Before(image, extents[0]).CopyTo(parameters, 0);
        return parameters;
    }

    private static long[] Level(long[] image, int level) => [image[0], .. image.Skip(1).Select(e => Math.Max(1, e >> level))];
}

/// <summary>Transforms on the host.</summary>
internal static class Spectra
{
    /// <summary>Adds the magnitudes of the spectrum of an image, channels first.</summary>
    public static void AddMagnitudes(ReadOnlySpan<double> image, long[] extents, double[] sums)
    {
        var spectrum = Of(image, extents);
        for (var i = 0; i < sums.Length; i++)
            sums[i] += spectrum[i].Magnitude;
    }

    /// <summary>The spectrum of an image, channels first: half of the last axis, and one.</summary>
    public static Complex[] Of(ReadOnlySpan<double> image, long[] extents)
    {
        long[] space = extents[1..];
        var (size, last) = ((int)Sizes.Count(space), (int)space[^1]);
        var half = last / 2 + 1;
        var spectrum = new Complex[extents[0] * (size / last) * half];
        for (var channel = 0; channel < extents[0]; channel++)
        {
            var values = Array.ConvertAll(image.Slice(channel * size, size).ToArray(), v => new Complex(v, 0));
            for (var axis = 0; axis < space.Length; axis++)
                LayerFilters.Transform(values, (int)space[axis], (int)Sizes.Count(space.AsSpan(axis + 1)));
            for (var line = 0; line < size / last; line++)
                values.AsSpan(line * last, half).CopyTo(spectrum.AsSpan((channel * (size / last) + line) * half));
        }
        return spectrum;
    }
}
