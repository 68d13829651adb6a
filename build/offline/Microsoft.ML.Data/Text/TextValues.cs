// Offline stand-in for ML.NET, used where no NuGet source has the real packages; not shipped.
using System.Globalization;

namespace Microsoft.ML.Data;

/// <summary>Reads one field; false where it is not of the type, with the value that then stands for missing.</summary>
internal delegate bool TextParser<T>(string text, out T value);

internal static class TextValues
{
    /// <summary>Reals and keys have a value for what is missing; of the other types a bad field is an error.</summary>
    public static bool HasMissing(PrimitiveDataViewType type)
        => type is KeyDataViewType || type == NumberDataViewType.Single || type == NumberDataViewType.Double;

    public static TextParser<T> ParserOf<T>(PrimitiveDataViewType type, TextLoader.Options options)
        => type switch
        {
            KeyDataViewType key => (string text, out T value) => TryKey(text, key.Count, out value),
            TextDataViewType => (string text, out T value) => Return((T)(object)text.AsMemory(), out value),
            BooleanDataViewType => (string text, out T value) => TryBoolean(text, out value),
            _ when HasMissing(type) => (string text, out T value) => TryReal(text, options, out value),
            _ => (string text, out T value) => TryOther(text, out value),
        };

    private static bool Return<T>(T result, out T value)
    {
        value = result;
        return true;
    }

    private static bool TryReal<T>(string text, TextLoader.Options options, out T value)
    {
        text = text.Trim();
        if (options.DecimalMarker == ',')
            text = text.Replace(',', '.');
        var isMissing = text is "?" || text.Equals("NA", StringComparison.OrdinalIgnoreCase) || text.Equals("N/A", StringComparison.OrdinalIgnoreCase);
        if (text.Length == 0)
            return Return(Number(options.MissingRealsAsNaNs ? double.NaN : 0), out value);
        if (typeof(T) == typeof(float) && float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var single))
            return Return((T)(object)single, out value);
        var isNumber = double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number);
        value = Number(isNumber ? number : double.NaN);
        return isNumber || isMissing;

        static T Number(double number) => typeof(T) == typeof(float) ? (T)(object)(float)number : (T)(object)number;
    }

    private static bool TryBoolean<T>(string text, out T value)
    {
        var isTrue = text.ToLowerInvariant() is "1" or "+" or "t" or "y" or "yes" or "true" or "+1";
        value = (T)(object)isTrue;
        return isTrue || text.ToLowerInvariant() is "" or "0" or "-" or "f" or "n" or "no" or "false" or "-1";
    }

    // Text counts keys from 0, columns from 1.
    private static bool TryKey<T>(string text, ulong count, out T value)
    {
        var isMissing = text is "" or "?" || text.Equals("NA", StringComparison.OrdinalIgnoreCase);
        var isKey = ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var key) && key < count;
        value = (T)Convert.ChangeType(isKey ? key + 1 : 0, typeof(T), CultureInfo.InvariantCulture);
        return isKey || isMissing;
    }

    private static bool TryOther<T>(string text, out T value)
    {
        value = default;
        if (text.Length == 0)
            return true;
        try
        {
            value = (T)TypeText.Parse(text, typeof(T));
            return true;
        }
        catch (Exception e) when (e is FormatException or OverflowException or ArgumentException or NotSupportedException)
        {
            return false;
        }
    }
}
