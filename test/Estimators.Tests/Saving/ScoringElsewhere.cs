using Microsoft.ML.Data;

namespace Microsoft.ML.Introspection.Estimators.Tests.Saving;

/// <summary>What somebody does who has a saved pipeline and ML.NET: nothing here knows the plugin.</summary>
public static class ScoringElsewhere
{
    public static float[][] Score(string file, float[][] rows)
    {
        var mlContext = new MLContext();
        var model = mlContext.Model.Load(file, out _);
        var data = mlContext.Data.LoadFromEnumerable(rows.Select(r => new Row { Features = r }));
        return [.. mlContext.Data.CreateEnumerable<Result>(model.Transform(data), reuseRowObject: false).Select(r => r.Saliency)];
    }

    public sealed class Row
    {
        [VectorType(30)]
        public float[] Features { get; set; } = [];
    }

    public sealed class Result
    {
        public float[] Saliency { get; set; } = [];
    }
}
