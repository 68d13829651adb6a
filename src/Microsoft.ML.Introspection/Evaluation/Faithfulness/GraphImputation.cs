using Microsoft.ML.Introspection.Numerics;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Evaluation;

/// <summary>
/// <see cref="NoisyImputation"/> within a graph, of all planes at once: conjugate gradients, preconditioned by the diagonal (Hestenes,
/// Stiefel 1952), in double precision, until the last plane is solved.
/// </summary>
internal static class GraphImputation
{
    private const double Enough = 1e-30;

    /// <summary>Makes up pixels, all channels of each.</summary>
    /// <param name="pictures">Shape [B, channels, height, width].</param>
    /// <param name="removed">Which pixels: shape [B, 1, height, width], truth values; not all of a picture's.</param>
    /// <returns>The pictures, in double precision.</returns>
    public static Value Impute(Value pictures, Value removed)
    {
        var (channels, height, width) = (pictures.Shape[1].Value, pictures.Shape[2].Value, pictures.Shape[3].Value);
        Value Planes(Value all) => all.Cast(ElementType.Double).Reshape(-1, 1, height, width);
        var (planes, hole) = (Planes(pictures), Planes(removed.ExpandLike(pictures)));
        var kept = 1 - hole;
        var diagonal = Around(pictures.Graph.Constant(Tensor.Filled(ElementType.Double, 1, 1, 1, height, width)), height, width);
        Value Times(Value vector) => hole * (diagonal * vector - Around(vector, height, width));

        var right = hole * Around(kept * planes, height, width);
        var scale = Dot(right, right);
        // Where nothing borders on the hole but zeros, it is filled by these.
        var mean = Dot(kept, planes) / Dot(kept, kept);
        var start = hole * scale.Greater(0).Where(mean, mean.Like(0));
        var residual = right - Times(start);
        var scaled = residual / diagonal;

        var solved = pictures.Graph.Loop(pictures.Graph.Constant(10 * height * width + 100),
            [start, residual, scaled, Dot(residual, scaled)], (_, state) =>
            {
                var (x, left, direction, product) = (state[0], state[1], state[2], state[3]);
                var image = Times(direction);
                var step = Quotient(product, Dot(direction, image));
                left -= step * image;
                var next = left / diagonal;
                var following = Dot(left, next);
                return new LoopStep([x + step * direction, left, next + Quotient(following, product) * direction, following], [])
                {
                    GoesOn = (Dot(left, left) - scale * Enough).ReduceMax([0, 1, 2, 3], keepDimensions: false).Greater(0),
                };
            })[0];
        return (kept * planes + solved).Reshape(-1, channels, height, width);
    }

    // The weights 1/6 and 1/12 around a pixel are those of [1 2 1] along both sides, over 12, without its own. Outside there is nothing.
    private static Value Around(Value planes, long height, long width)
    {
        var padded = planes.Pad([0, 0, 1, 1], [0, 0, 1, 1]);
        var across = Smooth(padded, 3, width);
        return (Smooth(across, 2, height) - planes * 4) / 12;
    }

    private static Value Smooth(Value padded, long axis, long extent)
    {
        Value From(long start) => padded.Slice([start], [start + extent], [axis]);
        return From(0) + From(1) * 2 + From(2);
    }

    private static Value Dot(Value first, Value second) => (first * second).ReduceSum([1, 2, 3]);

    // A plane that is solved has nothing left to divide by.
    private static Value Quotient(Value number, Value divisor)
    {
        var isThere = divisor.Greater(0);
        return isThere.Where(number, number.Like(0)) / isThere.Where(divisor, divisor.Like(1));
    }
}
