using System.Text.Json;
using Microsoft.ML.Introspection.Conformance;
using Microsoft.ML.Introspection.Importers;

namespace Microsoft.ML.Introspection.Tests.Importers.TensorFlow;

/// <summary>Models that TensorFlow saved give what TensorFlow computed with them.</summary>
[TestClass]
public sealed class MatchingTensorFlow
{
    public static IEnumerable<string> Names => Cases().Select(c => c.Name);

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void Outputs_of_a_batch_and_of_a_row_and_gradients_are_those_of_TensorFlow(string name)
    {
        var faults = Cases().Single(c => c.Name == name).Faults();
        Assert.IsEmpty(faults, string.Join("\n", faults));
    }

    private static IReadOnlyList<TensorFlowCase> Cases()
    {
        using var json = JsonDocument.Parse(File.ReadAllText(TensorFlowFiles.Of("cases.json")));
        return [.. json.RootElement.EnumerateArray().Select(c =>
        {
            var (name, file) = (c.GetProperty("name").GetString()!, c.GetProperty("file").GetString()!);
            var (inputs, outputs) = (Ends(c, "inputs"), Ends(c, "outputs"));
            var path = TensorFlowFiles.Of(name, file);
            return new TensorFlowCase(name, extents => file == "frozen.pb"
                ? TensorFlowGraph.Load(path, new() { Inputs = [.. inputs.Keys], Outputs = [.. outputs.Keys], Dimensions = extents })
                : SavedModel.Load(path, new() { Dimensions = extents }),
                TensorFlowFiles.Of(name, "case.npz"), inputs, outputs, TensorFlowCases.ToleranceOf(name));
        })];
    }

    private static Dictionary<string, string> Ends(JsonElement json, string name) =>
        json.GetProperty(name).EnumerateObject().ToDictionary(e => e.Name, e => e.Value.GetString()!);
}
