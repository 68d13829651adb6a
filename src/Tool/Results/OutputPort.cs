using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using CsvHelper;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;

namespace Microsoft.ML.Introspection.Tool.Results;

/// <summary>One output of the explanation, written as it lies in the runner's memory.</summary>
internal abstract class OutputPort
{
    private OutputPort(TensorInfo info, NpyType type) => (Info, Type) = (info, type);

    /// <summary>The output.</summary>
    public TensorInfo Info { get; }

    /// <summary>The element type it has in NumPy files.</summary>
    public NpyType Type { get; }

    /// <summary>The extents of one row.</summary>
    public int[] RowShape => [.. Info.Shape!.Skip(1).Select(d => (int)d.Value)];

    /// <summary>The numbers in a row.</summary>
    public int Size => RowShape.Aggregate(1, (product, extent) => product * extent);

    /// <summary>Writes a row of the batch as cells.</summary>
    public abstract void Write(CsvWriter csv, int row);

    /// <summary>Appends the first rows of the batch.</summary>
    public abstract void Append(NpyWriter npy, int rows);

    /// <summary>The port of one output.</summary>
    /// <param name="info">The output.</param>
    /// <param name="runner">The runner that computes it.</param>
    /// <param name="index">Its number there.</param>
    public static OutputPort Of(TensorInfo info, BatchRunner runner, int index) => info.Type switch
    {
        ElementType.Float => new Port<float>(info, NpyType.Single, runner, index),
        ElementType.Double => new Port<double>(info, NpyType.Double, runner, index),
        ElementType.Float16 => new Port<Half>(info, NpyType.Half, runner, index),
        ElementType.Int64 => new Port<long>(info, NpyType.Int64, runner, index),
        var other => throw new NotSupportedException($"The output '{info.Name}' is of type {other}, which cannot be written to a file. Convert the model to 32-bit floating point."),
    };

    private sealed class Port<T>(TensorInfo info, NpyType type, BatchRunner runner, int index) : OutputPort(info, type) where T : unmanaged, INumber<T>
    {
        private float[] _converted = [];

        public override void Write(CsvWriter csv, int row)
        {
            // The shortest text that reads back as the same number.
            foreach (var number in runner.OutputRow<T>(index, row))
                csv.WriteField(number.ToString(null, CultureInfo.InvariantCulture));
        }

        public override void Append(NpyWriter npy, int rows)
        {
            var numbers = runner.OutputRows<T>(index, rows);
            if (typeof(T) == typeof(float))
                npy.Append(MemoryMarshal.Cast<T, float>(numbers));
            else if (typeof(T) == typeof(double))
                npy.Append(MemoryMarshal.Cast<T, double>(numbers));
            else if (typeof(T) == typeof(long))
                npy.Append(MemoryMarshal.Cast<T, long>(numbers));
            else
                AppendConverted(npy, numbers);
        }

        private void AppendConverted(NpyWriter npy, ReadOnlySpan<T> numbers)
        {
            Array.Resize(ref _converted, numbers.Length);
            for (var i = 0; i < numbers.Length; i++)
                _converted[i] = float.CreateTruncating(numbers[i]);
            npy.Append(_converted.AsSpan());
        }
    }
}
