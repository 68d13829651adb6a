using MathNet.Numerics.Distributions;

namespace Microsoft.ML.Introspection.Evaluation;

/// <summary>A method that is judged.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Explains">The method.</param>
/// <param name="IsControl">Whether it is there to compare with: chance, an edge detector.</param>
public sealed record JudgedMethod(string Name, RowFunction Explains, bool IsControl = false);

/// <summary>A metric by which methods are judged.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Metric">The metric.</param>
public sealed record NamedMetric(string Name, ExplanationMetric Metric);

/// <summary>What a metric says of a method.</summary>
/// <param name="Method">The method.</param>
/// <param name="Metric">The metric.</param>
/// <param name="Values">A number for each row; NaN of rows that are not judged.</param>
/// <param name="Curve">The medians of the curves point by point; empty where there are none.</param>
/// <param name="Passes">How many rows the network scored for it, explanations not counted.</param>
/// <param name="Explanations">How many explanations were made for it.</param>
/// <param name="Obstacle">Why there are no numbers; null where there are.</param>
public sealed record JudgedCell(string Method, NamedMetric Metric, IReadOnlyList<double> Values, IReadOnlyList<double> Curve, long Passes,
    long Explanations, string? Obstacle = null)
{
    /// <summary>How many rows were judged.</summary>
    public int Count => Values.Count(double.IsFinite);

    /// <summary>The median over these; NaN of none.</summary>
    public double Median => Sorted() is { Length: > 0 } s ? (s[(s.Length - 1) / 2] + s[s.Length / 2]) / 2 : double.NaN;

    /// <summary>
    /// An interval that holds the median of all such rows with at least 95 % confidence, from order statistics; NaN of fewer than six rows.
    /// </summary>
    public (double Low, double High) Interval
    {
        get
        {
            var sorted = Sorted();
            var outside = -1;
            while (outside + 1 < sorted.Length / 2 && Binomial.CDF(0.5, sorted.Length, outside + 1) <= 0.025)
                outside++;
            return outside < 0 ? (double.NaN, double.NaN) : (sorted[outside], sorted[^(outside + 1)]);
        }
    }

    private double[] Sorted()
    {
        double[] finite = [.. Values.Where(double.IsFinite)];
        Array.Sort(finite);
        return finite;
    }
}

/// <summary>Methods judged by metrics over the same rows.</summary>
/// <param name="Rows">How many rows.</param>
/// <param name="Methods">The methods, controls last.</param>
/// <param name="Metrics">The metrics.</param>
/// <param name="Cells">Method by method, in each metric by metric.</param>
/// <param name="Agreement">
/// The median over rows of Spearman's correlation of each two methods' |a|, method by method; NaN where it has none.
/// </param>
public sealed record EvaluationResult(int Rows, IReadOnlyList<JudgedMethod> Methods, IReadOnlyList<NamedMetric> Metrics,
    IReadOnlyList<JudgedCell> Cells, IReadOnlyList<double> Agreement)
{
    /// <summary>The cells of a metric, method by method.</summary>
    public IEnumerable<JudgedCell> Of(NamedMetric metric) => Cells.Where(c => c.Metric == metric);

    /// <summary>The name of the best method by a metric, controls included; null where it ranks nothing.</summary>
    public string? Best(NamedMetric metric)
    {
        ArgumentNullException.ThrowIfNull(metric);
        JudgedCell[] judged = [.. Of(metric).Where(c => double.IsFinite(c.Median))];
        return judged.Length < 2 || metric.Metric.Better == Direction.Neither ? null
            : (metric.Metric.Better == Direction.Higher ? judged.MaxBy(c => c.Median) : judged.MinBy(c => c.Median))!.Method;
    }
}

