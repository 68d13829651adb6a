using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Evaluation;

/// <summary>What is done to the features that are said to matter most.</summary>
public enum FidelityTest
{
    /// <summary>They are removed: a low score is good.</summary>
    Deletion,

    /// <summary>They are put back into the baseline: a high score is good.</summary>
    Insertion,
}

/// <summary>
/// How faithful the reasons of each row are, beside the reasons themselves: the curve of <see cref="Evaluation.Deletion"/> or
/// <see cref="Evaluation.Insertion"/>, shape [N, steps + 1], and its mean, [N, 1], computed within the graph, so that it is a column of
/// ML.NET, a file, a port like any other. Petsiuk, Das, Saenko 2018, arXiv:1806.07421.
/// </summary>
/// <remarks>
/// Features are taken by the signed number that is said of them, the largest first, equal ones as they stand; a map for all channels orders
/// each channel alike. Rows with NaN or infinities among their attributions have NaN. The class is the one that is explained.
/// </remarks>
/// <param name="Method">The method.</param>
/// <param name="Test">What is done to features.</param>
/// <param name="Steps">In how many steps.</param>
public sealed record Fidelity(AttributionMethod Method, FidelityTest Test = FidelityTest.Deletion, int Steps = 10) : Reading
{
    /// <summary>The method.</summary>
    public AttributionMethod Method { get; } = Method ?? throw new ArgumentNullException(nameof(Method));

    /// <summary>What is done to features.</summary>
    public FidelityTest Test { get; } = Enum.IsDefined(Test) ? Test
        : throw new ArgumentOutOfRangeException(nameof(Test), Test, "There is no such test.");

    /// <summary>In how many steps.</summary>
    public int Steps { get; } = Perturbing.Positive(Steps, nameof(Steps));

    /// <summary>What is put in the place of features; of several baselines the first.</summary>
    public Baseline Baseline { get; init => field = value ?? throw new ArgumentNullException(nameof(Baseline)); } = Baseline.Zero;

    /// <summary>Which number of the model is followed.</summary>
    public JudgedScore Follows { get; init; } = JudgedScore.Probability;

    /// <inheritdoc/>
    public override IReadOnlyList<string> PartNames { get; } = ["score", "curve"];

    /// <summary>Those of the input say nothing of steps.</summary>
    public override IReadOnlyList<string> Names(IReadOnlyList<string> items) => [];

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The method says neither a number of each feature nor one of each position.</exception>
    public override IReadOnlyList<Value> Read(Question question)
    {
        ArgumentNullException.ThrowIfNull(question);
        var input = question.Input;
        long[] row = [.. input.Shape.Skip(1).Select(d => d.Value)];
        var (size, graph) = (Question.SizeOf(row), question.Graph);
        var said = OfFeatures(question, Method.Attribute(question), row).Reshape(-1, size);
        // The place of each feature in the order: the order of the order.
        Value Order(Value numbers, bool descending) => graph.Emit("TopK", [numbers, graph.Constant(Tensor.Vector(size))],
            Attributes.Of(("axis", 1L), ("largest", descending ? 1L : 0L)), 2)[1];
        var places = Order(Order(said, true), false).Reshape([-1, .. row]).Unsqueeze(0);
        var fill = Baseline.Of(question).Slice([0], [1], [0]);
        var steps = graph.Constant(Tensor.Vector([.. Enumerable.Range(0, Steps + 1).Select(k => k * size / Steps)]));
        var curve = question.Stack(Variants.Numbered(Steps + 1, numbers => steps.Gather(numbers)), step =>
        {
            var isTaken = places.Less(step);
            var (taken, left) = Test == FidelityTest.Deletion ? (fill, input.Unsqueeze(0)) : (input.Unsqueeze(0), fill);
            return question.At(isTaken.Where(taken, left), Followed);
        }).Reshape(-1, Steps + 1);
        curve += (said * 0).ReduceSum([1]).Cast(curve.Type);
        var weights = Enumerable.Range(0, Steps + 1).Select(k => (k is 0 || k == Steps ? 0.5 : 1) / Steps);
        return [(curve * graph.Constant(Tensor.FromDoubles(curve.Type, [.. weights], 1, Steps + 1))).ReduceSum([1]), curve];
    }

    private Value Followed(Question question)
    {
        var link = Follows == JudgedScore.Score ? ScoreLink.Identity : ScoreTable.LinkOf(question.Network, question.OutputName);
        return link == ScoreLink.Identity ? question.Score : question.ScoreIn(link.Apply(question.Scores, 1));
    }

    private Value OfFeatures(Question question, Value said, long[] row)
    {
        long[] own = [.. said.Shape.Skip(1).Select(d => d.Value)];
        var channels = question.HasChannelsLast ? row.Length - 1 : 0;
        var (all, each) = (Question.SizeOf(row), Question.SizeOf(own));
        if (all == each)
            return said;
        if (row.Length < 2 || each * row[channels] != all)
            throw new ArgumentException($"The method says [{string.Join(", ", own)}] of rows [{string.Join(", ", row)}]; a number of each "
                + "feature, or of each position, was expected.");
        return said.Reshape([-1, .. row.Select((extent, axis) => axis == channels ? 1 : extent)]).ExpandLike(question.Input);
    }
}
