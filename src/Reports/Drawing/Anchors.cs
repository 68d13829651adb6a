using System.Text;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>Names under which the sections of a page can be found: made of their headings, no two alike.</summary>
internal sealed class Anchors
{
    private const int Longest = 48;

    private readonly Dictionary<ReportSection, string> _names = [];
    private readonly HashSet<string> _taken = [PlotData.ElementId];

    /// <summary>The name of a section.</summary>
    /// <param name="section">Which.</param>
    /// <param name="heading">What it is called.</param>
    public string Of(ReportSection section, string heading)
    {
        if (_names.TryGetValue(section, out var known))
            return known;
        var name = NameOf(heading);
        for (var again = 2; !_taken.Add(name); again++)
            name = $"{NameOf(heading)}-{again}";
        return _names[section] = name;
    }

    private static string NameOf(string heading)
    {
        var name = new StringBuilder();
        foreach (var rune in heading.EnumerateRunes())
        {
            if (name.Length >= Longest)
                break;
            if (Rune.IsLetterOrDigit(rune))
                name.Append(Rune.ToLowerInvariant(rune).ToString());
            else if (name.Length > 0 && name[^1] != '-')
                name.Append('-');
        }

        return name.ToString().Trim('-') is { Length: > 0 } found ? found : "section";
    }
}
