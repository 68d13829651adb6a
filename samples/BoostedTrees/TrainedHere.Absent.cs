using Microsoft.ML.Introspection.Models;
using Microsoft.ML;

namespace BoostedTrees;

/// <summary>Takes the place of a model that is trained here, where the packages of ML.NET's trainers are not.</summary>
internal static class TrainedHere
{
    public static (ITransformer Model, ScoreLink Link)? Fit(MLContext mlContext, IDataView training)
    {
        Console.WriteLine("Nothing is trained here: this was built with the stand-in for ML.NET, which has no trainers.\n");
        return null;
    }
}
