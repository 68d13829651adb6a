using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Importers;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Shapley.Trees;

namespace Microsoft.ML.Introspection.Estimators.Tests.Support;

/// <summary>Trees of <c>test/data</c>, rows for them, and what the shap library computes.</summary>
internal sealed class TrainedTrees
{
    private readonly NpzArchive _archive;

    private TrainedTrees(string name)
    {
        File = Path.Combine(AppContext.BaseDirectory, "TestData", name + ".json");
        _archive = NpzArchive.Open(Path.ChangeExtension(File, ".npz"));
        Ensemble = TreeFile.Load(File);
    }

    public static TrainedTrees BreastCancer => new("xgb_breast_cancer");

    public static TrainedTrees WithMissingValues => new("xgb_breast_cancer_missing");

    public static TrainedTrees Wine => new("xgb_wine");

    public string File { get; }

    public TreeEnsemble Ensemble { get; }

    public float[][] Rows => Floats("input", Ensemble.FeatureCount);

    public float[][] Background => Floats("background", Ensemble.FeatureCount);

    /// <summary>An array in lines of a width.</summary>
    public float[][] Floats(string array, int width) => [.. Array.ConvertAll(_archive.Read(array).ToDoubles(), d => (float)d).Chunk(width)];

    /// <summary>Values without ML.NET, [rows][outputs · features].</summary>
    public double[][] Values(float[][] rows, TreeShapOptions? options = null)
    {
        var shap = new TreeShap(Ensemble, options);
        var values = new double[rows.Length * Ensemble.OutputCount * shap.PlayerCount];
        shap.Values([.. rows.SelectMany(r => r)], values);
        return [.. values.Chunk(Ensemble.OutputCount * shap.PlayerCount)];
    }
}
