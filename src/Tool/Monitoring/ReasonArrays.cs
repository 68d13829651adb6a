using System.Globalization;
using Microsoft.ML.Introspection.Rows;
using Microsoft.ML.Introspection.Tool.Data;
using Microsoft.ML.Introspection.Tool.Results;

namespace Microsoft.ML.Introspection.Tool.Monitoring;

/// <summary>Reasons in arrays: <c>values</c> of an archive, with what stands beside them; or one array of reasons alone.</summary>
internal sealed class ReasonArrays : ReasonRows
{
    private const string Values = "values";

    private readonly ArrayRows _rows;
    private readonly int[] _places;
    private readonly int? _target, _number;
    private readonly double[] _one = new double[1];

    public ReasonArrays(string path, ReasonRequest request) : base(path, request)
    {
        if (request.Columns.Count > 0)
            throw new UsageException($"--columns is for tables; '{path}' holds arrays.");
        if (request is { GroupColumn: { } column, Data: null })
            throw new UsageException($"'{path}' holds arrays, and no column '{column}'; name the rows that were explained: --data FILE.");
        var prefix = request.Prefix(".");
        _rows = DataFiles.Kind(path) == DataKind.Npy ? ArrayRows.OpenNpy(path, allowsMissing: true)
            : ArrayRows.OpenNpz(path, allowsMissing: true, names => Chosen(path, names, prefix, request));
        try
        {
            // Scores and bases of several outputs are as wide as there are outputs.
            _places = [.. Enumerable.Range(0, _rows.Tensors.Count).Where(i => i == 0 || !IsOwn(_rows.Tensors[i].Name, prefix))];
            _target = Find(prefix + "target");
            _number = Find("row");
            Tensors = [.. _places.Select((place, i) => _rows.Tensors[place] is var tensor && i == 0
                ? tensor with { Name = "reasons", Items = ExplainedTensor.Places("feature", tensor.RowShape) }
                : tensor with { Items = ExplainedTensor.Places(tensor.Name, tensor.RowShape) })];
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public override IReadOnlyList<RowTensor> Tensors { get; } = [];

    public override double Progress => _rows.Progress;

    protected override string? Target => One(_target) is { } target ? target.ToString(CultureInfo.InvariantCulture) : null;

    protected override long? Number => (long?)One(_number);

    protected override string Group => "";

    public override void Read<T>(int tensor, Span<T> row) => _rows.Read(_places[tensor], row);

    protected override bool Next() => _rows.MoveNext();

    protected override void Close() => _rows?.Dispose();

    private static bool IsOwn(string name, string prefix) => name == prefix + "target" || name == "row";

    private static IEnumerable<string> Chosen(string path, IReadOnlyList<string> names, string prefix, ReasonRequest request)
    {
        if (!names.Contains(prefix + Values))
            throw names.Contains($"{prefix}{Values}1")
                ? new InvalidDataException(
                    $"'{path}' holds reasons of several inputs ('{prefix}{Values}1', …); one was expected. Write a table.")
                : ReasonColumns.NoReasons(path, names, request);
        string[] beside = [prefix + "score", prefix + "base", prefix + "target", "row"];
        return [prefix + Values, .. names.Where(ReasonColumns.IsPrediction), .. beside.Where(names.Contains)];
    }

    private int? Find(string name) => Enumerable.Range(1, _rows.Tensors.Count - 1)
        .Where(i => _rows.Tensors[i] is { Width: 1 } tensor && tensor.Name == name).Cast<int?>().FirstOrDefault();

    private double? One(int? tensor)
    {
        if (tensor is not { } place)
            return null;
        _rows.Read(place, _one.AsSpan());
        return _one[0];
    }
}
