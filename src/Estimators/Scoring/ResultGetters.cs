using System.Reflection;
using Microsoft.ML.Data;

namespace Microsoft.ML.Introspection.Estimators.Scoring;

/// <summary>Getters in the type that the caller asked for.</summary>
internal static class ResultGetters
{
    /// <summary>A getter of an explanation column.</summary>
    /// <param name="scorer">Who has the results.</param>
    /// <param name="output">The number of the result.</param>
    /// <param name="type">The column's type.</param>
    /// <param name="place">The cursor's place.</param>
    public static Delegate Of(RowScorer scorer, int output, VectorDataViewType type, RowPlace place) =>
        (Delegate)typeof(ResultGetters).GetMethod(nameof(Make), BindingFlags.Static | BindingFlags.NonPublic)!
            .MakeGenericMethod(type.ItemType.RawType).Invoke(null, BindingFlags.DoNotWrapExceptions, null, [scorer, output, place], null)!;

    /// <summary>The getter as one of <typeparamref name="TValue"/>.</summary>
    /// <exception cref="InvalidOperationException">The column holds something else.</exception>
    public static ValueGetter<TValue> As<TValue>(Delegate getter, DataViewSchema.Column column) => getter as ValueGetter<TValue>
        ?? throw new InvalidOperationException($"The column '{column.Name}' holds {column.Type.RawType}, not {typeof(TValue)}.");

    private static Delegate Make<T>(RowScorer scorer, int output, RowPlace place) where T : unmanaged =>
        (ValueGetter<VBuffer<T>>)((ref VBuffer<T> value) => scorer.Write(output, place.Current, ref value));
}
