using System.Reflection;
using System.Runtime.Loader;
using Microsoft.ML.Introspection.Estimators.Tests.Support;

namespace Microsoft.ML.Introspection.Estimators.Tests.Saving;

[TestClass]
public sealed class LoadingWithoutThePlugin
{
    private readonly MLContext _mlContext = new(1);

    [TestMethod]
    public void A_saved_pipeline_scores_where_the_plugin_is_not_installed()
    {
        var table = Trained.BreastCancer;
        var data = _mlContext.Data.LoadFromEnumerable(table.Rows.Select(r => new ScoringElsewhere.Row { Features = r }));
        using var model = _mlContext.Transforms.CopyColumns("Copy", "Features").Append(_mlContext.Transforms.Saliency("Saliency", "Copy", table.File)).Fit(data);
        var folder = Directory.CreateTempSubdirectory("estimators-tests-");
        try
        {
            var file = Path.Combine(folder.FullName, "pipeline.zip");
            _mlContext.Model.Save(model, data.Schema, file);

            var elsewhere = new WithoutPlugin();
            var scoring = elsewhere.LoadFromAssemblyPath(typeof(ScoringElsewhere).Assembly.Location).GetType(typeof(ScoringElsewhere).FullName!)!;
            var found = (float[][])scoring.GetMethod(nameof(ScoringElsewhere.Score))!.Invoke(null, BindingFlags.DoNotWrapExceptions, null, [file, table.Rows], null)!;

            Reading.AreClose(table.Floats("gradient"), found, 1e-5);
            Assert.IsTrue(elsewhere.Assemblies.Any(a => a.GetName().Name == "Microsoft.ML.OnnxTransformer"));
            Assert.IsFalse(elsewhere.Assemblies.Any(a => a.GetName().Name!.StartsWith("Microsoft.ML.Introspection", StringComparison.Ordinal)));
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

        protected override nint LoadUnmanagedDll(string name) => _resolver.ResolveUnmanagedDllToPath(name) is { } path ? LoadUnmanagedDllFromPath(path) : 0;
    }
}
