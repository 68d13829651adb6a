using Microsoft.ML.Introspection.Files;

namespace Microsoft.ML.Introspection.Features;

/// <content>As arrays, for files.</content>
public sealed partial class UnitStatistics
{
    internal const string FirstArray = "shape";

    /// <summary>All that is known but for the layer's name.</summary>
    internal IEnumerable<KeyValuePair<string, NpyArray>> Arrays()
    {
        yield return new(FirstArray, NpyArray.From([Rows, Positions, Units], 3));
        if (_bounds is var (middle, half))
            yield return new("bounds", NpyArray.From([middle, half], 2));
        yield return new("sums", NpyArray.From([.. _units.SelectMany(u => u.Save())], Units, RowSums.Saved));
        yield return new("silent", NpyArray.From(_silent, Units));
        yield return new("saturated", NpyArray.From(_saturated, Units));
        var sketches = Array.ConvertAll(_sketches, s => s.Save());
        var levels = sketches.Max(s => s.Counts.Length);
        yield return new("levels", NpyArray.From(
            [.. sketches.SelectMany(s => s.Counts.Concat(Enumerable.Repeat(0L, levels - s.Counts.Length)))], Units, levels));
        float[] numbers = [.. sketches.SelectMany(s => s.Numbers)];
        yield return new("numbers", NpyArray.From(numbers, numbers.Length));
        yield return new("classes", NpyArray.From([.. _classes.SelectMany(c => (long[])[c.Key, c.Value.Rows])], _classes.Count, 2));
        yield return new("class_sums", NpyArray.From([.. _classes.SelectMany(c => c.Value.Sums)], _classes.Count, Units));
        if (_products is null)
            yield break;
        yield return new("products", NpyArray.From(_products, Units, Units));
        yield return new("product_means", NpyArray.From(_productMeans, Units));
    }

    /// <summary>What such arrays tell.</summary>
    internal static UnitStatistics Load(string layer, bool isGradient, Func<string, NpyArray?> read, Func<string, Exception> damaged)
    {
        NpyArray Read(string name, params int?[] shape) => read(name) is { } array && array.Shape.Count == shape.Length
            && shape.Zip(array.Shape).All(e => e.First is null || e.First == e.Second) ? array
            : throw damaged($"the array '{name}' is missing, or has another shape than [{string.Join(", ", shape)}]");

        if (Read(FirstArray, 3).ToInt64s() is not [>= 0 and var rows, >= 1 and <= int.MaxValue and var positions,
            >= 1 and <= int.MaxValue and var width])
            throw damaged($"the array '{FirstArray}' does not fit");
        var units = (int)width;
        // What is read lies in the file: no memory is taken for units that are only promised.
        var sums = Read("sums", units, RowSums.Saved).ToDoubles();
        var products = read("products") is null ? null : Read("products", units, units).ToDoubles();
        var bounds = read("bounds") is null ? null : Read("bounds", 2).ToSingles();
        var found = new UnitStatistics(new WatchedTensor(layer, isGradient, units, (int)positions),
            bounds is null ? null : (bounds[0], bounds[1]), products is not null) { Rows = rows };
        for (var unit = 0; unit < units; unit++)
            found._units[unit] = RowSums.Load(sums.AsSpan(unit * RowSums.Saved));
        if (Array.Exists(found._units, u => u.Count != found.Numbers))
            throw damaged("the sums are of other rows");
        Read("silent", units).ToInt64s().CopyTo(found._silent, 0);
        Read("saturated", units).ToDoubles().CopyTo(found._saturated, 0);
        var (levels, numbers) = (Read("levels", units, null), Read("numbers", (int?)null).ToSingles());
        var (counts, depth, at) = (levels.ToInt64s(), levels.Shape[1], 0L);
        if (depth > 62 || counts.Any(c => c < 0 || c > numbers.Length) || counts.Sum() != numbers.Length)
            throw damaged("the numbers for quantiles do not fit");
        for (var unit = 0; unit < units; unit++)
        {
            var own = counts.AsSpan(unit * depth, depth);
            while (own.Length > 1 && own[^1] == 0)
                own = own[..^1];
            var kept = own.ToArray().Sum();
            found._sketches[unit] = QuantileSketch.Load(own, numbers.AsSpan((int)at, (int)kept), int.MaxValue);
            at += kept;
        }
        var classes = Read("classes", null, 2);
        var (labels, classSums) = (classes.ToInt64s(), Read("class_sums", classes.Shape[0], units).ToDoubles());
        for (var i = 0; i < classes.Shape[0]; i++)
            found._classes[labels[2 * i]] = (labels[2 * i + 1], classSums[(i * units)..((i + 1) * units)]);
        if (products is not null)
        {
            products.CopyTo(found._products!, 0);
            Read("product_means", units).ToDoubles().CopyTo(found._productMeans, 0);
        }
        return found;
    }
}
