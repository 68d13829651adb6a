using System.Globalization;
using Microsoft.ML.Introspection.Models;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>A mark of an axis: where on its scale, and what is written there.</summary>
internal readonly record struct Tick(double Value, string Text);

/// <summary>Round numbers along an axis. The page's script does the same when a reader zooms.</summary>
internal static class Ticks
{
    private static readonly double[] Shares = [0.5, 0.1, 0.9, 0.01, 0.99, 0.25, 0.75, 0.001, 0.999, 0.05, 0.95, 0.0001, 0.9999];

    /// <summary>Numbers 1, 2 or 5 times a power of ten apart.</summary>
    /// <param name="scale">The axis.</param>
    /// <param name="spacing">About how far apart, in pixels.</param>
    public static IReadOnlyList<Tick> On(LinearScale scale, double spacing)
    {
        var (low, high) = (Math.Min(scale.From, scale.To), Math.Max(scale.From, scale.To));
        var step = Step(low, high, Math.Max(2, Math.Abs(scale.End - scale.Start) / spacing));
        var ticks = new List<Tick>();
        for (var i = Math.Ceiling(low / step); i <= Math.Floor(high / step) && ticks.Count < 100; i++)
            ticks.Add(new Tick(i * step, Format(i * step, step)));
        return ticks;
    }

    /// <summary>
    /// Round predictions on an axis of scores: probabilities behind a logistic curve, powers behind the exponential; none for other links.
    /// </summary>
    public static IReadOnlyList<Tick> On(LinearScale scale, double spacing, ScoreLink link)
    {
        if (LinkCurve.Of(link) is not { } curve)
            return [];
        var chosen = new List<Tick>();
        foreach (var prediction in curve.IsLogistic ? Shares : Powers(curve, scale))
        {
            var score = curve.ScoreAt(prediction);
            if (scale.Holds(score) && chosen.TrueForAll(other => Math.Abs(scale.At(other.Value) - scale.At(score)) >= spacing))
                chosen.Add(new Tick(score, curve.Format(prediction)));
        }

        if (chosen.Count < 2)
        {
            // A short stretch of the curve is almost straight.
            var straight = new LinearScale(curve.PredictionAt(scale.From), curve.PredictionAt(scale.To), scale.Start, scale.End);
            chosen = straight.From == straight.To || !double.IsFinite(straight.From) || !double.IsFinite(straight.To) ? []
                : [.. On(straight, 1.5 * spacing).Select(tick => new Tick(curve.ScoreAt(tick.Value), curve.Format(tick.Value)))
                    .Where(tick => scale.Holds(tick.Value))];
        }

        return [.. chosen.OrderBy(tick => tick.Value)];
    }

    private static IEnumerable<double> Powers(LinkCurve curve, LinearScale scale)
    {
        var (low, high) = (curve.PredictionAt(scale.From), curve.PredictionAt(scale.To));
        if (low <= 0 || !double.IsFinite(high) || high / low > 1e60)
            yield break;
        foreach (var factor in (double[])[1, 3, 2, 5])
            for (var exponent = Math.Floor(Math.Log10(low)); exponent <= Math.Ceiling(Math.Log10(high)); exponent++)
                yield return factor * Math.Pow(10, exponent);
    }

    private static double Step(double low, double high, double count)
    {
        var rough = (high / count - low / count) * 0.999999;
        var power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        var step = (rough / power) switch { <= 1 => power, <= 2 => 2 * power, <= 5 => 5 * power, _ => 10 * power };
        return step > 0 && double.IsFinite(step) ? step : Math.Max(rough, double.Epsilon);
    }

    /// <summary>As many decimals as the step has, so that neighbours look alike.</summary>
    private static string Format(double value, double step)
    {
        if (value == 0)
            return "0";
        if (step < 1e-5 || Math.Abs(value) >= 1e6)
            return Numbers.Format(value);
        var decimals = Math.Clamp((int)-Math.Floor(Math.Log10(step) + 1e-9), 0, 8);
        return Numbers.WithMinusSign(value.ToString("F" + decimals.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture));
    }
}
