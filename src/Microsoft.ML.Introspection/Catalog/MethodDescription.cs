using Microsoft.ML.Introspection.Attribution;

namespace Microsoft.ML.Introspection.Catalog;

/// <summary>An option of a method as a text interface offers it.</summary>
/// <param name="Name">The option's name in kebab case, without dashes before it.</param>
/// <param name="Summary">What it does, in one line.</param>
/// <param name="Values">The values it takes; null where any text may do.</param>
/// <param name="Default">The value where it is not given.</param>
public sealed record MethodOption(string Name, string Summary, IReadOnlyList<string>? Values, string Default);

/// <summary>A method as a text interface offers it.</summary>
/// <param name="Type">The method's type.</param>
/// <param name="Name">The method's name in kebab case.</param>
/// <param name="Summary">What it gives, in one line.</param>
/// <param name="Paper">The paper: authors, year, and where to find it; empty where there is none.</param>
/// <param name="Options">Its options.</param>
/// <param name="Create">Makes the method from the values of its options, by name; all are given.</param>
public sealed record MethodDescription(
    Type Type, string Name, string Summary, string Paper, IReadOnlyList<MethodOption> Options,
    Func<IReadOnlyDictionary<string, string>, AttributionMethod> Create)
{
    /// <summary>Whether it explains only networks with attention.</summary>
    public bool NeedsAttention => Type.IsAssignableTo(typeof(TokenRelation));
}
