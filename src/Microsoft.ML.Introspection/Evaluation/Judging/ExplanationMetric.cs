using System.Text;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Evaluation;

/// <summary>Which way a number is better.</summary>
public enum Direction
{
    /// <summary>More is better.</summary>
    Higher,

    /// <summary>Less is better.</summary>
    Lower,

    /// <summary>Neither is: it describes.</summary>
    Neither,
}

/// <summary>What a metric needs beside rows and attributions.</summary>
[Flags]
public enum MetricNeeds
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The model's scores.</summary>
    Scores = 1,

    /// <summary>The method, to explain anew.</summary>
    Explains = 2,

    /// <summary>Masks of what should be found.</summary>
    Masks = 4,

    /// <summary>Pictures: rows of two axes beside the channels'.</summary>
    Pictures = 8,

    /// <summary>An inner layer.</summary>
    Representation = 16,

    /// <summary>Other rows to compare with.</summary>
    SeveralRows = 32,
}

/// <summary>
/// A number for how good an explanation is, row by row. Rows whose attribution holds NaN or an infinity are not judged: their number is
/// NaN, and others are not compared with them.
/// </summary>
public abstract record ExplanationMetric
{
    /// <summary>Which way it is better.</summary>
    public abstract Direction Better { get; }

    /// <summary>The smallest and the largest number it can be.</summary>
    public virtual (double Low, double High) Range => (double.NegativeInfinity, double.PositiveInfinity);

    /// <summary>What it gives of maps that are the same number everywhere, and of zeros: a sentence's end.</summary>
    public abstract string OfFlatMaps { get; }

    /// <summary>What it needs.</summary>
    public virtual MetricNeeds Needs => MetricNeeds.None;

    /// <summary>The metric of every row; NaN where it has none.</summary>
    /// <param name="rows">The rows.</param>
    /// <exception cref="InvalidOperationException">Something that it needs is not there.</exception>
    public double[] Of(ExplainedRows rows) => OfFinite(rows, Judge, () => double.NaN);

    /// <summary>The metric of rows whose attributions are finite.</summary>
    protected abstract double[] Judge(ExplainedRows rows);

    /// <summary>Why it cannot be computed within a graph, beside the reasons of a row; null where it can.</summary>
    internal virtual string? ObstacleToGraph => "its formula is not written in operators";

    /// <summary>The same within a graph: the metric of every row, [N, 1], and the curve where there is one, [N, points].</summary>
    internal virtual IReadOnlyList<Value> Read(ExplainedQuestion rows) => throw new NotSupportedException(ObstacleToGraph);

    /// <inheritdoc/>
    protected virtual bool PrintMembers(StringBuilder builder) => false;

    private protected T[] OfFinite<T>(ExplainedRows rows, Func<ExplainedRows, T[]> judge, Func<T> otherwise)
    {
        ArgumentNullException.ThrowIfNull(rows);
        if (Needs.HasFlag(MetricNeeds.Pictures) && rows.Extents.Count != 3)
            throw new InvalidOperationException($"{GetType().Name} judges pictures, rows of [channels, height, width]; these have "
                + $"[{string.Join(", ", rows.Extents)}].");
        int[] finite = [.. Enumerable.Range(0, rows.Count).Where(r => rows.Attribution(r).IndexOfNotFinite() < 0)];
        if (finite.Length == rows.Count)
            return judge(rows);
        var all = new T[rows.Count];
        for (var row = 0; row < all.Length; row++)
            all[row] = otherwise();
        if (finite.Length > 0)
            foreach (var (value, row) in judge(rows.Only(finite)).Zip(finite))
                all[row] = value;
        return all;
    }
}

/// <summary>A metric that is the summary of a curve.</summary>
public abstract record CurveMetric : ExplanationMetric
{
    /// <summary>The curve of every row; of rows that are not judged none.</summary>
    /// <param name="rows">The rows.</param>
    public double[][] Curves(ExplainedRows rows) => OfFinite(rows, Trace, () => []);

