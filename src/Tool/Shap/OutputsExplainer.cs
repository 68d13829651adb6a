using System.Numerics.Tensors;

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
        var needed = target.Needed(OutputCount).ToArray();
        var (players, count) = (Players.Count, rows.Count * needed.Length);
        Compute(rows, needed, Room(ref _values, checked(count * players)), Room(ref _scores, count), progress, cancellation);
        if (result.Interactions is not null)
            ComputeInteractions(rows, needed, Room(ref _interactions, checked(count * players * players)), cancellation);

        double[] bases = [.. needed.Select(o => BaseValues[o])];
        for (var row = 0; row < rows.Count; row++)
        {
            var scores = OfRow(_scores, 1);
            for (var slot = 0; slot < result.Slots; slot++)
            {
                var at = row * result.Slots + slot;
                var (why, whyNot) = target.Pick(slot, scores, Class(rows, row, target));
                var places = (Array.IndexOf(needed, why), Array.IndexOf(needed, whyNot));
                result.Outputs[at] = why;
                Take(scores, places, result.Scores.AsSpan(at, 1));
                Take(bases, places, result.Bases.AsSpan(at, 1));
                Take(OfRow(_values, players), places, result.Values.AsSpan(at * players, players));
                if (result.Interactions is not null)
                    Take(OfRow(_interactions, players * players), places, result.Interactions.AsSpan(at * players * players, players * players));
            }

            ReadOnlySpan<double> OfRow(double[] all, int size) => all.AsSpan(row * needed.Length * size, needed.Length * size);
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

    /// <summary>A buffer, larger than before where it must be.</summary>
    protected static Span<double> Room(ref double[] buffer, int size)
    {
        if (buffer.Length < size)
            buffer = new double[size];
        return buffer.AsSpan(0, size);
    }

    // One output's numbers, less those of another where there is one.
    private static void Take(ReadOnlySpan<double> needed, (int Why, int WhyNot) places, Span<double> taken)
    {
        needed.Slice(places.Why * taken.Length, taken.Length).CopyTo(taken);
        if (places.WhyNot >= 0)
            TensorPrimitives.Subtract(taken, needed.Slice(places.WhyNot * taken.Length, taken.Length), taken);
    }
}
