using System.Globalization;
using MathNet.Numerics.LinearAlgebra;

namespace Microsoft.ML.Introspection.Shapley;

/// <summary>
/// Which players of a regression get an attribution, found along the path of least angle regression or of the lasso (Efron, Hastie,
/// Johnstone, Tibshirani 2004): for explanations that name few reasons.
/// </summary>
public abstract record Selection
{
    private Selection() { }

    /// <summary>All players.</summary>
    public static Selection None { get; } = new Everyone();

    /// <summary>So many players: the first that least angle regression takes in.</summary>
    /// <param name="count">How many, 1 at least.</param>
    public static Selection Features(int count) => count >= 1 ? new FirstFew(count)
        : throw new ArgumentOutOfRangeException(nameof(count), count, "At least one player must be selected.");

    /// <summary>As many as Akaike's information criterion justifies along the lasso's path.</summary>
    public static Selection Aic { get; } = new Criterion("aic", _ => 2);

    /// <summary>As many as the Bayesian information criterion justifies along the lasso's path: fewer than Akaike's.</summary>
    public static Selection Bic { get; } = new Criterion("bic", count => Math.Log(count));

    /// <summary>Reads <c>none</c>, a number of players, <c>aic</c> or <c>bic</c>.</summary>
    /// <exception cref="FormatException">The text is none of these.</exception>
    public static Selection Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.ToLowerInvariant() switch
        {
            "none" => None,
            "aic" => Aic,
            "bic" => Bic,
            var number when int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count >= 1 =>
                Features(count),
            _ => throw new FormatException($"'{text}' is no selection of features; expected none, a number of them, aic, or bic."),
        };
    }

    /// <summary>Chooses columns.</summary>
    /// <param name="rows">The regression's rows, weighted, shape [rows, players].</param>
    /// <param name="targets">What they should give.</param>
    internal abstract IReadOnlyList<int> Choose(Matrix<double> rows, Vector<double> targets);

    private sealed record Everyone : Selection
    {
        internal override IReadOnlyList<int> Choose(Matrix<double> rows, Vector<double> targets) =>
            [.. Enumerable.Range(0, rows.ColumnCount)];

        public override string ToString() => "none";
    }

    private sealed record FirstFew(int Count) : Selection
    {
        internal override IReadOnlyList<int> Choose(Matrix<double> rows, Vector<double> targets) =>
            LeastAngles.Path(rows.TransposeThisAndMultiply(rows), rows.TransposeThisAndMultiply(targets), lasso: false).Take(Count + 1)
                .Last().Active;

        public override string ToString() => Count.ToString(CultureInfo.InvariantCulture);
    }

    private sealed record Criterion(string Name, Func<int, double> Price) : Selection
    {
        // The criterion of Zou, Hastie, Tibshirani 2007, "On the degrees of freedom of the lasso": n·log(2πσ²) + RSS/σ² + price·players,
        // with the noise σ² that is left when all players explain what they can. Columns are scaled to unit variance first.
        internal override IReadOnlyList<int> Choose(Matrix<double> rows, Vector<double> targets)
        {
            var (count, players) = (rows.RowCount, rows.ColumnCount);
            var means = rows.ColumnSums() / count;
            var centred = rows - Vector<double>.Build.Dense(count, 1).OuterProduct(means);
            var deviations = Vector<double>.Build.Dense(players,
                j => Math.Max(Math.Sqrt(centred.Column(j).DotProduct(centred.Column(j)) / count), double.Epsilon));
            centred = centred.MapIndexed((_, j, value) => value / deviations[j]);
            var gains = targets - targets.Sum() / count;
            if (count <= players + 1)
                throw new ArgumentException(
                    $"{count} equations leave nothing to judge {players} players by; take more samples, or select a number of features.");

            var (gram, correlations, square) =
                (centred.TransposeThisAndMultiply(centred), centred.TransposeThisAndMultiply(gains), gains.DotProduct(gains));
            double Residual(Vector<double> coefficients) =>
                square - 2 * coefficients.DotProduct(correlations) + coefficients.DotProduct(gram * coefficients);
            var path = LeastAngles.Path(gram, correlations, lasso: true).ToList();
            var noise = Math.Max(Residual(path[^1].Coefficients), square * 1e-15) / (count - players - 1);
            return noise > 0
                ? path.MinBy(step => Residual(step.Coefficients) / noise + Price(count) * step.Active.Count)!.Active
                : path[^1].Active;
        }

        public bool Equals(Criterion? other) => other is not null && Name == other.Name;

        public override int GetHashCode() => Name.GetHashCode(StringComparison.Ordinal);

        public override string ToString() => Name;
    }
}
