using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Shapley;

/// <summary>
/// LIME of what is there or not: superpixels of an image, words or tokens of a text, features of a row. Samples keep some of them and put
/// the baseline in the place of the others; a ridge regression that counts samples more the more they keep follows the scores by what is
/// there. Its weights are the attributions: by how much a segment's presence raises the score near the row. They sum to nothing in
/// particular. As who is present does not depend on the row, the regression is a constant matrix. Ribeiro, Singh, Guestrin 2016,
/// arXiv:1602.04938.
/// </summary>
/// <remarks>
/// With <see cref="CoalitionMethod.Groups"/> of <see cref="Superpixels"/> and <see cref="Baseline.MeansOf"/> as baseline it does what the
/// authors' code does with images; with <see cref="LimeSampling.Counts"/> and 5,000 samples, what it does with texts. Tables are explained
/// by ranges of values with <see cref="TabularLime"/>.
/// </remarks>
/// <param name="Samples">How many samples, the row itself among them.</param>
/// <param name="Seed">Other samples for every seed.</param>
[Method("lime", "The weights of a linear model that follows the score as parts of the input come and go",
    "Ribeiro, Singh, Guestrin 2016, arXiv:1602.04938")]
public sealed record Lime(
    [Option("How many samples.")]
    int Samples = 1000,
    [Option("Other samples for every seed.")]
    int Seed = 1) : CoalitionMethod
{
    // A regression solves for all players at once.
    private const int MaximumPlayers = 2048;

    /// <summary>How many samples.</summary>
    public int Samples { get; } = Samples >= 2 ? Samples
        : throw new ArgumentOutOfRangeException(nameof(Samples), Samples, "At least two samples are needed.");

    /// <summary>How they are drawn.</summary>
    [Option("Who is left: a coin for each, as for images, or first how many, as for texts.")]
    public LimeSampling Sampling
    {
        get;
        init => field =
            Enum.IsDefined(value) ? value : throw new ArgumentOutOfRangeException(nameof(Sampling), value, "There is no such sampling.");
    }

    /// <summary>
    /// Samples to take in place of drawn ones, whole numbers of shape [<see cref="Samples"/> − 1, segments], 0 for what is taken away; the
    /// row itself comes before them. Null to draw them.
    /// </summary>
    public Tensor? Given { get; init; }

    /// <summary>How far the neighbourhood reaches, as a cosine distance.</summary>
    [Option("How far the neighbourhood reaches, as a cosine distance.")]
    public double KernelWidth
    {
        get;
        init => field =
            value > 0 ? value : throw new ArgumentOutOfRangeException(nameof(KernelWidth), value, "The kernel's width must be positive.");
    } = 0.25;

    /// <summary>The penalty of the weights.</summary>
    [Option("The penalty of the weights.")]
    public double Ridge
    {
        get;
        init => field = value > 0 && double.IsFinite(value) ? value
            : throw new ArgumentOutOfRangeException(nameof(Ridge), value, "The penalty must be a positive number.");
    } = 1;

    /// <summary>
    /// How many segments get a weight, the others 0; null for all. Which depends on the scores, so that only a <see cref="BlackBox"/> can
    /// choose them, not a graph.
    /// </summary>
    public int? Features
    {
        get;
        init => field = value is null or >= 1 ? value
            : throw new ArgumentOutOfRangeException(nameof(Features), value, "At least one segment must be left.");
    }

    /// <summary>How they are chosen.</summary>
    public LimeSelection Selection
    {
        get;
        init => field =
            Enum.IsDefined(value) ? value : throw new ArgumentOutOfRangeException(nameof(Selection), value, "There is no such selection.");
    }

    /// <summary>Null: weights of a linear model are no shares of a sum.</summary>
    public override Value? Total(Question question) => null;

    /// <summary>Explains a row, and tells how well the linear model follows.</summary>
    /// <param name="scorer">The model: of the elements of an image, of tokens, of any features.</param>
    /// <param name="background">
    /// What is put in the place of what is taken away, shape [B, features]: one row, or several of which one is drawn for each sample.
    /// </param>
    /// <param name="row">The values of the features.</param>
    /// <param name="output">The score to explain; null for the highest of this row.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <exception cref="ArgumentException">A length does not fit the features.</exception>
    /// <exception cref="InvalidOperationException">The scorer failed, or gave a score that is not finite.</exception>
    public LimeExplanation Explain(
        IScorer scorer, ReadOnlySpan<float> background, ReadOnlySpan<float> row, int? output = null,
        CancellationToken cancellation = default)
    {
        var table = RowTable.Of(scorer, background, "background rows");
        if (row.Length != table.Features)
            throw new ArgumentException($"A row of {table.Features} values was expected; given were {row.Length}.", nameof(row));
        var groups = FeatureGroups.For(Groups, [table.Features], "the scorer");
        var design = (LimeDesign)Design(groups.Count, table.Rows);
        var outputs = scorer.OutputNames.Count;
        var (own, values, none) = (new double[outputs], new double[outputs * design.Coalitions.Count], new double[outputs]);
        var scoring = new MaskedScoring(scorer, background.ToArray());
        scoring.Score(row, own, _ => "the row as it is", cancellation);
        scoring.Values(row, 0, design.Coalitions.Over(groups.Of), design.Rows, values, null, cancellation);
        if (design.Rows is null)
            scoring.Score(background, none, _ => "the background row", cancellation);

        var explained = SurrogateScores.Choose(own, output);
        var fit = design.Fit(values.AsSpan(explained * design.Coalitions.Count, design.Coalitions.Count), none[explained], own[explained],
            Features, Selection, Ridge);
        var names = PlayerNames(scorer.FeatureNames);
        return LimeExplanation.Of(scorer.OutputNames[explained], fit, player => names[player], own[explained]);
    }

    /// <inheritdoc/>
    protected internal override string? NoGraph => Features is null ? null
        : $"which {Features} segments are left depends on the scores. Leave {nameof(Features)} out, or explain through a "
            + $"{nameof(BlackBox)}.";

    /// <inheritdoc/>
    protected override bool DrawsRows => true;

    /// <inheritdoc/>
    protected override CoalitionDesign Plan(int players, int rows) => players <= MaximumPlayers
        ? LimeDesign.Of(
            new LimeNeighbourhood(players, Samples, Sampling, KernelWidth, Seed, rows, GivenSamples(players)), players, Ridge)
        : throw new ArgumentException($"A regression for {players:N0} segments is too large; at most {MaximumPlayers:N0} were expected. "
            + "Put elements into groups, such as superpixels.");

    private Coalition[]? GivenSamples(int players)
    {
        if (Given is null)
            return null;
        if (!Given.Dimensions.SequenceEqual([Samples - 1, players]))
            throw new ArgumentException(
                $"The samples have the shape {Given.Shape}; expected was {Shape.Of(Samples - 1, players)}, " +
                "a row for each but the row itself, and a number for each segment.");
        var rows = Given.ToInt64().Chunk(players);
        return [.. rows.Select(row => Coalition.Of(players, Enumerable.Range(0, players).Where(p => row[p] != 0)))];
    }

    /// <inheritdoc/>
    protected internal override void Solve(CoalitionDesign design, ReadOnlySpan<double> values, double none, double all,
        Span<double> attributions)
    {
        if (Features is null)
        {
            base.Solve(design, values, none, all, attributions);
            return;
        }
        var fit = ((LimeDesign)design).Fit(values, none, all, Features, Selection, Ridge);
        attributions.Clear();
        for (var i = 0; i < fit.Columns.Length; i++)
            attributions[fit.Columns[i]] = fit.Coefficients[i];
    }
}
