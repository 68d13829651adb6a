using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Images.Steps;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Transforms;
using Microsoft.ML.Transforms.Onnx;

namespace Microsoft.ML.Introspection.Images.Networks;

/// <summary>Follows a column of pixels through the ONNX steps of a pipeline, and writes them as one network.</summary>
internal sealed class NetworkSteps
{
    private readonly PixelColumn _pixels;
    private readonly ImageExplanationOptions _options;
    private readonly DataViewSchema _schema;

    // Columns that hold pixels or what networks make of them, by what they are called in the network that is written.
    private readonly Dictionary<string, string> _known;
    private readonly List<OnnxStep> _networks = [];
    private readonly List<(ITransformer Step, string Reads, IReadOnlyList<string> Makes)> _others = [];

    /// <summary>Follows the pixels to the end of the pipeline.</summary>
    /// <exception cref="ArgumentException">A network reads something else beside the pixels.</exception>
    public NetworkSteps(PictureTrace trace, PixelColumn pixels, ImageExplanationOptions options)
    {
        (_pixels, _options, _known) = (pixels, options, new() { [pixels.Column] = pixels.Column });
        var schema = trace.Schema;
        foreach (var step in trace.Steps.Take(pixels.Behind))
            schema = StepNames.Behind(step, schema) ?? schema;
        foreach (var step in trace.Steps.Skip(pixels.Behind))
        {
            var behind = StepNames.Behind(step, schema);
            Take(step, schema, behind);
            schema = behind ?? schema;
        }
        _schema = schema;
    }

    /// <summary>Whether a network reads the pixels.</summary>
    public bool HasNetwork => _networks.Count > 0;

    /// <summary>Whether a column is made by one of the networks.</summary>
    public bool Makes(string column) => _known.TryGetValue(column, out var name) && name != _pixels.Column;

    /// <summary>Why there is no network.</summary>
    public ArgumentException NoNetwork() => _others is [var (step, reads, _), ..]
        ? new ArgumentException($"Behind the pixels '{_pixels.Column}' stands the step {StepNames.Of(step)}, which reads '{reads}' and is "
            + $"no network in ONNX. {WhatToDo}", "model")
        : new ArgumentException($"No network reads the pixels '{_pixels.Column}': ApplyOnnxModel was expected behind ExtractPixels. "
            + WhatToDo, "model");

    /// <summary>The networks as one, from the pixels to the explained column.</summary>
    /// <exception cref="ArgumentException">Which column is explained has to be said.</exception>
    public PixelNetwork Network()
    {
        var column = ExplainedColumn();
        var name = _known[column];
        var network = new JoinedNetworks(_networks, _pixels).Written(name, _options.NetworkOptions);
        return new PixelNetwork(network, network.Inputs[0].Name, network.OutputNames[0],
            _options.ClassNames ?? Classes(_schema.GetColumnOrNull(column)));
    }

    private const string WhatToDo = "Give the network that starts at the pixels by ImageExplanationOptions.Network, or name the column of "
        + "a network's scores to explain by ImageExplanationOptions.ExplainedColumnName.";

    private string ExplainedColumn()
    {
        if (_options.ExplainedColumnName is { } asked)
            return Makes(asked) ? asked : throw new ArgumentException($"The column '{asked}' is made by no network that reads the pixels; "
                + $"there are {string.Join(", ", _known.Keys.Where(Makes).Select(k => $"'{k}'"))}.", "options");
        if (_others is [var (step, reads, _), ..])
            throw new ArgumentException($"Behind the network stands the step {StepNames.Of(step)}, which reads '{reads}' and is not "
                + $"followed: what it makes of the network's scores would not be explained. {WhatToDo}", "model");
        return _networks[^1].Outputs.First(o => _schema.GetColumnOrNull(o)?.Type is VectorDataViewType { ItemType: var item }
            && (item == NumberDataViewType.Single || item == NumberDataViewType.Double));
    }

    private void Take(ITransformer step, DataViewSchema schema, DataViewSchema? behind)
    {
        switch (step)
        {
            case ColumnCopyingTransformer copying:
                foreach (var (output, name) in UnpublishedSteps.Columns(copying)
                    .Select(c => (c.Output, Name: _known.GetValueOrDefault(c.Input))).ToList())
                    Set(output, name);
                break;
            case OnnxTransformer onnx when UnpublishedSteps.Inputs(onnx).Any(_known.ContainsKey):
                Take(onnx);
                break;
            default:
                PassBy(step, schema, behind);
                break;
        }
    }

    private void Take(OnnxTransformer step)
    {
        var (inputs, outputs) = (UnpublishedSteps.Inputs(step), UnpublishedSteps.Outputs(step));
        if (inputs.FirstOrDefault(i => !_known.ContainsKey(i)) is { } other)
            throw new ArgumentException($"The network of the step {StepNames.Of(step)} reads '{other}' beside the pixels, which is not "
                + $"made of them. {WhatToDo}", "model");
        var number = _networks.Count;
        _networks.Add(new OnnxStep(UnpublishedSteps.Model(step), UnpublishedSteps.Shapes(step),
            inputs.ToDictionary(i => i, i => _known[i]), outputs, number));
        foreach (var output in outputs)
            Set(output, OnnxStep.NameOf(number, output));
    }

    private void PassBy(ITransformer step, DataViewSchema schema, DataViewSchema? behind)
    {
        if (behind is null)
            return;
        var made = StepNames.Added(schema, behind).ToList();
        if (made.Count == 0)
            return;
        if (StepNames.Read(step, schema, made).FirstOrDefault(IsOurs) is { } read)
            _others.Add((step, read, [.. made.Select(c => c.Name)]));
        foreach (var column in made)
            _known.Remove(column.Name);
    }

    private bool IsOurs(string column) => _known.ContainsKey(column) || _others.Exists(o => o.Makes.Contains(column));

    private void Set(string column, string? name)
    {
        if (name is null)
            _known.Remove(column);
        else
            _known[column] = name;
    }

    private static IReadOnlyList<string>? Classes(DataViewSchema.Column? column)
    {
        if (column is not { } scores || !scores.HasSlotNames())
            return null;
        VBuffer<ReadOnlyMemory<char>> names = default;
        scores.GetSlotNames(ref names);
        return [.. names.DenseValues().Select(n => n.ToString())];
    }
}

/// <summary>A network of a pipeline.</summary>
/// <param name="Model">The network.</param>
/// <param name="Shapes">The shapes of its inputs that the user has given, the batch first.</param>
/// <param name="Inputs">What it reads, by the names of its inputs.</param>
/// <param name="Outputs">What it makes.</param>
/// <param name="Number">Which of the pipeline's networks it is.</param>
internal sealed record OnnxStep(
    OnnxModel Model, IReadOnlyDictionary<string, int[]> Shapes, IReadOnlyDictionary<string, string> Inputs, IReadOnlyList<string> Outputs,
    int Number)
{
    /// <summary>What an output is called among all networks.</summary>
    public static string NameOf(int number, string output) => $"{number}/{output}";
}
