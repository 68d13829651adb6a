using System.CommandLine;
using System.Globalization;
using Microsoft.ML.Introspection.Jobs;
using Microsoft.ML.Introspection.Tool.Options;

namespace Microsoft.ML.Introspection.Tool.Scoring;

/// <summary>Which part of a job is done here.</summary>
/// <param name="Share">One of several shares, from 1, and how many there are; null for none.</param>
/// <param name="Rows">These rows alone; null for all.</param>
/// <param name="Resumes">Whether what is done is kept, and gone on with.</param>
/// <param name="RowsAPart">About how many rows are kept together.</param>
internal sealed record PartRequest((int Index, int Count)? Share, Shard? Rows, bool Resumes, int RowsAPart)
{
    /// <summary>Whether the output has a manifest beside it.</summary>
    public bool IsSealed => Share is not null || Rows is not null || Resumes;

    /// <summary>The rows of the share: whole blocks of a thousand or so where there are enough of them.</summary>
    /// <param name="total">How many rows there are.</param>
    public (long First, long End) Of(long total)
    {
        var (index, count) = Share!.Value;
        var grain = 1L;
        while (grain < 1 << 10 && grain * 16 * count <= total)
            grain <<= 1;
        return (Edge(index - 1), Edge(index));

        long Edge(int share) => share == count ? total : (long)((Int128)total * share / count) / grain * grain;
    }
}

/// <summary>The options that share a job out, and let it go on.</summary>
internal sealed class PartArguments
{
    private readonly Option<string?> _shard = new("--shard")
    {
        HelpName = "I/N",
        Description = "Only the I-th of N shares of the rows, from 1: each on a machine of its own. 'introspect merge' puts their files "
            + "together. A manifest lies beside each: FILE.manifest.json.",
    };

    private readonly Option<string?> _rows = new("--rows")
    {
        HelpName = "FROM..TO", Description = "Only these rows, from 0, TO left out; nothing for all that follow. With a manifest, too.",
    };

    private readonly Option<bool> _resume = new("--resume")
    {
        Description = "Keep what is done in FILE.parts, and go on from there where an earlier run ended; from the first run on. The output "
            + "is the same as without. One that is complete is left as it is.",
    };

    private readonly Option<int> _part = new("--part-rows")
    {
        HelpName = "N",
        Description = "With --resume: about how many rows are kept together, and lost at most.",
        DefaultValueFactory = _ => 1 << 16,
    };

    /// <summary>Options that say nothing of what the results are.</summary>
    public IReadOnlyList<Option> All => [.. OfParts, _part];

    /// <summary>Those of them that make a job one of parts.</summary>
    public IReadOnlyList<Option> OfParts => [_shard, _rows, _resume];

    /// <summary>What the command line asks for.</summary>
    /// <exception cref="UsageException">A value is none, or two contradict each other.</exception>
    public PartRequest Read(ParseResult parsed)
    {
        var (shard, rows) = (parsed.GetValue(_shard), parsed.GetValue(_rows));
        if (shard is not null && rows is not null)
            throw new UsageException($"{_shard.Name} and {_rows.Name} contradict each other.");
        if (parsed.GetValue(_part) is < 1 and var wrong)
            throw new UsageException($"{_part.Name} takes a number from 1 on; {wrong} was given.");
        return new PartRequest(shard is null ? null : Share(shard), rows is null ? null : Ranges.Rows(rows, _rows.Name),
            parsed.GetValue(_resume), parsed.GetValue(_part));
    }

    private (int, int) Share(string text) => text.Split('/') is [var index, var count]
        && int.TryParse(index, NumberStyles.None, CultureInfo.InvariantCulture, out var i)
        && int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var n) && i >= 1 && i <= n ? (i, n)
        : throw new UsageException($"{_shard.Name} takes I/N, a share from 1 to N, such as 3/16; '{text}' was given.");
}
