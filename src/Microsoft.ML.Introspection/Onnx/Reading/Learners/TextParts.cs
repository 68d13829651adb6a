using Microsoft.ML.Introspection.Onnx.Proto;

namespace Microsoft.ML.Introspection.Onnx.Reading.Learners;

/// <summary>
/// What exporters of scikit-learn and ML.NET write beside the numbers: labels that are read and numbered, outputs of labels as texts, the
/// maps of <c>ZipMap</c>. They lie outside of the network. A map is given as the scores that it is made of; an output of texts, or made of
/// texts, is left out.
/// </summary>
internal static class TextParts
{
    /// <summary>Whether an input is one of texts that such an exporter numbers.</summary>
    public static bool AreRead(GraphProto graph) =>
        graph.Input.Any(IsText) && graph.Node.Any(n => n.Domain == LearnerOperators.Domain);

    /// <summary>Leaves them out of a graph.</summary>
    /// <exception cref="InvalidModelException">Nothing else is given.</exception>
    public static void LeaveOut(GraphProto graph)
    {
        WithoutLabels(graph);
        var texts = TextsOf(graph);
        var maps = new Dictionary<string, string>();
        foreach (var node in graph.Node)
        {
            if (node.OpType == "ZipMap" && node.Domain == LearnerOperators.Domain && node.Input.Count == 1 && node.Output.Count == 1)
                maps[node.Output[0]] = node.Input[0];
            else if (MakesTexts(node, texts))
                texts.UnionWith(node.Output.Take(node.OpType.EndsWith("Classifier", StringComparison.Ordinal) ? 1 : node.Output.Count));
        }
        var declared = graph.Output.Select(o => o.Name).ToList();
        foreach (var output in graph.Output.ToList())
        {
            if (texts.Contains(output.Name))
            {
                graph.Output.Remove(output);
            }
            else if (maps.Remove(output.Name, out var scores))
            {
                var at = graph.Node.IndexOf(graph.Node.First(n => n.Output.Contains(output.Name)));
                graph.Node[at] = new NodeProto { OpType = "Identity", Name = output.Name, Input = { scores }, Output = { output.Name } };
                output.Type = TensorInfo.ToProto(ElementType.Float, null);
            }
        }
        if (graph.Output.Count == 0)
            throw new InvalidModelException($"All that it gives is text ({string.Join(", ", declared.Select(n => $"'{n}'"))}); only "
                + "numbers can be explained. Export it with its scores or probabilities.");
        NeededNodes.Keep(graph);
        foreach (var text in graph.Initializer.Where(IsText).ToList())
            graph.Initializer.Remove(text);
    }

    private static bool MakesTexts(NodeProto node, HashSet<string> texts)
    {
        var attributes = Attributes.FromProtos(node.Attribute);
        return node.OpType switch
        {
            "LabelEncoder" => attributes.Texts("values_strings") is { Length: > 0 }
                || attributes.Texts("classes_strings") is { Length: > 0 } && node.Input.All(i => !texts.Contains(i)),
            "Cast" => attributes.Int("to") == (long)ElementType.String,
            "LinearClassifier" or "SVMClassifier" or "TreeEnsembleClassifier" => attributes.Texts("classlabels_strings") is { Length: > 0 },
            "Identity" or "Reshape" or "Gather" or "ArrayFeatureExtractor" or "Squeeze" or "Unsqueeze" or "Flatten" or "StringNormalizer"
                or "StringConcat" or "Concat" => node.Input.Count > 0 && texts.Contains(node.Input[0]),
            _ => false,
        };
    }

    // Labels are read to be numbered, as ML.NET's files do; no score is made of them. Where one is, the text is data, and stays.
    private static void WithoutLabels(GraphProto graph)
    {
        var read = graph.Input.Where(IsText).ToList();
        var made = TextsOf(graph);
        foreach (var node in graph.Node.Where(n => n.Input.Concat(Subgraphs.Captured(n.Attribute)).Any(made.Contains)))
            made.UnionWith(node.Output.Where(o => o.Length > 0));
        var labels = graph.Output.Where(o => made.Contains(o.Name)).ToList();
        if (labels.Count == graph.Output.Count
            || labels.Any(o => ((ElementType)(o.Type?.TensorType?.ElemType ?? 0)).IsFloating()))
            return;
        foreach (var label in labels)
            graph.Output.Remove(label);
        NeededNodes.Keep(graph);
        var used = graph.Node.SelectMany(n => n.Input.Concat(Subgraphs.Captured(n.Attribute))).ToHashSet();
        foreach (var input in read.Where(i => !used.Contains(i.Name)))
            graph.Input.Remove(input);
    }

    private static HashSet<string> TextsOf(GraphProto graph) =>
        [.. graph.Initializer.Where(IsText).Select(i => i.Name), .. graph.Input.Where(IsText).Select(i => i.Name)];

    private static bool IsText(TensorProto constant) => constant.DataType == (int)ElementType.String;

    private static bool IsText(ValueInfoProto value) => value.Type?.TensorType?.ElemType == (int)ElementType.String;
}
