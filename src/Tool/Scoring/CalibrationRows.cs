using System.Globalization;
using Microsoft.ML.Introspection.Jobs;
using Microsoft.ML.Introspection.Tool.Data;
using Microsoft.ML.Introspection.Tool.Evaluating;
using Microsoft.ML.Introspection.Tool.Running;

namespace Microsoft.ML.Introspection.Tool.Scoring;

/// <summary>What a model says of rows whose truth is known.</summary>
/// <param name="Predictions">Its predictions, row by row.</param>
/// <param name="Width">How many numbers each is.</param>
/// <param name="Tells">What they are.</param>
/// <param name="Names">What the classes are called; null where by their numbers.</param>
/// <param name="Truths">What is true of each row, as it stands in the file.</param>
internal sealed record CalibrationRows(
    double[] Predictions, int Width, PlainKind Tells, IReadOnlyList<string>? Names, IReadOnlyList<string> Truths)
{
    /// <summary>How many rows there are.</summary>
    public int Count => Truths.Count;

    /// <summary>Scores the rows.</summary>
    /// <param name="job">The job whose predictions are meant.</param>
    /// <param name="request">The rows.</param>
    /// <param name="plain">What is asked of the model.</param>
    /// <param name="note">Is told in a line what the user should know.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <exception cref="InvalidDataException">There are no rows, or several predictions of each.</exception>
    public static CalibrationRows Of(ScoreJob job, CalibrationRequest request, PlainRequest plain, Action<string> note,
        CancellationToken cancellation)
    {
        var csv = request.HasTruthFile ? job.Rows.Csv.WithoutColumns
            : job.Rows.Csv with { LabelColumn = request.Truth, IdColumns = [] };
        using var model = PlainModel.Open(job.Rows with { Data = request.Data, Csv = csv with { PassesFaults = false } }, plain, note);
        if (model.Work.Ports is not [var prediction])
            throw new InvalidDataException($"The model has {model.Work.Ports.Count} outputs "
                + $"({string.Join(", ", model.Work.Ports.Select(p => p.Name))}); for --calibration name one: --output-tensor.");
        using var seen = new CollectedNumbers(prediction);
        using var carried = new CarriedTexts();
        using var both = new JoinedSinks([seen, carried]);
        new Job(model.Rows, model.Work).Run(both, _ => { }, cancellation);
        if (seen.Rows == 0)
            throw new InvalidDataException($"'{request.Data[0].Path}' holds no rows to calibrate on.");
        string[] truths = request.HasTruthFile
            ? Array.ConvertAll(LabelFile.Read(request.Truth, seen.Rows, note), t => t.ToString(CultureInfo.InvariantCulture))
            : [.. carried.Rows.Select(row => row[^1])];
        return new([.. seen[0]], prediction.Width, model.Tells, model.Names, truths);
    }

    /// <summary>What to say of a truth that is none.</summary>
    public InvalidDataException Wrong(CalibrationRequest request, int row, string expected) => new(
        $"'{(request.HasTruthFile ? request.Truth : request.Data[0].Path)}', row {row}: the truth "
            + (request.HasTruthFile ? "" : $"in the column '{request.Truth}' ")
            + $"is {(Truths[row].Length == 0 ? "missing" : $"'{Truths[row]}'")}; {expected} was expected. Leave rows without a truth out.");

    /// <summary>Keeps the texts that go with rows.</summary>
    private sealed class CarriedTexts : IRowSink
    {
        public List<string[]> Rows { get; } = [];

        public IReadOnlyList<string> Paths => [];

        public bool Carries => true;

        public void Append(long first, int rows, IReadOnlyList<string[]> carried) => Rows.AddRange(carried.Take(rows));

        public void Dispose() { }
    }
}
