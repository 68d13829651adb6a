using Microsoft.ML.Introspection.Differentiation;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Attribution;

/// <content>
/// The question asked at many variants of the input, a few at a time so that memory stays bounded whatever their number: small inputs in
/// one go, large ones through a <c>Loop</c>. What a term is given and gives has the variants in front, [K, N, …], and broadcasts by itself.
/// </content>
public sealed partial class Question
{
    /// <summary>The baselines of the input as variants, shape [K, N or 1, …].</summary>
    public Variants Baselines(Baseline baseline)
    {
        ArgumentNullException.ThrowIfNull(baseline);
        return Variants.Of(baseline.Of(this));
    }

    /// <summary>
    /// The largest less the smallest element of each row, of several tensors for each of them; meets the input by broadcasting.
    /// </summary>
    internal Value Range
    {
        get
        {
            var ranges = Parts.Select(part =>
            {
                long[] axes = [.. Enumerable.Range(1, part.Rank - 1).Select(i => (long)i)];
                return part.ReduceMax(axes) - part.ReduceMin(axes);
            }).ToList();
            return ranges is [var only] ? only
                : Operators.Concat(1, [.. ranges.Zip(Parts, (range, part) => Flattened(range.ExpandLike(part)))]);
        }
    }

    /// <summary>The derivative of the score at other values of the input.</summary>
    /// <param name="at">Shape [K, N or 1, …].</param>
    /// <param name="rules">The backward rules; null for the plain ones.</param>
    /// <returns>Shape [K, N, …].</returns>
    public Value Gradient(Value at, BackwardRules? rules = null) => At(at, question => question.Gradient(rules));

    /// <summary>The score at other values of the input, laid out to meet them.</summary>
    /// <param name="at">Shape [K, N or 1, …].</param>
    /// <returns>Shape [K, N, 1, …].</returns>
    public Value ScoreAt(Value at) => At(at, question => question.Meeting(question.Score));

    /// <summary>How much the score falls at other values of the input, f(x) − f(at), laid out like <see cref="ScoreAt"/>.</summary>
    /// <param name="at">Shape [K, N or 1, …].</param>
    public Value Drop(Value at) => Meeting(Score) - ScoreAt(at);

    /// <summary>The answer to the question at other values of the input.</summary>
    /// <param name="at">Shape [K, N or 1, …].</param>
    /// <param name="answer">Answers for a batch of [K·N, …].</param>
    /// <returns>Shape [K, N, …].</returns>
    public Value At(Value at, Func<Question, Value> answer)
    {
        ArgumentNullException.ThrowIfNull(at);
        ArgumentNullException.ThrowIfNull(answer);
        if (at.Rank != Input.Rank + 1)
            throw new ArgumentException($"Values of shape [variants, {Input.Shape}] were expected; given was {at.Shape}.", nameof(at));
        return Apart(answer(At(at)), at.Shape[0].Value);
    }

    /// <summary>The input as it is, once for each of some variants: shape [K, N, …].</summary>
    /// <param name="variants">Shape [K, …].</param>
    public Value Beside(Value variants)
    {
        ArgumentNullException.ThrowIfNull(variants);
        var count = variants.Shape[0].Value;
        return Apart(Input.RepeatRows(count), count);
    }

    /// <summary>The average over variants, by their weights: shape [N, …].</summary>
    /// <param name="over">What varies.</param>
    /// <param name="term">From the values of some variants, shape [K, N or 1, …], to the terms, shape [K, N, …].</param>
    public Value Average(Variants over, Func<Value, Value> term) => Average(over, Of(over, term));

    /// <inheritdoc cref="Average(Variants, Func{Value, Value})"/>
    public Value Average(Variants over, Func<Value, Value, Value> term) => Average(over, Of(over, term));

    /// <inheritdoc cref="Average(Variants, Func{Value, Value})"/>
    public Value Average(Variants over, Func<Value, Value, Value, Value> term) => Average(over, Of(over, term));

