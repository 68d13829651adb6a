namespace Microsoft.ML.Introspection.Tool.Data;

/// <summary>What a member of a structure is, by the numbers that the compact form of Thrift has for it.</summary>
internal enum ThriftKind
{
    /// <summary>True: all there is of it.</summary>
    True = 1,

    /// <summary>False: all there is of it.</summary>
    False = 2,

    /// <summary>A byte.</summary>
    Tiny = 3,

    /// <summary>A whole number of 16 bits.</summary>
    Short = 4,

    /// <summary>A whole number of 32 bits.</summary>
    Int = 5,

    /// <summary>A whole number of 64 bits.</summary>
    Long = 6,

    /// <summary>A number of eight bytes.</summary>
    Real = 7,

    /// <summary>Bytes, or a text.</summary>
    Bytes = 8,

    /// <summary>A list.</summary>
    List = 9,

    /// <summary>A structure.</summary>
    Structure = 12,
}

/// <summary>A member of a structure.</summary>
/// <param name="Kind">What it is; of a list, what its items are.</param>
/// <param name="IsList">Whether it is a list.</param>
/// <param name="Of">What the structure holds.</param>
internal sealed record ThriftMember(ThriftKind Kind, bool IsList = false, ThriftShape? Of = null)
{
    public static implicit operator ThriftMember(ThriftKind kind) => new(kind);

    public static implicit operator ThriftMember(ThriftShape shape) => new(ThriftKind.Structure, Of: shape);
}

/// <summary>What a structure holds.</summary>
/// <param name="members">Its members from the first on; null where a number is not taken.</param>
internal sealed class ThriftShape(params ThriftMember?[] members)
{
    /// <summary>The member of a number; null where nobody knows one.</summary>
    public ThriftMember? this[int number] => number > 0 && number <= members.Length ? members[number - 1] : null;

    /// <summary>A list of such structures.</summary>
    public ThriftMember List() => new(ThriftKind.Structure, IsList: true, Of: this);
}
