using Microsoft.ML.Introspection.Onnx.Proto;
using Microsoft.ML.Introspection.Onnx.Reading.Opsets;

namespace Microsoft.ML.Introspection.Onnx.Reading.Learners;

/// <summary>
/// Writes what scikit-learn's and ML.NET's exporters say in operators of <c>ai.onnx.ml</c> in the operators of networks, which have
/// gradients. One table, an entry for each operator; an operator without entry stays as it is.
/// </summary>
/// <remarks>
/// Texts and maps are no numbers: outputs of labels as texts and the maps of <c>ZipMap</c> lie outside of the network. A map is given as
/// the scores that it is made of; an output of texts is left out.
/// </remarks>
internal static class LearnerOperators
{
    /// <summary>The domain of the operators.</summary>
    public const string Domain = "ai.onnx.ml";

    private static readonly Dictionary<string, Action<LearnerSite>> Table = new()
    {
        ["ArrayFeatureExtractor"] = Preparing.ArrayFeatureExtractor,
        ["Binarizer"] = Preparing.Binarizer,
        ["FeatureVectorizer"] = Preparing.FeatureVectorizer,
        ["Imputer"] = Preparing.Imputer,
        ["Normalizer"] = Preparing.Normalizer,
        ["OneHotEncoder"] = Preparing.OneHotEncoder,
        ["Scaler"] = Preparing.Scaler,
        ["LinearClassifier"] = LinearLearners.Classifier,
        ["LinearRegressor"] = LinearLearners.Regressor,
        ["SVMClassifier"] = VectorMachines.Classifier,
        ["SVMRegressor"] = VectorMachines.Regressor,
    };

    // What has texts or maps for its result whatever it reads.
    private static readonly HashSet<string> Outside = ["ZipMap", "CastMap", "DictVectorizer"];

    /// <summary>The model in operators of networks.</summary>
    /// <exception cref="InvalidModelException">A node lacks what its operator needs, or nothing is given but texts.</exception>
    /// <exception cref="UnsupportedOperatorException">An operator of the table has a form that is not written out.</exception>
    public static OnnxModel WriteOut(OnnxModel model)
    {
        if (!model.Proto.Graph.Node.Any(n => n.Domain == Domain && (Table.ContainsKey(n.OpType) || Outside.Contains(n.OpType))))
            return model;
        var proto = model.Proto.Clone();
        WithoutTexts(proto.Graph);
        var scope = new ConversionScope(proto.Graph);
        var old = proto.Graph.Node.ToList();
        proto.Graph.Node.Clear();
        foreach (var node in old)
        {
            var step = node.Domain == Domain ? Table.GetValueOrDefault(node.OpType) : null;
            foreach (var written in step is null ? [node] : Written(node, scope, step))
            {
                proto.Graph.Node.Add(written);
                scope.Note(written);
            }
        }
        return new OnnxModel(proto);
    }

    private static IReadOnlyList<NodeProto> Written(NodeProto node, ConversionScope scope, Action<LearnerSite> step)
    {
        var site = new LearnerSite(node, scope);
        step(site);
        return site.Nodes;
    }

    private static void WithoutTexts(GraphProto graph)
    {
        var texts = graph.Initializer.Where(i => i.DataType == (int)ElementType.String).Select(i => i.Name)
            .Concat(graph.Input.Where(i => i.Type?.TensorType?.ElemType == (int)ElementType.String).Select(i => i.Name)).ToHashSet();
        var maps = new Dictionary<string, string>();
        foreach (var node in graph.Node)
        {
            if (node.OpType == "ZipMap" && node.Domain == Domain && node.Input.Count == 1 && node.Output.Count == 1)
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
        foreach (var text in graph.Initializer.Where(i => i.DataType == (int)ElementType.String).ToList())
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
}
