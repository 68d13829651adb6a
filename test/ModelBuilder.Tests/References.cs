using Microsoft.CodeAnalysis;

namespace Microsoft.ML.Introspection.ModelBuilder.Tests;

/// <summary>What a program is compiled against: all that these tests themselves run with.</summary>
internal static class References
{
    public static IReadOnlyList<MetadataReference> All { get; } =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => path.EndsWith(".dll", StringComparison.OrdinalIgnoreCase)).Select(path => MetadataReference.CreateFromFile(path)),
    ];
}
