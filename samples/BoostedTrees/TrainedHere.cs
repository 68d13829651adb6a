using Microsoft.ML.Introspection.Estimators.Models;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML;

namespace BoostedTrees;

/// <summary>Boosted trees by ML.NET's FastTree, with the reasons beside the score.</summary>
internal static class TrainedHere
{
    /// <summary>Trains, and appends SHAP columns: one line.</summary>
    /// <returns>The pipeline, and how its scores become probabilities.</returns>
    public static (ITransformer Model, ScoreLink Link) Fit(MLContext mlContext, IDataView training)
    {
        var model = mlContext.BinaryClassification.Trainers.FastTree(numberOfTrees: 100, numberOfLeaves: 16).Fit(training);
        var explained = model.Append(mlContext.Transforms.Shap("Shap", model, Explained.Columns).Fit(training));
        return (explained, ((TreeForm)new FittedModel(model, training.Schema).Form).Ensemble.Link);
    }
}
