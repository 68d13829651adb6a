using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Jobs;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Rows;
using Microsoft.ML.Introspection.Runtime;

namespace Microsoft.ML.Introspection.Features;

/// <summary>An order in which units of a layer are dropped.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Units">The units (channels, where a row of the layer has several axes), the first to be dropped first; each once.</param>
public sealed record UnitOrder(string Name, IReadOnlyList<int> Units)
{
    /// <summary>The units, the first to be dropped first.</summary>
    public IReadOnlyList<int> Units { get; } = Units is { Count: > 0 } && Units.Distinct().Count() == Units.Count && Units.Min() >= 0
        ? [.. Units] : throw new ArgumentException("Units are dropped once each, one at least, counted from 0.", nameof(Units));

    /// <summary>By a number for each unit.</summary>
    /// <param name="name">What the order is called.</param>
    /// <param name="importance">A number for each unit; of equal ones the first stands first.</param>
    /// <param name="leastFirst">Whether the smallest are dropped first.</param>
    public static UnitOrder By(string name, IReadOnlyList<double> importance, bool leastFirst = false)
    {
        ArgumentNullException.ThrowIfNull(importance);
        if (importance.Any(double.IsNaN))
            throw new ArgumentException("The importance of a unit is NaN.", nameof(importance));
        var units = Enumerable.Range(0, importance.Count);
        return new UnitOrder(name, [.. leastFirst ? units.OrderBy(u => importance[u]) : units.OrderByDescending(u => importance[u])]);
    }

    /// <summary>By chance: the control, against which others are held.</summary>
    /// <param name="units">How many there are.</param>
    /// <param name="seed">Which draw.</param>
    public static UnitOrder Random(int units, int seed)
    {
        int[] order = [.. Enumerable.Range(0, units)];
        new Random(seed).Shuffle(order);
        return new UnitOrder($"random {seed}", order);
    }

    /// <summary>
    /// The mean over rows of the magnitude of what a method attributes to each unit: to a channel what its positions get together.
    /// </summary>
    /// <param name="network">The network.</param>
    /// <param name="rows">The rows, before the first.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="method">How it is attributed; activation times gradient (Molchanov et al. 2017, arXiv:1611.06440), say.</param>
    /// <param name="target">What is explained.</param>
    /// <param name="runtime">Where to run.</param>
    /// <param name="feed">Where the numbers of an input come from.</param>
    /// <returns>A number for each unit.</returns>
    public static double[] Attributed(Network network, RowSource rows, string layer, AttributionMethod method, Target? target = null,
        RuntimeOptions? runtime = null, Func<TensorInfo, InputRows>? feed = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        target ??= Target.ArgMax;
        var options = new ExplanationOptions { Layer = layer, TargetName = null, ScoreName = null };
        var model = Explanation.Compile(network, method, target, options);
        var axis = Axes.Channels(network.Definition(network.TensorOf(layer)));
        long[] row = [.. model.Outputs[0].Shape!.Skip(1).Select(d => d.Value)];
        var (units, inner) = ((int)row[axis - 1], (int)Sizes.Count(row[axis..]));
        var (sums, count, numbers) = (new double[units], 0L, new List<double>());
        RowRun.Each(network, model, rows, target, runtime, feed, (_, some, ports) =>
        {
            numbers.Clear();
            RowRun.AppendTo(numbers, ports[0], some);
            var width = numbers.Count / some;
            var own = new double[units];
            for (var i = 0; i < some; i++)
            {
                Array.Clear(own);
                for (var j = 0; j < width; j++)
                    own[j / inner % units] += numbers[i * width + j];
                for (var unit = 0; unit < units; unit++)
                    sums[unit] += Math.Abs(own[unit]);
            }
            count += some;
        });
        return Array.ConvertAll(sums, s => s / count);
    }
}
