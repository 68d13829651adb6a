// Offline stand-in for ML.NET, used where no NuGet source has the real packages; not shipped.
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

internal static class ActiveColumns
{
    public static bool[] Of(IEnumerable<DataViewSchema.Column> columns, DataViewSchema schema)
    {
        Contracts.CheckValue(columns, nameof(columns));
        var active = new bool[schema.Count];
        foreach (var column in columns)
        {
            Contracts.Check(column.Index < active.Length, $"Column '{column.Name}' is not part of this schema.");
            active[column.Index] = true;
        }
        return active;
    }

    public static Delegate GetterAsDelegate(this DataViewRow row, DataViewSchema.Column column)
        => GenericCall.Invoke<Delegate>(typeof(ActiveColumns), nameof(GetterOf), column.Type.RawType, row, column);

    private static Delegate GetterOf<T>(DataViewRow row, DataViewSchema.Column column) => row.GetGetter<T>(column);
}
