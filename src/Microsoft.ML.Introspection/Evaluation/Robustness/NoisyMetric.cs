using System.Numerics.Tensors;
using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Onnx;
using Tensor = Microsoft.ML.Introspection.Onnx.Tensor;

namespace Microsoft.ML.Introspection.Evaluation;

/// <summary>What the explanation does when noise is added to the row, the explained class staying that of the row.</summary>
public abstract record NoisyMetric : ExplanationMetric
{
    private protected NoisyMetric(int draws, double radius) => (Draws, Radius) = (draws, radius);

    /// <summary>How many draws.</summary>
    [Option("How many draws.")]
    public int Draws { get; init => field = Perturbing.Positive(value, nameof(Draws)); }

    /// <summary>The noise is spread evenly up to this size on both sides.</summary>
    [Option("The noise is spread evenly up to this size on both sides.")]
    public double Radius { get; init => field = Perturbing.AboveZero(value, nameof(Radius)); }

    /// <summary>Other noise for every seed.</summary>
    [Option("Other noise for every seed.")]
    public int Seed { get; init; } = 1;

    /// <summary>Noise in the place of draws, shape [draws, N, …].</summary>
    public Tensor? Given { get; init; }

    /// <inheritdoc/>
    public override Direction Better => Direction.Lower;

    /// <inheritdoc/>
    public override (double Low, double High) Range => (0, double.PositiveInfinity);

    /// <inheritdoc/>
    public override string OfFlatMaps => "by the formula of how the method's answers differ; 0 where they do not";

    /// <inheritdoc/>
    public override MetricNeeds Needs => MetricNeeds.Explains;

    /// <summary>The number of one draw.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="row">The row.</param>
    /// <param name="input">The row with noise.</param>
    /// <param name="said">What is said of that.</param>
    /// <param name="further">What <see cref="Further"/> made of the row and of that with noise.</param>
    private protected abstract double Of(ExplainedRows rows, int row, ReadOnlySpan<double> input, ReadOnlySpan<double> said,
        (double[] Before, double[] After) further);

    /// <summary>What else of the rows is looked at.</summary>
    private protected virtual RowFunction? Further(ExplainedRows rows) => null;

    /// <summary>Whether the mean over draws is told, not the largest number.</summary>
    private protected virtual bool TakesMean => false;

    /// <inheritdoc/>
    protected override double[] Judge(ExplainedRows rows)
    {
        var (noise, draws) = Drawing.Noise(Given, rows, Draws, Seed, random => (2 * random.NextDouble() - 1) * Radius);
        for (var i = 0; i < noise.Length; i++)
            noise[i] += rows.Inputs[i % rows.Inputs.Length];
        var further = Further(rows);
        var before = further?.Of(rows.Inputs);
        var after = further?.Of(noise);
        var result = new double[rows.Count];
        rows.Explain(draws * rows.Count, v => v % rows.Count, (v, x) => noise.AsSpan(v * rows.Features, rows.Features).CopyTo(x),
            (v, said) =>
            {
                var row = v % rows.Count;
                var seen = further is null ? ([], []) : (before![(row * further.Results)..((row + 1) * further.Results)],
                    after![(v * further.Results)..((v + 1) * further.Results)]);
                var number = Of(rows, row, noise.AsSpan(v * rows.Features, rows.Features), said, seen);
                result[row] = TakesMean ? result[row] + number / draws : Math.Max(result[row], number);
            });
        return result;
    }

    internal override string? ObstacleToGraph => null;

    /// <summary>The number of each draw within a graph, shape [K, N].</summary>
    /// <param name="rows">The rows, [1, N, features].</param>
    /// <param name="at">The rows with noise, [K, N, features].</param>
    /// <param name="before">What is said of the rows, [1, N, features].</param>
    /// <param name="after">What is said with noise, [K, N, features].</param>
    /// <param name="scores">All scores without noise or with it, [1 or K, N, classes].</param>
    private protected virtual Value Of(Value rows, Value at, Value before, Value after, Func<bool, Value> scores) =>
        throw new NotSupportedException(ObstacleToGraph);

    internal override IReadOnlyList<Value> Read(ExplainedQuestion rows)
    {
        var question = rows.Question;
        Value Flat(Value values) => values.Reshape(values.Shape[0].Value, -1, rows.Features);
        var (input, said) = (Flat(question.Input.Unsqueeze(0)), rows.Said.Unsqueeze(0));
        var noise = rows.Noise(Given, Draws, (n, row) => ((SeededNoise.Uniform(n, Question.SizeOf([.. row]), Seed, 0) * 2 - 1) * Radius)
            .Reshape([-1, 1, .. row]));
        var numbers = question.Stack(noise, draw =>
        {
            var at = question.Beside(draw) + draw;
            return Of(input, Flat(at), said, rows.Explain(at), isAfter => rows.Scores(isAfter ? at : question.Input.Unsqueeze(0)))
                .Unsqueeze(2);
        });
        return [TakesMean ? ExplainedQuestion.Side(numbers).ReduceMean([1]) : ExplainedQuestion.Side(numbers).ReduceMax([1])];
    }

    private protected static Value Apart(Value one, Value other) => Norm(one - other);

    private protected static Value Norm(Value numbers) =>
        numbers.Cast(ElementType.Double).Pow(2).ReduceSum([2], keepDimensions: false).Sqrt();

    private protected static Value Relative(Value one, Value other) =>
        Norm((one - other).Cast(ElementType.Double) / Divisor(one.Cast(ElementType.Double)));

    private protected static Value Over(Value number, Value divisor) => number / Divisor(divisor);

    private static Value Divisor(Value numbers) => numbers.EqualTo(numbers.Like(0)).Where(numbers.Like(Smallest), numbers);

    private protected static double Apart(ReadOnlySpan<double> one, ReadOnlySpan<double> other) => TensorPrimitives.Distance(one, other);

    // ‖(one − other)/one‖, with a small number in the place of a zero divisor.
    private protected static double Relative(ReadOnlySpan<double> one, ReadOnlySpan<double> other)
    {
        var sum = 0.0;
        for (var i = 0; i < one.Length; i++)
        {
            var share = (one[i] - other[i]) / (one[i] == 0 ? Smallest : one[i]);
            sum += share * share;
        }
        return Math.Sqrt(sum);
    }

    private protected static double Over(double number, double divisor) => number / (divisor == 0 ? Smallest : divisor);

    private const double Smallest = 1e-6;
}
