using System.Numerics.Tensors;
using System.Text.Json;
using MathNet.Numerics.Random;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Numerics;

namespace Microsoft.ML.Introspection.Features;

/// <summary>How a concept vector is learnt.</summary>
public enum ConceptMethod
{
    /// <summary>Logistic regression.</summary>
    Logistic,

    /// <summary>A linear support vector machine of squared hinges.</summary>
    VectorMachine,

    /// <summary>
    /// The pattern cov(a, y) / var(y): where the concept's signal lies, whatever else distracts. Haufe et al. 2014,
    /// doi:10.1016/j.neuroimage.2013.10.067; Pahde et al. 2022, arXiv:2202.03482.
    /// </summary>
    Pattern,
}

/// <summary>How concept vectors are learnt.</summary>
public sealed record ConceptOptions
{
    /// <summary>The method.</summary>
    public ConceptMethod Method
    {
        get;
        init => field = Enum.IsDefined(value) ? value
            : throw new ArgumentOutOfRangeException(nameof(Method), value, "There is no such way to learn a concept.");
    }

    /// <summary>What rows on the wrong side weigh against the length of the vector: scikit-learn's C.</summary>
    public double Cost
    {
        get;
        init => field = value > 0 && double.IsFinite(value) ? value
            : throw new ArgumentOutOfRangeException(nameof(Cost), value, "What rows on the wrong side weigh is a number above 0.");
    } = 1;

    /// <summary>
    /// The share of the rows of either kind that is held back to tell how well others are told apart; the vector itself is of all rows. 0
    /// for none.
    /// </summary>
    public double HeldOut
    {
        get;
        init => field = value is >= 0 and < 1 ? value
            : throw new ArgumentOutOfRangeException(nameof(HeldOut), value, "The share that is held back lies from 0 to below 1.");
    } = 0.33;

    /// <summary>Which rows are held back.</summary>
    public int Seed { get; init; } = 1;
}

