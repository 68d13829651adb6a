using Microsoft.ML.Introspection.Estimators;
using Microsoft.ML.Introspection.Text;

namespace Microsoft.ML;

public static partial class IntrospectionCatalog
{
    /// <summary>
    /// Cuts a column of texts into tokens: columns of their numbers, of the mask and of where each stands in the text, under the names that
    /// networks of texts as a rule have for their inputs.
    /// </summary>
    /// <param name="catalog">The catalog of transforms.</param>
    /// <param name="inputColumnName">The texts.</param>
    /// <param name="tokenizer">The tokenizer that the network was trained with.</param>
    /// <param name="options">How many tokens a text has, and the names of the columns.</param>
    /// <example>
    /// <code>
    /// mlContext.Transforms.Tokens("Review", TextTokenizer.Load("vocab.txt"), new TokensOptions { Length = 64 });
    /// </code>
    /// </example>
    public static TokensEstimator Tokens(
        this TransformsCatalog catalog, string inputColumnName, TextTokenizer tokenizer, TokensOptions? options = null) =>
        new(catalog, inputColumnName, tokenizer, options ?? new TokensOptions());

    /// <summary>
    /// Spreads scores of tokens, such as <c>Attribution</c> with <see cref="Introspection.Attribution.PerToken"/> gives, over the words of
    /// their text: evenly over the characters of each token, then summed for each word.
    /// </summary>
    /// <param name="catalog">The catalog of transforms.</param>
    /// <param name="textColumnName">The texts.</param>
    /// <param name="scoresColumnName">A score for each token.</param>
    /// <param name="options">The names of the columns.</param>
    public static WordsEstimator Words(
        this TransformsCatalog catalog, string textColumnName, string scoresColumnName, WordsOptions? options = null) =>
        new(catalog, textColumnName, scoresColumnName, options ?? new WordsOptions());
}
