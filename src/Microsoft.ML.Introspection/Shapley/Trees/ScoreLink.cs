namespace Microsoft.ML.Introspection.Shapley.Trees;

/// <summary>How the raw scores of an ensemble become its predictions.</summary>
public abstract record ScoreLink
{
    private ScoreLink() { }

    /// <summary>Predictions are the raw scores themselves.</summary>
    public static ScoreLink Identity { get; } = new IdentityLink();

    /// <summary>1/(1+e⁻ˢ): raw scores are log-odds.</summary>
    public static ScoreLink Logistic { get; } = new LogisticLink(1, 0);

    /// <summary>eˢ over the sum of all outputs: raw scores are logits.</summary>
    public static ScoreLink Softmax { get; } = new SoftmaxLink();

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

    /// <summary>Predictions are the raw scores themselves.</summary>
    public sealed record IdentityLink : ScoreLink
    {
        internal IdentityLink() { }

        /// <inheritdoc/>
        public override void Apply(Span<double> scores) { }
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
    }

    /// <summary>Shares in the sum of the exponentials of all outputs.</summary>
    public sealed record SoftmaxLink : ScoreLink
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
    }
}
