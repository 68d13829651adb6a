using System.Buffers.Binary;
using System.Text;

namespace Microsoft.ML.Introspection.Tests.Data;

/// <summary>NumPy files put together byte by byte, without the library's own writer.</summary>
internal static class NpyBytes
{
    /// <summary>A file of any header text, however wrong.</summary>
    public static byte[] File(string header, byte[] elements, byte major = 1, byte minor = 0)
    {
        var text = Encoding.UTF8.GetBytes(header);
        var length = new byte[major == 1 ? 2 : 4];
        if (major == 1)
            BinaryPrimitives.WriteUInt16LittleEndian(length, (ushort)text.Length);
        else
            BinaryPrimitives.WriteUInt32LittleEndian(length, (uint)text.Length);
        return [0x93, .. "NUMPY"u8, major, minor, .. length, .. text, .. elements];
    }

    /// <summary>A well-formed header.</summary>
    public static string Header(string description, string shape, bool fortran = false) =>
        $"{{'descr': '{description}', 'fortran_order': {(fortran ? "True" : "False")}, 'shape': {shape}, }}\n";

    /// <summary>Numbers as the bytes of 32-bit floating point, lowest first.</summary>
    public static byte[] Singles(params float[] values) => [.. values.SelectMany(value =>
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteSingleLittleEndian(bytes, value);
        return bytes;
    })];
}
