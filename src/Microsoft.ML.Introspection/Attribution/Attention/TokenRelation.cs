using System.Globalization;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>
/// What the tokens of a transformer have to do with one another, read off its attention: how much each query, at the end, owes to each
/// token at the start. Shape [N, tokens] for one query, [N, queries, tokens] for all; of networks for images, [N, 1, D₁, …] with the tokens
/// back on the image that they were cut from, and those beside it left out.
/// </summary>
public abstract record TokenRelation : AttributionMethod
{
    private protected TokenRelation(string query = "auto") => Query = query;

    /// <summary>
    /// Whose row is taken: <c>auto</c> (what the network reads its scores from), <c>first</c> (the class token), <c>last</c>, <c>mean</c>
    /// over the tokens that are not padded, <c>all</c> for the whole matrix, or the number of a token, from 0.
    /// </summary>
    [Option("Which token asks: auto, first (the class token), last, mean, all for the whole matrix, or a token's number.")]
    public string Query
    {
        get;
        init => field = value is "auto" or "first" or "last" or "mean" or "all"
            || int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out _) ? value
            : throw new ArgumentException($"'{value}' names no token; expected auto, first, last, mean, all, or a number.", nameof(Query));
    }

    /// <summary>Whether tokens of an image are enlarged to its extents, linearly.</summary>
    [Option("Whether tokens of an image are enlarged to its extents.")]
    public bool Upsample { get; init; } = true;

    /// <inheritdoc/>
    public sealed override Value Attribute(Question question)
    {
        var maps = new AttentionMaps(question);
        var streams = new AttentionStreams(maps, question);
        if (this is not RawAttention)
            streams.Check();
        var told = Relation(question, maps, streams, new(Query, question, maps, streams)) + maps.Checked();
        if (Query == "all" || told.Rank > 3)
            return told;
        told = told.Squeeze(1);
        var tokens = (streams.AreAskedOfSource && streams.Encoder.Count > 0 ? streams.Encoder[0] : streams.First) is var block
            ? maps.Blocks[block].KeySource : null;
        return question.Input.Rank > 3 && tokens is not null
            && TokenLayout.Of(question.Network, tokens.Name) is { Extents.Count: > 1 } plane
            ? OnImage(told, plane, question) : told;
    }

    /// <summary>The relation of tokens, as <paramref name="queries"/> ask for it.</summary>
    /// <param name="question">What is asked.</param>
    /// <param name="maps">The attention.</param>
    /// <param name="streams">Which block belongs to which tokens.</param>
    /// <param name="queries">Whose rows are asked for.</param>
    /// <returns>Shape [N, queries, tokens] of all queries, [N, 1, tokens] of one or their mean.</returns>
    private protected abstract Value Relation(
        Question question, AttentionMaps maps, AttentionStreams streams, Queries queries);

    private Value OnImage(Value told, TokenLayout plane, Question question)
    {
        var map = told.Slice([plane.First], [plane.First + plane.Count], [1]).Reshape([-1, 1, .. plane.Extents]);
        return Upsample ? question.AsInput(map.Interpolate(question.Space)) : map;
    }
}

/// <summary>A relation of tokens that is gathered over blocks of attention.</summary>
public abstract record GatheredRelation : TokenRelation
{
    private protected GatheredRelation(string query = "auto") : base(query) { }

    /// <summary>The first block that counts, from 0.</summary>
    [Option("The first block that counts, from 0.")]
    public int Start
    {
        get;
        init => field = value >= 0 ? value
            : throw new ArgumentOutOfRangeException(nameof(Start), value, "Blocks are counted from 0.");
    }

    /// <summary>Those of some blocks that count.</summary>
    /// <exception cref="ArgumentException">None does.</exception>
    private protected IEnumerable<int> Counted(IReadOnlyList<int> blocks) => Start < blocks.Count ? blocks.Skip(Start)
        : throw new ArgumentException($"{GetType().Name} begins at block {Start}; there are {blocks.Count}, from 0.");

    /// <summary>
    /// R = (I + Ā_L)·…·(I + Ā₁), from the end, where it is asked: one row of it takes no product of matrices.
    /// </summary>
    /// <param name="weighed">Ā of the blocks in their order, [N, T, T] each.</param>
    /// <param name="queries">Whose rows are asked for.</param>
    private protected static Value Gathered(IEnumerable<Value> weighed, Queries queries) => weighed.Reverse()
        .Aggregate((Value?)null, (rows, a) => rows is null ? queries.Of(BlockMaps.Identity(a) + a) : rows + rows.MatMul(a))!;
}
