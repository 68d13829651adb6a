using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Rows;

/// <summary>Element types of NumPy arrays and of tensors.</summary>
internal static class ArrayTypes
{
    /// <summary>The type that such elements have in tensors.</summary>
    public static ElementType Element(this NpyType type) => type switch
    {
        NpyType.Boolean => ElementType.Bool,
        NpyType.Half => ElementType.Float16,
        NpyType.Single => ElementType.Float,
        _ => Enum.Parse<ElementType>(type.ToString()),
    };

    /// <summary>The type that elements of tensors have in a file; null where NumPy has none such.</summary>
    public static NpyType? Array(this ElementType type) =>
        Enum.GetValues<NpyType>().Cast<NpyType?>().FirstOrDefault(t => t!.Value.Element() == type);
}
