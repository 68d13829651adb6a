using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Estimators.Columns;
using Microsoft.ML.Introspection.Estimators.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;

namespace Microsoft.ML.Introspection.Estimators.Scoring;

/// <summary>
/// Runs the explanation graph. A row that no network can take fails by itself, when its result is asked for; the others of its
/// batch do not suffer.
/// </summary>
internal sealed class GraphScorer : RowScorer
{
    private readonly ExplanationColumns _columns;
    private readonly SharedSession _session;
    private readonly MlHost _host;
    private readonly CancellationToken _cancellation;
    private readonly BatchRunner _runner;
    private readonly IReadOnlyList<string> _inputOrder;
    private readonly Dictionary<int, string> _faults = [];
    private InputReader[] _inputs = [];
    private bool _told;

    /// <summary>Makes the buffers for so many rows.</summary>
    public GraphScorer(ExplanationColumns columns, SharedSession session, int rows, MlHost host, CancellationToken cancellation)
    {
        (_columns, _session, _host, _cancellation) = (columns, session, host, cancellation);
        var opened = session.Acquire();
        try
        {
            _inputOrder = opened.InputNames;
            _runner = new BatchRunner(opened, columns.Model, columns.SingleRows ? 1 : rows);
        }
        catch
        {
            session.Release();
            throw;
        }
    }

    public override int Capacity => _runner.Capacity;

    public override void Bind(DataViewRow source, Func<string, ColumnBuffer?> kept) => _inputs = [.. _inputOrder.Select((name, i) =>
        InputReader.Of(source, _columns.Inputs.First(c => c.Name == name), new RunnerMemory(_runner), i, kept(name)))];

    protected override void Clear()
    {
        if (_faults.Count > 0)
            _faults.Clear();
    }

    protected override void Read(int row)
    {
        foreach (var input in _inputs)
            input.Read(row);
    }

    protected override ReadOnlySpan<T> Result<T>(int output, int row) => _runner.OutputRow<T>(output, row);

    protected override string? Fault(int row) => _faults.Count > 0 ? _faults.GetValueOrDefault(row) : null;

    protected override void Release()
    {
        _runner.Dispose();
        _session.Release();
    }

    protected override void Score(int rows)
    {
        if (_columns.Inputs.Any(c => c.NetworkInput is null))
            foreach (var input in _inputs)
                for (var row = 0; row < rows; row++)
                    if (input.Fault(row, _columns.Classes) is { } fault)
                        Exclude(input, row, fault);
        foreach (var (place, row, element) in _runner.NotANumbers(rows).ToList())
        {
            var input = _inputs[place];
            var slot = input.SlotNames() is { } names ? $"slot {element} ('{names[element]}')" : $"slot {element}";
            Exclude(input, row, $"has NaN in column '{input.Column.Name}' at {slot}, and networks have no answer to that. " +
                "Replace missing values first (ReplaceMissingValues), or leave such rows out (FilterRowsByMissingValues).");
        }
        _host.Run(_cancellation, cancellation => _runner.Run(rows, cancellation));
        foreach (var output in _columns.Explained)
            if (_columns.Model.Outputs[output] is var info && info.Type.IsFloating())
                Tell(info.Name, output, rows);
    }

    // A row without an explanation fails by itself, unless somebody is told of it.
    private void Tell(string name, int output, int rows)
    {
        foreach (var (row, at) in _runner.OutputNotANumbers(output, rows))
        {
            if (_faults.ContainsKey(row))
                continue;
            var fault = FormattableString.Invariant($"has NaN at slot {at} of the column '{name}': ")
                + NotANumberException.Reason(_runner.OutputSize(output) == 1);
            if (_session.Log is not { } log)
                _faults[row] = fault + " To let such rows pass, give RuntimeOptions.Log, which is then told of them.";
            else if (!_told)
                log($"A row {fault} Further rows are not told of.");
            _told = true;
        }
    }

    private void Exclude(InputReader input, int row, string fault)
    {
        _faults.TryAdd(row, fault);
        input.Clear(row);
    }
}
