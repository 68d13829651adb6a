using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Numerics;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;

namespace Microsoft.ML.Introspection.Evaluation;

/// <summary>A network as it was at a step of its training.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Step">The step; charts are drawn over it.</param>
/// <param name="Load">Reads it; called at most twice, so that no two large networks need to be held.</param>
public sealed record Checkpoint(string Name, double Step, Func<Network> Load);

/// <summary>What is known of a checkpoint.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Step">The step.</param>
/// <param name="Scores">Scores before a final squashing, [rows, outputs].</param>
/// <param name="Fit">How well they fit the labels; null without labels.</param>
/// <param name="Taylor">Means of Taylor coefficients; null where none were asked for.</param>
/// <param name="Attributions">Means of attributions, method by method.</param>
/// <param name="Layers">How what each layer makes of the rows spreads.</param>
/// <param name="Explanations">How attributions spread, method by method.</param>
public sealed record CheckpointProgress(string Name, double Step, IReadOnlyList<double> Scores, Fit? Fit, ItemMeans? Taylor,
    IReadOnlyDictionary<string, ItemMeans> Attributions, IReadOnlyDictionary<string, RowSpectrum> Layers,
    IReadOnlyDictionary<string, RowSpectrum> Explanations);

/// <summary>How alike checkpoints, or layers, are to each other.</summary>
/// <param name="Alignment">Linear CKA, [of, to].</param>
/// <param name="CanonicalCorrelation">SVCCA, [of, to].</param>
public sealed record Similarities(double[,] Alignment, double[,] CanonicalCorrelation);

