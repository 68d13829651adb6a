using System.Reflection;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Tests.Data;

namespace Microsoft.ML.Introspection.Samples.Tests;

/// <summary>Every sample of the tutorials' hands-on runs, small, and leaves the pictures that the documents show.</summary>
/// <remarks>INTROSPECTION_WRITE_DOCS=1 copies what the documents show into docs/images/hands-on.</remarks>
[TestClass]
[DoNotParallelize]
public sealed class RunningSamples
{
    [TestMethod]
    [DataRow("TaylorCoefficients", "plane.svg training.svg", "--steps 30 --rows 1000")]
    [DataRow("Gallery", "methods.svg softmax.svg neurons.svg perturbation.svg closure.svg", "--pictures 6 --steps 8")]
    [DataRow("Playground", "units.svg training.svg", "--steps 200 --pixels 16")]
    public void Sample_runs_and_leaves_its_pictures(string sample, string pictures, string options)
    {
        using var folder = new TemporaryFolder();
        Run(sample, folder, options);
        foreach (var picture in pictures.Split(' '))
            AssertDrawing(folder[picture]);
    }

    [TestMethod]
    public void Galaxies_have_the_weights_and_values_of_the_reference()
    {
        using var folder = new TemporaryFolder();
        Run("Galaxies", folder, "");
        AssertDrawing(folder["waterfall.svg"]);
        AssertDrawing(folder["beeswarm.svg"]);
        using var reference = NpzArchive.Open(Path.Combine(AppContext.BaseDirectory, "reference", "galaxies.npz"));
        var values = NpyArray.Load(folder["shap.npy"]).ToDoubles();
        var expected = reference.Read("shap").ToDoubles();
        // Features are single precision here, and double there.
        Near.Equal(expected, values[..expected.Length], 1e-5 * expected.Select(Math.Abs).Largest());
        double[] means = [.. Enumerable.Range(0, 14).Select(f => values.Where((_, i) => i % 14 == f).Average(Math.Abs))];
        Near.Equal(reference.Read("mean_abs_shap").ToDoubles(), means, 1e-6);
    }

    [TestMethod]
    public void Light_cones_have_the_logits_of_the_reference_through_both_importers()
    {
        using var folder = new TemporaryFolder();
        var told = Run("LightCones", folder, "--size 24 --samples 1");
        foreach (var picture in (string[])["why.svg", "against.svg", "filters.svg", "curves.svg"])
            AssertDrawing(folder[picture]);
        Assert.Contains("equal to the bit", told);
        using var reference = NpzArchive.Open(Path.Combine(AppContext.BaseDirectory, "reference", "light_cones.npz"));
        var logits = NpyArray.Load(folder["logits.npy"]).ToDoubles();
        var mock = reference.Read("optmock_crop_scaled_logits").ToDoubles();
        double[] expected = [.. reference.Read("sim_crop_scaled_logits").ToDoubles(), .. mock, .. mock];
        Near.Equal(expected, logits, 1e-4 * expected.Select(Math.Abs).Largest());
    }

    [TestMethod]
    [DataRow("Galaxies", "--rows 3")]
    [DataRow("LightCones", "--size 141")]
    [DataRow("Playground", "--output")]
    public void Wrong_options_are_told(string sample, string options) => Assert.AreEqual(2, Run(sample, options.Split(' ')));

    private static string Run(string sample, TemporaryFolder folder, string options)
    {
        var (own, told) = (Console.Out, new StringWriter());
        Console.SetOut(told);
        try
        {
            Assert.AreEqual(0, Run(sample, ["--output", folder["."], .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries)]), told.ToString());
        }
        finally
        {
            Console.SetOut(own);
        }
        if (Environment.GetEnvironmentVariable("INTROSPECTION_WRITE_DOCS") == "1")
            foreach (var picture in Directory.EnumerateFiles(folder["."], "*.svg"))
                File.Copy(picture, Path.Combine(Root(), "docs", "images", "hands-on", $"{sample}-{Path.GetFileName(picture)}"), overwrite: true);
        return told.ToString();
    }

    private static int Run(string sample, string[] arguments) =>
        (int)Assembly.Load(sample).EntryPoint!.Invoke(null, [arguments])!;

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Introspection.sln")))
            folder = folder.Parent!;
        return folder.FullName;
    }

    // A drawing that is a file of its own is well-formed, and has something in it.
    private static void AssertDrawing(string file)
    {
        var drawing = System.Xml.Linq.XDocument.Load(file);
        Assert.AreEqual("svg", drawing.Root!.Name.LocalName);
        Assert.IsTrue(drawing.Descendants().Any(e => e.Name.LocalName is "path" or "image"), file);
    }
}
