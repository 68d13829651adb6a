using System.Globalization;
using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Catalog;
using Microsoft.ML.Introspection.Evaluation;
using Microsoft.ML.Introspection.Explaining;
using Microsoft.ML.Introspection.Importers;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Shapley;
using Microsoft.ML.Introspection.Tool.Shap;
using Tensor = Microsoft.ML.Introspection.Onnx.Tensor;

namespace Microsoft.ML.Introspection.Tool.Evaluating;

/// <summary>
/// A model of tables — trees, a pipeline — with methods of Shapley values and LIME, as metrics judge them: each feature divided by the
/// power of two next to its standard deviation, so that noise of one size suits all of them, and no number is rounded on the way.
/// </summary>
internal sealed class TableEvaluation : IDisposable
{
    /// <summary>The name of LIME beside those of the algorithms.</summary>
    public const string LimeName = "lime";

    private const string Samples = "samples";

    private readonly Stack<IDisposable> _open = new();

    private TableEvaluation(ShapModel model) => _open.Push(model);

    /// <summary>The rows, with their model.</summary>
    public ExplainedRows Rows { get; private set; } = null!;

    /// <summary>The methods.</summary>
    public IReadOnlyList<JudgedMethod> Methods { get; private set; } = [];

    /// <summary>The means of numbers, the most frequent of codes: what stands for "nothing there".</summary>
    public Baseline Usual { get; private set; } = Baseline.Zero;

    /// <summary>What is taken where no method is named.</summary>
    public static string[] UsualMethods(ModelKind kind) =>
        kind == ModelKind.Pipeline ? ["permutation", "kernel", LimeName] : ["tree", "permutation", LimeName];

    /// <summary>The algorithm of a choice; null for LIME.</summary>
    /// <exception cref="ArgumentException">There is no such method or option.</exception>
    public static AlgorithmChoice? Algorithm(Choice choice) =>
        choice.Name != LimeName ? AlgorithmCatalog.Create(choice.Name, choice.Options)
        : choice.Options.Keys.FirstOrDefault(o => o != Samples) is not { } wrong ? null
        : throw new ArgumentException($"{LimeName} of tables takes the option {Samples}; '{wrong}' is none.");

    /// <summary>Reads the model and rows, and prepares the methods.</summary>
    /// <param name="job">The model and the data; its algorithm tells whether a pipeline's features are its columns or its slots.</param>
    /// <param name="methods">The methods.</param>
    /// <param name="count">How many rows at most.</param>
    /// <param name="seed">Other samples of LIME for every seed.</param>
    /// <param name="note">Is told in a line what the user should know.</param>
    /// <param name="cancellation">Stops reading.</param>
    /// <exception cref="InvalidDataException">Model and rows do not fit each other, or there are none.</exception>
    /// <exception cref="ArgumentException">Model and method do not fit each other.</exception>
    public static TableEvaluation Open(
        ShapJob job, IReadOnlyList<Choice> methods, int count, int seed, Action<string> note, CancellationToken cancellation)
    {
        var model = ShapModel.Open(job, note, cancellation);
        var opened = new TableEvaluation(model);
        try
        {
            var block = model.Rows.Block(count);
            if (!model.Rows.Read(block, cancellation))
                throw new InvalidDataException($"'{job.Data}' has no rows.");
            opened.Prepare(model, block, methods, seed);
            return opened;
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        while (_open.TryPop(out var resource))
            resource.Dispose();
    }

    private void Prepare(ShapModel model, RowBlock block, IReadOnlyList<Choice> methods, int seed)
    {
        var features = model.Explainer.FeatureCount;
        var (numbers, units, usual, codes) = (block.Seen.ToArray(), new double[features], new double[features], new double[features]);
        for (var feature = 0; feature < features; feature++)
        {
            double[] known =
                [.. Enumerable.Range(0, block.Count).Select(row => numbers[row * features + feature]).Where(double.IsFinite)];
            var isCode = model.IsCode(feature);
            codes[feature] = isCode ? known.DefaultIfEmpty().Max() : -1;
            var mean = known.Length == 0 ? 0 : known.Average();
            var deviation = known.Length == 0 ? 0 : Math.Sqrt(known.Average(v => (v - mean) * (v - mean)));
            units[feature] = isCode || !(deviation > 0) ? 1 : Math.ScaleB(1, (int)Math.Round(Math.Log2(deviation)));
            usual[feature] = (!isCode ? mean : known.GroupBy(v => v).MaxBy(g => g.Count())?.Key ?? 0) / units[feature];
        }
        for (var i = 0; i < numbers.Length; i++)
            numbers[i] /= units[i % features];
        Usual = Baseline.Given(Tensor.From(usual, features));
        var rows = new Background(block.SeenSingles.ToArray(), "against the rows that are judged");
        Rows = new ExplainedRows(numbers, numbers, [features], InUnits(RowFunction.Scores(model.Explainer), units, codes));
        Methods = [.. methods.Select(m => new JudgedMethod(m.Text, InUnits(Explaining(model, m, rows, seed), units, codes)))];
    }

    private RowFunction Explaining(ShapModel model, Choice choice, Background rows, int seed)
    {
        try
        {
            var given = model.Options.Background;
            if (Algorithm(choice) is not { } algorithm)
                return RowFunction.Explanations(new TabularLime(new Asked(model),
                    // Ranges of values want more than one row.
                    given?.Rows.Length > model.Explainer.FeatureCount ? given.Rows : rows.Rows,
                    new TabularLimeOptions { Samples = SamplesOf(choice), Features = null, Seed = seed }), model.Explainer.FeatureCount);
            var explainer = model.Explain(model.Options with
            {
                Algorithm = algorithm, Background = given ?? (algorithm.Leaves(ShapAlgorithm.Tree) ? null : rows), Otherwise = _ => rows,
            });
            _open.Push(explainer);
            return RowFunction.Explanations(explainer);
        }
        catch (ArgumentException e)
        {
            throw new UsageException($"The method {choice.Text} cannot explain this model: {e.Message}");
        }
    }

    private static int SamplesOf(Choice choice) => !choice.Options.TryGetValue(Samples, out var text) ? 5000
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var samples) ? samples
        : throw new ArgumentException($"{Samples} takes a number; '{text}' is none.");

    // A change of a code that is not half of one leaves it; others are drawn to what there is.
    private static RowFunction InUnits(RowFunction inner, double[] units, double[] codes)
    {
        var own = Array.Empty<double>();
        return RowFunction.Of(inner.Features, inner.Results, (rows, targets, results) =>
        {
            if (own.Length < rows.Length)
                own = new double[rows.Length];
            for (var i = 0; i < rows.Length; i++)
                own[i] = codes[i % units.Length] is >= 0 and var largest ? Math.Clamp(Math.Round(rows[i]), 0, largest)
                    : rows[i] * units[i % units.Length];
            inner.Of(own.AsSpan(0, rows.Length), targets).CopyTo(results);
        }, inner.Link);
    }

    // The model as LIME asks it.
    private sealed class Asked(ShapModel model) : IScorer
    {
        public IReadOnlyList<string> FeatureNames => model.Explainer.FeatureNames;

        public IReadOnlyList<string> OutputNames { get; } =
            [.. Enumerable.Range(0, model.Explainer.OutputCount).Select(model.Explainer.OutputName)];

        public bool IsCategorical(int feature) => model.IsCode(feature);

        public void Score(ReadOnlySpan<float> rows, Span<double> scores, CancellationToken cancellation = default) =>
            model.Explainer.Score(rows, scores, cancellation);
    }
}
