using System.Numerics;
using System.Runtime.InteropServices;
using Microsoft.ML.Introspection.Jobs;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Features;

/// <summary>Takes the statistics of what a graph gives for each row.</summary>
internal sealed class StatisticsSink : MemorySink
{
    // Numbers that are worth a thread's while.
    private const int Least = 1 << 14;

    private readonly NetworkStatistics _statistics;
    private readonly (ResultPort Numbers, ResultPort? Products)[] _ports;
    private readonly ResultPort? _classes;
    private readonly int[] _taken;
    private readonly (int Tensor, int First, int End)[] _parts;

    public StatisticsSink(NetworkStatistics statistics, IReadOnlyList<ResultPort> ports, StatisticsOptions options, long? rows)
    {
        var byName = ports.ToDictionary(p => p.Name);
        _statistics = statistics;
        _ports = [.. statistics.Tensors.Select((_, i) => (
            byName[StatisticsGraph.NameOf(i, "numbers")], byName.GetValueOrDefault(StatisticsGraph.NameOf(i, "products"))))];
        _classes = options.ByClass ? byName[StatisticsGraph.ClassName] : null;
        _taken = QuantileSample.Of(statistics, options, rows);
        _parts = [.. statistics.Tensors.SelectMany((t, i) => Enumerable.Range(0, t.Units)
            .Chunk(Math.Max(1, Least / t.Positions)).Select(units => (i, units[0], units[^1] + 1)))];
    }

    public override void Append(long first, int rows, IReadOnlyList<string[]> carried)
    {
        var means = Array.ConvertAll([.. _statistics.Tensors], t => new double[rows * t.Units]);
        // Units apart, so that each sketch sees its numbers in the order of the rows.
        Parallel.ForEach(_parts, part =>
        {
            if (_ports[part.Tensor].Numbers.Type == ElementType.Double)
                Add<double>(part, first, rows, means[part.Tensor]);
            else
                Add<float>(part, first, rows, means[part.Tensor]);
        });
        for (var tensor = 0; tensor < _ports.Length; tensor++)
        {
            var (of, products) = (_statistics.Tensors[tensor], _ports[tensor].Products);
            for (var row = 0; row < rows; row++)
            {
                var label = _classes?.Row<long>(row)[0];
                var own = means[tensor].AsSpan(row * of.Units, of.Units);
                if (_ports[tensor].Numbers.Type == ElementType.Double)
                    of.AddRow(own, products is null ? default : products.Row<double>(row), label);
                else
                    of.AddRow(own, products is null ? default : products.Row<float>(row), label);
            }
        }
        _statistics.Settle();
    }

    private void Add<T>((int Tensor, int First, int End) part, long first, int rows, double[] means) where T : unmanaged, INumber<T>
    {
        var (of, taken) = (_statistics.Tensors[part.Tensor], _taken[part.Tensor]);
        var (positions, sampled) = (of.Positions, new float[taken]);
        var all = MemoryMarshal.Cast<byte, T>(_ports[part.Tensor].Numbers.Bytes(rows));
        for (var unit = part.First; unit < part.End; unit++)
        {
            for (var row = 0; row < rows; row++)
            {
                var numbers = all.Slice((row * of.Units + unit) * positions, positions);
                means[row * of.Units + unit] = of.Add(unit, numbers, QuantileSample.Take(numbers, first + row, sampled)).Mean;
            }
        }
    }
}
