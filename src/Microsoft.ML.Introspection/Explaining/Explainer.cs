using System.Globalization;
using System.Numerics;
using System.Numerics.Tensors;
using Microsoft.ML.Introspection.Importers;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Shapley.Trees;

namespace Microsoft.ML.Introspection.Explaining;

/// <summary>
/// A model with what explains it: what kind of model it is, which algorithm, which outputs, which players and which background have been
/// decided when it is made. Rows go in, SHAP values come out; or it is compiled into a graph that plain ONNX Runtime runs.
/// </summary>
/// <remarks>
/// Base value and values of a row sum to its score, but for what sampled algorithms leave open. Explainers of trees and of linear models
/// serve several threads at once, each with <see cref="Explanations"/> of its own; others one. Lundberg, Lee 2017, arXiv:1705.07874;
/// Lundberg et al. 2020, arXiv:1905.04610.
/// </remarks>
/// <example><code>
/// using var explainer = Explainer.Open("model.json", new ExplainerOptions { Background = new(background), Outputs = new(Target.ArgMax) });
/// var explained = explainer.Room(rows.Length / explainer.FeatureCount);
/// explainer.Explain(rows, explained);
/// Console.WriteLine($"{explained.BaseValues[0]} + {TensorPrimitives.Sum(explained.ValuesOf(0))} = {explained.Scores[0]}");
/// </code></example>
public abstract class Explainer : IDisposable
{
    // What the values and interactions of the rows that are explained together may take, in numbers of double precision.
    private const int MostNumbers = 1 << 23;

    /// <summary>Why predictions need a background.</summary>
    private protected const string PredictionsNeedBackground =
        "Shares in a prediction need a background; path-dependent values are shares in the raw score.";

    private protected Explainer(ExplainerOptions options, IReadOnlyList<string> features, int outputs, IReadOnlyList<string>? outputNames)
    {
        (FeatureNames, Outputs, OutputCount, OutputNames, Kept, Algorithm) =
            (features, options.Outputs.In(outputNames), outputs, outputNames, options.Kept, options.Algorithm);
        Players = options.Players ?? Players.Each(features.Count);
        if (Players.FeatureCount != features.Count)
            throw new ArgumentException($"The players are made of {Players.FeatureCount} features; the model has {features.Count}.",
                nameof(options));
        Needed = Outputs.Needed(outputs);
        Slots = Outputs.Slots(outputs);
        PlayerNames = Players.Names(features);
    }

    /// <summary>The numbers in a row.</summary>
    public virtual int FeatureCount => FeatureNames.Count;

    /// <summary>The names of the features.</summary>
    public IReadOnlyList<string> FeatureNames { get; }

    /// <summary>Who gets a value.</summary>
    public Players Players { get; }

    /// <summary>The names of what gets a value: features, or groups of them.</summary>
    public IReadOnlyList<string> PlayerNames { get; }

    /// <summary>The axes that the values of a row have in an array; those of the model's input where they are more than one.</summary>
    public virtual IReadOnlyList<int> PlayerShape => [Players.Count];

    /// <summary>The outputs that are explained.</summary>
    public OutputChoice Outputs { get; }

    /// <summary>How many values a player gets in each row: one for every output, or one.</summary>
    public int Slots { get; }

    /// <summary>How many outputs the model has.</summary>
    public int OutputCount { get; }

    /// <summary>The outputs' names; null where nobody named them.</summary>
    public IReadOnlyList<string>? OutputNames { get; }

    /// <summary>How the explained scores become predictions.</summary>
    public virtual ScoreLink Link => ScoreLink.Identity;

    /// <summary>
    /// The algorithm as it was decided: another explainer of the same players may take it, and need not plan its coalitions anew.
    /// </summary>
    public AlgorithmChoice Algorithm { get; private protected init; }

    /// <summary>The algorithm and its background, for people: "exact tree SHAP, path-dependent".</summary>
    public abstract string Description { get; }

    /// <summary>
    /// What the values of each output start from: its score where no feature is known. NaN for outputs that the choice never explains.
    /// </summary>
    public abstract IReadOnlyList<double> BaseValues { get; }

    /// <summary>Whether there are interaction values.</summary>
    public virtual bool HasInteractions => false;

    /// <summary>Whether several threads may use it at once, each with room of its own.</summary>
    public virtual bool ServesThreads => false;

    /// <summary>How many scores a model is asked for to explain a row, where it is a black box; 0 where it is looked into.</summary>
    public virtual long ScoresPerRow => 0;

