using Microsoft.ML.Introspection.Runtime;

namespace Microsoft.ML.Introspection.Estimators.Scoring;

/// <summary>Where the rows of a batch are put, input by input.</summary>
internal interface IRowMemory
{
    /// <summary>The number of elements of one row of an input.</summary>
    int Size(int input);

    /// <summary>Where to write a row of an input.</summary>
    Span<T> Row<T>(int input, int row) where T : unmanaged;
}

/// <summary>The memory that ONNX Runtime reads.</summary>
internal sealed class RunnerMemory(BatchRunner runner) : IRowMemory
{
    public int Size(int input) => runner.InputSize(input);

    public Span<T> Row<T>(int input, int row) where T : unmanaged => runner.InputRow<T>(input, row);
}
