using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;

namespace Microsoft.ML.Introspection.Features;

/// <summary>How a network dreams.</summary>
public sealed record DreamOptions
{
    /// <summary>How many sizes the picture is dreamed at, the smallest first.</summary>
    public int Octaves
    {
        get;
        init => field = value is >= 1 and <= 32 ? value
            : throw new ArgumentOutOfRangeException(nameof(Octaves), value, "Between 1 and 32 octaves were expected.");
    } = 4;

    /// <summary>By how much each is smaller than the next.</summary>
    public double Factor
    {
        get;
        init => field = value is > 1 and <= 16 ? value
            : throw new ArgumentOutOfRangeException(nameof(Factor), value, "A factor above 1, up to 16, was expected.");
    } = 1.4;

    /// <summary>How many steps are taken in each.</summary>
    public int StepsPerOctave
    {
        get;
        init => field = value >= 1 ? value
            : throw new ArgumentOutOfRangeException(nameof(StepsPerOctave), value, "At least one step was expected.");
    } = 10;

    /// <summary>The mean length of a step, in shares of the range of values.</summary>
    public double Rate
    {
        get;
        init => field = double.IsFinite(value) && value > 0 ? value
            : throw new ArgumentOutOfRangeException(nameof(Rate), value, "A rate above 0 was expected.");
    } = 1.5 / 255;

    /// <summary>By how many elements the picture is shifted at most, round and round, before each step, and back behind it.</summary>
    public int Jitter
    {
        get;
        init => field = value >= 0 ? value
            : throw new ArgumentOutOfRangeException(nameof(Jitter), value, "A shift of at least 0 was expected.");
    } = 32;

    /// <summary>Other shifts for every seed.</summary>
    public long Seed
    {
        get;
        init => field = value is >= 0 and <= int.MaxValue ? value
            : throw new ArgumentOutOfRangeException(nameof(Seed), value, "A seed from 0 to 2,147,483,647 was expected.");
    } = 1;

    /// <summary>The values that pictures may have.</summary>
    public (double Low, double High) Values
    {
        get;
        init => field = value.Low < value.High && double.IsFinite(value.High - value.Low) ? value
            : throw new ArgumentOutOfRangeException(nameof(Values), value, "A finite number and a larger one were expected.");
    } = (0, 1);

    /// <summary>Whether resizing lays the outermost elements on one another; otherwise elements are areas.</summary>
    public bool AlignsCorners { get; init; }

    /// <summary>What is subtracted from pictures before the network, for each channel or for all; null for nothing.</summary>
    public IReadOnlyList<double>? Mean { get; init; }

    /// <summary>What they are divided by then; null for nothing.</summary>
    public IReadOnlyList<double>? Deviation { get; init; }
}

/// <summary>What was dreamed.</summary>
/// <param name="Images">The pictures, shape [N, …] as they were given.</param>
/// <param name="Octaves">The same at the end of each octave, the smallest first.</param>
/// <param name="Objectives">The objective before each step of each octave, [steps, N].</param>
public sealed record DreamedImages(Tensor Images, IReadOnlyList<Tensor> Octaves, IReadOnlyList<Tensor> Objectives);

/// <summary>
/// Deep dream (Mordvintsev, Olah, Tyka 2015): what a layer sees in a picture is put into it, from coarse to fine. At each octave the
/// picture is made smaller, the detail found so far is added, and a loop in an ONNX graph follows the gradient, divided by its mean
/// magnitude. Networks whose extents are open run at each octave's size; others look at tiles that cover it.
/// </summary>
public sealed class DeepDream : IDisposable
{
    private readonly DreamOptions _options;
    private readonly List<(long[] Space, MaximizationOptions Options, ModelSession Session)> _octaves = [];
    private readonly long[] _row;
    private readonly bool _hasChannelsLast;

