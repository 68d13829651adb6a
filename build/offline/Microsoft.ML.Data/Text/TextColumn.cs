// Offline stand-in for ML.NET, used where no NuGet source has the real packages; not shipped.
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>A column with the runs of fields that it is read from, as (first, end), where an end of null is that of the line.</summary>
internal sealed record TextColumn(string Name, PrimitiveDataViewType ItemType, (int Min, int? Lim)[] Runs, bool IsVector)
{
    public DataViewType Type
        => !IsVector ? ItemType
            : Runs.Any(run => run.Lim == null) ? new VectorDataViewType(ItemType)
            : new VectorDataViewType(ItemType, Runs.Sum(run => run.Lim.Value - run.Min));

    public static TextColumn Of(TextLoader.Column column, int lineSize)
    {
        Contracts.CheckNonWhiteSpace(column.Name, nameof(column.Name));
        PrimitiveDataViewType item = ColumnTypes.Of(column.DataKind == default ? DataKind.Single : column.DataKind);
        if (column.KeyCount is { Count: { } count })
            item = new KeyDataViewType(item.RawType, count);
        var runs = column.Source.Select(range => Run(range, lineSize)).ToArray();
        var sorted = runs.OrderBy(run => run.Min).ToArray();
        for (var i = 1; i < sorted.Length; i++)
            Contracts.CheckParam(sorted[i - 1].Lim <= sorted[i].Min, nameof(column.Source), $"Column '{column.Name}' takes a field twice.");
        var isVector = column.Source.Any(range => range.VariableEnd) || column.Source[0].ForceVector || column.Source[0].AutoEnd
            || runs.Sum(run => run.Lim - run.Min) > 1;
        return new TextColumn(column.Name.Trim(), item, runs, isVector);
    }

    /// <summary>Which field goes into which slot, for a line of so many fields.</summary>
    public IEnumerable<(int Field, int Slot)> Slots(int lineSize)
    {
        var slot = 0;
        foreach (var (min, lim) in Runs)
        {
            for (var field = min; field < (lim ?? lineSize); field++)
                yield return (field, slot++);
        }
    }

    private static (int Min, int? Lim) Run(TextLoader.Range range, int lineSize)
    {
        Contracts.CheckParam(range.Min >= 0, nameof(range.Min));
        if (range.AllOther)
            throw new NotSupportedException("This stand-in for ML.NET reads no column of all other fields.");
        if (range.Max is { } max)
        {
            Contracts.CheckParam(max >= range.Min, nameof(range.Max));
            return (range.Min, max + 1);
        }
        if (range.VariableEnd && !range.AutoEnd)
            return (range.Min, null);
        if (!range.AutoEnd)
            return (range.Min, range.Min + 1);
        Contracts.CheckParam(range.Min < lineSize, nameof(range.Min), $"There is no field {range.Min}; the lines have {lineSize}.");
        return (range.Min, lineSize);
    }
}
