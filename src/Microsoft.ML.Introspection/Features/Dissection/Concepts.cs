using System.Numerics;

namespace Microsoft.ML.Introspection.Features;

/// <summary>Something that can be seen in data: a colour, an object, a texture.</summary>
/// <param name="Number">The number that labels it.</param>
/// <param name="Name">What it is called.</param>
/// <param name="Category">The category it counts in: the place in <see cref="IConceptLabels.Categories"/>.</param>
public sealed record Concept(int Number, string Name, int Category);

/// <summary>Where concepts are in the rows of a data set, place by place.</summary>
public interface IConceptLabels
{
    /// <summary>The names of the categories.</summary>
    IReadOnlyList<string> Categories { get; }

    /// <summary>The concepts, in the order of their numbers.</summary>
    IReadOnlyList<Concept> Concepts { get; }

    /// <summary>Reads the labels of a row; several threads ask at once.</summary>
    /// <param name="row">The row's number, from 0.</param>
    /// <exception cref="InvalidDataException">There are none, or they are damaged.</exception>
    ConceptMasks Read(long row);
}

/// <summary>Which places of a row show which concepts: a bit for each place, for each concept that is there.</summary>
public sealed class ConceptMasks
{
    private readonly SortedList<int, ulong[]> _masks = [];
    private readonly bool[] _labelled;

    /// <summary>A row without labels.</summary>
    /// <param name="categories">How many categories there are.</param>
    /// <param name="height">Rows of the labels; 1 of what extends along one axis, or none.</param>
    /// <param name="width">Columns of them.</param>
    public ConceptMasks(int categories, int height, int width)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        (_labelled, Height, Width) = (new bool[categories], height, width);
    }

    /// <summary>Rows of the labels.</summary>
    public int Height { get; }

    /// <summary>Columns of the labels.</summary>
    public int Width { get; }

    /// <summary>The places of the concepts that are there, by their places in <see cref="IConceptLabels.Concepts"/>.</summary>
    internal SortedList<int, ulong[]> Masks => _masks;

    /// <summary>Whether the row says anything of a category.</summary>
    /// <param name="category">The category's number.</param>
    public bool Has(int category) => _labelled[category];

    /// <summary>The places that show a concept, a bit each, lowest first; empty where none does.</summary>
    /// <param name="concept">The concept's place in <see cref="IConceptLabels.Concepts"/>.</param>
    public ReadOnlySpan<ulong> PlacesOf(int concept) => _masks.TryGetValue(concept, out var mask) ? mask : [];

    /// <summary>Says that a category was looked for, whether or not something of it is there.</summary>
    /// <param name="category">The category's number.</param>
    public void Label(int category) => _labelled[category] = true;

    /// <summary>Says that a place shows a concept.</summary>
    /// <param name="concept">The concept's place in <see cref="IConceptLabels.Concepts"/>.</param>
    /// <param name="place">The place, last axis fastest.</param>
    public void Add(int concept, int place)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)place, (uint)(Height * Width), nameof(place));
        Mask(concept)[place >> 6] |= 1UL << place;
    }

    /// <summary>Says that the whole row shows a concept.</summary>
    /// <param name="concept">The concept's place in <see cref="IConceptLabels.Concepts"/>.</param>
    public void AddEverywhere(int concept)
    {
        var mask = Mask(concept).AsSpan();
        mask.Fill(ulong.MaxValue);
        if (Height * Width % 64 is > 0 and var last)
            mask[^1] = (1UL << last) - 1;
    }

    internal static int Count(ReadOnlySpan<ulong> mask)
    {
        var count = 0;
        foreach (var word in mask)
            count += BitOperations.PopCount(word);
        return count;
    }

    private ulong[] Mask(int concept)
    {
        if (!_masks.TryGetValue(concept, out var mask))
            _masks[concept] = mask = new ulong[(Height * Width + 63) / 64];
        return mask;
    }
}

/// <summary>
/// Labels in memory: for each row and concept whether it is there (Boolean columns of a table), where along a sequence, or where in a
/// plane.
/// </summary>
public sealed class ConceptArray : IConceptLabels
{
    private readonly Func<long, int, bool> _shows;
    private readonly (int Height, int Width) _size;

    /// <summary>Describes the labels.</summary>
    /// <param name="concepts">Name and category of each concept, numbered from 1 on.</param>
    /// <param name="rows">How many rows there are.</param>
    /// <param name="space">The extents of the labels of a row: none for a column of a table, or one, or two.</param>
    /// <param name="labels">A number for each row, concept and place, last fastest: not zero where it is there; every row says all.</param>
    /// <exception cref="ArgumentException">There are more or fewer numbers.</exception>
    public ConceptArray(IReadOnlyList<(string Name, string Category)> concepts, long rows, IReadOnlyList<int> space,
        ReadOnlyMemory<byte> labels)
    {
        ArgumentNullException.ThrowIfNull(concepts);
        ArgumentNullException.ThrowIfNull(space);
        if (concepts.Count == 0)
            throw new ArgumentException("One concept at least was expected.", nameof(concepts));
        _size = space.Count switch
        {
            0 => (1, 1),
            1 => (1, space[0]),
            2 => (space[0], space[1]),
            _ => throw new ArgumentException($"Labels of two axes at most were expected; given were {space.Count}.", nameof(space)),
        };
        var places = _size.Height * _size.Width;
        if (labels.Length != rows * concepts.Count * places)
            throw new ArgumentException($"{rows} rows × {concepts.Count} concepts × {places} places were expected; given were "
                + $"{labels.Length} numbers.", nameof(labels));
        Categories = [.. concepts.Select(c => c.Category).Distinct()];
        Concepts = [.. concepts.Select((c, i) => new Concept(i + 1, c.Name, Categories.Index().First(k => k.Item == c.Category).Index))];
        _shows = (row, place) => row < rows ? labels.Span[checked((int)(row * concepts.Count * places + place))] != 0
            : throw new InvalidDataException($"There are labels of {rows} rows, and none of row {row}.");
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> Categories { get; }

    /// <inheritdoc/>
    public IReadOnlyList<Concept> Concepts { get; }

    /// <inheritdoc/>
    public ConceptMasks Read(long row)
    {
        var labels = new ConceptMasks(Categories.Count, _size.Height, _size.Width);
        var places = _size.Height * _size.Width;
        foreach (var (number, concept) in Concepts.Index())
        {
            labels.Label(concept.Category);
            for (var place = 0; place < places; place++)
                if (_shows(row, number * places + place))
                    labels.Add(number, place);
        }
        return labels;
    }
}
