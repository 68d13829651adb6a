using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Estimators.Tests.Support;
using Microsoft.ML.Introspection.Features;
using Microsoft.ML.Introspection.Models;

namespace Microsoft.ML.Introspection.Estimators.Tests;

/// <summary>Sensitivities to concepts as a column.</summary>
[TestClass]
public sealed class ExplainingConcepts
{
    [TestMethod]
    public void Sensitivities_are_derivatives_along_directions()
    {
        var (context, table) = (new MLContext(1), Trained.BreastCancer);
        var layer = Network.Load(table.File).Layers.First(l => l.Operator == "Relu");
        var width = (int)layer.Shape![1].Value;
        ConceptVector Along(string name, params int[] units)
        {
            var weights = new double[width];
            foreach (var unit in units)
                weights[unit] = 3;
            return new ConceptVector(name, layer.Name, [width], weights, 0);
        }

        var data = Trained.Features(table.Rows, [.. Enumerable.Range(0, 30).Select(i => $"m{i}")]);
        using var fitted = context.Transforms.Explain(table.File, "Features", e => e
            .Add("Concepts", new ConceptSensitivity([Along("first", 0), Along("both", 0, 1)]), Target.Class(0))
            .Add(new Ask(new Saliency(), Target.Class(0), "Gradient") { Of = [layer.Name] })).Fit(data);
        var found = fitted.Transform(data);
        var (concepts, gradients) = (found.Vectors("Concepts"), found.Vectors("Gradient"));
        for (var row = 0; row < concepts.Length; row++)
        {
            Near.Equal(gradients[row][0], concepts[row][0], 1e-5);
            Near.Equal((gradients[row][0] + gradients[row][1]) / Math.Sqrt(2), concepts[row][1], 1e-5);
        }
        VBuffer<ReadOnlyMemory<char>> names = default;
        found.Schema["Concepts"].GetSlotNames(ref names);
        CollectionAssert.AreEqual(new[] { "first", "both" }, names.DenseValues().Select(n => n.ToString()).ToArray());
    }
}
