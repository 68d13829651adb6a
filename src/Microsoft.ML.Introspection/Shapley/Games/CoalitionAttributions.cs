namespace Microsoft.ML.Introspection.Shapley;

/// <summary>What a <see cref="BlackBox"/> says of some rows.</summary>
public sealed class CoalitionAttributions
{
    private readonly double[] _values;
    private readonly double[] _baseValues;
    private readonly double[] _scores;

    internal CoalitionAttributions(double[] values, double[] baseValues, double[] scores, IReadOnlyList<string> players,
        IReadOnlyList<string> outputs) =>
        (_values, _baseValues, _scores, Players, Outputs) = (values, baseValues, scores, players, outputs);

    /// <summary>The attributions, shape [N, outputs, players]: what each player adds to each score, in units of the score.</summary>
    public ReadOnlySpan<double> Values => _values;

    /// <summary>The mean score of the background, one for each output.</summary>
    public ReadOnlySpan<double> BaseValues => _baseValues;

    /// <summary>The rows' own scores, shape [N, outputs].</summary>
    public ReadOnlySpan<double> Scores => _scores;

    /// <summary>The names of the players: features, or groups of them.</summary>
    public IReadOnlyList<string> Players { get; }

    /// <summary>The names of the explained outputs.</summary>
    public IReadOnlyList<string> Outputs { get; }

    /// <summary>How many rows were explained.</summary>
    public int Rows => _scores.Length / Outputs.Count;

    /// <summary>The attributions of one score of one row, one for each player.</summary>
    /// <param name="row">The row, from 0.</param>
    /// <param name="output">The number of the output among those that were explained.</param>
    public ReadOnlySpan<double> Of(int row, int output = 0) => output >= 0 && output < Outputs.Count
        ? Values.Slice((row * Outputs.Count + output) * Players.Count, Players.Count)
        : throw new ArgumentOutOfRangeException(nameof(output), output, $"The outputs 0 to {Outputs.Count - 1} were explained.");
}
