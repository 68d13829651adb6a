using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Estimators.Columns;
using Microsoft.ML.Introspection.Estimators.Pipelines;

namespace Microsoft.ML.Introspection.Estimators.Shap;

/// <summary>Where a feature's values stand.</summary>
internal sealed record ShapFeature(ReadColumn Column, int Slot)
{
    public bool IsCategorical => Column.IsCategorical;

    public float Value => Column.Row[Slot];

    public string Text => Column.TextOf(Slot);
}

/// <summary>Looks for what explained features are in each row.</summary>
/// <param name="schema">The data's columns.</param>
/// <param name="explained">The vector that was explained; null if it was none.</param>
/// <param name="others">Columns that hold no features.</param>
internal sealed class ShapFeatureSearch(DataViewSchema schema, ReadColumn? explained, IReadOnlyList<string> others)
{
    private readonly Dictionary<int, ReadColumn> _columns = [];

    /// <summary>Finds a feature; null where there is no such thing, as of groups.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="slot">Its slot in the explained column; null where that has other slots.</param>
    public ShapFeature? Find(string name, int? slot)
    {
        if (explained is not null && slot is { } own)
            return new ShapFeature(explained, own);
        if (explained is not null && PlaceOf(explained.Names, name) is >= 0 and var place)
            return new ShapFeature(explained, place);
        // The last column of a name counts, but a block of one-hot slots has the text that it was made of for a value, which is hidden
        // behind it.
        foreach (var column in schema.Reverse())
        {
            if (others.Contains(column.Name) || !name.StartsWith(column.Name, StringComparison.Ordinal)
                || ColumnTypes.ItemOf(column.Type) is not (PrimitiveDataViewType or KeyDataViewType))
                continue;
            if (name.Length == column.Name.Length ? column.Type is VectorDataViewType : name[column.Name.Length] is not ('.' or '['))
                continue;
            var read = _columns.TryGetValue(column.Index, out var known) ? known : _columns[column.Index] = ReadColumn.Of(column);
            if (PlaceOf(read.FullNames, name) is >= 0 and var found)
                return new ShapFeature(read, found);
        }
        return null;
    }

    private static int PlaceOf(IReadOnlyList<string> names, string name)
    {
        for (var i = 0; i < names.Count; i++)
            if (names[i] == name)
                return i;
        return -1;
    }
}
