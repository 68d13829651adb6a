using System.Numerics.Tensors;
using MathNet.Numerics.Distributions;
using MathNet.Numerics.Random;

namespace Microsoft.ML.Introspection.Numerics;

/// <summary>How a factorisation is found.</summary>
public sealed record FactorizationOptions
{
    /// <summary>The most steps.</summary>
    public int Steps
    {
        get;
        init => field = value >= 1 ? value
            : throw new ArgumentOutOfRangeException(nameof(Steps), value, "At least one step is needed.");
    } = 200;

    /// <summary>
    /// It stops where ten steps lower the error by less than this share of the first error; 0 for all steps.
    /// </summary>
    public double Tolerance
    {
        get;
        init => field = value >= 0 ? value
            : throw new ArgumentOutOfRangeException(nameof(Tolerance), value, "A tolerance is not negative.");
    } = 1e-4;

    /// <summary>
    /// What squares of the left matrix cost, times the number of columns, and those of the right, times the number of rows: half of it
    /// each.
    /// </summary>
    public double Penalty
    {
        get;
        init => field = value >= 0 && double.IsFinite(value) ? value
            : throw new ArgumentOutOfRangeException(nameof(Penalty), value, "A penalty is not negative.");
    }

    /// <summary>What the start is drawn from, where none is given.</summary>
    public int Seed { get; init; } = 1;
}

/// <summary>
/// A matrix without negative numbers as the product of two such: A ≈ U·V, found by multiplicative steps that never raise ‖A − U·V‖. Each
/// step changes U, then V. Lee, Seung 2001, "Algorithms for non-negative matrix factorization".
/// </summary>
public sealed class NonNegativeFactorization
{
    // What stands for a divisor of zero: scikit-learn's, the rounding of single precision.
    private const double Least = 1.1920928955078125e-07;

    private NonNegativeFactorization(double[] left, double[] right, int rows, int columns, int rank, double error) =>
        (Left, Right, Rows, Columns, Rank, Error) = (left, right, rows, columns, rank, error);

    /// <summary>U, shape [rows, rank].</summary>
    public double[] Left { get; }

    /// <summary>V, shape [rank, columns].</summary>
    public double[] Right { get; }

    /// <summary>The rows of the matrix.</summary>
    public int Rows { get; }

    /// <summary>The columns of the matrix.</summary>
    public int Columns { get; }

    /// <summary>The columns of U, which are the rows of V.</summary>
    public int Rank { get; }

    /// <summary>√Σ(A − U·V)².</summary>
    public double Error { get; }

    /// <summary>Factorises a matrix.</summary>
    /// <param name="matrix">The matrix, row after row: no number is negative.</param>
    /// <param name="columns">Its columns.</param>
    /// <param name="rank">The inner extent of the product.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <param name="left">U at the start, shape [rows, rank]; null to draw it.</param>
    /// <param name="right">V at the start, shape [rank, columns]; null to draw it.</param>
    /// <exception cref="ArgumentException">The matrix is not whole, or holds negative or no numbers; or a start does not fit.</exception>
    public static NonNegativeFactorization Fit(double[] matrix, int columns, int rank, FactorizationOptions? options = null,
        double[]? left = null, double[]? right = null)
    {
        options ??= new FactorizationOptions();
        var rows = Matrices.Rows(matrix, columns);
        ArgumentOutOfRangeException.ThrowIfLessThan(rank, 1);
        if (Array.FindIndex(matrix, v => !(v >= 0) || double.IsInfinity(v)) is >= 0 and var place)
            throw new ArgumentException(
                $"Row {place / columns}, column {place % columns} of the matrix is {matrix[place]}; finite numbers that are not negative "
                    + "can be factorised so. Take a layer behind a ReLU.", nameof(matrix));
        var random = new Xoshiro256StarStar(options.Seed);
        var (u, v) = (Start(left, rows, nameof(left)), Start(right, columns, nameof(right)));
        var (first, before) = (0.0, 0.0);
        var work = new Scratch(columns, rank);
        for (var step = 0; step < options.Steps; step++)
        {
            if (options.Tolerance > 0 && step % 10 == 0)
            {
                var error = ErrorOf(matrix, u, v, columns, rank);
                if (step == 0)
                    first = error;
                else if (before - error < options.Tolerance * first)
                    break;
                before = error;
            }
            StepLeft(matrix, u, v, columns, rank, options.Penalty * columns, work);
            StepRight(matrix, u, v, columns, rank, options.Penalty * rows, work);
        }
        return new NonNegativeFactorization(u, v, rows, columns, rank, ErrorOf(matrix, u, v, columns, rank));

        double[] Start(double[]? given, int extent, string name)
        {
            if (given is not null)
                return given.Length == extent * rank && Array.TrueForAll(given, n => n >= 0) ? [.. given]
                    : throw new ArgumentException(
                        $"A start of {extent} × {rank} numbers that are not negative was expected; given were {given.Length}.", name);
            var scale = Math.Sqrt(TensorPrimitives.Sum<double>(matrix) / matrix.Length / rank);
            var drawn = new double[extent * rank];
            for (var i = 0; i < drawn.Length; i++)
                drawn[i] = Math.Abs(Normal.Sample(random, 0, 1)) * scale;
            return drawn;
        }
    }

