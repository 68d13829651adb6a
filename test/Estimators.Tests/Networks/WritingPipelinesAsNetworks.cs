using System.Numerics.Tensors;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Microsoft.ML.Introspection.Estimators.Tests.Networks;

[TestClass]
public sealed class WritingPipelinesAsNetworks
{
    [TestMethod]
    [DataRow(0)]
    [DataRow(1)]
    [DataRow(2)]
    [DataRow(3)]
    public void Two_hundred_random_pipelines_score_as_ML_NET_does(int part)
    {
        var faults = new List<string>();
        for (var seed = part * 50; seed < (part + 1) * 50; seed++)
        {
            var pipelines = new RandomPipelines(seed);
            try
            {
                var (model, data) = pipelines.Next();
                var network = new PipelineNetwork(model, data.Schema);
                if (Running.Gap(network, model, data) is var gap && !(gap <= 1e-5))
                    faults.Add($"{seed}: off by {gap}: {pipelines.Description}");
            }
            catch (Exception e)
            {
                faults.Add($"{seed}: {e.GetType().Name} {e.Message.Split('\n')[0]}: {pipelines.Description}");
            }
        }
        Assert.HasCount(0, faults, string.Join('\n', faults));
    }
}
