using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Estimators.Columns;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Estimators.Saving;

/// <summary>
/// Which columns come out, before there is data. Third parties cannot make the parts of a schema shape; a mapping that does nothing can.
/// </summary>
internal static class PromisedColumns
{
    /// <summary>The columns that there are with vectors added to them.</summary>
    /// <param name="catalog">The catalog that makes the mapping.</param>
    /// <param name="added">The vectors' names and types.</param>
    /// <param name="schema">The columns that there are.</param>
    public static SchemaShape Add(TransformsCatalog catalog, IEnumerable<(string Name, ElementType Type)> added, SchemaShape schema)
    {
        foreach (var (name, type) in added)
        {
            var column = SchemaDefinition.Create(typeof(Vectors));
            column.RemoveAll(c => c.MemberName != type.ToString());
            // Name and kind are all that a schema shape tells, so one item will do.
            (column[0].ColumnName, column[0].ColumnType) = (name, ColumnTypes.RowOf(type, Shape.Of(1)));
            schema = catalog.CustomMapping<Nothing, Vectors>((_, _) => { }, null, null, column).GetOutputSchema(schema);
        }
        return schema;
    }

    private sealed class Nothing;

    private sealed class Vectors
    {
        public float[]? Float { get; set; }

        public double[]? Double { get; set; }

        public sbyte[]? Int8 { get; set; }

        public byte[]? UInt8 { get; set; }

        public short[]? Int16 { get; set; }

        public ushort[]? UInt16 { get; set; }

        public int[]? Int32 { get; set; }

        public uint[]? UInt32 { get; set; }

        public long[]? Int64 { get; set; }

        public ulong[]? UInt64 { get; set; }

        public bool[]? Bool { get; set; }
    }
}
