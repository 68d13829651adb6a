using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Tool.Sounds;

/// <summary>An input of a network that takes raw samples.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Channels">How many channels.</param>
/// <param name="Length">How many samples of each.</param>
/// <param name="RowShape">The extents of a row.</param>
/// <param name="ChannelsLast">Whether the samples of all channels at one time stand together.</param>
internal sealed record SoundInput(string Name, int Channels, int Length, IReadOnlyList<int> RowShape, bool ChannelsLast)
{
    // More channels than that are frequencies.
    private const int MostChannels = 8;

    /// <summary>What an input takes.</summary>
    /// <exception cref="InvalidDataException">It takes no raw samples.</exception>
    public static SoundInput Of(Network network, string? named)
    {
        var input = named is null ? network.DefaultInput : network.Input(named);
        int[] row = [.. input.Shape!.Skip(1).Select(d => (int)d.Value)];
        return row switch
        {
            [var length] => new SoundInput(input.Name, 1, length, row, false),
            [<= MostChannels and var channels, var length] => new SoundInput(input.Name, channels, length, row, false),
            [var length, <= MostChannels and var channels] => new SoundInput(input.Name, channels, length, row, true),
            _ => throw new InvalidDataException($"The input '{input.Name}' {input.Shape} takes no raw samples: [N, samples], [N, "
                + "channels, samples] or [N, samples, channels] was expected. Spectrograms are rows of numbers: give them as "
                + "arrays (--data FILE.npy)."),
        };
    }
}
