using Microsoft.ML.Introspection.Importers.Layout;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Importers.MlNet;

/// <summary>
/// Writes NAS-BERT as ML.NET builds it (Xu et al. 2021, NAS-BERT: Task-Agnostic and Adaptive-Size BERT Compression with Neural Architecture
/// Search): embeddings, then cells of attention, separable convolutions or dense layers, each with its residue and norm, and a dense layer
/// upon the first token. Which cells there are, and how wide, the weights tell by their names and shapes.
/// </summary>
/// <param name="graph">The graph.</param>
/// <param name="weights">The weights by their names.</param>
internal sealed class NasBert(Graph graph, IReadOnlyDictionary<string, Tensor> weights)
{
    /// <summary>What the network is called in the file.</summary>
    public const string Encoder = "Encoder", Head = "PredictionHead.Classifier.dense";

    // Every head is as wide in all that ML.NET's search chooses from.
    private const int HeadWidth = 64, MostCells = 256, Padding = 1;
    private const double Never = -1e9, NormEpsilon = 1e-5;

    private readonly HashSet<string> _used = [];

    /// <summary>The scores of classes, shape [N, classes].</summary>
    /// <param name="tokens">The numbers of tokens, shape [N, tokens].</param>
    /// <exception cref="InvalidModelException">Weights are missing, do not fit each other, or are of cells that are not known.</exception>
    public Value Scores(Value tokens)
    {
        var isText = tokens.EqualTo(graph.Constant(Tensor.Scalar((long)Padding))).Not();
        var (counts, seen) = (isText.Cast(ElementType.Int64), isText.Cast(ElementType.Float));
        // Places count from 1 on, and padding has the place 0.
        var places = Operators.Emit("CumSum", counts, graph.Constant(Tensor.Scalar(1L))) * counts;
        graph.Scope = "Embedding";
        var x = Weight($"{Encoder}.TokenEmbedding.weight", 2).Gather(tokens)
            + Weight($"{Encoder}.PositionalEmbedding.Embedding.weight", 2).Gather(places);
        if (Has($"{Encoder}.EmbeddingLayerNorm.weight"))
            x = Norm(x, $"{Encoder}.EmbeddingLayerNorm");
        if (Has($"{Encoder}.EmbedTransfer.HiddenTransfer.weight"))
            x = Dense(x, $"{Encoder}.EmbedTransfer.HiddenTransfer");
        x *= seen.Unsqueeze(2);
        foreach (var cell in Cells())
        {
            graph.Scope = $"Layer{cell}";
            var name = $"{Encoder}.Layers.{cell}.Operation";
            x = Has($"{name}.SelfAttention.QProjection.weight") ? Attention(x, seen, name)
                : Has($"{name}.FullConnects.fc1.weight") ? Norm(Fed(x, name) + x, $"{name}.FinalLayerNorm")
                : Convolved(Convolved(x, seen, name, 1), seen, name, 2);
        }
        graph.Scope = "Head";
        var scores = Dense(x.Gather(graph.Constant(Tensor.Scalar(0L)), 1), Head);
        return weights.Keys.FirstOrDefault(k => !_used.Contains(k)) is not { } unknown ? scores : throw new InvalidModelException(
            $"It has the weights '{unknown}' {weights[unknown].Shape}, of which nothing is known here.");
    }

    // Cells that hand on what they get have no weights.
    private List<int> Cells()
    {
        var prefix = $"{Encoder}.Layers.";
        var cells = weights.Keys.Where(k => k.StartsWith(prefix, StringComparison.Ordinal))
            .Select(k => int.TryParse(k[prefix.Length..].Split('.')[0], out var cell) ? cell : -1).Distinct().Order().ToList();
        return cells.Count > 0 && cells[0] >= 0 && cells.Count <= MostCells ? cells : throw new InvalidModelException(
            $"It has {cells.Count} cells '{prefix}…'; 1 to {MostCells} with numbers were expected.");
    }

