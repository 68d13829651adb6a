using System.Numerics;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Rows;
using Microsoft.ML.Introspection.Runtime;

namespace Microsoft.ML.Introspection.Jobs;

/// <summary>Where the numbers of a graph's input come from.</summary>
/// <param name="Tensor">The tensor's place in the source.</param>
public sealed record InputRows(int Tensor)
{
    /// <summary>What is subtracted from and then divides the numbers of a row; null where nothing.</summary>
    public (double[] Mean, double[] Deviation)? Scaling { get; init; }

    /// <summary>Whether they are the class that is explained of each row.</summary>
    public bool AreClasses { get; init; }

    /// <summary>How many classes there are; null where the model does not tell.</summary>
    public long? Classes { get; init; }
}

/// <summary>Brings the current row of a source to an input of a graph.</summary>
internal abstract class InputFeed(int tensor, BatchRunner runner, int input)
{
    /// <summary>Writes the current row to a place within the batch.</summary>
    public abstract void Write(RowSource rows, int place);

    /// <summary>A feed for one input.</summary>
    /// <exception cref="InvalidDataException">The rows do not fit the input.</exception>
    public static InputFeed Of(RowSource rows, InputRows from, BatchRunner runner, int input, TensorInfo info)
    {
        var (source, tensor) = (SourceOf(rows, from), rows.Tensors[from.Tensor]);
        if (from.AreClasses)
            return tensor.Width == 1 ? new Labels(from, runner, input)
                : throw new InvalidDataException(
                    $"'{source.Name}' has {tensor.Description}; one whole number a row (a class, a unit, a channel) was expected.");
        if (info.Shape is not { Rank: > 0 } shape || shape[0].IsKnown && shape[0].Value != runner.Capacity)
        {
            throw new NotSupportedException(
                $"The input '{info.Name}' {info.Shape} is the same for all rows; a file gives one value for each row. "
                    + "Give it once, as a constant (--constant NAME=VALUE, NetworkOptions.Constants).");
        }
        if (!tensor.HasOrderOf(shape.Skip(1).Select(d => d.Value)))
        {
            throw new InvalidDataException(
                $"'{source.Name}' has {tensor.Description}; the input '{info.Name}' {info.Shape} takes rows of shape " +
                    $"[{string.Join(", ", shape.Skip(1))}], or flat rows.");
        }
        if (tensor.Width != runner.InputSize(input))
        {
            throw new InvalidDataException(
                $"'{source.Name}' has {tensor.Description}; the input '{info.Name}' {info.Shape} takes {runner.InputSize(input)} " +
                    $"numbers a row. {Whole(source, tensor, runner.InputSize(input), info)}{source.Advice}".TrimEnd());
        }
        if (from.Scaling is not null && !info.Type.IsFloating())
            throw new NotSupportedException($"The input '{info.Name}' is of type {info.Type}; only floating-point numbers can be scaled.");
        return info.Type switch
        {
            ElementType.Float => Floating<float>(from, runner, input, tensor.Width),
            ElementType.Double => Floating<double>(from, runner, input, tensor.Width),
            ElementType.Float16 => Floating<Half>(from, runner, input, tensor.Width),
            ElementType.Int64 => new Plain<long>(from, runner, input),
            ElementType.Int32 => new Plain<int>(from, runner, input),
            ElementType.Int16 => new Plain<short>(from, runner, input),
            ElementType.Int8 => new Plain<sbyte>(from, runner, input),
            ElementType.UInt8 => new Plain<byte>(from, runner, input),
            ElementType.Bool => new Flags(from, runner, input, tensor.Width),
            var other => throw new NotSupportedException($"The input '{info.Name}' is of type {other}, which cannot be read from a file."),
        };
    }

    // An array for a network without a batch, as it was given to that network.
    private static string Whole(RowSource source, RowTensor tensor, int size, TensorInfo info) => source.Count * tensor.Width == size
        ? $"If all of it is one row, give the array an axis of one in front: [1, {string.Join(", ", info.Shape!.Skip(1))}]. " : "";

    private static RowSource SourceOf(RowSource rows, InputRows from) => rows is JoinedRows joined ? joined.SourceOf(from.Tensor) : rows;

    private protected Span<T> Place<T>(int place) where T : unmanaged => runner.InputRow<T>(input, place);

    private protected void Read<T>(RowSource rows, Span<T> row) where T : unmanaged, INumber<T> => rows.Read(tensor, row);

    private static InputFeed Floating<T>(InputRows from, BatchRunner runner, int input, int width) where T : unmanaged, INumber<T> =>
        from.Scaling is { } by
            ? new Scaled<T>(from, runner, input, by.Mean, by.Deviation, new double[width])
            : new Plain<T>(from, runner, input);

    private sealed class Plain<T>(InputRows from, BatchRunner runner, int input)
        : InputFeed(from.Tensor, runner, input) where T : unmanaged, INumber<T>
    {
        public override void Write(RowSource rows, int place) => Read(rows, Place<T>(place));
    }

    private sealed class Scaled<T>(InputRows from, BatchRunner runner, int input, double[] mean, double[] deviation, double[] row)
        : InputFeed(from.Tensor, runner, input) where T : unmanaged, INumber<T>
    {
        public override void Write(RowSource rows, int place)
        {
            Read(rows, row.AsSpan());
            var to = Place<T>(place);
            for (var i = 0; i < row.Length; i++)
                to[i] = T.CreateSaturating((row[i] - mean[i]) / deviation[i]);
        }
    }

    private sealed class Flags(InputRows from, BatchRunner runner, int input, int width) : InputFeed(from.Tensor, runner, input)
    {
        private readonly byte[] _row = new byte[width];

        public override void Write(RowSource rows, int place)
        {
            Read(rows, _row.AsSpan());
            var to = Place<bool>(place);
            for (var i = 0; i < _row.Length; i++)
                to[i] = _row[i] != 0;
        }
    }

    private sealed class Labels(InputRows from, BatchRunner runner, int input) : InputFeed(from.Tensor, runner, input)
    {
        public override void Write(RowSource rows, int place)
        {
            var to = Place<long>(place);
            Read(rows, to);
            // ONNX counts negative numbers from the end; nobody means that here.
            if (to[0] < 0 || to[0] >= from.Classes)
            {
                throw new InvalidDataException(
                    $"{SourceOf(rows, from).Place}: the class {to[0]} is out of range; the output has {from.Classes} classes, 0 to " +
                        $"{from.Classes - 1}.");
            }
        }
    }
}
