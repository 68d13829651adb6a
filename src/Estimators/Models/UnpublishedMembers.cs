using System.Collections;
using Microsoft.ML.Trainers;
using Microsoft.ML.Trainers.FastTree;

namespace Microsoft.ML.Introspection.Estimators.Models;

/// <summary>
/// The few facts that ML.NET's models need for their scores but do not publish. They are read where the versions that the tests ran with
/// keep them; any other is refused, since without them, or with others, explanations would be of another model.
/// </summary>
internal static class UnpublishedMembers
{
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

    private static object? Read(object holder, Type? declaring, string member, string fact = "how its models work") =>
        Unpublished.Read(holder, declaring, member, fact, "explain the pipeline as a black box");
}
