using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Evaluation;

/// <summary>
/// Rows with what a method says of them, within a graph: what metrics judge there, as they judge <see cref="ExplainedRows"/> outside.
/// Features stand as in the network's input; numbers that are followed are of double precision.
/// </summary>
internal sealed class ExplainedQuestion
{
    private readonly AttributionMethod _method;
    private readonly long[] _row;

    public ExplainedQuestion(Question question, AttributionMethod method)
    {
        (Question, _method) = (question, method);
        _row = [.. question.Input.Shape.Skip(1).Select(d => d.Value)];
        Features = Question.SizeOf(_row);
        Said = OfFeatures(question);
    }

    public Question Question { get; }

    /// <summary>How many numbers a row has.</summary>
    public long Features { get; }

    /// <summary>What is said of each feature, shape [N, features].</summary>
    public Value Said { get; }

    /// <summary>The extents of a row, channels first.</summary>
    public int[] Extents => [.. (Channels > 0 ? [_row[Channels], .. _row[..Channels]] : _row).Select(e => checked((int)e))];

    // The axis of the channels within a row.
    private int Channels => Question.HasChannelsLast ? _row.Length - 1 : 0;

    /// <summary>Zero where all that is said of a row is finite, NaN where not, shape [N, 1].</summary>
    public Value Broken => (Said * 0).ReduceSum([1]);

    /// <summary>The explained number of the rows as they are, shape [N, 1].</summary>
    public Value Known(JudgedScore follows) => Question.Once("judged", follows, () => Followed(Question, follows));

    /// <summary>What stands for "nothing there", shape [1, N or 1, row…]; of several baselines the first.</summary>
    public Value Filling(Baseline baseline) => baseline.Of(Question).Slice([0], [1], [0]);

    /// <summary>A number of each feature, laid out to meet the input: [N, features] becomes [1, N, row…].</summary>
    public Value Laid(Value numbers) => numbers.Reshape([-1, .. _row]).Unsqueeze(0);

    /// <summary>The explained number at other rows.</summary>
    /// <param name="at">Shape [K, N or 1, row…].</param>
    /// <param name="follows">Which number.</param>
    /// <returns>Shape [K, N, 1].</returns>
    public Value Follow(Value at, JudgedScore follows) => Question.At(at, question => Followed(question, follows));

    /// <summary>What is said of other rows, each of its row's class.</summary>
    /// <param name="at">Shape [K, N or 1, row…].</param>
    /// <returns>Shape [K, N, features].</returns>
    public Value Explain(Value at) => Question.At(at, OfFeatures);

    /// <summary>Scores of all classes at other rows.</summary>
    /// <param name="at">Shape [K, N or 1, row…].</param>
    /// <returns>Shape [K, N, classes].</returns>
    public Value Scores(Value at) => Question.At(at, question => question.Scores);

    /// <summary>
    /// The explained number while features are replaced, or come back, up to the first ends[0] of an order, ends[1], …
    /// </summary>
    /// <param name="places">The place of each feature, or of what it belongs to, shape [N, features].</param>
    /// <param name="ends">How many are taken.</param>
    /// <param name="baseline">What stands for "nothing there".</param>
    /// <param name="follows">Which number is followed.</param>
    /// <param name="comeBack">Whether features come back.</param>
    /// <returns>Shape [N, ends].</returns>
    public Value Along(Value places, long[] ends, Baseline baseline, JudgedScore follows, bool comeBack = false)
    {
        var (place, fill, input) = (Laid(places), Filling(baseline), Question.Input.Unsqueeze(0));
        return Side(Question.Stack(Numbers(ends), end =>
            Follow(place.Less(end).Where(comeBack ? input : fill, comeBack ? fill : input), follows)));
    }

    /// <summary>How far the explained number falls while features of places from one to before another are replaced.</summary>
    /// <returns>Shape [N, ends].</returns>
    public Value Alone(Value places, long[] starts, long[] ends, Baseline baseline, JudgedScore follows)
    {
        var (place, fill, input) = (Laid(places), Filling(baseline), Question.Input.Unsqueeze(0));
        return Known(follows) - Side(Question.Stack(Numbers(starts).With(Numbers(ends)), (start, end) =>
            Follow(IsWithin(place, start, end).Where(fill, input), follows)));
    }

    /// <summary>Whether places lie from one to before another.</summary>
    public static Value IsWithin(Value place, Value start, Value end) => place.Less(end).And(place.Less(start).Not());

    /// <summary>Whole numbers as variants.</summary>
    public Variants Numbers(long[] numbers)
    {
        var table = Question.Graph.Constant(Tensor.Vector(numbers));
        return Variants.Numbered(numbers.Length, some => table.Gather(some));
    }

    /// <summary>The place of each number in the order of all, equal ones as they stand: shape [N, K], whole numbers.</summary>
    // The order of the order.
    public static Value Places(Value numbers, bool descending = true) => Sorted(Sorted(numbers, descending)[1], false)[1];