    /// <summary>The number that a curve is told by.</summary>
    /// <param name="curve">The curve.</param>
    public double Summary(ReadOnlySpan<double> curve) => curve.IsEmpty ? double.NaN : Told(curve);

    /// <inheritdoc cref="Curves"/>
    protected abstract double[][] Trace(ExplainedRows rows);

    /// <inheritdoc cref="Summary"/>
    protected abstract double Told(ReadOnlySpan<double> curve);

    /// <inheritdoc/>
    protected sealed override double[] Judge(ExplainedRows rows) => Array.ConvertAll(Trace(rows), curve => Summary(curve));

    internal sealed override IReadOnlyList<Value> Read(ExplainedQuestion rows)
    {
        var curve = TraceOf(rows);
        return [ToldOf(curve), curve];
    }

    /// <summary>The curve within a graph, shape [N, points].</summary>
    private protected virtual Value TraceOf(ExplainedQuestion rows) => throw new NotSupportedException(ObstacleToGraph);

    /// <summary>The number that it is told by, shape [N, 1]. Of a weighted sum the weights are what single points are told by.</summary>
    private protected virtual Value ToldOf(Value curve)
    {
        var points = new double[checked((int)curve.Shape[1].Value)];
        var start = Told(points);
        var weights = new double[points.Length];
        for (var k = 0; k < points.Length; k++)
        {
            points[k] = 1;
            weights[k] = Told(points) - start;
            points[k] = 0;
        }
        return (curve * curve.Graph.Constant(Tensor.FromDoubles(curve.Type, weights, 1, weights.Length))).ReduceSum([1]) + start;
    }
}

/// <summary>Words that metrics are written in.</summary>
internal static class Judging
{
    public static int IndexOfNotFinite(this ReadOnlySpan<double> numbers)
    {
        for (var i = 0; i < numbers.Length; i++)
            if (!double.IsFinite(numbers[i]))
                return i;
        return -1;
    }

    /// <summary>Places in the order of what they hold, equal ones as they stand.</summary>
    public static int[] Order(ReadOnlySpan<double> numbers, bool descending = true)
    {
        var (keys, places) = (numbers.ToArray(), new int[numbers.Length]);
        for (var i = 0; i < places.Length; i++)
            places[i] = i;
        Array.Sort(places, (a, b) =>
            (descending ? keys[b].CompareTo(keys[a]) : keys[a].CompareTo(keys[b])) is var order and not 0 ? order : a.CompareTo(b));
        return places;
    }

    /// <summary>The order of what they hold, some at a time.</summary>
    public static int[][] Steps(ReadOnlySpan<double> numbers, int step, bool descending = true) =>
        [.. Order(numbers, descending).Chunk(step)];

    public static double[] Absolute(this ReadOnlySpan<double> numbers)
    {
        var absolute = new double[numbers.Length];
        System.Numerics.Tensors.TensorPrimitives.Abs(numbers, absolute);
        return absolute;
    }

    public static double Sum(this int[] places, ReadOnlySpan<double> numbers)
    {
        var sum = 0.0;
        foreach (var place in places)
            sum += numbers[place];
        return sum;
    }

    /// <summary>The area under a curve by trapezoids, a step being 1.</summary>
    public static double Area(ReadOnlySpan<double> curve)
    {
        var area = 0.0;
        for (var i = 1; i < curve.Length; i++)
            area += (curve[i - 1] + curve[i]) / 2;
        return area;
    }

    /// <summary>The same over the number of steps.</summary>
    public static double MeanArea(ReadOnlySpan<double> curve) => Area(curve) / (curve.Length - 1);

    public static double Norm(ReadOnlySpan<double> numbers) => System.Numerics.Tensors.TensorPrimitives.Norm(numbers);

    public static double Mean(ReadOnlySpan<double> numbers) =>
        System.Numerics.Tensors.TensorPrimitives.Sum(numbers) / numbers.Length;
}
