using System.Numerics;

namespace Microsoft.ML.Introspection.Features;

/// <summary>
/// The distribution of numbers that go by. As long as it may keep them all, quantiles are exact; then it is a pile of sorted buffers, each
/// number of level l standing for 2ˡ: two buffers of a level become one of the next by dropping every second number, the first and the
/// second in turn, so that errors cancel (Manku, Rajagopalan, Lindsay 1998; Karnin, Lang, Liberty 2016, arXiv:1603.05346). The same numbers
/// in the same order give the same sketch.
/// </summary>
internal sealed class QuantileSketch
{
    private readonly List<Level> _levels = [new()];

    // How many numbers a level holds; all are kept while there is no limit.
    private int _capacity = int.MaxValue;

    /// <summary>How many numbers went by.</summary>
    public long Count { get; private set; }

    /// <summary>How many numbers are kept.</summary>
    public long Kept => _levels.Sum(l => (long)l.Count);

    /// <summary>Whether all are kept.</summary>
    public bool IsExact => _levels.Count == 1;

    /// <summary>Takes numbers; NaN is left out.</summary>
    public void Add(ReadOnlySpan<float> numbers)
    {
        while (!numbers.IsEmpty)
        {
            var level = _levels[0];
            var some = numbers[..(int)Math.Min(numbers.Length, (long)_capacity - level.Count)];
            Count += level.Append(some);
            numbers = numbers[some.Length..];
            Settle();
        }
    }

    /// <summary>Takes memory for so many numbers at once, where it is known how many will go by.</summary>
    public void Reserve(long count)
    {
        if (IsExact)
            _levels[0].Reserve((int)Math.Min(Math.Min(count, _capacity), Array.MaxLength));
    }

    /// <summary>Keeps from now on no more than so many numbers at each level.</summary>
    public void Limit(int capacity)
    {
        _capacity = Math.Min(_capacity, capacity);
        Settle();
    }

    /// <summary>Takes what another has seen.</summary>
    public void Merge(QuantileSketch other)
    {
        _capacity = Math.Min(_capacity, other._capacity);
        for (var level = 0; level < other._levels.Count; level++)
        {
            while (_levels.Count <= level)
                _levels.Add(new());
            _levels[level].Append(other._levels[level].Numbers);
        }
        Count += other.Count;
        Settle();
    }

    /// <summary>
    /// Quantiles, a straight line between neighbours as NumPy has it by default; NaN where there were no numbers.
    /// </summary>
    /// <param name="shares">From 0 to 1, rising.</param>
    public double[] Quantiles(IReadOnlyList<double> shares)
    {
        float[] numbers = [.. _levels.SelectMany(l => l.Numbers.ToArray())];
        long[] weights = [.. _levels.Index().SelectMany(l => Enumerable.Repeat(1L << l.Index, l.Item.Count))];
        if (numbers.Length == 0)
            return [.. shares.Select(_ => double.NaN)];
        if (IsExact)
            Arrange(numbers, [.. shares.Select(share => (int)(share * (Count - 1)))
                .SelectMany(rank => (int[])[rank, Math.Min(rank + 1, numbers.Length - 1)])]);
        else
            Array.Sort(numbers, weights);
        var (at, before) = (0, 0L);
        return [.. shares.Select(share =>
        {
            var rank = share * (Count - 1);
            var low = (long)rank;
            while (before + weights[at] <= low)
                before += weights[at++];
            var next = low + 1 < before + weights[at] || at + 1 == numbers.Length ? at : at + 1;
            return numbers[at] + ((double)numbers[next] - numbers[at]) * (rank - low);
        })];
    }