    /// <summary>Numbers [N, K] in their order, and where they stood.</summary>
    public static IReadOnlyList<Value> Sorted(Value numbers, bool descending) => numbers.Graph.Emit("TopK",
        [numbers, numbers.Graph.Constant(Tensor.Vector(numbers.Shape[1].Value))],
        Attributes.Of(("axis", 1L), ("largest", descending ? 1L : 0L)), 2);

    /// <summary>The places in which a number of steps end, each some features long.</summary>
    public long[] Ends(int asked) => [.. Enumerable.Range(1, Steps(asked)).Select(k => Math.Min((long)k * StepOf(asked), Features))];

    /// <summary>How many such steps.</summary>
    public int Steps(int asked) => checked((int)((Features + StepOf(asked) - 1) / StepOf(asked)));

    /// <summary>The sums of the numbers in the order of their places, some at a time: shape [N, steps].</summary>
    public Value SumsOfSteps(Value numbers, bool descending, int asked)
    {
        var (step, steps) = (StepOf(asked), Steps(asked));
        var sorted = Sorted(numbers, descending)[0];
        return sorted.Pad([0, 0], [0, (long)step * steps - Features]).Reshape(-1, steps, step).ReduceSum([2], keepDimensions: false);
    }

    /// <summary>Squares, as <see cref="Perturbing.Patches"/> has them.</summary>
    /// <param name="patch">The side of a square; 0 for an eighth of the shorter side.</param>
    public FeatureParts Patches(int patch)
    {
        var extents = Extents;
        var parts = Perturbing.Patches(extents, Perturbing.PatchOf(patch, extents));
        if (Channels > 0)
            parts = [.. parts.Select(part => Array.ConvertAll(part, f => f % Positions * extents[0] + f / Positions))];
        return new FeatureParts(parts, Features);
    }

    /// <summary>Pictures as the input has them, [N, row…], with their channels first.</summary>
    public Value ChannelsFirst(Value rows) => Channels > 0 ? rows.Transpose(0, 3, 1, 2) : rows;

    /// <summary>The way back.</summary>
    public Value AsRows(Value pictures) => Channels > 0 ? pictures.Transpose(0, 2, 3, 1) : pictures;

    /// <summary>What is said of positions, the sum over channels, laid out to meet the input: [N, row…] with one channel.</summary>
    public Value Map(Value said) => _row.Length < 2 ? said : said.Reshape([-1, .. _row]).ReduceSum([Channels + 1]);

    /// <summary>Noise, the same for every row.</summary>
    /// <param name="given">Shape [draws, 1, row…]; null to draw.</param>
    /// <param name="draws">How many draws.</param>
    /// <param name="draw">From the draws' numbers to [K, 1, row…].</param>
    public Variants Noise(Tensor? given, int draws, Func<Value, IReadOnlyList<long>, Value> draw)
    {
        if (given is null)
            return Variants.Numbered(draws, numbers => draw(numbers, _row).Cast(Question.Input.Type));
        CheckGiven(given, given.Count == given.Dimensions[0] * Features, $"[draws, 1, {string.Join(", ", _row)}]");
        return Variants.Of(Tensor.From(given.ToDouble(), [given.Dimensions[0], 1, .. _row]));
    }

    /// <summary>Refuses what is given in the place of draws and is not for all rows alike.</summary>
    public static void CheckGiven(Tensor given, bool fits, string wanted)
    {
        if (given.Dimensions.Length < 2 || given.Dimensions[1] != 1 || given.Count == 0 || !fits)
            throw new ArgumentException($"What is given in the place of draws has the shape {given.Shape}; within a graph, where the same "
                + $"is drawn for every row, {wanted} was expected.");
    }

    /// <summary>Answers [N, K, 1] as [N, K].</summary>
    public static Value Side(Value answers) => answers.Squeeze(2);

    private int Positions => checked((int)(Features / Extents[0]));

    private int StepOf(int asked) => Perturbing.StepOf(asked, checked((int)Features));

    private static Value Followed(Question question, JudgedScore follows)
    {
        var link = follows == JudgedScore.Score ? ScoreLink.Identity : ScoreTable.LinkOf(question.Network, question.OutputName);
        var number = link == ScoreLink.Identity ? question.Score : question.ScoreIn(link.Apply(question.Scores, 1));
        return number.Cast(ElementType.Double);
    }

    private Value OfFeatures(Question question)
    {
        var said = _method.Attribute(question);
        long[] own = [.. said.Shape.Skip(1).Select(d => d.Value)];
        var each = Question.SizeOf(own);
        if (each == Features)
            return said.Reshape(-1, Features);
        if (_row.Length < 2 || each * _row[Channels] != Features)
            throw new ArgumentException($"The method says [{string.Join(", ", own)}] of rows [{string.Join(", ", _row)}]; a number of each "
                + "feature, or of each position, was expected.");
        return said.Reshape([-1, .. _row.Select((extent, axis) => axis == Channels ? 1 : extent)]).ExpandLike(question.Input)
            .Reshape(-1, Features);
    }
}
