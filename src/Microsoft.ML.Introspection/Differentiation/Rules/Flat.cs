namespace Microsoft.ML.Introspection.Differentiation.Rules;

/// <summary>Operators through which no gradient flows: steps, comparisons, positions, shapes, random numbers.</summary>
internal static class Flat
{
    public static readonly Dictionary<string, BackwardRule> Rules = """
        Shape Size Sign Floor Ceil Round Not And Or Xor Equal Greater GreaterOrEqual Less LessOrEqual IsNaN IsInf
        ArgMax ArgMin NonZero ConstantOfShape EyeLike RandomNormalLike RandomUniformLike Bernoulli
        BitwiseAnd BitwiseOr BitwiseXor BitwiseNot BitShift Hardmax NonMaxSuppression Multinomial RandomNormal RandomUniform
        BlackmanWindow HammingWindow HannWindow MelWeightMatrix SequenceEmpty SequenceLength OptionalHasElement ImageDecoder
        RegexFullMatch StringConcat StringNormalizer StringSplit TfIdfVectorizer
        """.Split((char[])[' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries).ToDictionary(o => o, _ => (BackwardRule)(_ => null));
}
