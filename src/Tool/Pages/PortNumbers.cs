using Microsoft.ML.Introspection.Jobs;
using Microsoft.ML.Introspection.Onnx;
using System.Numerics;

namespace Microsoft.ML.Introspection.Tool.Pages;

/// <summary>The results of a row, of whatever type, as a page shows them.</summary>
internal static class PortNumbers
{
    /// <summary>The numbers of a row of the last block.</summary>
    public static double[] Of(ResultPort port, int row) => port.Type switch
    {
        ElementType.Float => As<float>(port, row),
        ElementType.Double => As<double>(port, row),
        ElementType.Float16 => As<Half>(port, row),
        ElementType.Int64 => As<long>(port, row),
        ElementType.Int32 => As<int>(port, row),
        ElementType.Int16 => As<short>(port, row),
        ElementType.Int8 => As<sbyte>(port, row),
        ElementType.UInt64 => As<ulong>(port, row),
        ElementType.UInt32 => As<uint>(port, row),
        ElementType.UInt16 => As<ushort>(port, row),
        _ => As<byte>(port, row),
    };

    private static double[] As<T>(ResultPort port, int row) where T : unmanaged, INumber<T>
    {
        var from = port.Row<T>(row);
        var numbers = new double[from.Length];
        for (var i = 0; i < numbers.Length; i++)
            numbers[i] = double.CreateTruncating(from[i]);
        return numbers;
    }
}
