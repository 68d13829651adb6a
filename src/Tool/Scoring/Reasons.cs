using System.Globalization;
using System.Numerics;
using Microsoft.ML.Introspection.Jobs;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Tool.Results;

namespace Microsoft.ML.Introspection.Tool.Scoring;

/// <summary>The features that weigh most in each row: the largest values, whatever their sign, the largest first.</summary>
internal sealed class Reasons
{
    private readonly (ResultPort Port, int Place, string Name)[] _features;
    private readonly IReadOnlyList<ResultPort> _ports;
    private readonly bool _areDoubles;
    private readonly double[] _sizes;
    private readonly int[] _top;

    private Reasons(ScoredExplanation explanation, int top)
    {
        _ports = [.. explanation.Parts.Select(p => p.Port)];
        _areDoubles = _ports.All(p => p.Type == ElementType.Double);
        _features = [.. explanation.Parts.SelectMany(p => p.Names.Select((name, place) => (p.Port, place, name)))];
        (_sizes, _top) = (new double[_features.Length], new int[Math.Min(top, _features.Length)]);
    }

    /// <summary>The columns of reasons: <c>reason1</c>, <c>reason1.value</c>, …</summary>
    /// <param name="explanation">What is said of each row.</param>
    /// <param name="top">How many reasons; there are no more than features.</param>
    /// <param name="prefix">What stands before the names.</param>
    public static IEnumerable<TableColumns> Columns(ScoredExplanation explanation, int top, string prefix)
    {
        var reasons = new Reasons(explanation, top);
        for (var i = 0; i < reasons._top.Length; i++)
        {
            var (rank, name) = (i, string.Create(CultureInfo.InvariantCulture, $"{prefix}reason{i + 1}"));
            yield return new([name], (row, _, cell) => cell(reasons._features[reasons.At(row, rank)].Name));
            yield return new([$"{name}.value"], (row, _, cell) =>
            {
                var (port, place, _) = reasons._features[reasons._top[rank]];
                port.Write(row, place, 1, cell);
            }, CellKind.Real)
            {
                WriteNumbers = !reasons._areDoubles ? null : (row, _, table) =>
                {
                    var (port, place, _) = reasons._features[reasons._top[rank]];
                    table.Number(port.Row<double>(row)[place]);
                },
            };
        }
    }

    // Columns are written in their order; the first of a row looks for all. Of equal sizes the earlier feature goes first.
    private int At(int row, int rank)
    {
        if (rank > 0)
            return _top[rank];
        var next = 0;
        foreach (var port in _ports)
        {
            Sizes(port, row, _sizes.AsSpan(next, port.Width));
            next += port.Width;
        }
        var held = 0;
        for (var feature = 0; feature < _sizes.Length; feature++)
        {
            var place = held;
            for (; place > 0 && _sizes[feature] > _sizes[_top[place - 1]]; place--)
                if (place < _top.Length)
                    _top[place] = _top[place - 1];
            if (place >= _top.Length)
                continue;
            _top[place] = feature;
            held = Math.Min(held + 1, _top.Length);
        }
        return _top[0];
    }

    private static void Sizes(ResultPort port, int row, Span<double> sizes)
    {
        switch (port.Type)
        {
            case ElementType.Double: Sizes(port.Row<double>(row), sizes); break;
            case ElementType.Float: Sizes(port.Row<float>(row), sizes); break;
            case ElementType.Float16: Sizes(port.Row<Half>(row), sizes); break;
            default: throw new NotSupportedException($"Values of type {port.Type} cannot be ranked.");
        }
    }

    // What is no number weighs nothing.
    private static void Sizes<T>(ReadOnlySpan<T> values, Span<double> sizes) where T : unmanaged, INumber<T>
    {
        for (var i = 0; i < sizes.Length; i++)
            sizes[i] = T.IsNaN(values[i]) ? -1 : Math.Abs(double.CreateTruncating(values[i]));
    }
}
