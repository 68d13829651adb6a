using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Tests.Onnx;

[TestClass]
public class KnowingSettings
{
    [TestMethod]
    [DataRow("Pad", nameof(InputRole.Number), 2)]
    [DataRow("Pad", nameof(InputRole.Axes), 1, 3)]
    [DataRow("Pad", nameof(InputRole.Extents), 1, 3)]
    [DataRow("MelWeightMatrix", nameof(InputRole.Number), 0, 1, 2, 3, 4)]
    [DataRow("MelWeightMatrix", nameof(InputRole.Extents), 0, 1)]
    [DataRow("SequenceAt", nameof(InputRole.Trusted), 1)]
    [DataRow("TopK", nameof(InputRole.Trusted))]
    [DataRow("Relu", nameof(InputRole.Number))]
    public void Tells_which_inputs_are_settings(string operatorType, string role, params int[] inputs) =>
        CollectionAssert.AreEqual(inputs, OperatorInputs.Of(operatorType, Enum.Parse<InputRole>(role)).ToArray());

    [TestMethod]
    public void Knows_only_operators_of_the_standard()
    {
        foreach (var name in OperatorInputs.Names)
            Assert.IsTrue(OperatorFacts.Of(name) is not null, name);
    }
}