    /// <summary>Prepares the octaves for pictures of a size.</summary>
    /// <param name="model">The network; inputs besides the picture's must be made constant.</param>
    /// <param name="objective">What is made large: <see cref="Objective.Layer"/> with half the sum of squares, say, or a guide.</param>
    /// <param name="row">The extents of a picture as the network takes it, without the batch.</param>
    /// <param name="options">How.</param>
    /// <param name="network">What the model's file leaves open.</param>
    /// <param name="runtime">Where to run.</param>
    /// <exception cref="ArgumentException">The network takes no pictures, or an octave is smaller than it can take.</exception>
    public DeepDream(OnnxModel model, Objective objective, IReadOnlyList<long> row, DreamOptions? options = null,
        NetworkOptions? network = null, RuntimeOptions? runtime = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(objective);
        ArgumentNullException.ThrowIfNull(row);
        (_options, _row) = (options ?? new DreamOptions(), [.. row]);
        network ??= new NetworkOptions();
        var left = network.WithConstants(model);
        var input = left.Inputs.FirstOrDefault(i => i.Type.IsFloating() && i.Shape is { Rank: > 2 } shape && shape.Rank == _row.Length + 1)
            ?? throw new ArgumentException(
                $"The network takes no pictures of {_row.Length} axes: {string.Join(", ", left.Inputs)}.", nameof(row));
        // Channels stand where the file tells an extent and leaves those of space open, or where the network says.
        var isOpen = !input.Shape![1].IsKnown || !input.Shape[^1].IsKnown;
        _hasChannelsLast = isOpen ? !input.Shape[1].IsKnown && input.Shape[^1].IsKnown : IsLast(Network.From(left, network), input.Name);
        var space = Space(_row);
        try
        {
            for (var octave = _options.Octaves - 1; octave >= 0; octave--)
            {
                var scale = Math.Pow(_options.Factor, octave);
                long[] extents = Array.ConvertAll(space, e => Math.Max(1, (long)Math.Round(e / scale)));
                var rows = new Dictionary<string, IReadOnlyList<long>>(network.RowShapes) { [input.Name] = RowOf(extents) };
                var sized = Network.From(left, isOpen ? network with { RowShapes = rows } : network);
                var taken = Space([.. sized.Input(input.Name).Shape!.Skip(1).Select(d => d.Value)]);
                if (extents.Zip(taken).Any(e => e.First < e.Second))
                    throw new ArgumentException($"The octave [{string.Join(", ", extents)}] is smaller than what the network takes, "
                        + $"[{string.Join(", ", taken)}]; take fewer octaves, or a larger picture.", nameof(options));
                var how = new MaximizationOptions
                {
                    Parametrisation = new Pixels
                    {
                        Values = new ImageValues(Range: ValueRange.Clipped, Low: _options.Values.Low, High: _options.Values.High),
                    },
                    Transformations = _options.Jitter > 0 ? [new Roll(_options.Jitter)] : [],
                    Optimizer = new GradientAscent(_options.Rate * (_options.Values.High - _options.Values.Low)) { ByMeanMagnitude = true },
                    StartIsGiven = true, IsTiled = true, ImageShape = [Channels, .. extents], Input = input.Name,
                    Mean = _options.Mean, Deviation = _options.Deviation,
                };
                _octaves.Add((extents, how, new ModelSession(Maximization.Compile(sized, objective, how), runtime)));
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The extents of space of each octave, the smallest first.</summary>
    public IReadOnlyList<IReadOnlyList<long>> Sizes => [.. _octaves.Select(o => o.Space)];

    /// <summary>Dreams.</summary>
    /// <param name="pictures">Shape [N, …], as the network takes them but for mean and deviation.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="ArgumentException">They have other extents than were prepared for.</exception>
    public DreamedImages Of(Tensor pictures, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        if (!pictures.Dimensions[1..].SequenceEqual(_row))
            throw new ArgumentException(
                $"Pictures of the shape {Shape.Of(_row)} were expected; {pictures.Shape} was given.", nameof(pictures));
        var count = pictures.Dimensions[0];
        var (whole, full) = (ChannelsFirst(pictures), Space(_row));
        var (detail, previous) = (Array.Empty<double>(), Array.Empty<long>());
        var (octaves, objectives) = (new List<Tensor>(), new List<Tensor>());
        foreach (var (space, options, session) in _octaves)
        {
            var picture = Resized(whole, full, space);
            double[] start = detail.Length == 0 ? picture : [.. picture.Zip(Resized(detail, previous, space), (a, b) => a + b)];
            var run = new MaximizationRun
            {
                Steps = _options.StepsPerOctave, Seeds = [.. Enumerable.Repeat(_options.Seed, (int)count)],
                Start = Tensor.FromDoubles(pictures.Type, start, [count, Channels, .. space]),
            };
            var found = Maximization.Run(session, options, run, cancellation);
            var dreamed = ChannelsFirst(found.Images);
            (detail, previous) = ([.. dreamed.Zip(picture, (a, b) => a - b)], space);
            octaves.Add(found.Images);
            objectives.Add(found.Objectives);
        }
        return new DreamedImages(octaves[^1], octaves, objectives);
    }

    /// <summary>Dreams, goes nearer, dreams again: the frames of a film without end.</summary>
    /// <param name="pictures">Shape [N, …].</param>
    /// <param name="zoom">By how much it goes nearer from frame to frame.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <returns>The pictures of each frame, [N, …].</returns>
    public IEnumerable<Tensor> Fall(Tensor pictures, double zoom = 0.05, CancellationToken cancellation = default)
    {
        if (!(zoom is >= 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(zoom), zoom, "A share from 0 to below 1 was expected.");
        return Frames();

        IEnumerable<Tensor> Frames()
        {
            for (var now = pictures; ;)
            {
                var dreamed = Of(now, cancellation).Images;
                yield return dreamed;
                var nearer = ChannelsFirst(dreamed);
                var (count, space) = (dreamed.Dimensions[0], Space(_row));
                for (var axis = 0; axis < space.Length; axis++)
                    nearer = Resampling.Along(nearer, [count * Channels, .. space], axis + 1, Resampling.Zoom(space[axis], 1 - zoom));
                now = AsGiven(nearer, count, dreamed.Type);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (_, _, session) in _octaves)
            session.Dispose();
        _octaves.Clear();
    }

    private long Channels => _hasChannelsLast ? _row[^1] : _row[0];

    private long[] Space(long[] row) => _hasChannelsLast ? row[..^1] : row[1..];

    private long[] RowOf(long[] space) => _hasChannelsLast ? [.. space, _row[^1]] : [_row[0], .. space];

    private static bool IsLast(Network network, string input) => network.ChannelsOf(input) != 1;

    private double[] Resized(double[] pictures, long[] from, long[] to)
    {
        long[] extents = [pictures.Length / Onnx.Sizes.Count(from), .. from];
        for (var axis = 0; axis < from.Length; axis++)
        {
            if (from[axis] == to[axis])
                continue;
            pictures = Resampling.Along(
                pictures, extents, axis + 1, Resampling.Matrix(ElementType.Double, from[axis], to[axis], _options.AlignsCorners));
            extents[axis + 1] = to[axis];
        }
        return pictures;
    }

    private double[] ChannelsFirst(Tensor pictures) =>
        _hasChannelsLast ? ChannelOrder.First(pictures.ToDouble(), Channels, pictures.Dimensions[0]) : pictures.ToDouble();

    private Tensor AsGiven(double[] pictures, long count, ElementType type) => Tensor.FromDoubles(
        type, _hasChannelsLast ? ChannelOrder.Last(pictures, Channels, count) : pictures, [count, .. _row]);
}
