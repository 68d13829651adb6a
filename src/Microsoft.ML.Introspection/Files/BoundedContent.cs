namespace Microsoft.ML.Introspection.Files;

/// <summary>Reads untrusted content to its end without believing what it claims about its size.</summary>
internal static class BoundedContent
{
    private const int FirstBuffer = 1 << 16;

    /// <summary>All bytes up to the end of the stream.</summary>
    /// <exception cref="InvalidDataException">There are more than <paramref name="maximumBytes"/>.</exception>
    public static Memory<byte> Read(Stream stream, long maximumBytes, string source)
    {
        var limit = (int)Math.Clamp(maximumBytes, 0, Array.MaxLength - 1);
        var expected = stream.CanSeek ? stream.Length - stream.Position : FirstBuffer;
        if (stream.CanSeek && expected > limit)
            throw TooLarge(source, $"{expected} bytes", limit);

        // One byte more than expected, so that the end is seen without growing once more. A stream that cannot seek
        // gets memory in proportion to what it has truly delivered.
        var buffer = new byte[Math.Min(expected, limit) + 1];
        var filled = 0;
        while (true)
        {
            if (filled > limit)
                throw TooLarge(source, "more", limit);
            if (filled == buffer.Length)
                Array.Resize(ref buffer, (int)Math.Min(buffer.Length * 2L, limit + 1L));
            var read = stream.Read(buffer, filled, buffer.Length - filled);
            if (read == 0)
                return buffer.AsMemory(0, filled);
            filled += read;
        }
    }

    private static InvalidDataException TooLarge(string source, string found, int limit) =>
        new(
            $"'{source}' is too large to be read at once: at most {limit} bytes were expected, {found} found. Raise the limit, " +
            "or read it row by row.");
}
