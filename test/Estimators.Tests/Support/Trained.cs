using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;

namespace Microsoft.ML.Introspection.Estimators.Tests.Support;

/// <summary>A trained network of <c>test/data</c>, rows for it, and what other libraries compute for them.</summary>
internal sealed class Trained
{
    private readonly Dictionary<string, NpyArray> _reference = [];

    private Trained(string name, string? rowsOf = null)
    {
        (Name, File) = (name, FileOf(name));
        using var archive = NpzArchive.Open(Path.ChangeExtension(FileOf(rowsOf ?? name), ".npz"));
        foreach (var array in archive.Names)
            _reference[array] = archive.Read(array);
    }

    public static Trained BreastCancer { get; } = new("mlp_breast_cancer");

    public static Trained Digits { get; } = new("cnn_digits");

    /// <summary>A transformer of random weights for the same digits.</summary>
    public static Trained DigitsByAttention { get; } = new("attention/digits", "cnn_digits");

    public static Trained DigitsWithSoftmax { get; } = new("cnn_digits_softmax");

    public static string FileOf(string model) => Path.Combine(AppContext.BaseDirectory, "TestData", model + ".onnx");

    public string Name { get; }

    public string File { get; }

    /// <summary>The rows, one vector each.</summary>
    public float[][] Rows => Floats("input");

    /// <summary>The rows over and over, each time a little different.</summary>
    public float[][] ManyRows(int count) =>
        [.. Enumerable.Range(0, count).Select(i => Array.ConvertAll(Rows[i % Rows.Length], x => x * (1 + 0.01f * (i / Rows.Length))))];

    public long[] Targets => _reference["target"].ToInt64s();

    /// <summary>An array of the reference, row by row.</summary>
    public float[][] Floats(string array)
    {
        var values = _reference[array].ToSingles();
        return [.. values.Chunk(values.Length / (int)_reference[array].Shape[0])];
    }

    /// <summary>What the library computes without ML.NET, all rows at once.</summary>
    public float[][] Explained(float[][] rows, AttributionMethod? method = null, Target? target = null, string output = "attribution",
        string? layer = null)
    {
        var network = Network.Load(File);
        using var session =
            new ModelSession(Explanation.Compile(network, method ?? new Saliency(), target, new ExplanationOptions { Layer = layer }));
        var input = network.Inputs[0];
        var tensor = Tensor.From(rows.SelectMany(r => r).ToArray(), [rows.Length, .. input.Shape!.Skip(1).Select(d => d.Value)]);
        var values = session.Run(new Dictionary<string, Tensor> { [input.Name] = tensor })[output].ToDouble();
        return [.. Array.ConvertAll(values, v => (float)v).Chunk(values.Length / rows.Length)];
    }

    /// <summary>Rows as data with one column, "Features". Copies are handed out: transforms may write into what they are given.</summary>
    public static RowSource Features(float[][] rows, string[]? slotNames = null) => new RowSource(rows.Length)
        .Add("Features", new VectorDataViewType(NumberDataViewType.Single, rows[0].Length),
            row => new VBuffer<float>(rows[row].Length, [.. rows[row]]), slotNames);
}
