using Microsoft.ML.Introspection.Onnx.Reading.Learners;

namespace Microsoft.ML.Introspection.Onnx;

public static partial class Operators
{
    // The version whose lists are told apart by their types.
    private const long ListVersion = 2;

    /// <summary>The places of texts in a list, from 1 on; 0 for those that are not in it (<c>LabelEncoder</c> of ai.onnx.ml).</summary>
    /// <param name="texts">Texts, of any shape.</param>
    /// <param name="list">Different texts.</param>
    /// <returns>Whole numbers of 64 bits, of the same shape.</returns>
    public static Value PlacesAmong(this Value texts, IReadOnlyList<string> list) => Listed(texts, ElementType.Int64,
        ("keys_strings", list.ToArray()), ("values_int64s", Places(list)), ("default_int64", 0L));

    /// <summary>The texts at some places of a list, from 1 on; an empty one for other places.</summary>
    /// <param name="places">Whole numbers of 64 bits, of any shape.</param>
    /// <param name="list">Texts.</param>
    /// <returns>Texts, of the same shape.</returns>
    public static Value TextsAt(this Value places, IReadOnlyList<string> list) => Listed(places, ElementType.String,
        ("keys_int64s", Places(list)), ("values_strings", list.ToArray()), ("default_string", ""));

    private static long[] Places(IReadOnlyList<string> list) => [.. Enumerable.Range(1, list.Count).Select(i => (long)i)];

    private static Value Listed(Value x, ElementType type, params ReadOnlySpan<(string, object?)> attributes)
    {
        var domains = x.Graph.Domains;
        domains[LearnerOperators.Domain] = Math.Max(ListVersion, domains.TryGetValue(LearnerOperators.Domain, out var known) ? known : 0);
        return x.Graph.Add("LabelEncoder", LearnerOperators.Domain, "", [x], Attributes.Of(attributes), [(null, type, x.ShapeOrNull)])
            .Outputs[0];
    }
}
