using Microsoft.ML.Introspection.Estimators;

namespace Microsoft.ML.Introspection.Documentation.Tests.Contexts;

/// <summary>A service that has an explained pipeline, and houses that come one after the other.</summary>
public class ExplainedHouses : ModelBuilderProject
{
    protected readonly MLContext mlContext = new(seed: 1);
    protected readonly CancellationToken cancellation = CancellationToken.None;
    protected ExplainedPredictions explained = null!;
    protected IDataView data = null!;
    protected IAsyncEnumerable<House> houses = null!;

    /// <inheritdoc/>
    public override void Enter()
    {
        base.Enter();
        data = mlContext.Data.LoadFromTextFile<MLModel.ModelInput>("houses.csv", ',', hasHeader: true);
        explained = mlContext.Transforms.Explain(mlContext.Model.Load("MLModel.mlnet", out _)).Fit(data);
        houses = Enumerable.Range(1, 40).Select(i => new House { City = "Rome", Rooms = i % 6, Area = 2 * i }).ToAsyncEnumerable();
    }

    protected sealed class House
    {
        public float Rooms { get; set; }

        public float Area { get; set; }

        public string City { get; set; } = "";

        public float Price { get; set; }
    }

    protected sealed class Scored
    {
        public float Score { get; set; }

        public float[] ShapBase { get; set; } = [];
    }
}
