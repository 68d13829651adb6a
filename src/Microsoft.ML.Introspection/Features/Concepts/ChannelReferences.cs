using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Jobs;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Rows;
using Microsoft.ML.Introspection.Runtime;

namespace Microsoft.ML.Introspection.Features;

/// <summary>By what the rows that stand for a channel are chosen.</summary>
/// <param name="IsRelevance">By relevance (RelMax) or by activation (ActMax).</param>
/// <param name="IsSum">By the sum over positions, or by the largest.</param>
public sealed record ReferenceCriterion(bool IsRelevance, bool IsSum)
{
    /// <summary>All four.</summary>
    public static IReadOnlyList<ReferenceCriterion> All { get; } = [new(true, true), new(true, false), new(false, true), new(false, false)];

    /// <summary>The name that zennit-crp's folders have: <c>RelMax_sum_normed</c>.</summary>
    public override string ToString() => $"{(IsRelevance ? "RelMax" : "ActMax")}_{(IsSum ? "sum" : "max")}_normed";
}

/// <summary>The rows that stand for each channel of a layer, best first; of equally good ones, the lower row first.</summary>
/// <param name="Layer">The layer.</param>
/// <param name="Criterion">By what they were chosen.</param>
/// <param name="Rows">For each channel the rows' numbers.</param>
/// <param name="Values">Their values, over the sum of absolute values of all channels of the same row.</param>
/// <param name="Positions">The position of the largest value in the channel's map, last axis fastest; the first of equal ones.</param>
public sealed record ReferenceRows(string Layer, ReferenceCriterion Criterion, IReadOnlyList<long[]> Rows, IReadOnlyList<double[]> Values,
    IReadOnlyList<long[]> Positions);

/// <summary>
/// RelMax and ActMax: for every channel the rows in which it matters most to the score, or is most active. Achtibat et al. 2023,
/// doi:10.1038/s42256-023-00711-8.
/// </summary>
public static class ChannelReferences
{
    /// <summary>Collects them in one pass over rows.</summary>
    /// <param name="network">The network.</param>
    /// <param name="rows">The rows, before the first.</param>
    /// <param name="layers">The layers.</param>
    /// <param name="target">The score whose relevance it is: as a rule, that of the row's label.</param>
    /// <param name="count">How many rows for each channel.</param>
    /// <param name="relevance">How relevance is propagated; null for ε-plus.</param>
    /// <param name="runtime">Where to run.</param>
    /// <param name="feed">Where the numbers of an input come from; null for the tensor of its name, or the first.</param>
    /// <returns>For each layer, one for each of <see cref="ReferenceCriterion.All"/>.</returns>
    /// <exception cref="ArgumentException">A layer is unknown, or has no rows of known extents.</exception>
    /// <exception cref="UnsupportedOperatorException">Relevance would have to pass an operator without a rule.</exception>
    public static IReadOnlyList<ReferenceRows> Collect(Network network, RowSource rows, IReadOnlyList<string> layers, Target target,
        int count = 40, LayerwiseRelevance? relevance = null, RuntimeOptions? runtime = null, Func<TensorInfo, InputRows>? feed = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(layers);
        ArgumentNullException.ThrowIfNull(target);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        var question = RowRun.Ask(network, target);
        var (outputs, best) = (new List<(string, Value)>(), new List<Best>());
        foreach (var layer in layers)
        {
            var activation = ChannelRelevance.ByChannel(question, layer, RowRun.Checked(network, question.Trace, layer));
            var relevant = ChannelRelevance.Maps(question, layer, relevance ?? new LayerwiseRelevance());
            foreach (var criterion in ReferenceCriterion.All)
            {
                var maps = criterion.IsRelevance ? relevant : activation;
                var values = criterion.IsSum ? maps.SumInOrder(2).Squeeze(2) : maps.ReduceMax([2], keepDimensions: false);
                var number = best.Count;
                best.Add(new Best(layer, criterion, (int)values.Shape[1].Value, count));
                outputs.Add(($"values {number}", ChannelRelevance.Normed(values)));
                outputs.Add(($"positions {number}", maps.ArgMax(2, keepDimensions: false)));
            }
        }
        RowRun.Each(network, question.Graph.ToModel(outputs, keepAllInputs: true), rows, target, runtime, feed, (first, taken, ports) =>
        {
            var (numbers, byName) = (new List<double>(), ports.ToDictionary(p => p.Name));
            for (var i = 0; i < best.Count; i++)
            {
                numbers.Clear();
                RowRun.AppendTo(numbers, byName[$"values {i}"], taken);
                for (var row = 0; row < taken; row++)
                    best[i].Take(first + row, numbers, row, byName[$"positions {i}"].Row<long>(row));
            }
        });
        return [.. best.Select(b => b.Done())];
    }

