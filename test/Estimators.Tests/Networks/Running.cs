using Microsoft.ML.Calibrators;
using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Estimators.Models;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Microsoft.ML.Introspection.Estimators.Tests.Networks;

/// <summary>Runs the network of a pipeline by ONNX Runtime alone.</summary>
internal static class Running
{
    /// <summary>
    /// By how much the network's outputs are off those of the pipeline, of the largest; 1 and more where a row has another class.
    /// </summary>
    public static double Gap(PipelineNetwork network, ITransformer model, IDataView data)
    {
        var expected = model.Transform(data);
        var actual = Outputs(network, data);
        Assert.AreNotEqual(0, actual.Count);
        return actual.Select(o => o.Key == "Probability" && Steep(model) is { } steps
            ? Gap(Numbers(expected, expected.Schema["Score"]), o.Value, steps)
            : Gap(Numbers(expected, expected.Schema[o.Key]), o.Value)).Largest();
    }

    // Between two levels isotonic curves are so steep that the last digits of a score decide.
    private static IsotonicCalibrator? Steep(ITransformer model) =>
        ChainSteps.Of(model).OfType<IPredictionTransformer<ICalibrator>>().LastOrDefault()?.Model as IsotonicCalibrator;

    private static double Gap(float[][] scores, float[][] probabilities, IsotonicCalibrator steps)
    {
        var near = scores.Select(s => Math.Abs(s[0])).Largest() * 1e-5f;
        return scores.Zip(probabilities, (s, p) => Math.Max(steps.PredictProbability(s[0] - near) - p[0],
            p[0] - steps.PredictProbability(s[0] + near))).Select(g => Math.Max(0.0, g)).Largest();
    }

    /// <summary>The network's outputs, row by row.</summary>
    public static IReadOnlyDictionary<string, float[][]> Outputs(PipelineNetwork network, IDataView data)
    {
        using var session = new InferenceSession(network.Model.ToArray());
        return Outputs(session, network.Prepare(data));
    }

    /// <summary>The scores of a pipeline.</summary>
    public static float[][] Scores(ITransformer model, IDataView data) =>
        model.Transform(data) is var scored ? Numbers(scored, scored.Schema["Score"]) : [];

    /// <summary>What a network gives of the columns that it reads, row by row, where it is of numbers.</summary>
    public static IReadOnlyDictionary<string, float[][]> Outputs(InferenceSession session, IDataView data)
    {
        var inputs = session.InputMetadata.Select(i => Input(i.Key, i.Value, data)).ToList();
        using var results = session.Run(inputs, [.. session.OutputMetadata.Where(o => o.Value.ElementDataType is TensorElementType.Float
            or TensorElementType.Bool or TensorElementType.Int64).Select(o => o.Key)]);
        return results.ToDictionary(r => r.Name, r => r.Value switch
        {
            Tensor<float> numbers => Rows(numbers, n => n),
            Tensor<bool> truths => Rows(truths, t => t ? 1 : 0),
            Tensor<long> keys => Rows(keys, k => k),
            _ => throw new NotSupportedException($"{r.ElementType}"),
        });
    }

    private static float[][] Rows<T>(Tensor<T> tensor, Func<T, float> number) =>
        [.. tensor.ToArray().Select(number).Chunk((int)tensor.Length / tensor.Dimensions[0])];

    private static NamedOnnxValue Input(string name, NodeMetadata metadata, IDataView data)
    {
        var column = data.Schema[name];
        return metadata.ElementDataType switch
        {
            TensorElementType.Double => Single<double>(),
            TensorElementType.Int32 => Single<int>(),
            TensorElementType.UInt32 => Single<uint>(),
            TensorElementType.Bool => Single<bool>(),
            TensorElementType.String => NamedOnnxValue.CreateFromTensor(name,
                Tensor(data.GetColumn<ReadOnlyMemory<char>>(column).Select(t => (string[])[t.ToString()]), metadata)),
            _ => NamedOnnxValue.CreateFromTensor(name, Tensor(Numbers(data, column), metadata)),
        };

        NamedOnnxValue Single<T>() =>
            NamedOnnxValue.CreateFromTensor(name, Tensor(data.GetColumn<T>(column).Select(v => (T[])[v]), metadata));
    }

    private static DenseTensor<T> Tensor<T>(IEnumerable<T[]> rows, NodeMetadata metadata)
    {
        T[][] all = [.. rows];
        return new DenseTensor<T>(all.SelectMany(r => r).ToArray(), [all.Length, .. metadata.Dimensions.Skip(1)]);
    }

    /// <summary>The numbers of a column.</summary>
    public static float[][] Numbers(IDataView data, DataViewSchema.Column column) => column.Type switch
    {
        VectorDataViewType => [.. data.GetColumn<float[]>(column)],
        BooleanDataViewType => [.. data.GetColumn<bool>(column).Select(v => (float[])[v ? 1 : 0])],
        KeyDataViewType => [.. data.GetColumn<uint>(column).Select(v => (float[])[v])],
        _ => [.. data.GetColumn<float>(column).Select(v => (float[])[v])],
    };

    /// <summary>By how much numbers are off others, of the largest.</summary>
    public static double Gap(float[][] expected, float[][] actual)
    {
        Assert.HasCount(expected.Length, actual);
        var size = Math.Max(1e-3, expected.SelectMany(r => r).Where(float.IsFinite).Select(Math.Abs).DefaultIfEmpty(0).Largest());
        return expected.Zip(actual, (e, a) => e.Zip(a, (x, y) => x.Equals(y) ? 0 : Math.Abs(x - y) / size).Largest()).Largest();
    }
}
