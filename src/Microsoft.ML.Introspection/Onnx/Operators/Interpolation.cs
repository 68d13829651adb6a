namespace Microsoft.ML.Introspection.Onnx;

/// <summary>
/// How <c>Resize</c> makes the elements of one axis from those of its input: a matrix of weights, a row for each element
/// made. Positions are computed in single precision, as ONNX Runtime does, so that ties fall to the same side.
/// </summary>
/// <param name="Attributes">The operator's attributes.</param>
/// <param name="Inputs">The extent before.</param>
/// <param name="Outputs">The extent after.</param>
/// <param name="Scale">How much larger the axis becomes.</param>
/// <param name="Start">Where the region of interest begins, as a part of the axis.</param>
/// <param name="End">Where it ends.</param>
internal sealed record Interpolation(Attributes Attributes, long Inputs, long Outputs, float Scale, float Start, float End)
{
    private const long MostWeights = 1 << 25;

    private string Mode => Attributes.Text("mode", "nearest");

    private string Coordinates => Attributes.Text("coordinate_transformation_mode", "half_pixel");

    private bool IsSmoothed => Attributes.Int("antialias") != 0 && Scale < 1 && Mode != "nearest";

    /// <summary>The weights, row by row: <see cref="Outputs"/> × <see cref="Inputs"/>.</summary>
    /// <exception cref="UnsupportedOperatorException">The standard has no such mode, or they are too many.</exception>
    public double[] Weights()
    {
        if (Outputs > MostWeights / Math.Max(1, Inputs))
            throw new UnsupportedOperatorException($"A Resize of an axis from {Inputs:N0} to {Outputs:N0} elements is too large for its "
                + "weights to be written out. Resize before the network, or use a method that needs no gradient.");
        var weights = new double[Outputs * Inputs];
        for (var row = 0; row < Outputs; row++)
        {
            var position = Position(row);
            // Cropped outside the input there is only the extrapolation value.
            if (Coordinates == "tf_crop_and_resize" && (position < 0 || position > Inputs - 1))
                continue;
            foreach (var (column, weight) in Mode switch
            {
                "nearest" => [(Nearest(position), 1.0)],
                _ when IsSmoothed => Smoothed(position),
                "linear" => Linear(position),
                "cubic" => Cubic(position),
                var other => throw new UnsupportedOperatorException($"A Resize of the mode '{other}' is not in the ONNX standard."),
            })
            {
                weights[row * Inputs + Math.Clamp(column, 0, Inputs - 1)] += weight;
            }
        }
        return weights;
    }

    // Where in the input an element of the output lies.
    private float Position(int i) => Coordinates switch
    {
        "half_pixel" => (i + 0.5f) / Scale - 0.5f,
        "half_pixel_symmetric" => Symmetric(i),
        "pytorch_half_pixel" => Outputs > 1 ? (i + 0.5f) / Scale - 0.5f : 0,
        "asymmetric" => i / Scale,
        "align_corners" => Outputs == 1 ? 0 : i * (float)(Inputs - 1) / (Outputs - 1),
        "tf_crop_and_resize" => Outputs > 1
            ? Start * (Inputs - 1) + i * (End - Start) * (Inputs - 1) / (Outputs - 1)
            : 0.5f * (Start + End) * (Inputs - 1),
        var other => throw new UnsupportedOperatorException($"A Resize with the coordinates '{other}' is not in the ONNX standard."),
    };

    // The part of an element that rounding the extent took away is taken from both ends.
    private float Symmetric(int i)
    {
        var adjustment = Outputs / (Scale * Inputs);
        var center = Inputs / 2f;
        return center * (1 - adjustment) + (i + 0.5f) / Scale - 0.5f;
    }

    private int Nearest(float position) => Attributes.Text("nearest_mode", "round_prefer_floor") switch
    {
        "round_prefer_floor" =>
            position == (int)position + 0.5f ? (int)MathF.Floor(position) : (int)MathF.Round(position, MidpointRounding.AwayFromZero),
        "round_prefer_ceil" => (int)MathF.Round(position, MidpointRounding.AwayFromZero),
        "floor" => (int)MathF.Floor(position),
        "ceil" => (int)MathF.Ceiling(position),
        var other => throw new UnsupportedOperatorException($"A Resize that rounds by '{other}' is not in the ONNX standard."),
    };

    private (int, double)[] Linear(float position)
    {
        var inside = Math.Clamp(position, 0, Inputs - 1);
        var below = (int)inside;
        return [(below, 1 - (inside - below)), (below + 1, inside - below)];
    }

    // Keys 1981: four taps of a piecewise cubic. Taps outside repeat the edge, or are left out and the others made up to 1.
    private (int, double)[] Cubic(float position)
    {
        var below = (int)MathF.Floor(position);
        var rest = position - below;
        (int Column, double Weight)[] taps = [.. Enumerable.Range(-1, 4).Select(k => (below + k, Keys(Math.Abs(rest - k))))];
        return Kept(taps);
    }

    // The filter of the mode, stretched over as many elements of the input as one of the output covers.
    private (int, double)[] Smoothed(float position)
    {
        var reach = (Mode == "linear" ? 1 : 2) / Scale;
        var center = position + 0.5f;
        var first = (int)Math.Floor(center - reach + 0.5f);
        var end = (int)Math.Floor(center + reach + 0.5f);
        (int Column, double Weight)[] taps = [.. Enumerable.Range(first, end - first).Select(k =>
        {
            var distance = Math.Abs((k - center + 0.5) * Scale);
            return (k, Mode == "linear" ? Math.Max(0, 1 - distance) : Keys(distance));
        })];
        var kept = Kept(taps);
        var sum = kept.Sum(t => t.Item2);
        return [.. kept.Select(t => (t.Item1, t.Item2 / sum))];
    }

    private (int, double)[] Kept((int Column, double Weight)[] taps)
    {
        if (Attributes.Int("exclude_outside") == 0)
            return taps;
        (int Column, double Weight)[] inside = [.. taps.Where(t => t.Column >= 0 && t.Column < Inputs)];
        var sum = inside.Sum(t => t.Weight);
        return [.. inside.Select(t => (t.Column, t.Weight / sum))];
    }

    private double Keys(double distance)
    {
        double a = Attributes.Float("cubic_coeff_a", -0.75f);
        return distance <= 1 ? ((a + 2) * distance - (a + 3)) * distance * distance + 1
            : distance < 2 ? ((a * distance - 5 * a) * distance + 8 * a) * distance - 4 * a
            : 0;
    }
}
