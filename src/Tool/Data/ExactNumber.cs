using System.Numerics;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Tool.Data;

/// <summary>Numbers of one type as those of another, where nothing is lost that the text of the number would have kept.</summary>
internal static class ExactNumber
{
    /// <summary>Gives a number another type.</summary>
    /// <returns>False where it is not finite, too large, or has digits that whole numbers have not: for the text to tell.</returns>
    public static bool TryGet<TFrom, T>(TFrom from, out T number)
        where TFrom : struct, INumber<TFrom> where T : unmanaged, INumber<T>
    {
        number = default;
        if (!TFrom.IsFinite(from))
            return false;
        number = T.CreateSaturating(from);
        return T.IsFinite(number) && (ElementTypes.Of<T>().IsFloating() || TFrom.CreateSaturating(number) == from);
    }
}
