using System.Text.RegularExpressions;

namespace Microsoft.ML.Introspection.Tool.Recipes;

/// <summary>What Kubernetes takes as names and quantities; it refuses a manifest with others.</summary>
internal static partial class KubernetesName
{
    /// <summary>The most letters that a label has (RFC 1123): names of hosts, thus of the pods of an indexed job, are labels.</summary>
    public const int LongestLabel = 63;

    /// <summary>The name of a job, a volume or a namespace.</summary>
    /// <param name="text">The name.</param>
    /// <param name="option">Where it was given.</param>
    /// <param name="longest">The most letters that it may have.</param>
    /// <exception cref="UsageException">It is none.</exception>
    public static string Label(string text, string option, int longest = LongestLabel) => Label().IsMatch(text) && text.Length <= longest
        ? text : throw new UsageException($"{option} takes small letters, digits and '-' within, at most {longest}; '{text}' was given.");

    /// <summary>The name of a claim or a secret: labels with dots between them.</summary>
    /// <inheritdoc cref="Label(string, string, int)"/>
    public static string Subdomain(string text, string option) => text.Length <= 253 && text.Split('.').All(Label().IsMatch)
        ? text : throw new UsageException($"{option}: a name has small letters, digits, and '-' or '.' within, at most 253; '{text}' was "
            + "given.");

    /// <summary>A variable of the environment that shells hand on.</summary>
    /// <inheritdoc cref="Label(string, string, int)"/>
    public static string Variable(string text, string option) => Variable().IsMatch(text) && text != "JOB_COMPLETION_INDEX"
        ? text : throw new UsageException($"{option}: the name of a variable has letters, digits and '_'; '{text}' was given.");

    /// <summary>The key of a secret.</summary>
    /// <inheritdoc cref="Label(string, string, int)"/>
    public static string Key(string text, string option) => Key().IsMatch(text) && text is not ("." or "..") && text.Length <= 253
        ? text : throw new UsageException($"{option}: letters, digits, '-', '_' and '.' were expected; '{text}' was given.");

    /// <summary>An amount of processors or memory: 2, 500m, 1.5, 4Gi.</summary>
    /// <inheritdoc cref="Label(string, string, int)"/>
    public static string Quantity(string text, string option) => Quantity().IsMatch(text)
        ? text : throw new UsageException($"{option} takes a quantity of Kubernetes from above 0, such as 2, 500m or 4Gi; '{text}' was "
            + "given.");

    /// <summary>The name of an image, with its registry, tag and digest.</summary>
    /// <inheritdoc cref="Label(string, string, int)"/>
    public static string Image(string text, string option) => Image().IsMatch(text)
        ? text : throw new UsageException($"{option} takes the name of an image, such as registry.example.com/introspect:1; '{text}' was "
            + "given.");

    [GeneratedRegex(@"^[a-z0-9]([-a-z0-9]*[a-z0-9])?\z")]
    private static partial Regex Label();

    [GeneratedRegex(@"^[-._a-zA-Z0-9]+\z")]
    private static partial Regex Key();

    [GeneratedRegex(@"^[A-Za-z_][A-Za-z0-9_]*\z")]
    private static partial Regex Variable();

    [GeneratedRegex(@"^(?=[0-9.]*[1-9])[0-9]{1,9}(\.[0-9]{1,3})?(m|k|M|G|T|Ki|Mi|Gi|Ti)?\z")]
    private static partial Regex Quantity();

    [GeneratedRegex(@"^[a-z0-9][a-zA-Z0-9._/:@-]*\z")]
    private static partial Regex Image();
}
