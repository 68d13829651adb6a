using System.Collections;
using System.Reflection;
using Microsoft.ML.Trainers;
using Microsoft.ML.Trainers.FastTree;

namespace Microsoft.ML.Introspection.Estimators.Models;

/// <summary>
/// The few facts that ML.NET's models need for their scores but do not publish. They are read where the versions that the tests ran with
/// keep them; any other is refused, since without them, or with others, explanations would be of another model.
/// </summary>
internal static class UnpublishedMembers
{
    private static readonly int[] KnownVersions = [5, 6];

    private const BindingFlags Instance = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    /// <summary>What stands for NaN at each split of a tree; null where NaN is compared as it is (and so goes right).</summary>
    public static float[]? ValuesForMissing(RegressionTreeBase tree) =>
        (float[]?)Read(Read(tree, typeof(RegressionTreeBase), "_tree")!, null, "DefaultValueForMissing", "where trees send missing values");

    /// <summary>The models of the classes.</summary>
    public static IReadOnlyList<object> SubModels(OneVersusAllModelParameters model) =>
        [.. ((IEnumerable)Read(model, typeof(OneVersusAllModelParameters), "SubModelParameters", "the models of the classes")!)
            .Cast<object>()];

    /// <summary>What is made of the scores of the classes: Raw, ProbabilityNormalization or Softmax.</summary>
    public static string OutputFormula(OneVersusAllModelParameters model) =>
        Read(Read(model, typeof(OneVersusAllModelParameters), "_impl")!, null, "OutputFormula",
            "what is made of the classes' scores")!.ToString()!;

    /// <summary>
    /// The step functions of a model that has none for some features: upper bounds, effects, and the number of each feature's function.
    /// </summary>
    public static (double[][] UpperBounds, double[][] Effects, Dictionary<int, int> FunctionOf) Shapes(GamModelParametersBase model)
    {
        const string fact = "the step functions of the last features";
        return ((double[][])Read(model, typeof(GamModelParametersBase), "_binUpperBounds", fact)!,
            (double[][])Read(model, typeof(GamModelParametersBase), "_binEffects", fact)!,
            (Dictionary<int, int>)Read(model, typeof(GamModelParametersBase), "_inputFeatureToShapeFunctionMap", fact)!);
    }

    /// <summary>Refuses versions of ML.NET that nobody has looked into.</summary>
    /// <exception cref="NotSupportedException">The assembly is of another version.</exception>
    internal static void CheckVersion(Assembly assembly, string fact)
    {
        var version =
            assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "of no version";
        if (!int.TryParse(version.Split('.')[0], out var major) || !KnownVersions.Contains(major))
            throw new NotSupportedException(
                $"{assembly.GetName().Name} is {version}. It does not publish {fact}, and this library knows where ML.NET " +
                $"{string.Join(" and ", KnownVersions.Select(v => $"{v}.x"))} keeps it. Take such a version, or explain the pipeline as "
                    + "a black box.");
    }

    private static object? Read(object holder, Type? declaring, string member, string fact = "how its models work")
    {
        CheckVersion((declaring ?? holder.GetType()).Assembly, fact);
        // Private members are found in the type that declares them only.
        for (var type = declaring ?? holder.GetType(); type is not null; type = type.BaseType)
        {
            if (type.GetField(member, Instance) is { } field)
                return field.GetValue(holder);
            if (type.GetProperty(member, Instance) is { } property)
                return property.GetValue(holder);
        }
        var assembly = (declaring ?? holder.GetType()).Assembly.GetName();
        throw new NotSupportedException(
            $"{assembly.Name} {assembly.Version} does not tell {fact}: '{member}' of {(declaring ?? holder.GetType()).Name} is not "
                + "there. " +
            "Take an earlier version of ML.NET, or explain the pipeline as a black box.");
    }
}
