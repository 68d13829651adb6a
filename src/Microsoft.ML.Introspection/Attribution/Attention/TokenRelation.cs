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
        var streams = new AttentionStreams(maps);
        if (this is not RawAttention)
            streams.Check();
        var isSource = streams.Crosses.Count > 0 && IsBefore(question, streams);
        var relation = Relation(question, maps, streams, isSource) + maps.Checked();
        if (relation.Shape[0] is var groups && groups != question.Score.Shape[0])
            return Query is "all" or "auto"
                ? relation.Reshape(-1, groups.Factor / question.Score.Shape[0].Factor, relation.Shape[1].Value, relation.Shape[2].Value)
                : throw new ArgumentException("The block attends within windows, and each has its own tokens: take the query 'all'.");
        if (Query == "all")
            return relation;
        var told = Row(relation, question, maps, streams);
        var tokens = (isSource && streams.Encoder.Count > 0 ? streams.Encoder[0] : streams.First) is var block
            ? maps.Blocks[block].KeySource : null;
        return question.Input.Rank > 3 && tokens is not null
            && TokenLayout.Of(question.Network, tokens.Name) is { Extents.Count: > 1 } plane
            ? OnImage(told, plane, question) : told;
    }

    /// <summary>The relation of tokens, [N, queries, tokens].</summary>
    /// <param name="question">What is asked.</param>
    /// <param name="maps">The attention.</param>
    /// <param name="streams">Which block belongs to which tokens.</param>
    /// <param name="isSource">Whether the tokens of the encoder are asked of, where there is one.</param>
    private protected abstract Value Relation(Question question, AttentionMaps maps, AttentionStreams streams, bool isSource);

    /// <summary>R ← R + A·R over blocks in order, from the identity; shape [N, T, T].</summary>
    private protected static Value Identity(Value map)
    {
        var tokens = map.Shape[^1].Value;
        var numbers = map.Graph.Constant([.. Enumerable.Range(0, (int)tokens).Select(i => (long)i)]);
        // ONNX Runtime makes such rows in few types.
        return numbers.OneHot(tokens, ElementType.Float).Cast(map.Type).Unsqueeze(0);
    }

    // Whether what is attributed to enters by the encoder.
    private static bool IsBefore(Question question, AttentionStreams streams) =>
        question.Definitions.All(place => streams.EncoderTokens.DependsOn(place));

    private Value Row(Value relation, Question question, AttentionMaps maps, AttentionStreams streams)
    {
        var queries = relation.Shape[1].Value;
        var chosen = Query == "auto" ? Readout.Of(question, maps.Blocks[streams.Last], queries) : Query;
        if (chosen == "mean")
        {
            // No query attends to a padded token.
            var last = maps[streams.Last];
            var counts = last.ReduceMax([1, 2], keepDimensions: false).Greater(0).AsNumber(relation.Type);
            var weights = counts / counts.SumInOrder(1);
            return weights.Unsqueeze(1).MatMul(relation).Squeeze(1);
        }
        var row = chosen switch { "first" => 0, "last" => queries - 1, _ => long.Parse(chosen, CultureInfo.InvariantCulture) };
        return row < queries ? relation.Slice([row], [row + 1], [1]).Squeeze(1)
            : throw new ArgumentException($"There is no token {row} to ask: the network has {queries}, from 0.");
    }

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
}

/// <summary>Which blocks of attention belong to which tokens.</summary>
internal sealed class AttentionStreams
{
    private readonly AttentionMaps _maps;

    public AttentionStreams(AttentionMaps maps)
    {
        _maps = maps;
        var blocks = maps.Blocks;
        Crosses = [.. Enumerable.Range(0, blocks.Count).Where(i => blocks[i].Kind == AttentionKind.Cross)];
        List<int> selves = [.. Enumerable.Range(0, blocks.Count).Where(i => blocks[i].Kind != AttentionKind.Cross)];
        Encoder = [.. selves.Where(i => Crosses.Any(c => blocks[c].Key.DependsOn(blocks[i].Values)))];
        Own = [.. selves.Except(Encoder)];
    }

