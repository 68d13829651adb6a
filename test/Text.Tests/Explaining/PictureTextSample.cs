using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Text.Tests.Explaining;

/// <summary>
/// A network of a picture [N, 3, 6, 8] and a text whose attributions are known: the first score is u·v, the second its negative, u the
/// weighted sum of the pixels, v that of the embeddings of the tokens that the mask leaves. Along a straight way from nothing, and in a
/// game of two sides, both get half, and within a side each element in proportion.
/// </summary>
internal static class PictureTextSample
{
    public const int Height = 6, Width = 8, Channels = 3, Tokens = 1000, Embedding = 4;

    public static float PixelWeight(int element) => MathF.Sin(element * 0.7f) / 10;

    public static float TokenWeight(int place) => place + 1 - 2.2f;

    public static float Embedded(int token, int place) => MathF.Cos(token * 0.31f + place);

    public static OnnxModel Network(ElementType ids = ElementType.Int64, bool withTanh = false)
    {
        var graph = new Graph();
        var rows = Dimension.Symbol("N");
        var picture = graph.Input("pixel_values", ElementType.Float, new Shape(rows, Channels, Height, Width));
        var tokens = graph.Input("input_ids", ids, new Shape(rows, Dimension.Symbol("tokens")));
        var mask = graph.Input("attention_mask", ids, new Shape(rows, Dimension.Symbol("tokens")));
        var weights = Tensor.From([.. Enumerable.Range(0, Channels * Height * Width).Select(PixelWeight)], 1, Channels, Height, Width);
        var table = Tensor.From(
            [.. Enumerable.Range(0, Tokens * Embedding).Select(i => Embedded(i / Embedding, i % Embedding))], Tokens, Embedding);
        var seen = (picture * graph.Constant(weights)).ReduceSum([1, 2, 3], keepDimensions: false).Unsqueeze(1);
        var words = graph.Constant(table).Gather(tokens) * mask.Cast(ElementType.Float).Unsqueeze(2);
        var said = (words * graph.Constant(Tensor.From([.. Enumerable.Range(0, Embedding).Select(TokenWeight)], 1, 1, Embedding)))
            .ReduceSum([1, 2], keepDimensions: false).Unsqueeze(1);
        var product = seen * said;
        if (withTanh)
            product = product.Tanh() + (seen * 0.3f).Tanh() * 2 + said.Tanh();
        return graph.ToModel([("scores", Operators.Concat(1, product, -product))]);
    }

    /// <summary>u.</summary>
    public static double Seen(ReadOnlySpan<float> picture)
    {
        var sum = 0.0;
        for (var i = 0; i < picture.Length; i++)
            sum += picture[i] * (double)PixelWeight(i);
        return sum;
    }

    /// <summary>What one token adds to v.</summary>
    public static double Said(int token) => Enumerable.Range(0, Embedding).Sum(place => (double)Embedded(token, place) * TokenWeight(place));
}
