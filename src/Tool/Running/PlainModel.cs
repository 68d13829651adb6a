using Microsoft.ML.Introspection.Estimators.Pipelines;
using Microsoft.ML.Introspection.Importers;
using Microsoft.ML.Introspection.Jobs;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Rows;
using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.Introspection.Shapley.Trees;
using Microsoft.ML.Introspection.Tool.Explaining;
using Microsoft.ML.Introspection.Tool.Options;
using Microsoft.ML.Introspection.Tool.Shap;
using Microsoft.ML.Introspection.Tool.Shap.Pipelines;
using Microsoft.ML.Introspection.Uncertainty;

namespace Microsoft.ML.Introspection.Tool.Running;

/// <summary>What is asked of a model whose plain outputs are wanted.</summary>
/// <param name="Outputs">The outputs that are asked for; none for all of them.</param>
/// <param name="Layers">Layers of a network to give; outputs then only where they are asked for.</param>
/// <param name="Raw">Whether raw scores are asked for: before the link of trees, the final activation of a network.</param>
internal sealed record PlainRequest(IReadOnlyList<string> Outputs, IReadOnlyList<string> Layers, bool Raw);

/// <summary>What the numbers of a model's only output are.</summary>
internal enum PlainKind
{
    /// <summary>Numbers, that stand for themselves.</summary>
    Numbers,

    /// <summary>The chance of the second of two classes.</summary>
    Chance,

    /// <summary>Probabilities or scores of classes that exclude each other.</summary>
    Classes,

    /// <summary>Chances of labels, each by itself.</summary>
    Labels,
}

/// <summary>A model of whatever kind with its rows, ready to give its plain outputs.</summary>
internal sealed class PlainModel : IDisposable
{
    private const int RowsAtOnce = 1 << 12, RowsOfThread = 1 << 8;

    private readonly Stack<IDisposable> _open = new();
    private readonly NetworkJob _job;
    private readonly PlainRequest _request;
    private Func<PlainKind> _tells = null!;

    private PlainModel(NetworkJob job, PlainRequest request) => (_job, _request) = (job, request);

    /// <summary>The rows.</summary>
    public RowSource Rows { get; private set; } = null!;

    /// <summary>What gives the outputs.</summary>
    public IBlockWork Work { get; private set; } = null!;

    /// <summary>The names of the numbers of the only output; null where the outputs name them by their places.</summary>
    public IReadOnlyList<string>? Names { get; private set; }

    /// <summary>What the numbers of the only output are.</summary>
    public PlainKind Tells => _tells();

    /// <summary>The files of a network; null for other models.</summary>
    public Sources? Sources { get; private set; }

