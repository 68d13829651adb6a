using Microsoft.ML.Introspection.Importers.Documents;
using Microsoft.ML.Introspection.Importers.LightGbm;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Importers;

/// <summary>
/// Reads the trees that LightGBM saves as text (<c>save_model</c>, formats v2 to v4): boosted trees, dart and forests, several classes,
/// categories, and each of its three rules for missing values.
/// </summary>
/// <remarks>
/// <para>Raw scores are sums of leaves, of a forest (<c>boosting=rf</c>) their average: what LightGBM itself calls the raw score of a
/// forest is the sum, which it divides before it predicts. All iterations count. Predictions are those of the objective.</para>
/// <para>Values are compared in double precision; covers are the numbers of rows that LightGBM's own contributions use. A category is a
/// whole number; what lies between -1 and 0 is no category here, while LightGBM takes it for category 0.</para>
/// </remarks>
internal static class LightGbmModel
{
    /// <summary>Reads a file.</summary>
    /// <param name="path">The file, whatever its extension.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidModelException">
    /// It is damaged, or holds what cannot be explained: linear models in the leaves, an objective without a known link. The message
    /// names file, tree and split, and what to do.
    /// </exception>
    public static TreeEnsemble Load(string path) => ModelFile.Read(path, Parse);

    /// <summary>Reads a file's content.</summary>
    /// <inheritdoc cref="Load"/>
    public static TreeEnsemble Parse(ReadOnlyMemory<byte> bytes)
    {
        var text = bytes.Span;
        if (!IsText(text))
            throw new InvalidModelException("It is no LightGBM model: the line 'tree' was expected first, found was "
                + $"{(text.IsEmpty ? "nothing" : Shortened.Text(text[..Math.Min(16, text.Length)]))}.");
        LightGbmSection.LineAt(text, 0, out var position);
        var head = new LightGbmSection(bytes, ref position);
        if (head.Text("version") is not ("v2" or "v3" or "v4"))
            throw new InvalidModelException(
                $"It is of the format {Shortened.Text(head.Text("version"))}; v2 to v4 can be read. Save it again with LightGBM 2.1 to 4.");

        var features = head.Whole("max_feature_idx", 0, ModelFile.MaximumFeatures - 1) + 1;
        var classes = head.Whole("num_class", 1, ModelFile.MaximumOutputs);
        var outputs = head.Has("num_tree_per_iteration") ? head.Whole("num_tree_per_iteration", 1, ModelFile.MaximumOutputs) : classes;
        var names = head.Text("feature_names").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (names.Length != features)
            throw new InvalidModelException(
                $"It names {names.Length:N0} features ('feature_names'), but has {features:N0} ('max_feature_idx').");

        var sections = Sections(bytes, position, head);
        if (sections.Count % outputs != 0)
            throw new InvalidModelException($"It has {sections.Count:N0} trees; a multiple of {outputs} was expected, as each iteration "
                + "makes one for every output ('num_tree_per_iteration'). The file is truncated.");
        var divisor = head.Has("average_output") ? sections.Count / outputs : 1;
        var trees = new TreeList();
        for (var i = 0; i < sections.Count; i++)
            trees.Add(i, One(sections[i], features, i % outputs, divisor));
        return new TreeEnsemble(features, trees.Trees, new double[outputs])
        {
            FeatureNames = names,
            Link = LightGbmObjective.Link(head.Has("objective") ? head.Text("objective") : null),
            ComparesSingles = false,
        };
    }

    internal static bool IsText(ReadOnlySpan<byte> bytes) => bytes.StartsWith("tree\n"u8) || bytes.StartsWith("tree\r\n"u8);

    private static List<LightGbmSection> Sections(ReadOnlyMemory<byte> bytes, int position, LightGbmSection head)
    {
        var sections = new List<LightGbmSection>();
        while (position < bytes.Length)
        {
            var line = LightGbmSection.LineAt(bytes.Span, position, out var next);
            if (line.SequenceEqual("end of trees"u8) || line.StartsWith("feature importances:"u8)
                || line.StartsWith("feature_importances:"u8))
            {
                var expected = head.Has("tree_sizes") ? head.Text("tree_sizes").Split(' ', StringSplitOptions.RemoveEmptyEntries).Length
                    : sections.Count;
                return sections.Count == expected
                    ? sections
                    : throw new InvalidModelException(
                        $"It has {sections.Count:N0} trees; {expected:N0} were expected ('tree_sizes'). The file is damaged.");
            }
            position = next;
            if (line.StartsWith("Tree="u8))
                sections.Add(new LightGbmSection(bytes, ref position));
            else if (!line.IsEmpty)
                throw new InvalidModelException($"Behind {sections.Count:N0} trees another tree or the end of the trees was expected; "
                    + $"found was {Shortened.Text(line)}.");
        }
        throw new InvalidModelException(
            $"It ends behind {sections.Count:N0} trees without saying so ('end of trees'). The file is truncated.");
    }

    // Errors come while the list takes the tree, so that it can say which one it is.
    private static IEnumerable<Tree> One(LightGbmSection section, int features, int output, int divisor)
    {
        yield return LightGbmTree.Of(section, features, output, divisor);
    }
}
