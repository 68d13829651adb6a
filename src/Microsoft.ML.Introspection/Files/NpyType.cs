using System.Diagnostics.CodeAnalysis;

namespace Microsoft.ML.Introspection.Files;

/// <summary>The element types of NumPy files that are read and written here.</summary>
public enum NpyType
{
    /// <summary><c>b1</c>, one byte, 0 or 1.</summary>
    Boolean,

    /// <summary><c>i1</c></summary>
    Int8,

    /// <summary><c>u1</c></summary>
    UInt8,

    /// <summary><c>i2</c></summary>
    Int16,

    /// <summary><c>u2</c></summary>
    UInt16,

    /// <summary><c>i4</c></summary>
    Int32,

    /// <summary><c>u4</c></summary>
    UInt32,

    /// <summary><c>i8</c></summary>
    Int64,

    /// <summary><c>u8</c></summary>
    UInt64,

    /// <summary><c>f2</c></summary>
    Half,

    /// <summary><c>f4</c></summary>
    Single,

    /// <summary><c>f8</c></summary>
    Double,
}

internal static class NpyTypes
{
    private const string Supported = "b1, i1, i2, i4, i8, u1, u2, u4, u8, f2, f4 and f8";

    private static readonly string[] Codes = ["b1", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f2", "f4", "f8"];

    /// <summary>Bytes of one element: NumPy's codes end with it.</summary>
    public static int Size(this NpyType type) => Codes[(int)type][1] - '0';

    /// <summary>NumPy's description of the type in little-endian order.</summary>
    public static string Description(this NpyType type) => (type.Size() == 1 ? '|' : '<') + Codes[(int)type];

    /// <summary>Reads a description such as <c>&lt;f4</c>; otherwise says why it is refused.</summary>
    public static bool TryParse(string description, out NpyType type, out bool bigEndian, [NotNullWhen(false)] out string? reason)
    {
        (type, bigEndian, reason) = (default, false, null);
        if (description.Length < 2 || "<>|=".IndexOf(description[0], StringComparison.Ordinal) < 0)
        {
            reason = $"its element type '{description}' is not one NumPy writes";
            return false;
        }

        var code = description[1..];
        if (code[0] == 'O')
        {
            reason = "it holds Python objects, which only unpickling could read, and that could run any code; save it as plain numbers";
            return false;
        }

        var index = Array.IndexOf(Codes, code);
        if (index < 0)
        {
            reason = $"its element type '{description}' is not supported ({Supported} are); convert it with astype before saving";
            return false;
        }

        type = (NpyType)index;
        if (type.Size() > 1 && description[0] == '|')
        {
            reason = $"its element type '{description}' does not say its byte order ('<' or '>')";
            return false;
        }

        bigEndian = description[0] == '>' || (description[0] == '=' && !BitConverter.IsLittleEndian);
        return true;
    }
}
