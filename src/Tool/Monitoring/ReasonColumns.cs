using Microsoft.ML.Introspection.Tool.Data;

namespace Microsoft.ML.Introspection.Tool.Monitoring;

/// <summary>The columns of a table as <c>introspect score --top all</c> and <c>introspect shap</c> write it.</summary>
/// <param name="Reasons">The reasons, a column for each feature.</param>
/// <param name="Others">Predictions, scores, bases.</param>
/// <param name="Target">Which output is explained; null where no column tells.</param>
/// <param name="Number">The number of the row in the data; null likewise.</param>
internal sealed record ReasonColumns(IReadOnlyList<int> Reasons, IReadOnlyList<int> Others, int? Target, int? Number)
{
    private const string Score = "score", Base = "base", TargetName = "target", Prediction = "prediction";

    /// <summary>Finds the columns.</summary>
    /// <param name="path">The file, for messages.</param>
    /// <param name="names">The names of its columns.</param>
    /// <param name="firstRow">The first row, which shows the columns that hold numbers.</param>
    /// <param name="request">What is asked for.</param>
    /// <exception cref="InvalidDataException">It is no table of reasons, or has not what is asked for.</exception>
    public static ReasonColumns Choose(string path, string[] names, string[] firstRow, ReasonRequest request)
    {
        const string mark = ":";
        var prefix = request.Prefix(mark);
        var score = Array.IndexOf(names, prefix + Score);
        if (score < 0 && request.Columns.Count == 0)
            throw NoReasons(path, names, request);
        if (Array.IndexOf(names, prefix + "reason1") >= 0 && request.Columns.Count == 0)
            throw new InvalidDataException($"'{path}' holds the largest reasons of each row (column '{prefix}reason1'); those of all "
                + "features were expected: introspect score … --top all.");
        var header = new CsvHeader(path, names, names.Length);
        var start = score < 0 ? -1 : score + 1 < names.Length && names[score + 1] == prefix + Base ? score + 1 : score;
        // Behind the reasons of a method the next one begins.
        var end = request.Method is null ? names.Length
            : Array.FindIndex(names, start + 1, n => n.EndsWith(mark + TargetName, StringComparison.Ordinal)) is >= 0 and var next ? next
            : names.Length;
        int[] reasons = request.Columns.Count > 0 ? [.. request.Columns.SelectMany(c => header.Range(c, "--columns"))]
            : [.. Enumerable.Range(start + 1, end - start - 1)];
        if (reasons.Length == 0)
            throw new InvalidDataException(
                $"'{path}' has no columns behind '{names[start]}'; a column for each feature was expected there.");
        int[] others =
        [
            .. Enumerable.Range(0, score < 0 ? names.Length : score).Where(i => IsPrediction(names[i]) && CsvNumber.IsNumber(firstRow[i])),
            .. score < 0 ? (int[])[] : [score], .. start > score ? (int[])[start] : [],
        ];
        return new(reasons, [.. others.Except(reasons)], Place(prefix + TargetName), Place("row"));

        int? Place(string name) => Array.IndexOf(names, name) is >= 0 and var place ? place : null;
    }

    /// <summary>Whether a result of this name is a prediction.</summary>
    public static bool IsPrediction(string name) =>
        name == Prediction || name.StartsWith(Prediction + ".", StringComparison.Ordinal)
            || name.StartsWith(Prediction + "[", StringComparison.Ordinal);

    /// <summary>Says that there are no reasons, or several methods.</summary>
    public static InvalidDataException NoReasons(string path, IEnumerable<string> names, ReasonRequest request)
    {
        string[] methods = [.. names.SelectMany(Method).Distinct()];
        return new(methods.Length > 0
            ? $"'{path}' holds reasons of {string.Join(", ", methods.Select(m => $"'{m}'"))}; say which with --method"
                + (request.Method is null ? "." : $", instead of '{request.Method}'.")
            : $"'{path}' has no '{request.Prefix(":")}{Score}', behind which the reasons stand in the outputs of "
                + "'introspect score --top all' and 'introspect shap'. Of other tables name the columns: --columns A..B.");

        static IEnumerable<string> Method(string name)
        {
            if (name.Length > Score.Length && name.EndsWith(Score, StringComparison.Ordinal) && name[^(Score.Length + 1)] is ':' or '.')
                yield return name[..^(Score.Length + 1)];
        }
    }
}
