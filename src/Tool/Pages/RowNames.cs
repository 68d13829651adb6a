namespace Microsoft.ML.Introspection.Tool.Pages;

/// <summary>What rows are called on a page, and what is true of them: by the texts that are carried along.</summary>
/// <param name="carried">The names of these texts.</param>
/// <param name="labelColumn">The one that tells the truth; null where there is none.</param>
internal sealed class RowNames(IReadOnlyList<string> carried, string? labelColumn)
{
    private const int LongestText = 80;

    private readonly int _label = labelColumn is null ? -1 : carried.ToList().IndexOf(labelColumn);

    /// <summary>Whether the truth is known.</summary>
    public bool HasLabels => _label >= 0;

    /// <summary>A row's ids, or its number.</summary>
    public string NameOf(IReadOnlyList<string> texts, long number)
    {
        var ids = string.Join(' ', texts.Where((_, place) => place != _label));
        return ids.Length > 0 ? Shortened(ids)! : FormattableString.Invariant($"row {number}");
    }

    /// <summary>What is true of a row; null where nobody knows.</summary>
    public string? LabelOf(IReadOnlyList<string> texts) => HasLabels ? Shortened(texts[_label]) : null;

    /// <summary>A text that a page has room for.</summary>
    public static string? Shortened(string? text) => text is null || text.Length <= LongestText ? text : $"{text[..LongestText]}…";
}
