namespace Microsoft.ML.Introspection.Onnx;

/// <summary>The positions a slice takes of an axis, after ONNX's clamping of negative and overlong bounds.</summary>
/// <param name="Start">The first position.</param>
/// <param name="Step">The way to the next; may be negative.</param>
/// <param name="Count">How many.</param>
internal readonly record struct SliceRange(long Start, long Step, long Count)
{
    /// <summary>The range of a slice of an axis of the given extent.</summary>
    public static SliceRange Of(long extent, long start, long end, long step)
    {
        if (step == 0)
            throw new InvalidModelException("A slice needs a step other than 0.");
        if (start < 0)
            start += extent;
        // The largest number stands for the end in whichever direction (so ONNX Runtime reads it).
        if (end is int.MaxValue or long.MaxValue)
            end = step < 0 ? -1 : extent;
        else if (end < 0)
            end = end < -extent ? -1 : end + extent;
        // Written so that even the largest steps, which stand for "take one", do not overflow.
        if (step > 0)
        {
            (start, end) = (Math.Clamp(start, 0, extent), Math.Clamp(end, 0, extent));
            return new(start, step, end > start ? (end - start - 1) / step + 1 : 0);
        }
        if (extent == 0)
            return new(0, step, 0);
        (start, end) = (Math.Clamp(start, 0, extent - 1), Math.Clamp(end, -1, extent - 1));
        return new(start, step, start > end ? (start - end - 1) / -step + 1 : 0);
    }
}
