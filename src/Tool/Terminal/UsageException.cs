namespace Microsoft.ML.Introspection.Tool;

/// <summary>The command line is wrong, whatever the files hold.</summary>
internal sealed class UsageException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Makes something of what the command line says; where it refuses, the user is told so.</summary>
    public static T Check<T>(Func<T> make)
    {
        try
        {
            return make();
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            throw new UsageException(Failure.Message(e), e);
        }
    }
}