    /// <summary>The sum over variants, each times its weight where they have some: shape [N, …].</summary>
    /// <param name="over">What varies.</param>
    /// <param name="term">From the values of some variants, shape [K, N or 1, …], to the terms, shape [K, N, …].</param>
    public Value Sum(Variants over, Func<Value, Value> term) => Sum(over, Of(over, term));

    /// <inheritdoc cref="Sum(Variants, Func{Value, Value})"/>
    public Value Sum(Variants over, Func<Value, Value, Value> term) => Sum(over, Of(over, term));

    /// <inheritdoc cref="Sum(Variants, Func{Value, Value})"/>
    public Value Sum(Variants over, Func<Value, Value, Value, Value> term) => Sum(over, Of(over, term));

    /// <summary>One term for each variant, side by side: shape [N, variants, …].</summary>
    /// <param name="over">What varies; weights do not count.</param>
    /// <param name="term">From the values of some variants, shape [K, N or 1, …], to the terms, shape [K, N, …].</param>
    public Value Stack(Variants over, Func<Value, Value> term) => Stack(Of(over, term), over.Count);

    /// <inheritdoc cref="Stack(Variants, Func{Value, Value})"/>
    public Value Stack(Variants over, Func<Value, Value, Value> term) => Stack(Of(over, term), over.Count);

    /// <inheritdoc cref="Stack(Variants, Func{Value, Value})"/>
    public Value Stack(Variants over, Func<Value, Value, Value, Value> term) => Stack(Of(over, term), over.Count);

    private Value Stack(Func<Portion, Value> terms, int count)
    {
        var together = Together(count);
        var all = together == count
            ? terms(All(count))
            : Graph.Loop(Graph.Constant((long)(count / together)), [], (turn, _) => new LoopStep([], [terms(Some(turn, together))]))[0];
        // [turns, K, N, …] or [K, N, …] → [all, N, …] → [N, all, …]
        long[] row = [.. all.Shape.Skip(together == count ? 2 : 3).Select(d => d.Value)];
        return all.Reshape([count, -1, .. row]).Transpose([1, 0, .. Enumerable.Range(2, row.Length)]);
    }

    /// <summary>How many variants of the input are enough at a time.</summary>
    internal int Fitting => _setting.IsBatchFixed ? 1
        : (int)Math.Clamp(_setting.Portion / Math.Max(Input.Shape.Skip(1).Aggregate(1L, (p, d) => p * d.Value), 1), 1, int.MaxValue);

    /// <summary>The sum over many variants of which a few at a time are summed by the caller.</summary>
    /// <param name="count">How many variants.</param>
    /// <param name="share">Gives, for a few of them, their sum: shape [N, …].</param>
    /// <param name="atOnce">How many at a time, a divisor of their number; null for as many as fit.</param>
    internal Value Accumulate(int count, Func<Portion, Value> share, int? atOnce = null)
    {
        var together = atOnce ?? Together(count);
        if (together == count)
            return share(All(count));

        // The first portion is written to learn the shape of the sum; as nothing depends on it, no model holds it.
        var sample = share(Some(Graph.Constant(0L), together));
        return Graph.Loop(Graph.Constant((long)(count / together)), [Zeros(sample)], (turn, sum) =>
            new LoopStep([sum[0] + share(Some(turn, together))], []))[0];
    }

    /// <summary>
    /// The answers to the question asked of each row by itself, one after the other: for what asks so much of a row that a batch of them
    /// would not fit the cache.
    /// </summary>
    /// <param name="answer">Answers for a batch of one row, shape [1, …] of known extents.</param>
    internal Value RowByRow(Func<Question, Value> answer)
    {
        var rows = Operators.Emit("Shape", Attributes.Of(("start", 0L), ("end", 1L)), Input);
        var answers = Graph.Loop(rows, [], (turn, _) =>
        {
            var one = turn.Reshape(1);
            var setting = _setting.With(rows => Row(rows, one));
            var input = Row(Input, one);
            var trace = setting.Trace(turn.Graph, input);
            return new LoopStep([], [answer(new Question(setting, trace, input, Row(_chosen, one), Row(Score, one)))]);
        })[0];
        var row = Graph.Constant([.. answers.Shape.Skip(2).Select(d => d.Value)]);
        return Operators.Emit("Reshape", answers, Operators.Concat(0, rows, row));
    }

