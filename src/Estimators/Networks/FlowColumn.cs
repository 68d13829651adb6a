using Microsoft.ML.Data;

namespace Microsoft.ML.Introspection.Estimators.Networks;

/// <summary>
/// A column at one place of a pipeline. Steps overwrite columns under the same name; these are columns of their own here.
/// </summary>
/// <param name="column">What ML.NET's schema says of it.</param>
/// <param name="maker">The step that makes it; null for a column of the data.</param>
internal sealed class FlowColumn(DataViewSchema.Column column, FlowStep? maker)
{
    /// <summary>Its name.</summary>
    public string Name => column.Name;

    /// <summary>What ML.NET's schema says of it.</summary>
    public DataViewSchema.Column Column => column;

    /// <summary>The step that makes it; null for a column of the data.</summary>
    public FlowStep? Maker => maker;

    /// <summary>The columns that it is made of, in the order that its step wants.</summary>
    public IReadOnlyList<FlowColumn> Inputs { get; init; } = [];

    /// <summary>How it is written in operators.</summary>
    public StepPlan Plan { get; init; } = StepPlan.Not("it is a column of the data");

    /// <summary>Where it is made: -1 for the data.</summary>
    public int Place => maker?.Number ?? -1;

    /// <summary>Its items.</summary>
    public DataViewType Item => column.Type is VectorDataViewType vector ? vector.ItemType : column.Type;

    /// <summary>How many numbers it holds; null where that varies from row to row.</summary>
    public int? Size => column.Type is not VectorDataViewType vector ? 1 : vector.IsKnownSize ? vector.Size : null;

    /// <summary>The column and all that it is made of.</summary>
    public IEnumerable<FlowColumn> Ancestry()
    {
        var seen = new HashSet<FlowColumn> { this };
        var open = new Stack<FlowColumn>(seen);
        while (open.TryPop(out var next))
        {
            yield return next;
            foreach (var input in next.Inputs)
                if (seen.Add(input))
                    open.Push(input);
        }
    }
}

/// <summary>A step of a fitted pipeline, in its place.</summary>
/// <param name="Number">Its place, from 0.</param>
/// <param name="Transformer">The step.</param>
internal sealed record FlowStep(int Number, ITransformer Transformer)
{
    private object? _held;

    /// <summary>What the step holds, read once for all of its columns.</summary>
    public T Held<T>(Func<T> read) => ((Lazy<T>)(_held ??= new Lazy<T>(read))).Value;

    /// <summary>What the step is called in messages.</summary>
    public string Name => Transformer.GetType().Name.Split('`')[0];
}
