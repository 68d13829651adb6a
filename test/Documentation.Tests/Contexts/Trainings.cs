using Microsoft.ML.Data;

namespace Microsoft.ML.Introspection.Documentation.Tests.Contexts;

/// <summary>Houses in two parts, and a pipeline that predicts their prices.</summary>
public class PricedHouses : Context
{
    protected MLContext mlContext { get; } = new(seed: 1);

    protected IDataView training => Houses(0);

    protected IDataView calibration => Houses(60);

    protected IEstimator<ITransformer> pipeline => mlContext.Regression.Trainers.OnlineGradientDescent();

    private IDataView Houses(int from) => mlContext.Data.LoadFromEnumerable(Enumerable.Range(from, 60)
        .Select(i => new House { Features = [i % 7, i * 37 % 10], Rooms = i % 7, Age = i * 37 % 10, Label = 5 * (i % 7) - i * 37 % 10 + i % 3 }));

    private sealed class House
    {
        [VectorType(2)]
        public float[] Features { get; set; } = [];

        public float Rooms { get; set; }

        public float Age { get; set; }

        public float Label { get; set; }
    }
}

/// <summary>A folder with the checkpoints of a training, as <c>checkpoint_STEP.onnx</c>, and rows of eight features.</summary>
public class InCheckpointFolder : Context
{
    protected double[] rows { get; } = [.. Enumerable.Range(0, 40 * 8).Select(i => i * 37 % 101 / 50.0 - 1)];

    protected double[] labels { get; } = [.. Enumerable.Range(0, 40).Select(i => i % 2)];

    protected override IReadOnlyDictionary<string, string> Files => new[] { 0, 1, 4, 16, 64, 256 }.ToDictionary(
        step => $"checkpoint_{step}.onnx", step => $"test/data/progress/checkpoints/checkpoint_{step}.onnx");
}
