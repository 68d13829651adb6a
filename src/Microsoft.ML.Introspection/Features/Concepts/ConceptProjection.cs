using System.Numerics.Tensors;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Features;

/// <summary>
/// A network that no longer sees concepts: what a layer makes is moved along their directions to where it is without them,
/// h − V(Vᵀh − Vᵀz), V an orthonormal basis of the directions and z what the layer makes of rows without the concepts, on average.
/// Projective class artifact compensation: Anders, Weber, Neumann, Samek, Müller, Lapuschkin 2022, doi:10.1016/j.inffus.2021.07.015.
/// </summary>
public static class ConceptProjection
{
    /// <summary>Writes the changed network.</summary>
    /// <param name="network">The network.</param>
    /// <param name="concepts">What is to be taken away, all of one layer; vectors of pooled maps are taken away at every position.</param>
    /// <param name="without">What the layer makes of rows without the concepts; null for zeros.</param>
    /// <returns>A model of the same inputs and outputs.</returns>
    /// <exception cref="ArgumentException">The vectors are of different layers, or do not fit this network's.</exception>
    public static OnnxModel Remove(Network network, IReadOnlyList<ConceptVector> concepts, LayerActivations? without = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(concepts);
        if (concepts.Count == 0 || concepts.Any(c => c.Layer != concepts[0].Layer || !c.Shape.SequenceEqual(concepts[0].Shape)))
            throw new ArgumentException("At least one concept was expected, and all of one layer.", nameof(concepts));
        var (layer, shape, width) = (concepts[0].Layer, concepts[0].Shape, concepts[0].Weights.Length);
        if (without is not null && (without.Layer != layer || without.Width != width))
            throw new ArgumentException($"The rows without the concept are of '{without.Layer}', {without.Width} numbers each; {width} of "
                + $"'{layer}' were expected.", nameof(without));
        var graph = new Graph(network.Opset);
        var inputs = network.Inputs.ToDictionary(i => i.Name, i => i.AsInput(graph));
        var seen = network.Trace(graph, inputs).Layer(layer);
        long[] extents = [.. seen.Shape.Skip(1).Select(d => d.Value)];
        var channels = Axes.Channels(network.Definition(network.TensorOf(layer)));
        if (!extents.SequenceEqual(shape) && !(concepts[0].IsPooled && seen.Rank > 2 && seen.Shape[channels] == width))
            throw new ArgumentException($"The layer '{layer}' makes rows {seen.Shape}; the vectors have the shape "
                + $"[{string.Join(", ", shape)}]. Learn them of this network's layer.", nameof(concepts));
        var basis = Basis(concepts);
        var offset = new double[basis.Length];
        if (without is not null)
        {
            var mean = Numerics.Matrices.Means(without.Values, width);
            offset = Array.ConvertAll(basis, b => TensorPrimitives.Dot<double>(b, mean));
        }
        // [N, …, width] · [width, concepts] and back; channels are moved last where vectors are of channels alone.
        int[] toLast = [0, .. Enumerable.Range(1, seen.Rank - 1).Where(a => a != channels), channels];
        var apart = !extents.SequenceEqual(shape);
        var rows = apart ? seen.Transpose(toLast) : seen.Reshape(-1, width);
        var directions = graph.Constant(Onnx.Tensor.FromDoubles(seen.Type,
            [.. Enumerable.Range(0, width).SelectMany(i => basis.Select(b => b[i]))], width, basis.Length));
        var away = (rows.MatMul(directions) - graph.Constant(Onnx.Tensor.FromDoubles(seen.Type, offset, basis.Length)))
            .MatMul(directions.TransposeMatrix());
        var changed = seen - (apart ? away.Transpose([.. Enumerable.Range(0, seen.Rank).Select(a => Array.IndexOf(toLast, a))])
            : away.Reshape([-1, .. extents]));
        var trace = network.Trace(graph, inputs, new Dictionary<string, Value> { [layer] = changed });
        return graph.ToModel(network.OutputNames.Select(name => (name, trace.FileOutput(name))), keepAllInputs: true);
    }

    // By Gram and Schmidt, twice over; what hangs on the others adds nothing.
    private static double[][] Basis(IReadOnlyList<ConceptVector> concepts)
    {
        var basis = new List<double[]>();
        foreach (var concept in concepts)
        {
            var rest = concept.Direction;
            for (var turn = 0; turn < 2; turn++)
                foreach (var other in basis)
                    TensorPrimitives.MultiplyAdd(other, -TensorPrimitives.Dot<double>(rest, other), rest, rest);
            if (TensorPrimitives.Norm<double>(rest) is > 1e-9 and var length)
            {
                TensorPrimitives.Divide(rest, length, rest);
                basis.Add(rest);
            }
        }
        return basis.Count > 0 ? [.. basis] : throw new ArgumentException("The concepts' vectors are zero.", nameof(concepts));
    }
}
