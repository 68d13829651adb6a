using Microsoft.ML.Introspection.Importers;
using Microsoft.ML.Introspection.Jobs;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Rows;
using Microsoft.ML.Introspection.Tool.Explaining;
using Microsoft.ML.Introspection.Tool.Results;
using Microsoft.ML.Introspection.Tool.Running;
using Microsoft.ML.Introspection.Tool.Shap;

namespace Microsoft.ML.Introspection.Tool.Scoring;

/// <summary>A model of whatever kind with its rows, ready to give predictions and reasons in one pass.</summary>
internal sealed class ScoreModel : IDisposable
{
    private readonly Stack<IDisposable> _open = new();
    private readonly List<(string Name, ResultPort Port, IReadOnlyList<string> Columns)> _predictions = [];
    private readonly List<ScoredExplanation> _explanations = [];

    private ScoreModel()
    {
    }

    /// <summary>The rows.</summary>
    public RowSource Rows { get; private set; } = null!;

    /// <summary>What gives predictions and reasons.</summary>
    public IBlockWork Work { get; private set; } = null!;

    /// <summary>What the model says: the names of the result and of its numbers.</summary>
    public IReadOnlyList<(string Name, ResultPort Port, IReadOnlyList<string> Columns)> Predictions => _predictions;

    /// <summary>How far its prediction may be believed; null where that is not asked.</summary>
    public CalibratedWork? Calibrated { get; private set; }

    /// <summary>What methods say of it.</summary>
    public IReadOnlyList<ScoredExplanation> Explanations => _explanations;

    /// <summary>Reads the model, opens the rows, prepares the methods: what can fail before the first row fails here.</summary>
    /// <param name="job">What is asked for.</param>
    /// <param name="note">Is told in a line what the user should know.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <exception cref="InvalidDataException">Model, rows and methods do not fit each other.</exception>
    public static ScoreModel Open(ScoreJob job, Action<string> note, CancellationToken cancellation)
    {
        var model = new ScoreModel();
        try
        {
            var file = ModelFile.KindOf(job.Rows.Network.Path) == ModelKind.Pipeline ? null : job.Rows.Network.Open(note);
            if (job.Methods.Count > 0 && file?.Onnx is null)
                throw new InvalidDataException($"The method {job.Methods[0].Name} is for networks; '{job.Rows.Network.Path}' is "
                    + $"{(file is null ? "a pipeline of ML.NET" : "made of trees")}: --explain shap.");
            if (file?.Trees is { } trees && job is { Shap: not null, Methods: [] })
                model.OfTrees(job, file, trees, note, cancellation);
            else
                model.OfOthers(job, file, note, cancellation);
            if (job.Calibration is { } request)
                model.Calibrate(job, request, file is not null, note, cancellation);
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        while (_open.TryPop(out var resource))
            resource.Dispose();
    }

    // Rows are read once for predictions and values.
    private void OfTrees(ScoreJob job, ModelFile file, TreeEnsemble trees, Action<string> note, CancellationToken cancellation)
    {
        var shap = Opened(ShapModel.Open(job.AsShap, note, cancellation, file));
        var scores = new ScoreWork(shap.Rows, shap.Explainer.RowsAtOnce(), trees.OutputCount,
            PlainModel.ScoresOf(trees, raw: false, job.Rows.Runtime));
        var work = new ShapWork(job.AsShap, shap, null) { Scoring = scores };
        (Rows, Work) = (shap.Rows.Source, work);
        Predicted(scores.Ports, trees.OutputNames);
        Explained(job, shap, work);
    }

    // A network is read by its inputs, and by features where there are Shapley values, too; both go from row to row together.
    private void OfOthers(ScoreJob job, ModelFile? file, Action<string> note, CancellationToken cancellation)
    {
        var plain = Opened(PlainModel.Open(Predicting(job).Rows, Asked(job, file is not null), note));
        Predicted(plain.Work.Ports, plain.Names);
        var (sources, works) = (new List<RowSource> { plain.Rows }, new List<IBlockWork> { plain.Work });
        if (job.Methods.Count > 0)
        {
            var (_, work, answers) = ExplainedNetwork.Open(job.Rows, job.Rows.Network.Constant(file!.Onnx!), job.Methods,
                plain.Sources ?? throw new InvalidDataException(
                    $"'{job.Rows.Network.Path}' is made of trees, which have no gradients: --explain shap."), withBase: true, note);
            works.Add(Opened(work));
            foreach (var answer in answers.Methods)
                _explanations.Add(new(answer.Name, TableColumns.Of(answers.Target, "target"), answers.Target, answers.Score,
                    answer.Bases.FirstOrDefault(),
                    [.. answer.Parts.Select(p => (p.Port, p.Names))]));
        }
        if (job.Shap is not null)
        {
            var shap = Opened(ShapModel.Open(job.AsShap, note, cancellation, file));
            var work = new ShapWork(job.AsShap, shap, null);
            sources.Add(shap.Rows.Source);
            works.Add(work);
            Explained(job, shap, work);
        }
        Rows = sources.Count == 1 ? plain.Rows : new JoinedRows(sources);
        Work = works.Count == 1 ? plain.Work : new JoinedWork(works);
    }

    private void Calibrate(ScoreJob job, CalibrationRequest request, bool isFile, Action<string> note, CancellationToken cancellation)
    {
        var rows = CalibrationRows.Of(Predicting(job), request, Asked(job, isFile), note, cancellation);
        Work = Calibrated = CalibratedWork.Of(Work, _predictions[0].Port, request, rows, note);
    }

    private static ScoreJob Predicting(ScoreJob job) => job with
    {
        Rows = job.Rows with { Network = job.Rows.Network with { Options = job.Rows.Network.Options with { KeepFinalActivation = true } } },
    };

    // Predictions are those of the output that is explained.
    private static PlainRequest Asked(ScoreJob job, bool isFile) =>
        new(isFile && (job.Shap?.Output ?? job.Methods.FirstOrDefault()?.Options.Output) is { } output ? [output] : [], [], Raw: false);

    private void Predicted(IReadOnlyList<ResultPort> ports, IReadOnlyList<string>? names)
    {
        foreach (var port in ports)
        {
            var name = ports.Count == 1 ? "prediction" : $"prediction.{port.Name}";
            _predictions.Add((name, port, port.Width == 1 ? [name]
                : names is not null ? [.. names.Select(n => $"{name}.{n}")] : ExplainedTensor.Places(name, port.RowShape)));
        }
    }

    private void Explained(ScoreJob job, ShapModel model, ShapWork work)
    {
        if (work.Slots > 1)
            throw new InvalidDataException($"The model has {work.Slots} outputs, and reasons are given for one of each row: --target "
                + "argmax, a number or a name. All of them are for 'introspect shap'.");
        _explanations.Add(new("shap", new(["target"], (row, _, cell) => cell(work.OutputOf(row, 0))), work.Outputs, work.Scores,
            work.Bases,
            [(work.Values, model.Explainer.PlayerNames)]));
    }

    private T Opened<T>(T resource) where T : IDisposable
    {
        _open.Push(resource);
        return resource;
    }
}
