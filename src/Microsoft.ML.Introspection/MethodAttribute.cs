namespace Microsoft.ML.Introspection;

/// <summary>
/// What a method is called, says, and was published as: the one description from which the command line, the extensions of ML.NET and the
/// documentation are made. The method's options are the parameters and properties that bear an <see cref="OptionAttribute"/>.
/// </summary>
/// <param name="name">The name in kebab case, as text interfaces take it.</param>
/// <param name="summary">What it gives, in a sentence without its full stop.</param>
/// <param name="paper">The paper: authors, year, and where to find it.</param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class MethodAttribute(string name, string summary, string paper = "") : Attribute
{
    /// <summary>The name in kebab case.</summary>
    public string Name { get; } = name;

    /// <summary>What it gives, in a sentence without its full stop.</summary>
    public string Summary { get; } = summary;

    /// <summary>The paper; empty where there is none.</summary>
    public string Paper { get; } = paper;
}

/// <summary>
/// What a text interface says of a parameter or property of a method; on a value of an enumeration, how it is called there.
/// </summary>
/// <param name="summary">What it does, in one line.</param>
[AttributeUsage(AttributeTargets.Parameter | AttributeTargets.Property | AttributeTargets.Field)]
public sealed class OptionAttribute(string summary) : Attribute
{
    /// <summary>What it does, in one line.</summary>
    public string Summary { get; } = summary;

    /// <summary>The name in kebab case; null to make it from that of the member.</summary>
    public string? Name { get; init; }

    /// <summary>The text that stands for null; null where nothing does.</summary>
    public string? Absent { get; init; }

    /// <summary>The text of the default, where the member has none.</summary>
    public string? Default { get; init; }

    /// <summary>The only texts that are taken; null where the type tells.</summary>
    public string[]? Values { get; init; }
}