    /// <summary>Explains trees: exactly, unless the options ask for an algorithm for any model.</summary>
    /// <param name="trees">The trees.</param>
    /// <param name="options">What is explained and how; null for path-dependent values of the raw scores of all outputs.</param>
    /// <exception cref="ArgumentException">The options do not fit each other or the trees.</exception>
    public static Explainer For(TreeEnsemble trees, ExplainerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(trees);
        options ??= new ExplainerOptions();
        // What trees add up is shared out exactly; predictions made of it are not, unless all coalitions are asked for them.
        var players = options.Players?.Count ?? trees.FeatureCount;
        var all = options.Predictions && trees.Link != ScoreLink.Identity && options.Algorithm.IsAuto && options.Blocks is null
            && players <= AlgorithmChoice.ExactUpTo;
        if (!all && options.Algorithm.Leaves(ShapAlgorithm.Tree))
            return TreeExplainer.Of(trees, options);
        if (options.Blocks is not null || !options.Algorithm.IsForAnyModel)
            throw new ArgumentException($"The algorithm {options.Algorithm.Name} is for other models; this one is made of trees. Take "
                + $"tree, or one that takes any model: {AlgorithmChoice.ForAnyModel}.", nameof(options));
        var named =
            trees.FeatureNames is not null || options.FeatureNames is null ? trees : trees.Named(options.FeatureNames, trees.OutputNames);
        return new BlackBoxExplainer(new TreeScorer(named, options.Predictions), options with
        {
            OutputNames = trees.OutputNames ?? options.OutputNames,
            Background = options.Background ?? (all ? options.Needed(PredictionsNeedBackground) : null),
        });
    }

