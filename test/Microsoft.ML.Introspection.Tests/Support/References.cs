using System.Collections.Concurrent;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Onnx.Proto;

namespace Microsoft.ML.Introspection.Tests.Support;

/// <summary>The trained networks under <c>test/data</c>, and what established libraries compute for them.</summary>
internal static class References
{
    private static readonly ConcurrentDictionary<string, Lazy<Network>> Networks = new();

    /// <summary>The trained networks.</summary>
    public static IEnumerable<string> Models =>
        Directory.EnumerateFiles(Path.Combine(Folder, "models"), "*.onnx").Select(f => Path.GetFileNameWithoutExtension(f)!)
            .Order(StringComparer.Ordinal);

    private static string Folder => Path.Combine(AppContext.BaseDirectory, "data");

    /// <summary>The file of a trained network.</summary>
    public static string ModelFile(string model) => Path.Combine(Folder, "models", model + ".onnx");

    /// <summary>The file of a trained ensemble of trees, by its whole name.</summary>
    public static string TreeFile(string name) => Path.Combine(Folder, "models", name);

    /// <summary>A trained network, read once.</summary>
    public static Network Network(string model) =>
        Networks.GetOrAdd(model, name => new Lazy<Network>(() => Introspection.Models.Network.Load(ModelFile(name)))).Value;

    /// <summary>A trained network with all its numbers in double precision.</summary>
    public static Network InDoubles(string model)
    {
        var proto = OnnxModel.Load(ModelFile(model)).Proto.Clone();
        foreach (var weights in proto.Graph.Initializer.Where(i => i.DataType == (int)ElementType.Float).ToList())
        {
            var tensor = Tensor.FromProto(weights);
            proto.Graph.Initializer[proto.Graph.Initializer.IndexOf(weights)] =
                Tensor.From(tensor.ToDouble(), tensor.Dimensions).ToProto(weights.Name);
        }
        foreach (ValueInfoProto port in proto.Graph.Input.Concat(proto.Graph.Output))
            port.Type.TensorType.ElemType = (int)ElementType.Double;
        return Introspection.Models.Network.From(new OnnxModel(proto));
    }

    /// <summary>The arrays of a reference by name: single or double precision, or 64-bit integers.</summary>
    public static IReadOnlyDictionary<string, Tensor> Arrays(string reference)
    {
        using var archive = Archive(reference);
        return archive.Names.ToDictionary(name => name, name => ToTensor(archive.Read(name)));
    }

    /// <summary>The archive of a reference.</summary>
    public static NpzArchive Archive(string reference) => NpzArchive.Open(Path.Combine(Folder, "reference", reference + ".npz"));

    /// <summary>The first rows of a tensor.</summary>
    public static Tensor Head(this Tensor tensor, long rows)
    {
        var bytes = tensor.Bytes[..(int)(tensor.Bytes.Length / tensor.Dimensions[0] * rows)];
        return Tensor.FromBytes(tensor.Type, [rows, .. tensor.Dimensions[1..]], bytes);
    }

    /// <summary>The tensor in single precision.</summary>
    public static Tensor ToFloats(this Tensor tensor) =>
        Tensor.From(Array.ConvertAll(tensor.ToDouble(), d => (float)d), tensor.Dimensions);

    /// <summary>‖found − expected‖ / ‖expected‖ of every row; see <see cref="Near.Error"/> for rows of zeros and for NaN.</summary>
    public static double[] RowErrors(Tensor expected, Tensor found)
    {
        Assert.AreEqual(expected.Shape, found.Shape);
        var (a, b) = (expected.ToDouble(), found.ToDouble());
        var size = a.Length / (int)expected.Dimensions[0];
        return [.. Enumerable.Range(0, (int)expected.Dimensions[0])
            .Select(row => Near.Error(a.AsSpan(row * size, size), b.AsSpan(row * size, size)))];
    }

    private static Tensor ToTensor(NpyArray array)
    {
        long[] dimensions = [.. array.Shape.Select(d => (long)d)];
        return array.Type switch
        {
            NpyType.Single => Tensor.From(array.ToSingles(), dimensions),
            NpyType.Double => Tensor.From(array.ToDoubles(), dimensions),
            _ => Tensor.From(array.ToInt64s(), dimensions),
        };
    }
}
