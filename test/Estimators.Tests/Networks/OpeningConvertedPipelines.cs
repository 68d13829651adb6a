using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Importers;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.OnnxRuntime;

namespace Microsoft.ML.Introspection.Estimators.Tests.Networks;

/// <summary>What ML.NET writes as ONNX itself, by ConvertToOnnx: another opinion on our networks, and files to open.</summary>
[TestClass]
public sealed class OpeningConvertedPipelines
{
    // ConvertToOnnx cannot write some steps at all, and fails on others.
    private const int Pipelines = 200, LeastConverted = 60, LeastTrees = 4;

    // Its files of these steps give other scores than its pipelines do: of one row alone, and other numbers.
    private static readonly string[] Mistaken = ["select features", "contrast"];

    [TestMethod]
    public void Pipelines_that_ML_NET_can_convert_open_as_models_of_their_kind()
    {
        var (converted, trees, faults) = (0, 0, new List<string>());
        for (var seed = 0; seed < Pipelines; seed++)
        {
            var pipelines = new RandomPipelines(seed);
            var (model, data) = pipelines.Next();
            if (Converted(model, data) is not { } bytes)
                continue;
            converted++;
            try
            {
                trees += Check(model, data, bytes, !Mistaken.Any(pipelines.Description.Contains)) ? 1 : 0;
            }
            catch (Exception e)
            {
                faults.Add($"{seed}: {e.GetType().Name} {e.Message.ReplaceLineEndings(" ")}: {pipelines.Description}");
            }
        }
        Assert.HasCount(0, faults, string.Join('\n', faults));
        Finite.AtLeast(LeastConverted, converted);
        Finite.AtLeast(LeastTrees, trees);
    }

    // Whether the file holds trees alone.
    private static bool Check(ITransformer model, IDataView data, byte[] bytes, bool isRight)
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(file, bytes);
            var opened = ModelFile.Open(file);
            var network = Network.From(opened.Onnx!);
            Assert.AreEqual("Score.output", network.DefaultOutput);
            using var theirs = new InferenceSession(bytes);
            var scores = Running.Outputs(theirs, data)["Score.output"];
            if (isRight)
                AssertSame(Running.Scores(model, data), scores, "ML.NET's own file");
            // What is written out again has the operators of networks alone, but for trees.
            var plain = new Graph(network.Opset);
            var inputs = network.Inputs.ToDictionary(i => i.Name, i => plain.Input(i.Name, i.Type, i.Shape!));
            var trace = network.Trace(plain, inputs);
            using (var ours = new InferenceSession(plain.ToModel([("Score", trace.FileOutput("Score.output"))], keepAllInputs: true).ToArray()))
                AssertSame(scores, Running.Outputs(ours, data)["Score"], "the network");
            if (opened.Trees is { } ensemble)
            {
                AssertSame(scores, [.. Rows(ensemble, data).Select(row => Scores(ensemble, row))], "the trees");
                return true;
            }
            if (!opened.Onnx!.Proto.Graph.Node.Any(n => n.OpType.StartsWith("TreeEnsemble", StringComparison.Ordinal)))
                Explanation.Compile(network, new CompilationOptions(), [new Ask(new InputXGradient(), Target.Class(0), "why")
                    { Of = [.. network.Inputs.Where(i => i.Type == ElementType.Float).Select(i => i.Name)], Output = "Score.output" }]);
            return false;
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static float[] Scores(TreeEnsemble ensemble, double[] row)
    {
        var scores = new double[ensemble.OutputCount];
        ensemble.Score(row, scores);
        // Scores of classes are shares, as LightGBM's and those of one versus all are; the trees sum up to what stands before them.
        if (scores.Length > 1)
            ensemble.Link.Apply(scores);
        return Array.ConvertAll(scores, s => (float)s);
    }

    // Features bear the names of the columns.
    private static IEnumerable<double[]> Rows(TreeEnsemble ensemble, IDataView data)
    {
        var columns = data.Schema.Where(c => ensemble.FeatureNames!.Any(n => n.Split('.')[0] == c.Name))
            .ToDictionary(c => c.Name, c => Running.Numbers(data, c));
        return Enumerable.Range(0, columns.Values.First().Length).Select(row => (double[])[.. ensemble.FeatureNames!.Select(name =>
            (double)(name.Split('.') is [var column, var slot] ? columns[column][row][int.Parse(slot, null)] : columns[name][row][0]))]);
    }

    private static byte[]? Converted(ITransformer model, IDataView data)
    {
        try
        {
            using var stream = new MemoryStream();
            new MLContext(1).Model.ConvertToOnnx(model, data, stream);
            return stream.ToArray();
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return null;
        }
    }

    private static void AssertSame(float[][] expected, float[][] actual, string what) =>
        Finite.AtMost(1e-4, Running.Gap(expected, actual), what);
}