    private Value Attention(Value x, Value seen, string name)
    {
        var projections = $"{name}.SelfAttention.";
        var width = weights[$"{projections}QProjection.weight"].Shape[0].Value;
        var heads = width % HeadWidth == 0 ? width / HeadWidth : throw new InvalidModelException(
            $"The cell '{name}' attends with {width} numbers, which are no heads of {HeadWidth}.");
        var q = Heads("QProjection").Transpose(0, 2, 1, 3) * (1 / Math.Sqrt(HeadWidth));
        var scores = q.MatMul(Heads("KProjection").Transpose(0, 2, 3, 1)) + (1 - seen).Unsqueeze(1, 2) * Never;
        var together = scores.Softmax(-1).MatMul(Heads("VProjection").Transpose(0, 2, 1, 3)).Transpose(0, 2, 1, 3);
        return Norm(Dense(Laid(together, width), $"{projections}OutProjLinear") + x, $"{name}.LayerNorm");

        Value Heads(string part) => Laid(Dense(x, projections + part), heads, HeadWidth);

        Value Laid(Value value, params long[] extents) => x.Known("Reshape", [value, graph.Constant([0, -1, .. extents])], Attributes.None,
            new Shape([x.Shape[0], x.Shape[1], .. extents.Select(e => (Dimension)e)]));
    }

    private Value Fed(Value x, string name) =>
        Dense(Operators.Emit("Gelu", Dense(x, $"{name}.FullConnects.fc1")), $"{name}.FullConnects.fc2");

    private Value Convolved(Value x, Value seen, string name, int turn)
    {
        var place = $"{name}.Conv{turn}.conv.Conv.conv";
        var filters = Weight($"{place}1.weight", 3);
        var (channels, size) = (filters.Shape[0].Value, filters.Shape[2].Value);
        var moments = (x * seen.Unsqueeze(2)).Transpose(0, 2, 1);
        if (size % 2 == 0 || channels != x.Shape[2])
            throw new InvalidModelException($"Its weights '{place}1.weight' {filters.Shape} are no filters of odd size for {x.Shape[2]} "
                + "channels.");
        // As many moments come out as go in.
        var each = moments.Known("Conv", [moments, filters, Weight($"{place}1.bias", 1)],
            Attributes.Of(("group", channels), ("pads", (long[])[size / 2, size / 2])), moments.Shape);
        var joined = moments.Known("Conv", [each, Weight($"{place}2.weight", 3), Weight($"{place}2.bias", 1)], Attributes.None,
            moments.Shape);
        return Norm(Operators.Emit("Gelu", joined).Transpose(0, 2, 1) + x, $"{name}.LayerNorm{turn}");
    }

    private Value Norm(Value x, string name) => x.Known("LayerNormalization", [x, Weight($"{name}.weight", 1), Weight($"{name}.bias", 1)],
        Attributes.Of(("epsilon", (float)NormEpsilon), ("axis", -1)), x.Shape);

    private Value Dense(Value x, string name) => x.MatMul(Weight($"{name}.weight", 2).Transpose(1, 0)) + Weight($"{name}.bias", 1);

    private bool Has(string name) => weights.ContainsKey(name);

    private Value Weight(string name, int rank)
    {
        if (!weights.TryGetValue(name, out var tensor))
            throw new InvalidModelException($"It lacks the weights '{name}'.");
        if (tensor.Shape.Rank != rank || !tensor.Type.IsFloating())
            throw new InvalidModelException($"Its weights '{name}' are {tensor.Type} of the shape {tensor.Shape}; numbers with {rank} axes "
                + "were expected.");
        _used.Add(name);
        return graph.Constant(tensor.Type == ElementType.Float ? tensor
            : Tensor.FromDoubles(ElementType.Float, tensor.ToDouble(), [.. tensor.Dimensions]), name);
    }
}
