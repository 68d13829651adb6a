using Microsoft.ML.Introspection.Jobs;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;

namespace Microsoft.ML.Introspection.Features;

/// <summary>
/// What every unit of a layer answers over a plane of two features: of a network with two inputs the whole of what it computes. Of several
/// checkpoints, one plane each shows how that came about.
/// </summary>
public sealed class ResponsePlane
{
    private const int RowsAtOnce = 1 << 10;

    private ResponsePlane(string layer, PlaneOptions options, Tensor values, IReadOnlyList<float> xs, IReadOnlyList<float> ys) =>
        (Layer, Options, Values, Xs, Ys) = (layer, options, values, xs, ys);

    /// <summary>The layer.</summary>
    public string Layer { get; }

    /// <summary>The plane.</summary>
    public PlaneOptions Options { get; }

    /// <summary>
    /// The responses, single precision, shape [units, steps of y, steps of x]; units as in a row of the layer, last axis fastest.
    /// </summary>
    public Tensor Values { get; }

    /// <summary>How many units there are.</summary>
    public int Units => (int)Values.Dimensions[0];

    /// <summary>The values of the feature from left to right.</summary>
    public IReadOnlyList<float> Xs { get; }

    /// <summary>The values of the feature from the bottom up, the first row of <see cref="Values"/> first.</summary>
    public IReadOnlyList<float> Ys { get; }

    /// <summary>Computes the responses.</summary>
    /// <param name="network">The network; its inputs are of floating-point numbers.</param>
    /// <param name="layer">The layer, or the name of a tensor, shape [N, …].</param>
    /// <param name="options">The plane.</param>
    /// <param name="runtime">Where to run.</param>
    /// <param name="cancellation">Stops the run.</param>
    /// <exception cref="ArgumentException">There is no such layer or feature, or an input is of no floating-point numbers.</exception>
    public static ResponsePlane Of(Network network, string layer, PlaneOptions? options = null, RuntimeOptions? runtime = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(network);
        (options, runtime) = (options ?? new PlaneOptions(), runtime ?? new RuntimeOptions { BatchSize = RowsAtOnce });
        var through = Through(network, options);
        var model = NetworkOutputs.Compile(network, [], [layer]);
        if (model.Outputs[0] is not { Shape: { Rank: > 0 } shape, Type: ElementType.Float or ElementType.Double } told)
            throw new ArgumentException($"The layer '{layer}' makes {model.Outputs[0]}; numbers of shape [N, …] were expected.");
        using var session = new ModelSession(model, runtime);
        using var runner = new BatchRunner(session, model, runtime.BatchSize);
        var (steps, units) = (options.Steps, runner.OutputSize(0));
        var (xs, ys) = (Spread(options.RangeX, steps), Spread(options.RangeY, steps));
        var responses = new float[Sizes.Bytes((long)units * steps * steps, 1)];
        for (var start = 0; start < steps * steps; start += runner.Capacity)
        {
            var count = Math.Min(runner.Capacity, steps * steps - start);
            for (var row = 0; row < count; row++)
            {
                var (y, x) = Math.DivRem(start + row, steps);
                (through[options.X], through[options.Y]) = (xs[x], ys[y]);
                Write(network, session, runner, row, through);
            }
            runner.Run(count, cancellation);
            for (var row = 0; row < count; row++)
                for (var unit = 0; unit < units; unit++)
                    responses[unit * steps * steps + start + row] = told.Type == ElementType.Float
                        ? runner.OutputRow<float>(0, row)[unit] : (float)runner.OutputRow<double>(0, row)[unit];
        }
        return new ResponsePlane(layer, options, Tensor.From(responses, units, steps, steps), xs, ys);
    }

    private static float[] Through(Network network, PlaneOptions options)
    {
        if (network.Inputs.FirstOrDefault(i => i.Type is not (ElementType.Float or ElementType.Double)) is { } other)
            throw new ArgumentException($"The input {other} holds no floating-point numbers of single or double precision; make it "
                + "constant.", nameof(network));
        var features = network.Inputs.Sum(i => (int)i.Shape!.Skip(1).Aggregate(1L, (size, d) => size * d.Value));
        if (options.X >= features || options.Y >= features || options.X == options.Y)
            throw new ArgumentOutOfRangeException(nameof(options),
                $"The inputs have {features} elements in a row; two different ones, from 0, were expected: {options.X} and {options.Y}.");
        return options.Through is null ? new float[features]
            : options.Through.Count == features ? [.. options.Through]
            : throw new ArgumentException($"The row that the plane goes through has {options.Through.Count} elements; the inputs have "
                + $"{features}.", nameof(options));
    }

    private static void Write(Network network, ModelSession session, BatchRunner runner, int row, ReadOnlySpan<float> values)
    {
        foreach (var input in network.Inputs)
        {
            var port = session.InputNames.Index().First(p => p.Item == input.Name).Index;
            var own = values[..runner.InputSize(port)];
            values = values[own.Length..];
            if (input.Type == ElementType.Float)
                own.CopyTo(runner.InputRow<float>(port, row));
            else
                System.Numerics.Tensors.TensorPrimitives.ConvertChecked(own, runner.InputRow<double>(port, row));
        }
    }

    private static float[] Spread((float From, float To) range, int steps) =>
        [.. Enumerable.Range(0, steps).Select(i => (float)(range.From + ((double)range.To - range.From) * i / (steps - 1)))];
}
