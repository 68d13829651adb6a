using Microsoft.ML.Introspection.Text.Subwords;

namespace Microsoft.ML.Introspection.Text.Reading;

/// <summary>A part of what the network sees: a token that is added, or a text.</summary>
/// <param name="Special">The token; null for a text.</param>
/// <param name="Sequence">Which text.</param>
/// <param name="TypeId">Which part of the input it belongs to.</param>
internal readonly record struct TemplatePart(int? Special, int Sequence, int TypeId);

/// <summary>What stands around a text, or two.</summary>
/// <param name="Single">Around one.</param>
/// <param name="Pair">Around two.</param>
/// <param name="SecondType">Which part of the input a second text belongs to where nothing is added.</param>
internal sealed record Template(IReadOnlyList<TemplatePart> Single, IReadOnlyList<TemplatePart> Pair, int SecondType = 1)
{
    /// <summary>Nothing.</summary>
    public static Template Bare { get; } = new([new(null, 0, 0)], [new(null, 0, 0), new(null, 1, 1)]);

    /// <summary>A token in front, one behind, as far as they are given; between two texts as BERT has it.</summary>
    public static Template Bert(int begin, int end) => new(
        [new(begin, 0, 0), new(null, 0, 0), new(end, 0, 0)],
        [new(begin, 0, 0), new(null, 0, 0), new(end, 0, 0), new(null, 1, 1), new(end, 1, 1)]);

    /// <summary>RoBERTa's, and CLIP's: two tokens of the end between two texts.</summary>
    public static Template Roberta(int begin, int end) => new(
        [new(begin, 0, 0), new(null, 0, 0), new(end, 0, 0)],
        [new(begin, 0, 0), new(null, 0, 0), new(end, 0, 0), new(end, 0, 0), new(null, 1, 0), new(end, 0, 0)], SecondType: 0);

    /// <summary>A token in front, and one between two texts.</summary>
    public static Template InFront(int begin, int between) => new([new(begin, 0, 0), new(null, 0, 0)],
        [new(begin, 0, 0), new(null, 0, 0), new(between, 0, 0), new(null, 1, 0)], SecondType: 0);

    /// <summary>The same around every text.</summary>
    public static Template Each(int? begin, int? end)
    {
        return new Template(Around(0), [.. Around(0), .. Around(1)]);

        List<TemplatePart> Around(int sequence) =>
        [
            .. begin is { } first ? [new TemplatePart(first, sequence, sequence)] : (TemplatePart[])[],
            new(null, sequence, sequence),
            .. end is { } last ? [new TemplatePart(last, sequence, sequence)] : (TemplatePart[])[],
        ];
    }

    /// <summary>How many tokens are added.</summary>
    public int Count(bool pair) => (pair ? Pair : Single).Count(p => p.Special is not null);

    /// <summary>Puts texts together with what stands around them.</summary>
    public IReadOnlyList<TextToken> Around(List<TextToken> first, List<TextToken>? second, Vocabulary vocabulary) =>
    [
        .. (second is null ? Single : Pair).SelectMany(part => part.Special is { } special
            ? [new TextToken(special, vocabulary.TokenOf(special), default, part.TypeId, null, null)]
            : (part.Sequence == 0 ? first : second ?? []).Select(t => t with { TypeId = part.TypeId })),
    ];
}
