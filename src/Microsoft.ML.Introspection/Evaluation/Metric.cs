using System.Numerics.Tensors;
using Microsoft.ML.Introspection.Models;

namespace Microsoft.ML.Introspection.Evaluation;

/// <summary>A number for how good scores are against what is true, over all rows at once.</summary>
/// <param name="scores">Shape [N, outputs], row by row.</param>
/// <param name="labels">The truth of every row: a class from 0, or a number; shape [N].</param>
public delegate double MetricFunction(ReadOnlySpan<double> scores, ReadOnlySpan<double> labels);

/// <summary>How good the scores of many rows are against their labels. Immutable.</summary>
public abstract record Metric
{
    // What a probability is kept from 0 and 1 by, as in scikit-learn up to 1.2.
    private const double Smallest = 1e-15;

    private Metric(string name, bool higherIsBetter) => (Name, HigherIsBetter) = (name, higherIsBetter);

    /// <summary>What it is called.</summary>
    public string Name { get; }

    /// <summary>Whether larger numbers are better; otherwise it is a loss.</summary>
    public bool HigherIsBetter { get; }

    /// <summary>
    /// The share of rows whose class is right: the output with the highest score, or, of a single output, whether the score is above a
    /// threshold (class 1, otherwise 0).
    /// </summary>
    /// <param name="threshold">0 for log-odds and margins, 0.5 for probabilities.</param>
    public static Metric Accuracy(double threshold = 0) => double.IsFinite(threshold) ? new AccuracyMetric(threshold)
        : throw new ArgumentOutOfRangeException(nameof(threshold), threshold, "The threshold must be a finite number.");

    /// <summary>
    /// The mean over the classes of the share of their rows whose class is right, so that rare classes count like others; classes without
    /// a row do not count.
    /// </summary>
    /// <param name="threshold">As of <see cref="Accuracy"/>, of a single output.</param>
    public static Metric MacroAccuracy(double threshold = 0) => double.IsFinite(threshold) ? new MacroAccuracyMetric(threshold)
        : throw new ArgumentOutOfRangeException(nameof(threshold), threshold, "The threshold must be a finite number.");

    /// <summary>The mean of −ln p, p being the probability given to the true class; of a single output it is that of class 1.</summary>
    /// <param name="link">How scores become probabilities; null where they are probabilities.</param>
    public static Metric LogLoss(ScoreLink? link = null) => new LogLossMetric(link ?? ScoreLink.Identity);

    /// <summary>
    /// The area under the receiver's curve: how probably a row of the class scores higher than a row of another, ties counting half. Of
    /// two outputs the second's lead is taken; of more, the mean over the classes, each against all others.
    /// </summary>
    public static Metric AreaUnderRocCurve { get; } = new AreaUnderRocCurveMetric();

    /// <summary>The root of the mean squared error, of a single output.</summary>
    public static Metric RootMeanSquaredError { get; } =
        new ErrorMetric("root mean squared error", false, (s, y) => Math.Sqrt(Squares(s, y) / y.Length));

    /// <summary>The mean absolute error, of a single output.</summary>
    public static Metric MeanAbsoluteError { get; } = new ErrorMetric("mean absolute error", false, (s, y) =>
    {
        var sum = 0.0;
        for (var i = 0; i < y.Length; i++)
            sum += Math.Abs(s[i] - y[i]);
        return sum / y.Length;
    });

    /// <summary>
    /// The coefficient of determination, of a single output: 1 less the squared errors' share in the labels' own deviations.
    /// </summary>
    public static Metric RSquared { get; } = new ErrorMetric("R²", true, (s, y) =>
    {
        var (mean, around) = (TensorPrimitives.Sum(y) / y.Length, 0.0);
        foreach (var label in y)
            around += (label - mean) * (label - mean);
        return around > 0 ? 1 - Squares(s, y) / around
            : throw new ArgumentException("All labels are the same number: there is nothing for R² to explain.");
    });

