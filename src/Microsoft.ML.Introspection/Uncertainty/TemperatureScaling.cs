using System.Numerics.Tensors;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Uncertainty;

/// <summary>
/// One number that all logits are divided by, so that probabilities mean what they say; which class is likeliest does not change (Guo,
/// Pleiss, Sun, Weinberger 2017, arXiv:1706.04599).
/// </summary>
public static class TemperatureScaling
{
    private const int MostSteps = 200;

    /// <summary>The temperature at which the true classes of some rows are likeliest. The loss is convex in its inverse.</summary>
    /// <param name="logits">Shape [rows, classes].</param>
    /// <param name="labels">The true class of each row.</param>
    /// <exception cref="ArgumentException">
    /// The lists do not fit each other, a label is no class, a logit is not finite; every row is right, so that none is too low; or
    /// the logits tell less of the truth than chance, so that none is too high.
    /// </exception>
    public static double Fit(ReadOnlySpan<double> logits, IReadOnlyList<int> labels)
    {
        ArgumentNullException.ThrowIfNull(labels);
        var classes = TrueClasses.Checked(logits, labels);
        var values = logits.ToArray();
        if (!values.All(double.IsFinite))
            throw new ArgumentException("A logit is not finite.", nameof(logits));
        if (Slopes(values, labels, classes, 0).First >= 0)
            throw new ArgumentException("The logits of these rows tell less of their classes than chance: no temperature is high enough. "
                + "Do the labels belong to these rows?");
        if (Enumerable.Range(0, labels.Count).All(r =>
            values[r * classes + labels[r]] >= TensorPrimitives.Max<double>(values.AsSpan(r * classes, classes))))
            throw new ArgumentException("Every row is right: no temperature is low enough. Give rows that are new to the model.");
        var (low, high) = (0.0, 1.0);
        while (Slopes(values, labels, classes, high).First < 0)
            (low, high) = (high, 2 * high);
        // Newton's steps, halved into the bracket where they leave it.
        var inverse = (low + high) / 2;
        for (var step = 0; step < MostSteps; step++)
        {
            var (first, second) = Slopes(values, labels, classes, inverse);
            if (first < 0)
                low = inverse;
            else
                high = inverse;
            var next = inverse - first / second;
            if (!(next > low && next < high))
                next = (low + high) / 2;
            if (Math.Abs(next - inverse) <= 1e-15 * inverse)
                return 1 / next;
            inverse = next;
        }
        return 1 / inverse;
    }

    /// <summary>The probabilities at a temperature, shape [rows, classes].</summary>
    public static double[] Apply(ReadOnlySpan<double> logits, int classes, double temperature)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 1);
        if (!(temperature > 0) || logits.Length % classes != 0)
            throw new ArgumentException($"A temperature above 0 and logits of {classes} classes were expected; there are {temperature} and "
                + $"{logits.Length} logits.");
        var scaled = new double[logits.Length];
        for (var row = 0; row < logits.Length; row += classes)
            Softmax(logits.Slice(row, classes), 1 / temperature, scaled.AsSpan(row, classes));
        return scaled;
    }

    /// <summary>The same as a graph, for any ONNX Runtime: logits in, probabilities out, [N, classes] each, in single precision.</summary>
    /// <param name="temperature">What logits are divided by.</param>
    /// <param name="classes">How many classes.</param>
    /// <param name="outputName">The name of the output.</param>
    /// <param name="inputName">The name of the input.</param>
    public static OnnxModel ToModel(double temperature, int classes, string outputName = "probabilities", string inputName = "logits")
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(outputName);
        ArgumentException.ThrowIfNullOrWhiteSpace(inputName);
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 1);
        if (!(temperature > 0) || !double.IsFinite(temperature))
            throw new ArgumentOutOfRangeException(nameof(temperature), temperature, "A temperature above 0 was expected.");
        var graph = new Graph();
        var logits = graph.Input(inputName, ElementType.Float, new Shape(Dimension.Symbol("N"), classes));
        return graph.ToModel([(outputName, (logits.Cast(ElementType.Double) / temperature).Softmax(1).Cast(ElementType.Float))]);
    }

    // The first and second derivative of the mean loss by the inverse temperature: the mean logit less the true one's, and their variance.
    private static (double First, double Second) Slopes(double[] logits, IReadOnlyList<int> labels, int classes, double inverse)
    {
        var p = new double[classes];
        var (first, second) = (0.0, 0.0);
        for (var row = 0; row < labels.Count; row++)
        {
            ReadOnlySpan<double> z = logits.AsSpan(row * classes, classes);
            Softmax(z, inverse, p);
            var mean = TensorPrimitives.Dot(p, z);
            first += mean - z[labels[row]];
            for (var k = 0; k < classes; k++)
                second += p[k] * (z[k] - mean) * (z[k] - mean);
        }
        return (first / labels.Count, second / labels.Count);
    }

    private static void Softmax(ReadOnlySpan<double> logits, double inverse, Span<double> probabilities)
    {
        var largest = TensorPrimitives.Max(logits);
        for (var k = 0; k < logits.Length; k++)
            probabilities[k] = Math.Exp((logits[k] - largest) * inverse);
        TensorPrimitives.Divide(probabilities, TensorPrimitives.Sum<double>(probabilities), probabilities);
    }
}
