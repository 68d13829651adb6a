using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Shapley.Trees;

/// <summary>
/// Values as small whole numbers: how many of a feature's borders (the places where any split of the ensemble changes its mind) are
/// not above the value. Then every comparison, whatever its kind and precision, is one of whole numbers, exact in any type.
/// </summary>
internal sealed class FeatureCodes
{
    // Single precision holds whole numbers up to this.
    private const int MostBorders = (1 << 24) - 2;

    private const int Counted = 64;

    private readonly double[][] _borders;
    private readonly int[] _places;
    private readonly bool _single;
    private readonly List<CodeRow> _rows = [];
    private readonly Dictionary<CodeRow, int> _rowNumbers = [];
    private readonly List<bool[]> _sets = [];

    /// <summary>Gathers the borders of all splits.</summary>
    /// <param name="ensemble">The trees.</param>
    /// <param name="groups">The player of every feature; null where each is one.</param>
    public FeatureCodes(TreeEnsemble ensemble, IReadOnlyList<int>? groups)
    {
        _single = ensemble.ComparesSingles;
        var borders = new HashSet<double>[ensemble.FeatureCount];
        foreach (var tree in ensemble.Trees)
            foreach (ref readonly var node in tree.Nodes)
                if (!node.IsLeaf)
                    (borders[node.Feature] ??= []).UnionWith(tree.Borders(node));
        _borders = [.. borders.Select(b => b is null ? [] : b.Order().ToArray())];
        if (Array.FindIndex(_borders, b => b.Length > MostBorders) is >= 0 and var feature)
            throw new InvalidModelException(
                $"The trees split feature {feature} at {_borders[feature].Length:N0} values; at most {MostBorders:N0} were expected.");
        int[] players = [.. groups ?? [.. Enumerable.Range(0, _borders.Length)]];
        Players = [.. players.Where((_, feature) => _borders[feature].Length > 0).Distinct().Order()];
        _places = Array.ConvertAll(players, player => Array.BinarySearch(Players, player));
    }

    /// <summary>The players (features, or groups of them) that any split asks, in ascending order.</summary>
    public int[] Players { get; }

    /// <summary>The codes that the tests read: of which feature, and whether missing values come first or last.</summary>
    public IReadOnlyList<CodeRow> Rows => _rows;

    /// <summary>For each test that is no comparison: whether a code goes to the left.</summary>
    public IReadOnlyList<bool[]> Sets => _sets;

    /// <summary>The splits of a tree as tests of codes, by node.</summary>
    public CodeTest[] Tests(Tree tree)
    {
        var tests = new CodeTest[tree.Nodes.Length];
        for (var i = 0; i < tests.Length; i++)
            if (!tree.Nodes[i].IsLeaf)
                tests[i] = Test(tree, tree.Nodes[i]);
        return tests;
    }

    /// <summary>Writes the codes that one row of data has.</summary>
    /// <param name="row">A value for every feature.</param>
    /// <param name="codes">Where to write: one number for every code row.</param>
    public void Write<T>(ReadOnlySpan<T> row, Span<int> codes) where T : unmanaged, INumber<T>
    {
        for (var i = 0; i < codes.Length; i++)
        {
            var (feature, missingFirst) = _rows[i];
            var code = Of(feature, row[feature]);
            codes[i] = missingFirst && code == Missing(feature) ? -1 : code;
        }
    }

    /// <summary>The code of a feature's value; missing ones have the highest.</summary>
    public int Of<T>(int feature, T value) where T : unmanaged, INumber<T>
    {
        var compared = double.CreateTruncating(value);
        return double.IsNaN(compared) ? Missing(feature) : Code(_borders[feature], _single ? (float)compared : compared);
    }

    /// <summary>The code of a missing value.</summary>
    public int Missing(int feature) => _borders[feature].Length + 1;

    /// <summary>The code of the values from a border on.</summary>
    public int From(int feature, double border) => Array.BinarySearch(_borders[feature], border) + 1;

    /// <summary>A value that has a code. A border begins an interval of values that all go one way, so it may speak for them.</summary>
    public double Value(int feature, int code) => code == 0 ? double.NegativeInfinity
        : code <= _borders[feature].Length ? _borders[feature][code - 1] : double.NaN;

    private CodeTest Test(Tree tree, in TreeNode split)
    {
        var borders = _borders[split.Feature];
        if (split.Kind is SplitKind.Less or SplitKind.LessOrEqual && !split.ZeroIsMissing)
        {
            // Nothing is above infinity, so all codes are below this limit.
            var limit = split.Kind == SplitKind.Less ? Array.BinarySearch(borders, split.Threshold) + 1
                : double.IsPositiveInfinity(split.Threshold) ? borders.Length + 1
                : Array.BinarySearch(borders, Math.BitIncrement(split.Threshold)) + 1;
            return new CodeTest(_places[split.Feature], RowOf(split.Feature, split.MissingLeft), limit, -1);
        }
        var left = new bool[borders.Length + 2];
        for (var code = 0; code < left.Length; code++)
            left[code] = tree.GoesLeft(split, Value(split.Feature, code));
        _sets.Add(left);
        return new CodeTest(_places[split.Feature], RowOf(split.Feature, missingFirst: false), 0, _sets.Count - 1);
    }

    private static int Code(double[] borders, double value)
    {
        // Halved without branches, which no processor could foretell, until a few registers can be counted.
        var (low, left) = (0, borders.Length);
        ref var first = ref MemoryMarshal.GetArrayDataReference(borders);
        while (left > Counted)
        {
            var half = (left + 1) >>> 1;
            low += half * Unsafe.BitCast<bool, byte>(Unsafe.Add(ref first, low + half - 1) <= value);
            left -= half;
        }
        var (end, below, compared) = (low + left, Vector512<long>.Zero, Vector512.Create(value));
        for (; low + Vector512<double>.Count <= end; low += Vector512<double>.Count)
            below -= Vector512.LessThanOrEqual(Vector512.LoadUnsafe(ref first, (nuint)low), compared).AsInt64();
        var code = end - left + (int)Vector512.Sum(below);
        for (; low < end; low++)
            code += Unsafe.BitCast<bool, byte>(Unsafe.Add(ref first, low) <= value);
        return code;
    }

    private int RowOf(int feature, bool missingFirst)
    {
        var row = new CodeRow(feature, missingFirst);
        if (!_rowNumbers.TryGetValue(row, out var number))
        {
            _rowNumbers[row] = number = _rows.Count;
            _rows.Add(row);
        }
        return number;
    }
}

/// <summary>The codes of a feature.</summary>
/// <param name="Feature">The feature.</param>
/// <param name="MissingFirst">Whether a missing value has the lowest code, or the highest.</param>
internal readonly record struct CodeRow(int Feature, bool MissingFirst);

/// <summary>A split as a test of codes: left where the code is below the limit, or in the set if there is one.</summary>
/// <param name="Player">The place of the feature, or of its group, among those that are asked at all.</param>
/// <param name="Row">Which codes are tested.</param>
/// <param name="Limit">The first code that goes to the right.</param>
/// <param name="Set">The number of the set; -1 for a comparison.</param>
internal readonly record struct CodeTest(int Player, int Row, int Limit, int Set);
