using System.Reflection;

namespace Microsoft.ML.Introspection.Estimators.Models;

/// <summary>Reads what ML.NET does not publish, where the versions that the tests ran with keep it; any other version is refused.</summary>
internal static class Unpublished
{
    private static readonly int[] KnownVersions = [5, 6];

    private const BindingFlags Instance = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    /// <summary>Refuses versions of ML.NET that nobody has looked into.</summary>
    /// <param name="assembly">Where it is kept.</param>
    /// <param name="fact">What is not published.</param>
    /// <param name="otherwise">What a user can do but take another version.</param>
    /// <exception cref="NotSupportedException">The assembly is of another version.</exception>
    public static void CheckVersion(Assembly assembly, string fact, string otherwise)
    {
        var version =
            assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "of no version";
        if (!int.TryParse(version.Split('.')[0], out var major) || !KnownVersions.Contains(major))
            throw new NotSupportedException(
                $"{assembly.GetName().Name} is {version}. It does not publish {fact}, and this library knows where ML.NET " +
                $"{string.Join(" and ", KnownVersions.Select(v => $"{v}.x"))} keeps it. Take such a version, or {otherwise}.");
    }

    /// <summary>The value of a field or property.</summary>
    /// <param name="holder">Who has it.</param>
    /// <param name="declaring">The type that declares it; null for the holder's own.</param>
    /// <param name="member">Its name.</param>
    /// <param name="fact">What it tells.</param>
    /// <param name="otherwise">What a user can do but take another version.</param>
    /// <exception cref="NotSupportedException">It is not there, or the version is not known.</exception>
    public static object? Read(object holder, Type? declaring, string member, string fact, string otherwise)
    {
        CheckVersion((declaring ?? holder.GetType()).Assembly, fact, otherwise);
        // Private members are found in the type that declares them only.
        for (var type = declaring ?? holder.GetType(); type is not null; type = type.BaseType)
        {
            if (type.GetField(member, Instance) is { } field)
                return field.GetValue(holder);
            if (type.GetProperty(member, Instance) is { } property)
                return property.GetValue(holder);
        }
        var assembly = (declaring ?? holder.GetType()).Assembly.GetName();
        throw new NotSupportedException(
            $"{assembly.Name} {assembly.Version} does not tell {fact}: '{member}' of {(declaring ?? holder.GetType()).Name} is not there. "
                + $"Take an earlier version of ML.NET, or {otherwise}.");
    }
}
