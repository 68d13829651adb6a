using System.Globalization;
using Microsoft.ML.Introspection.Jobs;

namespace Microsoft.ML.Introspection.Tool.Options;

/// <summary>Ranges of numbers on the command line: <c>-2..2</c>.</summary>
internal static class Ranges
{
    /// <summary>Reads FROM..TO.</summary>
    /// <param name="text">What was given.</param>
    /// <param name="option">The option, for messages.</param>
    public static (double From, double To) Read(string text, string option) => text.Split("..") is [var from, var to]
        ? (Number(from, option), Number(to, option))
        : throw new UsageException($"{option} takes FROM..TO, such as -2..2; '{text}' was given.");

    /// <summary>Reads FROM..TO as rows, from 0, TO left out; nothing in its place for all that follow.</summary>
    /// <param name="text">What was given.</param>
    /// <param name="option">The option, for messages.</param>
    public static Shard Rows(string text, string option) => text.Split("..") is [var from, var to]
        && long.TryParse(from, NumberStyles.None, CultureInfo.InvariantCulture, out var first)
        && (to.Length == 0 ? long.MaxValue : long.TryParse(to, NumberStyles.None, CultureInfo.InvariantCulture, out var end) ? end : -1)
            is var last && last > first ? new Shard(first, to.Length == 0 ? null : last)
        : throw new UsageException($"{option} takes FROM..TO, such as 0..5000 or 5000..; '{text}' was given.");

    /// <summary>Reads a number.</summary>
    public static double Number(string text, string option) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number
            : throw new UsageException($"{option} takes numbers; '{text}' is none.");
}
