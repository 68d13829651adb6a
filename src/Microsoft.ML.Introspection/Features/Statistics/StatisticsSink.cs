using Microsoft.ML.Introspection.Jobs;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Features;

/// <summary>Takes what a graph of statistics tells of each row.</summary>
internal sealed class StatisticsSink : MemorySink
{
    private readonly NetworkStatistics _statistics;
    private readonly (ResultPort Moments, ResultPort Numbers, ResultPort? Products)[] _ports;
    private readonly ResultPort? _classes;

    public StatisticsSink(NetworkStatistics statistics, IReadOnlyList<ResultPort> ports, StatisticsOptions options)
    {
        var byName = ports.ToDictionary(p => p.Name);
        _statistics = statistics;
        _ports = [.. statistics.Tensors.Select((_, i) => (byName[StatisticsGraph.NameOf(i, "moments")],
            byName[StatisticsGraph.NameOf(i, "numbers")], byName.GetValueOrDefault(StatisticsGraph.NameOf(i, "products"))))];
        _classes = options.ByClass ? byName[StatisticsGraph.ClassName] : null;
    }

    public override void Append(long first, int rows, IReadOnlyList<string[]> carried)
    {
        // Units apart, so that each sketch sees its numbers in the order of the rows.
        for (var tensor = 0; tensor < _ports.Length; tensor++)
        {
            var (of, (moments, numbers, products)) = (_statistics.Tensors[tensor], _ports[tensor]);
            for (var row = 0; row < rows; row++)
            {
                var label = _classes?.Row<long>(row)[0];
                if (moments.Type == ElementType.Double)
                    of.Add(moments.Row<double>(row), products is null ? default : products.Row<double>(row), label);
                else
                    of.Add(moments.Row<float>(row), products is null ? default : products.Row<float>(row), label);
            }
            var width = numbers.Width / of.Units;
            Parallel.For(0, of.Units, unit =>
            {
                for (var row = 0; row < rows; row++)
                    of.AddNumbers(unit, numbers.Row<float>(row).Slice(unit * width, width));
            });
        }
        _statistics.Settle();
    }
}
