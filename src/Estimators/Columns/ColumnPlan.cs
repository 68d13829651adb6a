using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Estimators.Columns;

/// <summary>
/// Which column feeds which input of a network, and which columns come out, settled from the model file and the options
/// before any data is seen. All names are checked here.
/// </summary>
internal sealed class ColumnPlan
{
    private ColumnPlan(
        IReadOnlyList<InputColumn> inputs, IReadOnlyList<PlannedAsk> asks, IReadOnlyList<(string Name, ElementType Type)> outputs) =>
        (Inputs, Asks, Outputs) = (inputs, asks, outputs);

    /// <summary>The columns the network reads, in the order of its inputs, and those that tell targets where there are some.</summary>
    public IReadOnlyList<InputColumn> Inputs { get; }

    /// <summary>What is asked.</summary>
    public IReadOnlyList<PlannedAsk> Asks { get; }

    /// <summary>The columns that come out, in order.</summary>
    public IReadOnlyList<(string Name, ElementType Type)> Outputs { get; }

    /// <summary>The plan with a method in the place of the one that was not known.</summary>
    public ColumnPlan With(AttributionMethod method) =>
        new(Inputs, [.. Asks.Select(p => p with { Ask = p.Ask with { Method = method } })], Outputs);

    /// <summary>Makes the plan of one method that is not known yet.</summary>
    /// <exception cref="ArgumentException">A name is unknown to the network, given twice, or cannot be the name of a column.</exception>
    public static ColumnPlan Make(OnnxModel model, string outputColumnName, string inputColumnName, AttributionOptions options) =>
        Make(model, inputColumnName, options, [options.Ask(new Later { OfInputs = options.Layer is null }, outputColumnName)]);

    /// <summary>Makes the plan.</summary>
    /// <exception cref="ArgumentException">A name is unknown to the network, given twice, or cannot be the name of a column.</exception>
    public static ColumnPlan Make(OnnxModel model, string inputColumnName, ExplainOptions options, IReadOnlyList<Ask> asks)
    {
        foreach (var name in options.Network.RowShapes.Keys)
            Known(model.Inputs, name, "input", nameof(NetworkOptions.RowShapes));
        var planned = asks.Select(ask => new PlannedAsk(ask, ExplainedInputsOf(model, ask), OutputOf(model, ask))).ToList();
        var sources = SourcesOf(model, planned.Find(p => p.Inputs is not null)?.Inputs![0] ?? InputBefore(model), inputColumnName, options);
        var inputs = model.Inputs.Select(i => InputOf(i, sources.GetValueOrDefault(i.Name, i.Name), options.Network)).ToList();
        if (inputs.GroupBy(i => i.Name).FirstOrDefault(g => g.Count() > 1) is { } shared)
            throw new ArgumentException(
                $"The column '{shared.Key}' would feed several inputs of the network: " +
                $"{Listing.Of(shared.Select(i => i.NetworkInput))}. Give each its own column (CopyColumns makes a copy).", nameof(options));
        foreach (var (ask, _, output) in planned)
            if (ask.Target.InputName is { } given && inputs.TrueForAll(i => i.Name != given))
                inputs.Add(ask.Target.InputIsWeights
                    ? new InputColumn(given, null, output.Type, new Shape(Dimension.Unknown)) { Use = "the weights of what is explained" }
                    : new InputColumn(given, null, ElementType.Int64, Shape.Of(1))
                    {
                        Use = ask.Target.LabelInput is null ? "the number of what is explained" : null,
                    });

        var plan = new ColumnPlan(inputs, planned, [.. OutputsOf(model, planned, options)]);
        plan.CheckNames();
        return plan;
    }

    // Null where a layer is attributed to, or nothing.
    private static IReadOnlyList<string>? ExplainedInputsOf(OnnxModel model, Ask ask)
    {
        var floating = Floating(model);
        if (ask.Of is { } named)
        {
            // Layers are known when the network is read.
            if (named.All(name => model.Inputs.All(i => i.Name != name)) && ask.Method is not Later { OfInputs: true })
                return null;
            foreach (var name in named)
            {
                Known(model.Inputs, name, "input", nameof(AttributionOptions.ExplainedInputs));
                if (!floating.Contains(name)
                    && model.Inputs.First(i => i.Name == name).Type is not (ElementType.Int64 or ElementType.Int32) and var type)
                    throw new ArgumentException(
                        $"The network's input '{name}' holds {type}; only floating-point inputs ({Listing.Of(floating)}) " +
                        "and token numbers can be explained.", "options");
            }
            return named;
        }
        return floating.Count switch
        {
            1 => floating,
            _ when ask.Method is not AttributionMethod => null,
            0 => throw new ArgumentException(
                $"The network has no input of floating-point numbers to explain; it has {string.Join(", ", model.Inputs)}. " +
                "Name an input of token numbers with ExplainedInputs to explain its embedding, or a layer behind it with Layer.",
                "options"),
            _ => throw new ArgumentException(
                $"The network has several inputs that can be explained: {Listing.Of(floating)}. Name those to explain with "
                    + "ExplainedInputs.",
                "options"),
        };
    }

