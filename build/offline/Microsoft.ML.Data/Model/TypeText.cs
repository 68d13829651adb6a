// Offline stand-in for ML.NET, used where no NuGet source has the real packages; not shipped.
using System.ComponentModel;

namespace Microsoft.ML.Data;

/// <summary>Single values as text that reads back to the same.</summary>
internal static class TypeText
{
    public static string Of<T>(T value) => value switch
    {
        DataViewRowId id => $"{id.High} {id.Low}",
        IFormattable number => number.ToString(value is DateTime or DateTimeOffset ? "O" : null, System.Globalization.CultureInfo.InvariantCulture),
        _ => value.ToString(),
    };

    public static object Parse(string text, Type type)
    {
        if (type == typeof(DataViewRowId))
        {
            var parts = text.Split(' ');
            return new DataViewRowId(ulong.Parse(parts[1]), ulong.Parse(parts[0]));
        }
        return TypeDescriptor.GetConverter(type).ConvertFromInvariantString(text);
    }
}
