using Microsoft.ML.Introspection.Differentiation;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Tests.Differentiation.Cases;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Differentiation;

/// <summary>The formulas that are differentiated in place of an operator compute what ONNX Runtime computes for it.</summary>
[TestClass]
public sealed class WritingFormulas
{
    // ONNX Runtime's recurrent kernels approximate their activations.
    private const double Tolerance = 2e-5;

    private static readonly HashSet<string> Written =
    [
        "LayerNormalization", "InstanceNormalization", "GroupNormalization", "RMSNormalization", "MeanVarianceNormalization",
        "LpNormalization", "LRN", "LSTM", "GRU", "RNN", "Attention", "RotaryEmbedding", "CenterCropPad", "Col2Im",
    ];

    public static IEnumerable<object[]> Cases => RuleCases.All.Where(c => Written.Contains(c.Value.Operator)).Select(c => new object[] { c.Key });

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void Value(string name)
    {
        var written = RuleCases.All[name].Write(ElementType.Float);
        foreach (var output in written.Outputs)
            _ = Gradient.Of(output, written.Variables[0].Value);
        var formula = Formula.Beside(written.Outputs[0].Producer!)!;
        Value[] values = [.. written.Outputs, .. written.Outputs.Select(o => formula[o.OutputIndex]!)];
        var found = GraphRunner.Run(values, written.Variables.Select(v => (v.Value.Name, v.Numbers)));
        for (var i = 0; i < written.Outputs.Count; i++)
            TensorAssert.AreClose(found[i], found[i + written.Outputs.Count], Tolerance, $"{name}, output {written.Outputs[i].OutputIndex}");
    }
}
