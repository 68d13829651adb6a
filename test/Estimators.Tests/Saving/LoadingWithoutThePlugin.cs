using System.Reflection;
using System.Runtime.Loader;
using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Estimators.Tests.Support;

namespace Microsoft.ML.Introspection.Estimators.Tests.Saving;

[TestClass]
public sealed class LoadingWithoutThePlugin
{
    private readonly MLContext _mlContext = new(1);

    [TestMethod]
    public void A_saved_pipeline_scores_where_the_plugin_is_not_installed() => ScoresElsewhere(new Saliency());

    [TestMethod]
    public void Loops_over_many_steps_are_saved_with_it() =>
        Assert.Contains("Loop", ScoresElsewhere(new IntegratedGradients(2000, Quadrature.RiemannMiddle)));

    [TestMethod]
    public void Graphs_of_many_operators_are_saved_with_it() =>
        Finite.Above(50, ScoresElsewhere(new Smooth(new LayerwiseRelevance() * new DeepLift(), 20)).Count);

    private List<string> ScoresElsewhere<TMethod>(TMethod method) where TMethod : AttributionMethod
    {
        var table = Trained.BreastCancer;
        var data = _mlContext.Data.LoadFromEnumerable(table.Rows.Select(r => new ScoringElsewhere.Row { Features = r }));
        using var model =
            _mlContext.Transforms.CopyColumns("Copy", "Features")
                .Append(_mlContext.Transforms.Attribution("Saliency", "Copy", table.File, method)).Fit(data);
        var folder = Directory.CreateTempSubdirectory("estimators-tests-");
        try
        {
            var file = Path.Combine(folder.FullName, "pipeline.zip");
            _mlContext.Model.Save(model, data.Schema, file);

            var elsewhere = new WithoutPlugin();
            var scoring =
                elsewhere.LoadFromAssemblyPath(typeof(ScoringElsewhere).Assembly.Location).GetType(typeof(ScoringElsewhere).FullName!)!;
            var found =
                (float[][])scoring.GetMethod(nameof(ScoringElsewhere.Score))!.Invoke(null, BindingFlags.DoNotWrapExceptions, null,
                    [file, table.Rows], null)!;

            Reading.AreClose(table.Explained(table.Rows, method), found, 1e-5);
            Assert.IsTrue(elsewhere.Assemblies.Any(a => a.GetName().Name == "Microsoft.ML.OnnxTransformer"));
            Assert.IsFalse(
                elsewhere.Assemblies.Any(a => a.GetName().Name!.StartsWith("Microsoft.ML.Introspection", StringComparison.Ordinal)));
            return [.. model.LastTransformer.Explanation.Proto.Graph.Node.Select(n => n.OpType)];
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>ML.NET loaded a second time, in a place that does not have our assemblies.</summary>
    private sealed class WithoutPlugin : AssemblyLoadContext
    {
        private readonly AssemblyDependencyResolver _resolver = new(typeof(WithoutPlugin).Assembly.Location);

        protected override Assembly? Load(AssemblyName name)
        {
            if (name.Name!.StartsWith("Microsoft.ML.Introspection", StringComparison.Ordinal))
                throw new FileNotFoundException($"{name.Name} is not installed here.");
            return name.Name.StartsWith("Microsoft.ML", StringComparison.Ordinal) && _resolver.ResolveAssemblyToPath(name) is { } path
                ? LoadFromAssemblyPath(path)
                : null;
        }

        protected override nint LoadUnmanagedDll(string name) =>
            _resolver.ResolveUnmanagedDllToPath(name) is { } path ? LoadUnmanagedDllFromPath(path) : 0;
    }
}
