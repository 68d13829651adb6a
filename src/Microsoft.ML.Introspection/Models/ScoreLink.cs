using MathNet.Numerics.Integration;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Models;

/// <summary>How the raw scores of an ensemble become its predictions.</summary>
public abstract record ScoreLink
{
    // Scores that are no farther apart are taken to be so far, or, if that is more, as far as large numbers of such digits can tell.
    internal const double Near = 1e-4, NearOfLarge = 1e-12;

    private ScoreLink() { }

    /// <summary>Predictions are the raw scores themselves.</summary>
    public static ScoreLink Identity { get; } = new IdentityLink();

    /// <summary>1/(1+e⁻ˢ): raw scores are log-odds.</summary>
    public static ScoreLink Logistic { get; } = new LogisticLink(1, 0);

    /// <summary>eˢ over the sum of all outputs: raw scores are logits.</summary>
    public static ScoreLink Softmax { get; } = new SoftmaxLink();

    /// <summary>
    /// 1/(1+e⁻ˢ) over the sum of that of all outputs: raw scores are log-odds, each of a class against all others. Where all of them are
    /// too small for a number, predictions are 0.
    /// </summary>
    public static ScoreLink OneVersusAll { get; } = new OneVersusAllLink();

    /// <summary>eˢ: raw scores are logarithms.</summary>
    public static ScoreLink Exponential { get; } = new ExponentialLink();

    /// <summary>1/(1+e^−(slope·s+offset)): raw scores that were calibrated (Platt 1999), or scaled.</summary>
    /// <param name="slope">A finite number.</param>
    /// <param name="offset">A finite number.</param>
    public static ScoreLink Calibrated(double slope, double offset) => double.IsFinite(slope) && double.IsFinite(offset)
        ? new LogisticLink(slope, offset)
        : throw new ArgumentOutOfRangeException(nameof(slope), $"Slope and offset must be finite; they are {slope} and {offset}.");

    /// <summary>The predictions of one row, in the place of its raw scores.</summary>
    /// <param name="scores">A raw score for every output.</param>
    public abstract void Apply(Span<double> scores);

    /// <summary>The predictions of rows in a graph.</summary>
    /// <param name="scores">Raw scores.</param>
    /// <param name="axis">The axis of the outputs.</param>
    public abstract Value Apply(Value scores, int axis = -1);

    /// <summary>Whether a prediction depends on the scores of other outputs, too.</summary>
    internal virtual bool MixesOutputs => false;

    /// <summary>
    /// The slopes of the straight line between the predictions of two rows: matrix M with M·(to − from) = the difference of their
    /// predictions. It is the mean of the link's derivative on the straight way between the scores; for links of single scores the quotient
    /// of the differences, or the derivative where they are too small.
    /// </summary>
    /// <param name="from">Raw scores.</param>
    /// <param name="to">Raw scores of the other row.</param>
    /// <param name="slopes">Where to write, [outputs, outputs]: row by row what a prediction gains for each score.</param>
    internal virtual void Slopes(ReadOnlySpan<double> from, ReadOnlySpan<double> to, Span<double> slopes)
    {
        slopes.Clear();
        Span<double> one = [0];
        for (var i = 0; i < from.Length; i++)
        {
            // Differences of nearly equal numbers have lost their digits; the derivative in the middle errs by the square of the
            // difference.
            var near = Math.Max(Near, NearOfLarge * Math.Max(Math.Abs(from[i]), Math.Abs(to[i])));
            var (low, high) =
                Math.Abs(to[i] - from[i]) > near ? (from[i], to[i]) : ((from[i] + to[i] - near) / 2, (from[i] + to[i] + near) / 2);
            slopes[i * from.Length + i] = (Of(high, one) - Of(low, one)) / (high - low);
        }

        double Of(double score, Span<double> room)
        {
            room[0] = score;
            Apply(room);
            return room[0];
        }
    }

    /// <summary>Predictions are the raw scores themselves.</summary>
    public sealed record IdentityLink : ScoreLink
    {
        internal IdentityLink() { }

        /// <inheritdoc/>
        public override void Apply(Span<double> scores) { }

        /// <inheritdoc/>
        public override Value Apply(Value scores, int axis = -1) => scores;

        /// <inheritdoc/>
        internal override void Slopes(ReadOnlySpan<double> from, ReadOnlySpan<double> to, Span<double> slopes)
        {
            slopes.Clear();
            for (var i = 0; i < from.Length; i++)
                slopes[i * (from.Length + 1)] = 1;
        }
    }

    /// <summary>A logistic curve for each output by itself.</summary>
    public sealed record LogisticLink : ScoreLink
    {
        internal LogisticLink(double slope, double offset) => (Slope, Offset) = (slope, offset);

        /// <summary>What raw scores are multiplied by.</summary>
        public double Slope { get; }

        /// <summary>What is added then.</summary>
        public double Offset { get; }

        /// <inheritdoc/>
        public override void Apply(Span<double> scores)
        {
            foreach (ref var score in scores)
                score = 1 / (1 + Math.Exp(-(Slope * score + Offset)));
        }

