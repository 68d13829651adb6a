// Offline stand-in for ML.NET, used where no NuGet source has the real packages; not shipped.
namespace Microsoft.ML.Internal.DataView;

/// <summary>The argument checks of this assembly, with the exception types that ML.NET uses.</summary>
internal static class Guard
{
    public static void Param(bool condition, string name, string message = null)
    {
        if (!condition)
            throw message == null ? new ArgumentOutOfRangeException(name) : new ArgumentOutOfRangeException(name, message);
    }

    public static void Name(string value, string name)
    {
        if (string.IsNullOrEmpty(value))
            throw new ArgumentNullException(name);
    }

    public static void Value(object value, string name)
    {
        if (value is null)
            throw new ArgumentNullException(name);
    }
}
