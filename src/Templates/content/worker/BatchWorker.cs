using System.Globalization;
using Microsoft.Extensions.Options;
using Microsoft.ML.Introspection.Estimators;

namespace Introspected;

/// <summary>Scores the files of a folder: to each a table with score and reasons, which appears whole or not at all.</summary>
public sealed partial class BatchWorker(ExplainedModel model, IOptions<BatchOptions> options, Heartbeat heart,
    IHostApplicationLifetime lifetime, ILogger<BatchWorker> logger) : BackgroundService
{
    private const string Scored = ".scored.csv";

    private readonly BatchOptions _options = options.Value;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Hosts wait for a service to begin; the first look may take long.
        await Task.Yield();
        var (inbox, outbox) = (Directory.CreateDirectory(_options.Inbox), Directory.CreateDirectory(_options.Outbox));
        using var pool = model.CreatePool(new ExplanationPoolOptions
        {
            Engines = _options.Engines > 0 ? _options.Engines : Environment.ProcessorCount,
        });
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(Math.Max(0.1, _options.SecondsBetweenLooks)));
        do
        {
            foreach (var file in inbox.EnumerateFiles("*.csv").OrderBy(f => f.LastWriteTimeUtc).ToArray())
            {
                heart.Beat();
                while (IsFull(outbox) is { } full)
                {
                    if (heart.WaitsFor is null)
                        Waits(full);
                    heart.Beat(full);
                    await timer.WaitForNextTickAsync(stoppingToken);
                }
                heart.Beat();
                await Score(pool, file, outbox, stoppingToken);
            }
            heart.Beat();
            if (!_options.Once)
                continue;
            lifetime.StopApplication();
            return;
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private string? IsFull(DirectoryInfo outbox) => _options.MostResults > 0
        && outbox.EnumerateFiles($"*{Scored}").Take(_options.MostResults).Count() is var results && results == _options.MostResults
            ? $"{results} results lie in the outbox; somebody has to take them away" : null;

    private async Task Score(ExplanationPool<House> pool, FileInfo file, DirectoryInfo outbox, CancellationToken stopping)
    {
        var result = Path.Combine(outbox.FullName, Path.ChangeExtension(file.Name, Scored));
        var unfinished = result + ".part";
        var rows = 0;
        try
        {
            if (file.Length > _options.MostBytes)
                throw new InvalidDataException($"The file has {file.Length:N0} bytes; at most {_options.MostBytes:N0} were expected.");
            await using (var writer = new StreamWriter(unfinished))
            {
                var reasons = Enumerable.Range(1, _options.Reasons);
                await writer.WriteLineAsync($"row,label,score,base,{string.Join(',', reasons.Select(i => $"reason{i},value{i}"))}");
                // Rows are read no faster than they are written.
                await foreach (var prediction in pool.ExplainAsync(model.ReadAsync(file.FullName, stopping), stopping))
                {
                    await writer.WriteLineAsync(Line(rows++, prediction));
                    if (rows % 1000 == 0)
                        heart.Beat();
                }
            }
            File.Move(unfinished, result, overwrite: true);
            file.MoveTo(Path.Combine(outbox.FullName, file.Name), overwrite: true);
            Wrote(file.Name, rows, result);
        }
        catch (OperationCanceledException)
        {
            // The file stays where it is, for the next time.
            File.Delete(unfinished);
            throw;
        }
        catch (Exception e)
        {
            // One bad file does not stop the others; it stays aside under another name.
            File.Delete(unfinished);
            Failed(e, file.Name, rows);
            file.MoveTo(Path.Combine(outbox.FullName, file.Name + ".failed"), overwrite: true);
        }
    }

    private string Line(int row, ExplainedPrediction prediction)
    {
        var told = prediction.Reasons.Take(_options.Reasons).Select(r => $"{Cell(r.Column)},{Number(r.Value)}").ToList();
        var reasons = told.Concat(Enumerable.Repeat(",", _options.Reasons - told.Count));
        var scores = string.Join(' ', prediction.Scores.Select(Number));
        return $"{row},{Cell(prediction.PredictedLabel)},{scores},{Number(prediction.BaseValue)},{string.Join(',', reasons)}";
    }

    private static string Number(float value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Cell(string? text) => text is null || text.IndexOfAny([',', '"', '\r', '\n']) < 0 ? text ?? ""
        : $"\"{text.Replace("\"", "\"\"")}\"";

    [LoggerMessage(LogLevel.Information, "{File}: {Rows} rows scored, in {Result}")]
    private partial void Wrote(string file, int rows, string result);

    [LoggerMessage(LogLevel.Warning, "{What}")]
    private partial void Waits(string what);

    [LoggerMessage(LogLevel.Error, "{File} failed after {Rows} rows")]
    private partial void Failed(Exception e, string file, int rows);
}