    /// <summary>Refuses a network of which no relation of all tokens follows.</summary>
    /// <exception cref="ArgumentException">
    /// It has no self-attention, or windows, or attention that tells nothing; the block is named.
    /// </exception>
    public void Check()
    {
        var (maps, blocks) = (_maps, _maps.Blocks);
        if (Own.Count == 0)
            throw new ArgumentException("The network has no self-attention that its scores are read from, only "
                + $"{string.Join(", ", blocks.Select(b => $"'{b.Name}' ({b.Kind})"))}.");
        if (AttentionBlock.LeftIn(maps.Network).FirstOrDefault(l => l.Operator.Contains("Attention", StringComparison.Ordinal)) is { } left)
            throw new ArgumentException($"The node '{left.Name}' ({left.Operator}) is attention, too, of which nothing is told: "
                + $"{left.Reason} Look at the raw attention of single blocks.");
        if (blocks.FirstOrDefault(b => b.Kind == AttentionKind.Window) is { } window)
            throw new ArgumentException($"The block '{window.Name}' attends within windows {window.Shape}, of which no relation of all "
                + "tokens follows. Look at the raw attention.");
        var tokens = maps[Own[0]].Shape[^1];
        if (Own.Find(i => maps[i].Shape[2] != maps[i].Shape[3] || maps[i].Shape[^1] != tokens) is var odd && odd != 0 && !Fits(odd))
            throw new ArgumentException($"The blocks '{blocks[Own[0]].Name}' and '{blocks[odd].Name}' attend among {tokens} and "
                + $"{maps[odd].Shape[^1]} tokens: windows, of which no relation of all tokens follows. Look at the raw attention.");

        bool Fits(int i) => maps[i].Shape[2] == maps[i].Shape[3] && maps[i].Shape[^1] == tokens;
    }

    /// <summary>Self-attention of the tokens that the scores are read from.</summary>
    public List<int> Own { get; }

    /// <summary>The first block of these, or, where there is none, of all.</summary>
    public int First => Own.Count > 0 ? Own[0] : 0;

    /// <summary>The last block of these, or, where there is none, of all.</summary>
    public int Last => Own.Count > 0 ? Own[^1] : _maps.Blocks.Count - 1;

    /// <summary>Self-attention of an encoder's tokens.</summary>
    public List<int> Encoder { get; }

    /// <summary>Attention to an encoder's tokens.</summary>
    public List<int> Crosses { get; }

    /// <summary>The tokens of the encoder, as the last of the crosses takes them.</summary>
    public Value EncoderTokens => _maps.Blocks[Crosses[^1]].KeySource;
}

/// <summary>Which token a network reads its scores from.</summary>
internal static class Readout
{
    /// <summary><c>first</c>, <c>last</c>, <c>mean</c>, or a token's number.</summary>
    public static string Of(Question question, AttentionBlock block, long tokens)
    {
        var behind = new HashSet<Value>(block.Node.Outputs) { block.Probabilities };
        foreach (var node in block.Node.Graph.Nodes.Where(n => n.Inputs.Any(i => i is not null && behind.Contains(i))))
        {
            behind.UnionWith(node.Outputs.Where(o => o.Type.IsFloating()));
            if (node.Domain.Length > 0 || node.Inputs[0] is not { ShapeOrNull: { Rank: 3 } shape }
                || !question.Scored.DependsOn(node.Outputs[0]))
                continue;
            var axis = shape.ToList().FindIndex(d => d == tokens);
            if (axis < 0 || node.Outputs[0].ShapeOrNull is not { } left || left.Rank == 3 && left[axis] == tokens)
                continue;
            switch (node.OperatorType)
            {
                case "Gather" when node.Inputs[1]!.Constant?.ToInt64() is [var index]:
                    return Number(index, tokens);
                case "Slice" when node.Inputs[1]!.Constant?.ToInt64() is [var start] && left[axis] == 1:
                    return Number(start, tokens);
                case "ReduceMean":
                    return "mean";
            }
        }
        return "mean";
    }

    private static string Number(long index, long tokens) => (index < 0 ? index + tokens : index).ToString(CultureInfo.InvariantCulture);
}
