using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Jobs;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Numerics;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Rows;
using Microsoft.ML.Introspection.Runtime;

namespace Microsoft.ML.Introspection.Features;

/// <summary>
/// Directions of a layer's channels, none negative, of which each position is a sum: concepts that were found, not given. Of maps of many
/// rows (ICE: Zhang et al. 2021, arXiv:2006.15417), of one row or a few (deep feature factorisation: Collins, Achanta, Süsstrunk 2018,
/// arXiv:1806.10206), or of pooled crops (CRAFT: Fel et al. 2023, arXiv:2211.10154).
/// </summary>
/// <param name="Layer">The layer: its numbers are not negative, as behind a ReLU.</param>
/// <param name="Vectors">The directions, shape [concepts, channels].</param>
/// <param name="Channels">The channels of the layer.</param>
public sealed record ConceptBank(string Layer, double[] Vectors, int Channels)
{
    /// <summary>The directions.</summary>
    public double[] Vectors { get; } = Matrices.Rows(Vectors, Channels) > 0 && Array.TrueForAll(Vectors, v => v >= 0 && double.IsFinite(v))
        ? Vectors : throw new ArgumentException("The directions of a bank are finite and not negative.", nameof(Vectors));

    /// <summary>What is taken from each channel first, so that it is not negative; null for nothing.</summary>
    public double[]? Offset { get; init; }

    /// <summary>How many concepts there are.</summary>
    public int Count => Vectors.Length / Channels;

    /// <summary>Finds concepts.</summary>
    /// <param name="activations">What a layer makes of rows, channels first; or of crops, pooled.</param>
    /// <param name="concepts">How many.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <param name="subtractsMinimum">Whether each channel's smallest number is taken away first, as for layers without a ReLU.</param>
    /// <returns>The bank, and what each row makes of it: shape [rows, concepts, positions].</returns>
    /// <exception cref="ArgumentException">There is a negative number, or more concepts than channels or positions.</exception>
    public static (ConceptBank Bank, double[] Maps) Learn(
        LayerActivations activations, int concepts, FactorizationOptions? options = null, bool subtractsMinimum = false)
    {
        ArgumentNullException.ThrowIfNull(activations);
        ArgumentOutOfRangeException.ThrowIfLessThan(concepts, 1);
        var channels = (int)activations.Shape[0];
        var matrix = ByPosition(activations);
        if (concepts > Math.Min(channels, matrix.Length / channels))
            throw new ArgumentException($"{concepts} concepts are more than the {channels} channels or {matrix.Length / channels} "
                + $"positions of '{activations.Layer}' tell apart.", nameof(concepts));
        double[]? offset = null;
        if (subtractsMinimum)
        {
            offset = [.. Enumerable.Repeat(double.PositiveInfinity, channels)];
            for (var i = 0; i < matrix.Length; i++)
                offset[i % channels] = Math.Min(offset[i % channels], matrix[i]);
            for (var i = 0; i < matrix.Length; i++)
                matrix[i] -= offset[i % channels];
        }
        var found = NonNegativeFactorization.Fit(matrix, channels, concepts, options);
        return (new ConceptBank(activations.Layer, found.Right, channels) { Offset = offset },
            AsMaps(found.Left, concepts, activations.Width / channels));
    }

    /// <summary>How much of each concept every position of other rows has, exactly (non-negative least squares).</summary>
    /// <param name="activations">What the same layer makes of them, channels first.</param>
    /// <returns>Shape [rows, concepts, positions].</returns>
    public double[] Encode(LayerActivations activations)
    {
        ArgumentNullException.ThrowIfNull(activations);
        if (activations.Layer != Layer || activations.Shape[0] != Channels)
            throw new ArgumentException($"The activations are of '{activations.Layer}' with {activations.Shape[0]} channels; those of "
                + $"'{Layer}' with {Channels} were expected.", nameof(activations));
        var matrix = ByPosition(activations);
        for (var i = 0; Offset is { } offset && i < matrix.Length; i++)
            matrix[i] -= offset[i % Channels];
        return AsMaps(NonNegativeFactorization.Encode(matrix, Vectors, Channels), Count, activations.Width / Channels);
    }

