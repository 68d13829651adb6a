using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Explaining;

/// <summary>
/// Blocks of a feature vector of which at most one slot is 1 and all others are 0, as one-hot encoding makes them, and which are
/// explained as one feature each: the category. The rows get shorter, and so do trees that split on sets of categories.
/// </summary>
/// <remarks>
/// A block's value is the place of its 1 within the block; a block without one (a category that was not there in training) has the
/// value behind the last. All other slots stay features of their own. Features keep the order of their slots.
/// </remarks>
public sealed class OneHotBlocks
{
    private readonly int[] _featureOf;
    private readonly (int First, int Count)[] _features;

    /// <summary>Names the blocks.</summary>
    /// <param name="slotCount">The length of the feature vector.</param>
    /// <param name="blocks">The first slot of each block, and how many slots it has.</param>
    /// <exception cref="ArgumentException">A block is empty, reaches beyond the vector, or overlaps another.</exception>
    public OneHotBlocks(int slotCount, params IReadOnlyList<(int First, int Count)> blocks)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(slotCount, 1);
        ArgumentNullException.ThrowIfNull(blocks);
        var features = new List<(int First, int Count)>();
        var next = 0;
        foreach (var (first, count) in blocks.OrderBy(b => b.First))
        {
            if (count < 1 || first < 0 || first > slotCount - count)
                throw new ArgumentException($"A block of {count} slots from slot {first} on does not lie in a vector of {slotCount}.",
                    nameof(blocks));
            if (first < next)
                throw new ArgumentException($"The block from slot {first} on overlaps the one before it.", nameof(blocks));
            for (; next < first; next++)
                features.Add((next, 0));
            features.Add((first, count));
            next += count;
        }
        for (; next < slotCount; next++)
            features.Add((next, 0));
        _features = [.. features];
        _featureOf = new int[slotCount];
        for (var feature = 0; feature < _features.Length; feature++)
            _featureOf.AsSpan(_features[feature].First, Math.Max(1, _features[feature].Count)).Fill(feature);
    }

    /// <summary>The length of the feature vector.</summary>
    public int SlotCount => _featureOf.Length;

    /// <summary>The number of features that remain.</summary>
    public int FeatureCount => _features.Length;

    /// <summary>Whether a feature is a block, so that its values are categories.</summary>
    public bool IsBlock(int feature) => _features[feature].Count > 0;

    /// <summary>The feature that a slot belongs to.</summary>
    public int FeatureOf(int slot) => _featureOf[slot];

    /// <summary>The first slot of a feature.</summary>
    public int FirstSlot(int feature) => _features[feature].First;

    /// <summary>The features' names: of a block what the names of all its slots begin with, of others the slot's name.</summary>
    /// <param name="slotNames">A name for every slot.</param>
    public IReadOnlyList<string> Names(IReadOnlyList<string> slotNames)
    {
        ArgumentNullException.ThrowIfNull(slotNames);
        if (slotNames.Count != SlotCount)
            throw new ArgumentException($"{slotNames.Count} names were given for {SlotCount} slots.", nameof(slotNames));
        return [
            .. _features.Select(f => f.Count == 0 ? slotNames[f.First] : Beginning([.. slotNames.Skip(f.First).Take(f.Count)], f.First))];
    }

    /// <summary>Shortens rows.</summary>
    /// <param name="slots">Shape [N, slots], row by row.</param>
    /// <param name="features">Where to write, shape [N, features].</param>
    /// <exception cref="ArgumentException">The lengths do not fit, or a block is not one-hot; the message names row and slots.</exception>
    public void Merge(ReadOnlySpan<float> slots, Span<float> features)
    {
        if (slots.Length % SlotCount != 0 || features.Length != slots.Length / SlotCount * FeatureCount)
            throw new ArgumentException($"Rows of {SlotCount} slots and room for {FeatureCount} features for each were expected; given "
                + $"were {slots.Length} and {features.Length}.");
        for (var row = 0; row < slots.Length / SlotCount; row++)
        {
            var from = slots.Slice(row * SlotCount, SlotCount);
            var to = features.Slice(row * FeatureCount, FeatureCount);
            for (var feature = 0; feature < to.Length; feature++)
                to[feature] = _features[feature].Count == 0 ? from[_features[feature].First] : Category(from, _features[feature], row);
        }
    }

    /// <summary>Shortens rows.</summary>
    /// <param name="slots">Shape [N, slots], row by row.</param>
    /// <returns>Shape [N, features].</returns>
    /// <exception cref="ArgumentException">The length does not fit, or a block is not one-hot; the message names row and slots.</exception>
    public float[] Merge(ReadOnlySpan<float> slots)
    {
        var features = new float[slots.Length / SlotCount * FeatureCount];
        Merge(slots, features);
        return features;
    }

    // The place of the 1 within a block is a sum of the block's slots, weighted by how far each is from where no 1 would put it. Other
    // slots are left out of the sums: one that is missing would make all of them missing.
    internal Value Merge(Value rows)
    {
        var graph = rows.Graph;
        int[] slots = [.. Enumerable.Range(0, SlotCount).Where(slot => IsBlock(FeatureOf(slot)))];
        bool[] isBlock = [.. Enumerable.Range(0, FeatureCount).Select(IsBlock)];
        var (places, none) = (new float[slots.Length * FeatureCount], new float[FeatureCount]);
        foreach (var slot in slots)
            none[FeatureOf(slot)]++;
        for (var i = 0; i < slots.Length; i++)
        {
            var feature = FeatureOf(slots[i]);
            places[i * FeatureCount + feature] = slots[i] - FirstSlot(feature) - none[feature];
        }
        var plain = rows.Gather(graph.Constant([.. Enumerable.Range(0, FeatureCount).Select(f => (long)FirstSlot(f))]), 1);
        var categories =
            rows.Gather(graph.Constant([.. slots.Select(s => (long)s)]), 1)
                .MatMul(graph.Constant(Tensor.From(places, slots.Length, FeatureCount)))
            + graph.Constant(Tensor.From(none, 1, FeatureCount));
        return graph.Constant(Tensor.From(isBlock, 1, FeatureCount)).Where(categories, plain);
    }

    private static int Category(ReadOnlySpan<float> row, (int First, int Count) block, int number)
    {
        var found = block.Count;
        for (var i = 0; i < block.Count; i++)
        {
            var value = row[block.First + i];
            if (value == 0)
                continue;
            if (value != 1)
                throw new ArgumentException(
                    $"Row {number} has {value} in slot {block.First + i}; a one-hot block holds zeros and at most one 1.", nameof(row));
            if (found < block.Count)
                throw new ArgumentException($"Row {number} has 1 in the slots {block.First + found} and {block.First + i} of one block; "
                    + "a one-hot block holds at most one 1.", nameof(row));
            found = i;
        }
        return found;
    }

    private static string Beginning(string[] names, int first)
    {
        var length = names.Min(n => n.Length);
        while (length > 0 && !names.All(n => n.AsSpan(0, length).SequenceEqual(names[0].AsSpan(0, length))))
            length--;
        // Slots without names are called after their column, with numbers in brackets.
        if (names.Index().All(n => n.Item.EndsWith($"[{n.Index}]", StringComparison.Ordinal)) && names[0].Length > 3)
            return names[0][..^3];
        // Concatenate writes column, dot, category; categories may begin alike too.
        var dot = names[0].LastIndexOf('.', Math.Max(0, length - 1));
        var beginning = (names.Length > 1 && dot > 0 ? names[0][..dot] : names[0][..length]).TrimEnd('.', ' ', '_', '=', ':');
        return beginning.Length > 0 ? beginning : $"slots {first} to {first + names.Length - 1}";
    }
}
