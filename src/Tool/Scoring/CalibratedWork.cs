using System.Globalization;
using System.Text;
using Microsoft.ML.Introspection.Jobs;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Rows;
using Microsoft.ML.Introspection.Tool.Pages;
using Microsoft.ML.Introspection.Tool.Results;
using Microsoft.ML.Introspection.Tool.Running;
using Microsoft.ML.Introspection.Uncertainty;

namespace Microsoft.ML.Introspection.Tool.Scoring;

/// <summary>A work whose predictions are told how far they may be believed.</summary>
/// <param name="work">The work; disposed of with this.</param>
/// <param name="prediction">The prediction.</param>
internal abstract class CalibratedWork(IBlockWork work, ResultPort prediction) : IBlockWork
{
    public int Capacity => work.Capacity;

    public IReadOnlyList<ResultPort> Ports => field ??= [.. work.Ports, Added];

    /// <summary>What is told of each prediction.</summary>
    public abstract ResultPort Added { get; }

    /// <summary>Adds what calibration rows tell of predictions.</summary>
    /// <param name="work">The work.</param>
    /// <param name="prediction">Its prediction.</param>
    /// <param name="request">What is asked for.</param>
    /// <param name="rows">What the model says of rows whose truth is known.</param>
    /// <param name="note">Is told in a line what the user should know.</param>
    /// <exception cref="InvalidDataException">A truth does not fit the predictions.</exception>
    public static CalibratedWork Of(IBlockWork work, ResultPort prediction, CalibrationRequest request, CalibrationRows rows,
        Action<string> note) => rows.Tells switch
        {
            PlainKind.Numbers when rows.Width == 1 => new IntervalWork(work, prediction, request, rows, note),
            PlainKind.Chance or PlainKind.Classes => new SetWork(work, prediction, request, rows, note),
            PlainKind.Labels => throw new InvalidDataException(
                $"The model tells {rows.Width} labels, each by itself; sets are of classes that exclude each other."),
            _ => throw new InvalidDataException($"The model predicts {rows.Width} numbers; intervals are of one."),
        };

    public void Take(RowSource rows, int place) => work.Take(rows, place);

    public void Compute(long first, int rows, Action<double> progress, CancellationToken cancellation)
    {
        work.Compute(first, rows, progress, cancellation);
        for (var row = 0; row < rows; row++)
            Tell(row, PortNumbers.Of(prediction, row));
    }

    public void Dispose() => work.Dispose();

    /// <summary>The columns of a table.</summary>
    /// <param name="added">The port of the rows that are written.</param>
    public abstract IEnumerable<TableColumns> Columns(ResultPort added);

    /// <summary>What share of new rows is promised, of a hundred.</summary>
    protected static string Promise(CalibrationRequest request) =>
        (100 * (1 - request.Alpha)).ToString("G6", CultureInfo.InvariantCulture);

    /// <summary>Tells of a row's prediction; what is NaN has been noticed, and is passed on.</summary>
    protected abstract void Tell(int row, double[] numbers);
}

/// <summary>Intervals around numbers.</summary>
internal sealed class IntervalWork : CalibratedWork
{
    private readonly ConformalIntervals _intervals;
    private readonly double[] _ends;

    public IntervalWork(IBlockWork work, ResultPort prediction, CalibrationRequest request, CalibrationRows rows, Action<string> note)
        : base(work, prediction)
    {
        var truths = new double[rows.Count];
        for (var row = 0; row < truths.Length; row++)
            if (!double.TryParse(rows.Truths[row], NumberStyles.Float, CultureInfo.InvariantCulture, out truths[row])
                || !double.IsFinite(truths[row]))
                throw rows.Wrong(request, row, "a number");
        _intervals = ConformalIntervals.Calibrate([.. rows.Predictions.Select(Band.Around)], truths, request.Alpha);
        _ends = new double[2 * work.Capacity];
        Added = ResultPort.Of<double>("interval", [2], count => _ends.AsMemory(0, 2 * count));
        var reach = _intervals.Of(Band.Around(0)).Upper;
        note(double.IsInfinity(reach)
            ? FormattableString.Invariant($"{rows.Count} rows are too few to promise {Promise(request)} %: intervals have no ends.")
            : FormattableString.Invariant(
                $"calibrated on {rows.Count:N0} rows: predictions ± {reach:G4} hold the truth of {Promise(request)} % of new rows."));
    }

    public override ResultPort Added { get; }

    public override IEnumerable<TableColumns> Columns(ResultPort added) => [TableColumns.Of(added, "lower", "upper")];

