using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Introspected;

/// <summary>Rows of which each is a line of JSON, read as they come.</summary>
internal static class JsonLines
{
    /// <summary>Reads lines; empty ones are none.</summary>
    /// <param name="body">The bytes.</param>
    /// <param name="mostBytes">The most of one line: nobody fills the memory with a line that never ends.</param>
    /// <param name="options">How rows are written in JSON.</param>
    /// <param name="cancellation">Stops reading.</param>
    /// <exception cref="JsonException">A line is no row, or too long: the message has its number.</exception>
    public static async IAsyncEnumerable<T> Read<T>(PipeReader body, long mostBytes, JsonSerializerOptions options,
        [EnumeratorCancellation] CancellationToken cancellation) where T : class
    {
        var line = 0;
        while (true)
        {
            var read = await body.ReadAsync(cancellation);
            var left = read.Buffer;
            while (Next(ref left, read.IsCompleted) is { } text)
            {
                line++;
                if (Row(text) is { } row)
                    yield return row;
            }
            if (left.Length > mostBytes)
                throw new JsonException($"Line {line + 1}: at most {mostBytes} bytes were expected.");
            body.AdvanceTo(left.Start, left.End);
            if (read.IsCompleted)
                yield break;
        }

        T? Row(ReadOnlySequence<byte> text)
        {
            try
            {
                var json = new Utf8JsonReader(text);
                return text.IsEmpty ? null
                    : JsonSerializer.Deserialize<T>(ref json, options) ?? throw new JsonException("there is no row.");
            }
            catch (JsonException e)
            {
                throw new JsonException($"Line {line}: {e.Message}", e);
            }
        }
    }

    private static ReadOnlySequence<byte>? Next(ref ReadOnlySequence<byte> left, bool isLast)
    {
        if (left.PositionOf((byte)'\n') is { } end)
        {
            var line = left.Slice(0, end);
            left = left.Slice(left.GetPosition(1, end));
            return line;
        }
        if (!isLast || left.IsEmpty)
            return null;
        (var rest, left) = (left, left.Slice(left.End));
        return rest;
    }
}