        /// <inheritdoc/>
        public override Value Apply(Value scores, int axis = -1) =>
            (Slope == 1 && Offset == 0 ? scores : scores * Slope + Offset).Sigmoid();
    }

    /// <summary>Predictions that depend on the scores of all outputs.</summary>
    public abstract record MixingLink : ScoreLink
    {
        private protected MixingLink() { }

        internal static GaussLegendreRule Way { get; } = new(0, 1, 16);

        /// <inheritdoc/>
        internal override bool MixesOutputs => true;

        /// <inheritdoc/>
        internal override void Slopes(ReadOnlySpan<double> from, ReadOnlySpan<double> to, Span<double> slopes)
        {
            var count = from.Length;
            var (at, missing) = (new double[count], new double[count]);
            slopes.Clear();
            for (var t = 0; t < Way.Abscissas.Length; t++)
            {
                for (var i = 0; i < count; i++)
                    at[i] = missing[i] = from[i] + Way.Abscissas[t] * (to[i] - from[i]);
                Apply(at);
                AddDerivative(at, missing, Way.Weights[t], slopes);
            }

            // What the rule's few points have missed is shared out by the squares of the differences, so that the sum is right.
            to.CopyTo(at);
            Apply(at);
            at.CopyTo(missing, 0);
            from.CopyTo(at);
            Apply(at);
            var length = 0.0;
            for (var j = 0; j < count; j++)
                length += (to[j] - from[j]) * (to[j] - from[j]);
            for (var i = 0; i < count && length > 0; i++)
            {
                missing[i] -= at[i];
                for (var j = 0; j < count; j++)
                    missing[i] -= slopes[i * count + j] * (to[j] - from[j]);
                for (var j = 0; j < count; j++)
                    slopes[i * count + j] += missing[i] * (to[j] - from[j]) / length;
            }
        }

        /// <summary>Adds the derivative of the predictions by the scores, times a weight.</summary>
        /// <param name="predictions">The predictions.</param>
        /// <param name="scores">The raw scores that they are made of.</param>
        /// <param name="weight">The weight.</param>
        /// <param name="slopes">Where to add, [outputs, outputs].</param>
        private protected abstract void AddDerivative(ReadOnlySpan<double> predictions, ReadOnlySpan<double> scores, double weight,
            Span<double> slopes);
    }

    /// <summary>Shares in the sum of the exponentials of all outputs.</summary>
    public sealed record SoftmaxLink : MixingLink
    {
        internal SoftmaxLink() { }

        /// <inheritdoc/>
        public override void Apply(Span<double> scores)
        {
            var largest = double.NegativeInfinity;
            foreach (var score in scores)
                largest = Math.Max(largest, score);
            var sum = 0.0;
            foreach (ref var score in scores)
                sum += score = Math.Exp(score - largest);
            foreach (ref var score in scores)
                score /= sum;
        }

        /// <inheritdoc/>
        public override Value Apply(Value scores, int axis = -1) => scores.Softmax(axis);

        /// <inheritdoc/>
        private protected override void AddDerivative(ReadOnlySpan<double> predictions, ReadOnlySpan<double> scores, double weight,
            Span<double> slopes)
        {
            var count = predictions.Length;
            for (var i = 0; i < count; i++)
                for (var j = 0; j < count; j++)
                    slopes[i * count + j] += weight * predictions[i] * ((i == j ? 1 : 0) - predictions[j]);
        }
    }

    /// <summary>Shares in the sum of the logistic curves of all outputs.</summary>
    public sealed record OneVersusAllLink : MixingLink
    {
        internal OneVersusAllLink() { }

        /// <inheritdoc/>
        public override void Apply(Span<double> scores)
        {
            var sum = 0.0;
            foreach (ref var score in scores)
                sum += score = 1 / (1 + Math.Exp(-score));
            if (sum > 0)
                foreach (ref var score in scores)
                    score /= sum;
        }

        /// <inheritdoc/>
        public override Value Apply(Value scores, int axis = -1)
        {
            var each = scores.Sigmoid();
            var sum = each.ReduceSum([axis]);
            return each / sum.Greater(0).Where(sum, sum.Like(1));
        }

        /// <inheritdoc/>
        private protected override void AddDerivative(ReadOnlySpan<double> predictions, ReadOnlySpan<double> scores, double weight,
            Span<double> slopes)
        {
            var count = predictions.Length;
            for (var j = 0; j < count; j++)
            {
                // The derivative of the curve over the sum is the share times what the curve lacks of 1.
                var gain = weight * predictions[j] / (1 + Math.Exp(scores[j]));
                for (var i = 0; i < count; i++)
                    slopes[i * count + j] += gain * ((i == j ? 1 : 0) - predictions[i]);
            }
        }
    }

    /// <summary>The exponential of each output by itself.</summary>
    public sealed record ExponentialLink : ScoreLink
    {
        internal ExponentialLink() { }

        /// <inheritdoc/>
        public override void Apply(Span<double> scores)
        {
            foreach (ref var score in scores)
                score = Math.Exp(score);
        }

        /// <inheritdoc/>
        public override Value Apply(Value scores, int axis = -1) => scores.Exp();
    }
}
