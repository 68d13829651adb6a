// Offline stand-in for ML.NET, used where no NuGet source has the real packages; not shipped.
using System.Reflection;

namespace Microsoft.ML.Runtime;

/// <summary>Finds the loaders of model files and the extensions that assemblies offer.</summary>
public sealed class ComponentCatalog
{
    private readonly Dictionary<string, Func<IHostEnvironment, ModelLoadContext, object>> _loaders = [];
    private readonly Dictionary<string, Type> _extensions = [];
    private readonly HashSet<Assembly> _known = [];

    internal ComponentCatalog() => RegisterAssembly(typeof(ComponentCatalog).Assembly);

    public void RegisterAssembly(Assembly assembly, bool throwOnError = true)
    {
        lock (_known)
        {
            if (!_known.Add(assembly))
                return;
            foreach (var loadable in assembly.GetCustomAttributes<LoadableAttribute>())
                _loaders[loadable.Loader] = loadable.Type.GetMethod("Load", BindingFlags.Static | BindingFlags.NonPublic)
                    .CreateDelegate<Func<IHostEnvironment, ModelLoadContext, object>>();
            foreach (var type in TypesOf(assembly).Where(type => type.IsClass && !type.IsAbstract))
            {
                if (type.GetCustomAttribute<ExtensionBaseAttribute>() is { } extension
                    && !_extensions.TryAdd(extension.ContractName, type) && throwOnError)
                {
                    throw Contracts.Except($"Two extensions have the contract name '{extension.ContractName}'.");
                }
            }
        }
    }

    internal object Load(string loader, string assembly, IHostEnvironment env, ModelLoadContext context)
    {
        RegisterIfFound(assembly);
        return _loaders.TryGetValue(loader, out var load)
            ? load(env, context)
            : throw Contracts.ExceptDecode($"Nothing here loads components of kind '{loader}', which assembly '{assembly}' wrote.");
    }

    internal object CreateExtension(string contract, string assembly)
    {
        RegisterIfFound(assembly);
        return _extensions.TryGetValue(contract, out var type)
            ? Activator.CreateInstance(type)
            : throw Contracts.Except($"No registered assembly has an extension for the contract '{contract}'; call ComponentCatalog.RegisterAssembly with the one that does.");
    }

    private static IEnumerable<Type> TypesOf(Assembly assembly)
    {
        try
        {
            return assembly.GetTypes();
        }
        catch (ReflectionTypeLoadException e)
        {
            // Types whose own dependencies are absent cannot be asked for their attributes.
            return e.Types.Where(type => type != null);
        }
    }

    private void RegisterIfFound(string assembly)
    {
        try
        {
            RegisterAssembly(Assembly.Load(new AssemblyName(assembly)), throwOnError: false);
        }
        catch (Exception e) when (e is FileNotFoundException or FileLoadException or BadImageFormatException)
        {
            // What the assembly would have offered may come from one that is registered already; if not, the look-up says so.
        }
    }
}

/// <summary>Says that a type has a static method <c>Load</c> for components of a name in model files.</summary>
[AttributeUsage(AttributeTargets.Assembly, AllowMultiple = true)]
internal sealed class LoadableAttribute(string loader, Type type) : Attribute
{
    public string Loader => loader;

    public Type Type => type;
}