    // Puts the numbers of some ranks, in rising order, where sorting would: it costs a fraction of that (Hoare 1961).
    private static void Arrange(Span<float> numbers, ReadOnlySpan<int> ranks, int offset = 0, int depth = 0)
    {
        while (!ranks.IsEmpty && numbers.Length > 1)
        {
            if (numbers.Length <= 32 || depth++ > 64)
            {
                numbers.Sort();
                return;
            }
            var (a, b, c) = (numbers[0], numbers[numbers.Length / 2], numbers[^1]);
            var pivot = Math.Max(Math.Min(a, b), Math.Min(Math.Max(a, b), c));
            var (low, high) = (0, numbers.Length - 1);
            while (low <= high)
            {
                while (numbers[low] < pivot)
                    low++;
                while (numbers[high] > pivot)
                    high--;
                if (low <= high)
                {
                    (numbers[low], numbers[high]) = (numbers[high], numbers[low]);
                    (low, high) = (low + 1, high - 1);
                }
            }
            // Before, between and behind: what lies between is the pivot itself.
            var (before, behind) = (0, 0);
            while (before < ranks.Length && ranks[before] - offset <= high)
                before++;
            for (behind = before; behind < ranks.Length && ranks[behind] - offset < low;)
                behind++;
            Arrange(numbers[..(high + 1)], ranks[..before], offset, depth);
            numbers = numbers[low..];
            ranks = ranks[behind..];
            offset += low;
        }
    }

    /// <summary>All that is kept, to be written down: how many numbers of each level, and the numbers.</summary>
    public (long[] Counts, float[] Numbers) Save() =>
        ([.. _levels.Select(l => (long)l.Count)], [.. _levels.SelectMany(l => l.Numbers.ToArray())]);

    /// <summary>A sketch from what <see cref="Save"/> gave.</summary>
    public static QuantileSketch Load(ReadOnlySpan<long> counts, ReadOnlySpan<float> numbers, int capacity)
    {
        var sketch = new QuantileSketch { _capacity = capacity };
        sketch._levels.Clear();
        for (var level = 0; level < counts.Length; level++)
        {
            sketch._levels.Add(new());
            sketch._levels[level].Append(numbers[..(int)counts[level]]);
            numbers = numbers[(int)counts[level]..];
            sketch.Count += counts[level] << level;
        }
        if (counts.IsEmpty)
            sketch._levels.Add(new());
        return sketch;
    }

    private void Settle()
    {
        for (var level = 0; level < _levels.Count; level++)
        {
            if (_levels[level].Count < _capacity)
                continue;
            if (level + 1 == _levels.Count)
                _levels.Add(new());
            _levels[level].Halve(_levels[level + 1]);
        }
    }

    private sealed class Level
    {
        private float[] _numbers = [];
        private bool _second;

        public int Count { get; private set; }

        public ReadOnlySpan<float> Numbers => _numbers.AsSpan(0, Count);

        public int Append(ReadOnlySpan<float> numbers)
        {
            if (Count + numbers.Length > _numbers.Length)
                Array.Resize(ref _numbers, Math.Max(Count + numbers.Length, Math.Min(Array.MaxLength, 2 * Math.Max(Count, 64))));
            if (!HasNaN(numbers))
            {
                numbers.CopyTo(_numbers.AsSpan(Count));
                Count += numbers.Length;
                return numbers.Length;
            }
            var before = Count;
            foreach (var number in numbers)
                if (!float.IsNaN(number))
                    _numbers[Count++] = number;
            return Count - before;
        }

        public void Reserve(int count)
        {
            if (_numbers.Length < count)
                Array.Resize(ref _numbers, count);
        }

        private static bool HasNaN(ReadOnlySpan<float> numbers)
        {
            var at = 0;
            for (; at <= numbers.Length - Vector<float>.Count; at += Vector<float>.Count)
                if (new Vector<float>(numbers[at..]) is var some && !Vector.EqualsAll(some, some))
                    return true;
            foreach (var number in numbers[at..])
                if (float.IsNaN(number))
                    return true;
            return false;
        }

        // An odd number of numbers leaves the largest behind, so that the weights add up.
        public void Halve(Level next)
        {
            Array.Sort(_numbers, 0, Count);
            var pairs = Count / 2;
            var half = new float[pairs];
            for (var i = 0; i < pairs; i++)
                half[i] = _numbers[2 * i + (_second ? 1 : 0)];
            _second = !_second;
            next.Append(half);
            var left = Count % 2 == 1 ? _numbers[Count - 1] : 0;
            Count %= 2;
            _numbers = new float[64];
            _numbers[0] = left;
        }
    }
}
