using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>Which blocks of attention belong to which tokens.</summary>
internal sealed class AttentionStreams
{
    private readonly AttentionMaps _maps;

    public AttentionStreams(AttentionMaps maps, Question question)
    {
        _maps = maps;
        var blocks = maps.Blocks;
        Crosses = [.. Enumerable.Range(0, blocks.Count).Where(i => blocks[i].Kind == AttentionKind.Cross)];
        List<int> selves = [.. Enumerable.Range(0, blocks.Count).Where(i => blocks[i].Kind != AttentionKind.Cross)];
        Encoder = [.. selves.Where(i => Crosses.Any(c => blocks[c].Key.DependsOn(blocks[i].Values)))];
        Own = [.. selves.Except(Encoder)];
        AreAskedOfSource = Crosses.Count > 0 && question.Definitions.All(place => EncoderTokens.DependsOn(place));
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

    /// <summary>Whether what is attributed to enters by the encoder, so that relations are of its tokens.</summary>
    public bool AreAskedOfSource { get; }

    /// <summary>The tokens of the encoder, as the last of the crosses takes them.</summary>
    public Value EncoderTokens => _maps.Blocks[Crosses[^1]].KeySource;
}
