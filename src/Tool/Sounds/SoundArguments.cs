using System.CommandLine;

namespace Microsoft.ML.Introspection.Tool.Sounds;

/// <summary>What the command line says of sounds.</summary>
internal sealed class SoundArguments
{
    private readonly Option<string?> _sounds = new("--sounds")
    {
        HelpName = "FOLDER|FILE|PATTERN|LIST.tsv",
        Description = "Sounds in place of rows, for networks of raw samples: WAVE files (.wav), PCM or floating-point. A folder with all "
            + "below it (names of subfolders are labels), a file, a pattern, or a list of paths and labels. --output is then a folder.",
    };

    private readonly Option<int?> _rate = new("--sample-rate")
    {
        HelpName = "HZ",
        Description = "How many samples a second the network was trained with; files of another rate are refused. [default: that of the "
            + "first file]",
    };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(System.CommandLine.Command command)
    {
        command.Options.Add(_sounds);
        command.Options.Add(_rate);
    }

    /// <summary>Whether the command line names sounds.</summary>
    /// <exception cref="UsageException">An option for sounds is given, and no sound.</exception>
    public bool AreGiven(ParseResult parsed) => parsed.GetValue(_sounds) is not null
        || (parsed.GetResult(_rate) is null ? false
            : throw new UsageException($"{_rate.Name} is for sounds; give them with {_sounds.Name}."));

    /// <summary>What is asked of sounds.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="skipsBadFiles">Whether files that cannot be used are left out.</param>
    /// <param name="shown">How many the page shows.</param>
    public SoundRequest Read(ParseResult parsed, bool skipsBadFiles, int shown) => new(parsed.GetRequiredValue(_sounds)!,
        parsed.GetValue(_rate) is not { } rate ? null : rate >= 1 ? rate
            : throw new UsageException($"{_rate.Name} takes a number from 1 on; {rate} was given."), skipsBadFiles, shown);
}

/// <summary>What is asked of sounds.</summary>
/// <param name="Sounds">Which.</param>
/// <param name="SampleRate">How many samples a second they have; null for as many as the first.</param>
/// <param name="SkipsBadFiles">Whether files that cannot be used are left out.</param>
/// <param name="Shown">How many the page shows.</param>
internal sealed record SoundRequest(string Sounds, int? SampleRate, bool SkipsBadFiles, int Shown);