/// <summary>
/// What a network learns when: the same rows through the checkpoints of one training. Checkpoints that differ in their weights alone share
/// ONNX Runtime sessions, to which each gives its own weights.
/// </summary>
/// <param name="Checkpoints">What is known of each.</param>
/// <param name="Features">The features' names.</param>
/// <param name="Coefficients">The names of the Taylor coefficients; empty where none were asked for.</param>
/// <param name="Link">How scores become probabilities.</param>
/// <param name="Inputs">How the rows themselves spread.</param>
/// <param name="BetweenCheckpoints">How alike a layer is to itself at other checkpoints, layer by layer.</param>
/// <param name="BetweenLayers">How alike the layers of the last checkpoint are.</param>
/// <param name="Dynamics">What became of each row; null without labels of classes.</param>
/// <param name="Ablation">What the last checkpoint loses without each feature; null where it was not asked for.</param>
/// <param name="Sessions">How many ONNX Runtime sessions were made.</param>
/// <param name="Graphs">For how many graphs.</param>
public sealed record LearningProgress(IReadOnlyList<CheckpointProgress> Checkpoints, IReadOnlyList<string> Features,
    IReadOnlyList<string> Coefficients, ScoreLink Link, RowSpectrum Inputs, IReadOnlyDictionary<string, Similarities> BetweenCheckpoints,
    Similarities BetweenLayers, TrainingDynamics? Dynamics, FeatureAblation? Ablation, int Sessions, int Graphs)
{
    private const int MostLayers = 6, MostForSecondOrder = 32;

    // What is customarily called an activation.
    private static readonly HashSet<string> Activations =
    [
        "Relu", "LeakyRelu", "PRelu", "Elu", "Selu", "Celu", "Gelu", "Tanh", "Sigmoid", "HardSigmoid", "HardSwish", "Softplus", "Softsign",
        "Mish", "Clip", "ThresholdedRelu", "Swish",
    ];

    /// <summary>Follows a training.</summary>
    /// <param name="checkpoints">At least one, in order, of the same inputs and outputs.</param>
    /// <param name="rows">The rows, one behind the other, at least two.</param>
    /// <param name="labels">A class from 0, or a number, of each row; null where they are not known.</param>
    /// <param name="options">What is followed.</param>
    /// <param name="runtime">Where to run.</param>
    /// <param name="progress">Is told the share that is done.</param>
    /// <param name="cancellation">Stops between questions.</param>
    /// <exception cref="ArgumentException">Rows, labels and networks do not fit; a checkpoint is named.</exception>
    public static LearningProgress Of(IReadOnlyList<Checkpoint> checkpoints, double[] rows, double[]? labels = null,
        LearningOptions? options = null, RuntimeOptions? runtime = null, IProgress<double>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(checkpoints);
        ArgumentNullException.ThrowIfNull(rows);
        options ??= new LearningOptions();
        if (checkpoints.Count == 0)
            throw new ArgumentException("A checkpoint at least was expected.", nameof(checkpoints));
        if (labels?.FirstOrDefault(l => !double.IsFinite(l), 0) is not (null or 0))
            throw new ArgumentException("Labels must be finite numbers.", nameof(labels));
        using var graphs = new SharedGraphs(runtime);
        var last = checkpoints[^1].Load();
        var plan = Plan.Of(last, rows, labels, options);
        if (checkpoints.Count > 1)
            foreach (var (kind, model) in plan.Compiled(last))
                graphs.Expect(kind, model);
        var targets = plan.Targets(last, rows, labels);
        var found = new CheckpointProgress[checkpoints.Count];
        var dynamics = labels is not null && plan.IsOfClasses
            ? new double[plan.Count * checkpoints.Count * plan.Classes] : null;
        FeatureAblation? ablation = null;
        foreach (var (place, checkpoint) in checkpoints.Index())
        {
            cancellation.ThrowIfCancellationRequested();
            var network = place == checkpoints.Count - 1 ? last : checkpoint.Load();
            try
            {
                found[place] = plan.Follow(checkpoint, network, graphs, rows, labels, targets, cancellation);
            }
            catch (ArgumentException e)
            {
                throw new ArgumentException($"The checkpoint '{checkpoint.Name}' does not fit the last, '{checkpoints[^1].Name}', or "
                    + $"what is asked of it. {e.Message}", nameof(checkpoints), e);
            }
            if (dynamics is not null)
                plan.Probabilities(found[place].Scores, dynamics, place, checkpoints.Count);
            progress?.Report((place + 1.0) / checkpoints.Count);
        }
        if (options.Replacement is { } replacement && labels is not null)
        {
            using var scores = RowFunction.Scores(last, plan.Output, runtime);
            ablation = FeatureAblation.Of(scores, rows, labels, replacement, plan.Link, cancellation);
        }
        int[]? classes = labels is null || dynamics is null ? null : Array.ConvertAll(labels, l => (int)l);
        return new LearningProgress(found, plan.Features, plan.Coefficients, plan.Link,
            RowSpectrum.Of(rows, plan.Count, options.Components),
            plan.Layers.ToDictionary(l => l, l => Compare([.. found.Select(f => f.Layers[l])], options.Kept)),
            Compare([.. plan.Layers.Select(l => found[^1].Layers[l])], options.Kept),
            dynamics is null || dynamics.Any(d => !double.IsFinite(d)) ? null : TrainingDynamics.Of(dynamics, classes, plan.Classes),
            ablation, graphs.Sessions, graphs.Graphs);
    }

    private static Similarities Compare(RowSpectrum[] of, double kept)
    {
        var (alignment, correlation) = (new double[of.Length, of.Length], new double[of.Length, of.Length]);
        for (var i = 0; i < of.Length; i++)
            for (var j = 0; j <= i; j++)
            {
                alignment[i, j] = alignment[j, i] = of[i].Alignment(of[j]);
                correlation[i, j] = correlation[j, i] = of[i].CanonicalCorrelation(of[j], kept);
            }
        return new Similarities(alignment, correlation);
    }

    // What is asked of every checkpoint.
    private sealed record Plan(LearningOptions Options, string Output, IReadOnlyList<string> Layers, int Count, int Scores, ScoreLink Link,
        int Order, IReadOnlyList<string> Features, IReadOnlyList<string> Coefficients)
    {
        private const string Forward = "forward", Taylor = "taylor";

        public bool IsOfClasses => Link is not ScoreLink.IdentityLink;

        public int Classes => Math.Max(2, Scores);

        public static Plan Of(Network network, double[] rows, double[]? labels, LearningOptions options)
        {
            if (network.Inputs.Count != 1)
                throw new ArgumentException($"The network has {network.Inputs.Count} inputs; rows of one are followed.", nameof(network));
            var width = Sizes.Count(network.Inputs[0].Shape!.Skip(1));
            var count = rows.Length / width;
            if (count < 2 || rows.Length % width != 0 || labels is not null && labels.Length != count)
                throw new ArgumentException($"At least two rows of {width} numbers, and a label for each, were expected; {rows.Length} "
                    + $"numbers and {(labels is null ? "no" : labels.Length)} labels were given.", nameof(rows));
            var output = options.Output ?? network.DefaultOutput;
            var classes = (int)(network.ClassesOf(output) ?? throw new ArgumentException(
                $"The output '{output}' has an open number of scores.", nameof(network)));
            if (options.Class is { } one && (one < 0 || one >= classes))
                throw new ArgumentException($"The class {one} is none of the {classes} of the output '{output}'.", nameof(options));
            var told = ScoreTable.LinkOf(network, output);
            var link = options.Link ?? (told == ScoreLink.Identity && !network.Options.KeepFinalActivation
                && labels?.All(l => l is 0 or 1) == true ? ScoreLink.Logistic : told);
            var features = options.Features ?? [.. Enumerable.Range(0, width).Select(i => $"x{i}")];
            if (features.Count != width)
                throw new ArgumentException($"{features.Count} names were given for {width} features.", nameof(options));
            var order = options.TaylorOrder ?? (width <= MostForSecondOrder ? 2 : 1);
            return new Plan(options, output, options.Layers ?? Customary(network), count, classes, link, order, features,
                order == 0 ? [] : new TaylorCoefficients(order).Names(features));
        }

        private static string[] Customary(Network network)
        {
            string[] all = [.. network.Layers.Where(l => Activations.Contains(l.Operator) && l.Type.IsFloating() && l.Shape is { Rank: > 1 }
                && l.Shape.Skip(1).All(d => d.IsKnown) && network.OutputNames.All(o => o != l.Output)).Select(l => l.Output)];
            return all.Length <= MostLayers ? all
                : [.. Enumerable.Range(0, MostLayers).Select(i => all[i * (all.Length - 1) / (MostLayers - 1)])];
        }

        // All graphs of a network, as they are opened.
        public IReadOnlyList<(string Kind, OnnxModel Model)> Compiled(Network network)
        {
            var seen = new List<(string, OnnxModel)>();
            foreach (var (kind, make) in Questions(network))
                make(model =>
                {
                    seen.Add((kind, model));
                    return new Nothing();
                }).Dispose();
            return seen;
        }

        private IEnumerable<(string Kind, Func<Func<OnnxModel, IGraphRun>, RowFunction> Make)> Questions(Network network)
        {
            yield return (Forward, open => RowFunction.Forward(network, Output, Layers, open, out _));
            if (Order > 0)
                yield return (Taylor, open =>
                {
                    var explained = Options.TaylorOfScores || !IsOfClasses ? network : Probable(network);
                    return RowFunction.Explanations(explained, new TaylorCoefficients(Order),
                        ReferenceEquals(explained, network) ? Output : null, open);
                });
            foreach (var (name, method) in Options.Methods)
                yield return ($"method {name}", open => RowFunction.Explanations(network, method, Output, open));
        }

        // The network with its probabilities as its only output.
        private Network Probable(Network network)
        {
            var graph = new Graph(network.Opset);
            var trace = network.Trace(graph, network.Inputs.ToDictionary(i => i.Name, i => i.AsInput(graph)));
            return Network.From(graph.ToModel([(graph.UniqueName("probability"), Link.Apply(ScoreTable.Of(trace, Output)))]),
                network.Options with { KeepFinalActivation = true, ClassAxis = null, Constants = new NetworkOptions().Constants });
        }

        public int[] Targets(Network last, double[] rows, double[]? labels)
        {
            if (Options.Class is { } one)
                return [.. Enumerable.Repeat(one, Count)];
            if (Scores == 1)
                return new int[Count];
            if (labels is not null && IsOfClasses)
                return [.. labels.Select((l, row) => Fit.ClassOf(l, Scores, row))];
            using var scores = RowFunction.Scores(last, Output);
            var said = scores.Of(rows);
            return [.. Enumerable.Range(0, Count).Select(row =>
                System.Numerics.Tensors.TensorPrimitives.IndexOfMax<double>(said.AsSpan(row * Scores, Scores)))];
        }

        public CheckpointProgress Follow(Checkpoint checkpoint, Network network, SharedGraphs graphs, double[] rows, double[]? labels,
            int[] targets, CancellationToken cancellation)
        {
            var attributions = new Dictionary<string, ItemMeans>();
            var (layers, explanations) = (new Dictionary<string, RowSpectrum>(), new Dictionary<string, RowSpectrum>());
            double[] scores = [];
            ItemMeans? taylor = null;
            foreach (var (kind, make) in Questions(network))
            {
                cancellation.ThrowIfCancellationRequested();
                using var function = make(model => graphs.Open(kind, model));
                if (function.Features != Features.Count)
                    throw new ArgumentException($"It takes rows of {function.Features} numbers, not of {Features.Count}.");
                var said = function.Of(rows, kind == Forward ? [] : targets);
                if (kind == Forward)
                {
                    scores = Part(said, function.Results, 0, Scores);
                    var at = Scores;
                    foreach (var (layer, width) in Layers.Zip(Widths(network)))
                        layers[layer] =
                            RowSpectrum.Of(Part(said, function.Results, (at += width) - width, width), Count, Options.Components);
                    if (at != function.Results)
                        throw new ArgumentException($"It has {function.Results - at + Scores} scores, not {Scores}.");
                }
                else if (kind == Taylor)
                    taylor = ItemMeans.Of(said, Count);
                else
                {
                    var name = kind["method ".Length..];
                    (attributions[name], explanations[name]) = (ItemMeans.Of(said, Count), RowSpectrum.Of(said, Count, Options.Components));
                }
            }
            return new CheckpointProgress(checkpoint.Name, checkpoint.Step, scores,
                labels is null ? null : Fit.Of(scores, labels, Link), taylor, attributions, layers, explanations);
        }

        private IEnumerable<int> Widths(Network network) => Layers.Select(l => Sizes.Count(network.Layer(l).Shape!.Skip(1)));

        private double[] Part(double[] rows, int width, int from, int count)
        {
            var part = new double[Count * count];
            for (var row = 0; row < Count; row++)
                rows.AsSpan(row * width + from, count).CopyTo(part.AsSpan(row * count));
            return part;
        }

        // Of one score the two classes are 1 − p and p.
        public void Probabilities(IReadOnlyList<double> scores, double[] into, int epoch, int epochs)
        {
            var own = new double[Scores];
            for (var row = 0; row < Count; row++)
            {
                for (var k = 0; k < Scores; k++)
                    own[k] = scores[row * Scores + k];
                Link.Apply(own);
                var at = into.AsSpan((row * epochs + epoch) * Classes, Classes);
                if (Scores == 1)
                    (at[0], at[1]) = (1 - own[0], own[0]);
                else
                    own.CopyTo(at);
            }
        }
    }

    private sealed class Nothing : IGraphRun
    {
        public IReadOnlyDictionary<string, Tensor> Run(IReadOnlyDictionary<string, Tensor> inputs) =>
            throw new InvalidOperationException("This graph was only looked at.");

        public void Dispose() { }
    }
}
