using System.Globalization;

namespace Microsoft.ML.Introspection.Onnx;

/// <summary>
/// One extent of a tensor: a number, a whole multiple of a symbol (the batch size, usually), or unknown.
/// </summary>
public readonly struct Dimension : IEquatable<Dimension>
{
    private readonly long _factor;
    private readonly string? _symbol;

    private Dimension(long factor, string? symbol) => (_factor, _symbol) = (factor, symbol);

    /// <summary>An extent that only a run can tell.</summary>
    public static Dimension Unknown { get; } = new(-1, "?");

    /// <summary>The extent named <paramref name="name"/>, equal to every other extent of that name in the graph.</summary>
    public static Dimension Symbol(string name) =>
        string.IsNullOrEmpty(name) || name == "?" ? Unknown : new Dimension(1, name);

    /// <summary>What a user can do about an extent that has to be a number, by the library and by the command line.</summary>
    internal const string HowToFix = "Fix the dimension with NetworkOptions.Dimensions, or --dimension NAME=N (INPUT[AXIS]=N where the "
        + "file gives it no name; axis 0 is the batch).";

    /// <summary>Whether the extent is a number.</summary>
    public bool IsKnown => _symbol is null;

    /// <summary>Whether the extent is neither a number nor a multiple of a symbol.</summary>
    public bool IsUnknown => _symbol == "?";

    /// <summary>The number.</summary>
    /// <exception cref="InvalidOperationException">The extent is symbolic or unknown.</exception>
    public long Value => IsKnown
        ? _factor
        : throw new InvalidOperationException($"The dimension '{this}' has no fixed size. {HowToFix}");

    /// <summary>The symbol, or null for a number or an unknown extent.</summary>
    public string? Name => IsUnknown ? null : _symbol;

    /// <summary>How many times the symbol the extent is (the number itself where there is no symbol).</summary>
    public long Factor => _factor;

    /// <summary>This extent where the symbol <paramref name="symbol"/> stands for <paramref name="replacement"/>.</summary>
    public Dimension Substitute(string symbol, Dimension replacement) => _symbol == symbol ? replacement * _factor : this;

    /// <summary>A number as an extent; a negative one stands for an unknown extent, as in ONNX Runtime's metadata.</summary>
    public static implicit operator Dimension(long value) => value < 0 ? Unknown : new Dimension(value, null);

    /// <summary>The extent of a stack of <paramref name="times"/> pieces.</summary>
    public static Dimension operator *(Dimension dimension, long times) => dimension.IsUnknown
        ? Unknown
        : times == 0 ? 0 : Made((Int128)dimension._factor * times, dimension._symbol);

    /// <summary>The product, unknown where both sides are symbolic.</summary>
    public static Dimension operator *(Dimension left, Dimension right) =>
        right.IsKnown ? left * right._factor : left.IsKnown ? right * left._factor : Unknown;

    /// <summary>The extent of two pieces end to end, unknown where they do not share a symbol.</summary>
    public static Dimension operator +(Dimension left, Dimension right) =>
        !left.IsUnknown && left._symbol == right._symbol ? Made((Int128)left._factor + right._factor, left._symbol)
        : left == 0 ? right
        : right == 0 ? left
        : Unknown;

    private static Dimension Made(Int128 factor, string? symbol) => factor >= 0 && factor <= long.MaxValue ? new((long)factor, symbol)
        : throw new InvalidModelException($"An extent of {factor} elements can be no tensor's.");

    /// <summary>Whether both extents are surely equal; an unknown extent equals nothing.</summary>
    public static bool operator ==(Dimension left, Dimension right) => left.Equals(right);

    /// <summary>Whether the extents may differ.</summary>
    public static bool operator !=(Dimension left, Dimension right) => !left.Equals(right);

    /// <inheritdoc/>
    public bool Equals(Dimension other) => !IsUnknown && _factor == other._factor && _symbol == other._symbol;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Dimension other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_factor, _symbol);

    /// <inheritdoc/>
    public override string ToString() =>
        IsKnown ? _factor.ToString(CultureInfo.InvariantCulture) : IsUnknown || _factor == 1 ? _symbol! : $"{_factor}·{_symbol}";
}
