using Microsoft.ML.Introspection.Files;

namespace Microsoft.ML.Introspection.Tool.Tests;

[TestClass]
public class ShowingProgress
{
    [TestMethod]
    public async Task Draws_a_bar_on_the_error_stream_where_somebody_watches()
    {
        using var work = new Workplace();
        TinyNetworks.Linear().Save(work);
        NpyArray.From(new float[200_000], 100_000, 2).Save(work["rows.npy"]);
        var (@out, error) = (new StringWriter(), new StringWriter());
        var arguments = work.Resolve("explain", "@model.onnx", "--data", "@rows.npy", "-m", "saliency", "-o", "@out.npy");
        Assert.AreEqual(0, await Introspect.RunAsync(arguments, new Terminal(@out, error, ErrorIsInteractive: true)));
        Assert.Contains("Explaining", error.ToString());
        Assert.Contains("Explained 100,000 rows", @out.ToString());
        Assert.DoesNotContain("Explaining", @out.ToString());
    }

    [TestMethod]
    [DataRow("xgb_wine.json", "tree", 3000)]
    [DataRow("xgb_wine.json", "kernel", 20)]
    public async Task Draws_a_bar_for_shapley_values_too(string model, string algorithm, int rows)
    {
        using var work = new Workplace();
        NpyArray.From(new float[rows * 13], rows, 13).Save(work["rows.npy"]);
        var (@out, error) = (new StringWriter(), new StringWriter());
        var arguments =
            work.Resolve("shap", Workplace.Given(model), "--data", "@rows.npy", "--background", "zero", "-a", algorithm, "-o", "@out.npy");
        Assert.AreEqual(0, await Introspect.RunAsync(arguments, new Terminal(@out, error, ErrorIsInteractive: true)));
        Assert.Contains("Explaining", error.ToString());
        Assert.Contains($"Explained {rows:N0} rows", @out.ToString());
    }
}
