using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Tests.Importers;

/// <summary>What an ensemble says of the rows of a tensor.</summary>
internal static class TreeScores
{
    /// <summary>Raw scores, shape [rows, outputs].</summary>
    public static Tensor Raw(this TreeEnsemble ensemble, Tensor rows) => Scores(ensemble, rows, apply: false);

    /// <summary>Predictions, shape [rows, outputs].</summary>
    public static Tensor Predicted(this TreeEnsemble ensemble, Tensor rows) => Scores(ensemble, rows, apply: true);

    /// <summary>The rows as numbers of double precision.</summary>
    public static IEnumerable<double[]> Rows(this Tensor tensor)
    {
        var size = (int)tensor.Dimensions[^1];
        return tensor.ToDouble().Chunk(size);
    }

    /// <summary>The leaf of a row in a tree, as a node.</summary>
    public static TreeNode LeafOf(this Tree tree, double[] row) => tree.Nodes[tree.Leaf(row)];

    private static Tensor Scores(TreeEnsemble ensemble, Tensor rows, bool apply)
    {
        var all = new List<double>();
        foreach (var row in rows.Rows())
        {
            var scores = new double[ensemble.OutputCount];
            ensemble.Score(row, scores);
            if (apply)
                ensemble.Link.Apply(scores);
            all.AddRange(scores);
        }
        return Tensor.From(all.ToArray(), all.Count / ensemble.OutputCount, ensemble.OutputCount);
    }
}
