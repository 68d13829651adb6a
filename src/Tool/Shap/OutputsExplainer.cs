namespace Microsoft.ML.Introspection.Tool.Shap;

/// <summary>Algorithms that explain several outputs at once, of which the target then takes its own.</summary>
internal abstract class OutputsExplainer : ShapExplainer
{
    private double[] _values = [];
    private double[] _scores = [];
    private double[] _interactions = [];

    /// <summary>What the values of each output start from.</summary>
    protected abstract IReadOnlyList<double> BaseValues { get; }

    public sealed override void Explain(RowBlock rows, ShapTarget target, ShapResult result, Action<double> progress, CancellationToken cancellation)
    {
        var (needed, players) = (target.Needed(OutputCount), Players.Count);
        var count = rows.Count * needed.Count;
        Grow(ref _scores, count);
        Grow(ref _values, checked(count * players));
        Compute(rows, needed, _values.AsSpan(0, count * players), _scores.AsSpan(0, count), progress, cancellation);
        if (result.Interactions is not null)
        {
            Grow(ref _interactions, checked(count * players * players));
            ComputeInteractions(rows, needed, _interactions.AsSpan(0, count * players * players), cancellation);
        }

        double[] bases = [.. needed.Select(o => BaseValues[o])];
        for (var row = 0; row < rows.Count; row++)
        {
            var scores = _scores.AsSpan(row * needed.Count, needed.Count);
            for (var slot = 0; slot < result.Slots; slot++)
            {
                var (at, output) = (row * result.Slots + slot, target.Output(slot, scores, Class(rows, row, target)));
                result.Outputs[at] = output;
                target.Take(output, scores, result.Scores.AsSpan(at, 1));
                target.Take(output, bases, result.Bases.AsSpan(at, 1));
                target.Take(output, Of(_values, players), result.Values.AsSpan(at * players, players));
                if (result.Interactions is not null)
                    target.Take(output, Of(_interactions, players * players), result.Interactions.AsSpan(at * players * players, players * players));
            }

            ReadOnlySpan<double> Of(double[] all, int size) => all.AsSpan(row * needed.Count * size, needed.Count * size);
        }
    }

    /// <summary>Explains rows.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="outputs">The outputs to explain.</param>
    /// <param name="values">Where to write, shape [N, outputs, players].</param>
    /// <param name="scores">Where to write what the model says, shape [N, outputs].</param>
    /// <param name="progress">Is told the share that is done.</param>
    /// <param name="cancellation">Stops the work.</param>
    protected abstract void Compute(
        RowBlock rows, IReadOnlyList<int> outputs, Span<double> values, Span<double> scores, Action<double> progress, CancellationToken cancellation);

    /// <summary>Explains rows by pairs.</summary>
    protected virtual void ComputeInteractions(RowBlock rows, IReadOnlyList<int> outputs, Span<double> values, CancellationToken cancellation) =>
        throw new NotSupportedException("This algorithm gives no interaction values.");

    /// <summary>Takes some outputs out of numbers of all.</summary>
    /// <param name="all">Shape [N, all outputs, size].</param>
    /// <param name="outputs">The outputs to take.</param>
    /// <param name="size">How many numbers an output has.</param>
    /// <param name="taken">Where to write, shape [N, outputs, size].</param>
    protected void TakeOutputs(ReadOnlySpan<double> all, IReadOnlyList<int> outputs, int size, Span<double> taken)
    {
        for (var block = 0; block < taken.Length / size; block++)
            all.Slice((block / outputs.Count * OutputCount + outputs[block % outputs.Count]) * size, size).CopyTo(taken[(block * size)..]);
    }

    private static void Grow(ref double[] buffer, int size)
    {
        if (buffer.Length < size)
            buffer = new double[size];
    }
}