    /// <summary>Variants one behind the other: shape [K, N or 1, …] becomes [K·N, …].</summary>
    internal Value Flat(Value apart)
    {
        long[] row = [.. Input.Shape.Skip(1).Select(d => d.Value)];
        if (apart.Shape[1] != Input.Shape[0] || !apart.Shape.Skip(2).SequenceEqual(Input.Shape.Skip(1)))
            apart = apart.ExpandLike(Input.Unsqueeze(0));
        return apart.Reshape([-1, .. row]);
    }

    // [K·N, …] → [K, N, …]
    private static Value Apart(Value variants, long count) => variants.Reshape([count, -1, .. variants.Shape.Skip(1).Select(d => d.Value)]);

    // One number for each row, [N, 1], laid out to meet the input.
    private Value Meeting(Value score) => score.Reshape([-1, .. Enumerable.Repeat(1L, Input.Rank - 1)]);

    private Value Average(Variants over, Func<Portion, Value> terms) =>
        over.Weights is null && over.Count > 1 ? Sum(over, terms) / over.Count : Sum(over, terms);

    private Value Sum(Variants over, Func<Portion, Value> terms)
    {
        var weights = over.Weights is { } numbers ? Variants.Of(numbers) : null;
        return Accumulate(over.Count, portion =>
        {
            var some = terms(portion);
            if (some.Shape[0] != portion.Count)
                throw new ArgumentException(
                    $"Terms of shape [{portion.Count}, N, …] were expected, one for each variant; given was {some.Shape}.");
            if (weights is not null)
                some *= weights.At(portion.Numbers, some.Type, some.Rank - 1)[0];
            return portion.Count == 1 ? some.Squeeze(0) : some.ReduceSum([0], keepDimensions: false);
        });
    }

    private Func<Portion, Value> Of(Variants over, Delegate term)
    {
        ArgumentNullException.ThrowIfNull(over);
        ArgumentNullException.ThrowIfNull(term);
        return portion => over.At(portion.Numbers, Input.Type, Input.Rank) switch
        {
            [var only] when term is Func<Value, Value> of1 => of1(only),
            [var first, var second] when term is Func<Value, Value, Value> of2 => of2(first, second),
            [var first, var second, var third] when term is Func<Value, Value, Value, Value> of3 => of3(first, second, third),
            var values => throw new ArgumentException(
                $"The variants have {values.Length} values each, and the term takes another number of them.", nameof(term)),
        };
    }

    // The largest divisor of the number that fits, so that every turn computes equally many.
    private int Together(int count)
    {
        var fitting = Math.Min(Fitting, count);
        while (count % fitting != 0)
            fitting--;
        return fitting;
    }

    private Portion All(int count) => new(Graph.Constant(Tensor.Vector<long>([.. Enumerable.Range(0, count).Select(i => (long)i)])), count);

    private Portion Some(Value turn, int together) => new(turn * (long)together + All(together).Numbers, together);

    // As many zeros as a value of [N, …] has elements, without computing the value.
    private Value Zeros(Value sample)
    {
        if (sample.Shape.IsKnown || sample.Shape[0] != Input.Shape[0] || !sample.Shape.Skip(1).All(d => d.IsKnown))
            return sample.FullLike(0);
        if (sample.Rank == 1)
            return sample.FullLike(0);
        var rows = Operators.Emit("Shape", Attributes.Of(("start", 0L), ("end", 1L)), Input);
        var extents = Operators.Concat(0, rows, Graph.Constant([.. sample.Shape.Skip(1).Select(d => d.Value)]));
        return Operators.Emit("ConstantOfShape", Attributes.Of(("value", Tensor.Filled(sample.Type, 0, 1))), extents);
    }
}
