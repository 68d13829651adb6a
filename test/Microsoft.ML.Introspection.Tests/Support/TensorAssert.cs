using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Tests.Support;

/// <summary>Compares tensors: type, extents, elements.</summary>
internal static class TensorAssert
{
    /// <summary>
    /// Fails where two tensors differ, finite elements as <see cref="AreClose"/> takes it; NaN and infinities equal themselves, and there
    /// may be no elements.
    /// </summary>
    public static void AreSame(Tensor expected, Tensor actual, string what = "", double tolerance = 0)
    {
        AreAlike(expected, actual, what);
        var (left, right) = (expected.ToDouble(), actual.ToDouble());
        for (var i = 0; i < left.Length; i++)
        {
            if (!left[i].Equals(right[i]) && !Near.Within(left[i], right[i], tolerance * Math.Max(1, Math.Abs(left[i]))))
                Assert.Fail($"{what} element {i} of {expected.Shape}: expected {left[i]:R}, found {right[i]:R}.");
        }
    }

    /// <summary>Fails where two tensors differ, where an element is not finite, and where there is none.</summary>
    public static void AreEqual(Tensor expected, Tensor actual, string what = "") => AreClose(expected, actual, 0, what);

    /// <summary>
    /// Fails where an element differs by more than <paramref name="tolerance"/> times its size (or times 1, if it is smaller), where one is
    /// not finite, and where there is none.
    /// </summary>
    public static void AreClose(Tensor expected, Tensor actual, double tolerance, string what = "")
    {
        AreAlike(expected, actual, what);
        Near.Relative(expected.ToDouble(), actual.ToDouble(), tolerance, $"{expected.Shape}", what);
    }

    private static void AreAlike(Tensor expected, Tensor actual, string what)
    {
        Assert.AreEqual(expected.Type, actual.Type, $"{what} types");
        Assert.AreEqual(expected.Shape, actual.Shape, $"{what} shapes");
    }
}
