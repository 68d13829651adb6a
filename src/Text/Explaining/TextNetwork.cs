using System.Collections.Concurrent;
using Microsoft.ML.Introspection.Importers;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Text;

/// <summary>A network that takes tokens, with the tokenizer that it was trained with.</summary>
/// <remarks>
/// The inputs are known by their names (<c>input_ids</c>, <c>attention_mask</c>, <c>token_type_ids</c>, <c>position_ids</c>, or what is
/// like them), a single input of whole numbers by being the only one; their shape is [N, tokens]. How many tokens there are may be open.
/// </remarks>
public sealed class TextNetwork
{
    private readonly OnnxModel _model;
    private readonly NetworkOptions _options;
    private readonly TextInputs _inputs;
    private readonly ConcurrentDictionary<int, Lazy<Network>> _networks = new();

    private TextNetwork(OnnxModel model, TextTokenizer tokenizer, NetworkOptions options) =>
        (_model, Tokenizer, _options, _inputs) = (model, tokenizer, options, new TextInputs(model.Inputs, model.Inputs));

    /// <summary>The tokenizer.</summary>
    public TextTokenizer Tokenizer { get; }

    /// <summary>The input of the tokens' numbers.</summary>
    public string IdsInput => _inputs.Ids;

    /// <summary>How many tokens the file fixes; null where it leaves that open.</summary>
    public int? FixedLength => _inputs.FixedLength;

    /// <summary>How many rows the file fixes; null where it leaves that open.</summary>
    internal int? FixedBatch => _inputs.FixedBatch;

    /// <summary>Takes a network with its tokenizer.</summary>
    /// <param name="model">The network.</param>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="options">What the file of the network leaves open.</param>
    /// <exception cref="ArgumentException">The inputs are not those of a network of texts.</exception>
    public static TextNetwork From(OnnxModel model, TextTokenizer tokenizer, NetworkOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(tokenizer);
        options ??= new NetworkOptions();
        // What is made constant is no input any more.
        return new TextNetwork(options.WithConstants(model), tokenizer, options);
    }

    /// <summary>Reads a network.</summary>
    /// <param name="path">The ONNX file.</param>
    /// <inheritdoc cref="From" path="/param[@name='tokenizer' or @name='options'] | /exception"/>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="options">What the file of the network leaves open.</param>
    public static TextNetwork Load(string path, TextTokenizer tokenizer, NetworkOptions? options = null) =>
        From(ModelFile.ReadNetwork(path), tokenizer, options);

    /// <summary>Cuts a text, or a pair of them, into as many tokens as the network and the options let it have.</summary>
    /// <param name="first">The text.</param>
    /// <param name="second">The text that goes with it; null for none.</param>
    /// <param name="options">What is explained; null for the defaults.</param>
    public TokenizedText Encode(string first, string? second = null, TextExplainerOptions? options = null)
    {
        options ??= new TextExplainerOptions();
        var most = new EncodingOptions { MaximumLength = FixedLength ?? options.Length ?? options.MaximumLength };
        return second is null ? Tokenizer.Encode(first, most) : Tokenizer.Encode(first, second, most);
    }

    /// <summary>The network for a text, and what its inputs are given.</summary>
    /// <param name="text">The text; it is filled up where the file fixes how many tokens there are.</param>
    /// <returns>The network, a tensor for each of its inputs, [1, tokens], and the numbers of the tokens.</returns>
    public (Network Network, IReadOnlyDictionary<string, Tensor> Inputs, IReadOnlyList<int> Ids) For(TokenizedText text)
    {
        var batch = Tokenizer.Batch([text], FixedLength);
        return (Of(batch.Length), Feed(batch), [.. batch.Ids.Select(id => (int)id)]);
    }

    /// <summary>The network for texts of a length.</summary>
    internal Network Of(int length) => _networks.GetOrAdd(length, tokens => new Lazy<Network>(() => Network.From(_model, _options with
    {
        RowShapes = _inputs.RowShapes(tokens).ToDictionary(),
    }))).Value;

    /// <inheritdoc cref="TextInputs.Tried"/>
    internal T Tried<T>(int length, Func<T> make) => _inputs.Tried(length, make);

    /// <inheritdoc cref="TextInputs.Feed"/>
    internal Dictionary<string, Tensor> Feed(TokenBatch batch) => _inputs.Feed(batch);

    /// <inheritdoc cref="TextInputs.Rows"/>
    internal float[] Rows(TokenBatch batch) => _inputs.Rows(batch);
}
