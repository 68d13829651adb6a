using Microsoft.ML.Data;

namespace Microsoft.ML.Introspection.Estimators.Pipelines;

/// <summary>Values of one type as single-precision numbers, and back.</summary>
internal abstract class ValueCodes<T>
{
    /// <summary>Whether the numbers are codes without an order.</summary>
    public abstract bool IsCategorical { get; }

    /// <summary>How many values are remembered.</summary>
    public virtual int Remembered => 0;

    /// <summary>The number that stands for a value.</summary>
    public abstract float Encode(in T value);

    /// <summary>The value that a number stands for.</summary>
    /// <exception cref="ArgumentException">The number stands for nothing.</exception>
    public abstract T Decode(float code);

    /// <summary>The same for whoever will write into the value: what is remembered stays as it is.</summary>
    public virtual void Decode(float code, ref T value) => value = Decode(code);

    /// <summary>Forgets all but the first remembered values.</summary>
    public virtual void Forget(int kept) { }

    /// <summary>A value as a text to show.</summary>
    public virtual string Show(in T value) => FormattableString.Invariant($"{value}");
}

/// <summary>Single-precision numbers, which stand for themselves.</summary>
internal sealed class SingleCodes : ValueCodes<float>
{
    public override bool IsCategorical => false;

    public override float Encode(in float value) => value;

    public override float Decode(float code) => code;
}

/// <summary>Truth values: 0 and 1.</summary>
internal sealed class TruthCodes : ValueCodes<bool>
{
    public override bool IsCategorical => true;

    public override float Encode(in bool value) => value ? 1 : 0;

    public override bool Decode(float code) => code > 0.5f;
}

/// <summary>Texts: each is its place in a list of all that were seen.</summary>
internal sealed class TextCodes : ValueCodes<ReadOnlyMemory<char>>
{
    private readonly List<string> _texts = [];
    private readonly Dictionary<ReadOnlyMemory<char>, int> _places = new(new SameCharacters());

    public override bool IsCategorical => true;

    public override int Remembered => _texts.Count;

    public override float Encode(in ReadOnlyMemory<char> value)
    {
        if (_places.TryGetValue(value, out var place))
            return place;
        var text = value.ToString();
        _places.Add(text.AsMemory(), _texts.Count);
        _texts.Add(text);
        return CodePlace.Of(_texts.Count - 1);
    }

    public override ReadOnlyMemory<char> Decode(float code) => _texts[CodePlace.In(_texts.Count, code)].AsMemory();

    public override void Forget(int kept)
    {
        for (var i = _texts.Count - 1; i >= kept; i--)
            _places.Remove(_texts[i].AsMemory());
        if (kept < _texts.Count)
            _texts.RemoveRange(kept, _texts.Count - kept);
    }

    // A text is looked up where it lies; a string is made of a new one only.
    private sealed class SameCharacters : IEqualityComparer<ReadOnlyMemory<char>>
    {
        public bool Equals(ReadOnlyMemory<char> x, ReadOnlyMemory<char> y) => x.Span.SequenceEqual(y.Span);

        public int GetHashCode(ReadOnlyMemory<char> text) => string.GetHashCode(text.Span);
    }
}

/// <summary>Values of any other type (dates, times): each is its place in a list of all that were seen.</summary>
internal sealed class ListedCodes<T> : ValueCodes<T> where T : notnull
{
    private readonly List<T> _values = [];
    private readonly Dictionary<T, int> _places = [];

    public override bool IsCategorical => true;

    public override int Remembered => _values.Count;

    public override float Encode(in T value)
    {
        if (!_places.TryGetValue(value, out var place))
        {
            _places.Add(value, place = _values.Count);
            _values.Add(value);
        }
        return CodePlace.Of(place);
    }

    public override T Decode(float code) => _values[CodePlace.In(_values.Count, code)];

    public override void Forget(int kept)
    {
        for (var i = _values.Count - 1; i >= kept; i--)
            _places.Remove(_values[i]);
        if (kept < _values.Count)
            _values.RemoveRange(kept, _values.Count - kept);
    }
}

/// <summary>Vectors as a whole: each is its place in a list of all that were seen. Equal ones are not looked for.</summary>
internal sealed class VectorCodes<T> : ValueCodes<VBuffer<T>>
{
    private readonly List<VBuffer<T>> _values = [];

    public override bool IsCategorical => true;

    public override int Remembered => _values.Count;

    public override float Encode(in VBuffer<T> value)
    {
        VBuffer<T> copy = default;
        value.CopyTo(ref copy);
        _values.Add(copy);
        return CodePlace.Of(_values.Count - 1);
    }

    public override VBuffer<T> Decode(float code) => _values[CodePlace.In(_values.Count, code)];

    public override void Decode(float code, ref VBuffer<T> value) => Decode(code).CopyTo(ref value);

    public override string Show(in VBuffer<T> value) =>
        string.Join(' ', value.DenseValues().Select(v => FormattableString.Invariant($"{v}")));

    public override void Forget(int kept)
    {
        if (kept < _values.Count)
            _values.RemoveRange(kept, _values.Count - kept);
    }
}

/// <summary>Places in lists as single-precision numbers.</summary>
internal static class CodePlace
{
    /// <summary>The number of a place.</summary>
    public static float Of(int place) => place <= 1 << 24 ? place
        : throw new InvalidOperationException(
            $"More than {1 << 24:N0} different values were seen; forget those of rows that are done with (PipelineScorer.ForgetAfter).");

    /// <summary>The place of a number.</summary>
    public static int In(int count, float code) => code >= 0 && code < count && code == MathF.Floor(code) ? (int)code
        : throw new ArgumentException($"{code} is the code of no value: there are {count}, with the codes 0 to {count - 1}. Features "
            + "like this one can be exchanged between rows, but neither mixed nor computed.");
}