    /// <summary>Reads the model and opens the rows: what can fail before the first row fails here.</summary>
    /// <param name="job">The model and the rows.</param>
    /// <param name="request">What is asked of it.</param>
    /// <param name="note">Is told in a line what the user should know.</param>
    public static PlainModel Open(NetworkJob job, PlainRequest request, Action<string> note)
    {
        var model = new PlainModel(job, request);
        try
        {
            var file = ModelFile.KindOf(job.Network.Path) == ModelKind.Pipeline ? null : job.Network.Open(note);
            (model.Rows, model.Work, model.Names) = file is null ? model.OfPipeline()
                : file.Trees is { } trees ? model.OfTrees(trees)
                : model.OfNetwork(job.Network.Constant(file.Onnx!), note);
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>How the rows of a block are scored by trees, by several threads.</summary>
    /// <param name="trees">The trees.</param>
    /// <param name="raw">Whether raw scores are asked for.</param>
    /// <param name="runtime">How many threads share the rows.</param>
    public static BlockScores ScoresOf(TreeEnsemble trees, bool raw, RuntimeOptions runtime)
    {
        var (features, outputs) = (trees.FeatureCount, trees.OutputCount);
        // Where values are rounded to single precision anyway, rows may be scored in it, which is faster.
        if (trees.ComparesSingles)
        {
            var scorer = new TreeScorer(trees, !raw);
            return (block, scores, cancellation) =>
            {
                var seen = block.SeenSingles;
                Share(block.Count, cancellation, (first, rows) => scorer.Score(seen.Span.Slice(first * features, rows * features),
                    scores.Span.Slice(first * outputs, rows * outputs), cancellation));
            };
        }
        return (block, scores, cancellation) => Share(block.Count, cancellation, (first, rows) =>
        {
            for (var row = first; row < first + rows; row++)
            {
                var own = scores.Span.Slice(row * outputs, outputs);
                trees.Score(block.SeenRow(row), own);
                if (!raw)
                    trees.Link.Apply(own);
            }
        });

        void Share(int count, CancellationToken cancellation, Action<int, int> score) =>
            SharedWork.Run((count + RowsOfThread - 1) / RowsOfThread, runtime.Threads ?? Environment.ProcessorCount, part =>
                score((int)part * RowsOfThread, Math.Min(RowsOfThread, count - (int)part * RowsOfThread)), cancellation);
    }

    public void Dispose()
    {
        while (_open.TryPop(out var resource))
            resource.Dispose();
    }

    private (RowSource, IBlockWork, IReadOnlyList<string>?) OfNetwork(OnnxModel model, Action<string> note)
    {
        var sources = Sources = Opened(Sources.Open(model, _job.Data, _job.Csv, null));
        var network = _job.Network.Load(model, sources.RowShapes(model, _job.Network.Options));
        sources.TakeWhole(model, network);
        var scores = _job.Network.Options with { KeepFinalActivation = false };
        _tells = () => OfNetwork(_job.Network with { Options = scores }, model, sources);
        var (outputs, layers) = (_request.Outputs, _request.Layers);
        var graph = NetworkOutputs.Compile(network, outputs.Count + layers.Count > 0 ? outputs : null, layers);
        var feeds = sources.Feeds(network, _job.Scales, () => network.DefaultInput.Name, note);
        return (sources.Rows, Opened(new GraphWork(graph, _job.Runtime, sources.Rows, feeds)), null);
    }

    private (RowSource, IBlockWork, IReadOnlyList<string>?) OfTrees(TreeEnsemble trees)
    {
        var data = OnlyFile("trees have one input");
        if (_request.Outputs.Count > 0)
            throw new InvalidDataException("Trees have no outputs to choose from by name; leave them out.");
        var files = new NumberFiles(data, _job.Csv, _job.Scales is [var scale] ? scale.Path : null, null,
            trees.FeatureNames, allowsMissing: true);
        _open.Push(files);
        files.Fit(trees.FeatureCount);
        _tells = () => Kind(trees.OutputCount, trees.Link == ScoreLink.Logistic);
        var rows = files.Named(trees.FeatureNames ?? files.Given.Items
            ?? [.. Enumerable.Range(0, trees.FeatureCount).Select(i => $"f{i}")]);
        var scoring = ScoresOf(trees, _request.Raw, _job.Runtime);
        return (rows.Source, new ScoreWork(rows, RowsAtOnce, trees.OutputCount, scoring), trees.OutputNames);
    }

    private (RowSource, IBlockWork, IReadOnlyList<string>?) OfPipeline()
    {
        var data = OnlyFile("a pipeline reads its columns from one file");
        if (_job.Scales.Count > 0)
            throw new InvalidDataException("--scale is for networks and trees; a pipeline scales its columns itself.");
        if (_request.Outputs.Count > 1)
            throw new InvalidDataException("One column of a pipeline is given at a time.");
        var model = PipelineModel.Load(_job.Network.Path);
        var output = _request.Outputs is [var named] ? named
            : !_request.Raw && model.Pipeline.GetOutputSchema(model.InputSchema).GetColumnOrNull(PipelineModel.Probability) is not null
                ? PipelineModel.Probability : null;
        var options = new PipelineScorerOptions { OutputColumn = output, Threads = _job.Runtime.Threads };
        var scorer = Opened(new PipelineScorer(model.Pipeline, model.InputSchema, options));
        _tells = () => Kind(scorer.OutputNames.Count, output == PipelineModel.Probability);
        var features = new RawColumns(scorer) { Schema = model.InputSchema, Columns = scorer.Columns.Select(c => c.Name).ToHashSet() };
        features.Keep();
        var rows = Opened(new PipelineRows(features, data, _job.Csv));
        BlockScores score = (block, scores, stop) => scorer.Score(block.SeenSingles.Span, scores.Span, stop);
        return (rows.Source, new ScoreWork(rows, RowsAtOnce, scorer.OutputNames.Count, score), scorer.OutputNames);
    }

    private static PlainKind Kind(int outputs, bool isOfEach) => outputs == 1 ? isOfEach ? PlainKind.Chance : PlainKind.Numbers
        : isOfEach ? PlainKind.Labels : PlainKind.Classes;

    // Whether a final activation squashes each score is told by the network without it.
    private PlainKind OfNetwork(NetworkRequest request, OnnxModel model, Sources sources)
    {
        var network = request.Load(model, sources.RowShapes(model, request.Options));
        var output = _request.Outputs is [var named] ? named : network.DefaultOutput;
        var tellsClasses = Disagreement.IsFor(network, output);
        return network.ClassesOf(output) == 1 ? tellsClasses ? PlainKind.Chance : PlainKind.Numbers
            : tellsClasses ? PlainKind.Classes : PlainKind.Labels;
    }

    private string OnlyFile(string why) =>
        _request.Layers is [var layer, ..] ? throw new InvalidDataException($"The model is no network, and has no layers: no '{layer}'.")
        : _job.Data is [{ Input: null, Path: var path }] && _job.Scales is ([] or [{ Input: null }]) ? path
        : throw new InvalidDataException($"One file is expected, --data FILE, as {why}.");

    private T Opened<T>(T resource) where T : IDisposable
    {
        _open.Push(resource);
        return resource;
    }
}
