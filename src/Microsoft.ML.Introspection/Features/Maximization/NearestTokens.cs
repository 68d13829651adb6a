using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace Microsoft.ML.Introspection.Features;

/// <summary>The token whose embedding is nearest to one that was found.</summary>
/// <param name="Token">Its number; of equally near ones the lower.</param>
/// <param name="Nearness">The cosine, or the Euclidean distance.</param>
public readonly record struct NearestToken(long Token, double Nearness);

/// <summary>What embeddings that were found would be as text: the nearest rows of a table of embeddings.</summary>
public static class NearestTokens
{
    /// <summary>The tokens of the largest cosines; a row of zeros has the cosine 0.</summary>
    /// <param name="embeddings">Shape [N, tokens, width].</param>
    /// <param name="table">Shape [vocabulary, width].</param>
    /// <returns>A token for each embedding, row by row.</returns>
    /// <exception cref="ArgumentException">The widths differ, or a number is NaN.</exception>
    public static IReadOnlyList<NearestToken> ByCosine(Tensor embeddings, Tensor table) => Nearest(embeddings, table, (a, b) =>
    {
        var norms = TensorPrimitives.Norm(a) * TensorPrimitives.Norm(b);
        return norms == 0 ? 0 : TensorPrimitives.Dot(a, b) / norms;
    }, 1);

    /// <summary>The tokens of the smallest distances.</summary>
    /// <inheritdoc cref="ByCosine"/>
    public static IReadOnlyList<NearestToken> ByDistance(Tensor embeddings, Tensor table) =>
        Nearest(embeddings, table, TensorPrimitives.Distance, -1);

    /// <summary>The table that a network looks its tokens up in.</summary>
    /// <param name="network">The network.</param>
    /// <param name="input">Its input of token numbers.</param>
    /// <returns>Shape [vocabulary, width].</returns>
    /// <exception cref="ArgumentException">The input's tokens are not rows of one table of the file.</exception>
    public static Tensor TableOf(Network network, string input)
    {
        ArgumentNullException.ThrowIfNull(network);
        var tensors = network.EmbeddingsOf(input);
        return tensors.Count == 1 && network.Definition(tensors[0].Name).Producer is { OperatorType: "Gather" } node
            && node.Inputs[0]?.Constant is { Dimensions.Length: 2 } table ? table
            : throw new ArgumentException(
                $"The tokens '{input}' are not looked up in one table of the file; give the table.", nameof(input));
    }

    private delegate double Nearness(ReadOnlySpan<double> one, ReadOnlySpan<double> other);

    private static NearestToken[] Nearest(Tensor embeddings, Tensor table, Nearness nearness, int sign)
    {
        ArgumentNullException.ThrowIfNull(embeddings);
        ArgumentNullException.ThrowIfNull(table);
        if (table.Dimensions.Length != 2 || embeddings.Dimensions.Length < 1 || embeddings.Dimensions[^1] != table.Dimensions[1])
            throw new ArgumentException($"Embeddings {embeddings.Shape} and a table {table.Shape} do not go together; [N, tokens, width] "
                + "and [vocabulary, width] were expected.");
        var (width, values, rows) = ((int)table.Dimensions[1], embeddings.ToDouble(), table.ToDouble());
        var found = new NearestToken[values.Length / width];
        Parallel.For(0, found.Length, i =>
        {
            var best = new NearestToken(-1, double.NaN);
            for (var token = 0; token < rows.Length / width; token++)
            {
                var near = nearness(values.AsSpan(i * width, width), rows.AsSpan(token * width, width));
                if (best.Token < 0 ? !double.IsNaN(near) : sign * near > sign * best.Nearness)
                    best = new NearestToken(token, near);
            }
            found[i] = best;
        });
        return Array.Exists(found, f => f.Token < 0) ? throw new ArgumentException("An embedding is NaN.", nameof(embeddings)) : found;
    }
}