    // Which input the estimator's column feeds when no input is explained.
    private static string InputBefore(OnnxModel model) => Floating(model) is [var only] ? only
        : model.Inputs.Count > 0 ? model.Inputs[0].Name
        : throw new ArgumentException("The network has no input.", nameof(model));

    private static List<string> Floating(OnnxModel model) => [.. model.Inputs.Where(i => i.Type.IsFloating()).Select(i => i.Name)];

    private static Dictionary<string, string> SourcesOf(OnnxModel model, string first, string inputColumnName, ExplainOptions options)
    {
        foreach (var name in options.InputColumns.Keys)
            Known(model.Inputs, name, "input", nameof(options.InputColumns));
        if (options.InputColumns.TryGetValue(first, out var other) && other != inputColumnName)
            throw new ArgumentException($"The network's input '{first}' is fed by the input column '{inputColumnName}'; InputColumns "
                + $"names '{other}' for it.", nameof(options));
        return new Dictionary<string, string>(options.InputColumns) { [first] = inputColumnName };
    }

    private static InputColumn InputOf(TensorInfo input, string column, NetworkOptions options)
    {
        if (ColumnTypes.ItemOf(input.Type) is null)
            throw ColumnTypes.NoColumn($"input '{input.Name}'", input.Type);
        var given = options.RowShapes.GetValueOrDefault(input.Name);
        var shape = input.Shape ?? (given is null
            ? throw new ArgumentException($"The model does not tell the rank of its input '{input.Name}'. Give the extents of a row with "
                + "NetworkOptions.RowShapes.", nameof(options))
            : new Shape([Dimension.Unknown, .. given.Select(e => (Dimension)e)]));
        if (shape.Rank == 0)
            throw new NotSupportedException($"The network's input '{input.Name}' is a single number for all rows; ML.NET scores rows one "
                + "by one, so every input needs a first axis for them.");
        if (shape[0].IsKnown && shape[0].Value != 1)
            throw new NotSupportedException(
                $"The network's input '{input.Name}' {shape} was exported for {shape[0]} rows at once; " +
                "ML.NET scores rows one by one. Export the network with an open first axis.");
        if (given is not null && given.Count != shape.Rank - 1)
            throw new ArgumentException(
                $"A row of the network's input '{input.Name}' {shape} has {shape.Rank - 1} axes; " +
                $"NetworkOptions.RowShapes gives {given.Count}: [{string.Join(", ", given)}].", nameof(options));
        return new InputColumn(column, input.Name, input.Type,
            new Shape(shape.Skip(1).Select((extent, i) => ExtentOf(input, i + 1, extent, given?[i], options))));
    }

    // What the options say goes before what the column says, but neither goes before the file.
    private static Dimension ExtentOf(TensorInfo input, int axis, Dimension extent, long? given, NetworkOptions options)
    {
        var asked = given
            ?? (options.Dimensions.TryGetValue($"{input.Name}[{axis}]", out var byPlace) ? byPlace
            : extent.Name is { } symbol && options.Dimensions.TryGetValue(symbol, out var bySymbol) ? bySymbol
            : null);
        if (extent.IsKnown && asked is { } other && other != extent.Value)
            throw new ArgumentException($"Axis {axis} of the network's input '{input.Name}' has {extent} elements in the model file; "
                + $"NetworkOptions gives {other}.", nameof(options));
        return extent.IsKnown || asked is null ? extent : asked.Value;
    }

    private static TensorInfo OutputOf(OnnxModel model, Ask ask)
    {
        if (ask.Output is { } name)
            return Known(model.Outputs, name, "output", nameof(AttributionOptions.ExplainedOutput));
        return model.Outputs.FirstOrDefault(o => o.Type.IsFloating() && o.Shape is not { Rank: 0 })
            ?? throw new ArgumentException(
                $"The network has no output of floating-point scores to explain; it has {string.Join(", ", model.Outputs)}.", "options");
    }