/// <summary>
/// The direction in a layer that tells rows that show a concept from others: a concept activation vector. Kim et al. 2018,
/// arXiv:1711.11279.
/// </summary>
/// <param name="Name">The concept.</param>
/// <param name="Layer">The layer.</param>
/// <param name="Shape">The extents of a row of the layer; of pooled maps the channels alone.</param>
/// <param name="Weights">The direction, last axis fastest, as it was learnt; it points to the concept.</param>
/// <param name="Intercept">What is added to w·a.</param>
public sealed record ConceptVector(string Name, string Layer, IReadOnlyList<long> Shape, double[] Weights, double Intercept)
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Whether maps are averaged over positions before they meet the vector.</summary>
    public bool IsPooled { get; init; }

    /// <summary>How it was learnt.</summary>
    public ConceptMethod Method { get; init; }

    /// <summary>What it was told from.</summary>
    public string Against { get; init; } = "";

    /// <summary>How many rows showed the concept, and how many did not.</summary>
    public (int Concept, int Others) Rows { get; init; }

    /// <summary>The share of these rows that are on their side of the plane; NaN where nobody looked.</summary>
    public double Accuracy { get; init; } = double.NaN;

    /// <summary>The same of rows that were held back, for a vector that was learnt without them; NaN where none were.</summary>
    public double HeldOutAccuracy { get; init; } = double.NaN;

    /// <summary>What chose the rows that were held back.</summary>
    public int Seed { get; init; }

    /// <summary>The weights as a vector of length 1.</summary>
    public double[] Direction
    {
        get
        {
            var direction = new double[Weights.Length];
            var length = TensorPrimitives.Norm<double>(Weights);
            TensorPrimitives.Divide(Weights, length > 0 ? length : 1, direction);
            return direction;
        }
    }

    /// <summary>Learns a concept.</summary>
    /// <param name="name">The concept.</param>
    /// <param name="concept">What the layer makes of rows that show it.</param>
    /// <param name="others">What it makes of others: random ones, or those of another concept (then the vector is a relative one).</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <param name="against">What the others are called.</param>
    /// <exception cref="ArgumentException">The activations are of different layers, or there are none of one kind.</exception>
    public static ConceptVector Learn(
        string name, LayerActivations concept, LayerActivations others, ConceptOptions? options = null, string against = "random")
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(concept);
        ArgumentNullException.ThrowIfNull(others);
        options ??= new ConceptOptions();
        if (concept.Layer != others.Layer || concept.IsPooled != others.IsPooled || !concept.Shape.SequenceEqual(others.Shape))
            throw new ArgumentException($"The concept's activations are of '{concept.Layer}' [{string.Join(", ", concept.Shape)}], the "
                + $"others' of '{others.Layer}' [{string.Join(", ", others.Shape)}]; the same layer was expected.", nameof(others));
        if (concept.Rows == 0 || others.Rows == 0)
            throw new ArgumentException(
                $"The concept '{name}' has {concept.Rows} rows, and there are {others.Rows} others; some of both are needed.",
                nameof(concept));
        double[] rows = [.. concept.Values, .. others.Values];
        bool[] shows = [.. Enumerable.Range(0, concept.Rows + others.Rows).Select(i => i < concept.Rows)];
        var (weights, intercept) = Fit(rows, concept.Width, shows, options);
        return new ConceptVector(name, concept.Layer, concept.Shape, weights, intercept)
        {
            IsPooled = concept.IsPooled, Method = options.Method, Against = against, Seed = options.Seed,
            Rows = (concept.Rows, others.Rows),
            Accuracy = Share(rows, shows, Enumerable.Range(0, shows.Length), weights, intercept),
            HeldOutAccuracy = OfHeldOut(rows, concept.Width, shows, options),
        };
    }

    /// <summary>Writes the direction as <c>.npy</c>, and what is known of it beside that as <c>.json</c>.</summary>
    /// <param name="path">The path of either file.</param>
    public void Save(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        NpyArray.From(Weights, [.. Shape.Select(e => checked((int)e))]).Save(Path.ChangeExtension(path, ".npy"));
        var facts = new Facts(Name, Layer, Intercept, IsPooled, Method.ToString(), Against, Rows.Concept, Rows.Others,
            double.IsNaN(Accuracy) ? null : Accuracy, double.IsNaN(HeldOutAccuracy) ? null : HeldOutAccuracy, Seed);
        AtomicFile.Write(Path.ChangeExtension(path, ".json"), stream => JsonSerializer.Serialize(stream, facts, Indented));
    }

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    /// <param name="path">The path of either file; both must be there.</param>
    /// <exception cref="FileNotFoundException">A file is missing.</exception>
    /// <exception cref="InvalidDataException">A file is damaged.</exception>
    public static ConceptVector Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var (numbers, about) = (Path.ChangeExtension(path, ".npy"), Path.ChangeExtension(path, ".json"));
        foreach (var file in (string[])[numbers, about])
            if (!File.Exists(file))
                throw new FileNotFoundException($"A concept is two files, '{numbers}' and '{about}'; '{file}' does not exist.", file);
        if (new FileInfo(about).Length > 1 << 20)
            throw new InvalidDataException($"'{about}' has more than a MiB; it describes no concept.");
        var array = NpyArray.Load(numbers);
        try
        {
            var facts = JsonSerializer.Deserialize<Facts>(File.ReadAllText(about)) ?? throw new JsonException("It is empty.");
            if (string.IsNullOrEmpty(facts.Name) || string.IsNullOrEmpty(facts.Layer)
                || !Enum.TryParse<ConceptMethod>(facts.Method, out var method))
                throw new JsonException("Name, Layer and Method of a concept were expected.");
            var weights = array.ToDoubles();
            if (weights.Length == 0 || Array.Exists(weights, w => !double.IsFinite(w)) || !double.IsFinite(facts.Intercept))
                throw new InvalidDataException($"'{numbers}' holds numbers that are not finite, or none.");
            return new ConceptVector(facts.Name, facts.Layer, [.. array.Shape.Select(e => (long)e)], weights, facts.Intercept)
            {
                IsPooled = facts.IsPooled, Method = method, Against = facts.Against ?? "", Rows = (facts.ConceptRows, facts.OtherRows),
                Accuracy = facts.Accuracy ?? double.NaN, HeldOutAccuracy = facts.HeldOutAccuracy ?? double.NaN, Seed = facts.Seed,
            };
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"'{about}' does not describe a concept. {e.Message}", e);
        }
    }

    private static (double[] Weights, double Intercept) Fit(double[] rows, int width, bool[] shows, ConceptOptions options)
    {
        if (options.Method != ConceptMethod.Pattern)
        {
            var loss = options.Method == ConceptMethod.Logistic ? SeparationLoss.Logistic : SeparationLoss.SquaredHinge;
            var found = LinearSeparation.Fit(rows, width, shows, loss, options.Cost);
            return (found.Weights, found.Intercept);
        }
        // Of labels 0 and 1 the pattern is the difference of the means; the plane stands halfway.
        double[][] means = [.. new[] { true, false }.Select(kind => Matrices.Means(
            [.. shows.Index().Where(s => s.Item == kind).SelectMany(s => rows[(s.Index * width)..((s.Index + 1) * width)])], width))];
        var (pattern, middle) = (new double[width], new double[width]);
        TensorPrimitives.Subtract(means[0], means[1], pattern);
        TensorPrimitives.Add(means[0], means[1], middle);
        return (pattern, -TensorPrimitives.Dot<double>(pattern, middle) / 2);
    }

    private static double OfHeldOut(double[] rows, int width, bool[] shows, ConceptOptions options)
    {
        var random = new Xoshiro256StarStar(options.Seed);
        var held = new HashSet<int>();
        foreach (var kind in (bool[])[true, false])
        {
            int[] own = [.. shows.Index().Where(s => s.Item == kind).Select(s => s.Index)];
            for (var i = own.Length - 1; i > 0; i--)
            {
                var other = random.Next(i + 1);
                (own[i], own[other]) = (own[other], own[i]);
            }
            var count = (int)Math.Round(options.HeldOut * own.Length);
            if (count == 0 || count == own.Length)
                return double.NaN;
            held.UnionWith(own[..count]);
        }
        int[] kept = [.. Enumerable.Range(0, shows.Length).Where(i => !held.Contains(i))];
        var (weights, intercept) = Fit(
            [.. kept.SelectMany(i => rows[(i * width)..((i + 1) * width)])], width, [.. kept.Select(i => shows[i])], options);
        return Share(rows, shows, held.Order(), weights, intercept);
    }

    private static double Share(double[] rows, bool[] shows, IEnumerable<int> of, double[] weights, double intercept) => of.Average(row =>
        TensorPrimitives.Dot<double>(weights, rows.AsSpan(row * weights.Length, weights.Length)) + intercept > 0 == shows[row] ? 1.0 : 0);

    private sealed record Facts(string Name, string Layer, double Intercept, bool IsPooled, string Method, string? Against, int ConceptRows,
        int OtherRows, double? Accuracy, double? HeldOutAccuracy, int Seed);
}
