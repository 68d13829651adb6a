namespace Microsoft.ML.Introspection.Reports;

/// <summary>
/// The weights of a dense layer as lines from its inputs, at the left, to its units: as wide as the weight is large, red where it is
/// above zero, blue where below.
/// </summary>
public sealed class WeightLines : Drawing
{
    private const double Width = 480, Margin = 40, Widest = 5;

    private readonly double[] _weights;
    private readonly int _units, _inputs;

    /// <summary>Takes the weights.</summary>
    /// <param name="weights">units × inputs numbers.</param>
    /// <param name="units">How many units the layer has.</param>
    /// <param name="inputs">How many inputs it has.</param>
    public WeightLines(IReadOnlyList<double> weights, int units, int inputs)
    {
        ArgumentNullException.ThrowIfNull(weights);
        if (units < 1 || inputs < 1 || (long)units * inputs != weights.Count)
            throw new ArgumentException($"{units} × {inputs} (units, inputs) weights were expected; {weights.Count} given.");
        (_weights, _units, _inputs) = ([.. weights], units, inputs);
    }

    /// <summary>How many lines are drawn at most: those of the largest weights.</summary>
    public int MostLines
    {
        get;
        init => field = value is >= 1 and <= 10_000 ? value
            : throw new ArgumentOutOfRangeException(nameof(MostLines), value, "Between 1 and 10,000 lines were expected.");
    } = 800;

    /// <summary>What is shown, under the drawing.</summary>
    public string? Caption { get; init; }

    internal override void Write(HtmlWriter html)
    {
        var height = Math.Clamp(12.0 * Math.Max(_units, _inputs), 120, 420);
        var largest = _weights.Where(double.IsFinite).Select(Math.Abs).DefaultIfEmpty().Max();
        var strongest = Enumerable.Range(0, _weights.Length).Where(i => double.IsFinite(_weights[i]) && _weights[i] != 0)
            .OrderByDescending(i => Math.Abs(_weights[i])).Take(MostLines).Reverse().ToList();
        Open(html, Width, height + 24, $"Weights of {_inputs} inputs and {_units} units as lines, the largest {Numbers.Format(largest)}");
        foreach (var i in strongest)
        {
            var (unit, input) = Math.DivRem(i, _inputs);
            var share = Math.Abs(_weights[i]) / largest;
            html.Open("line", ("x1", Numbers.Coordinate(Margin)), ("y1", Numbers.Coordinate(At(input, _inputs, height))),
                ("x2", Numbers.Coordinate(Width - Margin)), ("y2", Numbers.Coordinate(At(unit, _units, height))),
                ("style", $"stroke:var(--{(_weights[i] > 0 ? "favour" : "against")});stroke-width:{Numbers.Coordinate(Widest * share)};"
                    + $"stroke-opacity:{Numbers.Coordinate(0.25 + 0.6 * share)}"))
                .Element("title", $"input {input} → unit {unit}: {Numbers.Signed(_weights[i])}").Close();
        }
        Ends(html, _inputs, Margin, height, "end");
        Ends(html, _units, Width - Margin, height, "start");
        html.Label(Margin, height + 18, "inputs", "title", "middle").Label(Width - Margin, height + 18, "units", "title", "middle");
        Close(html, Caption ?? Default(strongest.Count));
    }

    private string Default(int shown) => $"Red above zero, blue below; the widest is {Numbers.Format(_weights.Max(Math.Abs))}."
        + (shown < _weights.Length ? $" The {Numbers.Count(shown)} largest of {Numbers.Count(_weights.Length)}." : "");

    private static void Ends(HtmlWriter html, int count, double x, double height, string anchor)
    {
        var every = Math.Max(1, (int)Math.Ceiling(count * 13 / height));
        for (var i = 0; i < count; i++)
        {
            var y = At(i, count, height);
            html.Void("circle", ("cx", Numbers.Coordinate(x)), ("cy", Numbers.Coordinate(y)), ("r", "2"), ("class", "name"));
            if (i % every == 0)
                html.Label(x + (anchor == "end" ? -7 : 7), y + 4, Numbers.Count(i), "tick", anchor);
        }
    }

    private static double At(int place, int count, double height) => (place + 0.5) * height / count;
}