    /// <summary>Explains a linear model: in closed form, unless the options ask for an algorithm for any model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="options">What is explained and how; a background is needed.</param>
    /// <exception cref="ArgumentException">The options do not fit each other or the model.</exception>
    public static Explainer For(LinearModel model, ExplainerOptions options)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(options);
        var linked = options.Predictions && options.Link != ScoreLink.Identity;
        if (options.Algorithm.Leaves(ShapAlgorithm.Linear) && !(linked && options.Algorithm.IsAuto))
            return new LinearExplainer(model, options);
        return For(linked ? new LinkedScorer(model, options.Link) : model, options);
    }

    /// <summary>
    /// Explains a network: by its scores, by a look inside (DeepLIFT, expected gradients), or as the linear model that it is.
    /// </summary>
    /// <param name="network">
    /// The network. Its features are the elements of its inputs, one input after the other, last axis fastest.
    /// </param>
    /// <param name="options">What is explained and how; a background is needed.</param>
    /// <exception cref="ArgumentException">The options do not fit each other or the network.</exception>
    public static Explainer For(Network network, ExplainerOptions options)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(options);
        var scorer = new NetworkScorer(network, options.Output, options.Runtime, options.FeatureNames);
        try
        {
            if (options.Algorithm.IsForAnyModel)
                return new BlackBoxExplainer(scorer, options, network);
            if (options.Algorithm.Algorithm != ShapAlgorithm.Linear)
                return new GraphExplainer(network, scorer, options);
            var background = options.Needed();
            var linear = new LinearExplainer(LinearModel.Of(scorer, background.Rows), options with { Background = background });
            scorer.Dispose();
            return linear;
        }
        catch
        {
            scorer.Dispose();
            throw;
        }
    }

    /// <summary>Explains anything that can be asked for scores.</summary>
    /// <param name="scorer">The model; disposed of with the explainer, where it can be.</param>
    /// <param name="options">What is explained and how; a background is needed.</param>
    /// <exception cref="ArgumentException">The options do not fit each other or the model.</exception>
    public static Explainer For(IScorer scorer, ExplainerOptions options)
    {
        ArgumentNullException.ThrowIfNull(scorer);
        ArgumentNullException.ThrowIfNull(options);
        return new BlackBoxExplainer(scorer, options);
    }

    /// <summary>
    /// Explains the model in a file, of whatever kind its content is: trees of XGBoost, LightGBM or ONNX, or an ONNX network.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="options">What is explained and how; null for path-dependent values of trees.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidModelException">The file is damaged, or of no kind that is known.</exception>
    /// <exception cref="ArgumentException">The options do not fit each other or the model.</exception>
    public static Explainer Open(string path, ExplainerOptions? options = null)
    {
        options ??= new ExplainerOptions();
        var file = ModelFile.Open(path);
        return file.Trees is { } trees ? For(trees, options) : For(Network.From(file.Onnx!), options);
    }

    /// <summary>The name of an output, or its number.</summary>
    public string OutputName(int output) => OutputNames?[output] ?? output.ToString(CultureInfo.InvariantCulture);

    /// <summary>How many rows are best explained together.</summary>
    /// <param name="withInteractions">Whether with interaction values.</param>
    /// <exception cref="ArgumentException">A row has more values than memory can hold.</exception>
    public int RowsAtOnce(bool withInteractions = false)
    {
        var numbers = (long)Math.Max(Slots, Needed.Count) * Players.Count * (withInteractions ? Players.Count + 1 : 1) + FeatureCount;
        return numbers <= Array.MaxLength / sizeof(double) ? (int)Math.Clamp(MostNumbers / numbers, 1, MostRows)
            : throw new ArgumentException(
            $"A row of {Slots} outputs × {Players.Count} features has too many {(withInteractions ? "interaction " : "")}values. Choose "
                + "an output, or put features into groups.");
    }

    /// <summary>Makes room for what is said of rows.</summary>
    /// <param name="rows">For how many.</param>
    /// <param name="withInteractions">Whether pairs of players are explained, too.</param>
    /// <exception cref="ArgumentException">There are no interaction values.</exception>
    public Explanations Room(int rows, bool withInteractions = false)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        return !withInteractions || HasInteractions ? new Explanations(this, rows, withInteractions) : throw new ArgumentException(
            $"There are interactions of trees, path-dependent, and of nothing else; this would be {Description}. Leave the interactions "
                + "out.", nameof(withInteractions));
    }

    /// <summary>Explains rows.</summary>
    /// <param name="rows">Shape [N, features], row by row, as the model sees them.</param>
    /// <param name="into">Where to write; all of what was there is replaced.</param>
    /// <param name="labels">The class that the target's column tells of each row, [N]; empty where the target has no such column.</param>
    /// <param name="scored">
    /// Whether scores are those of the model itself; else they are base value and values added up, which costs nothing.
    /// </param>
    /// <param name="progress">Is told the share that is done, from 0 to 1.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <exception cref="ArgumentException">Lengths do not fit, a label is no class, or the model has no answer to a value.</exception>
    public void Explain(
        ReadOnlySpan<float> rows, Explanations into, ReadOnlySpan<long> labels = default, bool scored = true,
        Action<double>? progress = null, CancellationToken cancellation = default) =>
        ExplainRows(rows, into, labels, scored, progress, cancellation);

    /// <inheritdoc cref="Explain(ReadOnlySpan{float}, Explanations, ReadOnlySpan{long}, bool, Action{double}?, CancellationToken)"/>
    public void Explain(
        ReadOnlySpan<double> rows, Explanations into, ReadOnlySpan<long> labels = default, bool scored = true,
        Action<double>? progress = null, CancellationToken cancellation = default) =>
        ExplainRows(rows, into, labels, scored, progress, cancellation);

    /// <summary>Scores rows: what is explained of them, of all outputs, whatever the target.</summary>
    /// <param name="rows">Shape [N, features].</param>
    /// <param name="scores">Where to write, shape [N, outputs].</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <exception cref="ArgumentException">The lengths do not fit each other.</exception>
    public abstract void Score(ReadOnlySpan<float> rows, Span<double> scores, CancellationToken cancellation = default);

    /// <summary>Explains pairs of players of the very rows that were explained last.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="into">What was said of them, with room for interactions.</param>
    /// <param name="cancellation">Stops the work.</param>
    public void ExplainPairs(ReadOnlySpan<float> rows, Explanations into, CancellationToken cancellation = default) =>
        PairRows(rows, into, cancellation);

    /// <inheritdoc cref="ExplainPairs(ReadOnlySpan{float}, Explanations, CancellationToken)"/>
    public void ExplainPairs(ReadOnlySpan<double> rows, Explanations into, CancellationToken cancellation = default) =>
        PairRows(rows, into, cancellation);

    /// <summary>The explanation as a graph for any ONNX Runtime, which computes the same values.</summary>
    /// <param name="names">
    /// What its input and its outputs are called; null for the values alone. A target that takes a label has an input for it.
    /// </param>
    /// <exception cref="NotSupportedException">There is no graph of a black box.</exception>
    public abstract OnnxModel Compile(ExplanationNames? names = null);

    /// <inheritdoc/>
    public virtual void Dispose() => GC.SuppressFinalize(this);

    /// <summary>The outputs that are computed, of which the target takes its own.</summary>
    internal IReadOnlyList<int> Needed { get; }

    private protected KeptValues? Kept { get; }

    /// <summary>What a graph does to the values at the end.</summary>
    private protected Func<Value, Value>? Finish =>
        Kept is null ? null : values => Attribution.Strongest.Of(values, Kept.Positive, Kept.Negative, Kept.Normalize);

    /// <summary>
    /// How many rows may be explained at once, as far as the algorithm goes: enough for all threads, few enough to come back soon.
    /// </summary>
    private protected virtual int MostRows => 1024;

    /// <summary>Explains the needed outputs of rows.</summary>
    /// <param name="rows">Shape [N, features].</param>
    /// <param name="into">Buffers to use.</param>
    /// <param name="values">Where to write, shape [N, needed outputs, players].</param>
    /// <param name="scores">Where to write what the model says, shape [N, needed outputs]; empty where that is not asked.</param>
    /// <param name="progress">Is told the share that is done.</param>
    /// <param name="cancellation">Stops the work.</param>
    private protected abstract void Compute<T>(
        ReadOnlySpan<T> rows, Explanations into, Span<double> values, Span<double> scores, Action<double>? progress,
        CancellationToken cancellation) where T : unmanaged, INumber<T>;

    /// <summary>Explains the needed outputs of rows by pairs, shape [N, needed outputs, players, players].</summary>
    private protected virtual void ComputePairs<T>(ReadOnlySpan<T> rows, Explanations into, Span<double> values,
        CancellationToken cancellation) where T : unmanaged, INumber<T> =>
        throw new NotSupportedException("This algorithm gives no interaction values.");

    /// <summary>Takes the needed outputs out of numbers of all, shape [N, all outputs, size].</summary>
    private protected void TakeNeeded(ReadOnlySpan<double> all, int size, Span<double> taken)
    {
        var needed = Needed.Count;
        for (var block = 0; block < taken.Length / size; block++)
            all.Slice((block / needed * OutputCount + Needed[block % needed]) * size, size).CopyTo(taken[(block * size)..]);
    }

    /// <summary>Checks rows, labels and room, and says how many rows there are.</summary>
    private protected int Begin<T>(ReadOnlySpan<T> rows, Explanations into, ReadOnlySpan<long> labels)
    {
        ArgumentNullException.ThrowIfNull(into);
        var count = rows.Length / FeatureCount;
        if (count == 0 || rows.Length % FeatureCount != 0 || count > into.Capacity || into.Slots != Slots || into.Players != Players.Count)
            throw new ArgumentException(
                $"Rows of {FeatureCount} features, at least one, and room for {Slots} × {Players.Count} values of each were expected; "
                    + $"given were {rows.Length} numbers and room for {into.Capacity} rows of {into.Slots} × {into.Players}.");
        if (Outputs.LabelColumn is { } column && labels.Length != count)
            throw new ArgumentException($"The target wants the class of each row ('{column}'); there are {count} rows and "
                + $"{labels.Length} classes.", nameof(labels));
        for (var row = 0; Outputs.LabelColumn is not null && row < count; row++)
            if (Outputs.Fault(labels[row], OutputCount) is { } fault)
                throw new ArgumentOutOfRangeException(nameof(labels), $"Row {row}: {fault}");
        return into.Count = count;
    }

    /// <summary>Explains rows, and takes what is asked.</summary>
    private protected virtual void ExplainRows<T>(
        ReadOnlySpan<T> rows, Explanations into, ReadOnlySpan<long> labels, bool scored, Action<double>? progress,
        CancellationToken cancellation) where T : unmanaged, INumber<T>
    {
        var count = Begin(rows, into, labels);
        var (needed, players) = (Needed.Count, Players.Count);
        var values = into.NeededValues.AsSpan(0, count * needed * players);
        var scores = into.NeededScores.AsSpan(0, count * needed);
        Compute(rows, into, values, scored ? scores : [], progress, cancellation);
        var bases = BaseValues;
        for (var i = 0; !scored && i < scores.Length; i++)
            scores[i] = bases[Needed[i % needed]] + TensorPrimitives.Sum(values.Slice(i * players, players));
        for (var at = 0; at < count * Slots; at++)
        {
            var row = at / Slots;
            var own = scores.Slice(row * needed, needed);
            var places = Outputs.Places(at % Slots, own, labels.IsEmpty ? 0 : labels[row]);
            into.Picked[at] = places;
            into.OutputAt(at) = Needed[places.Why];
            into.BaseAt(at) = bases[Needed[places.Why]] - (places.WhyNot < 0 ? 0 : bases[Needed[places.WhyNot]]);
            if (!into.IsDirect)
            {
                OutputChoice.Take(own, places, new Span<double>(ref into.ScoreAt(at)));
                OutputChoice.Take(values.Slice(row * needed * players, needed * players), places, into.ValuesAt(at));
            }
            if (Kept is not null)
                into.Keep(at, Kept);
        }
    }

    private void PairRows<T>(ReadOnlySpan<T> rows, Explanations into, CancellationToken cancellation) where T : unmanaged, INumber<T>
    {
        ArgumentNullException.ThrowIfNull(into);
        if (rows.Length != into.Count * FeatureCount || !into.HasInteractions)
            throw new ArgumentException("The rows that were explained last, and room with interactions, were expected.");
        var (needed, size) = (Needed.Count, Players.Count * Players.Count);
        into.ReserveInteractions(needed);
        var values = into.NeededInteractions.AsSpan(0, into.Count * needed * size);
        ComputePairs(rows, into, values, cancellation);
        for (var at = 0; !into.IsDirect && at < into.Count * Slots; at++)
            OutputChoice.Take(values.Slice(at / Slots * needed * size, needed * size), into.Picked[at], into.InteractionsAt(at));
    }
}
