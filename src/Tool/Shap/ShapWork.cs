using Microsoft.ML.Introspection.Explaining;
using Microsoft.ML.Introspection.Jobs;
using Microsoft.ML.Introspection.Tool.Shap.Page;

namespace Microsoft.ML.Introspection.Tool.Shap;

/// <summary>
/// Shapley values of rows: values, what they start from, scores, the explained outputs, and interactions where they are asked for.
/// </summary>
internal sealed class ShapWork : FeatureWork
{
    private readonly ShapJob _job;
    private readonly Explainer _explainer;
    private readonly ShapPage? _page;
    private readonly Explanations _result;
    private readonly long[] _outputs;

    /// <summary>Makes room for values.</summary>
    /// <param name="job">What is asked for.</param>
    /// <param name="model">The model and the rows.</param>
    /// <param name="page">Keeps some rows; null for none.</param>
    /// <exception cref="ArgumentException">A row has more values than memory can hold, or has no interactions.</exception>
    public ShapWork(ShapJob job, ShapModel model, ShapPage? page) : base(model.Rows, model.Explainer.RowsAtOnce(job.Interactions))
    {
        var (explainer, slots) = (model.Explainer, model.Explainer.Slots);
        (_job, _explainer, _page) = (job, explainer, page);
        (_result, _outputs) = (explainer.Room(Capacity, job.Interactions), new long[Capacity * slots]);
        int[] outputs = slots > 1 ? [slots] : [];
        var players = explainer.Players.Count;
        Values =
            ResultPort.Of<double>("values", [.. outputs, .. explainer.PlayerShape], rows => _result.Values[..(rows * slots * players)]);
        Bases = ResultPort.Of<double>("base", outputs, rows => _result.BaseValues[..(rows * slots)]);
        Scores = ResultPort.Of<double>("score", outputs, rows => _result.Scores[..(rows * slots)]);
        Outputs = ResultPort.Of<long>("target", outputs, rows => _outputs.AsMemory(0, rows * slots));
        Interactions = !job.Interactions ? null
            : ResultPort.Of<double>("interactions", [.. outputs, players, players],
                rows => _result.Interactions[..(rows * slots * players * players)]);
        Slots = slots;
    }

    public override IReadOnlyList<ResultPort> Ports =>
        [.. Scoring?.Ports ?? [], Values, .. Interactions is null ? (ResultPort[])[] : [Interactions], Bases, Scores, Outputs];

    /// <summary>
    /// The values, [N, players…]; with an axis of outputs behind N where several are explained, as all the others have then.
    /// </summary>
    public ResultPort Values { get; }

    /// <summary>The values of pairs, [N, players, players]; null where they are not asked for.</summary>
    public ResultPort? Interactions { get; }

    /// <summary>What values start from, [N].</summary>
    public ResultPort Bases { get; }

    /// <summary>What the model says, [N].</summary>
    public ResultPort Scores { get; }

    /// <summary>The explained outputs, [N].</summary>
    public ResultPort Outputs { get; }

    /// <summary>How many outputs are explained of each row.</summary>
    public int Slots { get; }

    /// <summary>Local accuracy: the largest difference between base value and values of a row, and its score; and that row.</summary>
    public (double Gap, long Row) Largest { get; private set; }

    /// <summary>What an output of a row of the block is called.</summary>
    public string OutputOf(int row, int slot) => _explainer.Outputs.Name((int)_outputs[row * Slots + slot], _explainer.OutputName);

    protected override void Compute(Action<double> progress, CancellationToken cancellation)
    {
        for (var row = 0; _explainer.Outputs.LabelColumn is { } column && row < Block.Count; row++)
            if (_explainer.Outputs.Fault(Block.Classes[row], _explainer.OutputCount) is { } fault)
                throw new InvalidDataException($"Row {Block.First + row}, column '{column}': {fault}");
        try
        {
            _explainer.Explain(Block.Seen, _result, Block.Classes.AsSpan(0, Block.Count), progress: progress, cancellation: cancellation);
            if (_result.HasInteractions)
                _explainer.ExplainPairs(Block.Seen, _result, cancellation);
        }
        catch (Exception e) when (Block.First > 0 && e is InvalidOperationException or ArgumentException)
        {
            // Explainers count from the first row that they are given.
            throw new InvalidDataException($"Of '{_job.Data}', counted from row {Block.First} on: {Failure.Message(e)}", e);
        }
        for (var i = 0; i < _result.Scores.Length; i++)
        {
            _outputs[i] = _result.Outputs[i];
            var sum = _result.BaseValues[i];
            foreach (var value in _result.Values.Slice(i * _result.Players, _result.Players))
                sum += value;
            if (Math.Abs(sum - _result.Scores[i]) is var gap && !double.IsNaN(Largest.Gap) && !(gap <= Largest.Gap))
                Largest = (gap, Block.First + i / Slots);
        }
        _page?.Add(Block, _result);
    }
}
