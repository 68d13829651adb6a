using System.Data.Common;
using System.Reflection;
using System.Runtime.Loader;

namespace Microsoft.ML.Introspection.Tool.Data;

/// <summary>
/// A provider of ADO.NET that the user brings: its assembly, with what it needs beside it, or where the list of its dependencies
/// (<c>.deps.json</c>) says. It is code, and runs as the user.
/// </summary>
internal sealed class ProviderAssembly : AssemblyLoadContext
{
    private const string Ending = ".dll";

    private readonly string _folder;
    private readonly AssemblyDependencyResolver _resolver;

    private ProviderAssembly(string path) : base(Path.GetFileName(path)) =>
        (_folder, _resolver) = (Path.GetDirectoryName(path)!, new AssemblyDependencyResolver(path));

    /// <summary>Whether a provider is named by its file.</summary>
    public static bool IsOne(string provider) => provider.EndsWith(Ending, StringComparison.OrdinalIgnoreCase);

    /// <summary>Loads a provider.</summary>
    /// <param name="path">The assembly.</param>
    /// <exception cref="InvalidDataException">It is no assembly of .NET, or holds no provider.</exception>
    public static DbProviderFactory Load(string path)
    {
        if (!File.Exists(path))
            throw new FileNotFoundException($"There is no file '{path}', which should be the assembly of a provider of ADO.NET.", path);
        try
        {
            path = Path.GetFullPath(path);
            var factories = new ProviderAssembly(path).LoadFromAssemblyPath(path).GetExportedTypes()
                .Where(t => t.IsSubclassOf(typeof(DbProviderFactory)) && !t.IsAbstract)
                .Select(t => t.GetField("Instance", BindingFlags.Public | BindingFlags.Static)?.GetValue(null))
                .OfType<DbProviderFactory>().ToList();
            return factories is [var only] ? only
                : throw new InvalidDataException($"'{path}' holds {factories.Count} providers; one class that derives from "
                    + $"{nameof(DbProviderFactory)}, with a field Instance, was expected.");
        }
        catch (Exception e) when (e is BadImageFormatException or IOException or TypeLoadException or TargetInvocationException)
        {
            throw new InvalidDataException($"'{path}' cannot be loaded as a provider of ADO.NET: {(e.InnerException ?? e).Message} What it "
                + "needs should lie in its folder, as 'dotnet publish' puts it.", e);
        }
    }

    // What .NET itself has is shared, the classes of ADO.NET above all.
    protected override Assembly? Load(AssemblyName name) =>
        (_resolver.ResolveAssemblyToPath(name) ?? Beside($"{name.Name}{Ending}")) is { } path ? LoadFromAssemblyPath(path) : null;

    protected override IntPtr LoadUnmanagedDll(string name)
    {
        string[] names = [$"lib{name}.so", $"{name}{Ending}", $"lib{name}.dylib", name];
        return (_resolver.ResolveUnmanagedDllToPath(name) ?? names.Select(Beside).FirstOrDefault(p => p is not null)) is { } path
            ? LoadUnmanagedDllFromPath(path) : IntPtr.Zero;
    }

    private string? Beside(string name) => Path.Combine(_folder, name) is var path && File.Exists(path) ? path : null;
}
