using Microsoft.ML.Introspection.Importers.Layout;
using Microsoft.ML.Introspection.Onnx;
using static Microsoft.ML.Introspection.Importers.TensorFlow.Families.Rule;

namespace Microsoft.ML.Introspection.Importers.TensorFlow.Families;

/// <summary>Parts of tensors, and the order of their elements turned round.</summary>
internal static class Slicing
{
    public static IReadOnlyDictionary<string, TranslationRule> Rules { get; } = new Dictionary<string, TranslationRule>
    {
        ["StridedSlice"] = One(Strided),
        ["Slice"] = One(Slice),
        ["ReverseV2"] = One(s => Reversed(s.X, [.. s.Constants(1).Select(a => (long)s.Axis(a, s.X.Rank))])),
        ["Roll"] = One(Rolled),
        ["ReverseSequence"] = One(s => s.X.Known("ReverseSequence", [s.X, s.Input(1)],
            Onnx.Attributes.Of(("time_axis", s.Attributes.Int("seq_dim")), ("batch_axis", s.Attributes.Int("batch_dim"))), s.X.Shape)),
    };

    private static Value Slice(OperatorSite s)
    {
        var (begin, size) = (s.Constants(1), s.Extents(2) ?? Array.ConvertAll(s.Constants(2), n => n < 0 ? Dimension.Unknown : n));
        if (begin.Length != s.X.Rank || size.Length != s.X.Rank)
            throw s.Wrong($"{begin.Length} places and {size.Length} sizes do not fit {s.X.Shape}.");
        var parts = new List<(int Axis, long Start, long End)>();
        for (var axis = 0; axis < begin.Length; axis++)
        {
            // To the end: said by -1, or by the extent itself.
            var whole = size[axis].IsUnknown || size[axis] == s.X.Shape[axis];
            if (!whole && !size[axis].IsKnown)
                throw s.Wrong($"how much to take of axis {axis} of {s.X.Shape} is not known before a run.");
            if (begin[axis] != 0 || !whole)
                parts.Add((axis, begin[axis], whole ? long.MaxValue : begin[axis] + size[axis].Value));
        }
        return Cut(s, s.X, parts);
    }

    private static Value Cut(OperatorSite s, Value x, List<(int Axis, long Start, long End)> parts)
    {
        if (parts.Count == 0)
            return x;
        var result = x.Slice([.. parts.Select(p => p.Start)], [.. parts.Select(p => p.End)], [.. parts.Select(p => (long)p.Axis)]);
        return s.Translation.Extents.Note(result, x.Rank == 1 && s.Translation.Extents.Of(x) is { } extents && parts is [var only]
            && SliceRange.Of(extents.Length, only.Start, only.End, 1) is var range
            ? extents[(int)range.Start..(int)(range.Start + range.Count)] : null);
    }

