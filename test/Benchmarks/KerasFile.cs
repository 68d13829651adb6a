using System.Text.Json.Nodes;
using PureHDF;

namespace Microsoft.ML.Introspection.Benchmarks;

/// <summary>A sequential network with seeded weights as Keras 2 writes it into one HDF5 file.</summary>
internal sealed class KerasFile(int seed, params long[] row)
{
    private readonly Random _random = new(seed);
    private readonly JsonArray _layers =
        [Layer("InputLayer", "input_1", new() { ["batch_input_shape"] = new JsonArray([null, .. row.Select(d => JsonValue.Create(d))]) })];
    private readonly H5Group _weights = [];
    private readonly List<string> _names = [];

    /// <summary>Adds a layer.</summary>
    /// <param name="kind">Its class.</param>
    /// <param name="settings">What its configuration says beside the name.</param>
    /// <param name="weights">Name, mean, deviation and shape of each of its weights.</param>
    /// <returns>The weights that were drawn.</returns>
    public IReadOnlyList<float[]> Add(
        string kind, JsonObject? settings = null, params IReadOnlyList<(string Name, double Mean, double Deviation, long[] Shape)> weights)
    {
        var name = $"layer_{_layers.Count}";
        _layers.Add(Layer(kind, name, settings ?? []));
        _names.Add(name);
        var drawn = weights.Select(w => Drawn(w.Mean, w.Deviation, w.Shape.Aggregate(1L, (p, d) => p * d))).ToList();
        var inner = new H5Group();
        foreach (var (weight, values) in weights.Zip(drawn))
            inner[$"{weight.Name}:0"] = new H5Dataset(values, fileDims: Array.ConvertAll(weight.Shape, d => (ulong)d));
        _weights[name] = new H5Group
        {
            [name] = inner,
            Attributes = new() { ["weight_names"] = weights.Select(w => $"{name}/{w.Name}:0").ToArray() },
        };
        return drawn;
    }

    /// <summary>Writes the file.</summary>
    public void Save(string path)
    {
        _weights.Attributes = new() { ["layer_names"] = _names.ToArray() };
        var model = new JsonObject
        {
            ["class_name"] = "Sequential", ["config"] = new JsonObject { ["name"] = "sequential", ["layers"] = _layers },
        };
        new H5File
        {
            ["model_weights"] = _weights,
            Attributes = new() { ["model_config"] = model.ToJsonString(), ["keras_version"] = "2.12.0", ["backend"] = "tensorflow" },
        }.Write(path);
    }

    // Uniform of the given deviation: what counts is that activations neither vanish nor explode.
    private float[] Drawn(double mean, double deviation, long count)
    {
        var values = new float[count];
        foreach (ref var value in values.AsSpan())
            value = (float)(mean + deviation * Math.Sqrt(3) * (2 * _random.NextDouble() - 1));
        return values;
    }

    private static JsonObject Layer(string kind, string name, JsonObject settings)
    {
        settings["name"] = name;
        return new() { ["class_name"] = kind, ["config"] = settings };
    }
}
