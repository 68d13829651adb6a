using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Rows;
using Microsoft.ML.Introspection.Runtime;

namespace Microsoft.ML.Introspection.Jobs;

/// <summary>An output of a graph that is a result.</summary>
/// <param name="Output">The output.</param>
/// <param name="Name">What the result is called.</param>
/// <param name="IsNumber">Whether a row has one number, so that the axis of extent 1 that the graph gives it is left out.</param>
public sealed record GraphResult(string Output, string Name, bool IsNumber = false);

/// <summary>A graph that ONNX Runtime runs over rows, which are read straight into the memory that it computes from.</summary>
public sealed class GraphWork : IBlockWork
{
    private readonly ModelSession _session;
    private readonly BatchRunner _runner;
    private readonly IReadOnlyList<InputFeed> _feeds;
    private readonly MissingResults _missing = new();
    private readonly Action<string>? _log;

    /// <summary>Loads the graph and checks that the rows fit it.</summary>
    /// <param name="graph">The graph: every extent but the first of inputs and outputs is a number.</param>
    /// <param name="runtime">Where to run, and how many rows at once.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="feed">Where the numbers of an input come from.</param>
    /// <param name="results">The outputs that are results, in order; null for all under their own names.</param>
    /// <remarks>Results that are NaN stay so; the log of <paramref name="runtime"/> is told of them at the end, row and reason.</remarks>
    /// <exception cref="InvalidDataException">The rows do not fit.</exception>
    /// <exception cref="NotSupportedException">Numbers of an input's or output's type cannot be read or written; or an output has no
    /// rows.</exception>
    public GraphWork(OnnxModel graph, RuntimeOptions runtime, RowSource rows,
        Func<TensorInfo, InputRows> feed, IEnumerable<GraphResult>? results = null)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(runtime);
        (_session, _log) = (new ModelSession(graph, runtime), runtime.Log);
        try
        {
            _runner = new BatchRunner(_session, graph, runtime.BatchSize);
            var inputs = graph.Inputs.ToDictionary(i => i.Name);
            _feeds = [.. _session.InputNames.Select((name, index) => InputFeed.Of(rows, feed(inputs[name]), _runner, index, inputs[name]))];
            var outputs = graph.Outputs.Select((info, index) => (Info: info, Index: index)).ToDictionary(o => o.Info.Name);
            Ports = [.. (results ?? graph.Outputs.Select(o => new GraphResult(o.Name, o.Name))).Select(r => Port(r, outputs[r.Output]))];
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public int Capacity => _runner.Capacity;

    /// <inheritdoc/>
    public IReadOnlyList<ResultPort> Ports { get; }

    /// <inheritdoc/>
    public void Take(RowSource rows, int place)
    {
        foreach (var feed in _feeds)
            feed.Write(rows, place);
    }

    /// <inheritdoc/>
    public void Compute(long first, int rows, Action<double> progress, CancellationToken cancellation)
    {
        _runner.Run(rows, cancellation);
        _missing.Note(Ports, first, rows);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_missing.Message is { } message)
            _log?.Invoke(message);
        _missing.Clear();
        _runner?.Dispose();
        _session.Dispose();
    }

    private ResultPort Port(GraphResult result, (TensorInfo Info, int Index) output)
    {
        var shape = output.Info.Shape!;
        if (shape.Rank == 0 || shape[0].IsKnown && shape[0].Value != Capacity)
        {
            throw new NotSupportedException(
                $"The output '{output.Info.Name}' {shape} is the same for all rows; a file takes one value for each row.");
        }
        int[] row = result.IsNumber ? [] : [.. shape.Skip(1).Select(d => (int)d.Value)];
        return new ResultPort(result.Name, output.Info.Type, row, rows => _runner.OutputBytes(output.Index, rows));
    }
}
