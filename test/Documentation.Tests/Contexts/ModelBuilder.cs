using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Estimators;

namespace Microsoft.ML.Introspection.Documentation.Tests.Contexts;

/// <summary>A project to which Model Builder has added <c>MLModel.mlnet</c>, trained on <c>houses.csv</c>, and the class of its rows.</summary>
public class ModelBuilderProject : Context
{
    /// <inheritdoc/>
    public override void Enter()
    {
        base.Enter();
        File.WriteAllLines("houses.csv",
            ["Rooms,Area,City,Price", .. Enumerable.Range(0, 120).Select(i => $"{1 + i % 6},{30 + i * 37 % 90},{(i % 3 == 0 ? "Rome" : "Oslo")},{100 + i % 6 * 40}")]);
        var mlContext = new MLContext(seed: 1);
        var data = mlContext.Data.LoadFromTextFile<MLModel.ModelInput>("houses.csv", ',', hasHeader: true);

        // As it writes it: columns are overwritten in place.
        var model = mlContext.Transforms.Categorical.OneHotEncoding([new InputOutputColumnPair("City")])
            .Append(mlContext.Transforms.ReplaceMissingValues([new InputOutputColumnPair("Rooms"), new("Area")]))
            .Append(mlContext.Transforms.Concatenate("Features", "City", "Rooms", "Area"))
            .Append(mlContext.Regression.Trainers.FastTree("Price", numberOfTrees: 20)).Fit(data);
        mlContext.Model.Save(model, data.Schema, "MLModel.mlnet");
    }

    protected static class MLModel
    {
        public sealed class ModelInput
        {
            [LoadColumn(0)]
            public float Rooms { get; set; }

            [LoadColumn(1)]
            public float Area { get; set; }

            [LoadColumn(2)]
            public string City { get; set; } = "";

            [LoadColumn(3)]
            public float Price { get; set; }
        }
    }
}

/// <summary>The same with the members that the scaffold adds, as a program has them.</summary>
public class ScaffoldedProject : ModelBuilderProject
{
    protected readonly MLContext mlContext = new(seed: 1);
    protected IDataView houses = null!;
    protected ITransformer model = null!;

    /// <inheritdoc/>
    public override void Enter()
    {
        base.Enter();
        model = mlContext.Model.Load("MLModel.mlnet", out _);
        houses = mlContext.Data.LoadFromTextFile<MLModel.ModelInput>("houses.csv", ',', hasHeader: true);
        HousePrice.Explained = mlContext.Transforms.Explain(model).Fit(houses);
    }

    protected static class HousePrice
    {
        internal static ExplainedPredictions Explained { get; set; } = null!;

        public static ExplainedPrediction Explain(ModelInput input)
        {
            using var engine = new MLContext().Model.CreateExplanationEngine<ModelInput>(Explained);
            return engine.Explain(input);
        }

        public static IDataView ExplainAll(IDataView data) => Explained.Transform(data);

        public static List<Tuple<string, double>> FeatureImportance(MLContext mlContext, IDataView data, ITransformer model, string labelColumnName) =>
            [.. mlContext.Model.PermutationImportance(model, data, labelColumnName, Introspection.Evaluation.Metric.RSquared)
                .Select(column => Tuple.Create(column.Name, column.Mean))];

        public sealed class ModelInput
        {
            public float Rooms { get; set; }

            public float Area { get; set; }

            public string City { get; set; } = "";

            public float Price { get; set; }
        }
    }
}
