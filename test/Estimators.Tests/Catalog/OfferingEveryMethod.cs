using System.Reflection;
using Microsoft.ML.Introspection.Catalog;

namespace Microsoft.ML.Introspection.Estimators.Tests.Catalog;

/// <summary>Every method of the engine has an estimator, a transformer and extensions of its name.</summary>
[TestClass]
public sealed class OfferingEveryMethod
{
    public static IEnumerable<object[]> Methods => MethodCatalog.All.Select(m => (object[])[m.Type.Name, m.Type]);

    [TestMethod]
    [DynamicData(nameof(Methods))]
    public void By_offeredtypes_of_its_name(string name, Type method)
    {
        var assembly = typeof(IntrospectionCatalog).Assembly;
        var (estimator, transformer) = (assembly.GetType($"Microsoft.ML.Introspection.Estimators.{name}Estimator"),
            assembly.GetType($"Microsoft.ML.Introspection.Estimators.{name}Transformer"));
        Assert.IsTrue(estimator is { IsPublic: true } && typeof(IEstimator<>).MakeGenericType(transformer!).IsAssignableFrom(estimator));
        Assert.IsTrue(transformer is { IsPublic: true } && typeof(ITransformer).IsAssignableFrom(transformer));
        Assert.AreEqual(method, estimator.GetProperty("Method")!.PropertyType);
        Assert.AreEqual(method, transformer.GetProperty("Method")!.PropertyType);
        MethodInfo[] extensions = [.. typeof(IntrospectionCatalog).GetMethods().Where(m => m.Name == name)];
        Assert.IsTrue(extensions.Any(m => m.GetParameters().Any(p => p.ParameterType == typeof(Introspection.Models.Target))),
            "one takes a target");
        Assert.IsTrue(extensions.Any(m => m.GetParameters().Any(p => p.ParameterType == method)), "one takes the method with its options");
        Assert.IsTrue(extensions.All(m => m.ReturnType == estimator));
    }

    [TestMethod]
    public void And_Shapley_values_of_any_model_by_theirs()
    {
        var offered = typeof(IntrospectionCatalog).Assembly.GetExportedTypes();
        var transformer = offered.Single(t => t.FullName == "Microsoft.ML.Introspection.Estimators.ShapTransformer");
        var estimator = offered.Single(t => t.FullName == "Microsoft.ML.Introspection.Estimators.ShapEstimator");
        Assert.IsTrue(typeof(IEstimator<>).MakeGenericType(transformer).IsAssignableFrom(estimator));
        Assert.IsTrue(typeof(IntrospectionCatalog).GetMethods().Where(m => m.Name == "Shap").All(m => m.ReturnType == estimator));
    }

    [TestMethod]
    public void Numbers_and_choices_are_said_in_passing()
    {
        var parameters = typeof(IntrospectionCatalog).GetMethods()
            .Single(m => m.Name == "IntegratedGradients" && m.GetParameters().Any(p => p.Name == "steps")).GetParameters();
        Assert.AreEqual(50, parameters.Single(p => p.Name == "steps").DefaultValue);
        Assert.AreEqual((int)Introspection.Attribution.Quadrature.GaussLegendre,
            (int)parameters.Single(p => p.Name == "quadrature").DefaultValue!);
    }
}
