using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Estimators.Networks;

/// <summary>How a column that a step makes is written in operators, settled before there is a graph.</summary>
internal sealed record StepPlan
{
    private StepPlan() { }

    /// <summary>The columns that it reads, by name; null where it is not written, so that ML.NET has to say it.</summary>
    public IReadOnlyList<string>? Inputs { get; private init; }

    /// <summary>Writes the column.</summary>
    public Func<IReadOnlyList<PipelineValue>, PipelineValue>? Write { get; private init; }

    /// <summary>The row shape that an input wants where it comes from outside, by the input's number; null where any will do.</summary>
    public Func<int, Shape?> RowOf { get; init; } = _ => null;

    /// <summary>The operator set that it needs; 0 for any.</summary>
    public int Opset { get; init; }

    /// <summary>Whether it can be made of one row at a time only.</summary>
    public bool FixesRows { get; init; }

    /// <summary>Whether the column is its only input under another name.</summary>
    public bool IsCopy { get; private init; }

    /// <summary>Why it is not written; empty where nothing is to be said.</summary>
    public string WhyNot { get; private init; } = "";

    /// <summary>Whether it can be written.</summary>
    public bool IsWritten => Write is not null;

    /// <summary>A column made of others.</summary>
    public static StepPlan Of(IReadOnlyList<string> inputs, Func<IReadOnlyList<PipelineValue>, PipelineValue> write) =>
        new() { Inputs = inputs, Write = write };

    /// <summary>A column made of the numbers of another, [N, slots].</summary>
    public static StepPlan Of(string input, Func<Value, Value> write) =>
        new() { Inputs = [input], Write = values => new PipelineValue(write(values[0].Flat)) };

    /// <summary>The same column under another name.</summary>
    public static StepPlan Copy(string input) => new() { Inputs = [input], Write = values => values[0], IsCopy = true };

    /// <summary>A column that is not written.</summary>
    /// <param name="why">Why, as the end of a sentence; empty where there is nothing to say.</param>
    public static StepPlan Not(string why) => new() { WhyNot = why };
}

/// <summary>The values of a column in a graph.</summary>
/// <param name="Value">Shape [N, …].</param>
internal sealed record PipelineValue(Value Value)
{
    /// <summary>Shape [N, slots], last axis fastest.</summary>
    public Value Flat => Value.Rank == 2 ? Value : Value.Reshape(0, -1);

    /// <summary>The rows in a shape.</summary>
    /// <param name="row">The extents behind the rows.</param>
    public Value As(Shape row) => Value.Shape.Skip(1).SequenceEqual(row) ? Value
        : Value.Reshape([0, .. row.Select(d => d.Value)]);
}
