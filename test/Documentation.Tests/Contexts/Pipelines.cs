namespace Microsoft.ML.Introspection.Documentation.Tests.Contexts;

/// <summary>A pipeline of numbers and a text, fitted, whose model is linear.</summary>
public class LinearPipeline : Context
{
    private ITransformer? _model;

    protected MLContext mlContext { get; } = new(seed: 1);

    protected IDataView data => mlContext.Data.LoadFromEnumerable(Enumerable.Range(0, 60).Select(i => new Applicant
    {
        Age = 20 + i * 13 % 50, Income = i % 9, Job = i % 2 == 0 ? "cook" : "smith", Repaid = i * 13 % 50 + 5 * (i % 9) > 40,
    }));

    protected ITransformer model => _model ??= mlContext.Transforms.Categorical.OneHotEncoding("JobKind", "Job")
        .Append(mlContext.Transforms.NormalizeMinMax("Age"))
        .Append(mlContext.Transforms.Concatenate("Features", "Age", "Income", "JobKind"))
        .Append(mlContext.BinaryClassification.Trainers.LbfgsLogisticRegression("Repaid")).Fit(data);

    private sealed class Applicant
    {
        public float Age { get; set; }

        public float Income { get; set; }

        public string Job { get; set; } = "";

        public bool Repaid { get; set; }
    }
}