    /// <summary>Python's x[a:b:c, …, i, newaxis]: what each place of the lists says is told by bits.</summary>
    private static Value Strided(OperatorSite s)
    {
        var x = s.X;
        var (begin, end, steps) = (s.Input(1), s.Input(2), s.Constants(3));
        long beginMask = s.Attributes.Int("begin_mask"), endMask = s.Attributes.Int("end_mask"),
            ellipsis = s.Attributes.Int("ellipsis_mask"), newAxes = s.Attributes.Int("new_axis_mask"),
            shrink = s.Attributes.Int("shrink_axis_mask");
        if (steps.Length > 62)
            throw s.Wrong($"{steps.Length} places do not fit {x.Shape}.");
        bool Bit(long mask, int i) => (mask >> i & 1) != 0;
        var used = Enumerable.Range(0, steps.Length).Count(i => !Bit(newAxes, i) && !Bit(ellipsis, i));
        var (firsts, lasts) = (s.Extents(1), s.Extents(2));

        var cuts = new List<(int Axis, long Start, long End, long Step)>();
        var (dropped, picked, added) = (new List<long>(), new List<(int Axis, Value At)>(), new List<long>());
        var (axis, place) = (0, 0);
        for (var i = 0; i < steps.Length; i++)
        {
            if (Bit(ellipsis, i))
            {
                var skipped = x.Rank - used;
                (axis, place) = (axis + skipped, place + skipped);
                continue;
            }
            if (Bit(newAxes, i))
            {
                added.Add(place++);
                continue;
            }
            if (axis >= x.Rank)
                throw s.Wrong($"{used} places do not fit {x.Shape}.");
            var extent = x.Shape[axis];
            long? first = begin.Constant?.ToInt64()[i] ?? (firsts is not null && firsts[i].IsKnown ? firsts[i].Value : null);
            long? last = end.Constant?.ToInt64()[i] ?? (lasts is not null && lasts[i].IsKnown ? lasts[i].Value : null);
            if (Bit(shrink, i))
            {
                if (first is { } at)
                    picked.Add((axis, s.Graph.Scalar(at)));
                else
                    picked.Add((axis, begin.Gather(s.Graph.Scalar(i))));
                axis++;
                continue;
            }
            var step = steps[i];
            long start = Bit(beginMask, i) ? step > 0 ? 0 : -1 : first
                ?? throw s.Wrong($"where to begin along axis {axis} is not known before a run.");
            long stop = Bit(endMask, i) || lasts is not null && lasts[i] == extent ? step > 0 ? long.MaxValue : long.MinValue : last
                ?? throw s.Wrong($"where to end along axis {axis} is not known before a run.");
            if (step == 0)
                throw s.Wrong("a step is 0.");
            // A place of -1 behind a step backwards is the last one, as in Python.
            if (start != 0 || stop != long.MaxValue || step != 1)
                cuts.Add((axis, start, stop, step));
            (axis, place) = (axis + 1, place + 1);
        }

        var extents = x.Rank == 1 && added.Count == 0 ? s.Extents(0) : null;
        if (extents is not null && cuts.Count + picked.Count == 1 && (picked.Count == 0 || picked[0].At.Constant is not null))
            return Picked(s, extents, cuts, picked, Write);
        return Write();

        Value Write()
        {
            var result = cuts.Count == 0 ? x : x.Slice([.. cuts.Select(c => c.Start)], [.. cuts.Select(c => c.End)],
                [.. cuts.Select(c => (long)c.Axis)], cuts.All(c => c.Step == 1) ? null : [.. cuts.Select(c => c.Step)]);
            foreach (var (at, index) in Enumerable.Reverse(picked))
                result = result.Gather(index, at);
            foreach (var at in added)
                result = result.Unsqueeze(at);
            return result;
        }
    }

    private static Value Picked(OperatorSite s, Dimension[] extents, List<(int Axis, long Start, long End, long Step)> cuts,
        List<(int Axis, Value At)> picked, Func<Value> write)
    {
        if (picked.Count == 1)
        {
            var at = picked[0].At.Constant!.ToInt64()[0];
            return s.Written([extents[s.Axis(at, extents.Length)]], true, write);
        }
        var range = SliceRange.Of(extents.Length, cuts[0].Start, cuts[0].End, cuts[0].Step);
        Dimension[] taken = [.. Enumerable.Range(0, (int)range.Count).Select(i => extents[range.Start + i * range.Step])];
        return s.Written(taken, false, write);
    }

    // What falls out behind comes in before.
    private static Value Rolled(OperatorSite s)
    {
        var (shifts, axes, result) = (s.Constants(1), s.Constants(2), s.X);
        if (shifts.Length != axes.Length)
            throw s.Wrong($"{shifts.Length} shifts do not fit {axes.Length} axes.");
        for (var i = 0; i < axes.Length; i++)
        {
            var axis = s.Axis(axes[i], result.Rank);
            var extent = result.Shape[axis].Value;
            var cut = extent == 0 ? 0 : extent - (shifts[i] % extent + extent) % extent;
            if (cut > 0 && cut < extent)
                result = Operators.Concat(axis, result.Slice([cut], [long.MaxValue], [axis]), result.Slice([0], [cut], [axis]));
        }
        return result;
    }

    /// <summary>The elements in the opposite order along some axes.</summary>
    private static Value Reversed(Value x, long[] axes)
    {
        if (axes.Length == 0)
            return x;
        long[] starts = [.. axes.Select(_ => -1L)], ends = [.. axes.Select(_ => long.MinValue)];
        return axes.All(a => x.Shape[(int)a].IsKnown) ? x.Slice(starts, ends, axes, starts)
            : x.Known("Slice", [x, x.Graph.Constant(starts), x.Graph.Constant(ends), x.Graph.Constant(axes), x.Graph.Constant(starts)],
                Onnx.Attributes.None, x.Shape);
    }
}
