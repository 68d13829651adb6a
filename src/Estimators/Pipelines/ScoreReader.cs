using System.Numerics;
using System.Reflection;
using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Estimators.Columns;
using Microsoft.ML.Introspection.Estimators.Models;

namespace Microsoft.ML.Introspection.Estimators.Pipelines;

/// <summary>Reads the scores of a pipeline's current row.</summary>
internal abstract class ScoreReader
{
    /// <summary>The column that models write their scores to.</summary>
    public const string Score = "Score";

    /// <summary>Writes the scores.</summary>
    public abstract void Read(Span<double> scores);

    /// <summary>Finds the output column.</summary>
    /// <param name="schema">The pipeline's output columns.</param>
    /// <param name="name">The column's name; null for Score.</param>
    /// <exception cref="ArgumentException">There is no such column, or it holds no scores.</exception>
    public static DataViewSchema.Column Find(DataViewSchema schema, string? name)
    {
        var column = schema.GetColumnOrNull(name ?? Score);
        if (column is { Type: var type } && IsNumber(ColumnTypes.ItemOf(type)) && type is not VectorDataViewType { IsKnownSize: false })
            return column.Value;
        var candidates =
            schema.Where(
                c => !c.IsHidden && IsNumber(ColumnTypes.ItemOf(c.Type)) && c.Type is not VectorDataViewType { IsKnownSize: false })
                .Select(c => c.Name);
        throw new ArgumentException(
            (column is null ? $"The pipeline has no output column '{name ?? Score}'"
                : $"The output column '{name ?? Score}' is of type {column.Value.Type}") +
            $"; numbers or a vector of them, of known size, were expected. Columns that would do: {Listing.Of(candidates)}.", nameof(name));
    }

    /// <summary>The names of the scores.</summary>
    public static IReadOnlyList<string> Names(DataViewSchema.Column column) => column.Type is not VectorDataViewType vector ? [column.Name]
        : ClassNames.Of(column) ?? [.. Enumerable.Range(0, vector.Size).Select(i => $"{column.Name}[{i}]")];

    /// <summary>Makes a reader.</summary>
    public static ScoreReader Of(DataViewRow row, DataViewSchema.Column column) =>
        (ScoreReader)typeof(ScoreReader).GetMethod(column.Type is VectorDataViewType ? nameof(OfVectors) : nameof(OfValues),
            BindingFlags.Static | BindingFlags.NonPublic)!
            .MakeGenericMethod(ColumnTypes.ItemOf(column.Type).RawType).Invoke(null, BindingFlags.DoNotWrapExceptions, null, [row, column],
                null)!;

    private static ScoreReader OfValues<T>(DataViewRow row, DataViewSchema.Column column) where T : unmanaged, INumberBase<T> =>
        new Values<T>(row.GetGetter<T>(column));

    private static ScoreReader OfVectors<T>(DataViewRow row, DataViewSchema.Column column) where T : unmanaged, INumberBase<T> =>
        new Vectors<T>(row.GetGetter<VBuffer<T>>(column), column.Name);

    private static bool IsNumber(DataViewType type) => type is NumberDataViewType;

    private sealed class Values<T>(ValueGetter<T> getter) : ScoreReader where T : unmanaged, INumberBase<T>
    {
        public override void Read(Span<double> scores)
        {
            T value = default;
            getter(ref value);
            scores[0] = double.CreateSaturating(value);
        }
    }

    private sealed class Vectors<T>(ValueGetter<VBuffer<T>> getter, string name) : ScoreReader where T : unmanaged, INumberBase<T>
    {
        private VBuffer<T> _value;

        public override void Read(Span<double> scores)
        {
            getter(ref _value);
            if (_value.Length != scores.Length)
                throw new InvalidOperationException(
                    $"A vector of the output column '{name}' has {_value.Length} items; the column's type says {scores.Length}.");
            if (!_value.IsDense)
                scores.Clear();
            var values = _value.GetValues();
            var indices = _value.GetIndices();
            for (var i = 0; i < values.Length; i++)
                scores[_value.IsDense ? i : indices[i]] = double.CreateSaturating(values[i]);
        }
    }
}
