using System.Globalization;
using Microsoft.Extensions.Options;
using Microsoft.ML.Introspection.Estimators;

namespace Introspected;

/// <summary>Scores the files of a folder: to each a table with score and reasons, which appears whole or not at all.</summary>
public sealed partial class BatchWorker(
    ExplainedModel model, IOptions<BatchOptions> options, IHostApplicationLifetime lifetime, ILogger<BatchWorker> logger)
    : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Hosts wait for a service to begin; the first look may take long.
        await Task.Yield();
        var (inbox, outbox) = (Directory.CreateDirectory(options.Value.Inbox), Directory.CreateDirectory(options.Value.Outbox));
        using var engine = model.CreateEngine();
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(Math.Max(0.1, options.Value.SecondsBetweenLooks)));
        do
        {
            foreach (var file in inbox.EnumerateFiles("*.csv").OrderBy(f => f.LastWriteTimeUtc).ToArray())
                Score(engine, file, outbox, stoppingToken);
            if (!options.Value.Once)
                continue;
            lifetime.StopApplication();
            return;
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private void Score(ExplanationEngine<House> engine, FileInfo file, DirectoryInfo outbox, CancellationToken stopping)
    {
        var result = Path.Combine(outbox.FullName, Path.ChangeExtension(file.Name, ".scored.csv"));
        var unfinished = result + ".part";
        var rows = 0;
        try
        {
            using (var writer = new StreamWriter(unfinished))
            {
                var reasons = Enumerable.Range(1, options.Value.Reasons);
                writer.WriteLine($"row,label,score,base,{string.Join(',', reasons.Select(i => $"reason{i},value{i}"))}");
                foreach (var house in model.Read(file.FullName))
                {
                    stopping.ThrowIfCancellationRequested();
                    writer.WriteLine(Line(rows++, engine.Explain(house)));
                }
            }
            File.Move(unfinished, result, overwrite: true);
            file.MoveTo(Path.Combine(outbox.FullName, file.Name), overwrite: true);
            Scored(file.Name, rows, result);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // One bad file does not stop the others; it stays aside under another name.
            File.Delete(unfinished);
            Failed(e, file.Name, rows);
            file.MoveTo(Path.Combine(outbox.FullName, file.Name + ".failed"), overwrite: true);
        }
    }

    private string Line(int row, ExplainedPrediction prediction)
    {
        var told = prediction.Reasons.Take(options.Value.Reasons).Select(r => $"{Cell(r.Column)},{Number(r.Value)}").ToList();
        var reasons = told.Concat(Enumerable.Repeat(",", options.Value.Reasons - told.Count));
        var scores = string.Join(' ', prediction.Scores.Select(Number));
        return $"{row},{Cell(prediction.PredictedLabel)},{scores},{Number(prediction.BaseValue)},{string.Join(',', reasons)}";
    }

    private static string Number(float value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Cell(string? text) => text is null || text.IndexOfAny([',', '"', '\r', '\n']) < 0 ? text ?? ""
        : $"\"{text.Replace("\"", "\"\"")}\"";

    [LoggerMessage(LogLevel.Information, "{File}: {Rows} rows scored, in {Result}")]
    private partial void Scored(string file, int rows, string result);

    [LoggerMessage(LogLevel.Error, "{File} failed after {Rows} rows")]
    private partial void Failed(Exception e, string file, int rows);
}
