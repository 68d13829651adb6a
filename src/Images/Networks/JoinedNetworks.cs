using Microsoft.ML.Introspection.Images.Steps;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;

namespace Microsoft.ML.Introspection.Images.Networks;

/// <summary>
/// Networks that read what others before them make, written as one. Those that were exported for one row take many where that gives the
/// same: ML.NET gives them one at a time, and that is slow.
/// </summary>
internal sealed class JoinedNetworks(IReadOnlyList<OnnxStep> steps, PixelColumn pixels)
{
    private const int TriedRows = 2;
    private const float Near = 1e-3f;

    /// <summary>The network from the pixels to one of the outputs.</summary>
    public Network Written(string output, NetworkOptions options)
    {
        var fixedRows = Input(steps[0]).Shape is { Rank: > 0 } shape && shape[0].IsKnown;
        if (Try(Dimension.Symbol("batch"), output) is { } open && (!fixedRows || GivesTheSame(open)))
            return Network.From(open, options);
        return Network.From(Try(1, output) ?? Write(1, output), options);
    }

    private TensorInfo Input(OnnxStep step) =>
        step.Model.Inputs.First(i => step.Inputs.TryGetValue(i.Name, out var read) && read == pixels.Column);

    private OnnxModel? Try(Dimension rows, string output)
    {
        try
        {
            var model = Write(rows, output);
            return model.Outputs[0].Shape is { Rank: > 0 } shape && shape[0] == rows ? model : null;
        }
        catch (Exception e) when (e is InvalidModelException or ArgumentException && !rows.IsKnown)
        {
            return null;
        }
    }

    private OnnxModel Write(Dimension rows, string output)
    {
        var graph = new Graph(steps.Max(s => Math.Max(Graph.MinimumOpset, s.Model.Opset)));
        var first = Input(steps[0]);
        var row = RowOf(steps[0], first, [.. pixels.Type.Dimensions.Select(d => (long)d)]);
        var values = new Dictionary<string, Value>
        {
            [pixels.Column] = graph.Input(pixels.Column, ElementType.Float, new Shape([rows, .. row.Select(e => (Dimension)e)])),
        };
        foreach (var step in steps)
        {
            var inputs = step.Inputs.ToDictionary(i => i.Key, i => values[i.Value]);
            var network = Network.From(step.Model, new NetworkOptions
            {
                RowShapes = inputs.ToDictionary(i => i.Key, i => (IReadOnlyList<long>)
                    RowOf(step, step.Model.Inputs.First(m => m.Name == i.Key), [.. i.Value.Shape.Skip(1).Select(d => d.Value)])),
                KeepFinalActivation = true, OpensRows = !rows.IsKnown,
            });
            var trace = network.Trace(graph, inputs.ToDictionary(i => i.Key, i => Fitted(i.Value, network.Input(i.Key))));
            foreach (var made in step.Outputs)
                values[OnnxStep.NameOf(step.Number, made)] = trace.FileOutput(made);
        }
        // Behind the slash stands what the network itself calls it.
        return graph.ToModel([(output[(output.IndexOf('/') + 1)..], values[output])]);
    }

    // What the file leaves open is as the user says, or as what comes in.
    private static long[] RowOf(OnnxStep step, TensorInfo input, long[] incoming)
    {
        var given = step.Shapes.GetValueOrDefault(input.Name)?.Skip(1).Select(e => (long)e).ToArray();
        if (input.Shape is not { } shape)
            return given ?? incoming;
        var row = shape.Skip(1).ToArray();
        return [.. row.Select((d, i) => d.IsKnown ? d.Value : given is not null && i < given.Length && given[i] > 0 ? given[i]
            : incoming.Length == row.Length ? incoming[i]
            : throw new ArgumentException($"The network's input '{input.Name}' {shape} leaves axis {i + 1} open, and what it reads has "
                + $"[{string.Join(", ", incoming)}]. Give the shape to ApplyOnnxModel (shapeDictionary).", "model"))];
    }

    private static Value Fitted(Value value, TensorInfo input)
    {
        var row = input.Shape!.Skip(1).Select(d => d.Value).ToArray();
        if (!value.Shape.Skip(1).Select(d => d.Value).SequenceEqual(row))
            value = value.Reshape([-1, .. row]);
        return value.Type == input.Type ? value : value.Cast(input.Type);
    }

    // Rows that are mixed with others, or a number of rows written into the network, show in what comes out.
    private static bool GivesTheSame(OnnxModel model)
    {
        using var session = new ModelSession(model);
        var shape = model.Inputs[0].Shape!;
        long[] extents = [TriedRows, .. shape.Skip(1).Select(d => d.Value)];
        var size = (int)extents.Skip(1).Aggregate(1L, (a, b) => a * b);
        var random = new Random(0);
        var numbers = new float[TriedRows * size];
        for (var i = 0; i < numbers.Length; i++)
            numbers[i] = random.NextSingle() * byte.MaxValue;
        try
        {
            var together = Run(session, model, numbers, extents);
            extents[0] = 1;
            var apart = Enumerable.Range(0, TriedRows).SelectMany(r => Run(session, model, numbers[(r * size)..((r + 1) * size)], extents))
                .ToArray();
            var reach = apart.Max(Math.Abs);
            return together.Length == apart.Length && together.Zip(apart).All(p => Math.Abs(p.First - p.Second) <= Near * reach);
        }
        catch (Exception e) when (e is OnnxRuntime.OnnxRuntimeException or InvalidOperationException)
        {
            return false;
        }
    }

    private static double[] Run(ModelSession session, OnnxModel model, float[] numbers, long[] extents)
    {
        var input = Tensor.From(numbers, extents);
        return session.Run(new Dictionary<string, Tensor> { [model.Inputs[0].Name] = input })[model.Outputs[0].Name].ToDouble();
    }
}
