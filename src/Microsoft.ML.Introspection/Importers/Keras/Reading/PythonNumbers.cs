using System.Text;

namespace Microsoft.ML.Introspection.Importers.Keras;

/// <summary>Python writes numbers into JSON that are none there.</summary>
internal static class PythonNumbers
{
    private static readonly string[] Words = ["-Infinity", "Infinity", "NaN"];

    /// <summary>The same text with such numbers as texts.</summary>
    public static string Quoted(string json)
    {
        var result = new StringBuilder(json.Length + 16);
        var inside = false;
        for (var i = 0; i < json.Length; i++)
        {
            if (json[i] == '"' )
                inside = !inside;
            else if (json[i] == '\\' && inside && i + 1 < json.Length)
                result.Append(json[i++]);
            else if (!inside && Words.FirstOrDefault(w => string.CompareOrdinal(json, i, w, 0, w.Length) == 0) is { } word)
            {
                result.Append('"').Append(word).Append('"');
                i += word.Length - 1;
                continue;
            }
            result.Append(json[i]);
        }
        return result.ToString();
    }
}