    /// <summary>U of other rows: the non-negative combinations of V's rows that come nearest to them.</summary>
    /// <param name="matrix">Rows of <see cref="Columns"/> numbers.</param>
    /// <param name="right">V, shape [rank, columns].</param>
    /// <param name="columns">The columns of both.</param>
    /// <returns>Shape [rows, rank].</returns>
    public static double[] Encode(double[] matrix, double[] right, int columns)
    {
        var (rows, rank) = (Matrices.Rows(matrix, columns), Matrices.Rows(right, columns));
        var (gram, left) = (Matrices.TimesTransposed(right, right, columns), new double[rows * rank]);
        Parallel.For(0, rows, row =>
        {
            var towards = new double[rank];
            for (var k = 0; k < rank; k++)
                towards[k] = TensorPrimitives.Dot<double>(matrix.AsSpan(row * columns, columns), right.AsSpan(k * columns, columns));
            NonNegativeLeastSquares.Solve(gram, towards, left.AsSpan(row * rank, rank));
        });
        return left;
    }

    // U ⊙ A·Vᵀ / (U·V·Vᵀ + penalty·U)
    private static void StepLeft(double[] a, double[] u, double[] v, int columns, int rank, double penalty, Scratch work)
    {
        Matrices.TimesTransposed(v, v, columns, work.Gram);
        Parallel.For(0, u.Length / rank, row =>
        {
            Span<double> wanted = rank <= 128 ? stackalloc double[rank] : new double[rank];
            Span<double> there = rank <= 128 ? stackalloc double[rank] : new double[rank];
            var own = u.AsSpan(row * rank, rank);
            var of = a.AsSpan(row * columns, columns);
            for (var k = 0; k < rank; k++)
            {
                wanted[k] = TensorPrimitives.Dot<double>(of, v.AsSpan(k * columns, columns));
                there[k] = TensorPrimitives.Dot<double>(own, work.Gram.AsSpan(k * rank, rank)) + penalty * own[k];
            }
            for (var k = 0; k < rank; k++)
                own[k] *= wanted[k] / (there[k] == 0 ? Least : there[k]);
        });
    }

    // V ⊙ Uᵀ·A / (Uᵀ·U·V + penalty·V)
    private static void StepRight(double[] a, double[] u, double[] v, int columns, int rank, double penalty, Scratch work)
    {
        var (wanted, gram) = (work.Right, work.Gram);
        Array.Clear(wanted);
        Array.Clear(gram);
        for (var row = 0; row < u.Length / rank; row++)
        {
            var own = u.AsSpan(row * rank, rank);
            var of = a.AsSpan(row * columns, columns);
            for (var k = 0; k < rank; k++)
            {
                var to = wanted.AsSpan(k * columns, columns);
                TensorPrimitives.MultiplyAdd(of, own[k], to, to);
                var products = gram.AsSpan(k * rank, rank);
                TensorPrimitives.MultiplyAdd(own, own[k], products, products);
            }
        }
        var there = work.There;
        for (var k = 0; k < rank; k++)
        {
            var to = there.AsSpan(k * columns, columns);
            TensorPrimitives.Multiply(v.AsSpan(k * columns, columns), penalty, to);
            for (var j = 0; j < rank; j++)
                TensorPrimitives.MultiplyAdd(v.AsSpan(j * columns, columns), gram[k * rank + j], to, to);
        }
        for (var i = 0; i < v.Length; i++)
            v[i] *= wanted[i] / (there[i] == 0 ? Least : there[i]);
    }

    private static double ErrorOf(double[] a, double[] u, double[] v, int columns, int rank)
    {
        var (sum, rest) = (0.0, new double[columns]);
        for (var row = 0; row < u.Length / rank; row++)
        {
            a.AsSpan(row * columns, columns).CopyTo(rest);
            for (var k = 0; k < rank; k++)
                TensorPrimitives.MultiplyAdd(v.AsSpan(k * columns, columns), -u[row * rank + k], rest, rest);
            sum += TensorPrimitives.SumOfSquares<double>(rest);
        }
        return Math.Sqrt(sum);
    }

    private sealed class Scratch(int columns, int rank)
    {
        public double[] Gram { get; } = new double[rank * rank];

        public double[] Right { get; } = new double[rank * columns];

        public double[] There { get; } = new double[rank * columns];
    }
}
