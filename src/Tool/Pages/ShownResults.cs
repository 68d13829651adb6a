using Microsoft.ML.Introspection.Jobs;

namespace Microsoft.ML.Introspection.Tool.Pages;

/// <summary>An input as a page shows it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Tensor">The place of its rows among those of all files.</param>
/// <param name="Extents">The extents of a row, as the network takes it.</param>
/// <param name="ChannelAxis">Where channels lie among them.</param>
/// <param name="IsTokens">Whether it holds token numbers.</param>
internal sealed record ShownInput(string Name, int Tensor, IReadOnlyList<int> Extents, int ChannelAxis, bool IsTokens)
{
    /// <summary>The numbers in a row.</summary>
    public int Width => Extents.Aggregate(1, (product, extent) => product * extent);
}

/// <summary>What a method says of one input, or of a layer.</summary>
/// <param name="Port">The numbers.</param>
/// <param name="Names">Their names.</param>
/// <param name="Input">The place of the input among those shown: that which they explain, or that which is seen beside a layer.</param>
/// <param name="OfLayer">Whether they explain a layer.</param>
internal sealed record ShownPart(ResultPort Port, IReadOnlyList<string> Names, int Input, bool OfLayer);

/// <summary>What a method says of a row.</summary>
/// <param name="Name">The method.</param>
/// <param name="Parts">Its attributions.</param>
/// <param name="Base">The score that they start from, where they add up to the row's; null where they do not.</param>
internal sealed record ShownMethod(string Name, IReadOnlyList<ShownPart> Parts, ResultPort? Base);

/// <summary>What a page of explanations is of.</summary>
/// <param name="Title">Its heading.</param>
/// <param name="Facts">What is said of model and data.</param>
/// <param name="Target">What is explained, as the command line says it; null where each row's class tells.</param>
/// <param name="IsOneScore">Whether there is but one score, so that its number tells nothing.</param>
internal sealed record PageSubject(
    string Title, IReadOnlyList<(string Name, object? Value)> Facts, string? Target, bool IsOneScore);

/// <summary>A row that is on the page.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Label">What is true of it; null where nobody knows.</param>
/// <param name="Target">What is explained of it.</param>
/// <param name="Score">The explained score.</param>
/// <param name="Inputs">What stands in it, an input after the other.</param>
/// <param name="Values">The attributions, by method and part.</param>
/// <param name="Bases">What they start from, by method; NaN where they do not add up.</param>
internal sealed record ShownRow(string Name, string? Label, string Target, double Score, IReadOnlyList<float[]> Inputs, double[][][] Values,
    double[] Bases)
{
    /// <summary>Whether all numbers are there.</summary>
    public bool IsFinite => double.IsFinite(Score) && Values.All(parts => parts.All(own => own.All(double.IsFinite)));
}
