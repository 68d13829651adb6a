using System.Numerics;
using System.Numerics.Tensors;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Tensor = Microsoft.ML.Introspection.Onnx.Tensor;

namespace Microsoft.ML.Introspection.Features;

/// <summary>
/// The trained weights of a layer, one filter for each unit or channel that it makes: what is told of them without any data. Numbers are of
/// double precision.
/// </summary>
public sealed class LayerFilters
{
    private readonly double[] _weights;
    private readonly long[] _shape;

    private LayerFilters(string layer, Tensor weights)
    {
        (Layer, Weights) = (layer, weights);
        (_weights, _shape) = (weights.ToDouble(), weights.Dimensions.ToArray());
    }

    /// <summary>The layer.</summary>
    public string Layer { get; }

    /// <summary>
    /// The weights, double precision, shape [out, in, k₁, …] of a convolution, [out, in] of a dense layer. Of a grouped convolution the
    /// inputs are those of the filter's own group; gates of a recurrent layer stand one below the other.
    /// </summary>
    public Tensor Weights { get; }

    /// <summary>How many filters there are.</summary>
    public int Count => (int)_shape[0];

    /// <summary>How many inputs a filter reads.</summary>
    public int Inputs => (int)_shape[1];

    /// <summary>The extents of a kernel; none of a dense layer.</summary>
    public IReadOnlyList<int> Kernel => [.. _shape.Skip(2).Select(e => (int)e)];

    /// <summary>Whether it is a dense layer: weights and no kernel.</summary>
    public bool IsDense => _shape.Length == 2;

    /// <summary>The layers of a network that have filters, by their names, in order.</summary>
    /// <param name="network">The network.</param>
    public static IReadOnlyList<string> LayersOf(Network network)
    {
        ArgumentNullException.ThrowIfNull(network);
        return [.. network.Layers.Where(l => FilterWeights.Find(network, l) is not null).Select(l => l.Name)];
    }

    /// <summary>The filters of a layer.</summary>
    /// <param name="network">The network.</param>
    /// <param name="layer">The layer, or the name of the tensor it makes.</param>
    /// <exception cref="ArgumentException">There is none of that name, or it has no trained weights.</exception>
    public static LayerFilters Of(Network network, string layer)
    {
        ArgumentNullException.ThrowIfNull(network);
        var named = network.Layers.First(l => l.Output == network.TensorOf(layer));
        return new LayerFilters(named.Name, FilterWeights.Find(network, named)?.Read(network) ?? throw new ArgumentException(
            $"The layer '{layer}' ({named.Operator}) has no filters. Layers that have: "
                + $"{string.Join(", ", LayersOf(network).DefaultIfEmpty("none").Take(20).Select(l => $"'{l}'"))}.", nameof(layer)));
    }

    /// <summary>The Euclidean norm of each filter, shape [out].</summary>
    public Tensor Norms() => PerFilter(filter => TensorPrimitives.Norm(filter));

    /// <summary>The sum of the magnitudes of each filter's weights, shape [out].</summary>
    public Tensor AbsoluteSums() => PerFilter(filter => TensorPrimitives.SumOfMagnitudes(filter));

    /// <summary>The cosine between any two filters, flattened, shape [out, out]; 0 with a filter of zeros.</summary>
    public Tensor Cosines()
    {
        var (norms, cosines) = (Norms().ToDouble(), new double[Count * Count]);
        for (var i = 0; i < Count; i++)
        {
            for (var j = 0; j <= i; j++)
            {
                var size = norms[i] * norms[j];
                var cosine = size > 0 ? TensorPrimitives.Dot<double>(Filter(i), Filter(j)) / size : 0;
                cosines[i * Count + j] = cosines[j * Count + i] = cosine;
            }
        }
        return Tensor.From(cosines, Count, Count);
    }

    /// <summary>The weights averaged along some axes, which are left out: a kernel as a curve along the axes that remain.</summary>
    /// <param name="axes">Axes of <see cref="Weights"/>, from 0, or from the end where negative.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such axis.</exception>
    public Tensor AveragedOver(params ReadOnlySpan<int> axes)
    {
        var averaged = new bool[_shape.Length];
        foreach (var axis in axes)
            averaged[Axis(axis)] = true;
        long[] kept = [.. _shape.Where((_, axis) => !averaged[axis])];
        var sums = new double[Sizes.Count(kept)];
        var place = new long[_shape.Length];
        for (var i = 0; i < _weights.Length; i++)
        {
            var to = 0L;
            for (var axis = 0; axis < place.Length; axis++)
                to = averaged[axis] ? to : to * _shape[axis] + place[axis];
            sums[to] += _weights[i];
            for (var axis = place.Length - 1; axis >= 0 && ++place[axis] == _shape[axis]; axis--)
                place[axis] = 0;
        }
        TensorPrimitives.Divide(sums, (double)_weights.Length / sums.Length, sums);
        return Tensor.From(sums, kept);
    }