/// <summary>Judges several methods by several metrics.</summary>
public static class Evaluator
{
    /// <summary>Judges.</summary>
    /// <param name="rows">The rows, with their model and classes; what is said of them is told by each method.</param>
    /// <param name="methods">The methods.</param>
    /// <param name="metrics">The metrics; one that cannot judge a method says so in its cell.</param>
    /// <param name="progress">Is told the share of the work that is done.</param>
    /// <param name="cancellation">Stops between cells.</param>
    public static EvaluationResult Of(ExplainedRows rows, IReadOnlyList<JudgedMethod> methods, IReadOnlyList<NamedMetric> metrics,
        IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(methods);
        ArgumentNullException.ThrowIfNull(metrics);
        var (cells, said) = (new List<JudgedCell>(), new List<ExplainedRows>());
        foreach (var method in methods)
        {
            var explained = new ExplainedRows(
                rows.Inputs, method.Explains.Of(rows.Inputs, rows.Targets), rows.Extents, rows.Scores, rows.Targets)
            {
                Explains = method.Explains, Masks = rows.Masks, Segments = rows.Segments, Representation = rows.Representation,
                First = rows.First,
            };
            said.Add(explained);
            foreach (var metric in metrics)
            {
                cancellation.ThrowIfCancellationRequested();
                cells.Add(Cell(method, metric, explained));
                progress?.Report(cells.Count / (double)(methods.Count * metrics.Count));
            }
        }
        double[] agreement = [.. said.SelectMany(a => said.Select(b => new JudgedCell("", metrics[0], [.. Enumerable.Range(0, rows.Count)
            .Select(row => Evaluation.Agreement.Of(AgreementKind.RankCorrelation, a.Attribution(row), b.Attribution(row)))],
            [], 0, 0).Median))];
        return new EvaluationResult(rows.Count, methods, metrics, cells, agreement);
    }

    private static JudgedCell Cell(JudgedMethod method, NamedMetric metric, ExplainedRows rows)
    {
        var (passes, explanations) = (rows.Scores?.Passes ?? 0, method.Explains.Passes);
        try
        {
            double[] values, curve = [];
            if (metric.Metric is CurveMetric curved)
            {
                var curves = curved.Curves(rows);
                values = Array.ConvertAll(curves, c => curved.Summary(c));
                curve = [.. Enumerable.Range(0, curves.Select(c => c.Length).DefaultIfEmpty().Max()).Select(k =>
                    new JudgedCell("", metric, [.. curves.Where(c => k < c.Length).Select(c => c[k])], [], 0, 0).Median)];
            }
            else
                values = metric.Metric.Of(rows);
            return new JudgedCell(method.Name, metric, values, curve, (rows.Scores?.Passes ?? 0) - passes,
                method.Explains.Passes - explanations);
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            return new JudgedCell(method.Name, metric, [], [], 0, 0, e.Message);
        }
    }
}

/// <summary>What knows nothing of a network and is judged beside methods, so that numbers can be told from chance.</summary>
public static class Controls
{
    /// <summary>Normal numbers; those of a row follow from its own numbers and the seed.</summary>
    /// <param name="features">How many features a row has.</param>
    /// <param name="seed">Other numbers for every seed.</param>
    public static RowFunction Chance(int features, int seed = 1) => RowFunction.Of(features, features, (rows, _, said) =>
    {
        for (var start = 0; start < rows.Length; start += features)
        {
            var hash = 17L;
            foreach (var number in rows.Slice(start, features))
                hash = unchecked(hash * 1_099_511_628_211 ^ BitConverter.DoubleToInt64Bits(number));
            var random = Drawing.Of(seed, unchecked((int)(hash ^ (hash >> 32))));
            for (var i = 0; i < features; i++)
                said[start + i] = Drawing.Gaussian(random, 1);
        }
    });

    /// <summary>The edges of the mean of the channels.</summary>
    /// <param name="extents">[channels, height, width].</param>
    public static RowFunction EdgeDetector(IReadOnlyList<int> extents)
    {
        ArgumentNullException.ThrowIfNull(extents);
        var (channels, positions, width) = (extents[0], extents[1] * extents[2], extents[2]);
        return RowFunction.Of(channels * positions, positions, (rows, _, said) =>
        {
            for (var row = 0; row < rows.Length / (channels * positions); row++)
            {
                var mean = new double[positions];
                for (var i = 0; i < channels * positions; i++)
                    mean[i % positions] += rows[row * channels * positions + i] / channels;
                Numerics.Edges.Of(mean, width).CopyTo(said[(row * positions)..]);
            }
        });
    }
}
