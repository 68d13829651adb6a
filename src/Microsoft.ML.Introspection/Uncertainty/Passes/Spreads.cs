using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Uncertainty;

/// <summary>What several passes say of each row's prediction.</summary>
/// <param name="Over">The passes.</param>
public abstract record SpreadReading(Passes Over) : Reading
{
    /// <summary>The passes.</summary>
    public Passes Over { get; } = Over ?? throw new ArgumentNullException(nameof(Over));

    /// <summary>Those of the input say nothing of classes.</summary>
    public override IReadOnlyList<string> Names(IReadOnlyList<string> items) => [];

    /// <summary>
    /// Probabilities where there are classes, else scores, in every pass: shape [N, passes, classes]; made once for all readings.
    /// </summary>
    private protected Value Predictions(Question question, out ScoreLink link)
    {
        ArgumentNullException.ThrowIfNull(question);
        var own = link = ScoreTable.LinkOf(question.Network, question.OutputName);
        return question.Once("predictions of passes", Over, () => Over.Of(question, one => own.Apply(one.Scores, 1)));
    }

    /// <summary>Whether scores are of classes that exclude each other: shares of all, or one number for two of them.</summary>
    private protected static bool TellsClasses(ScoreLink link, long? classes) =>
        link.MixesOutputs || link == ScoreLink.Logistic && classes == 1;

    /// <summary>−Σ p log p along the last axis, in nats; 0·log 0 is 0.</summary>
    private protected static Value Entropy(Value p) =>
        -(p * Operators.Emit("Max", p, p.Like(1e-37)).Log()).ReduceSum([p.Rank - 1], keepDimensions: false);

    /// <summary>The mean over passes, and the standard deviation by their number.</summary>
    internal static (Value Mean, Value Deviation) Moments(Value passes)
    {
        var mean = passes.ReduceMean([1]);
        return (mean.Squeeze(1), (passes - mean).Pow(2).ReduceMean([1], keepDimensions: false).Sqrt());
    }
}

/// <summary>
/// The mean prediction and its standard deviation over passes, shape [N, classes] each: probabilities where the network tells classes, else
/// scores. The deviation divides by the number of passes.
/// </summary>
/// <param name="Over">The passes.</param>
public sealed record SpreadOfPredictions(Passes Over) : SpreadReading(Over)
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> PartNames { get; } = ["mean", "deviation"];

    /// <inheritdoc/>
    public override IReadOnlyList<Value> Read(Question question)
    {
        var (mean, deviation) = Moments(Predictions(question, out _));
        return [mean, deviation];
    }
}

/// <summary>
/// How far passes disagree about classes, a number for each row, shape [N, 1], as <see cref="PredictionSpread"/> has it, in nats: the
/// entropy of the mean (all uncertainty), the mean entropy (what lies in the data), their difference (what lies in the model), and the
/// share of passes that are outvoted.
/// </summary>
/// <param name="Over">The passes.</param>
public sealed record Disagreement(Passes Over) : SpreadReading(Over)
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> PartNames { get; } = ["entropy", "expected_entropy", "mutual_information", "variation_ratio"];

    /// <summary>Whether a network tells classes.</summary>
    /// <param name="network">The network.</param>
    /// <param name="output">The output; null for the default one.</param>
    public static bool IsFor(Network network, string? output = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        var name = output ?? network.DefaultOutput;
        return TellsClasses(ScoreTable.LinkOf(network, name), network.ClassesOf(name));
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The network tells no classes.</exception>
    public override IReadOnlyList<Value> Read(Question question)
    {
        var p = Predictions(question, out var link);
        if (!TellsClasses(link, p.Shape[2].Value))
            throw new ArgumentException("Passes disagree about classes that exclude each other, and this network tells "
                + (link == ScoreLink.Identity ? "none" : "labels, each by itself") + ": read the spread of its predictions.");
        if (p.Shape[2] == 1)
            p = Operators.Concat(2, p.Like(1) - p, p);
        var entropy = Entropy(p.ReduceMean([1], keepDimensions: false)).Unsqueeze(1);
        var expected = Entropy(p).ReduceMean([1]);
        var votes = p.ArgMax(2, keepDimensions: false).OneHot(p.Shape[2].Value, p.Type).ReduceMean([1], keepDimensions: false);
        return [entropy, expected, entropy - expected, p.Like(1) - votes.ReduceMax([1])];
    }
}

/// <summary>
/// How far passes disagree about an explanation, element by element, each part of the attribution's shape: its mean, its standard
/// deviation (by the number of passes), and the share of passes with the more frequent sign (Bykov et al. 2020, arXiv:2006.09000). Every
/// pass explains the class that the target chooses for the network as it is.
/// </summary>
/// <param name="Method">The method.</param>
/// <param name="Over">The passes.</param>
public sealed record SpreadOfAttributions(AttributionMethod Method, Passes Over) : Reading
{
    /// <summary>The method.</summary>
    public AttributionMethod Method { get; } = Method ?? throw new ArgumentNullException(nameof(Method));

    /// <summary>The passes.</summary>
    public Passes Over { get; } = Over ?? throw new ArgumentNullException(nameof(Over));

    /// <inheritdoc/>
    public override IReadOnlyList<string> PartNames { get; } = ["mean", "deviation", "sign_agreement"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> Names(IReadOnlyList<string> items) => Method.Names(items);

    /// <inheritdoc/>
    public override IReadOnlyList<Value> Read(Question question)
    {
        ArgumentNullException.ThrowIfNull(question);
        var passes = Over.Of(question, Method.Attribute);
        var (mean, deviation) = SpreadReading.Moments(passes);
        Value Share(Value sign) => sign.AsNumber(passes.Type).ReduceMean([1], keepDimensions: false);
        return [mean, deviation, Operators.Emit("Max", Share(passes.Greater(0)), Share(passes.Less(0)))];
    }
}