    /// <summary>The weights at one place of an axis, which is left out.</summary>
    /// <param name="axis">An axis of <see cref="Weights"/>, from 0, or from the end where negative.</param>
    /// <param name="index">The place, from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such axis or place.</exception>
    public Tensor SliceAt(int axis, int index)
    {
        axis = Axis(axis);
        if (index < 0 || index >= _shape[axis])
            throw new ArgumentOutOfRangeException(nameof(index), index,
                $"Axis {axis} of the weights {Weights.Shape} of '{Layer}' has the places 0 to {_shape[axis] - 1}.");
        var inner = (int)Sizes.Count(_shape.AsSpan(axis + 1));
        var outer = _weights.Length / inner / (int)_shape[axis];
        var slice = new double[outer * inner];
        for (var i = 0; i < outer; i++)
            _weights.AsSpan((i * (int)_shape[axis] + index) * inner, inner).CopyTo(slice.AsSpan(i * inner));
        return Tensor.From(slice, [.. _shape.Where((_, a) => a != axis)]);
    }

    /// <summary>
    /// The weights with each kernel, [out, in] by itself, brought to the interval from 0 (its smallest) to 1 (its largest); a constant one
    /// is 0. Of a dense layer each filter.
    /// </summary>
    public Tensor Scaled()
    {
        var scaled = (double[])_weights.Clone();
        var size = (int)Sizes.Count(_shape.AsSpan(IsDense ? 1 : 2));
        for (var start = 0; start < scaled.Length; start += size)
        {
            var kernel = scaled.AsSpan(start, size);
            var (low, high) = (TensorPrimitives.Min<double>(kernel), TensorPrimitives.Max<double>(kernel));
            TensorPrimitives.Subtract(kernel, low, kernel);
            if (high > low)
                TensorPrimitives.Divide(kernel, high - low, kernel);
        }
        return Tensor.From(scaled, _shape);
    }

    /// <summary>
    /// The magnitudes of the discrete Fourier transform of each filter, averaged over its inputs first, shape [out, k₁, …]; frequency 0
    /// comes first. Of a dense layer, of its row of weights: [out, in].
    /// </summary>
    public Tensor Spectrum()
    {
        var kernels = IsDense ? Weights : AveragedOver(1);
        var shape = kernels.Dimensions.ToArray();
        var values = Array.ConvertAll(kernels.ToDouble(), v => new Complex(v, 0));
        for (var axis = 1; axis < shape.Length; axis++)
            Transform(values, (int)shape[axis], (int)Sizes.Count(shape.AsSpan(axis + 1)));
        return Tensor.From(Array.ConvertAll(values, v => v.Magnitude), shape);
    }

    // Kernels are short: by the definition.
    internal static void Transform(Complex[] values, int extent, int stride)
    {
        var roots = Enumerable.Range(0, extent).Select(i => Complex.FromPolarCoordinates(1, -2 * Math.PI * i / extent)).ToArray();
        var line = new Complex[extent];
        for (var number = 0; number < values.Length / extent; number++)
        {
            var start = number / stride * stride * extent + number % stride;
            for (var k = 0; k < extent; k++)
            {
                line[k] = 0;
                for (var i = 0; i < extent; i++)
                    line[k] += values[start + i * stride] * roots[(int)((long)i * k % extent)];
            }
            for (var k = 0; k < extent; k++)
                values[start + k * stride] = line[k];
        }
    }

    private ReadOnlySpan<double> Filter(int filter) => _weights.AsSpan(filter * (_weights.Length / Count), _weights.Length / Count);

    private Tensor PerFilter(Func<double[], double> of) =>
        Tensor.From(Enumerable.Range(0, Count).Select(filter => of(Filter(filter).ToArray())).ToArray(), Count);

    private int Axis(int axis) => (axis < 0 ? axis + _shape.Length : axis) is >= 0 and var counted && counted < _shape.Length ? counted
        : throw new ArgumentOutOfRangeException(nameof(axis), axis,
            $"The weights of '{Layer}' have the shape {Weights.Shape}: axes 0 to {_shape.Length - 1} were expected.");
}
