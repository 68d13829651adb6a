using System.Text.Json.Nodes;

namespace Microsoft.ML.Introspection.Importers.Keras;

/// <summary>Tells settings of Keras 1 by the names that they have had since Keras 2.</summary>
internal static class FirstVersion
{
    private static readonly Dictionary<string, string> Classes = new()
    {
        ["Convolution1D"] = "Conv1D", ["Convolution2D"] = "Conv2D", ["Convolution3D"] = "Conv3D", ["AtrousConvolution1D"] = "Conv1D",
        ["AtrousConvolution2D"] = "Conv2D", ["SeparableConvolution2D"] = "SeparableConv2D", ["Deconvolution2D"] = "Conv2DTranspose",
    };

    private static readonly Dictionary<string, string> Keys = new()
    {
        ["nb_filter"] = "filters", ["subsample"] = "strides", ["subsample_length"] = "strides", ["border_mode"] = "padding",
        ["bias"] = "use_bias", ["output_dim"] = "units", ["inner_activation"] = "recurrent_activation", ["atrous_rate"] = "dilation_rate",
        ["p"] = "rate", ["pool_length"] = "pool_size", ["stride"] = "strides", ["length"] = "size", ["filter_length"] = "kernel_size",
    };

    public static (string Class, JsonObject Config) Upgrade(string kind, JsonObject old)
    {
        var config = new JsonObject();
        foreach (var (key, value) in old)
            config[Keys.GetValueOrDefault(key, key)] = value?.DeepClone();
        string[] parts = ["nb_row", "nb_col"], volume = ["kernel_dim1", "kernel_dim2", "kernel_dim3"];
        if (old.ContainsKey(parts[0]))
            config["kernel_size"] = new JsonArray([.. parts.Select(p => old[p]?.DeepClone())]);
        if (old.ContainsKey(volume[0]))
            config["kernel_size"] = new JsonArray([.. volume.Select(p => old[p]?.DeepClone())]);
        if (ArchitectureReader.Name(old, "dim_ordering") is { } order)
            config["data_format"] = order == "th" ? "channels_first" : "channels_last";
        if (kind == "Embedding")
            config["output_dim"] = old["output_dim"]?.DeepClone();
        if (kind is "LSTM" or "GRU" && !config.ContainsKey("reset_after"))
            config["reset_after"] = false;
        if (kind == "Merge")
        {
            var mode = ArchitectureReader.Name(old, "mode") ?? "sum";
            config["axis"] = old["concat_axis"]?.DeepClone() ?? -1;
            return (mode switch
            {
                "sum" => "Add", "mul" => "Multiply", "ave" => "Average", "max" => "Maximum", "concat" => "Concatenate",
                    _ => $"Merge({mode})",
            }, config);
        }
        if (config["layer"] is JsonObject inner && inner["config"] is JsonObject innerConfig
            && ArchitectureReader.Name(inner, "class_name") is { } innerKind)
        {
            var (upgraded, settings) = Upgrade(innerKind, innerConfig);
            config["layer"] = new JsonObject { ["class_name"] = upgraded, ["config"] = settings };
        }
        return (Classes.GetValueOrDefault(kind, kind), config);
    }
}