    /// <summary>What the network says of each concept alone, everywhere in the layer: its scores, shape [concepts, classes].</summary>
    /// <param name="network">The network.</param>
    /// <param name="runtime">Where to run.</param>
    public Tensor Scores(Network network, RuntimeOptions? runtime = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        var graph = new Graph(network.Opset);
        var inputs = network.Inputs.ToDictionary(i => i.Name, i => i.AsInput(graph));
        var layer = Checked(network.Trace(graph, inputs));
        var size = layer.Shape.Skip(2).Aggregate(1L, (product, d) => product * d.Value);
        var filled = Tensor.FromDoubles(layer.Type,
            [.. Vectors.SelectMany(v => Enumerable.Repeat(v, (int)size))], [Count, .. layer.Shape.Skip(1).Select(d => d.Value)]);
        const string name = "what the layer would make";
        var given = graph.Input(name, layer.Type, layer.Shape);
        var trace = network.Trace(graph, inputs, new Dictionary<string, Value> { [Layer] = given });
        var model = graph.ToModel([("scores", trace.Output(network.DefaultOutput))]);
        using var session = new ModelSession(model, runtime ?? new RuntimeOptions());
        return session.Run(new Dictionary<string, Tensor> { [name] = filled })["scores"];
    }

    /// <summary>How much of a score hangs on each concept, row by row: <see cref="ConceptImportance"/> over a data set.</summary>
    /// <param name="network">The network.</param>
    /// <param name="rows">The rows, before the first.</param>
    /// <param name="target">The score.</param>
    /// <param name="designs">How many random dimmings.</param>
    /// <param name="runtime">Where to run.</param>
    /// <param name="feed">Where the numbers of an input come from; null for the tensor of its name, or the first.</param>
    /// <returns>Shape [rows, concepts]; NaN where the score of a row does not vary.</returns>
    public double[] Importances(Network network, RowSource rows, Target target, int designs = 32, RuntimeOptions? runtime = null,
        Func<TensorInfo, InputRows>? feed = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(target);
        var model = Explanation.Compile(network, new Ask(new ConceptImportance(this, designs), target, "importance")).Model;
        var found = new List<double>();
        RowRun.Each(network, model, rows, target, runtime, feed,
            (_, count, ports) => RowRun.AppendTo(found, ports.First(p => p.Name == "importance"), count));
        return [.. found];
    }

    /// <summary>The layer's value in a trace.</summary>
    internal Value Checked(NetworkTrace trace) => trace.Layer(Layer) is { ShapeOrNull: { Rank: > 1 } shape } layer && shape[1] == Channels
        && shape.Skip(2).All(d => d.IsKnown) ? layer
        : throw new ArgumentException($"The layer '{Layer}' makes {trace.Layer(Layer)}; [N, {Channels}, …] of known extents was expected.");

    /// <summary>How much of each concept every position has, shape [N, positions, concepts]: turns of coordinate descent.</summary>
    internal Value Encoded(Value layer, int sweeps)
    {
        var (graph, positions) = (layer.Graph, layer.Shape.Skip(2).Aggregate(1L, (size, d) => size * d.Value));
        var rows = layer.Reshape(-1, Channels, positions).Transpose(0, 2, 1);
        if (Offset is { } offset)
            rows -= graph.Constant(Tensor.FromDoubles(layer.Type, offset, Channels));
        var gram = Matrices.TimesTransposed(Vectors, Vectors, Channels);
        var towards = rows.MatMul(Directions(layer).TransposeMatrix());
        return graph.Loop(graph.Constant((long)sweeps), [towards * 0], (_, state) =>
        {
            var encoded = state[0];
            for (var k = 0; k < Count; k++)
            {
                if (gram[k * Count + k] == 0)
                    continue;
                var only = new double[Count];
                only[k] = 1;
                var own = encoded.Slice([k], [k + 1], [2]);
                var column = graph.Constant(Tensor.FromDoubles(layer.Type, gram[(k * Count)..((k + 1) * Count)], Count, 1));
                var rest = towards.Slice([k], [k + 1], [2]) - encoded.MatMul(column);
                encoded += ((own + rest / gram[k * Count + k]).Relu() - own) * graph.Constant(Tensor.FromDoubles(layer.Type, only, Count));
            }
            return new LoopStep([encoded], []);
        })[0];
    }

    /// <summary>The directions as a constant, shape [concepts, channels].</summary>
    internal Value Directions(Value like) => like.Graph.Constant(Tensor.FromDoubles(like.Type, Vectors, Count, Channels));

    // [rows, channels, positions] → [rows·positions, channels]
    private static double[] ByPosition(LayerActivations activations)
    {
        var (channels, matrix) = ((int)activations.Shape[0], new double[activations.Values.Length]);
        var positions = activations.Width / channels;
        for (var row = 0; row < activations.Rows; row++)
            for (var channel = 0; channel < channels; channel++)
                for (var p = 0; p < positions; p++)
                    matrix[(row * positions + p) * channels + channel] = activations.Row(row)[channel * positions + p];
        return matrix;
    }

