using Microsoft.ML.Introspection.Estimators.Pipelines;
using Microsoft.ML.Introspection.Importers;
using Microsoft.ML.Introspection.Jobs;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Rows;
using Microsoft.ML.Introspection.Shapley.Trees;
using Microsoft.ML.Introspection.Tool.Explaining;
using Microsoft.ML.Introspection.Tool.Options;
using Microsoft.ML.Introspection.Tool.Results;
using Microsoft.ML.Introspection.Tool.Shap;
using Microsoft.ML.Introspection.Tool.Shap.Pipelines;

namespace Microsoft.ML.Introspection.Tool.Running;

/// <summary>Gives the plain outputs of a model of whatever kind.</summary>
internal sealed class PlainRun : IDisposable
{
    private const int RowsAtOnce = 1 << 10;

    private readonly Stack<IDisposable> _open = new();
    private readonly NetworkJob _job;
    private readonly IReadOnlyList<string> _outputs, _layers;
    private readonly bool _raw;
    private readonly RowSource _rows;
    private readonly IBlockWork _work;
    private readonly IRowSink _sink;

    /// <summary>Reads the model and opens all files: what can fail before the first row fails here.</summary>
    /// <param name="job">The model, the rows, and where results go.</param>
    /// <param name="outputs">The outputs that are asked for; none for all of them.</param>
    /// <param name="layers">Layers of a network to give; outputs then only where they are asked for.</param>
    /// <param name="raw">Whether raw scores are asked for: before the link of trees, the final activation of a network.</param>
    /// <param name="note">Is told in a line what the user should know.</param>
    public PlainRun(NetworkJob job, IReadOnlyList<string> outputs, IReadOnlyList<string> layers, bool raw, Action<string> note)
    {
        (_job, _outputs, _layers, _raw) = (job, outputs, layers, raw);
        try
        {
            IReadOnlyList<string>? names;
            var file = ModelFile.KindOf(job.Network.Path) == ModelKind.Pipeline ? null : job.Network.Open(note);
            (_rows, _work, names) = file is null ? OfPipeline()
                : file.Trees is { } trees ? OfTrees(trees)
                : OfNetwork(job.Network.Constant(file.Onnx!), note);
            var single = _work.Ports.Count == 1;
            (ResultName, ResultPort)[] results = [.. _work.Ports.Select(p => (new ResultName(p.Name, single ? null : p.Name), p))];
            foreach (var path in ResultFiles.Paths(job.Output, results.Select(r => r.Item1)))
                OutputFile.Check(path, job.Read);
            _sink = Opened(ResultFiles.Begin(job.Output, results, () => new TableSink(job.Output, _rows.CarriedNames,
                [.. _work.Ports.Select(p => TableColumns.Of(p,
                    names ?? (p.Width == 1 ? [p.Name] : ExplainedTensor.Places(p.Name, p.RowShape))))])));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The files that <see cref="Run"/> writes.</summary>
    public IReadOnlyList<string> Paths => _sink.Paths;

    /// <summary>Scores all rows.</summary>
    /// <param name="progress">Is told how far it is.</param>
    /// <param name="cancellation">Stops the run; nothing is written then.</param>
    /// <returns>The number of rows.</returns>
    public long Run(Action<JobProgress> progress, CancellationToken cancellation) =>
        new Job(_rows, _work).Run(_sink, progress, cancellation);

    public void Dispose()
    {
        while (_open.TryPop(out var resource))
            resource.Dispose();
    }

    private (RowSource, IBlockWork, IReadOnlyList<string>?) OfNetwork(OnnxModel model, Action<string> note)
    {
        var sources = Opened(Sources.Open(model, _job.Data, _job.Csv, null));
        var network = _job.Network.Load(model, sources.RowShapes(model, _job.Network.Options));
        sources.TakeWhole(model, network);
        var graph = NetworkOutputs.Compile(network, _outputs.Count + _layers.Count > 0 ? _outputs : null, _layers);
        var feeds = sources.Feeds(network, _job.Scales, () => network.DefaultInput.Name, note);
        return (sources.Rows, Opened(new GraphWork(graph, _job.Runtime, sources.Rows, feeds)), null);
    }

    private (RowSource, IBlockWork, IReadOnlyList<string>?) OfTrees(TreeEnsemble trees)
    {
        var data = OnlyFile("trees have one input");
        if (_outputs.Count > 0)
            throw new InvalidDataException("Trees have no outputs to choose from by name; leave them out.");
        var files = new NumberFiles(data, _job.Csv, _job.Scales is [var scale] ? scale.Path : null, null,
            trees.FeatureNames, allowsMissing: true);
        _open.Push(files);
        files.Fit(trees.FeatureCount);
        var rows = files.Named(trees.FeatureNames ?? files.Given.Items
            ?? [.. Enumerable.Range(0, trees.FeatureCount).Select(i => $"f{i}")]);
        // Where values are rounded to single precision anyway, rows may be scored in it, which is faster.
        var scorer = trees.ComparesSingles ? new TreeScorer(trees, !_raw) : null;
        BlockScores score = Score;
        if (scorer is not null)
            score = (block, scores, stop) => scorer.Score(block.SeenSingles, scores, stop);
        return (rows.Source, new ScoreWork(rows, RowsAtOnce, trees.OutputCount, score), trees.OutputNames);

        void Score(RowBlock block, Span<double> scores, CancellationToken cancellation)
        {
            for (var row = 0; row < block.Count; row++)
            {
                var own = scores.Slice(row * trees.OutputCount, trees.OutputCount);
                trees.Score(block.SeenRow(row), own);
                if (!_raw)
                    trees.Link.Apply(own);
            }
        }
    }

    private (RowSource, IBlockWork, IReadOnlyList<string>?) OfPipeline()
    {
        var data = OnlyFile("a pipeline reads its columns from one file");
        if (_job.Scales.Count > 0)
            throw new InvalidDataException("--scale is for networks and trees; a pipeline scales its columns itself.");
        if (_outputs.Count > 1)
            throw new InvalidDataException("One column of a pipeline is given at a time.");
        var model = PipelineModel.Load(_job.Network.Path);
        var output = _outputs is [var named] ? named
            : !_raw && model.Pipeline.GetOutputSchema(model.InputSchema).GetColumnOrNull(PipelineModel.Probability) is not null
                ? PipelineModel.Probability : null;
        var options = new PipelineScorerOptions { OutputColumn = output, Threads = _job.Runtime.Threads };
        var scorer = Opened(new PipelineScorer(model.Pipeline, model.InputSchema, options));
        var features = new RawColumns(scorer) { Schema = model.InputSchema, Columns = scorer.Columns.Select(c => c.Name).ToHashSet() };
        features.Keep();
        var rows = Opened(new PipelineRows(features, data, _job.Csv));
        BlockScores score = (block, scores, stop) => scorer.Score(block.SeenSingles, scores, stop);
        return (rows.Source, new ScoreWork(rows, RowsAtOnce, scorer.OutputNames.Count, score), scorer.OutputNames);
    }

    private string OnlyFile(string why) =>
        _layers.Count > 0 ? throw new InvalidDataException($"The model is no network, and has no layers: no '{_layers[0]}'.")
        : _job.Data is [{ Input: null, Path: var path }] && _job.Scales is ([] or [{ Input: null }]) ? path
        : throw new InvalidDataException($"One file is expected, --data FILE, as {why}.");

    private T Opened<T>(T resource) where T : IDisposable
    {
        _open.Push(resource);
        return resource;
    }
}
