using Microsoft.ML.Introspection.Rows;
using Microsoft.ML.Introspection.Tool.Data;

namespace Microsoft.ML.Introspection.Tool.Monitoring;

/// <summary>Reasons of rows, as a job wrote them: the first tensor; behind it predictions, scores and bases.</summary>
internal abstract class ReasonRows : RowSource
{
    private readonly ReasonRequest _request;
    private readonly GroupFile? _groups;
    private string? _target;
    private long _next;

    protected ReasonRows(string path, ReasonRequest request)
    {
        (Name, _request) = (path, request);
        _groups = request is { Data: { } data, GroupColumn: { } column } ? new GroupFile(data, column) : null;
    }

    public override string Name { get; }

    public override IReadOnlyList<string> CarriedNames => _request.GroupColumn is { } column ? [column] : [];

    /// <summary>Two outputs that rows explain, where there are several; null where there is one.</summary>
    public (string One, string Another)? Targets { get; private set; }

    /// <summary>Opens a file.</summary>
    public static ReasonRows Open(string path, ReasonRequest request) =>
        DataFiles.IsTable(path) ? new ReasonCells(path, request) : new ReasonArrays(path, request);

    public override string[] Carried() => _request.GroupColumn is null ? [] : [_groups?.At(Number ?? _next - 1, Place) ?? Group];

    public override void Dispose()
    {
        _groups?.Dispose();
        Close();
    }

    /// <summary>The output that the current row explains; null where nothing tells.</summary>
    protected abstract string? Target { get; }

    /// <summary>The number of the current row in the data; null where nothing tells.</summary>
    protected abstract long? Number { get; }

    /// <summary>The group of the current row, where the file itself tells.</summary>
    protected abstract string Group { get; }

    /// <summary>Goes to the next row of the file.</summary>
    protected abstract bool Next();

    protected abstract void Close();

    protected sealed override long Advance(long rows)
    {
        for (var gone = 0L; gone < rows; gone++)
            do
            {
                if (!Next())
                    return gone;
                _next++;
            }
            while (!IsAskedFor());
        return rows;
    }

    private bool IsAskedFor()
    {
        if (_request.Target is null && Targets is not null)
            return true;
        var target = Target;
        if (_request.Target is { } asked)
            return target is not null ? target == asked : throw new InvalidDataException(
                $"'{Name}' does not tell which output a row explains; --target was given.");
        if (target is not null && (_target ??= target) != target)
            Targets = (_target, target);
        return true;
    }
}
