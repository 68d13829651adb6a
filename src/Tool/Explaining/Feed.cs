using System.Numerics;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.Introspection.Tool.Data;

namespace Microsoft.ML.Introspection.Tool.Explaining;

/// <summary>Brings the current row of a file to an input of the explanation.</summary>
internal abstract class Feed
{
    /// <summary>Writes the current row.</summary>
    /// <param name="row">Its place within the batch.</param>
    public abstract void Write(int row);

    /// <summary>A feed for one input.</summary>
    /// <param name="data">Where rows come from.</param>
    /// <param name="runner">Where they go.</param>
    /// <param name="input">The number of the input.</param>
    /// <param name="info">The input.</param>
    /// <param name="scaling">What is subtracted from and divides the numbers, where anything.</param>
    public static Feed Of(DataFile data, BatchRunner runner, int input, TensorInfo info, (double[] Mean, double[] Deviation)? scaling)
    {
        if (data.Width != runner.InputSize(input))
            throw new InvalidDataException($"'{data.Path}' has {data.Description}; the input '{info.Name}' {info.Shape} takes {runner.InputSize(input)} numbers a row. {data.Advice}".TrimEnd());
        if (scaling is { } by)
        {
            return info.Type switch
            {
                ElementType.Float => new Scaled<float>(data, runner, input, by.Mean, by.Deviation),
                ElementType.Double => new Scaled<double>(data, runner, input, by.Mean, by.Deviation),
                ElementType.Float16 => new Scaled<Half>(data, runner, input, by.Mean, by.Deviation),
                var other => throw new NotSupportedException($"The input '{info.Name}' is of type {other}; only floating-point numbers can be scaled."),
            };
        }
        return info.Type switch
        {
            ElementType.Float => new Plain<float>(data, runner, input),
            ElementType.Double => new Plain<double>(data, runner, input),
            ElementType.Float16 => new Plain<Half>(data, runner, input),
            ElementType.Int64 => new Plain<long>(data, runner, input),
            ElementType.Int32 => new Plain<int>(data, runner, input),
            ElementType.Int16 => new Plain<short>(data, runner, input),
            ElementType.Int8 => new Plain<sbyte>(data, runner, input),
            ElementType.UInt8 => new Plain<byte>(data, runner, input),
            ElementType.Bool => new Flags(data, runner, input),
            var other => throw new NotSupportedException($"The input '{info.Name}' is of type {other}, which cannot be read from a file."),
        };
    }

    /// <summary>A feed for the classes to explain.</summary>
    /// <param name="data">Where they come from.</param>
    /// <param name="isColumn">Whether they are a column beside the rows of an input.</param>
    /// <param name="runner">Where they go.</param>
    /// <param name="input">The number of the input.</param>
    /// <param name="classes">How many classes there are; null where the model does not tell.</param>
    public static Feed OfTarget(DataFile data, bool isColumn, BatchRunner runner, int input, long? classes) => isColumn || data.Width == 1
        ? new Labels(data, isColumn, runner, input, classes)
        : throw new InvalidDataException($"'{data.Path}' has {data.Description}; one class number a row was expected.");

    private sealed class Plain<T>(DataFile data, BatchRunner runner, int input) : Feed where T : unmanaged, INumber<T>
    {
        public override void Write(int row) => data.Read(runner.InputRow<T>(input, row));
    }

    private sealed class Scaled<T>(DataFile data, BatchRunner runner, int input, double[] mean, double[] deviation) : Feed where T : unmanaged, INumber<T>
    {
        private readonly double[] _row = new double[data.Width];

        public override void Write(int row)
        {
            data.Read(_row.AsSpan());
            var to = runner.InputRow<T>(input, row);
            for (var i = 0; i < _row.Length; i++)
                to[i] = T.CreateSaturating((_row[i] - mean[i]) / deviation[i]);
        }
    }

    private sealed class Flags(DataFile data, BatchRunner runner, int input) : Feed
    {
        private readonly byte[] _row = new byte[data.Width];

        public override void Write(int row)
        {
            data.Read(_row.AsSpan());
            var to = runner.InputRow<bool>(input, row);
            for (var i = 0; i < _row.Length; i++)
                to[i] = _row[i] != 0;
        }
    }

    private sealed class Labels(DataFile data, bool isColumn, BatchRunner runner, int input, long? classes) : Feed
    {
        public override void Write(int row)
        {
            var to = runner.InputRow<long>(input, row);
            if (isColumn)
                to[0] = data.TargetClass();
            else
                data.Read(to);
            // ONNX counts negative numbers from the end; nobody means that here.
            if (to[0] < 0 || to[0] >= classes)
                throw new InvalidDataException($"{data.Place}: the class {to[0]} is out of range; the output has {classes} classes, 0 to {classes - 1}.");
        }
    }
}
