using System.Collections;
using System.Globalization;
using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Trainers;
using Microsoft.ML.Transforms;
using Microsoft.ML.Transforms.Onnx;

namespace Microsoft.ML.Introspection.Estimators.Models;

/// <summary>What ML.NET's steps have learnt or were told, and do not publish; see <see cref="Unpublished"/>.</summary>
internal static class UnpublishedSteps
{
    private const string Steps = "how its steps work";

    private const string Otherwise = "explain the pipeline as a black box";

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
        var means = (float[]?)Unpublished.Read(info, null, "MeanProjected", Steps, Otherwise);
        return (((float[][])Of(info, null, "Eigenvectors"))[..rank], means?[..rank] ?? new float[rank]);
    }

    /// <summary>The inputs and the outputs of a network.</summary>
    public static (string[] Inputs, string[] Outputs) PortsOf(OnnxTransformer step) =>
        ((string[])Of(step, typeof(OnnxTransformer), "Inputs"), (string[])Of(step, typeof(OnnxTransformer), "Outputs"));

    /// <summary>The shapes of inputs that the user has given, the batch first.</summary>
    public static IReadOnlyDictionary<string, int[]> ShapesOf(OnnxTransformer step) =>
        Unpublished.Read(Of(step, typeof(OnnxTransformer), "_options"), null, "CustomShapeInfos", Steps, Otherwise) is not Array shapes
            ? new Dictionary<string, int[]>()
            : shapes.Cast<object>().ToDictionary(s => (string)Of(s, null, "Name"), s => (int[])Of(s, null, "Shape"));

    /// <summary>The network of a step.</summary>
    /// <exception cref="InvalidOperationException">Its file is gone.</exception>
    public static OnnxModel NetworkOf(OnnxTransformer step)
    {
        // A file of the user's may have its weights beside it; that of a loaded pipeline is a temporary file, which the step holds open.
        if (Unpublished.Read(Of(step, typeof(OnnxTransformer), "_options"), null, "ModelFile", Steps, Otherwise) is string { Length: > 0 }
            path && File.Exists(path))
            return OnnxModel.Load(path);
        var name = ((FileStream)Of(Of(step, typeof(OnnxTransformer), "Model"), null, "ModelStream")).Name;
        try
        {
            using var file = new FileStream(name, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var bytes = new byte[file.Length];
            file.ReadExactly(bytes);
            return OnnxModel.Parse(bytes);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            throw new InvalidOperationException($"The network of the pipeline cannot be read from '{name}': {e.Message} Has the pipeline "
                + "been disposed of?", e);
        }
    }

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

    private static object Of(object holder, Type? declaring, string member) =>
        Unpublished.Read(holder, declaring, member, Steps, Otherwise)
        ?? throw new NotSupportedException($"{holder.GetType().Name} does not tell {Steps}: its '{member}' is empty.");
}