    protected override void Tell(int row, double[] numbers) => (_ends[2 * row], _ends[2 * row + 1]) =
        double.IsNaN(numbers[0]) ? (double.NaN, double.NaN) : _intervals.Of(Band.Around(numbers[0]));
}

/// <summary>Sets of classes.</summary>
internal sealed class SetWork : CalibratedWork
{
    // Rounded to single precision, shares of many classes add up to nearly one.
    private const double NearOne = 1e-3;

    private readonly ConformalSets _sets;
    private readonly bool _isOfSecond, _areLogits;
    private readonly string[] _names;
    private readonly byte[] _classes;

    public SetWork(IBlockWork work, ResultPort prediction, CalibrationRequest request, CalibrationRows rows, Action<string> note)
        : base(work, prediction)
    {
        _isOfSecond = rows.Tells == PlainKind.Chance;
        var count = _isOfSecond ? 2 : rows.Width;
        _names = !_isOfSecond && rows.Names is { } own ? [.. own]
            : [.. Enumerable.Range(0, count).Select(k => k.ToString(CultureInfo.InvariantCulture))];
        _areLogits = !_isOfSecond && !rows.Predictions.Chunk(rows.Width).All(AreShares);
        _sets = ConformalSets.Calibrate(new LeastAmbiguous(), [.. rows.Predictions.Chunk(rows.Width).SelectMany(Probabilities)],
            [.. Enumerable.Range(0, rows.Count).Select(row => ClassOf(rows, row) ?? throw rows.Wrong(request, row, Expected()))],
            request.Alpha);
        _classes = new byte[checked(work.Capacity * count)];
        Added = ResultPort.Of<byte>("set", [count], rowCount => _classes.AsMemory(0, count * rowCount));
        if (double.IsInfinity(_sets.Thresholds[0]))
            note(FormattableString.Invariant($"{rows.Count} rows are too few to promise {Promise(request)} %: sets hold every class."));
        else
            note(FormattableString.Invariant($"calibrated on {rows.Count:N0} rows: the classes of {1 - _sets.Thresholds[0]:P1} and more ")
                + FormattableString.Invariant($"hold the true one of {Promise(request)} % of new rows."));
        if (_areLogits)
            note("the model's scores are no probabilities; for sets they are taken for logits (softmax).");
    }

    public override ResultPort Added { get; }

    public override IEnumerable<TableColumns> Columns(ResultPort added)
    {
        var names = Array.ConvertAll(_names, Marked);
        var text = new StringBuilder();
        return
        [
            new(["set"], (row, _, cell) => cell(Joined(added.Row<byte>(row)))),
            new(["set.size"], (row, _, cell) => cell(added.Row<byte>(row).Count((byte)1).ToString(CultureInfo.InvariantCulture)),
                CellKind.Whole),
        ];

        string Joined(ReadOnlySpan<byte> set)
        {
            text.Clear();
            for (var k = 0; k < set.Length; k++)
                if (set[k] != 0)
                    text.Append(text.Length > 0 ? "|" : "").Append(names[k]);
            return text.ToString();
        }
    }

    /// <summary>The name of a class as it stands in a set: what would be read for the mark between two has a backslash before it.</summary>
    internal static string Marked(string name) =>
        name.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("|", @"\|", StringComparison.Ordinal);

    protected override void Tell(int row, double[] numbers)
    {
        var set = Array.Exists(numbers, double.IsNaN) ? new bool[_names.Length] : _sets.Of(Probabilities(numbers));
        for (var k = 0; k < set.Length; k++)
            _classes[row * set.Length + k] = (byte)(set[k] ? 1 : 0);
    }

    private double[] Probabilities(double[] numbers)
    {
        if (_isOfSecond)
            return [1 - numbers[0], numbers[0]];
        if (_areLogits)
            ScoreLink.Softmax.Apply(numbers);
        return numbers;
    }

    private static bool AreShares(double[] numbers) =>
        Array.TrueForAll(numbers, n => n >= 0) && Math.Abs(numbers.Sum() - 1) < NearOne;

    private string Expected() => _isOfSecond ? "0 or 1, true or false"
        : $"one of the {_names.Length} classes {string.Join(", ", _names.Take(8))}{(_names.Length > 8 ? ", …" : "")}";

    // By its name; where classes are numbers, 3.0 is 3.
    private int? ClassOf(CalibrationRows rows, int row)
    {
        var text = rows.Truths[row].Trim();
        if (_isOfSecond && bool.TryParse(text, out var isTrue))
            return isTrue ? 1 : 0;
        return Array.IndexOf(_names, text) is >= 0 and var at ? at
            : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
                && Array.IndexOf(_names, number.ToString(CultureInfo.InvariantCulture)) is >= 0 and var numbered ? numbered : null;
    }
}