    /// <summary>Your own.</summary>
    /// <param name="name">What it is called.</param>
    /// <param name="higherIsBetter">Whether larger numbers are better; otherwise it is a loss.</param>
    /// <param name="function">The metric.</param>
    public static Metric Of(string name, bool higherIsBetter, MetricFunction function)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(function);
        return new GivenMetric(name, higherIsBetter, function);
    }

    /// <summary>The metric of some scores.</summary>
    /// <param name="scores">Shape [N, outputs].</param>
    /// <param name="labels">The truth of every row, shape [N].</param>
    /// <exception cref="ArgumentException">
    /// The lengths do not fit each other, or a label or the number of outputs is nothing the metric can judge.
    /// </exception>
    public double Value(ReadOnlySpan<double> scores, ReadOnlySpan<double> labels)
    {
        if (labels.IsEmpty || scores.IsEmpty || scores.Length % labels.Length != 0)
            throw new ArgumentException(
                $"Scores of shape [N, outputs] and N labels, at least one, were expected; given were {scores.Length} and {labels.Length}.");
        return Over(scores, labels, scores.Length / labels.Length);
    }

    /// <summary>
    /// What the scores themselves say is true: the labels to measure against where a model's reliance on features is asked for, not its
    /// quality.
    /// </summary>
    internal virtual double[] Said(ReadOnlySpan<double> scores, int outputs)
    {
        if (outputs == 1)
            return scores.ToArray();
        var said = new double[scores.Length / outputs];
        for (var row = 0; row < said.Length; row++)
            said[row] = TensorPrimitives.IndexOfMax(scores.Slice(row * outputs, outputs));
        return said;
    }

    private protected abstract double Over(ReadOnlySpan<double> scores, ReadOnlySpan<double> labels, int outputs);

    private static double Squares(ReadOnlySpan<double> scores, ReadOnlySpan<double> labels)
    {
        var distance = TensorPrimitives.Distance(scores, labels);
        return distance * distance;
    }

    private static int Class(double label, int outputs) => label >= 0 && label < Math.Max(outputs, 2) && Math.Floor(label) == label
        ? (int)label
        : throw new ArgumentException(string.Create(System.Globalization.CultureInfo.InvariantCulture,
            $"The label {label} is no class; whole numbers from 0 to "
                + $"{Math.Max(outputs, 2) - 1} were expected."));

    private sealed record AccuracyMetric(double Threshold) : Metric("accuracy", true)
    {
        internal override double[] Said(ReadOnlySpan<double> scores, int outputs) =>
            outputs == 1 ? Array.ConvertAll(scores.ToArray(), s => s > Threshold ? 1.0 : 0) : base.Said(scores, outputs);

        private protected override double Over(ReadOnlySpan<double> scores, ReadOnlySpan<double> labels, int outputs)
        {
            var right = 0;
            for (var row = 0; row < labels.Length; row++)
            {
                var said =
                    outputs == 1 ? scores[row] > Threshold ? 1 : 0 : TensorPrimitives.IndexOfMax(scores.Slice(row * outputs, outputs));
                right += said == Class(labels[row], outputs) ? 1 : 0;
            }
            return (double)right / labels.Length;
        }
    }

    private sealed record MacroAccuracyMetric(double Threshold) : Metric("macro accuracy", true)
    {
        internal override double[] Said(ReadOnlySpan<double> scores, int outputs) => Accuracy(Threshold).Said(scores, outputs);

        private protected override double Over(ReadOnlySpan<double> scores, ReadOnlySpan<double> labels, int outputs)
        {
            var (right, all) = (new int[Math.Max(outputs, 2)], new int[Math.Max(outputs, 2)]);
            for (var row = 0; row < labels.Length; row++)
            {
                var said =
                    outputs == 1 ? scores[row] > Threshold ? 1 : 0 : TensorPrimitives.IndexOfMax(scores.Slice(row * outputs, outputs));
                var label = Class(labels[row], outputs);
                all[label]++;
                right[label] += said == label ? 1 : 0;
            }
            var (sum, seen) = (0.0, 0);
            for (var place = 0; place < all.Length; place++)
                if (all[place] > 0)
                    (sum, seen) = (sum + (double)right[place] / all[place], seen + 1);
            return sum / seen;
        }
    }

    private sealed record LogLossMetric(ScoreLink Link) : Metric("log-loss", false)
    {
        internal override double[] Said(ReadOnlySpan<double> scores, int outputs)
        {
            if (outputs > 1)
                return base.Said(scores, outputs);
            var said = scores.ToArray();
            for (var row = 0; row < said.Length; row++)
                Link.Apply(said.AsSpan(row, 1));
            return Array.ConvertAll(said, p => p > 0.5 ? 1.0 : 0);
        }

        private protected override double Over(ReadOnlySpan<double> scores, ReadOnlySpan<double> labels, int outputs)
        {
            var (loss, probabilities) = (0.0, new double[outputs]);
            for (var row = 0; row < labels.Length; row++)
            {
                scores.Slice(row * outputs, outputs).CopyTo(probabilities);
                Link.Apply(probabilities);
                var label = Class(labels[row], outputs);
                var p = outputs > 1 ? probabilities[label] : label == 1 ? probabilities[0] : 1 - probabilities[0];
                if (!(p is >= -1e-6 and <= 1 + 1e-6))
                    throw new ArgumentException(string.Create(System.Globalization.CultureInfo.InvariantCulture,
                        $"The score {p} of row {row} is no probability. Say by which "
                            + $"link scores become probabilities."));
                loss -= Math.Log(Math.Clamp(p, Smallest, 1 - Smallest));
            }
            return loss / labels.Length;
        }
    }

    private sealed record AreaUnderRocCurveMetric() : Metric("area under the ROC curve", true)
    {
        // Of a single output the reference is a class too: whether the score lies above the middle one.
        internal override double[] Said(ReadOnlySpan<double> scores, int outputs)
        {
            if (outputs > 1)
                return base.Said(scores, outputs);
            var ordered = scores.ToArray();
            Array.Sort(ordered);
            var middle = ordered[(ordered.Length - 1) / 2];
            return Array.ConvertAll(scores.ToArray(), s => s > middle ? 1.0 : 0);
        }

        private protected override double Over(ReadOnlySpan<double> scores, ReadOnlySpan<double> labels, int outputs)
        {
            var (line, sum) = (new double[labels.Length], 0.0);
            for (var target = outputs <= 2 ? 1 : 0; target < Math.Max(outputs, 2); target++)
            {
                for (var row = 0; row < line.Length; row++)
                    line[row] =
                        outputs == 1 ? scores[row] : outputs == 2 ? scores[row * 2 + 1] - scores[row * 2] : scores[row * outputs + target];
                sum += Area(line, labels, target, outputs);
            }
            return outputs <= 2 ? sum : sum / outputs;
        }

        // Mann and Whitney's statistic by ranks, the mean rank for ties.
        private static double Area(double[] scores, ReadOnlySpan<double> labels, int target, int outputs)
        {
            int[] order = [.. Enumerable.Range(0, scores.Length)];
            Array.Sort((double[])scores.Clone(), order);
            var (ranks, inside) = (0.0, 0);
            for (var start = 0; start < order.Length;)
            {
                var end = start;
                while (end < order.Length && scores[order[end]] == scores[order[start]])
                    end++;
                for (var i = start; i < end; i++)
                    if (Class(labels[order[i]], outputs) == target)
                        (ranks, inside) = (ranks + (start + 1 + end) / 2.0, inside + 1);
                start = end;
            }
            var outside = scores.Length - inside;
            return inside > 0 && outside > 0
                ? (ranks - inside * (inside + 1.0) / 2) / ((double)inside * outside)
                : throw new ArgumentException(
                    $"The area under the ROC curve needs rows of class {target} and of others; there are {inside} and {outside}.");
        }
    }

    private sealed record ErrorMetric : Metric
    {
        private readonly MetricFunction _function;

        public ErrorMetric(string name, bool higherIsBetter, MetricFunction function) : base(name, higherIsBetter) => _function = function;

        private protected override double Over(ReadOnlySpan<double> scores, ReadOnlySpan<double> labels, int outputs) => outputs == 1
            ? _function(scores, labels)
            : throw new ArgumentException($"The {Name} is that of a single output; the scorer has {outputs}.");
    }

    private sealed record GivenMetric(string Name, bool HigherIsBetter, MetricFunction Function) : Metric(Name, HigherIsBetter)
    {
        private protected override double Over(ReadOnlySpan<double> scores, ReadOnlySpan<double> labels, int outputs) =>
            Function(scores, labels);
    }
}
