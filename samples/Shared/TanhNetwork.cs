using Microsoft.ML.Introspection.Differentiation;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;

namespace Samples;

/// <summary>
/// A dense network with tanh between its layers and a sigmoid at its end, trained by Adam on the cross-entropy of two classes. The loss is
/// written as a graph, the library differentiates it by the weights, ONNX Runtime computes: training is not what it is for, but it can.
/// </summary>
internal sealed class TanhNetwork : IDisposable
{
    private readonly int[] _sizes;
    private readonly float[][] _parameters;
    private readonly (float[] Mean, float[] Square)[] _moments;
    private readonly ModelSession _session;
    private int _step;

    /// <summary>A network that knows nothing yet.</summary>
    /// <param name="seed">Other weights for every seed.</param>
    /// <param name="sizes">How many inputs there are, and how many units each hidden layer has.</param>
    public TanhNetwork(int seed, params int[] sizes)
    {
        var random = new Random(seed);
        _sizes = [.. sizes, 1];
        // Of each layer its weights, spread as wide as keeps the size of what passes (Glorot, Bengio 2010), then its biases.
        _parameters = [.. Enumerable.Range(1, sizes.Length).SelectMany(layer =>
        {
            var width = MathF.Sqrt(6f / (_sizes[layer - 1] + _sizes[layer]));
            float[] weights = [.. Enumerable.Range(0, _sizes[layer - 1] * _sizes[layer]).Select(_ => width * (2 * random.NextSingle() - 1))];
            return new[] { weights, new float[_sizes[layer]] };
        })];
        _moments = [.. _parameters.Select(p => (new float[p.Length], new float[p.Length]))];

        var graph = new Graph();
        var rows = graph.Input("x", ElementType.Float, new Shape(Dimension.Symbol("N"), _sizes[0]));
        var truth = graph.Input("y", ElementType.Float, new Shape(Dimension.Symbol("N"), 1));
        Value[] parameters = [.. _parameters.Select((_, i) => graph.Input($"p{i}", ElementType.Float, ShapeOf(i)))];
        var logit = Logit(rows, parameters);
        // −log of the probability of the truth, without overflow: max(z, 0) − z·y + log(1 + exp(−|z|)).
        var loss = (logit.Relu() - logit * truth + ((-logit.Abs()).Exp() + 1).Log()).ReduceMean([0, 1]);
        var gradients = Gradient.Of(loss, parameters);
        _session = new ModelSession(graph.ToModel([("loss", loss), .. gradients.Select((g, i) => ($"g{i}", g))]),
            new RuntimeOptions { Threads = 1 });
    }

    /// <summary>Trains on all rows a number of times, in batches.</summary>
    /// <param name="x">The rows.</param>
    /// <param name="y">1 or 0 for each.</param>
    /// <param name="steps">How many batches.</param>
    /// <param name="batch">Rows in each, taken in order and round again.</param>
    /// <param name="rate">How far a step goes.</param>
    /// <returns>The mean loss.</returns>
    public double Train(float[] x, float[] y, int steps, int batch, float rate = 0.01f)
    {
        var (width, losses) = (_sizes[0], 0.0);
        for (var s = 0; s < steps; s++)
        {
            var start = (int)((long)_step * batch % (y.Length - batch + 1));
            var feeds = _parameters.Select((p, i) => ($"p{i}", Tensor.From(p, [.. ShapeOf(i).Select(d => d.Value)])))
                .Append(("x", Tensor.From(x.AsSpan(start * width, batch * width), batch, width)))
                .Append(("y", Tensor.From(y.AsSpan(start, batch), batch, 1))).ToDictionary(f => f.Item1, f => f.Item2);
            var results = _session.Run(feeds);
            losses += results["loss"].As<float>()[0];
            _step++;
            var correction = MathF.Sqrt(1 - MathF.Pow(0.999f, _step)) / (1 - MathF.Pow(0.9f, _step));
            for (var p = 0; p < _parameters.Length; p++)
            {
                var (gradient, (mean, square)) = (results[$"g{p}"].As<float>().ToArray(), _moments[p]);
                for (var i = 0; i < gradient.Length; i++)
                {
                    mean[i] += 0.1f * (gradient[i] - mean[i]);
                    square[i] += 0.001f * (gradient[i] * gradient[i] - square[i]);
                    _parameters[p][i] -= rate * correction * mean[i] / (MathF.Sqrt(square[i]) + 1e-8f);
                }
            }
        }
        return losses / steps;
    }

    /// <summary>The network as it is now: logits or, with the sigmoid, probabilities are explained.</summary>
    public Network Checkpoint(bool probabilities = false)
    {
        var graph = new Graph();
        var rows = graph.Input("x", ElementType.Float, new Shape(Dimension.Symbol("N"), _sizes[0]));
        Value[] parameters = [.. _parameters.Select((p, i) =>
            graph.Constant(Tensor.From(p.AsSpan(), [.. ShapeOf(i).Select(d => d.Value)])))];
        return Network.From(graph.ToModel([("probability", Logit(rows, parameters).Sigmoid())]),
            new NetworkOptions { KeepFinalActivation = probabilities });
    }

    /// <inheritdoc/>
    public void Dispose() => _session.Dispose();

    private static Value Logit(Value x, IReadOnlyList<Value> parameters)
    {
        for (var i = 0; i < parameters.Count; i += 2)
            x = x.MatMul(parameters[i]) + parameters[i + 1] is var sum && i + 2 < parameters.Count ? sum.Tanh() : sum;
        return x;
    }

    private Shape ShapeOf(int parameter) =>
        parameter % 2 == 0 ? new Shape(_sizes[parameter / 2], _sizes[parameter / 2 + 1]) : new Shape(_sizes[parameter / 2 + 1]);
}
