using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>
/// Elements of a row that count as one feature: the blocks of a one-hot code, the n-grams of a text, regions of an image.
/// </summary>
internal sealed class FeatureGroups
{
    private const int MostAlone = 1 << 24;

    private FeatureGroups(Tensor ids, int[] groups, int[] of)
    {
        (Ids, GroupOfId, Of) = (ids, groups, of);
        Sizes = new int[groups.Max() + 1];
        foreach (var group in of)
            Sizes[group]++;
    }

    /// <summary>The groups' names in the tensor they were given in, [1, row…], extents of 1 where they hold for all.</summary>
    public Tensor Ids { get; }

    /// <summary>The number of the group of every element of <see cref="Ids"/>.</summary>
    public int[] GroupOfId { get; }

    /// <summary>The number of the group of every element of a row, last axis fastest; numbers follow the order of the names.</summary>
    public int[] Of { get; }

    /// <summary>How many elements each group has.</summary>
    public int[] Sizes { get; }

    /// <summary>How many groups there are.</summary>
    public int Count => Sizes.Length;

    /// <summary>Reads groups and checks that they fit.</summary>
    /// <param name="groups">
    /// Whole numbers of the shape of a row (or [1, row…]), extents of 1 meaning the same for all; null makes every element a group.
    /// </param>
    /// <param name="row">The extents of a row.</param>
    /// <param name="name">What the row is one of, for messages.</param>
    /// <exception cref="ArgumentException">They do not fit the row.</exception>
    public static FeatureGroups For(Tensor? groups, ReadOnlySpan<long> row, string name)
    {
        long[] wanted = [1, .. row];
        if (groups is null)
        {
            var size = Onnx.Sizes.Count(Shape.Of(row));
            if (size is 0 or > MostAlone)
                throw new ArgumentException($"A row of '{name}' {Shape.Of(row)} has {size:N0} elements; to take them away one by one, 1 to "
                    + $"{MostAlone:N0} are expected. Give feature groups.");
            int[] each = [.. Enumerable.Range(0, size)];
            return new FeatureGroups(Tensor.From(Array.ConvertAll(each, i => (long)i), wanted), each, each);
        }
        if (groups.Type is not (ElementType.Int64 or ElementType.Int32))
            throw new ArgumentException($"Feature groups are whole numbers; the tensor given holds elements of type {groups.Type}.");
        var extents = groups.Dimensions.Length == row.Length + 1 && groups.Dimensions[0] == 1 ? groups.Dimensions
            : (ReadOnlySpan<long>)[1, .. groups.Dimensions];
        var fits = extents.Length == wanted.Length;
        for (var axis = 0; fits && axis < wanted.Length; axis++)
            fits = extents[axis] == wanted[axis] || extents[axis] == 1;
        if (!fits)
            throw new ArgumentException($"The feature groups have the shape {groups.Shape}; a row of '{name}' has {Shape.Of(row)}. "
                + "Expected that shape, or 1 in place of some extents.");
        var ids = groups.ToInt64();
        var numbers = ids.Distinct().Order().Select((id, number) => (id, number)).ToDictionary(p => p.id, p => p.number);
        int[] of = [.. ids.Select(id => numbers[id])];
        return new FeatureGroups(Tensor.From(ids, extents), of, Repeated(of, extents, wanted));
    }

    /// <summary>
    /// A name for each group after the names of its elements: what these begin with; or, where that is nothing or the same for several
    /// groups, the elements themselves.
    /// </summary>
    /// <param name="items">The names of the elements.</param>
    public IReadOnlyList<string> Names(IReadOnlyList<string> items)
    {
        var members = Enumerable.Range(0, Count).Select(_ => new List<int>()).ToArray();
        for (var i = 0; i < Of.Length; i++)
            members[Of[i]].Add(i);
        string[] stems = [.. members.Select(m => Stem([.. m.Select(i => items[i])]))];
        var told = stems.CountBy(s => s).Where(s => s.Key.Length > 0 && s.Value == 1).Select(s => s.Key).ToHashSet();
        return [.. stems.Select((stem, group) => told.Contains(stem) ? stem : Listed(members[group], items))];
    }

    // race.white, race.black → race. Words cut in two are no name: what follows must be a sign between words, or a number.
    private static string Stem(List<string> members)
    {
        var shared = members.Aggregate((a, b) => a[..a.Zip(b).TakeWhile(c => c.First == c.Second).Count()]);
        var stem = members.Count == 1 ? shared : shared.TrimEnd(' ', '.', '_', '-', ':', '=', '[', '(', '|', '/');
        return stem.Length < shared.Length || members.TrueForAll(m => m.Length == stem.Length || !char.IsLetter(m[stem.Length]))
            ? stem : "";
    }

    private static string Listed(List<int> members, IReadOnlyList<string> items)
    {
        const int Spelled = 3;
        if (members.Count > Spelled && members[^1] - members[0] == members.Count - 1)
            return $"{items[members[0]]} … {items[members[^1]]}";
        var named = string.Join(" + ", members.Take(Spelled).Select(m => items[m]));
        return members.Count > Spelled ? $"{named} + {members.Count - Spelled} more" : named;
    }

    private static int[] Repeated(int[] of, ReadOnlySpan<long> extents, ReadOnlySpan<long> wanted)
    {
        var result = new int[Onnx.Sizes.Count(Shape.Of(wanted))];
        for (var element = 0; element < result.Length; element++)
        {
            long rest = element, place = 0, stride = 1;
            for (var axis = wanted.Length - 1; axis >= 0; axis--)
            {
                if (extents[axis] > 1)
                    place += rest % wanted[axis] * stride;
                (rest, stride) = (rest / wanted[axis], stride * extents[axis]);
            }
            result[element] = of[place];
        }
        return result;
    }
}