    /// <summary>
    /// How relevant each channel of layers is in each row: shares of the row's relevance, which sum to 1 without their signs.
    /// </summary>
    /// <param name="network">The network.</param>
    /// <param name="rows">The rows, before the first.</param>
    /// <param name="layers">The layers.</param>
    /// <param name="target">The score whose relevance it is.</param>
    /// <param name="relevance">How relevance is propagated, under which conditions; null for ε-plus.</param>
    /// <param name="runtime">Where to run.</param>
    /// <param name="feed">Where the numbers of an input come from; null for the tensor of its name, or the first.</param>
    /// <param name="shard">Which rows; null for all.</param>
    /// <returns>For each layer shape [rows, channels].</returns>
    /// <inheritdoc cref="Collect" path="/exception"/>
    public static IReadOnlyList<LayerActivations> Relevances(Network network, RowSource rows, IReadOnlyList<string> layers, Target target,
        LayerwiseRelevance? relevance = null, RuntimeOptions? runtime = null, Func<TensorInfo, InputRows>? feed = null,
        Shard? shard = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(layers);
        ArgumentNullException.ThrowIfNull(target);
        var model = Explanation.Compile(network, [.. layers.Select((layer, i) =>
            new Ask(new ChannelRelevance(layer, relevance, IsNormed: true), target, $"relevance {i}"))]).Model;
        var (found, widths) = (layers.Select(_ => new List<double>()).ToList(), new long[layers.Count]);
        RowRun.Each(network, model, rows, target, runtime, feed, (_, count, ports) =>
        {
            foreach (var port in ports)
            {
                if (!port.Name.StartsWith("relevance ", StringComparison.Ordinal))
                    continue;
                var layer = int.Parse(port.Name["relevance ".Length..], System.Globalization.CultureInfo.InvariantCulture);
                widths[layer] = port.Width;
                RowRun.AppendTo(found[layer], port, count);
            }
        }, shard);
        return [.. layers.Select((layer, i) => new LayerActivations(layer, [widths[i]], [.. found[i]]))];
    }

    /// <summary>
    /// Writes collections as zennit-crp does: a folder for each criterion, in it for each layer <c>…_data.npy</c> (rows), <c>…_rel.npy</c>
    /// (values) and <c>…_rf.npy</c> (positions), shape [rows, channels].
    /// </summary>
    /// <param name="folder">The folder; it is made where it is not there.</param>
    /// <param name="references">The collections.</param>
    public static void Save(string folder, IReadOnlyList<ReferenceRows> references)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentNullException.ThrowIfNull(references);
        foreach (var r in references)
        {
            var (own, channels, count) = (Path.Combine(folder, r.Criterion.ToString()), r.Rows.Count, r.Rows[0].Length);
            Directory.CreateDirectory(own);
            var name = string.Concat(r.Layer.Trim('/').Select(c => char.IsLetterOrDigit(c) || c is '.' or '-' or '_' ? c : '_'));
            NpyArray.From(Across(r.Rows), count, channels).Save(Path.Combine(own, name + "_data.npy"));
            NpyArray.From(Across(r.Values), count, channels).Save(Path.Combine(own, name + "_rel.npy"));
            NpyArray.From(Across(r.Positions), count, channels).Save(Path.Combine(own, name + "_rf.npy"));
        }
    }

    private static T[] Across<T>(IReadOnlyList<T[]> channels) =>
        [.. Enumerable.Range(0, channels[0].Length).SelectMany(i => channels.Select(c => c[i]))];

    // The best rows of each channel, in order.
    private sealed class Best(string layer, ReferenceCriterion criterion, int channels, int count)
    {
        private readonly List<(double Value, long Row, long Position)>[] _best = [.. Enumerable.Range(0, channels).Select(_ =>
            new List<(double, long, long)>())];

        public void Take(long row, List<double> values, int place, ReadOnlySpan<long> positions)
        {
            for (var channel = 0; channel < channels; channel++)
            {
                var (value, own) = (values[place * channels + channel], _best[channel]);
                if (double.IsNaN(value) || own.Count == count && value <= own[^1].Value)
                    continue;
                // Behind all that are as good: rows come in order.
                var (low, high) = (0, own.Count);
                while (low < high)
                {
                    var middle = (low + high) / 2;
                    (low, high) = own[middle].Value >= value ? (middle + 1, high) : (low, middle);
                }
                own.Insert(low, (value, row, positions[channel]));
                if (own.Count > count)
                    own.RemoveAt(count);
            }
        }

        public ReferenceRows Done()
        {
            // Rows of NaN are in no list: all are cut to the shortest.
            var common = _best.Min(b => b.Count);
            return new ReferenceRows(layer, criterion, [.. _best.Select(b => b.Take(common).Select(e => e.Row).ToArray())],
                [.. _best.Select(b => b.Take(common).Select(e => e.Value).ToArray())],
                [.. _best.Select(b => b.Take(common).Select(e => e.Position).ToArray())]);
        }
    }
}
