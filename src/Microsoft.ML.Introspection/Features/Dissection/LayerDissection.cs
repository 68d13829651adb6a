namespace Microsoft.ML.Introspection.Features;

/// <summary>How well a unit tells a concept.</summary>
/// <param name="Unit">The unit, from 0.</param>
/// <param name="Concept">The concept's place in <see cref="Dissection.Concepts"/>.</param>
/// <param name="Iou">Intersection over union of the places where the unit is above its threshold and those that show the concept.</param>
public readonly record struct UnitConcept(int Unit, int Concept, double Iou);

/// <summary>What the units of a layer, or directions that rotate them, detect.</summary>
public sealed class LayerDissection
{
    private readonly Dissection _whole;
    private readonly double[] _thresholds;
    private readonly long[] _intersections, _activations, _everywhere;

    internal LayerDissection(Dissection whole, string layer, int? rotation, double[] thresholds)
    {
        (_whole, Layer, Rotation, _thresholds) = (whole, layer, rotation, thresholds);
        _intersections = new long[Units * whole.Concepts.Count];
        _activations = new long[Units * whole.Categories.Count];
        _everywhere = new long[Units];
    }

    /// <summary>The layer.</summary>
    public string Layer { get; }

    /// <summary>The seed of the rotation that was laid over its channels; null for the channels themselves.</summary>
    public int? Rotation { get; }

    /// <summary>How many units there are.</summary>
    public int Units => _thresholds.Length;

    /// <summary>What a unit must be above.</summary>
    public IReadOnlyList<double> Thresholds => _thresholds;

    /// <summary>Places that show a concept and where a unit is above its threshold.</summary>
    public long Intersection(int unit, int concept) => _intersections[unit * _whole.Concepts.Count + concept];

    /// <summary>Places where a unit is above its threshold, of rows that say anything of a category.</summary>
    public long Activation(int unit, int category) => _activations[unit * _whole.Categories.Count + category];

    /// <summary>Places of all rows where a unit is above its threshold.</summary>
    public long ActivationEverywhere(int unit) => _everywhere[unit];

    /// <summary>
    /// Intersection over union of a unit and a concept, of rows that say anything of the concept's category; 0 where both are empty.
    /// </summary>
    public double Iou(int unit, int concept)
    {
        var both = Intersection(unit, concept);
        var either = Activation(unit, _whole.Concepts[concept].Category) + _whole.ConceptPlaces[concept] - both;
        return either > 0 ? (double)both / either : 0;
    }

    /// <summary>The concept that a unit tells best; of equal ones the first.</summary>
    /// <param name="unit">The unit.</param>
    /// <param name="category">Of which category; null for all.</param>
    public UnitConcept Best(int unit, int? category = null)
    {
        var best = new UnitConcept(unit, -1, -1);
        for (var concept = 0; concept < _whole.Concepts.Count; concept++)
            if ((category is null || _whole.Concepts[concept].Category == category) && Iou(unit, concept) is var iou && iou > best.Iou)
                best = new UnitConcept(unit, concept, iou);
        return best;
    }

    /// <summary>The units that detect something, the best first.</summary>
    public IReadOnlyList<UnitConcept> Detectors =>
        [.. Ranked.Where(u => u.Concept >= 0 && u.Iou >= _whole.Options.Detection)];

    /// <summary>How many different concepts its detectors are of.</summary>
    public int UniqueDetectors => Detectors.Select(d => d.Concept).Distinct().Count();

    /// <summary>Each unit with its best concept, the best first; of equal ones the lower number.</summary>
    public IReadOnlyList<UnitConcept> Ranked =>
        [.. Enumerable.Range(0, Units).Select(u => Best(u)).OrderByDescending(u => u.Iou).ThenBy(u => u.Unit)];

    /// <summary>Counts a row.</summary>
    /// <param name="unit">The unit.</param>
    /// <param name="labels">What is where.</param>
    /// <param name="mask">Some words of where the unit is high; it is low in all others.</param>
    /// <param name="first">The place of the first of them.</param>
    internal void Add(int unit, ConceptMasks labels, ReadOnlySpan<ulong> mask, int first)
    {
        var count = ConceptMasks.Count(mask);
        _everywhere[unit] += count;
        for (var category = 0; category < _whole.Categories.Count; category++)
            if (labels.Has(category))
                _activations[unit * _whole.Categories.Count + category] += count;
        foreach (var (concept, places) in labels.Masks)
        {
            var both = 0L;
            var seen = places.AsSpan(first, mask.Length);
            for (var word = 0; word < mask.Length; word++)
                both += System.Numerics.BitOperations.PopCount(mask[word] & seen[word]);
            _intersections[unit * _whole.Concepts.Count + concept] += both;
        }
    }

    internal void Merge(LayerDissection other)
    {
        if ((Layer, Rotation) != (other.Layer, other.Rotation) || !_thresholds.AsSpan().SequenceEqual(other._thresholds))
            throw new ArgumentException($"Dissections of '{Layer}' can be merged where thresholds are the same; give both those of one "
                + "(DissectionOptions.Thresholds).", nameof(other));
        foreach (var (own, added) in new[]
            { (_intersections, other._intersections), (_activations, other._activations), (_everywhere, other._everywhere) })
            for (var i = 0; i < own.Length; i++)
                own[i] += added[i];
    }
}
