using Microsoft.ML.Introspection.Onnx.Proto;
using Microsoft.ML.Introspection.Onnx.Reading.Opsets;

namespace Microsoft.ML.Introspection.Onnx.Reading.Learners;

/// <summary>
/// Writes what scikit-learn's and ML.NET's exporters say in operators of <c>ai.onnx.ml</c> in the operators of networks, which have
/// gradients. One table, an entry for each operator; an operator without entry stays as it is.
/// </summary>
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
        if (!model.Proto.Graph.Node.Any(n => StepOf(n) is not null || n.Domain == Domain && Outside.Contains(n.OpType))
            && !TextParts.AreRead(model.Proto.Graph))
            return model;
        var proto = model.Proto.Clone();
        TextParts.LeaveOut(proto.Graph);
        var scope = new ConversionScope(proto.Graph);
        var old = proto.Graph.Node.ToList();
        proto.Graph.Node.Clear();
        foreach (var node in old)
        {
            var step = StepOf(node);
            foreach (var written in step is null ? [node] : Written(node, scope, step))
            {
                proto.Graph.Node.Add(written);
                scope.Note(written);
            }
        }
        return new OnnxModel(proto);
    }

    private static Action<LearnerSite>? StepOf(NodeProto node) => node.Domain switch
    {
        Domain => Table.GetValueOrDefault(node.OpType),
        // What ML.NET writes without saying where it comes from.
        "com.microsoft" when node.OpType == "ExpandDims" => Preparing.ExpandDims,
        _ => null,
    };

    private static IReadOnlyList<NodeProto> Written(NodeProto node, ConversionScope scope, Action<LearnerSite> step)
    {
        var site = new LearnerSite(node, scope);
        step(site);
        return site.Nodes;
    }
}