    private static IEnumerable<(string Name, ElementType Type)> OutputsOf(
        OnnxModel model, IReadOnlyList<PlannedAsk> asks, ExplainOptions options)
    {
        var shared = new HashSet<(string, Target, string)>();
        foreach (var (ask, inputs, output) in asks)
        {
            var places = inputs ?? ask.Of ?? [""];
            var apart = places.Count > 1 && ask.Method is AttributionMethod;
            foreach (var column in ask.Method is not AttributionMethod ? Columns(ask.Name, ask.Method.PartNames, output.Type)
                // What lies inside the network has the type of its scores; compiling makes sure of it.
                : places.SelectMany(i => Explained(i, apart, ask.Several == SeveralInputs.EachAlone || !apart)))
                yield return column;
            if (apart && ask.Several != SeveralInputs.EachAlone)
                foreach (var column in Sums(null))
                    yield return column;
            if (ask.TargetName is { } target && shared.Add((target, ask.Target, output.Name)))
                yield return (target, ElementType.Int64);
            if (ask.ScoreName is { } score && shared.Add((score, ask.Target, output.Name)))
                yield return (score, output.Type);

            IEnumerable<(string, ElementType)> Explained(string input, bool followed, bool withSums) =>
            [
                (followed ? $"{ask.Name}_{input}" : ask.Name,
                    model.Inputs.FirstOrDefault(i => i.Name == input && i.Type.IsFloating())?.Type ?? output.Type),
                .. withSums ? Sums(followed ? input : null) : [],
            ];

            IEnumerable<(string, ElementType)> Sums(string? input)
            {
                if (ask.BaseValueName is { } baseValue)
                    yield return (input is null ? baseValue : $"{baseValue}_{input}", output.Type);
                if (ask.GapName is { } gap)
                    yield return (input is null ? gap : $"{gap}_{input}", output.Type);
            }
        }
        foreach (var (tensor, column) in options.OutputColumns)
        {
            var output = Known(model.Outputs, tensor, "output", nameof(options.OutputColumns));
            if (ColumnTypes.ItemOf(output.Type) is null)
                throw ColumnTypes.NoColumn($"output '{tensor}'", output.Type);
            yield return (column, output.Type);
        }
    }

    private static IEnumerable<(string Name, ElementType Type)> Columns(string name, IReadOnlyList<string> parts, ElementType type) =>
        parts.Count == 0 ? [(name, type)] : parts.Select(part => ($"{name}_{part}", type));

    private static TensorInfo Known(IReadOnlyList<TensorInfo> tensors, string name, string kind, string option) =>
        tensors.FirstOrDefault(t => t.Name == name)
        ?? throw new ArgumentException($"{option}: the network has no {kind} '{name}'; it has {Listing.Of(tensors.Select(t => t.Name))}.",
            "options");

    // A graph has one name for one tensor, so a column cannot be read and written under the same name; and OnnxTransformer,
    // as which a saved pipeline comes back, takes liberties with some names.
    private void CheckNames()
    {
        foreach (var (name, _) in Outputs)
        {
            if (Inputs.FirstOrDefault(i => i.Name == name) is { } read)
                throw new ArgumentException(
                    $"The column '{name}' feeds the network "
                        + $"({(read.NetworkInput is { } input ? $"input '{input}'" : "explained class")}) " +
                    "and cannot be the name of an output column as well. Choose another name for the output column.");
        }
        CheckNames([.. Outputs.Select(o => o.Name)], Inputs.Select(i => i.Name));
    }

    /// <summary>Whether columns can be called so where a graph reads and writes them.</summary>
    /// <exception cref="ArgumentException">Two outputs have one name, or ML.NET would take it for another.</exception>
    internal static void CheckNames(IReadOnlyList<string> outputs, IEnumerable<string> inputs)
    {
        if (outputs.FirstOrDefault(name => name.EndsWith(".output", StringComparison.Ordinal)) is { } ending)
            throw new ArgumentException($"An output column cannot be named '{ending}': ML.NET's OnnxTransformer, as which a saved "
                + "pipeline comes back, drops the ending '.output'.");
        if (outputs.GroupBy(o => o).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new ArgumentException($"Two output columns are named '{twice.Key}'.");
        foreach (var name in outputs.Concat(inputs))
            if (name.StartsWith("mlnet.", StringComparison.Ordinal)
                && (name.EndsWith(".unusedInput", StringComparison.Ordinal) || name.EndsWith(".unusedOutput", StringComparison.Ordinal)))
                throw new ArgumentException($"A column cannot be named '{name}': ML.NET's OnnxTransformer, as which a saved pipeline "
                    + "comes back, ignores such names.");
    }

    // In the place of a method that is chosen when there is data.
    private sealed record Later : AttributionMethod
    {
        public bool OfInputs { get; init; }

        public override Value Attribute(Question question) =>
            throw new InvalidOperationException("The method is chosen when there is data.");
    }
}

/// <summary>Something asked, and what it is asked of.</summary>
/// <param name="Ask">What is asked.</param>
/// <param name="Inputs">The network's inputs that are attributed to; null where a layer is, or nothing.</param>
/// <param name="Output">The network's output that is explained.</param>
internal sealed record PlannedAsk(Ask Ask, IReadOnlyList<string>? Inputs, TensorInfo Output);
