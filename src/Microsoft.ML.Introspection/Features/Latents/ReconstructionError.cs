using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Features;

/// <summary>How what a network makes of a number is told from the number.</summary>
public enum ErrorMeasure
{
    /// <summary>The square of what lies between.</summary>
    Squared,

    /// <summary>Its magnitude.</summary>
    Absolute,

    /// <summary>The copy less the original.</summary>
    Signed,
}

/// <summary>Over what errors are averaged.</summary>
public enum ErrorMean
{
    /// <summary>Nothing: an error for each number of the row.</summary>
    None,

    /// <summary>Channels: a map, shape [N, D₁, …].</summary>
    Channels,

    /// <summary>All of a row: a single number, shape [N, 1].</summary>
    Row,
}

/// <summary>
/// How far the copy that a network (an autoencoder, say) makes of a row lies from the row, number by number: where it shows what the
/// network has not learned, anomalies first of all.
/// </summary>
/// <param name="Reconstruction">The output that is the copy; null for the only one that has the shape of the row.</param>
/// <param name="Measure">How the two are told apart.</param>
/// <param name="Mean">Over what errors are averaged.</param>
public sealed record ReconstructionError(
    string? Reconstruction = null, ErrorMeasure Measure = ErrorMeasure.Squared, ErrorMean Mean = ErrorMean.None) : Reading
{
    /// <summary>How the two are told apart.</summary>
    public ErrorMeasure Measure { get; init; } = Enum.IsDefined(Measure) ? Measure
        : throw new ArgumentOutOfRangeException(nameof(Measure), Measure, "There is no such measure.");

    /// <summary>Over what errors are averaged.</summary>
    public ErrorMean Mean { get; init; } = Enum.IsDefined(Mean) ? Mean
        : throw new ArgumentOutOfRangeException(nameof(Mean), Mean, "There is no such mean.");

    /// <inheritdoc/>
    public override IReadOnlyList<Value> Read(Question question)
    {
        ArgumentNullException.ThrowIfNull(question);
        var copy = Copy(question);
        var away = copy.Cast(question.Input.Type).Reshape([-1, .. question.Input.Shape.Skip(1).Select(d => d.Value)]) - question.Input;
        var errors = Measure switch
        {
            ErrorMeasure.Squared => away * away,
            ErrorMeasure.Absolute => away.Abs(),
            _ => away,
        };
        if (Mean == ErrorMean.None)
            return [errors];
        if (Mean == ErrorMean.Row)
            return [errors.Reshape(-1, Question.SizeOf([.. errors.Shape.Skip(1).Select(d => d.Value)])).ReduceMean([1])];
        if (errors.Rank < 3)
            throw new ArgumentException($"Rows of shape {errors.Shape} have no channels to average over; say a mean of another kind.");
        return [errors.ReduceMean([question.HasChannelsLast ? errors.Rank - 1 : 1], keepDimensions: false)];
    }

    /// <summary>Those of the input where each of its numbers has an error.</summary>
    public override IReadOnlyList<string> Names(IReadOnlyList<string> items) => Mean == ErrorMean.None ? items : [];

    /// <summary>The output that is the copy of a network's input of floating-point numbers.</summary>
    /// <param name="network">The network.</param>
    /// <exception cref="ArgumentException">No output is, or several may be.</exception>
    public string CopyOf(Network network)
    {
        ArgumentNullException.ThrowIfNull(network);
        return CopyOf(network, network.DefaultInput.Name, [.. network.DefaultInput.Shape!.Skip(1).Select(d => d.Value)]);
    }

    private Value Copy(Question question) => question.Trace.FileOutput(
        CopyOf(question.Network, question.Place, [.. question.Input.Shape.Skip(1).Select(d => d.Value)]));

    private string CopyOf(Network network, string place, long[] row)
    {
        // A named one may be flat.
        bool Fits(string name) => network.FileDefinition(name) is { ShapeOrNull: { Rank: > 1 } shape } value && value.Type.IsFloating()
            && shape.Skip(1).All(d => d.IsKnown)
            && (shape.Skip(1).Select(d => d.Value).SequenceEqual(row) || Reconstruction is not null
                && shape.Skip(1).Aggregate(1L, (p, d) => p * d.Value) == Question.SizeOf(row));
        if (Reconstruction is { } named)
            return Fits(named) ? named : throw new ArgumentException($"The output {network.Outputs.First(o => o.Name == named)} is no copy "
                + $"of '{place}', rows of shape [{string.Join(", ", row)}].");
        string[] fitting = [.. network.OutputNames.Where(Fits)];
        return fitting is [var only] ? only : throw new ArgumentException(
            $"The network has {fitting.Length} outputs of the shape of '{place}', [N, {string.Join(", ", row)}], and one is its copy; it "
                + $"has {string.Join(", ", network.Outputs)}. Say which.");
    }
}
