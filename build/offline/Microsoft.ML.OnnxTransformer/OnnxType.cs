// Offline stand-in for ML.NET, used where no NuGet source has the real packages; not shipped.
using Google.Protobuf;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms.Onnx;

/// <summary>The declared type of a model's input or output; a dimension without a value is 0.</summary>
internal sealed record OnnxType(int ElementType, int[] Dimensions)
{
    public static OnnxType Read(CodedInputStream message)
    {
        OnnxType type = null;
        OnnxFile.ForEachField(message, (field, input) =>
        {
            if (field == 1)
                type = ReadTensor(input.ReadBytes().CreateCodedInput());
            else
                input.SkipLastField();
        });
        return type;
    }

    /// <summary>
    /// A vector with the declared dimensions, the first being 1 where it is open, since rows are scored one by one;
    /// of unknown size where any other is open; a scalar where there are none.
    /// </summary>
    public DataViewType ToColumnType()
    {
        var item = ItemType(ElementType);
        if (Dimensions == null)
            throw Contracts.Except("The model declares an input or output without a shape.");
        if (Dimensions.Length == 0)
            return item;
        int[] dimensions = [Math.Max(1, Dimensions[0]), .. Dimensions.Skip(1)];
        return dimensions.All(size => size > 0) ? new VectorDataViewType(item, dimensions) : new VectorDataViewType(item, 0);
    }

    private static OnnxType ReadTensor(CodedInputStream message)
    {
        var element = 0;
        int[] dimensions = null;
        OnnxFile.ForEachField(message, (field, input) =>
        {
            if (field == 1)
                element = input.ReadInt32();
            else if (field == 2)
                dimensions = ReadShape(input.ReadBytes().CreateCodedInput());
            else
                input.SkipLastField();
        });
        return new OnnxType(element, dimensions);
    }

    private static int[] ReadShape(CodedInputStream message)
    {
        var dimensions = new List<int>();
        OnnxFile.ForEachField(message, (field, input) =>
        {
            if (field == 1)
                dimensions.Add(ReadDimension(input.ReadBytes().CreateCodedInput()));
            else
                input.SkipLastField();
        });
        return [.. dimensions];
    }

    private static int ReadDimension(CodedInputStream message)
    {
        var size = 0L;
        OnnxFile.ForEachField(message, (field, input) =>
        {
            if (field == 1)
                size = input.ReadInt64();
            else
                input.SkipLastField();
        });
        Contracts.CheckParam(size <= int.MaxValue, "dim", $"A dimension of {size} is too large.");
        return size > 0 ? (int)size : 0;
    }

    private static PrimitiveDataViewType ItemType(int elementType) => elementType switch
    {
        1 => NumberDataViewType.Single,
        2 => NumberDataViewType.Byte,
        3 => NumberDataViewType.SByte,
        4 => NumberDataViewType.UInt16,
        5 => NumberDataViewType.Int16,
        6 => NumberDataViewType.Int32,
        7 => NumberDataViewType.Int64,
        8 => TextDataViewType.Instance,
        9 => BooleanDataViewType.Instance,
        11 => NumberDataViewType.Double,
        12 => NumberDataViewType.UInt32,
        13 => NumberDataViewType.UInt64,
        _ => throw Contracts.Except($"There is no column type for ONNX element type {elementType}."),
    };
}
