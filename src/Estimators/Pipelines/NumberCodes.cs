using System.Numerics;

namespace Microsoft.ML.Introspection.Estimators.Pipelines;

/// <summary>
/// Numbers of other types. One that fits no single-precision number takes the next one that no other value has taken, so that all are told
/// apart, come back exactly, and keep their order but for such ties. A number that stands for no remembered value is itself.
/// </summary>
/// <param name="isKey">Whether the numbers are keys: categories.</param>
internal sealed class NumberCodes<T>(bool isKey) : ValueCodes<T> where T : unmanaged, INumber<T>
{
    // Integers below are their own codes, and no other value of their type comes to be theirs: codes are looked for away from zero.
    private const int Exact = 1 << 24;

    private static readonly bool Whole = T.One / (T.One + T.One) == T.Zero;

    private readonly List<T> _values = [];
    private readonly Dictionary<T, float> _codes = [];
    private readonly Dictionary<float, T> _decoded = [];

    // From a place that is taken to one where the search for a free one goes on.
    private readonly Dictionary<int, int> _next = [];

    public override bool IsCategorical => isKey;

    public override int Remembered => _values.Count;

    public override float Encode(in T value)
    {
        var number = double.CreateSaturating(value);
        if (!double.IsFinite(number) || Whole && Math.Abs(number) < Exact)
            return (float)number;
        if (!_codes.TryGetValue(value, out var code))
        {
            code = Free((float)number);
            _values.Add(value);
            _codes.Add(value, code);
            _decoded.Add(code, value);
        }
        return code;
    }

    public override T Decode(float code) => _decoded.TryGetValue(code, out var value) ? value
        : T.CreateSaturating(Whole ? MathF.Round(code) : code);

    public override void Forget(int kept)
    {
        if (kept >= _values.Count)
            return;
        var values = _values[..kept];
        _values.Clear();
        _codes.Clear();
        _decoded.Clear();
        _next.Clear();
        foreach (var value in values)
            Encode(value);
    }

    private float Free(float wanted)
    {
        var start = Place(Math.Clamp(wanted, float.MinValue, float.MaxValue));
        var place = start;
        while (_next.TryGetValue(place, out var next))
            place = next;
        // The way is short from now on.
        while (_next.TryGetValue(start, out var next) && next != place)
        {
            _next[start] = place;
            start = next;
        }
        var found = Number(place);
        if (!float.IsFinite(found))
            for (found = float.CopySign(float.MaxValue, found); _decoded.ContainsKey(found);)
                found = found > 0 ? MathF.BitDecrement(found) : MathF.BitIncrement(found);
        place = Place(found);
        _next[place] = place + (place < 0 ? -1 : 1);
        return found;
    }

    // Neighbouring numbers lie in neighbouring places; zero has one place.
    private static int Place(float number) => BitConverter.SingleToInt32Bits(number) is var bits && bits >= 0 ? bits : int.MinValue - bits;

    private static float Number(int place) => BitConverter.Int32BitsToSingle(place >= 0 ? place : int.MinValue - place);
}
