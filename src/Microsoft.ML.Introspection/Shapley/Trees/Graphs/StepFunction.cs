namespace Microsoft.ML.Introspection.Shapley.Trees.Graphs;

/// <summary>A step of a function of one feature: what it gains from an ordinate on.</summary>
/// <param name="Feature">The feature x.</param>
/// <param name="Falling">Whether the ordinate is −x rather than x.</param>
/// <param name="From">The first ordinate behind the step.</param>
/// <param name="Height">What is gained.</param>
internal readonly record struct Step(int Feature, bool Falling, float From, double Height);

/// <summary>
/// A function of one feature that is constant between some borders, as a sum of steps: any split, and any number of splits of one feature
/// along a path, are one. A step is a comparison that is false for missing values, which therefore see nothing but the constant.
/// </summary>
/// <param name="Missing">The value for missing values, to which the steps add.</param>
/// <param name="Steps">The steps.</param>
internal sealed record StepFunction(double Missing, Step[] Steps)
{
    /// <summary>1 whatever the value.</summary>
    public static StepFunction One { get; } = new(1, []);

    /// <summary>Finds the steps of a function.</summary>
    /// <param name="feature">The feature.</param>
    /// <param name="borders">Where the function may change: it is constant from each border to just below the next.</param>
    /// <param name="function">The function of the feature's value, NaN among them.</param>
    public static StepFunction Of(int feature, IEnumerable<double> borders, Func<double, double> function)
    {
        // Values are of single precision, so a border may as well lie at the next number of that.
        var froms = borders.Select(Upwards).Distinct().Order().ToArray();
        var (places, heights) = (new List<float>(), new List<double>());
        var lowest = function(double.NegativeInfinity);
        var at = lowest;
        foreach (var from in froms)
        {
            var next = function(from);
            if (next != at && from > float.NegativeInfinity)
            {
                places.Add(from);
                heights.Add(next - at);
            }
            at = next;
        }
        var missing = function(double.NaN);
        var steps = new List<Step>();
        if (missing == at && missing != lowest)
        {
            // Missing values go with the largest, so seen from there the function needs no step for them.
            for (var i = places.Count - 1; i >= 0; i--)
                steps.Add(new Step(feature, true, -float.BitDecrement(places[i]), -heights[i]));
        }
        else
        {
            if (missing != lowest)
                steps.Add(new Step(feature, false, float.NegativeInfinity, lowest - missing));
            for (var i = 0; i < places.Count; i++)
                steps.Add(new Step(feature, false, places[i], heights[i]));
        }
        return new StepFunction(missing, [.. steps]);
    }

    /// <inheritdoc/>
    public bool Equals(StepFunction? other) => other is not null && Missing == other.Missing && Steps.AsSpan().SequenceEqual(other.Steps);

    /// <inheritdoc/>
    public override int GetHashCode() => Steps.Aggregate(Missing.GetHashCode(), HashCode.Combine);

    // The least number of single precision that is not below.
    private static float Upwards(double border)
    {
        var nearest = (float)border;
        return nearest < border ? float.BitIncrement(nearest) : nearest;
    }
}

/// <summary>A product of step functions of different features; mostly there is one.</summary>
internal sealed record StepProduct(params StepFunction[] Factors)
{
    /// <inheritdoc/>
    public bool Equals(StepProduct? other) => other is not null && Factors.AsSpan().SequenceEqual(other.Factors);

    /// <inheritdoc/>
    public override int GetHashCode() => Factors.Aggregate(0, HashCode.Combine);
}
