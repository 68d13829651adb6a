using System.Collections;
using System.Globalization;
using System.Reflection;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers;
using Microsoft.ML.Trainers.FastTree;
using Microsoft.ML.Transforms;
using Microsoft.ML.Transforms.Onnx;

namespace Microsoft.ML.Introspection.Estimators.Models;

/// <summary>
/// The few facts that ML.NET's models need for their scores but do not publish. They are read where the versions that the tests ran with
/// keep them; any other is refused, since without them, or with others, explanations would be of another model.
/// </summary>
internal static class UnpublishedMembers
{
    private static readonly int[] KnownVersions = [5, 6];

    private const string Steps = "how its steps work";

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

    /// <summary>What a concatenation puts one behind the other, by the name of the column that it makes.</summary>
    public static IReadOnlyDictionary<string, string[]> SourcesOf(ColumnConcatenatingTransformer step) =>
        ((IReadOnlyCollection<(string Output, string[] Inputs)>)Of(step, typeof(ColumnConcatenatingTransformer), "Columns"))
            .ToDictionary(c => c.Output, c => c.Inputs);

    /// <summary>Which of the columns that a step makes from one each has a name.</summary>
    public static int PlaceOf(ITransformer step, string made) => Array.FindIndex(
        ((string Made, string Source)[])Of(step, typeof(OneToOneTransformerBase), "ColumnPairs"), pair => pair.Made == made);

    /// <summary>The slots that a step leaves out of one of its columns: from first to last, both included.</summary>
    public static IReadOnlyList<(int First, int Last)> DroppedSlots(ITransformer step, int column) =>
        [.. ((int[][])Of(step, null, "SlotsMin"))[column].Zip(((int[][])Of(step, null, "SlotsMax"))[column])];

    /// <summary>What stands for missing values of a column: one number, or one for every slot.</summary>
    public static double[] Replacements(MissingValueReplacingTransformer step, int column)
    {
        var values = ((object[])Of(step, typeof(MissingValueReplacingTransformer), "_repValues"))[column];
        return values is IEnumerable several ? [.. several.Cast<object>().Select(Number)] : [Number(values)];

        static double Number(object value) => Convert.ToDouble(value, CultureInfo.InvariantCulture);
    }

    /// <summary>The norm of a step's column, whether means are taken off first, and what is multiplied at the end.</summary>
    public static (string Norm, bool Centred, double Scale) NormOf(LpNormNormalizingTransformer step, int column)
    {
        var options = ((IEnumerable)Of(step, typeof(LpNormNormalizingTransformer), "Columns")).Cast<object>().ElementAt(column);
        return (Of(options, null, "Norm").ToString()!, (bool)Of(options, null, "EnsureZeroMean"), (float)Of(options, null, "Scale"));
    }

    /// <summary>The principal components of a step's column, and what the means of the slots are in each.</summary>
    public static (float[][] Vectors, float[] Means) Components(PrincipalComponentAnalysisTransformer step, int column)
    {
        var info = ((Array)Of(step, typeof(PrincipalComponentAnalysisTransformer), "_transformInfos")).GetValue(column)!;
        // Some more were computed than are used.
        var rank = (int)Of(info, null, "Rank");
        return (((float[][])Of(info, null, "Eigenvectors"))[..rank], ((float[]?)Read(info, null, "MeanProjected", Steps))?[..rank]
            ?? new float[rank]);
    }

    /// <summary>The network of a step, as a file that lives as long as the step; its inputs and its outputs.</summary>
    public static (string File, string[] Inputs, string[] Outputs) NetworkOf(OnnxTransformer step) =>
        (((FileStream)Of(Of(step, typeof(OnnxTransformer), "Model"), null, "ModelStream")).Name,
            (string[])Of(step, typeof(OnnxTransformer), "Inputs"), (string[])Of(step, typeof(OnnxTransformer), "Outputs"));

    /// <summary>Whether rows are divided by their norm.</summary>
    public static bool IsNormalized(FieldAwareFactorizationMachineModelParameters model) =>
        (bool)Of(model, typeof(FieldAwareFactorizationMachineModelParameters), "_norm");

    /// <summary>The feature columns of a factorisation machine.</summary>
    public static IReadOnlyList<string> FieldsOf(FieldAwareFactorizationMachinePredictionTransformer step) =>
        (IReadOnlyList<string>)Of(step, typeof(FieldAwareFactorizationMachinePredictionTransformer), "FeatureColumns");

    /// <summary>Above which number of which column the first of two classes is predicted.</summary>
    public static (string Column, float Threshold) ThresholdOf(ITransformer predictor) =>
        predictor is FieldAwareFactorizationMachinePredictionTransformer
            ? ((string)Of(predictor, null, "_thresholdColumn"), (float)Of(predictor, null, "_threshold"))
            : ((string)Of(predictor, null, "ThresholdColumn"), (float)Of(predictor, null, "Threshold"));

    /// <summary>The chain that a step wraps.</summary>
    public static ITransformer ChainOf(ITransformer step) => (ITransformer)Of(step, null, "_transformer");

    private static object Of(object holder, Type? declaring, string member) => Read(holder, declaring, member, Steps)
        ?? throw new NotSupportedException($"{holder.GetType().Name} does not tell {Steps}: its '{member}' is empty.");

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
