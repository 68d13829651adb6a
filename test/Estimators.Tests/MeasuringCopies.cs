using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Estimators.Tests.Support;
using Microsoft.ML.Introspection.Features;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Estimators.Tests;

/// <summary>Errors of an autoencoder's copies as columns.</summary>
[TestClass]
public sealed class MeasuringCopies
{
    [TestMethod]
    public void Errors_are_columns()
    {
        var file = Path.Combine(Path.GetTempPath(), $"introspection-{Guid.NewGuid():N}.onnx");
        // A network that halves the first number and leaves out the second.
        var graph = new Graph();
        var x = graph.Input("x", ElementType.Float, new Shape(Dimension.Symbol("N"), 3));
        graph.ToModel([("copy", x * graph.Constant(Tensor.From([0.5f, 0, 1], 1, 3)))]).Save(file);
        var context = new MLContext(1);
        var data = context.Data.LoadFromEnumerable([new Row { Numbers = [2, 3, 4] }, new Row { Numbers = [-4, 1, 0] }]);
        using var fitted = context.Transforms.Explain(file, "Numbers", e => e
            .Add("Errors", new ReconstructionError()).Add("Anomaly", new ReconstructionError(Measure: ErrorMeasure.Absolute, Mean: ErrorMean.Row)))
            .Fit(data);
        var found = fitted.Transform(data);
        File.Delete(file);
        CollectionAssert.AreEqual((float[])[1, 9, 0, 4, 1, 0], found.Vectors("Errors").SelectMany(v => v).ToArray());
        Near.Equal([4.0 / 3, 1], [.. found.Vectors("Anomaly").Select(v => (double)v[0])], 1e-6);
    }

    private sealed class Row
    {
        [VectorType(3)]
        public float[] Numbers { get; set; } = [];
    }
}
