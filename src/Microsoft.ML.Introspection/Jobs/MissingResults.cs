using System.Numerics;
using System.Runtime.InteropServices;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;

namespace Microsoft.ML.Introspection.Jobs;

/// <summary>The rows of which some result is NaN.</summary>
internal sealed class MissingResults
{
    private string? _first;
    private long _rows;

    /// <summary>How many they are, which is the first, and why; null where there are none.</summary>
    public string? Message =>
        _first is null ? null : FormattableString.Invariant($"NaN is among the results of {_rows:N0} rows; {_first}");

    /// <summary>Forgets them.</summary>
    public void Clear() => (_first, _rows) = (null, 0);

    /// <summary>Looks at the results of a block.</summary>
    /// <param name="ports">The results.</param>
    /// <param name="first">The number of its first row.</param>
    /// <param name="rows">How many rows it has.</param>
    public void Note(IReadOnlyList<ResultPort> ports, long first, int rows)
    {
        List<(ResultPort Port, int[] Places)> missing = [.. ports.Select(p => (p, Places(p, rows))).Where(p => p.Item2.Any(i => i >= 0))];
        for (var row = 0; row < rows && missing.Count > 0; row++)
        {
            if (missing.Find(m => m.Places[row] >= 0) is not { Port: { } port, Places: var places })
                continue;
            _rows++;
            _first ??= FormattableString.Invariant($"the first is row {first + row}, '{port.Name}' at element {places[row]}: ")
                + NotANumberException.Reason(missing.Exists(m => m.Port.Width == 1 && m.Places[row] >= 0));
        }
    }

    // For each row the first element that is NaN; -1 where there is none.
    private static int[] Places(ResultPort port, int rows) => port.Type switch
    {
        _ when port.Width == 0 => [],
        ElementType.Float => Places(MemoryMarshal.Cast<byte, float>(port.Bytes(rows)), port.Width),
        ElementType.Double => Places(MemoryMarshal.Cast<byte, double>(port.Bytes(rows)), port.Width),
        ElementType.Float16 => Places(MemoryMarshal.Cast<byte, Half>(port.Bytes(rows)), port.Width),
        _ => [],
    };

    private static int[] Places<T>(ReadOnlySpan<T> elements, int width) where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (NotANumberException.First(elements) < 0)
            return [];
        var places = new int[elements.Length / width];
        for (var row = 0; row < places.Length; row++)
            places[row] = NotANumberException.First(elements.Slice(row * width, width));
        return places;
    }
}
