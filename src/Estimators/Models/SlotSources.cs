using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Estimators.Columns;

namespace Microsoft.ML.Introspection.Estimators.Models;

/// <summary>
/// Which columns of prepared data the slots of a feature column are, as far as names and values tell: Concatenate names slots after their
/// columns, but for those of columns whose slots have no names (hashes, embeddings, normalised counts).
/// </summary>
internal sealed class SlotSources
{
    private const int ComparedRows = 64;

    private SlotSources(IReadOnlyList<string> names, IReadOnlyList<string> columns) => (Names, Columns) = (names, columns);

    /// <summary>What the slots are called; none is blank.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>The column of every slot; its own name where none is known.</summary>
    public IReadOnlyList<string> Columns { get; }

    /// <summary>Looks for the columns; null where nothing tells, so that slots have but numbers.</summary>
    /// <param name="data">The data.</param>
    /// <param name="features">The feature column, a vector of known size.</param>
    public static SlotSources? Of(IDataView data, DataViewSchema.Column features)
    {
        var size = FeatureVectors.SizeOf(features.Type, features.Name);
        string[] names = [.. SlotNames.Read(features, size) ?? [.. Enumerable.Repeat("", size)]];
        var columns = new string?[size];
        if (names.Contains(""))
            FindByValues(data, features, names, columns);
        if (names.All(n => n.Length == 0))
            return null;
        string[] known =
            [.. data.Schema.Where(c => c.Index != features.Index).Select(c => c.Name).Distinct().OrderByDescending(n => n.Length)];
        for (var slot = 0; slot < size; slot++)
        {
            if (names[slot].Length == 0)
                names[slot] = $"{features.Name}[{slot}]";
            columns[slot] ??= known.FirstOrDefault(n => names[slot].StartsWith(n, StringComparison.Ordinal)
                && (names[slot].Length == n.Length || names[slot][n.Length] is '.' or '[')) ?? names[slot];
        }
        return new SlotSources(names, columns!);
    }

    // A run of slots without names is what columns without names hold, one behind the other.
    private static void FindByValues(IDataView data, DataViewSchema.Column features, string[] names, string?[] columns)
    {
        DataViewSchema.Column[] candidates = [.. data.Schema.Where(c => c.Index != features.Index && c.Type is VectorDataViewType vector
            && vector.IsKnownSize && vector.ItemType == NumberDataViewType.Single 
            && !SlotNames.Has(c, vector.Size) && vector.Size <= names.Length)];
        if (candidates.Length == 0)
            return;
        var rows = new List<(float[] Features, float[][] Others)>();
        using (var cursor = data.GetRowCursor([features, .. candidates]))
        {
            ValueGetter<VBuffer<float>>[] getters = [.. candidates.Prepend(features).Select(c => cursor.GetGetter<VBuffer<float>>(c))];
            VBuffer<float> value = default;
            while (rows.Count < ComparedRows && cursor.MoveNext())
            {
                float[][] read = [.. getters.Select(g =>
                {
                    g(ref value);
                    return value.DenseValues().ToArray();
                })];
                rows.Add((read[0], read[1..]));
            }
        }
        for (var slot = 0; slot < names.Length && rows.Count > 0;)
        {
            var end = slot;
            while (end < names.Length && names[end].Length == 0)
                end++;
            var found = Enumerable.Range(0, candidates.Length).Where(c => SizeOf(c) <= end - slot
                && rows.TrueForAll(r => r.Features.AsSpan(slot, SizeOf(c)).SequenceEqual(r.Others[c])))
                .OrderByDescending(SizeOf).Select(c => (int?)c).FirstOrDefault();
            if (found is not { } column)
            {
                slot++;
                continue;
            }
            for (var i = 0; i < SizeOf(column); i++)
                (names[slot + i], columns[slot + i]) = ($"{candidates[column].Name}[{i}]", candidates[column].Name);
            slot += SizeOf(column);
        }

        int SizeOf(int candidate) => ((VectorDataViewType)candidates[candidate].Type).Size;
    }
}
