using System.Reflection;

namespace Microsoft.ML.Introspection.Tool;

/// <summary>Which version of the program this is.</summary>
internal static class ToolVersion
{
    /// <summary>As its packages have it.</summary>
    public static string Text { get; } = typeof(ToolVersion).Assembly is var own
        && own.GetCustomAttribute<AssemblyInformationalVersionAttribute>() is { InformationalVersion: var version } ? version
        : own.GetName().Version?.ToString() ?? "";
}
