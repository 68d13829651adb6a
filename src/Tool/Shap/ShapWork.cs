using Microsoft.ML.Introspection.Jobs;
using Microsoft.ML.Introspection.Tool.Shap.Page;

namespace Microsoft.ML.Introspection.Tool.Shap;

/// <summary>
/// Shapley values of rows: values, what they start from, scores, the explained outputs, and interactions where they are asked for.
/// </summary>
internal sealed class ShapWork : FeatureWork
{
    // What a block's values and interactions may take.
    private const int BlockBytes = 1 << 26;

    private readonly ShapJob _job;
    private readonly ShapModel _model;
    private readonly ShapPage? _page;
    private readonly ShapResult _result;
    private readonly long[] _outputs;

    /// <summary>Makes room for values.</summary>
    /// <param name="job">What is asked for.</param>
    /// <param name="model">The model and the rows.</param>
    /// <param name="page">Keeps some rows; null for none.</param>
    /// <exception cref="InvalidDataException">A row has more values than memory can hold, or has no interactions.</exception>
    public ShapWork(ShapJob job, ShapModel model, ShapPage? page) : base(model.Rows, RowsAtOnce(job, model))
    {
        var (explainer, slots) = (model.Explainer, job.Request.Target.Slots(model.Explainer.OutputCount));
        (_job, _model, _page) = (job, model, page);
        (_result, _outputs) = (new ShapResult(Capacity, slots, explainer.Players.Count, job.Interactions), new long[Capacity * slots]);
        int[] outputs = slots > 1 ? [slots] : [];
        var players = explainer.Players.Count;
        Values = ResultPort.Of<double>("values", [.. outputs, .. explainer.PlayerShape],
            rows => _result.Values.AsMemory(0, rows * slots * players));
        Bases = ResultPort.Of<double>("base", outputs, rows => _result.Bases.AsMemory(0, rows * slots));
        Scores = ResultPort.Of<double>("score", outputs, rows => _result.Scores.AsMemory(0, rows * slots));
        Outputs = ResultPort.Of<long>("target", outputs, rows => _outputs.AsMemory(0, rows * slots));
        Interactions = !job.Interactions ? null
            : ResultPort.Of<double>("interactions", [.. outputs, players, players],
                rows => _result.Interactions.AsMemory(0, rows * slots * players * players));
        Slots = slots;
    }

    public override IReadOnlyList<ResultPort> Ports =>
        [Values, .. Interactions is null ? (ResultPort[])[] : [Interactions], Bases, Scores, Outputs];

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
    public string OutputOf(int row, int slot) => _job.Request.Target.Name((int)_outputs[row * Slots + slot], _model.Explainer.OutputName);

    protected override void Compute(Action<double> progress, CancellationToken cancellation)
    {
        try
        {
            _model.Explainer.Explain(Block, _job.Request.Target, _result, progress, cancellation);
        }
        catch (Exception e) when (Block.First > 0 && e is InvalidOperationException or ArgumentException)
        {
            // Explainers count from the first row that they are given.
            throw new InvalidDataException($"Of '{_job.Data}', counted from row {Block.First} on: {Failure.Message(e)}", e);
        }
        for (var i = 0; i < Block.Count * Slots; i++)
        {
            _outputs[i] = _result.Outputs[i];
            var sum = _result.Bases[i];
            foreach (var value in _result.Values.AsSpan(i * _result.Players, _result.Players))
                sum += value;
            if (Math.Abs(sum - _result.Scores[i]) is var gap && !(gap <= Largest.Gap))
                Largest = (gap, Block.First + i / Slots);
        }
        _page?.Add(Block, _result);
    }

    private static int RowsAtOnce(ShapJob job, ShapModel model)
    {
        var (explainer, target) = (model.Explainer, job.Request.Target);
        if (job.Interactions && !explainer.HasInteractions)
        {
            throw new InvalidDataException(
                $"There are interaction values of trees, path-dependent, and of nothing else; this would be {explainer.Description}. " +
                    $"Leave --interactions out.");
        }
        var (players, slots) = (explainer.Players.Count, target.Slots(explainer.OutputCount));
        var numbers = (long)Math.Max(slots, target.Needed(explainer.OutputCount).Count) * players * (job.Interactions ? players + 1 : 1)
            + model.Rows.Features.Count;
        if (numbers > Array.MaxLength / sizeof(double))
        {
            throw new InvalidDataException(
                $"A row of {slots} outputs × {players} features has too many {(job.Interactions ? "interaction " : "")}values. Choose " +
                    $"outputs with --target, or put features into groups.");
        }
        return (int)Math.Clamp(BlockBytes / (sizeof(double) * numbers), 1, explainer.RowsAtOnce);
    }
}
