using System.Diagnostics.CodeAnalysis;
using Microsoft.ML.Introspection.Importers.OnnxOperators;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Onnx.Proto;
using Microsoft.ML.Introspection.Onnx.Reading;

namespace Microsoft.ML.Introspection.Importers;

/// <summary>
/// Takes the trees out of an ONNX model that is nothing but trees: <c>TreeEnsembleRegressor</c>, <c>TreeEnsembleClassifier</c> or
/// <c>TreeEnsemble</c> of ai.onnx.ml, with single or double precision, every mode of a node, votes for several outputs, sums and averages.
/// </summary>
/// <remarks>
/// <para>Around the operator there may be what leaves numbers as they are (Identity, Cast to floating point, Reshape, ZipMap …); before it
/// what puts several inputs side by side (FeatureVectorizer, Concat), whose names the features then have; and behind it sums and products
/// with single numbers, which leaves and base values take in, and Sigmoid, Softmax or Exp, which become the ensemble's link. Where a graph
/// gives scores and probabilities, as ML.NET's exported classifiers do, the scores are the raw ones. Where the standard is vague or ONNX
/// Runtime departs from it, what ONNX Runtime computes counts: it leaves scores of a single target or class as they are whatever
/// <c>post_transform</c> says. (Where no leaf of a row votes for an output, its base value counts here; ONNX Runtime gives 0.)</para>
/// <para>A classifier of two classes that only knows votes for the first has one output, the score of the second class; ONNX Runtime
/// makes both columns of that. Several operators whose scores are put side by side are one ensemble
/// (<see cref="JoinedForests"/>). A tree whose leaves vote for several outputs becomes a tree for each of them.</para>
/// <para>These files seldom say how much data passed a node: covers are <c>nodes_hitrates</c> where those of a node's children sum to
/// its own, else unknown (<see cref="TreeEnsemble.WithCover(ReadOnlySpan{float})"/> takes them from data).</para>
/// </remarks>
internal static class OnnxTrees
{
    /// <summary>Takes the trees of a model.</summary>
    /// <exception cref="InvalidModelException">It has no trees, or more than trees: the message names the node in the way.</exception>
    /// <exception cref="UnsupportedOperatorException">It has an operator that ONNX does not know.</exception>
    public static TreeEnsemble From(OnnxModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        var graph = FunctionInlining.Inline(model).Proto.Graph;
        return TreeGraph.In(graph) switch
        {
            [] => throw new InvalidModelException("It has no operator with trees (TreeEnsembleRegressor, TreeEnsembleClassifier, "
                + "TreeEnsemble of ai.onnx.ml)."),
            [var only] => Ensemble(TreeGraph.Of(graph, only)),
            var several => JoinedForests.Join(graph, several, Forest),
        };
    }

    /// <summary>Takes the trees of a model where that can be done.</summary>
    /// <param name="model">A model of whatever kind.</param>
    /// <param name="ensemble">Its trees; null where it has none, or is more than trees.</param>
    /// <param name="reason">Why not; empty where it has trees.</param>
    public static bool TryFind(OnnxModel model, [NotNullWhen(true)] out TreeEnsemble? ensemble, out string reason)
    {
        try
        {
            (ensemble, reason) = (From(model), "");
        }
        catch (Exception e) when (e is InvalidModelException or UnsupportedOperatorException)
        {
            (ensemble, reason) = (null, e.Message);
        }
        return ensemble is not null;
    }

    private static OnnxForest Forest(NodeProto trees) => trees.OpType switch
    {
        "TreeEnsembleRegressor" => TreeTableReader.Regressor(trees),
        "TreeEnsembleClassifier" => TreeTableReader.Classifier(trees),
        _ => TreeEnsembleReader.Read(trees),
    };

    private static TreeEnsemble Ensemble(TreeGraph graph)
    {
        var rows = graph.Input();
        var forest = Forest(graph.Operator);
        rows.Renumber(forest);
        var way = graph.Output(forest);
        var features = rows.Features ?? forest.FeaturesAsked;
        return new TreeEnsemble((int)features, ForestSplitting.Trees(forest, (int)features, way.Slope),
            Array.ConvertAll(forest.BaseValues, b => way.Slope * b + way.Offset))
        {
            FeatureNames = rows.Names,
            OutputNames = forest.OutputNames,
            Link = way.Link,
            ComparesSingles = rows.ComparesSingles,
        };
    }
}