    private static double[] AsMaps(double[] left, int concepts, int positions)
    {
        var maps = new double[left.Length];
        for (var i = 0; i < left.Length; i++)
            maps[(i / concepts / positions * concepts + i % concepts) * positions + i / concepts % positions] = left[i];
        return maps;
    }
}

/// <summary>How much of each concept of a bank every position of a layer has, shape [N, concepts, D₁, …].</summary>
/// <param name="Bank">The concepts.</param>
/// <param name="Sweeps">Turns of coordinate descent over the concepts; each comes nearer to non-negative least squares.</param>
public sealed record ConceptMaps(ConceptBank Bank, int Sweeps = 100) : Reading
{
    /// <summary>The turns.</summary>
    public int Sweeps { get; } = Sweeps >= 1 ? Sweeps
        : throw new ArgumentOutOfRangeException(nameof(Sweeps), Sweeps, "At least one turn is needed.");

    /// <inheritdoc/>
    public override IReadOnlyList<Value> Read(Question question)
    {
        ArgumentNullException.ThrowIfNull(question);
        ArgumentNullException.ThrowIfNull(Bank);
        var layer = Bank.Checked(question.Trace);
        return [Bank.Encoded(layer, Sweeps).Transpose(0, 2, 1).Reshape([-1, Bank.Count, .. layer.Shape.Skip(2).Select(d => d.Value)])];
    }

    /// <summary>Those of the input say nothing of concepts.</summary>
    public override IReadOnlyList<string> Names(IReadOnlyList<string> items) => [];

    /// <inheritdoc/>
    public override string ToString() => $"{nameof(ConceptMaps)} {{ Layer = {Bank.Layer}, Concepts = {Bank.Count}, Sweeps = {Sweeps} }}";
}

/// <summary>
/// How much of the score's variance hangs on each concept of a bank where concepts are dimmed at random: total Sobol indices, shape
/// [N, concepts]. CRAFT: Fel et al. 2023, arXiv:2211.10154.
/// </summary>
/// <param name="Bank">The concepts.</param>
/// <param name="Designs">How many random dimmings; the score is asked (concepts + 1) times as often.</param>
/// <param name="Estimator">How indices are estimated.</param>
/// <param name="Sequence">How the dimmings are spread.</param>
public sealed record ConceptImportance(ConceptBank Bank, int Designs = 32, SobolEstimator Estimator = SobolEstimator.Jansen,
    PointSequence Sequence = PointSequence.Halton) : Reading
{
    /// <summary>How many random dimmings.</summary>
    public int Designs { get; } = Designs >= 2 ? Designs
        : throw new ArgumentOutOfRangeException(nameof(Designs), Designs, "A variance needs two designs at least.");

    /// <summary>Turns of coordinate descent by which rows are encoded.</summary>
    public int Sweeps { get; init; } = 100;

    /// <inheritdoc/>
    public override IReadOnlyList<Value> Read(Question question)
    {
        ArgumentNullException.ThrowIfNull(question);
        ArgumentNullException.ThrowIfNull(Bank);
        var behind = question.WithRespectTo(Bank.Layer);
        var layer = Bank.Checked(question.Trace);
        var (count, encoded, directions) = (Bank.Count, Bank.Encoded(layer, Sweeps), Bank.Directions(layer));
        long[] extents = [.. layer.Shape.Skip(1).Select(d => d.Value)];
        // Scores of B are asked by no estimator.
        var designs = SobolIndices.Designs(Sequence.Points(Designs, 2 * count), count);
        double[] asked = [.. designs[..(Designs * count)], .. designs[(2 * Designs * count)..]];
        var all = Designs * (count + 1);
        var scores = behind.Stack(Variants.Of(Tensor.From(asked, all, count)), dimmed =>
        {
            var some = dimmed.Shape[0].Value;
            var rows = (encoded.Unsqueeze(0) * dimmed.Reshape(some, 1, 1, count)).MatMul(directions);
            if (Bank.Offset is { } offset)
                rows += layer.Graph.Constant(Tensor.FromDoubles(layer.Type, offset, Bank.Channels));
            return behind.ScoreAt(rows.Transpose(0, 1, 3, 2).Reshape([some, -1, .. extents]));
        }).Reshape(-1, all);
        return [Estimator.Total(scores.Slice([0], [Designs], [1]), scores.Slice([Designs], [all], [1]).Reshape(-1, count, Designs))];
    }

    /// <summary>Those of the input say nothing of concepts.</summary>
    public override IReadOnlyList<string> Names(IReadOnlyList<string> items) => [];

    /// <inheritdoc/>
    public override string ToString() =>
        $"{nameof(ConceptImportance)} {{ Layer = {Bank.Layer}, Concepts = {Bank.Count}, Designs = {Designs}, Estimator = {Estimator} }}";
}
