using System.Globalization;
using System.Text.RegularExpressions;

namespace Microsoft.ML.Introspection.Evaluation;

/// <summary>Files of checkpoints in the order of their steps.</summary>
public static partial class CheckpointOrder
{
    /// <summary>
    /// Orders files by their names, numbers by their size (<c>step-9</c> before <c>step-10</c>). The step is the last number of the name
    /// where every name has one and they rise; otherwise the place.
    /// </summary>
    /// <param name="paths">The files.</param>
    public static IReadOnlyList<(string Path, double Step)> Of(IEnumerable<string> paths)
    {
        ArgumentNullException.ThrowIfNull(paths);
        var files = paths.Select(path => (Path: path, Name: System.IO.Path.GetFileNameWithoutExtension(path))).ToList();
        files.Sort((a, b) => Compare(a.Name, b.Name) is not 0 and var order ? order : string.CompareOrdinal(a.Path, b.Path));
        double[] steps = [.. files.Select(f => Number().Matches(f.Name) is [.., var last]
            ? double.Parse(last.Value, CultureInfo.InvariantCulture) : double.NaN)];
        var rise = steps.Length > 0 && double.IsFinite(steps[0]) && steps.Zip(steps.Skip(1), (a, b) => b > a).All(r => r);
        return [.. files.Select((f, place) => (f.Path, rise ? steps[place] : place))];
    }

    private static int Compare(string a, string b)
    {
        var (left, right) = (Part().Matches(a), Part().Matches(b));
        for (var i = 0; i < left.Count && i < right.Count; i++)
        {
            var (x, y) = (left[i].Value, right[i].Value);
            if (char.IsAsciiDigit(x[0]) && char.IsAsciiDigit(y[0]))
            {
                // Digits of any number: the longer is the larger, but for zeros in front.
                var (p, q) = (x.TrimStart('0'), y.TrimStart('0'));
                if (p.Length != q.Length)
                    return p.Length.CompareTo(q.Length);
                (x, y) = (p, q);
            }
            if (string.CompareOrdinal(x, y) is not 0 and var order)
                return order;
        }
        return left.Count.CompareTo(right.Count) is not 0 and var more ? more : string.CompareOrdinal(a, b);
    }

    [GeneratedRegex("[0-9]+")]
    private static partial Regex Number();

    [GeneratedRegex("[0-9]+|[^0-9]+")]
    private static partial Regex Part();
}
