using System.Globalization;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>Whose rows of a relation of tokens are asked for.</summary>
/// <param name="query">As <see cref="TokenRelation.Query"/> has it.</param>
/// <param name="question">What is asked.</param>
/// <param name="maps">The attention.</param>
/// <param name="streams">Which block belongs to which tokens.</param>
internal sealed class Queries(string query, Question question, AttentionMaps maps, AttentionStreams streams)
{
    /// <summary>The rows of a relation that are asked for.</summary>
    /// <param name="relation">Shape [N, queries, tokens]; of windows [N·windows, queries, tokens].</param>
    /// <returns>All of them, or one: [N, 1, tokens]; of windows, [N, windows, queries, tokens].</returns>
    /// <exception cref="ArgumentException">There is no such token, or each window has its own.</exception>
    public Value Of(Value relation)
    {
        var (groups, tokens) = (relation.Shape[0], relation.Shape[1].Value);
        if (groups != question.Score.Shape[0])
            return query is "all" or "auto"
                ? relation.Reshape(-1, groups.Factor / question.Score.Shape[0].Factor, tokens, relation.Shape[2].Value)
                : throw new ArgumentException("The block attends within windows, and each has its own tokens: take the query 'all'.");
        return query == "all" ? relation : Of(relation, One(tokens));
    }

    /// <summary>The one row that is asked for; null for all, or their mean.</summary>
    /// <param name="tokens">How many there are.</param>
    /// <exception cref="ArgumentException">There is no such token.</exception>
    public long? One(long tokens)
    {
        var row = query switch { "auto" => Readout.Of(question, maps.Blocks[streams.Last], tokens), _ => query } switch
        {
            "all" or "mean" => (long?)null,
            "first" => 0,
            "last" => tokens - 1,
            var number => long.Parse(number, CultureInfo.InvariantCulture),
        };
        return row is null || row < tokens ? row
            : throw new ArgumentException($"There is no token {row} to ask: the network has {tokens}, from 0.");
    }

    private Value Of(Value relation, long? row)
    {
        if (row is { } one)
            return relation.Slice([one], [one + 1], [1]);
        // No query attends to a padded token.
        var counts = maps[streams.Last].ReduceMax([1, 2], keepDimensions: false).Greater(0).AsNumber(relation.Type);
        return (counts / counts.SumInOrder(1)).Unsqueeze(1).MatMul(relation);
    }
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
