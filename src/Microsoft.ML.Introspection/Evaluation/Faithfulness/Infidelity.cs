using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Evaluation;

/// <summary>
/// Infidelity: the mean over perturbations I of (Σ I·a − (f(x) − f(x − I)))²; lower is better. Scaled, a is multiplied by
/// β = E[(Σ I·a)(f(x) − f(x − I))]/E[(Σ I·a)²] first (1 where that is 0/0). Yeh et al. 2019, arXiv:1901.09392.
/// </summary>
/// <param name="Draws">How many perturbations.</param>
/// <param name="Deviation">The standard deviation of the normal noise that they are.</param>
/// <param name="Scaled">Whether the attribution is scaled as fits best.</param>
/// <param name="Seed">Other perturbations for every seed.</param>
[Method("infidelity", "The squared gap between what is said of random changes of the row and what they do to the score",
    "Yeh et al. 2019, arXiv:1901.09392")]
public sealed record Infidelity(
    [Option("How many perturbations.")]
    int Draws = 10,
    [Option("The standard deviation of the normal noise that they are.")]
    double Deviation = 0.1,
    [Option("Whether the attribution is scaled as fits best first.")]
    bool Scaled = false,
    [Option("Other perturbations for every seed.")]
    int Seed = 1) : ExplanationMetric
{
    /// <summary>How many perturbations.</summary>
    public int Draws { get; } = Perturbing.Positive(Draws, nameof(Draws));

    /// <summary>The standard deviation of the noise.</summary>
    public double Deviation { get; } = Perturbing.AboveZero(Deviation, nameof(Deviation));

    /// <inheritdoc cref="PerturbingMetric.Follows"/>
    [Option("Which number of the model is followed.")]
    public JudgedScore Follows { get; init; }

    /// <summary>Perturbations in the place of draws, shape [draws, N, …].</summary>
    public Tensor? Given { get; init; }

    /// <inheritdoc/>
    public override Direction Better => Direction.Lower;

    /// <inheritdoc/>
    public override (double Low, double High) Range => (0, double.PositiveInfinity);

    /// <inheritdoc/>
    public override string OfFlatMaps => "what it is by the formula; of zeros the mean squared change of the score";

    /// <inheritdoc/>
    public override MetricNeeds Needs => MetricNeeds.Scores;

    /// <inheritdoc/>
    protected override double[] Judge(ExplainedRows rows)
    {
        var (noise, draws) = Drawing.Noise(Given, rows, Draws, Seed, random => Drawing.Gaussian(random, Deviation));
        var said = new double[draws * rows.Count];
        var followed = rows.Follow(Follows, said.Length, v => v % rows.Count, (variant, x) =>
        {
            var change = noise.AsSpan(variant * rows.Features, rows.Features);
            var row = variant % rows.Count;
            said[variant] = System.Numerics.Tensors.TensorPrimitives.Dot<double>(change, rows.Attribution(row));
            System.Numerics.Tensors.TensorPrimitives.Subtract(rows.Input(row), change, x);
        });
        var (known, result) = (rows.Known(Follows), new double[rows.Count]);
        for (var row = 0; row < result.Length; row++)
        {
            var (cross, square) = (0.0, 0.0);
            for (var v = row; v < said.Length; v += rows.Count)
                (cross, square) = (cross + said[v] * (known[row] - followed[v]), square + said[v] * said[v]);
            var scale = Scaled && square > 0 ? cross / square : 1;
            for (var v = row; v < said.Length; v += rows.Count)
                result[row] += Math.Pow(scale * said[v] - (known[row] - followed[v]), 2) / draws;
        }
        return result;
    }

    internal override string? ObstacleToGraph => null;

    internal override IReadOnlyList<Value> Read(ExplainedQuestion rows)
    {
        var question = rows.Question;
        var (noise, laid) = (rows.Noise(Given, Draws, (n, row) =>
            SeededNoise.Normal(n, row, Seed, question.Input.Type) * Deviation), rows.Said.Transpose(1, 0));
        var both = question.Stack(noise, change =>
        {
            var (said, followed) = (change.Reshape(-1, rows.Features).MatMul(laid), rows.Follow(question.Beside(change) - change, Follows));
            return Operators.Concat(2, said.Unsqueeze(2).Cast(followed.Type), followed);
        });
        var said = ExplainedQuestion.Side(both.Slice([0], [1], [2]));
        var lost = rows.Known(Follows) - ExplainedQuestion.Side(both.Slice([1], [2], [2]));
        if (Scaled)
        {
            var square = said.Pow(2).ReduceSum([1]);
            said *= square.Greater(0).Where((said * lost).ReduceSum([1]) / square, square.Like(1));
        }
        return [(said - lost).Pow(2).ReduceMean([1])];
    }
}
