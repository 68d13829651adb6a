using System.Globalization;

namespace OrleansJob;

/// <summary>A job of <c>introspect score</c> in shares, which become the file of one run.</summary>
/// <param name="shares">How many.</param>
/// <param name="output">The file.</param>
/// <param name="hasFailed">Whether rows that fail go to a file of their own, beside it.</param>
/// <param name="score">What follows <c>introspect score</c>, but for what is said of shares and outputs.</param>
internal sealed class ScoreJob(int shares, string output, bool hasFailed, IReadOnlyList<string> score)
{
    // Said here for each share.
    private static readonly string[] Ours = ["--output", "-o", "--failed", "--shard", "--rows", "--resume"];

    private readonly string _folder = $"{output}.shares";

    /// <summary>What is wrong with it; null where nothing is.</summary>
    public string? Fault => score.FirstOrDefault(a => Ours.Contains(a.Split('=', ':')[0])) is { } own
        ? $"'{own}' is said for each share; leave it out behind '--'. The output and the rows that fail are options of this program."
        : Ending.Length == 0 ? $"The output '{output}' should have an ending that says its kind: scored.parquet." : null;

    private string Ending => System.IO.Path.GetFileName(output) is var name && name.IndexOf('.', 1) is > 0 and var dot ? name[dot..] : "";

    /// <summary>Does it, or goes on with it: what is done is found on the disk.</summary>
    /// <param name="silos">Who does it.</param>
    /// <param name="cancellation">Stops it.</param>
    public async Task Run(Silos silos, CancellationToken cancellation)
    {
        await silos.Do([.. Enumerable.Range(1, shares).Select(Share)], cancellation);
        string[] merge = ["merge", .. Enumerable.Range(1, shares).Select(Path), "--output", output];
        await silos.Do([new Piece(output, output, merge)], cancellation);
    }

    private Piece Share(int number) => new(
        string.Create(CultureInfo.InvariantCulture, $"share {number}/{shares}"),
        Path(number),
        [
            "score", .. score, "--shard", string.Create(CultureInfo.InvariantCulture, $"{number}/{shares}"), "--resume",
            "--output", Path(number), .. hasFailed ? (string[])["--failed", Path(number)[..^Ending.Length] + ".failed.csv"] : [],
        ]);

    private string Path(int number) =>
        System.IO.Path.Combine(_folder, string.Create(CultureInfo.InvariantCulture, $"{number:0000}-of-{shares:0000}{Ending}"));
}
