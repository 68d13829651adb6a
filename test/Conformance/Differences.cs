using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Onnx.Proto;
using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.OnnxRuntime;

namespace Microsoft.ML.Introspection.Conformance;

/// <summary>
/// A weighted sum of a model's outputs as a function of its inputs, in double precision where ONNX Runtime has it, and its differences.
/// </summary>
internal sealed class Differences : IDisposable
{
    private readonly ModelSession _session;
    private readonly Dictionary<string, Tensor> _origin;
    private readonly IReadOnlyDictionary<string, double[]> _weights;

    private Differences(ModelSession session, Dictionary<string, Tensor> origin, IReadOnlyDictionary<string, double[]> weights,
        ElementType type) => (_session, _origin, _weights, Type) = (session, origin, weights, type);

    /// <summary>The precision.</summary>
    public ElementType Type { get; }

    /// <summary>The function; null where ONNX Runtime runs the model neither in double nor in single precision.</summary>
    public static Differences? Of(
        ModelProto model, IReadOnlyDictionary<string, Tensor> inputs, IReadOnlyDictionary<string, double[]> weights)
    {
        foreach (var type in (ElementType[])[ElementType.Double, ElementType.Float])
        {
            ModelSession? session = null;
            try
            {
                if (DoublePrecision.Of(model, type) is not { } retyped)
                    continue;
                session = new ModelSession(retyped, new RuntimeOptions { Threads = 1 }, GraphOptimizationLevel.ORT_DISABLE_ALL);
                var origin = inputs.ToDictionary(i => i.Key, i => DoublePrecision.Of(i.Value, type));
                var result = new Differences(session, origin, weights, type);
                result.At(origin);
                return result;
            }
            catch (Exception e) when (e is InvalidOperationException or InvalidModelException or UnsupportedOperatorException
                or ArgumentException or NotSupportedException)
            {
                session?.Dispose();
            }
        }
        return null;
    }

    /// <summary>
    /// Whether a number is the slope by an element: within some tolerance of a central difference, or, where the slopes on both sides
    /// differ or the function jumps, between these. Null where there is no difference: beside the element the function cannot be computed.
    /// </summary>
    public bool? Agrees(string input, int element, double told, double scale, double tolerance, out double slope)
    {
        var size = Math.Max(1, Math.Abs(_origin[input].ToDouble()[element]));
        var step = size * (Type == ElementType.Double ? 1e-4 : 1.0 / 128);
        var middle = At(_origin);
        double Ahead(double h) => (Difference(Moved(input, element, h), middle)) / h;
        double forward = Ahead(step), backward = Ahead(-step), nearForward = Ahead(step / 2), nearBackward = Ahead(-step / 2);
        slope = (4 * (nearForward + nearBackward) / 2 - (forward + backward) / 2) / 3;
        var bound = tolerance * Math.Max(scale, Math.Abs(slope));
        if (!double.IsFinite(slope))
            return null;
        if (Math.Abs(slope - told) <= bound)
            return true;
        // Beside a kink, which one side may have in view: the slopes nearby enclose any that can be meant. A jump has none.
        double[] slopes = [forward, backward, nearForward, nearBackward];
        Array.Sort(slopes);
        var spread = slopes[^1] - slopes[0];
        return double.IsFinite(told) && spread > bound
            && (told >= slopes[0] - bound && told <= slopes[^1] + bound || Math.Abs(nearForward) > 1.5 * Math.Abs(forward)
                || Math.Abs(nearBackward) > 1.5 * Math.Abs(backward));
    }

    public void Dispose() => _session.Dispose();

    private Dictionary<string, double[]> Moved(string input, int element, double distance)
    {
        var numbers = _origin[input].ToDouble();
        numbers[element] += distance;
        try
        {
            return At(new Dictionary<string, Tensor>(_origin) { [input] = Tensor.FromDoubles(Type, numbers, _origin[input].Dimensions) });
        }
        catch (InvalidOperationException)
        {
            return _weights.ToDictionary(w => w.Key, _ => new[] { double.NaN });
        }
    }

    private Dictionary<string, double[]> At(Dictionary<string, Tensor> inputs)
    {
        var results = _session.Run(inputs);
        return _weights.ToDictionary(w => w.Key, w => results[w.Key].ToDouble());
    }

    // Element by element, so that what did not move cancels exactly; what has another extent there has no difference.
    private double Difference(Dictionary<string, double[]> there, Dictionary<string, double[]> here) => _weights.Sum(w =>
        there[w.Key].Length != here[w.Key].Length || there[w.Key] is [double.NaN] ? double.NaN
            : w.Value.Select((weight, i) => weight == 0 ? 0 : weight * (there[w.Key][i] - here[w.Key][i])).Sum());
}
