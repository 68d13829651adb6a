namespace Microsoft.ML.Introspection.Uncertainty;

/// <summary>Scores of classes beside the classes that are true.</summary>
internal static class TrueClasses
{
    /// <summary>How many classes there are.</summary>
    /// <exception cref="ArgumentException">The lists do not fit each other, a label is no class, or a score is NaN.</exception>
    public static int Checked(ReadOnlySpan<double> scores, IReadOnlyList<int> labels)
    {
        if (labels.Count == 0 || scores.Length == 0 || scores.Length % labels.Count != 0)
            throw new ArgumentException($"The scores of {labels.Count} rows were expected, of every class; there are {scores.Length}.");
        ConformalThreshold.RefuseNaN(scores, "score");
        var classes = scores.Length / labels.Count;
        for (var row = 0; row < labels.Count; row++)
            if (labels[row] < 0 || labels[row] >= classes)
                throw new ArgumentException($"The label {labels[row]} of row {row} is none of the {classes} classes, 0 to {classes - 1}.");
        return classes;
    }
}
